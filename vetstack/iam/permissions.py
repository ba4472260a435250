"""What statements allow together: the Allow statements, less what Deny takes away, within a boundary.

`Grants.ways` answers whether an action is allowed on a subject, by which statement, under which setting. Nothing here
knows where the statements are from, nor judges whether that is too much.
Source: IAM user guide, reference_policies_evaluation-logic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from vetstack.guards import DEEP_LIMIT, Guard, without
from vetstack.iam.demands import Demands
from vetstack.iam.documents import Statement
from vetstack.iam.limits import Conditions, HandsOut, Limit
from vetstack.iam.powers import subject_for
from vetstack.iam.resources import covers, glob_of_subject, within
from vetstack.iam.selections import Selection
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Attachment

COMPARED_LIMIT: Final = 100_000
"""Comparisons with resource elements of Deny statements, or of a boundary; what comes after takes nothing away."""

PLACES: Final = 4
"""Other statements that a finding points at."""

Subjects = tuple[str, ...]
"""What is asked about: the spellings of one subject of `resources`; none when any resource at all will do."""


class Grant(NamedTuple):
    """One statement of one attachment, taken apart.

    managed: the AWS managed policy that it is from; inherited: held through a group of the same template;
    conditions: the alternatives of its Condition.
    """

    attachment: Attachment
    managed: str | None
    statement: Statement
    inherited: bool
    actions: tuple[Selection, ...]
    resources: tuple[Selection, ...]
    conditions: tuple[tuple[Guard, Conditions], ...]

    @property
    def blocks(self) -> tuple[str, ...]:
        """Every block that the grant passes through."""
        return (self.attachment.resource, *self.attachment.via)


class Bound(NamedTuple):
    """One alternative of a permissions boundary, which takes away and never grants.

    within: what its document allows; None when there is no boundary, or none that a reviewer could rely on because
    somebody decides it at deployment.
    """

    guard: Guard
    within: Grants | None = None

    def lets_through(self, action: str, resource: Selection, subjects: Subjects) -> bool:
        """Whether it leaves an action: on a subject or, without one, on some of what an Allow's element reaches."""
        return self.within is None or self.within.reaches(action, subjects, _globs(action, resource, subjects))


class Way(NamedTuple):
    """One way in which an action is allowed: on one Resource element, under one setting.

    limit: what confines it; conditions: the alternative of the statement's Condition that it is under.
    """

    guard: Guard
    grant: Grant
    action: Selection
    resource: Selection
    limit: Limit | None
    conditions: Conditions


