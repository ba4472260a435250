"""JSON to a located tree, by a scanner of our own.

libyaml reads most JSON, but neither the surrogate escapes that every `json.dumps` writes for an emoji, nor keys
over 1,024 characters, nor a raw DEL; the standard library's json gives no positions and recurses.
"""

from __future__ import annotations

import re
from typing import Final

from vetstack.position import Position
from vetstack.sources.interface import Document, Mapping, Node, Scalar, Sequence, Unreadable
from vetstack.sources.text import Lines, decode
from vetstack.sources.tree import Tree, uncollected

_STRING: Final = r'"([^"\\\x00-\x1f]*)"'
_WORD: Final = r"(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null)(?![\w.+-])"
_VALUE: Final = re.compile(rf'[ \t\r\n]*(?:{_STRING}|([{{\[])|{_WORD}|("))')
_KEY: Final = re.compile(rf"[ \t\r\n]*{_STRING}[ \t\r\n]*:")
_ODD_KEY: Final = re.compile(r'[ \t\r\n]*"')
_COLON: Final = re.compile(r"[ \t\r\n]*:")
_CHARACTERS: Final = re.compile(r'[^"\\\x00-\x1f]*')
_ESCAPES: Final = re.compile(r'(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*){1,1000}')
"""A part of a string with escapes. Without an upper bound a match of megabytes takes gigabytes to remember."""
_NEXT: Final = re.compile(r"[ \t\r\n]*([,}\]])")
_EMPTY: Final = {"{": re.compile(r"[ \t\r\n]*\}"), "[": re.compile(r"[ \t\r\n]*\]")}
_CLOSING: Final = {"{": "}", "[": "]"}
_SPACE: Final = re.compile(r"[ \t\r\n]*")

_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SURROGATES: Final = re.compile("([\ud800-\udbff])([\udc00-\udfff])|[\ud800-\udfff]")


class NotJson(Unreadable):
    """Something that is no JSON. maybe_yaml: it may still be YAML: a comment, a trailing comma, a bare word."""

    def __init__(self, reason: str, line: int, column: int, maybe_yaml: bool) -> None:
        super().__init__(reason, line, column)
        self.maybe_yaml = maybe_yaml


def read_json(data: bytes | str, file: str) -> Document:
    """A JSON text; what is none is tried as YAML, which takes comments and trailing commas.

    Raises Unreadable, with line and column, for what is neither or passes a limit.
    """
    text = decode(data)
    try:
        return read_strict_json(text, file)
    except NotJson as json_error:
        from vetstack.sources.yaml import read_yaml

        try:
            return read_yaml(text, file)
        except Unreadable as yaml_error:
            raise (yaml_error if json_error.maybe_yaml else json_error) from None


@uncollected
def read_strict_json(text: str, file: str) -> Document:
    """A JSON text and nothing else. Raises NotJson, and Unreadable when it passes a limit."""
    scanner = _Scanner(text, file)
    root = scanner.document()
    return Document(root, file, text, "json", scanner.tree.duplicates)


