"""Where the characters of a scalar stand in its file, and where a template does that is written inside one."""

from __future__ import annotations

from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.sources.interface import Document, Mapping, Node, Scalar, Sequence


class Placement(NamedTuple):
    """Where a text stands that is a scalar of another file.

    origin: the scalar's position. down: lines from the scalar's first to the text's first; right: columns that
    the file has before each line of the text. exact is False when quoting or folding hides which character of
    the file is which of the text: then all of it stands where the scalar does.
    """

    origin: Position
    down: int
    right: int
    exact: bool

    def moved(self, at: Position) -> Position:
        """A position in the text, counted from line 1 and column 1, as a position in the file."""
        if not self.exact:
            return self.origin
        down, right = self.down + self.origin.line - 1, self.right
        return Position(self.origin.file, at.line + down, at.column + right, at.end_line + down, at.end_column + right)


def placement_of(text: str, origin: Position, block: int | None) -> Placement:
    """Where the text of a scalar stands, from its position and the indentation that was stripped (`Scalar.block`).

    A scalar on one line that is exactly its text, with or without a quote on either side, holds no escapes.
    """
    if block is not None:
        return Placement(origin, 1, block, True)
    if origin.line == origin.end_line and "\n" not in text:
        quotes = origin.end_column - origin.column - len(text)
        if quotes in (0, 2):
            return Placement(origin, 0, origin.column - 1 + quotes // 2, True)
    return Placement(origin, 0, 0, False)


def position_in(scalar: Scalar, offset: int, length: int = 1) -> Position:
    """Where a stretch of a scalar's text stands in the file; the scalar's own position when that cannot be told."""
    line, column = _counted(scalar.text, offset)
    end_line, end_column = _counted(scalar.text, offset + length)
    return placement_of(scalar.text, scalar.at, scalar.block).moved(
        Position(scalar.at.file, line, column, end_line, end_column)
    )


def _counted(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def relocate(document: Document, placement: Placement) -> None:
    """Move every position of a document from its own text into the file that it is embedded in."""
    waiting: list[Node] = [document.root]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        node.at = placement.moved(node.at)
        if isinstance(node, Scalar):
            if node.block is not None:
                node.block = node.block + placement.right if placement.exact else None
        elif isinstance(node, Sequence):
            waiting.extend(node.items)
        else:
            _relocate_entries(node, waiting)
    document.duplicates = [(k, placement.moved(a), placement.moved(b)) for k, a, b in document.duplicates]
    if document.extra_documents is not None:
        document.extra_documents = placement.moved(document.extra_documents)
    document.placement = placement


def _relocate_entries(mapping: Mapping, waiting: list[Node]) -> None:
    for key, value in mapping.items():
        waiting.append(key)
        waiting.append(value)
