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
from vetstack.sources.tree import Tree

_STRING: Final = r'"([^"\\\x00-\x1f]*(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*)*)"'
_WORD: Final = r"(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null)(?![\w.+-])"
_VALUE: Final = re.compile(rf"[ \t\r\n]*(?:{_STRING}|([{{\[])|{_WORD})")
_KEY: Final = re.compile(rf"[ \t\r\n]*{_STRING}[ \t\r\n]*:")
_NEXT: Final = re.compile(r"[ \t\r\n]*([,}\]])")
_EMPTY: Final = {"{": re.compile(r"[ \t\r\n]*\}"), "[": re.compile(r"[ \t\r\n]*\]")}
_CLOSING: Final = {"{": "}", "[": "]"}
_SPACE: Final = re.compile(r"[ \t\r\n]*")

_ESCAPE: Final = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt])|)')
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
            at = self._at(start - 1, end + 1)
            self.tree.add(Scalar(self._text(found.group(1), start), at, False), at, 0)
        elif kind == 2:
            start = found.start(2)
            at = self._at(start, start + 1)
            self.tree.open(Mapping(at) if found.group(2) == "{" else Sequence(at), None, None)
            return found.end(), found.group(2)
        else:
            word = found.group(3)
            at = self._at(*found.span(3))
            self.tree.add(Scalar(word, at, True, word == "null"), at, 0)
        return found.end(), ""

    def _key(self, index: int) -> int:
        found = _KEY.match(self.text, index)
        if found is None:
            raise self._no_key(index)
        start, end = found.span(1)
        at = self._at(start - 1, end + 1)
        self.tree.add(Scalar(self._text(found.group(1), start), at, False), at, 0)
        return found.end()

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

    def _text(self, raw: str, index: int) -> str:
        """What a string's characters say. A surrogate without its other half, which no output can print, is U+FFFD."""
        if "\\" in raw:
            for found in _ESCAPE.finditer(raw):
                if found.lastindex is None:
                    said = f"`{raw[found.start() : found.start() + 2]}` is no escape that JSON knows"
                    raise self._wrong(said, index + found.start())
            raw = _ESCAPE.sub(_unescaped, raw)
        return raw if raw.isascii() else _SURROGATES.sub(_joined, raw)

    # What is wrong

    def _no_key(self, index: int) -> NotJson:
        found = _VALUE.match(self.text, index)
        if found is not None and found.lastindex == 1:
            return self._wrong("this key has no `:` behind it", found.start(1) - 1)
        return self._wrong("a key in double quotes was expected", index)

    def _wrong(self, said: str, index: int, maybe_yaml: bool = False) -> NotJson:
        """An error at the first character from an index on that is not space."""
        space = _SPACE.match(self.text, index)
        at = space.end() if space else index
        character = self.text[at : at + 1]
        if not character:
            return NotJson(f"this is not valid JSON: the text ends, but {said}", *self.lines.end(), False)
        if character == '"' and not re.compile(_STRING).match(self.text, at):
            said, at = self._broken_string(at)
        elif character in "#/'!&*|>-}]" or character.isalnum():
            maybe_yaml = True
        return NotJson(f"this is not valid JSON: {said}", *self.lines.at(at), maybe_yaml)

    def _broken_string(self, index: int) -> tuple[str, int]:
        """What is wrong with the string that opens at an index: it holds a character that it must not, or no end."""
        found = re.compile(r'"(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*').match(self.text, index)
        end = found.end() if found else index
        stop = self.text[end : end + 1]
        if stop and stop not in "\r\n\\":
            return f"the control character U+{ord(stop):04X} cannot stand in a string", end
        return "a string is opened here and not closed on its line", index


def _unescaped(found: re.Match[str]) -> str:
    code = found.group(1)
    return chr(int(code, 16)) if code else _ESCAPED[found.group(2)]


def _joined(found: re.Match[str]) -> str:
    high, low = found.group(1), found.group(2)
    return chr(0x10000 + (ord(high) - 0xD800) * 0x400 + ord(low) - 0xDC00) if high else "\ufffd"
