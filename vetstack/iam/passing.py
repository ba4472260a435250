"""iam:PassRole: to which services a statement lets a role be passed, and which services a role of the template trusts.

Source: IAM user guide, id_roles_use_passrole, and the condition key iam:PassedToService.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.guards import Guard
from vetstack.iam.conditions import Test
from vetstack.iam.documents import read_document
from vetstack.iam.globs import fits
from vetstack.iam.permissions import Grants, Way, outside
from vetstack.iam.powers import SUBJECTS
from vetstack.iam.resources import glob_of_subject, within
from vetstack.iam.routes import PASS_ROLE
from vetstack.template import Identity
from vetstack.values import Absent, Hole, Map, Text, Unknown, Value, pieces_of

PASSED_TO: Final = "iam:passedtoservice"
FUNCTIONS: Final = "lambda.amazonaws.com"
"""What a role without a trust policy trusts: the role that a function of the serverless transform gets."""

ROLES: Final = glob_of_subject(SUBJECTS["role"])


def passed_to(way: Way, service: str, grants: Grants) -> list[Guard]:
    """The settings in which a way lets roles be passed to a service, what Deny statements say of it included."""
    if not _all_let(way.conditions.tests, service):
        return []
    return outside(way.guard, _taken(way, service, grants))


def _taken(way: Way, service: str, grants: Grants) -> Iterator[Guard]:
    """The settings in which a Deny keeps roles from being passed to a service, by a condition on nothing else."""
    for deny in grants.denies:
        if not any(one.takes_action(PASS_ROLE) for one in deny.actions):
            continue
        for action in deny.actions:
            for target in deny.resources if action.takes_action(PASS_ROLE) else ():
                if not all(target.holds_all_of(glob) for glob in _globs(way)):
                    continue
                for guard, conditions in deny.conditions:
                    tests = conditions.tests
                    if tests and not conditions.hidden and all(_keeps_out(test, service) for test in tests):
                        both = action.guard & target.guard
                        taken = both and both & guard
                        if taken:
                            yield taken


def _globs(way: Way) -> tuple[str, ...]:
    """What of the roles a way's element reaches."""
    globs = (ROLES,) if way.resource.covers(SUBJECTS["role"]) else way.resource.patterns
    return tuple(within(glob, way.resource.scope) for glob in globs)


def _all_let(tests: tuple[Test, ...], service: str) -> bool:
    return all(_lets(test, service) for test in tests if test.named == PASSED_TO)


def _keeps_out(test: Test, service: str) -> bool:
    known = all(isinstance(value, Text) for value in test.values)
    return test.named == PASSED_TO and known and _lets(test, service)


def _lets(test: Test, service: str) -> bool:
    """Whether a test on the service holds for one; a value that only a deployment decides may be any."""
    matched = any(_stands_for(value, service, test.family.endswith("like")) for value in test.values)
    if test.family in ("equals", "like"):
        return matched
    if test.family in ("not-equals", "not-like"):
        return not matched
    if test.family == "null":
        return any(str(value).lower() != "true" for value in test.values)
    return True


def _stands_for(value: Text | Unknown, service: str, pattern: bool) -> bool:
    text = "".join(_known(piece) if isinstance(piece, Hole) else piece for piece in pieces_of(value))
    text = text.lower().removesuffix(".cn")
    return fits(text, service) if pattern or isinstance(value, Unknown) else text == service


def _known(hole: Hole) -> str:
    return "amazonaws.com" if hole.kind == "url-suffix" else "*"


def trusting(role: Identity, service: str) -> list[Guard]:
    """The settings in which a service may assume a role of the template; what cannot be seen may trust it."""
    if isinstance(role.trust, Absent):
        return list(role.resource.exists) if service == FUNCTIONS else []
    found: list[Guard] = []
    for exists in role.resource.exists:
        document = read_document(role.trust, exists)
        found += (guard for guard, _ in document.unseen)
        for statement in document.statements:
            if statement.effect == "Allow":
                principals = statement.guard.over(statement.part("Principal"))
                found += (inner for guard, one in principals for inner in _services_among(one, guard, service))
    return found


def _services_among(principal: Value, given: Guard, service: str) -> Iterator[Guard]:
    if isinstance(principal, Unknown):
        yield given
    elif isinstance(principal, Map):
        for key, value in principal.items():
            if key.lower() == "service":
                for guard, one in given.elements(value):
                    if isinstance(one, (Text, Unknown)) and _stands_for(one, service, pattern=False):
                        yield guard
