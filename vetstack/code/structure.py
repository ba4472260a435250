"""Documents that hold code, given as text: JSON or YAML read into values that stand where they do in the file."""

from __future__ import annotations

from collections.abc import Sequence

from vetstack.position import Position
from vetstack.sources.interface import Mapping, Node, Scalar, Unreadable
from vetstack.values import Items, Map, Text, Value


def structure_of(text: str, lines: Sequence[Position]) -> Map | Items | None:
    """The map or list that a text holds, None when it is neither. lines: where each of its lines stands."""
    from vetstack.sources.read import read

    beginning = text.lstrip()[:1]
    if not beginning:
        return None
    try:
        root = read(text, lines[0].file).root
    except (Unreadable, RecursionError):
        return None
    made = _value(root, lines) if not isinstance(root, Scalar) else None
    return made if isinstance(made, (Map, Items)) else None


def _value(node: Node, lines: Sequence[Position]) -> Value:
    at = _moved(node.at, lines)
    if isinstance(node, Scalar):
        return Text(node.text, at)
    if isinstance(node, Mapping):
        entries = {key.text: _value(value, lines) for key, value in node.items()}
        return Map(entries, at, {key.text: _moved(key.at, lines) for key, _ in node.items()})
    return Items([_value(item, lines) for item in node.items], at)


def _moved(at: Position, lines: Sequence[Position]) -> Position:
    """A place in the text as a place in the file: from the line that it begins on to that on which it ends."""
    first, last = (lines[min(max(line, 1), len(lines)) - 1] for line in (at.line, at.end_line))
    column = first.column + at.column - 1 if first.end_line == first.line else first.column
    return Position(first.file, first.line, column, max(last.end_line, first.line), last.end_column)
