"""Where something stands in a file: the one shape that every stage shares."""

from __future__ import annotations

from vetstack.records import NamedTuple


class Position(NamedTuple):
    """A stretch of a file, from its first character up to, not including, its end.

    Lines and columns count from 1, columns in characters. `file` is the path as the user gave it.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
