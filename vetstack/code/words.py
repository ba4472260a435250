"""The words of shell scripts: quotes, expansions, substitutions and here-documents, and where commands end."""

from __future__ import annotations

import re
from typing import Final

from vetstack.records import NamedTuple

NESTING_LIMIT: Final = 20
"""How deep substitutions and groups may stand inside one another."""

ARITHMETIC_LIMIT: Final = 400
"""Characters of one arithmetic expansion."""

_PLAIN: Final = re.compile(r"[^ \t\r\n'\"\\`$;&|<>()#]+")
_DOUBLE: Final = re.compile(r"[^\"\\`$]+")
_BLANKS: Final = re.compile(r"[ \t\r]+")
_HOLE: Final = re.compile(r"\$\{[^{}\n\"']*\}")
_REDIRECTION: Final = re.compile(r"\d*(?:<<<|>>|>\||[<>]&(?:\d+-?|-)?|<>|>|<)|&>>?")


class Word(NamedTuple):
    """A word without its quotes, expansions as they are written; quoted: whether any of it was in quotes."""

    text: str
    line: int
    quoted: bool


class Simple(NamedTuple):
    """A simple command. feeds: those after it in its pipeline; inner: commands of the substitutions in it;
    documents: its here-documents, each as a word that begins on the first line of the document.
    """

    words: tuple[Word, ...]
    feeds: tuple[tuple[Word, ...], ...]
    inner: tuple[tuple[Simple, ...], ...]
    documents: tuple[Word, ...]


