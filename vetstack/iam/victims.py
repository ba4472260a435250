"""Whose permissions a holder reaches by passing or assuming roles.

That is every role where the Resource says so, roles of the template that may do more than the holder, names under which
AWS sets up administrators, and patterns so open that anything may be called like that.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from vetstack.guards import Guard
from vetstack.iam.changes import REFERRED, changes_by
from vetstack.iam.documents import read_document
from vetstack.iam.holders import Holder, arns_of
from vetstack.iam.limits import Limit
from vetstack.iam.named import name_in, roles_named
from vetstack.iam.passing import PASSED_TO, ROLES, passed_to, trusting
from vetstack.iam.permissions import Grants, Way
from vetstack.iam.powers import SERVICE_ROLES, SUBJECTS
from vetstack.iam.principals import is_own, party_of, principals_of
from vetstack.iam.resources import (
    ANY_NAME,
    begins_with_hole,
    covers,
    has_hole,
    overlap,
    reference_in,
    subject_of,
    token,
)
from vetstack.iam.routes import ASSUME_ROLE, PASS_ROLE, Degree, Strength, limit_beside, ways_on
from vetstack.iam.standing import Standing, standing_of
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Identity, Template, resource_of
from vetstack.values import Hole, Text, Unknown

if TYPE_CHECKING:
    from vetstack.iam.running import Running

PASSABLE: Final = {
    "AWSCloudFormationStackSetAdministrationRole": ("cloudformation.amazonaws.com",),
    "AWSControlTowerStackSetRole": ("cloudformation.amazonaws.com",),
}
"""Roles by which AWS manages every account of an organisation, and the services that they trust."""

ADMINISTRATORS: Final = (
    "AWSAccelerator*", "AWSCloudFormationStackSetExecutionRole", "AWSControlTowerExecution",
    "OrganizationAccountAccessRole", "stacksets-exec-*",
)  # fmt: skip
"""Roles that are administrators of an account and trust another one of the organisation."""

STACK_SETS: Final = "cloudformation.amazonaws.com"
"""The service that assumes an administration role of stack sets, whose purpose is to assume execution roles."""

ORGANISATION: Final = ("aws:resourceorgid", "aws:resourceorgpaths", "aws:resourceaccount")
"""Keys that confine whose roles may be assumed."""

REACHED_LIMIT: Final = 4_000
"""Roles and patterns of roles of one holder that are looked at, those that stand for all roles first."""

OF_STACK: Final = token(Hole("stack-name", ""))[:-1]
"""What the names begin with that a stack gives its own roles, which the template shows."""

TRUSTED: Final = ANY_NAME
"""In a noun phrase: whom the roles have to trust."""

_ROLE_NAME: Final = Regex(r".*:role/(?:.*/)?")


class Victim(NamedTuple):
    """Roles that a holder may pass or assume, through one way and under one setting.

    said: a noun phrase; degree: how much is won with them; limit: what confines the way.
    """

    guard: Guard
    way: Way
    said: str
    degree: Degree
    limit: Limit | None


class _Reached(NamedTuple):
    """Roles that one way reaches, whatever they are to be passed to. role: the one of the template, where it is one."""

    way: Way
    said: str
    degree: Degree
    role: Identity | None = None
    trusts: tuple[str, ...] = ()


class Victims:
    """What one holder reaches with iam:PassRole and sts:AssumeRole, worked out once."""

    def __init__(self, holder: Holder, grants: Grants, template: Template) -> None:
        self._holder = holder
        self._grants = grants
        self._template = template
        self._passable: list[_Reached] | None = None

    def passed_to(self, services: tuple[str, ...]) -> Iterator[Victim]:
        """The roles that it may pass to one of some services and that trust it."""
        if self._passable is None:
            self._passable = list(islice(self._reached(PASS_ROLE), REACHED_LIMIT))
        for reached in self._passable:
            for service in services:
                if reached.trusts and service not in reached.trusts:
                    continue
                limit = limit_beside(reached.way, PASS_ROLE, self._grants, (PASSED_TO,))
                said = reached.said.replace(TRUSTED, service)
                for guard in passed_to(reached.way, service, self._grants):
                    trusted = trusting(reached.role, service) if reached.role else [guard]
                    together = (guard & one for one in trusted)
                    yield from self._victims([one for one in together if one], reached, said, limit)

    def assumed(self) -> Iterator[Victim]:
        """The roles that it may assume and that may trust it."""
        for reached in islice(self._reached(ASSUME_ROLE), REACHED_LIMIT):
            tests = reached.way.conditions.tests
            confined = next((test for test in tests if test.named in ORGANISATION), None)
            limit = reached.way.limit or (Limit("other", f"a condition on {confined.key}") if confined else None)
            guards = [reached.way.guard]
            if reached.role:
                guards = [both for one in self._letting_in(reached.role) if (both := reached.way.guard & one)]
            yield from self._victims(guards, reached, reached.said.replace(TRUSTED, "this account"), limit, ("error",))

    def _victims(
        self,
        guards: list[Guard],
        reached: _Reached,
        said: str,
        limit: Limit | None,
        strengths: tuple[Strength, ...] = ("error", "warning"),
    ) -> Iterator[Victim]:
        for guard in guards:
            if reached.role is None:
                yield Victim(guard, reached.way, said, reached.degree, limit)
                continue
            if reached.role is self._holder.subject:
                yield Victim(guard, reached.way, f"{said} itself, wherever it likes", "warning", limit)
                continue
            for standing in standing_of(reached.role, self._template, self._grants):
                if standing.strength not in strengths:
                    continue
                both = guard & standing.guard
                if both is not None:
                    yield Victim(both, reached.way, f"{said}, {standing.said}", standing.strength, limit)

    def running(self, subjects: tuple[str, ...]) -> Iterator[Running]:
        """What the template runs as a role of its own, of all that subjects of `resources` stand for."""
        from vetstack.iam.running import running

        return (one for subject in subjects for one in running(self._template, subject))

    def worth(self, role: Identity) -> Iterator[Standing]:
        """What a role of the template gives to whoever acts as it, unless it is the holder itself."""
        if role is not self._holder.subject:
            yield from standing_of(role, self._template, self._grants)

    def _letting_in(self, role: Identity) -> Iterator[Guard]:
        """The settings in which a role of the template lets the holder in: by its account, or by name."""
        own = self._holder.address
        for exists in role.resource.exists:
            for statement in read_document(role.trust, exists).statements:
                if statement.effect == "Allow":
                    for principal in principals_of(statement, self._template, frozenset()):
                        named = self._template.resource_named(principal.value)
                        if principal.party in ("own", "anyone") and (named is None or named.address == own):
                            yield principal.guard

    def _reached(self, action: str) -> Iterator[_Reached]:
        everything = list(self._grants.ways(action, SUBJECTS["role"]))
        seen: set[tuple[int, Guard, int]] = set()
        for way in everything:
            seen.add((id(way.resource), way.guard, id(way.conditions)))
            found = self._any(way, action)
            if found:
                yield found
        rest = [way for way in self._grants.ways(action) if not way.resource.negated]
        for way in rest:
            if (id(way.resource), way.guard, id(way.conditions)) in seen:
                continue
            for glob in way.resource.patterns:
                if overlap(glob, ROLES) and not any(covers(one, subject_of(glob)) for one in SERVICE_ROLES):
                    yield from self._by_pattern(way, glob, action)

    def _any(self, way: Way, action: str) -> _Reached | None:
        """Any role at all; to be assumed, of an account that may be the customer's own."""
        if action == ASSUME_ROLE:
            for _, value in way.guard.elements(way.grant.statement.part("Resource")):
                if not isinstance(value, (Text, Unknown)) or _is_any_account(value):
                    continue
                if value.at == way.resource.at and ":" in str(value):
                    party, account = party_of(value, self._template, frozenset())
                    if party not in ("own", "anyone"):
                        return None if account else _Reached(way, f"any role that fits {way.resource.written}", "note")
        return _Reached(way, f"any role that trusts {TRUSTED}", "error")

    def _by_pattern(self, way: Way, glob: str, action: str) -> Iterator[_Reached]:
        wild = "*" in glob.partition("role/")[2] or "?" in glob.partition("role/")[2]
        known = False
        for role in roles_named(self._template, glob):
            known = True
            if self._still(way, role, action) and (role is not self._holder.subject or action == PASS_ROLE):
                yield _Reached(way, f"the role {role.address}", "error", role)
        known_name = _known_name(glob, action)
        if covers(glob, SUBJECTS["role"]):
            yield _Reached(way, f"roles that a boundary or a Deny leaves of {way.resource.written}", "note")
        elif _is_any_name(glob):
            found = self._any(way, action)
            yield from (found,) if found else ()
        elif known_name:
            yield self._administrator(way, known_name, action)
        elif self._refers_elsewhere(glob) or (known and (not wild or name_in(glob).startswith(OF_STACK))):
            return
        elif action == PASS_ROLE:
            yield from self._unseen_to_pass(way, glob, wild)
        elif wild and not begins_with_hole(glob):
            yield _Reached(way, f"roles that fit {way.resource.written}", "note")

    def _still(self, way: Way, role: Identity, action: str) -> bool:
        """Whether Deny and boundary leave an action on a role of the template."""
        return any(one.resource is way.resource for one in ways_on(action, arns_of(role), self._grants))

    def _refers_elsewhere(self, glob: str) -> bool:
        """Whether a pattern is a reference to something of the template that is no role, or no role of it."""
        name = reference_in(glob)
        resource = self._template.resource_at(resource_of(name)) if name else None
        return resource is not None and is_own(resource.type) and REFERRED.get(resource.type) not in (None, "role")

    def _administrator(self, way: Way, name: str, action: str) -> _Reached:
        if action == PASS_ROLE:
            said = f"{name}, which manages every account of the organisation"
            return _Reached(way, said, "error", trusts=PASSABLE[name])
        subject = self._holder.subject
        stack_sets = isinstance(subject, Identity) and self._holder.of_services and trusting(subject, STACK_SETS)
        return _Reached(way, f"{name}, which is administrator where it exists", "note" if stack_sets else "error")

    def _unseen_to_pass(self, way: Way, glob: str, wild: bool) -> Iterator[_Reached]:
        """Roles that the template does not show: whatever fits a pattern, what the holder writes itself, others."""
        written = way.resource.written
        if wild and not has_hole(glob) and _ROLE_NAME.sub("", glob)[:1] in ("*", "?"):
            yield _Reached(way, f"any role that fits {written} and trusts {TRUSTED}", "error")
        elif self._writes(glob):
            yield _Reached(way, f"roles that it writes the policies of itself ({written})", "error")
        else:
            named = f"roles that fit {written}" if wild else f"the role {written}"
            yield _Reached(way, f"{named}, which this template does not show", "note")

    def _writes(self, glob: str) -> bool:
        """Whether the holder may put policies on roles that fit a pattern; who may on every role needs to pass none."""
        writing = (
            change.way.resource
            for change in changes_by(self._holder, self._template)
            if (change.target, change.weight) == ("role", "grants") and change.reach != "any" and not change.way.limit
        )
        return any(overlap(glob, other) for resource in writing for other in resource.patterns)


def _is_any_account(value: Text | Unknown) -> bool:
    """Whether an element stands for roles of whatever account: `arn:aws:iam::????????????:role/*`, `*:role/*`."""
    fields = str(value).split(":")
    account = fields[4] if fields[0] == "arn" and len(fields) > 4 else fields[0]
    return bool(account) and not account.strip("*?")


def _is_any_name(glob: str) -> bool:
    """Whether a pattern leaves the name of a role open, though not the empty one: `role/?*`."""
    _, found, name = glob.partition(":role/")
    return bool(found) and "*" in name and not name.strip("*?")


def _known_name(glob: str, action: str) -> str | None:
    """The well-known administrator that a pattern stands for, or a part of those that it stands for."""
    for name in PASSABLE if action == PASS_ROLE else ADMINISTRATORS:
        for path in ("", "service-role/"):
            subject = f"arn:{ANY_NAME}:iam:{ANY_NAME}:{ANY_NAME}:role/{path}{name}"
            whole = covers(glob, subject.replace("*", ANY_NAME))
            if whole or ("*" in name and covers(subject.replace(ANY_NAME, "*"), subject_of(glob))):
                return name
    return None
