"""Every scalar of a template, with the block, the key and the settings that it stands under.

One walk over each template, kept for every rule that asks about a kind of value wherever it stands. Templates inside
templates are walked as templates of their own. Where a value goes is in `vetstack.flows`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, cast

from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Resource, Template
from vetstack.values import Choice, Hole, Items, Map, Text, Unknown, Value

TEMPLATES: Final = frozenset({"TemplateBody", "template_body"})
"""Properties whose text is another template, which is judged as one."""

POLICIES: Final = frozenset({"Statement", "statement", "Principal"})
"""Keys below which stands a policy."""

NAMED_BY: Final = {
    "Value": ("Name", "Key", "OptionName", "ParameterKey"),
    "value": ("name", "key"),
    "ParameterValue": ("ParameterKey",),
}
"""Keys of entries whose name stands beside them, and under which keys."""

TOLD_APART: Final = 2_000
"""Scalars of one block up to which a value that several settings share is told once for each of them."""


class Leaf(NamedTuple):
    """One scalar of a template.

    block: the address of what it stands in; resource: that block where it is a resource or a provider, else None (an
    output). path: the keys above it, lists left out; name: what it is called there, its key or what stands beside it;
    guards: the settings of the choices above it; exists: those of its block. beside: the map around it; key_at: the
    last key above it, or the header of its block. in_policy: whether a policy says it; in_properties: whether it stands
    in the properties of a resource, not in what is beside them.
    """

    block: str
    resource: Resource | None
    path: tuple[str, ...]
    name: str
    value: Text | Unknown
    guards: tuple[Guard, ...]
    exists: tuple[Guard, ...]
    beside: Map | None
    key_at: Position
    in_policy: bool
    in_properties: bool

    @property
    def at(self) -> Position:
        """Where the value stands; its key where the value was put in from elsewhere, as by the call of a module."""
        at, key = self.value.at, self.key_at
        return at if at.file == key.file and at.line >= key.line else key

    @property
    def holes(self) -> tuple[Hole, ...]:
        return self.value.holes if isinstance(self.value, Unknown) else ()

    def settings(self) -> list[Guard]:
        """The settings under which it stands there, but for that what it is made of is given at all."""
        own = {hole.name for hole in self.holes}
        told = [guard for guard in self.guards if not {atom.name for atom in guard.atoms} <= own]
        return [guard for _, guard in _together(self.exists, told)]

    def selected(self) -> Iterator[tuple[Guard, Guard]]:
        """Each setting that brings its block into being, and that with what else selects the scalar."""
        return _together(self.exists, self.guards)


def _together(given: Sequence[Guard], more: Sequence[Guard]) -> Iterator[tuple[Guard, Guard]]:
    for exists in given:
        both: Guard | None = exists
        for guard in more:
            both = both & guard if both is not None else None
        if both is not None:
            yield exists, both


def leaves(template: Template) -> tuple[Leaf, ...]:
    """Every scalar of the resources, their attributes, the outputs and the providers, in the order of the template."""
    if __name__ not in template.derived:
        template.derived[__name__] = tuple(_leaves(template))
    return cast("tuple[Leaf, ...]", template.derived[__name__])


def _leaves(template: Template) -> Iterator[Leaf]:
    real = template.resources.values()
    for resource in (*real, *template.providers):
        walk = _Walk(resource.address, resource, resource.exists)
        walk.in_properties = resource.address in template.resources
        walk.below(resource.properties, (), "", (), None, resource.at, False)
        walk.in_properties = False
        walk.below(resource.attributes, (), "", (), None, resource.at, False)
        yield from walk.found
    for output in template.outputs.values():
        walk = _Walk(output.address, None, (template.world.always,))
        walk.below(output.value, (), "", (), None, output.at, False)
        yield from walk.found


class _Walk:
    """The walk over one block. seen: what was met, and as what: locals share their values."""

    def __init__(self, block: str, resource: Resource | None, exists: tuple[Guard, ...]) -> None:
        self.block = block
        self.resource = resource
        self.exists = exists
        self.in_properties = False
        self.seen: set[tuple[object, ...]] = set()
        self.found: list[Leaf] = []

    def below(
        self,
        value: Value,
        path: tuple[str, ...],
        name: str,
        guards: tuple[Guard, ...],
        beside: Map | None,
        key_at: Position,
        in_policy: bool,
    ) -> None:
        met = (id(value), name, in_policy, guards if len(self.found) < TOLD_APART else ())
        if met in self.seen:
            return
        self.seen.add(met)
        if isinstance(value, (Text, Unknown)):
            self.found.append(
                Leaf(
                    self.block, self.resource, path, name, value, guards, self.exists, beside, key_at, in_policy,
                    self.in_properties,
                )  # fmt: skip
            )
        elif isinstance(value, Map):
            for key, one in value.items():
                if key not in TEMPLATES:
                    at = value.key_at.get(key, key_at)
                    self.below(one, (*path, key), _name(value, key), guards, value, at, in_policy or key in POLICIES)
        elif isinstance(value, Items):
            for one in value:
                self.below(one, path, name, guards, beside, key_at, in_policy)
        elif isinstance(value, Choice):
            for guard, one in value.alternatives:
                inner = (*guards, guard) if guard.atoms else guards
                self.below(one, path, name, inner, beside, key_at, in_policy)


def _name(around: Map, key: str) -> str:
    for beside in NAMED_BY.get(key, ()):
        named = around.get(beside)
        if isinstance(named, Text):
            return str(named)
    return key


class Property(NamedTuple):
    """A scalar in the properties of a resource, under one setting that brings the resource into being.

    keys: from the properties to it, lists left out; exists: that setting; guard: it with what else selects the scalar.
    """

    resource: Resource
    keys: tuple[str, ...]
    exists: Guard
    guard: Guard
    value: Text | Unknown


def properties_of(template: Template) -> list[Property]:
    """The scalars in the properties of all resources, by setting, in the order of the template."""
    known = f"{__name__}.properties"
    if known not in template.derived:
        template.derived[known] = [
            Property(leaf.resource, leaf.path, exists, guard, leaf.value)
            for leaf in leaves(template)
            if leaf.resource is not None and leaf.in_properties
            for exists, guard in leaf.selected()
        ]
    return cast("list[Property]", template.derived[known])
