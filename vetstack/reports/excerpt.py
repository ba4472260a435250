"""The line of a source that a finding is about, with what it means underlined."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from vetstack.position import Position
from vetstack.reports.typography import columns, shown_character

if TYPE_CHECKING:
    from vetstack.sources.interface import Document

_BREAK = re.compile(r"\r\n|\r|\n")
_TAB: Final = "    "
_MORE: Final = "..."


class Excerpts:
    """Lines of sources by position; each source is split into lines once."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._lines: dict[str, list[str]] = {}

    def around(self, at: Position, width: int, encoding: str) -> tuple[str, str] | None:
        """The line and its underline in at most `width` columns; None where there is no such line."""
        if at.file not in self._lines:
            document = self._documents.get(at.file)
            self._lines[at.file] = _BREAK.split(document.text) if document else []
        lines = self._lines[at.file]
        if not 0 < at.line <= len(lines) or not lines[at.line - 1].strip():
            return None
        return underlined(lines[at.line - 1], at, width, encoding)


def underlined(line: str, at: Position, width: int, encoding: str = "utf-8") -> tuple[str, str]:
    """A line and the carets below it, cut around the first one when it is longer than `width` columns."""
    start = min(max(at.column - 1, 0), len(line))
    end = at.end_column - 1 if at.end_line == at.line else _end(line, start)
    end = max(min(end, len(line)), start + 1)
    low = max(start - width, 0)  # nothing further away can come into sight
    near = line[low : low + 2 * width]
    cells = [_TAB if character == "\t" else shown_character(character, encoding) for character in near]
    widths = [columns(cell) for cell in cells]
    first = _first(widths, start - low, end - low, width) if low == 0 else _leftmost(widths, start - low, width)
    head = _MORE if low + first else ""
    room = width - len(head)
    whole = low + len(cells) == len(line) and sum(widths[first:]) <= room
    last = len(cells) if whole else _rightmost(widths, first, room - len(_MORE))
    text = head + "".join(cells[first:last]) + ("" if whole else _MORE)
    before = len(head) + sum(widths[first : start - low])
    return text.rstrip(), " " * before + "^" * max(sum(widths[start - low : min(end - low, last)]), 1)


def _end(line: str, start: int) -> int:
    """Where something ends on its first line when it goes on below: before a comment and before spaces."""
    comment = line.find(" #", start)
    return len((line if comment < 0 else line[:comment]).rstrip())


def _first(widths: list[int], start: int, end: int, width: int) -> int:
    """The first character shown of a line whose beginning is near: its very first, if what is marked then fits."""
    return 0 if sum(widths[:end]) + len(_MORE) <= width or sum(widths) <= width else _leftmost(widths, start, width)


def _leftmost(widths: list[int], start: int, width: int) -> int:
    """How far to the left one sees when a third of the width is given to what stands before the marked part."""
    used = 0
    for number in range(start, 0, -1):
        used += widths[number - 1]
        if used > width // 3:
            return number
    return 0


def _rightmost(widths: list[int], first: int, room: int) -> int:
    """The end of what fits in so many columns from the first character shown."""
    used = 0
    for number in range(first, len(widths)):
        used += widths[number]
        if used > room:
            return number
    return len(widths)
