"""Fn::FindInMap: what a lookup can give, and what its keys must be for the template to deploy at all.

Source: CloudFormation user guide, intrinsic-function-reference-findinmap. A lookup whose key is missing gives its
DefaultValue (AWS::LanguageExtensions); without one the deployment fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vetstack import texts
from vetstack.cloudformation.conditions import NAMED_HOLES
from vetstack.guards import Atom, Atoms, Guard, Part
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.sources.interface import Mapping, Node, Scalar, Sequence
from vetstack.values import Hole, Items, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.cloudformation.resolver import Resolver

Path = tuple[tuple[str, bool], ...]
"""The conditions, with their truth values, under which a part of the template is used."""

CONSTRAINT_LIMIT: Final = 32
"""Ways to keep an assertion about a lookup that only some settings make; one with more is left out."""

CONSTRAINTS_LIMIT: Final = 16
"""Such assertions that one template makes; every possible setting is held against each."""

TRANSFORM: Final = "Fn::Transform"

NOT_USED: Final = frozenset({TRANSFORM, "TemplateBody"})
"""Keys below which a lookup is not, or not always, this template's own."""


def find_in_map(resolver: Resolver, node: Node, at: Position) -> Value | None:
    """What a lookup gives; None when it is malformed."""
    items = node.items if isinstance(node, Sequence) else []
    if len(items) < 3:
        return None
    rows: list[tuple[Guard, Value]] = []
    missing: list[Guard] = []
    added: list[Guard] = []
    for outer, map_name in _keys(resolver, resolver.resolve(items[0]), resolver.mappings, resolver.world.always):
        top = resolver.mappings.get(map_name) if map_name is not None else None
        via = (f"{resolver.scope}Mappings.{map_name}",)
        for first, key in _keys(resolver, resolver.resolve(items[1]), top, outer):
            inner = top.get(key) if isinstance(top, Mapping) and key is not None else None
            for guard, last in _keys(resolver, resolver.resolve(items[2]), inner, first):
                found = inner.get(last) if isinstance(inner, Mapping) and last is not None else None
                if found is None:
                    (added if map_name in resolver.open_mappings else missing).append(guard)
                else:
                    rows.append((guard, _through(resolver.resolve(found), at, via)))
    if len(items) == 4 and isinstance(items[3], Mapping) and "DefaultValue" in items[3]:
        otherwise = resolver.resolve(items[3].get("DefaultValue"))
        rows.extend(row for guard in dict.fromkeys(missing) for row in guard.over(otherwise))
    if not rows:
        return Unknown((Hole("function", "Fn::FindInMap"),), at)
    rows.extend((guard, Unknown((Hole("external", "by a transform"),), at)) for guard in dict.fromkeys(added))
    return texts.alternatives_to_value(rows, at)


def open_mappings(section: Mapping) -> frozenset[str]:
    """The mappings to which a transform adds entries, so that those that are written are not all."""
    return frozenset(
        key.text
        for key, table in section.items()
        if isinstance(table, Mapping)
        and (TRANSFORM in table or any(isinstance(one, Mapping) and TRANSFORM in one for _, one in table.items()))
    )


def _keys(resolver: Resolver, key: Value, table: Node | None, given: Guard) -> Iterator[tuple[Guard, str | None]]:
    """The keys of a mapping that a value can be, each under its setting; None for one that is not in it."""
    names = tuple(key for key in table.entries if key != TRANSFORM) if isinstance(table, Mapping) else ()
    for guard, one in given.over(key):
        if isinstance(one, Text):
            yield guard, str(one) if isinstance(table, Mapping) and str(one) in table else None
        elif isinstance(one, Unknown) and len(one.pieces) == 1 and one.holes[0].kind in NAMED_HOLES:
            yield from _each_key(resolver, one.holes[0], names, guard)
        else:
            yield from ((guard, name) for name in (*names, None))


def _each_key(
    resolver: Resolver, hole: Hole, names: tuple[str, ...], given: Guard
) -> Iterator[tuple[Guard, str | None]]:
    atoms = [Atom(hole.name, name, True) for name in names]
    for name, atom in zip(names, atoms, strict=True):
        guard = given & resolver.setting(str(atom), atom)
        if guard is not None:
            yield guard, name
    others = frozenset(atom._replace(holds=False) for atom in atoms)
    rest = given & Guard(resolver.world, (Part(f"{hole.shown} is not in the mapping", others),) if others else ())
    if rest is not None:
        yield rest, None