class Grants:
    """Everything that a holder is granted by documents of the template; what only an ARN names is not in it.

    bounds: the alternatives of its boundary, never none. hands_out: see `limits`. derived: what an analysis has worked
    out about them, under the name of its module, so that it does so once.
    """

    __slots__ = ("allows", "denies", "bounds", "hands_out", "derived", "_known", "_demands")

    def __init__(
        self, allows: tuple[Grant, ...], denies: tuple[Grant, ...], bounds: tuple[Bound, ...], hands_out: HandsOut
    ) -> None:
        self.allows = allows
        self.denies = denies
        self.bounds = bounds
        self.hands_out = hands_out
        self.derived: dict[str, object] = {}
        self._known = _Known()
        self._demands = Demands(self)

    @property
    def held_back(self) -> bool:
        """Whether anything but its own statements says what it may do: a boundary that is known, or a Deny."""
        return bool(self.denies) or any(bound.within is not None for bound in self.bounds)

    def selections(self, service: str) -> tuple[tuple[Grant, Selection], ...]:
        """The action selections of Allow statements that can pick an action of a service."""
        if self._known.allowing is None:
            self._known.allowing = _ByService(self.allows)
        return self._known.allowing.of(service)

    def reaching(self, grant: Grant, subject: str) -> tuple[Selection, ...]:
        """The Resource elements of a statement that reach all that a subject can be."""
        known, key = self._known.reaching, (id(grant.resources), subject)
        if key not in known:
            known[key] = tuple(resource for resource in grant.resources if resource.covers(subject))
        return known[key]

    def ways(self, action: str, subject: str | None = None) -> Iterator[Way]:
        """Every way in which an action is allowed, on all that a subject can be or, without one, on anything at all."""
        for grant, selection in self.selections(action.partition(":")[0].lower()):
            if selection.takes_action(action):
                resources = grant.resources if subject is None else self.reaching(grant, subject)
                yield from self.through(grant, selection, action, resources, (subject,) if subject else ())

    def on(self, grant: Grant, selection: Selection, action: str, subject: str) -> Iterator[Way]:
        """The ways that one selection of one statement opens to an action on all that a subject can be."""
        yield from self.through(grant, selection, action, self.reaching(grant, subject), (subject,))

    def through(
        self, grant: Grant, selection: Selection, action: str, resources: Iterable[Selection], subjects: Subjects = ()
    ) -> Iterator[Way]:
        """The ways that one selection of one statement opens, on Resource elements of it, for an action it picks."""
        if self._denied_everywhere(action):
            return
        for resource in resources:
            both = selection.guard & resource.guard
            if both is None:
                continue
            for guard, conditions in grant.conditions:
                together = None if conditions.never else both & guard
                for inner, tested in self._tested(together, conditions, action, resource, subjects):
                    left = self._left(inner, action, resource, subjects)
                    if left:
                        limit = tested.limit_on(action, self.hands_out)
                        yield Way(left, grant, selection, resource, limit, tested)

    def _tested(
        self, given: Guard | None, conditions: Conditions, action: str, resource: Selection, subjects: Subjects
    ) -> Iterable[tuple[Guard, Conditions]]:
        """What a condition comes to beside the rest of the grants, under each setting."""
        if given is None:
            return ()
        if conditions.none and not self._demands.asking:
            return ((given, conditions),)
        globs = _globs(action, resource, subjects) if self._demands.asking else ()
        return self._demands.tested(given, conditions, action, globs, bool(subjects))

    def reaches(self, action: str, subjects: Subjects, globs: tuple[str, ...]) -> bool:
        """Whether an action is allowed on a subject in any spelling or, without one, on some of what globs match."""
        known, key = self._known.reaches, (action, subjects, globs)
        if key not in known:
            found = (way for subject in subjects for way in self.ways(action, subject))
            known[key] = next(found, None) is not None or (not subjects and self._meets(action, globs))
        return known[key]

    def _meets(self, action: str, globs: tuple[str, ...]) -> bool:
        for way in self.ways(action):
            self._known.compared += 1
            if self._known.compared > COMPARED_LIMIT or way.resource.meets(globs):
                return True
        return False

    def _denied_everywhere(self, action: str) -> bool:
        """Whether Deny statements take an action away from all that it can be done to, in every setting."""
        known = self._known.nowhere
        if action not in known:
            settings = self._denied(action, None, ()) if self.denies else ()
            known[action] = any(not setting.atoms for setting in settings)
        return known[action]

    def _left(self, guard: Guard, action: str, resource: Selection, subjects: Subjects) -> Guard | None:
        """A setting in which the boundary and the Deny statements leave an allowed action standing."""
        for remaining in self._outside(guard, self._denied(action, resource, subjects)):
            for bound in self.bounds:
                both = remaining & bound.guard
                if both is not None and bound.lets_through(action, resource, subjects):
                    return both
        return None

    def _outside(self, guard: Guard, taken: tuple[Guard, ...]) -> list[Guard]:
        if not taken:
            return [guard]
        known, key = self._known.outside, (guard, id(taken))
        if key not in known:
            known[key] = outside(guard, taken)
        return known[key]

    def _denied(self, action: str, resource: Selection | None, subjects: Subjects) -> tuple[Guard, ...]:
        """Settings in which Deny statements take an action away from all that is asked about."""
        known = self._known
        if action not in known.denying:
            if known.taking is None:
                known.taking = _ByService(self.denies)
            pairs = known.taking.of(action.partition(":")[0].lower())
            denying = tuple((deny, one) for deny, one in pairs if one.takes_action(action))
            key = tuple((id(deny), id(one)) for deny, one in denying)
            known.denying[action] = known.same.setdefault(key, denying)
        denying = known.denying[action]
        if not denying:
            return ()
        globs = _globs(action, resource, subjects)
        asked = (id(denying), globs, bool(subjects))
        known.compared += 1
        if asked not in known.denied:
            settings = tuple(dict.fromkeys(self._settings(denying, globs, bool(subjects))))
            known.denied[asked] = known.settings.setdefault(settings, settings)
        return known.denied[asked] if known.compared <= COMPARED_LIMIT else ()

    def _settings(
        self,
        denying: Iterable[tuple[Grant, Selection]],
        globs: tuple[str, ...],
        spellings: bool,
    ) -> Iterator[Guard]:
        known = self._known
        for deny, selection in denying:
            for target in deny.resources:
                known.compared += 1
                if known.compared > COMPARED_LIMIT:
                    return
                if target.takes_away(globs, spellings):
                    both = selection.guard & target.guard
                    if both is not None:
                        settings = (both & guard for guard, conditions in deny.conditions if conditions.none)
                        yield from (setting for setting in settings if setting)


