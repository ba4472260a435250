"""The table of ways in which somebody gains the permissions of somebody else: which actions, on what, to what end.

Kept by hand in tools/curated/escalation_paths.tsv, which says what its columns are; `make data` copies it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final, Literal, cast

from vetstack.iam.limits import Limit
from vetstack.iam.permissions import Grants, Way
from vetstack.iam.resources import ANY_NAME, anything_of, begins_with_hole, glob_of_subject
from vetstack.packs import facts
from vetstack.records import NamedTuple

Category = Literal["pass-role", "existing-role", "assume-role", "identity-center", "iam-write"]
Strength = Literal["error", "warning"]
Degree = Literal["error", "warning", "note"]
"""How much is won by it: much for certain, something, or what the template does not show."""

DEGREES: Final[tuple[Degree, ...]] = ("error", "warning", "note")

PASS_ROLE: Final = "iam:PassRole"
ASSUME_ROLE: Final = "sts:AssumeRole"
OF_REQUEST: Final = ("aws:requesttag/", "aws:tagkeys")
"""Beginnings of keys about what a request brings along, which whoever makes something new has in hand."""

OF_NEW: Final = (
    "ec2:availabilityzone", "ec2:createaction", "ec2:instancemarkettype", "ec2:instancetype", "ec2:metadatahttp",
    "ec2:region", "ec2:subnet", "ec2:tenancy", "ec2:volume", "ec2:vpc", "ecs:cluster", "lambda:functionarn",
    "lambda:securitygroupids", "lambda:subnetids", "lambda:vpcids",
)  # fmt: skip
"""Beginnings of keys about what something new is like or where it stands, and not about whose permissions it gets."""


class Need(NamedTuple):
    """One action of a route, in AWS's letter case, and what it must be usable on.

    on: subjects of `resources`, of which one is enough; none when anything at all will do.
    """

    action: str
    on: tuple[str, ...] = ()


class Route(NamedTuple):
    """The smallest set of actions that leads to other permissions.

    id: `lambda-create-invoke`; category: what kind of thing is used; needs: all of them; passed_to: service principals,
    of which the role that is passed must trust one; strength: how surely it leads there; gives: a clause, in which `{}`
    stands for the role that is passed or assumed; aliases: its names in public lists, `pathfinding:lambda-001`.
    """

    id: str
    category: Category
    needs: tuple[Need, ...]
    passed_to: tuple[str, ...]
    strength: Strength
    gives: str
    aliases: tuple[str, ...]

    @property
    def actions(self) -> frozenset[str]:
        return frozenset(need.action for need in self.needs)


@cache
def routes() -> tuple[Route, ...]:
    """Every route of the table, by id."""
    return tuple(_route(line) for line, _ in _lines())


def routes_of(holds: Callable[[str], bool]) -> Iterator[Route]:
    """The routes of the table of which every action is held."""
    for line, actions in _lines():
        if all(map(holds, actions)):
            yield _route(line)


@cache
def _lines() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The lines of the table, and the actions in each."""
    lines = (line for line in facts("escalation_paths.tsv").splitlines() if line and line[0] != "#")
    return tuple((line, tuple(line.split("\t", 3)[2].split())) for line in lines)


@cache
def _route(line: str) -> Route:
    name, category, actions, on, passed_to, strength, gives, aliases = line.split("\t")
    narrowed = [one.split("@") for one in _listed(on)]
    needs: list[Need] = []
    for action in actions.split():
        kinds = [kind for named, kind in narrowed if named == action]
        needs += [Need(action, tuple(map(_subject, kind.split("|")))) for kind in kinds] or [Need(action)]
    return Route(
        name,
        cast("Category", category),
        tuple(needs),
        _listed(passed_to),
        cast("Strength", strength),
        gives,
        _listed(aliases, ";"),
    )


def _listed(cell: str, separator: str = " ") -> tuple[str, ...]:
    return () if cell == "-" else tuple(cell.split(separator))


def _subject(kind: str) -> str:
    """`lambda:function:*` as any ARN of that form."""
    service, _, resource = kind.partition(":")
    return f"arn:{ANY_NAME}:{service}:{ANY_NAME}:{ANY_NAME}:{resource.replace('*', ANY_NAME)}"


def met(need: Need, grants: Grants) -> Iterator[Way]:
    """The ways in which grants let an action be used on what it must be usable on."""
    for subject in need.on:
        yield from grants.ways(need.action, subject)
    if not need.on:
        of_service = (glob_of_subject(anything_of(need.action)),)
        for way in grants.ways(need.action):
            # `*` on what a parameter or another resource names is about other services
            named = way.action.sweeping and all(map(begins_with_hole, way.resource.patterns))
            if way.resource.meets(of_service) and not named:
                yield way


def ways_on(action: str, arns: tuple[str, ...], grants: Grants) -> Iterator[Way]:
    """The ways in which grants let an action be used on one thing, by any spelling of it that no Deny names."""
    for grant, selection in grants.selections(action.partition(":")[0].lower()):
        if selection.takes_action(action):
            reaching = (one for one in grant.resources if any(map(one.covers, arns)))
            yield from grants.through(grant, selection, action, reaching, arns)


def limit_of(way: Way, need: Need, route: Route, grants: Grants) -> Limit | None:
    """What confines a way to a need of a route. What a request must bring along confines nobody who makes it."""
    if way.limit is None:
        return None
    aside = OF_REQUEST + OF_NEW if route.category == "pass-role" else OF_REQUEST
    return limit_beside(way, need.action, grants, aside)


def limit_beside(way: Way, action: str, grants: Grants, keys: tuple[str, ...]) -> Limit | None:
    """What confines a way once tests of keys with some beginnings are left aside."""
    tests = tuple(test for test in way.conditions.tests if not test.named.startswith(keys))
    return way.conditions._replace(tests=tests).limit_on(action, grants.hands_out)
