"""Where a value goes: the scalars of a template that it becomes a part of, and the text around it there.

Policies are left out: what a policy says of a value is no place that it goes to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, cast

from vetstack.leaves import Leaf, leaves
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Parameter, Template, resource_of
from vetstack.values import Choice, Hole, Items, Map, Unknown, Value
from vetstack.verdicts import parameters_by_name

_BEFORE: Final = Regex(
    r"([A-Za-z][\w.-]*)[\"'\\]*\s*[:=]*>?\s*[\"'\\]*(?:(?:Bearer|Basic|Token|ApiKey)\s+)?$"
)
"""The word that introduces what follows it: `--token `, `"password": "`, `API_KEY=`, `Authorization: Bearer `."""

_SCHEME: Final = Regex(r"(Bearer|Basic)\s+[\"'\\]*$")


def ends(template: Template) -> tuple[Leaf, ...]:
    """Every scalar that is more than what a policy says."""
    if __name__ not in template.derived:
        template.derived[__name__] = tuple(leaf for leaf in leaves(template) if not leaf.in_policy)
    return cast("tuple[Leaf, ...]", template.derived[__name__])


def ends_in(template: Template, address: str) -> tuple[Leaf, ...]:
    """The scalars of one block."""
    known = template.derived.get(f"{__name__}.blocks")
    if not isinstance(known, dict):
        found: dict[str, list[Leaf]] = {}
        for leaf in ends(template):
            found.setdefault(leaf.block, []).append(leaf)
        known = template.derived[f"{__name__}.blocks"] = found
    return tuple(known.get(address, ()))


def in_trust(template: Template) -> frozenset[str]:
    """The parameters that trust policies are made of, by address: accounts and ExternalIds."""
    known = template.derived.get(f"{__name__}.trust")
    if not isinstance(known, frozenset):
        seen: set[int] = set()
        holes = [hole for one in template.identities.values() for hole in _holes(one.trust, seen)]
        known = frozenset(found.address for hole in holes if (found := parameter_of(template, hole)))
        template.derived[f"{__name__}.trust"] = known
    return known


def _holes(value: Value, seen: set[int]) -> Iterator[Hole]:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Unknown):
        yield from value.holes
    below: Iterable[Value] = ()
    if isinstance(value, Map):
        below = value.values()
    elif isinstance(value, Items):
        below = value
    elif isinstance(value, Choice):
        below = [one for _, one in value.alternatives]
    for one in below:
        yield from _holes(one, seen)


class Use(NamedTuple):
    """One place that a parameter's value goes to. whole: whether nothing else stands there."""

    leaf: Leaf
    whole: bool
    introduced_by: str
    bearer: bool


def uses(template: Template) -> dict[str, list[Use]]:
    """Where the parameters of a template, and of those around it, go: by the parameter's address."""
    known = template.derived.get(f"{__name__}.uses")
    if isinstance(known, dict):
        return known
    found: dict[str, list[Use]] = {}
    for leaf in ends(template):
        if isinstance(leaf.value, Unknown):
            for address, use in _uses_of(template, leaf, leaf.value):
                found.setdefault(address, []).append(use)
    template.derived[f"{__name__}.uses"] = found
    return found


def _uses_of(template: Template, leaf: Leaf, value: Unknown) -> Iterator[tuple[str, Use]]:
    for number, piece in enumerate(value.pieces):
        if not isinstance(piece, Hole) or piece.kind != "parameter":
            continue
        parameter = parameter_of(template, piece)
        before = value.pieces[number - 1] if number else ""
        text = before[-80:] if isinstance(before, str) else ""
        if parameter is not None and not is_resolved(text):
            introduced = _BEFORE.search(text)
            whole = len(value.pieces) == 1
            bearer = bool(_SCHEME.search(text))
            yield parameter.address, Use(leaf, whole, introduced[1] if introduced and not whole else "", bearer)


def is_resolved(before: str) -> bool:
    """Whether a text ends inside a dynamic reference, so that what follows it only names something."""
    return "{{resolve:" in before and "}}" not in before.rpartition("{{resolve:")[2]


def parameter_of(template: Template, hole: Hole) -> Parameter | None:
    """The parameter of a hole, also of one that is a part of a variable (`var.vendor.token`)."""
    if hole.kind != "parameter":
        return None
    plain = ".".join(re.split(r"[.\[]", hole.name)[:2]) if hole.name.startswith("var.") else hole.name
    table = _parameters(template)
    return table.get(hole.name) or table.get(plain)


def _parameters(template: Template) -> dict[str, Parameter]:
    """The parameters here and in the templates around, by the names that holes give them."""
    known = template.derived.get(f"{__name__}.parameters")
    if isinstance(known, dict):
        return known
    found = dict(parameters_by_name(template))
    for parameter in [*found.values()]:
        found.setdefault(parameter.address, parameter)
    template.derived[f"{__name__}.parameters"] = found
    return found


def references_to(template: Template, address: str) -> Iterator[tuple[Leaf, str]]:
    """Where a resource is referred to, with the attribute: empty for the reference that it is itself."""
    return iter(_references(template).get(address, ()))


def _references(template: Template) -> dict[str, list[tuple[Leaf, str]]]:
    known = template.derived.get(f"{__name__}.references")
    if isinstance(known, dict):
        return known
    found: dict[str, list[tuple[Leaf, str]]] = {}
    for leaf in ends(template):
        for hole in leaf.holes:
            if hole.kind in ("resource", "generated"):
                found.setdefault(resource_of(hole.name), []).append((leaf, hole.name.partition("#")[2]))
    template.derived[f"{__name__}.references"] = found
    return found
