"""Values of a plan: what is known of an argument as it stands, and what only the apply decides as what it refers to."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.sources.interface import Mapping, Node, Scalar, Sequence
from vetstack.terraform.plan_configuration import is_expression
from vetstack.values import ABSENT, Absent, Items, Map, Text, Value

_HIDDEN: Final = re.compile(r"\(sensitive( value)?\)|REDACTED|\[redacted\]|\*{3,}", re.IGNORECASE)
"""What tools write in the place of a value that they keep to themselves."""

Decide = Callable[["Node | None", str, Position], Value]
"""What an expression of the configuration comes to, for the argument of that name, at a position."""


class Parts(NamedTuple):
    """The same node of a plan's several trees.

    known: its value; unknown: true wherever only the apply decides it; sensitive: true where it may be hidden;
    written: the expression that gives it, the block's expressions, or None where the configuration does not say (it
    shows no dynamic blocks). filled: whether a provider fills in what nobody writes.
    """

    known: Node | None
    unknown: Node | None
    sensitive: Node | None
    written: Node | None
    filled: bool = True

    def item(self, number: int, written: Node | None) -> Parts:
        return Parts(
            _nth(self.known, number), _nth(self.unknown, number), _nth(self.sensitive, number), written, self.filled
        )

    def entry(self, key: str) -> Parts:
        written = self.written if is_expression(self.written) else _under(self.written, key)
        known, unknown, sensitive = (_under(one, key) for one in self[:3])
        return Parts(known, unknown, sensitive, written, self.filled)


def _nth(node: Node | None, number: int) -> Node | None:
    if isinstance(node, Sequence):
        return node.items[number] if number < len(node.items) else None
    return node if isinstance(node, Scalar) and node.text == "true" else None


def _under(node: Node | None, key: str) -> Node | None:
    if isinstance(node, Mapping):
        return node.get(key)
    return node if isinstance(node, Scalar) and node.text == "true" else None


def is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.text == "true" and node.plain


def value_of(parts: Parts, decide: Decide, name: str, at: Position) -> Value:
    """One argument. name: its own; at: where it stands when its value does not."""
    node = parts.known
    if is_true(parts.unknown):
        return decide(parts.written, name, parts.unknown.at if parts.unknown else at)
    if isinstance(node, Scalar):
        if node.null:
            return ABSENT
        if _HIDDEN.fullmatch(node.text) and (is_true(parts.sensitive) or node.text.startswith("(")):
            return decide(parts.written, name, node.at)
        return Text(node.text, node.at)
    if isinstance(node, Sequence) or (node is None and isinstance(parts.unknown, Sequence)):
        return _items(parts, decide, name, at)
    if isinstance(node, Mapping) or isinstance(parts.unknown, Mapping):
        return map_of(parts, decide, name, at)
    return ABSENT


def _items(parts: Parts, decide: Decide, name: str, at: Position) -> Value:
    known = parts.known.items if isinstance(parts.known, Sequence) else []
    unknown = parts.unknown.items if isinstance(parts.unknown, Sequence) else []
    made: list[Value] = []
    for number in range(max(len(known), len(unknown))):
        value = value_of(parts.item(number, _block(parts, number)), decide, name, at)
        if not isinstance(value, Absent):
            made.append(value)
    place = parts.known or parts.unknown
    return Items(made, place.at if place else at) if made else ABSENT


def _block(parts: Parts, number: int) -> Node | None:
    """What the configuration says of one element: of nested blocks, which a plan may sort, the one that fits."""
    written = parts.written
    if not isinstance(written, Sequence):
        return written
    listed = list(written.items)
    if number < len(listed):
        listed.insert(0, listed.pop(number))
    element = _nth(parts.known, number)
    return next((one for one in listed if isinstance(one, Mapping) and _fits(one, element)), None)


def _fits(block: Mapping, element: Node | None) -> bool:
    """Whether every constant of a block is the element's value too."""
    for key, expression in block.items():
        if not isinstance(expression, Mapping) or "constant_value" not in expression:
            continue
        constant, value = expression.get("constant_value"), _under(element, key.text)
        if isinstance(constant, Scalar) and (not isinstance(value, Scalar) or value.text != constant.text):
            return False
    return True


def map_of(parts: Parts, decide: Decide, name: str, at: Position) -> Map:
    """The arguments of a block, or the entries of a map; what the provider alone makes of it is left out."""
    made: dict[str, Value] = {}
    key_at: dict[str, Position] = {}
    keys: dict[str, Scalar] = {}
    for node in (parts.unknown, parts.known):
        if isinstance(node, Mapping):
            keys.update({key.text: key for key, _ in node.items()})
    block = parts.filled and isinstance(parts.written, Mapping) and not is_expression(parts.written)
    for key, scalar in keys.items():
        below = parts.entry(key)
        if block and below.written is None and is_true(below.unknown):
            continue  # nobody wrote it: the provider fills it in
        inner = name if is_expression(parts.written) else key
        value = value_of(below, decide, inner, scalar.at)
        if not isinstance(value, Absent):
            made[key], key_at[key] = value, scalar.at
    place = parts.known or parts.unknown
    return Map(made, place.at if place else at, key_at)