class _Scanner:
    """A place in a JSON text, and the tree of what stands before it."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.lines = Lines(text)
        self.tree = Tree()
        self.line = 1
        self.line_start = 0
        self.starts = [*self.lines.starts, len(text) + 1]

    def document(self) -> Node:
        """The one value of the text."""
        index, opened = 0, ""  # opened: the bracket of each collection that is open, innermost last
        while True:
            index, bracket = self._value(index)
            if bracket:
                empty = _EMPTY[bracket].match(self.text, index)
                if empty is None:
                    opened += bracket
                    index = self._key(index) if bracket == "{" else index
                    continue
                index = empty.end()
                self._close(index)
            index, opened = self._after(index, opened)
            if not opened:
                break
        space = _SPACE.match(self.text, index)
        if space and space.end() < len(self.text):
            raise self._wrong("the document has ended, but something follows it", space.end(), maybe_yaml=True)
        root = self.tree.take_root()
        if root is None:
            raise AssertionError("a value was read")
        return root

    def _after(self, index: int, opened: str) -> tuple[int, str]:
        """Pass what stands behind a value: brackets that close, or a comma and the key that follows it."""
        while opened:
            found = _NEXT.match(self.text, index)
            closing = _CLOSING[opened[-1]]
            if found is None:
                raise self._wrong(f"a `,` or the closing `{closing}` was expected", index)
            index, mark = found.end(), found.group(1)
            if mark == ",":
                return (self._key(index) if closing == "}" else index), opened
            if mark != closing:
                raise self._wrong(f"`{mark}` stands where the closing `{closing}` was expected", found.start(1))
            self._close(index)
            opened = opened[:-1]
        return index, opened

    def _value(self, index: int) -> tuple[int, str]:
        """Read a scalar, or open a collection: its bracket is the second thing returned."""
        found = _VALUE.match(self.text, index)
        if found is None:
            raise self._wrong("a value was expected", index)
        kind = found.lastindex
        if kind == 1:
            start, end = found.span(1)
            self._add_string(found.group(1), start, end)
        elif kind == 2:
            start = found.start(2)
            at = self._at(start, start + 1)
            self.tree.open(Mapping(at) if found.group(2) == "{" else Sequence(at), None, None)
            return found.end(), found.group(2)
        elif kind == 3:
            word = found.group(3)
            at = self._at(*found.span(3))
            self.tree.add(Scalar(word, at, True, word == "null"), at, 0)
        else:
            return self._string_with_escapes(found.end()), ""
        return found.end(), ""

    def _key(self, index: int) -> int:
        found = _KEY.match(self.text, index)
        if found is not None:
            self._add_string(found.group(1), *found.span(1))
            return found.end()
        opening = _ODD_KEY.match(self.text, index)
        if opening is None:
            raise self._wrong("a key in double quotes was expected", index)
        plain = _VALUE.match(self.text, index)
        closed = self._string_with_escapes(opening.end()) if plain and plain.lastindex == 4 else 0
        colon = _COLON.match(self.text, closed) if closed else None
        if colon is None:
            raise self._wrong("this key has no `:` behind it", opening.end() - 1)
        return colon.end()

    def _string_with_escapes(self, start: int) -> int:
        """Read a string from behind its opening quote; what is returned stands behind its closing one."""
        found = _CHARACTERS.match(self.text, start)
        while found is not None:
            end = found.end()
            found = _ESCAPES.match(self.text, end)
        if self.text[end : end + 1] != '"':
            raise self._broken_string(start - 1, end)
        raw = self.text[start:end]
        try:
            text = _ESCAPE.sub(_unescaped, raw)
        except KeyError:
            raise self._broken_escape(raw, start) from None
        self._add_string(text, start, end)
        return end + 1

    def _add_string(self, text: str, start: int, end: int) -> None:
        """Add a string that stands, without its quotes, from start to end."""
        if not text.isascii():  # half a surrogate pair, which no output can print, becomes U+FFFD
            text = _SURROGATES.sub(_joined, text)
        at = self._at(start - 1, end + 1)
        self.tree.add(Scalar(text, at, False), at, 0)

    def _close(self, index: int) -> None:
        closed = self.tree.close()
        began = closed.node.at
        ended = self._at(index - 1, index)
        whole = Position(self.file, began.line, began.column, ended.end_line, ended.end_column)
        closed.node.at = whole
        self.tree.add(closed.node, whole, closed.height)

    def _at(self, start: int, end: int) -> Position:
        """The position of a token, which stands on one line and behind every token before it."""
        while start >= self.starts[self.line]:
            self.line_start = self.starts[self.line]
            self.line += 1
        return Position(self.file, self.line, start - self.line_start + 1, self.line, end - self.line_start + 1)

    # What is wrong

    def _wrong(self, said: str, index: int, maybe_yaml: bool = False) -> NotJson:
        """An error at the first character from an index on that is not space."""
        space = _SPACE.match(self.text, index)
        at = space.end() if space else index
        character = self.text[at : at + 1]
        if not character:
            return NotJson(f"this is not valid JSON: the text ends, but {said}", *self.lines.end(), False)
        looks_like_yaml = character in "#'!&*|>-}]{[%" or character.isalnum()
        return NotJson(f"this is not valid JSON: {said}", *self.lines.at(at), maybe_yaml or looks_like_yaml)

    def _broken_string(self, start: int, end: int) -> NotJson:
        """A string from its opening quote to the character that it cannot go past."""
        stop = self.text[end : end + 1]
        if stop in ("", "\r", "\n", "\\"):
            return NotJson(
                "this is not valid JSON: a string is opened here and not closed on its line",
                *self.lines.at(start),
                False,
            )
        said = f"this is not valid JSON: the control character U+{ord(stop):04X} cannot stand in a string"
        return NotJson(said, *self.lines.at(end), False)

    def _broken_escape(self, raw: str, start: int) -> NotJson:
        """The first escape of a string, which starts at an index, that is none."""
        for found in _ESCAPE.finditer(raw):
            if found.group(2) and found.group(2) not in _ESCAPED:
                said = f"this is not valid JSON: `{found.group()}` is no escape that JSON knows"
                return NotJson(said, *self.lines.at(start + found.start()), False)
        raise AssertionError("some escape is none")


def _unescaped(found: re.Match[str]) -> str:
    code = found.group(1)
    return chr(int(code, 16)) if code else _ESCAPED[found.group(2)]


def _joined(found: re.Match[str]) -> str:
    high, low = found.group(1), found.group(2)
    return chr(0x10000 + (ord(high) - 0xD800) * 0x400 + ord(low) - 0xDC00) if high else "\ufffd"
