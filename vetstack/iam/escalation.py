"""How a holder gains the permissions of somebody else: the routes of the table that hold over all it is granted.

`paths_of` is what rules and `vetstack grants` call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, cast

from vetstack.guards import Guard
from vetstack.iam.breadth import Sweep, equivalents
from vetstack.iam.grants import grants_of, is_inherited
from vetstack.iam.holders import Holder, holders
from vetstack.iam.limits import Limit
from vetstack.iam.permissions import Grants, Way, outside
from vetstack.iam.purpose import is_its_own
from vetstack.iam.routes import (
    ASSUME_ROLE,
    DEGREES,
    PASS_ROLE,
    Category,
    Degree,
    Need,
    Route,
    limit_of,
    met,
    routes,
    routes_of,
    ways_on,
)
from vetstack.records import NamedTuple
from vetstack.template import Identity, Template

if TYPE_CHECKING:
    from vetstack.iam.victims import Victims

CATEGORIES: Final[tuple[Category, ...]] = ("pass-role", "assume-role", "existing-role", "identity-center", "iam-write")
"""In the order in which they are told."""

WAYS_LIMIT: Final = 64
"""Ways to one action that are looked at."""

OPTIONS: Final = 6
"""Settings of one action that are combined with those of the others."""

COMBINED: Final = 24
"""Combinations of one route that are looked at."""


class Path(NamedTuple):
    """One route that holds for a holder.

    degree: how bad, the worst of what a deployer can select; settings: the guards under which it is that bad;
    steps: for each action the way that gives it, in the order of the table, under the simplest of those settings;
    victim: the role that is passed, assumed or run as, as a noun phrase, empty where the route says whose it is; thing:
    what of the template runs as it, where the path goes through that;
    limit: what confines a step, where something does (the degree is "note" then).
    """

    route: Route
    degree: Degree
    settings: tuple[Guard, ...]
    steps: tuple[tuple[str, Way], ...]
    victim: str
    limit: Limit | None
    thing: str = ""

    @property
    def id(self) -> str:
        return self.route.id

    @property
    def category(self) -> Category:
        return self.route.category

    @property
    def clause(self) -> str:
        """What it gives: `runs its own code as any role that trusts lambda.amazonaws.com`."""
        if self.thing:
            return f"acts as {self.victim}"
        return self.route.gives.format(self.victim)


class _Option(NamedTuple):
    """One way to one action of a route, under one setting. thing: what of the template it is used on, if anything."""

    guard: Guard
    way: Way
    limit: Limit | None
    degree: Degree
    victim: str = ""
    thing: str = ""


class _Together(NamedTuple):
    """Options for every action of a route, under a setting of all."""

    guard: Guard
    options: tuple[_Option, ...]

    @property
    def rank(self) -> int:
        """0 for an error and up from there."""
        return max(DEGREES.index("note" if one.limit else one.degree) for one in self.options)


def everybody(template: Template) -> Iterator[tuple[Holder, Grants]]:
    """Everyone whom the template grants something, with what groups give them too.

    Those who have all they have from several groups are among them; who has it from one is that group's affair.
    """
    seen = set()
    for holder in holders(template):
        seen.add(holder.address)
        yield holder, _whole(holder, template)
    for identity in template.identities.values():
        groups = {name for one in identity.attachments for name in one.via if name in template.identities}
        if identity.address not in seen and len(groups) > 1:
            grants = grants_of(template, identity)
            yield Holder(identity, grants, ()), grants


def _whole(holder: Holder, template: Template) -> Grants:
    subject = holder.subject
    if isinstance(subject, Identity) and any(is_inherited(template, one) for one in subject.attachments):
        return grants_of(template, subject)
    return holder.grants


def paths_of(holder: Holder, template: Template) -> list[Path]:
    """Every route that holds for a holder, the worst and shortest first. Of those that contain another only that one.

    What leads to more by changing IAM alone is among them (category `iam-write`), as far as it reaches every target.
    """
    known = template.derived.setdefault(__name__, {})
    assert isinstance(known, dict)
    if holder.address not in known:
        known[holder.address] = _smallest(list(_paths(holder, template)))
    return cast("list[Path]", known[holder.address])


def _paths(holder: Holder, template: Template) -> Iterator[Path]:
    grants = _whole(holder, template)
    options: dict[tuple[Need, tuple[str, ...]], list[_Option]] = {}
    victims: Victims | None = None
    for route in routes_of(cache(lambda action: next(grants.ways(action), None) is not None)):
        if victims is None:
            from vetstack.iam.victims import Victims  # few grants have all the actions of a route

            victims = Victims(holder, grants, template)
        for need in route.needs:
            if (need, route.passed_to) not in options:
                found_options = _options(need, route, grants, victims)
                options[need, route.passed_to] = _few(chain(found_options, _on_own(need, route, grants, victims)))
        found = _combined([options[need, route.passed_to] for need in route.needs])
        path = _path(route, found) if found else None
        if path and is_of_aws(path, holder):
            path = path._replace(degree="note")
        if path and not (path.limit and route.strength == "warning"):  # what needs luck and is held back is little
            yield path


def _options(need: Need, route: Route, grants: Grants, victims: Victims) -> Iterator[_Option]:
    if need.action in (PASS_ROLE, ASSUME_ROLE) and not need.on:
        reached = victims.passed_to(route.passed_to) if need.action == PASS_ROLE else victims.assumed()
        yield from (_Option(one.guard, one.way, one.limit, one.degree, one.said) for one in reached)
    else:
        for way in islice(met(need, grants), WAYS_LIMIT):
            yield _Option(way.guard, way, limit_of(way, need, route, grants), "error")


def _on_own(need: Need, route: Route, grants: Grants, victims: Victims) -> Iterator[_Option]:
    """The same on what the template itself runs as a role that is worth it."""
    if route.category != "existing-role":
        return
    for one in victims.running(need.on):
        worth = list(victims.worth(one.role))
        for way in islice(ways_on(need.action, one.arns, grants), WAYS_LIMIT) if worth else ():
            limit = limit_of(way, need, route, grants)
            for standing in worth:
                both = way.guard & one.guard
                guard = both and both & standing.guard
                if guard:
                    said = f"{one.role.address}, the role of {one.address}, {standing.said}"
                    yield _Option(guard, way, limit, standing.strength, said, one.address)


def _few(options: Iterator[_Option]) -> list[_Option]:
    """The worst option under each setting, the worst and simplest few of those."""
    best: dict[tuple[Guard, str], _Option] = {}
    for one in options:
        other = best.get((one.guard, one.thing))
        if other is None or _rank(one) < _rank(other):
            best[one.guard, one.thing] = one
    return sorted(best.values(), key=_rank)[:OPTIONS]


def _rank(option: _Option) -> tuple[bool, int, int, int, bool]:
    degree = DEGREES.index(option.degree)
    grant = option.way.grant
    return (option.limit is not None, degree, len(option.guard.atoms), len(option.victim), grant.inherited)


def _combined(needs: Sequence[list[_Option]]) -> list[_Together]:
    """Options for every need that one setting gives at once."""
    rows = [_Together(first.guard, (first,)) for first in needs[0]]
    for options in needs[1:]:
        longer = []
        for row in rows:
            for one in options:
                both = row.guard & one.guard
                if both is not None and _are_of_one((*row.options, one)):
                    longer.append(_Together(both, (*row.options, one)))
        rows = sorted(longer, key=lambda row: (row.rank, len(row.guard.atoms)))[:COMBINED]
    return rows


def _are_of_one(options: Sequence[_Option]) -> bool:
    """Whether options go through one thing of the template, or leave open through which."""
    return len({one.thing for one in options} - {""}) < 2


def _path(route: Route, found: list[_Together]) -> Path:
    first = min(found, key=lambda one: (one.rank, len(one.guard.atoms)))
    settings = tuple(dict.fromkeys(one.guard for one in found if one.rank == first.rank))
    steps = tuple(zip((need.action for need in route.needs), (one.way for one in first.options), strict=True))
    victim = next((one.victim for one in first.options if one.victim), "")
    limit = next((one.limit for one in first.options if one.limit), None)
    degree = DEGREES[max(first.rank, DEGREES.index(route.strength))]
    thing = next((one.thing for one in first.options if one.thing), "")
    return Path(route, degree, settings, steps, victim, limit, thing)


def _smallest(paths: list[Path]) -> list[Path]:
    """The paths of which no other that is as bad is a part."""
    kept = [path for path in paths if not any(_replaces(other, path) for other in paths)]
    return sorted(kept, key=_order)


def _order(path: Path) -> tuple[int, int, int, int, str]:
    """The worst first: roles of one's own choice before those that are there, what many lists name before the rest."""
    chosen = CATEGORIES.index(path.category)
    return (DEGREES.index(path.degree), chosen, -len(path.route.aliases), len(path.route.needs), path.id)