def _through(value: Value, at: Position, via: tuple[str, ...]) -> Value:
    """A mapping's entry at the place that looks it up."""
    if isinstance(value, Items):
        return Items([_through(one, at, via) for one in value], at, via)
    return texts.moved(value, at, via)


# ---- what lookups ask of the deployment


class _Lookup(NamedTuple):
    """A lookup without a default: the key that a deployment decides, and the keys that there are."""

    path: Path
    key: Node
    names: tuple[str, ...]


def assert_lookups(resolver: Resolver, root: Mapping) -> None:
    """Take into the world what every lookup asks: a key that is not in the mapping cannot be deployed.

    So the entries of a mapping are all that there is to a lookup by region or by a free parameter. A lookup that
    every deployment makes limits the name itself; one under conditions is an assertion like those of Rules.
    """
    if not resolver.mappings.entries:
        return
    known: set[tuple[Path, Hole, tuple[str, ...]]] = set()
    made: dict[frozenset[Atoms], tuple[Atoms, ...]] = {}
    for lookup in _lookups(resolver, root):
        value = resolver.operand(lookup.key)
        hole = value.holes[0] if isinstance(value, Unknown) and len(value.pieces) == 1 else None
        if hole is None or hole.kind not in NAMED_HOLES or (lookup.path, hole, lookup.names) in known:
            continue
        known.add((lookup.path, hole, lookup.names))
        if not lookup.path:
            resolver.world.limit(hole.name, lookup.names)
            continue
        kept: list[Atoms] = [
            atoms for condition, holds in lookup.path for atoms in _settings(resolver, condition, not holds)
        ]
        kept += [frozenset({Atom(hole.name, key, True)}) for key in lookup.names]
        if len(kept) <= CONSTRAINT_LIMIT and frozenset() not in kept and len(made) < CONSTRAINTS_LIMIT:
            made.setdefault(frozenset(kept), tuple(dict.fromkeys(kept)))
    for conjunctions in made.values():
        resolver.world.constrain(conjunctions)


def _settings(resolver: Resolver, condition: str, holds: bool) -> tuple[Atoms, ...]:
    truth = resolver.conditions.named(condition)
    return truth.true if holds else truth.false


def _lookups(resolver: Resolver, root: Mapping) -> Iterator[_Lookup]:
    waiting: list[tuple[Path, Node]] = []
    for section in ("Resources", "Outputs"):
        bodies = root.get(section)
        for key, body in bodies.items() if isinstance(bodies, Mapping) else ():
            if isinstance(body, Mapping) and not key.text.startswith("Fn::ForEach::"):
                condition = body.get("Condition")
                named = isinstance(condition, Scalar) and not condition.null
                waiting.append((((condition.text, True),) if isinstance(condition, Scalar) and named else (), body))
    waiting.reverse()
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, Sequence):
            waiting.extend((path, item) for item in node.items)
        elif isinstance(node, Mapping):
            yield from _below(resolver, path, node, waiting)


def _below(resolver: Resolver, path: Path, node: Mapping, waiting: list[tuple[Path, Node]]) -> Iterator[_Lookup]:
    for key, value in node.items():
        if key.text in NOT_USED or key.text.startswith("Fn::ForEach::"):
            continue
        items = value.items if isinstance(value, Sequence) else []
        if key.text == "Fn::If" and len(items) == 3 and isinstance(items[0], Scalar):
            name = items[0].text
            waiting += [((*path, (name, True)), items[1]), ((*path, (name, False)), items[2])]
            continue
        if key.text == "Fn::FindInMap" and len(items) == 3:
            yield from _asked(resolver, path, items)
        waiting.append((path, value))


def _asked(resolver: Resolver, path: Path, items: list[Node]) -> Iterator[_Lookup]:
    named, first, last = items
    top = resolver.mappings.get(named.text) if isinstance(named, Scalar) else None
    if not isinstance(named, Scalar) or not isinstance(top, Mapping) or named.text in resolver.open_mappings:
        return
    inner = {key.text: set(body.entries) for key, body in top.items() if isinstance(body, Mapping)}
    if isinstance(last, Scalar):
        names = tuple(key for key, own in inner.items() if last.text in own)
    else:
        own = [inner.get(first.text, set())] if isinstance(first, Scalar) else list(inner.values())
        yield _Lookup(path, last, tuple(sorted(set().union(*own))))
        names = tuple(inner)
    if not isinstance(first, Scalar):
        yield _Lookup(path, first, names)