class _Open:
    """A command that is being read."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.inner: list[tuple[Simple, ...]] = []
        self.documents: list[Word] = []
        self.group: tuple[Simple, ...] = ()


class Reader:
    """Reads one text from its beginning to its end, every character once. line: the number of its first line."""

    def __init__(self, text: str, line: int) -> None:
        self.text = text
        self.here = 0
        self.line = line
        self._depth = 0
        self._awaited: list[tuple[str, bool, bool, _Open]] = []

    def commands(self) -> tuple[Simple, ...]:
        """All commands of the text; what closes nothing is passed over."""
        found: list[Simple] = []
        while self.here < len(self.text):
            found.extend(self._list(""))
            self.here += 1  # a bracket that nothing opened
        return tuple(found)

    def _list(self, closing: str) -> list[Simple]:
        """Commands up to what closes them, which is left to read; pipelines put together."""
        found: list[Simple] = []
        pipeline: list[_Open] = []
        while True:
            one, end = self._command(closing)
            if one.words or one.inner or one.group or one.documents:
                pipeline.append(one)
            if end in ("|", "|&") and one is not None:
                continue
            found.extend(_piped(pipeline))
            pipeline = []
            if end == "" or end == ")" or (closing == "`" and end == "`"):
                return found

    def _command(self, closing: str) -> tuple[_Open, str]:
        """One command, and what ends it: an operator, a line break, what closes the list, or nothing."""
        one = _Open()
        while True:
            self._blanks()
            rest = self.text[self.here : self.here + 2]
            mark = rest[:1]
            if not mark or mark == ")" or (mark == "`" and closing == "`"):
                return one, mark
            if mark == "\n":
                self._newline()
                return one, mark
            if mark == "#":
                self._comment()
            elif rest in ("&&", "||", "|&", ";;"):
                self.here += 2
                return one, rest
            elif mark in ";|" or (mark == "&" and rest != "&>"):
                self.here += 1
                return one, mark
            elif rest in ("<(", ">("):
                one.words.append(self._word(one, closing))
            elif rest == "<<" and self.text[self.here : self.here + 3] != "<<<":
                self._awaits(one)
            elif mark == "(":
                self._group(one)
            else:
                redirection = _REDIRECTION.match(self.text, self.here)
                if redirection:
                    one.words.append(Word(redirection[0], self.line, False))
                    self.here = redirection.end()
                else:
                    one.words.append(self._word(one, closing))

    def _blanks(self) -> None:
        while True:
            found = _BLANKS.match(self.text, self.here)
            if found:
                self.here = found.end()
            if self.text.startswith(("\\\n", "\\\r\n"), self.here):
                self.here = self.text.index("\n", self.here) + 1
                self.line += 1
            elif not found:
                return

    def _newline(self) -> None:
        self.here += 1
        self.line += 1
        if self._awaited:
            awaited, self._awaited = self._awaited, []
            for delimiter, indented, expands, one in awaited:
                self._document(delimiter, indented, expands, one)

    def _comment(self) -> None:
        end = self.text.find("\n", self.here)
        self.here = len(self.text) if end < 0 else end

    def _group(self, one: _Open) -> None:
        """Commands in brackets, whose output goes on together; `name()` opens a function instead."""
        self.here += 1
        if self.text.startswith(")", self.here):
            self.here += 1
            one.words.clear()
            return
        self._depth += 1
        if self._depth <= NESTING_LIMIT:
            one.group += tuple(self._list(")"))
        self._depth -= 1
        if self.text.startswith(")", self.here):
            self.here += 1

    # ---- words

    def _word(self, one: _Open, closing: str) -> Word:
        """The word that begins here; of the commands in it, `one` takes note."""
        line, start, quoted = self.line, self.here, False
        parts: list[str] = []
        while self.here < len(self.text):
            mark = self.text[self.here]
            if mark == "'":
                quoted = True
                parts.append(self._until("'"))
            elif mark == '"':
                quoted = True
                self.here += 1
                parts.append(self._double(one))
            elif mark == "\\":
                parts.append(self._escaped())
            elif mark == "$" and self.text.startswith("$'", self.here):
                self.here += 1
                quoted = True
                parts.append(self._until("'"))
            elif mark == "`" and closing == "`":
                break
            elif mark in "$`":
                parts.append(self._expansion(one))
            elif self.text.startswith(("<(", ">("), self.here):
                parts.append(self._substitution(one, 2))
            elif mark in " \t\r\n;&|<>()":
                break
            elif mark == "#":
                parts.append(mark)
                self.here += 1
            else:
                found = _PLAIN.match(self.text, self.here)
                assert found is not None
                parts.append(found[0])
                self.here = found.end()
        if self.here == start:
            self.here += 1
        return Word("".join(parts), line, quoted)

    def _until(self, mark: str) -> str:
        end = self.text.find(mark, self.here + 1)
        text = self.text[self.here + 1 : end if end >= 0 else len(self.text)]
        self.line += text.count("\n")
        self.here = end + 1 if end >= 0 else len(self.text)
        return text

    def _escaped(self) -> str:
        text = self.text[self.here + 1 : self.here + 2]
        self.here += 2
        if text == "\n":
            self.line += 1
            return ""
        return text

    def _double(self, one: _Open) -> str:
        """What stands in double quotes, up to and with the closing one."""
        parts: list[str] = []
        while self.here < len(self.text):
            found = _DOUBLE.match(self.text, self.here)
            if found:
                parts.append(found[0])
                self.line += found[0].count("\n")
                self.here = found.end()
                continue
            mark = self.text[self.here]
            if mark == '"':
                self.here += 1
                break
            if mark == "\\":
                following = self.text[self.here + 1 : self.here + 2]
                if following in ('"', "\\", "$", "`", "\n"):
                    parts.append(self._escaped())
                else:
                    parts.append("\\" + following)
                    self.line += following == "\n"
                    self.here += 2
            else:
                parts.append(self._expansion(one))
        return "".join(parts)

    def _expansion(self, one: _Open) -> str:
        """`$name`, `${…}`, `$(…)`, `$((…))` or backquotes, as they are written."""
        if self.text.startswith("$((", self.here):
            return self._arithmetic()
        if self.text.startswith("$(", self.here):
            return self._substitution(one, 2)
        if self.text[self.here] == "`":
            return self._substitution(one, 1)
        hole = _HOLE.match(self.text, self.here)
        end = hole.end() if hole else self.here + 1
        text = self.text[self.here : end]
        self.here = end
        return text

    def _arithmetic(self) -> str:
        end = self.text.find("))", self.here, self.here + ARITHMETIC_LIMIT)
        end = self.here + 3 if end < 0 else end + 2
        text = self.text[self.here : end]
        self.line += text.count("\n")
        self.here = end
        return text

    def _substitution(self, one: _Open, opening: int) -> str:
        """The commands of a substitution, and the text of it."""
        start = self.here
        closing = ")" if opening == 2 else "`"
        self.here += opening
        self._depth += 1
        if self._depth <= NESTING_LIMIT:
            inner = tuple(self._list(closing))
            if inner:
                one.inner.append(inner)
        self._depth -= 1
        if self.text.startswith(closing, self.here):
            self.here += 1
        return self.text[start : self.here]

    # ---- here-documents

    def _awaits(self, one: _Open) -> None:
        """`<<WORD`: the document follows the line."""
        self.here += 2
        indented = self.text.startswith("-", self.here)
        self.here += indented
        self._blanks()
        delimiter = self._word(_Open(), "")
        if delimiter.text:
            self._awaited.append((delimiter.text, indented, not delimiter.quoted, one))

    def _document(self, delimiter: str, indented: bool, expands: bool, one: _Open) -> None:
        begin, line = self.here, self.line
        while self.here < len(self.text):
            end = self.text.find("\n", self.here)
            end = len(self.text) if end < 0 else end
            written = self.text[self.here : end].rstrip("\r")
            at_end = self.here
            self.here = min(end + 1, len(self.text))
            self.line += end < len(self.text)
            if (written.lstrip("\t") if indented else written) == delimiter or written.strip() == delimiter:
                break
        else:
            at_end = len(self.text)
        text = self.text[begin:at_end]
        one.documents.append(Word(text, line, not expands))
        if expands and ("$(" in text or "`" in text) and self._depth <= NESTING_LIMIT:
            inner = Reader(text, line)
            inner._depth = self._depth + 1
            inside = _Open()
            while inner.here < len(text):
                inner._double(inside)
            one.inner.extend(inside.inner)


def _piped(pipeline: list[_Open]) -> list[Simple]:
    """The commands of a pipeline, each with those that its output goes on to."""
    found: list[Simple] = []
    for number, one in enumerate(pipeline):
        feeds = tuple(tuple(later.words) for later in pipeline[number + 1 :])
        for grouped in one.group:
            found.append(grouped._replace(feeds=grouped.feeds + feeds))
        if one.words or one.inner or one.documents:
            found.append(Simple(tuple(one.words), feeds, tuple(one.inner), tuple(one.documents)))
    return found
