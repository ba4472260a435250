"""Values as the texts that `jsonencode` and the like make of them."""

from __future__ import annotations

from vetstack.position import Position
from vetstack.texts import made
from vetstack.values import Absent, Choice, Hole, Items, Map, Text, Unknown, Value

_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BARE = frozenset({"true", "false"})


def as_text(value: Items | Map) -> Text | Unknown:
    """A list or a map as JSON, what is not known of it as holes."""
    pieces: list[str | Hole] = []
    _encode(value, pieces)
    return made(tuple(pieces), value.at, value.via)


def _encode(value: Value, into: list[str | Hole]) -> None:
    if isinstance(value, Text):
        into.append(value if value in _BARE else quoted(value))
    elif isinstance(value, Unknown):
        into.append('"')
        into.extend(piece if isinstance(piece, Hole) else quoted(piece)[1:-1] for piece in value.pieces)
        into.append('"')
    elif isinstance(value, Absent):
        into.append("null")
    elif isinstance(value, Choice):
        into.append(value.hole or Hole("function", "a value"))
    elif isinstance(value, Items):
        _encode_all("[", [("", one) for one in value], "]", into)
    else:
        _encode_all("{", [(f"{quoted(key)}:", one) for key, one in value.items()], "}", into)


def _encode_all(opening: str, entries: list[tuple[str, Value]], closing: str, into: list[str | Hole]) -> None:
    into.append(opening)
    for number, (head, value) in enumerate(entries):
        into.append(f",{head}" if number else head)
        _encode(value, into)
    into.append(closing)


def quoted(text: str) -> str:
    """A text as a JSON string."""
    return f'"{"".join(_ESCAPED.get(one, one) for one in text)}"'


def nowhere(file: str) -> Position:
    """The beginning of a file."""
    return Position(file, 1, 1, 1, 1)
