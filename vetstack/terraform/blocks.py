"""Bodies of blocks to maps: attributes as values, nested blocks as lists of maps, dynamic ones under their settings."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.terraform import tree
from vetstack.terraform.elements import Spliced, conditional, entries
from vetstack.terraform.nested import nested
from vetstack.values import ABSENT, Absent, Alternative, Items, Map, Value

if TYPE_CHECKING:
    from vetstack.terraform.evaluator import Scope


def body_map(scope: Scope, body: tree.Body, at: Position, but: Collection[str] = ()) -> Map:
    """Everything in a body but what is named, null attributes left out."""
    made: dict[str, Value] = {}
    key_at: dict[str, Position] = {}
    for name, attribute in body.attributes.items():
        if name not in but and not (body.loose and name == "dynamic"):
            value = scope.evaluate(attribute.expression)
            if not isinstance(value, Absent):
                made[name], key_at[name] = value, attribute.name_at
    loose = nested(body, "dynamic", 1) if body.loose else []
    for block in (*body.blocks, *loose):
        dynamic = block.type == "dynamic" and block.labels
        name = block.labels[0] if dynamic else block.type
        if name in but:
            continue
        one = _dynamic(scope, block) if dynamic else body_map(scope, block.body, block.header_at)
        before = made.get(name)
        made[name] = Items([*([] if before is None else one_or_more(before)), *one_or_more(one)], block.header_at)
        key_at.setdefault(name, block.header_at)
    return Map(made, at, key_at)


def one_or_more(value: Value) -> list[Value]:
    """What a block adds to the list of its name: itself, or for a dynamic one all it is expanded to."""
    return list(value) if isinstance(value, Items) else [value]


def _dynamic(scope: Scope, block: tree.Block) -> Value:
    """The blocks that a `dynamic` block makes, as elements of a list."""
    collection = block.body.attributes.get("for_each")
    content = next(iter(nested(block.body, "content")), None)
    if collection is None or content is None:
        return Items((), block.header_at)
    iterator = _iterator(block)
    rows: list[tuple[Guard, Value]] = []
    value = scope.module.instances_of(scope.evaluate(collection.expression), collection.at)
    for guard, whole in scope.always.over(value):
        made: list[Value] = []
        for inner, key, one in entries(guard, whole):
            names = Map({"key": key, "value": one}, block.at, {})
            below = body_map(scope.with_names({iterator: names}), content.body, block.header_at)
            made.append(below if inner is guard else conditional(inner, below, block.header_at))
        rows.append((guard, Items(made, block.header_at)))
    if len(rows) == 1:
        return rows[0][1]
    options = [Alternative(guard, one) for guard, one in rows]
    return Items([Spliced(tuple(options), block.header_at)], block.header_at)


def _iterator(block: tree.Block) -> str:
    named = block.body.attributes.get("iterator")
    if named is not None:
        if isinstance(named.expression, tree.Name):
            return named.expression.name
        if isinstance(named.expression, tree.Traversal):
            return ".".join(named.expression.path)
        if isinstance(named.expression, tree.Literal):
            return named.expression.text
    return block.labels[0]


def attribute_value(scope: Scope, body: tree.Body, name: str) -> Value:
    """One attribute or list of nested blocks of a body, by itself."""
    attribute = body.attributes.get(name)
    if attribute is not None:
        return scope.evaluate(attribute.expression)
    own = tuple(b for b in body.blocks if b.type == name or (b.type == "dynamic" and b.labels[:1] == (name,)))
    if not own:
        return ABSENT
    return body_map(scope, tree.Body(own, {}, body.at, False), body.at)[name]
