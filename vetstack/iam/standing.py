"""What a role of the template would give to whoever gets hold of it, beyond what they have already."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, cast

from vetstack.guards import Guard
from vetstack.iam.breadth import sweeps
from vetstack.iam.changes import changes_by
from vetstack.iam.grants import grants_of
from vetstack.iam.holders import Holder
from vetstack.iam.permissions import Grants
from vetstack.iam.routes import Strength, limit_of, met, routes
from vetstack.iam.services import whole_services
from vetstack.records import NamedTuple
from vetstack.template import Identity, Template

WAYS: Final = 4
"""Ways to one action that are looked at."""


class Standing(NamedTuple):
    """One thing that makes a role worth getting hold of, and under which setting. said: `which may …`."""

    guard: Guard
    strength: Strength
    said: str


class _Known(NamedTuple):
    """What makes a role worth it for anybody, and what does for whoever lacks it: a route's id, a service's actions."""

    ever: tuple[Standing, ...]
    lacking: tuple[tuple[str, Standing], ...]


def standing_of(role: Identity, template: Template, beside: Grants) -> Iterator[Standing]:
    """What a role would give to somebody. beside: what they are granted themselves."""
    known = template.derived.setdefault(f"{__name__}.known", {})
    assert isinstance(known, dict)
    if role.address not in known:
        known[role.address] = _known(role, template)
    of_role = cast("_Known", known[role.address])
    yield from of_role.ever
    if of_role.lacking:
        had = _names_had(beside)
        yield from (one for name, one in of_role.lacking if name not in had)


def _names_had(grants: Grants) -> frozenset[str]:
    if __name__ not in grants.derived:
        grants.derived[__name__] = frozenset(name for name, _ in _had(grants))
    return cast("frozenset[str]", grants.derived[__name__])


def _known(role: Identity, template: Template) -> _Known:
    grants = grants_of(template, role)
    holder = Holder(role, grants, tuple(sweeps(grants)))
    return _Known(tuple(_ever(holder, template)), tuple(_had(grants)))


def _ever(holder: Holder, template: Template) -> Iterator[Standing]:
    for sweep in holder.sweeps:
        if sweep.limit is None:
            most = "which may do anything in this account" if sweep.lead else "which may use nearly every service"
            yield Standing(sweep.guard, "error", most)
    seen: set[Guard] = set()
    for change in changes_by(holder, template):
        way = change.way
        if way.limit is None and change.weight in ("grants", "lifts") and way.guard not in seen:
            seen.add(way.guard)
            yield Standing(way.guard, "error", f"which may use {change.action} on {way.resource.written}")


def _had(grants: Grants) -> Iterator[tuple[str, Standing]]:
    """What reaches further than a product's own things: roles of others in one step, and whole services."""
    for route in routes():
        if route.category == "existing-role" and route.strength == "error":
            steps = [
                [way for way in islice(met(need, grants), WAYS) if limit_of(way, need, route, grants) is None]
                for need in route.needs
            ]
            if all(steps):
                guard: Guard | None = steps[0][0].guard
                for ways in steps[1:]:
                    guard = guard and guard & ways[0].guard
                if guard is not None:
                    allowed = ", ".join(dict.fromkeys(need.action for need in route.needs))
                    yield route.id, Standing(guard, "warning", f"which may use {allowed} on *")
    for whole in whole_services(grants):
        yield whole.named, Standing(whole.guard, "warning", f"which may use {whole.named} on {whole.where or '*'}")