class _ByService:
    """The action selections of some statements, by the services that they can pick actions of."""

    __slots__ = ("_named", "_wide", "_known")

    def __init__(self, statements: Iterable[Grant]) -> None:
        self._named: dict[str, list[tuple[int, Grant, Selection]]] = {}
        self._wide: list[tuple[int, Grant, Selection]] = []
        self._known: dict[str, tuple[tuple[Grant, Selection], ...]] = {}
        pairs = ((grant, one) for grant in statements for one in grant.actions)
        for row in ((number, *pair) for number, pair in enumerate(pairs)):
            if row[2].negated or row[2].wild:
                self._wide.append(row)
            else:
                for service in row[2].services:
                    self._named.setdefault(service, []).append(row)

    def of(self, service: str) -> tuple[tuple[Grant, Selection], ...]:
        """Those that can pick an action of a service, in the order of the statements."""
        if service not in self._known:
            rows = [*self._named.get(service, ()), *(row for row in self._wide if row[2].takes_of(service))]
            self._known[service] = tuple((grant, one) for _, grant, one in sorted(rows, key=lambda row: row[0]))
        return self._known[service]


class _Known:
    """What has been asked of one `Grants` already, and how many Deny resources it took."""

    def __init__(self) -> None:
        self.allowing: _ByService | None = None
        self.taking: _ByService | None = None
        self.reaching: dict[tuple[int, str], tuple[Selection, ...]] = {}
        self.reaches: dict[tuple[str, Subjects, tuple[str, ...]], bool] = {}
        self.denying: dict[str, tuple[tuple[Grant, Selection], ...]] = {}
        self.same: dict[tuple[tuple[int, int], ...], tuple[tuple[Grant, Selection], ...]] = {}
        self.denied: dict[tuple[int, tuple[str, ...], bool], tuple[Guard, ...]] = {}
        self.settings: dict[tuple[Guard, ...], tuple[Guard, ...]] = {}
        self.outside: dict[tuple[Guard, int], list[Guard]] = {}
        self.nowhere: dict[str, bool] = {}
        self.compared = 0


def _globs(action: str, resource: Selection | None, subjects: Subjects) -> tuple[str, ...]:
    """What is asked about, as globs: a subject, or what an Allow's element reaches of what an action is done to."""
    if subjects:
        return tuple(_within(glob_of_subject(subject), resource) for subject in subjects)
    anything = subject_for(action)
    targets = glob_of_subject(anything)
    written = ("*",) if resource is None or resource.negated else resource.patterns
    return tuple(_within(targets if covers(glob, anything) else glob, resource) for glob in written)


def _within(glob: str, resource: Selection | None) -> str:
    return glob if resource is None else within(glob, resource.scope)


def outside(guard: Guard, taken: Iterable[Guard]) -> list[Guard]:
    """The settings of a guard in which none of others holds."""
    left = [guard]
    for one in taken:
        left = [rest for outer in left for rest in without(outer, one)][:DEEP_LIMIT]
        if not left:
            break
    return left


class Used(Protocol):
    """An action that is used through one way."""

    @property
    def action(self) -> str: ...

    @property
    def way(self) -> Way: ...


def elsewhere(first: Used, counted: Iterable[Used]) -> list[tuple[Position, str]]:
    """The other statements that a finding is about: where each begins to be, and an action that it allows."""
    seen = {id(first.way.grant.statement.body)}
    found: list[tuple[Position, str]] = []
    for one in counted:
        body = id(one.way.grant.statement.body)
        if body not in seen:
            seen.add(body)
            found.append((one.way.action.at, one.action))
    return found[:PLACES]