def _replaces(other: Path, path: Path) -> bool:
    smaller = other.route.actions < path.route.actions
    as_bad = DEGREES.index(other.degree) <= DEGREES.index(path.degree)
    return smaller and as_bad and set(path.settings) <= set(other.settings)


def beyond_sweeps(holder: Holder, paths: Sequence[Path]) -> list[Path]:
    """The paths that say more than that a holder is administrator or power user, in the settings where they do.

    An administrator has all of them. A power user has those of which every step is part of that.
    """
    leading = [sweep.guard for sweep in holder.sweeps if sweep.lead and not sweep.limit]
    leading += _by_rewriting(holder)
    swept = [sweep.guard for sweep in holder.sweeps if not sweep.limit]
    kept = []
    for path in paths:
        parts = [_is_part(way, holder.sweeps) for _, way in path.steps]
        if path.limit and any(parts):
            continue  # that a sweep is held back is said already
        taken = leading + (swept if all(parts) else [])
        left = tuple(rest for guard in path.settings for rest in outside(guard, taken))
        if left:
            kept.append(path._replace(settings=left))
    return kept


def _is_part(way: Way, found: Sequence[Sweep]) -> bool:
    """Whether a way goes through what a sweep is made of."""
    patterns = set(way.action.patterns)
    return any(
        way.action.negated == sweep.selection.negated and patterns <= set(sweep.selection.patterns) for sweep in found
    )


