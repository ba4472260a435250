"""Fn::ForEach: the entries that a loop stands for, each under the settings that bring it into being.

Source: CloudFormation user guide, intrinsic-function-reference-foreach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from vetstack.guards import DEEP_LIMIT, Guard, covered, without
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.sources.interface import Mapping, Node, Scalar, Sequence
from vetstack.template import Macro
from vetstack.values import ABSENT, Alternative, Choice, Hole, Items, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.cloudformation.resolver import Resolver

LOOP = "Fn::ForEach::"


class Entry(NamedTuple):
    """One entry of a loop: the key as it turns out, where it is written, and the settings of which each makes it."""

    name: str
    at: Position
    exists: tuple[Guard, ...]


Take = Callable[[Entry, Node], None]


def expand(resolver: Resolver, key: Scalar, node: Node, given: tuple[Guard, ...], take: Take) -> None:
    """`Fn::ForEach::Loop: [identifier, collection, {key: body}]`: hand over every entry that it stands for.

    A collection that only the deployer knows gives one entry, with the identifier left in its key.
    """
    resolver.macros.append(Macro(Text("Fn::ForEach", key.at), key.at, resolver.owner))
    items = node.items if isinstance(node, Sequence) else []
    if len(items) != 3 or not isinstance(items[0], Scalar) or not isinstance(items[2], Mapping):
        resolver.malformed("Fn::ForEach", key.at)
        return
    identifier, owner, before = items[0].text, resolver.owner, resolver.loop
    for guards, element in _collection(resolver, items[1], identifier):
        exists = tuple(both for one in given for guard in guards if (both := one & guard) is not None)
        resolver.loop = {**before, identifier: element, f"&{identifier}": element}
        for inner_key, body in items[2].items():
            resolver.owner = owner
            if inner_key.text.startswith(LOOP):
                expand(resolver, inner_key, body, exists, take)
                continue
            name = resolver.substituted(inner_key.text.replace("&{", "${&"), None, inner_key.at)
            take(Entry(str(name), inner_key.at, exists), body)
    resolver.loop, resolver.owner = before, owner


def entries(resolver: Resolver, key: Scalar, node: Node) -> Iterator[tuple[str, Position, Value]]:
    """The entries of a loop inside a mapping, resolved; one that only some settings make is absent in the others."""
    always = resolver.world.always
    made: list[tuple[str, Position, Value]] = []

    def take(entry: Entry, body: Node) -> None:
        value = resolver.resolve(body)
        if any(guard.atoms for guard in entry.exists) or not entry.exists:
            options = [Alternative(guard, value) for guard in entry.exists]
            options += [Alternative(rest, ABSENT) for rest in remainder(always, entry.exists)]
            value = Choice(tuple(options), entry.at)
        made.append((entry.name, entry.at, value))

    expand(resolver, key, node, (always,), take)
    yield from made


def remainder(given: Guard, taken: tuple[Guard, ...]) -> list[Guard]:
    """The settings of one guard that others leave over; all of them where what is left is too much to tell apart."""
    left = [given]
    for one in taken:
        left = [rest for outer in left for rest in without(outer, one)]
        if len(left) > DEEP_LIMIT:
            return [given]
    return left


def _collection(resolver: Resolver, node: Node, identifier: str) -> list[tuple[tuple[Guard, ...], Value]]:
    """The elements of a collection, each with the settings that put it there.

    Where some setting leaves the list to the deployer, the lists that are written stand for it, in every setting.
    """
    always = resolver.world.always
    wholes = list(always.over(resolver.resolve(node)))
    lists = [(guard, whole) for guard, whole in wholes if isinstance(whole, Items)]
    found: dict[str, tuple[list[Guard], Value]] = {}
    for guard, whole in lists:
        for one, element in guard.elements(whole):
            found.setdefault(str(element), ([], element))[0].append(one)
    unknown = any(isinstance(whole, Unknown) for _, whole in wholes)
    if unknown and not found:
        return [((always,), Unknown((Hole("function", identifier),), node.at))]
    if unknown:
        return [((always,), element) for _, element in found.values()]
    return [((always,) if covered(always, guards) else tuple(guards), element) for guards, element in found.values()]
