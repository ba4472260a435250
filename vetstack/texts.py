"""Texts put together from values of any kind: known text, holes, and alternatives under their settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.values import (
    ABSENT,
    Absent,
    Alternative,
    Choice,
    Hole,
    Items,
    Map,
    Text,
    Unknown,
    Value,
    pieces_of,
    via_of,
)

TEXTS_LIMIT: Final = 64
"""Alternatives of one put-together text; choices past it become holes."""

Row = tuple[Guard, tuple["str | Hole", ...], tuple[str, ...]]


def alternatives_to_value(rows: Sequence[tuple[Guard, Value]], at: Position) -> Value:
    """Rows of guards and values as one value."""
    if len(rows) == 1:
        return rows[0][1]
    return Choice(tuple(Alternative(guard, value) for guard, value in rows), at) if rows else ABSENT


def made(pieces: tuple[str | Hole, ...], at: Position, via: tuple[str, ...]) -> Text | Unknown:
    """Pieces run together: neighbouring texts joined, empty ones dropped."""
    merged: list[str | Hole] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        elif piece != "":
            merged.append(piece)
    if all(isinstance(piece, str) for piece in merged):
        return Text("".join(str(piece) for piece in merged), at, via)
    return Unknown(tuple(merged), at, via)


def concatenate(parts: Sequence[Value], always: Guard, at: Position) -> Value:
    """The texts of the parts run together, over every alternative that some setting allows at once.

    Where they are too many, a parameter's value is the hole that it is. Where they still are, a script keeps the text
    of every branch in turn, for rules that look for a call in it; of anything else each choice becomes a hole.
    """
    holes = [_as_hole(part) for part in parts]
    rows = _rows(parts, always) or _rows(holes, always)
    if rows is None and any(isinstance(part, Text) and "\n" in part for part in parts):
        rows = _rows([one for part in holes for _, one in always.over(part)], always)
    if rows is None:
        always.world.widened.append((at, "a text with more alternatives than are spelt out"))
        many = Unknown((Hole("widened", "a text with many settings"),), at)
        rows = _rows([many if isinstance(part, Choice) else part for part in parts], always) or []
    return alternatives_to_value([(guard, made(pieces, at, via)) for guard, pieces, via in rows], at)


def _as_hole(part: Value) -> Value:
    """A parameter's value as the hole that it is, which still says through which blocks it came."""
    if not isinstance(part, Choice) or part.hole is None:
        return part
    via: tuple[str, ...] = ()
    for _, one in part.alternatives:
        via = _with(via, via_of(one))
    return Unknown((part.hole,), part.at, via)


def _rows(parts: Sequence[Value], always: Guard) -> list[Row] | None:
    """One row for each combination of alternatives that some setting allows; None past TEXTS_LIMIT."""
    rows: list[Row] = [(always, (), ())]
    for part in parts:
        if isinstance(part, Text):
            rows = [(guard, (*pieces, str(part)), _with(via, part.via)) for guard, pieces, via in rows]
            continue
        rows = [_extended(row, guard, value) for row in rows for guard, value in row[0].over(part)]
        if len(rows) > TEXTS_LIMIT:
            return None
    return rows


def _with(via: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return via + tuple(name for name in more if name not in via)


def _extended(row: Row, guard: Guard, value: Value) -> Row:
    _, pieces, via = row
    if isinstance(value, (Text, Unknown)):
        return guard, (*pieces, *pieces_of(value)), _with(via, value.via)
    if isinstance(value, Items):
        inner = [p for n, one in enumerate(value) for p in ([","] if n else []) + list(_plain_pieces(one))]
        return guard, (*pieces, *inner), _with(via, value.via)
    if isinstance(value, Map):
        return guard, (*pieces, Hole("function", "a map")), via
    return guard, pieces, via


def _plain_pieces(value: Value) -> tuple[str | Hole, ...]:
    if isinstance(value, (Text, Unknown)):
        return pieces_of(value)
    return (Hole("function", "a list"),)


def join(separator: str, elements: Value, always: Guard, at: Position) -> Value:
    """The elements of a list with a separator between them."""
    joined: list[tuple[Guard, Value]] = []
    for guard, whole in always.over(elements):
        if not isinstance(whole, Items):
            joined.append((guard, derived(whole, at)))
            continue
        parts: list[Value] = []
        for element in whole:
            if isinstance(element, Absent):
                continue
            if parts:
                parts.append(Text(separator, at))
            parts.append(_joined_choice(element, separator, guard, at))
        joined.extend(guard.over(concatenate(parts, guard, at)))
    return alternatives_to_value(joined, at)


def _joined_choice(element: Value, separator: str, guard: Guard, at: Position) -> Value:
    """An element that is itself a list, or may be one, is joined by the same separator."""
    if isinstance(element, Items) or (
        isinstance(element, Choice) and any(isinstance(one, Items) for _, one in guard.over(element))
    ):
        return join(separator, element, guard, at)
    return element


def derived(value: Value, at: Position) -> Value:
    """Something that a deployment makes of an unknown value: its holes, without the text around them."""
    if isinstance(value, Unknown):
        return Unknown(value.holes, at, value.via)
    return value if isinstance(value, Absent) else Unknown((Hole("function", "an expression"),), at)


def moved(value: Value, at: Position, via: tuple[str, ...] = ()) -> Value:
    """The value at the place that uses it, which is the one that its vendor would edit, and through which blocks."""
    if isinstance(value, Text):
        return Text(value, at, _with(value.via, via))
    if isinstance(value, Unknown):
        return Unknown(value.pieces, at, _with(value.via, via))
    if isinstance(value, Choice):
        options = tuple(Alternative(guard, moved(one, at, via)) for guard, one in value.alternatives)
        return Choice(options, at, value.hole)
    return value