def _by_rewriting(holder: Holder) -> Iterator[Guard]:
    """The settings in which one of AWS's policies that rewrite IAM makes an administrator."""
    for ways in equivalents(holder.grants).values():
        yield from (way.guard for way in ways)


def beyond_groups(holder: Holder, paths: Sequence[Path], template: Template) -> list[Path]:
    """The paths that no group of a holder has by itself, where each is reported on the group."""
    if not isinstance(holder.subject, Identity):
        return list(paths)
    names = {name for one in holder.subject.attachments for name in one.via} & template.identities.keys()
    groups = [one for one in holders(template) if one.address in names and one.address != holder.address]
    if any(sweep.lead and not sweep.limit for group in groups for sweep in group.sweeps):
        return []
    had = {(path.id, path.degree) for group in groups for path in paths_of(group, template)}
    return [path for path in paths if (path.id, path.degree) not in had]


def is_of_aws(path: Path, holder: Holder) -> bool:
    """Whether one of AWS's services acts so for itself, by AWS's own policies, and none that runs code of others does.

    What needs luck goes without saying in a policy that AWS made for roles of services.
    """
    subject = holder.subject
    if not isinstance(subject, Identity) or not holder.of_services:
        return False
    from vetstack.iam.catalog import policy_path

    policies = {way.grant.managed for _, way in path.steps}
    if not all(policies):
        return False
    if all(is_its_own(name, subject) for name in policies if name):
        return True
    if path.degree == "warning" and all(policy_path(name).startswith("/service-role/") for name in policies if name):
        return True
    from vetstack.iam.passing import trusting

    services = {service for route in routes() for service in route.passed_to}
    running = [guard for service in services for guard in trusting(subject, service)]
    return not any(one & guard for one in running for guard in path.settings)
