"""Where something stands in a file: the one shape that every stage shares."""

from __future__ import annotations

from typing import NamedTuple


class Position(NamedTuple):
    """A stretch of a file, from its first character up to, not including, its end.

    Lines and columns count from 1, columns in characters. `file` is the path as the user gave it.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def shifted(self, outer: Position) -> Position:
        """The same stretch when its text starts at `outer`, as an embedded template's does."""
        first = outer.column - 1 if self.line == 1 else 0
        last = outer.column - 1 if self.end_line == 1 else 0
        return Position(
            outer.file,
            self.line + outer.line - 1,
            self.column + first,
            self.end_line + outer.line - 1,
            self.end_column + last,
        )
