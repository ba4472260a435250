"""Where each line of a piece of code stands in its file, however the template writes it.

A value knows the stretch of the file that it is written in. Within that stretch each line of the code is looked for
from the line before on: lines of a block scalar or a heredoc follow each other, those of a joined list stand where
their elements do, and those of a quoted text with `\\n` in it are all on one line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from vetstack.position import Position

WINDOW: Final = 40
"""Lines of the file that are looked at for one line of code, so that all of them together take linear time."""

COMPARED_LIMIT: Final = 1_000_000
"""Comparisons of lines for one template, long lines counted as several; past it lines follow each other."""

_BLOCK: Final = re.compile(r"(?:[|>][-+0-9]*[ \t]*(?:#.*)?|<<[-~]?\"?[\w.-]+\"?)\s*$")
"""How a line ends after which a block scalar of YAML or a heredoc begins."""

_HEAD: Final = 4
"""Lines after the beginning of a value in which its block can begin: `Fn::Base64:`, `Fn::Sub:`, `- |`."""

_HOLE: Final = re.compile(r"[$%]\{[^{}]*\}")
_NOISE: Final = re.compile(r"\\[nrt]|[\s\"'\\,\[\]]+")
_WHOLE_FILE: Final = (1, 1, 1, 1)


class Lines:
    """The lines of the files of one template. texts: of each file."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._cut: dict[str, list[str]] = {}
        self._left = COMPARED_LIMIT

    def of(self, text: str, at: Position) -> tuple[Position, ...]:
        """Where each line of a text stands that is written at a place; the place itself where that cannot be told."""
        wanted = _cut(text)
        source = self._lines(at.file)
        first, last = (0, len(source)) if at[1:] == _WHOLE_FILE else (at.line - 1, min(at.end_line, len(source)))
        if last - first <= 1:
            return (at,) * len(wanted)
        start = 0 if at[1:] == _WHOLE_FILE else _begins(source, first, last)
        if start is not None and source[start - 1].rstrip().endswith((">", ">-", ">+")) and start:
            return self._among(wanted, source, start, last, at.file)  # folded: a line is one or more of the file's
        if start is not None:
            return self._in_block(wanted, source, start, last, at.file)
        return (at,) if len(wanted) == 1 else self._among(wanted, source, first, last, at.file)

    def _in_block(
        self, wanted: list[str], source: Sequence[str], start: int, last: int, file: str
    ) -> tuple[Position, ...]:
        """Lines that follow each other; where one is not the next, it is looked for further on."""
        found: list[Position] = []
        here, end = start, max(last, start + 1)
        for line in wanted:
            text = line.strip()
            at = here
            if text and here < end and not _alike(text, source[here].strip()):
                further = self._first(range(here + 1, min(here + WINDOW, end)), source, text, None)
                at = further if further is not None else max(here - 1, start)
            at = min(at, end - 1, len(source) - 1)
            found.append(_place(source, at, file))
            here = at + 1
        return tuple(found)

    def _among(
        self, wanted: list[str], source: Sequence[str], first: int, last: int, file: str
    ) -> tuple[Position, ...]:
        """Lines that stand in the elements of a list, or in a quoted text of several lines."""
        bare = [_bare(source[number]) for number in range(first, last)]
        found: list[Position] = []
        here = 0
        for line in wanted:
            text = _NOISE.sub("", line)
            begins = _HOLE.split(text, maxsplit=1)[0] or _HOLE.sub("", text)
            following = range(here, min(here + WINDOW, len(bare)))
            number = self._first(following, bare, text, begins) if text else None
            if number is not None:
                here = number + (len(bare[number]) > 1 and text.endswith(bare[number]))
            shown = min(here, len(bare) - 1) if number is None else number
            found.append(_place(source, first + shown, file))
        return tuple(found)

    def _first(self, numbers: range, lines: Sequence[str], text: str, begins: str | None) -> int | None:
        """The first line that a line of code can come from. begins: its beginning, where only parts of it are there."""
        for number in numbers:
            line = lines[number].strip()
            self._left -= 1 + len(line) // 256
            if self._left < 0:
                return None
            if line and (_alike(text, line) if begins is None else _holds(line, text, begins)):
                return number
        return None

    def _lines(self, file: str) -> list[str]:
        if file not in self._cut:
            self._cut[file] = self._texts.get(file, "").splitlines()
        return self._cut[file]


def _cut(text: str) -> list[str]:
    """The lines of a text, at least one; what follows the last line break only when there is something."""
    lines = text.split("\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines


def _begins(source: Sequence[str], first: int, last: int) -> int | None:
    """The index of the first line of a block that begins soon, None where a value is written otherwise."""
    for number in range(first, min(first + _HEAD, last)):
        if _BLOCK.search(source[number]):
            return number + 1
    return None


def _place(source: Sequence[str], number: int, file: str) -> Position:
    line = source[number]
    indent = len(line) - len(line.lstrip())
    return Position(file, number + 1, indent + 1, number + 1, len(line) + 1)


def _alike(text: str, written: str) -> bool:
    """Whether a line of code can be what a line of the file gives, in which holes are still to be filled."""
    if text == written:
        return True
    if "{" not in written:
        return False
    before, after = _outside(written)
    own_before, own_after = _outside(text)
    if not before and not after:
        return "${" in written  # a line of nothing but a directive is none of the text's
    shorter, longer = sorted((before, own_before), key=len)
    ending, whole = sorted((after, own_after), key=len)
    return longer.startswith(shorter) and whole.endswith(ending)


def _outside(line: str) -> tuple[str, str]:
    """What stands before the first hole of a line and after its last one."""
    begin = min((found for mark in ("${", "%{") if (found := line.find(mark)) >= 0), default=-1)
    return (line, line) if begin < 0 else (line[:begin], line[line.rfind("}") + 1 :])


def _bare(line: str) -> str:
    """A line of a list of texts without what is not of the texts."""
    return _HOLE.sub("", _NOISE.sub("", line).removeprefix("-").removeprefix("-"))


def _holds(written: str, text: str, begins: str) -> bool:
    if len(begins) > 1 and begins in written:
        return True
    return len(written) > 1 and (text.startswith(written) or (len(written) > 5 and written in text))
