"""What a stack or a stack set gives the parameters of its template.

Source: CloudFormation's resource reference for AWS::CloudFormation::Stack and AWS::CloudFormation::StackSet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vetstack.cloudformation.loops import remainder
from vetstack.guards import Atom, Guard
from vetstack.sources.interface import Mapping
from vetstack.template import Resource
from vetstack.values import ABSENT, Absent, Alternative, Choice, Items, Map, Text, Value, position_of

if TYPE_CHECKING:
    from vetstack.cloudformation.resolver import Resolver

Row = tuple[Guard, Value]


def given_to(resolver: Resolver, resource: Resource, properties: Mapping) -> dict[str, Value]:
    """What each inner parameter is given, by its name; ABSENT in the settings that leave it at its default."""
    always = resolver.world.always
    rows: dict[str, list[Row]] = {}
    for name, guard, value in _entries(always, resolver.resolve(properties.get("Parameters"))):
        rows.setdefault(name, []).append((guard, value))
    known = {name: _one_of(always, own, ABSENT) for name, own in rows.items()}
    for name, own in _overrides(resolver, resource, properties).items():
        known[name] = _one_of(always, own, known.get(name, ABSENT))
    return known


def _entries(given: Guard, value: Value) -> Iterator[tuple[str, Guard, Value]]:
    """A map, or a list of ParameterKey and ParameterValue, as names and values."""
    for guard, whole in given.over(value):
        if isinstance(whole, Map):
            yield from ((name, guard, one) for name, one in whole.items())
        if not isinstance(whole, Items):
            continue
        for inner, element in guard.elements(whole):
            if isinstance(element, Map) and "ParameterValue" in element:
                for own, name in inner.over(element.child("ParameterKey")):
                    if isinstance(name, Text):
                        yield str(name), own, element["ParameterValue"]


def _overrides(resolver: Resolver, resource: Resource, properties: Mapping) -> dict[str, list[Row]]:
    """What single groups of stack instances are given instead.

    Instances that are added later belong to no group, so that what the others get stays possible.
    """
    found: dict[str, list[Row]] = {}
    groups = resolver.resolve(properties.get("StackInstancesGroup"))
    for number, (guard, group) in enumerate(resolver.world.always.elements(groups), 1):
        atom = Atom(f"{resource.address} > StackInstancesGroup", str(number), True)
        own = guard & resolver.setting(f"the instance is one of StackInstancesGroup {number}", atom)
        if own is not None and isinstance(group, Map):
            for name, inner, value in _entries(own, group.child("ParameterOverrides")):
                found.setdefault(name, []).append((inner, value))
    return found


def _one_of(always: Guard, rows: list[Row], otherwise: Value) -> Value:
    """Values under their settings, and another one where none of them holds."""
    if len(rows) == 1 and not rows[0][0].atoms:
        return rows[0][1]
    at = next(position for _, value in rows for position in [position_of(value)] if position) if rows else None
    if at is None or all(isinstance(value, Absent) for _, value in rows):
        return otherwise
    options = [Alternative(guard, value) for guard, value in rows]
    options += [Alternative(rest, otherwise) for rest in remainder(always, tuple(guard for guard, _ in rows))]
    return Choice(tuple(options), at)
