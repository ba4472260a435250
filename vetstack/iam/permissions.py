"""What statements allow together: the Allow statements, less what Deny takes away, within a boundary.

`Grants.ways` answers whether an action is allowed on a subject, by which statement, under which setting. Nothing here
knows where the statements are from, nor judges whether that is too much.
Source: IAM user guide, reference_policies_evaluation-logic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from vetstack.guards import DEEP_LIMIT, Guard, without
from vetstack.iam.documents import Statement
from vetstack.iam.limits import Conditions, HandsOut, Limit
from vetstack.iam.powers import subject_for
from vetstack.iam.resources import covers, glob_of_subject
from vetstack.iam.selections import Selection
from vetstack.template import Attachment

COMPARED_LIMIT: Final = 100_000
"""Comparisons with resource elements of Deny statements, or of a boundary; what comes after takes nothing away."""

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
    """One way in which an action is allowed: on one Resource element, under one setting. limit: what confines it."""

    guard: Guard
    grant: Grant
    action: Selection
    resource: Selection
    limit: Limit | None


class Grants:
    """Everything that a holder is granted by documents of the template; what only an ARN names is not in it.

    bounds: the alternatives of its boundary, never none. hands_out: see `limits`.
    """

    __slots__ = ("allows", "denies", "bounds", "hands_out", "_known")

    def __init__(
        self, allows: tuple[Grant, ...], denies: tuple[Grant, ...], bounds: tuple[Bound, ...], hands_out: HandsOut
    ) -> None:
        self.allows = allows
        self.denies = denies
        self.bounds = bounds
        self.hands_out = hands_out
        self._known = _Known()

    @property
    def held_back(self) -> bool:
        """Whether anything but its own statements says what it may do: a boundary that is known, or a Deny."""
        return bool(self.denies) or any(bound.within is not None for bound in self.bounds)

    def selections(self, service: str) -> tuple[tuple[Grant, Selection], ...]:
        """The action selections of Allow statements that can pick an action of a service."""
        known = self._known.of_service
        if service not in known:
            pairs = ((grant, one) for grant in self.allows for one in grant.actions)
            known[service] = tuple((grant, one) for grant, one in pairs if one.takes_of(service))
        return known[service]

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
                left = together and self._left(together, action, resource, subjects)
                if left:
                    yield Way(left, grant, selection, resource, conditions.limit_on(action, self.hands_out))

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
            settings = self._denied(action, None, (subject_for(action),)) if self.denies else ()
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
            pairs = ((deny, one) for deny in self.denies for one in deny.actions if one.takes_action(action))
            denying = tuple(pairs)
            key = tuple((id(deny), id(one)) for deny, one in denying)
            known.denying[action] = known.same.setdefault(key, denying)
        denying = known.denying[action]
        if not denying:
            return ()
        globs = _globs(action, resource, subjects)
        asked = (id(denying), globs, bool(subjects))
        known.compared += 1
        if asked not in known.denied:
            settings = tuple(dict.fromkeys(self._settings(denying, globs, any if subjects else all)))
            known.denied[asked] = known.settings.setdefault(settings, settings)
        return known.denied[asked] if known.compared <= COMPARED_LIMIT else ()

    def _settings(
        self,
        denying: Iterable[tuple[Grant, Selection]],
        globs: tuple[str, ...],
        needed: Callable[[Iterable[bool]], bool],
    ) -> Iterator[Guard]:
        known = self._known
        for deny, selection in denying:
            for target in deny.resources:
                known.compared += 1
                if known.compared > COMPARED_LIMIT:
                    return
                if needed(target.holds_all_of(glob) for glob in globs):
                    both = selection.guard & target.guard
                    if both is not None:
                        settings = (both & guard for guard, conditions in deny.conditions if conditions.none)
                        yield from (setting for setting in settings if setting)


class _Known:
    """What has been asked of one `Grants` already, and how many Deny resources it took."""

    def __init__(self) -> None:
        self.of_service: dict[str, tuple[tuple[Grant, Selection], ...]] = {}
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
        return tuple(glob_of_subject(subject) for subject in subjects)
    anything = subject_for(action)
    targets = glob_of_subject(anything)
    written = ("*",) if resource is None or resource.negated else resource.patterns
    return tuple(targets if covers(glob, anything) else glob for glob in written)


def outside(guard: Guard, taken: Iterable[Guard]) -> list[Guard]:
    """The settings of a guard in which none of others holds."""
    left = [guard]
    for one in taken:
        left = [rest for outer in left for rest in without(outer, one)][:DEEP_LIMIT]
        if not left:
            break
    return left
