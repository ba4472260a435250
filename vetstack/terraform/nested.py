"""The blocks inside a body, whichever syntax it was written in.

In JSON only a provider's schema tells `"statement": [{…}]`, which are blocks, from an attribute that holds a list of
objects. Whoever asks for the blocks of some type knows the schema; this finds them in either spelling.
"""

from __future__ import annotations

from collections.abc import Iterator

from vetstack.terraform.tree import Attribute, Block, Body, Entry, Expression, Literal, Node, Object, Tuple

_COMMENT = "//"


def nested(body: Body, type: str, labels: int = 0) -> list[Block]:
    """The blocks of a type in a body, in order. labels: how many labels blocks of that type have."""
    found = [block for block in body.blocks if block.type == type]
    attribute = body.attributes.get(type) if body.loose else None
    if attribute is not None:
        found.extend(_blocks(attribute.expression, type, (), labels, attribute.key))
    return found


def _blocks(value: Expression, type: str, labels: tuple[str, ...], more: int, header: Node) -> Iterator[Block]:
    for one in value.items if isinstance(value, Tuple) else (value,):
        if not isinstance(one, Object):
            continue
        if not more:
            yield Block(type, labels, _body(one), header, one.at)
            continue
        for label, entry in _named(one):
            yield from _blocks(entry.value, type, (*labels, label), more - 1, entry.key)


def _body(found: Object) -> Body:
    """An object as a body. Of a key that is given twice the last counts."""
    named = ((name, Attribute(name, entry.value, entry.key, entry.at)) for name, entry in _named(found))
    return Body((), dict(named), found.at, loose=True)


def _named(found: Object) -> Iterator[tuple[str, Entry]]:
    """The entries whose key is no expression: in a body no other can stand."""
    for entry in found.entries:
        if isinstance(entry.key, Literal) and entry.key.text != _COMMENT:
            yield entry.key.text, entry
