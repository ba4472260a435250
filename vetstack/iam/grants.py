"""What an identity may do: the union of all that is attached to it, less what is denied, within its boundary.

`grants_of` reads the policies once; `Grants.ways` then answers whether an action is allowed on a subject, by which
statement, under which setting. Nothing here judges whether that is too much: rules do.
Source: IAM user guide, reference_policies_evaluation-logic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple, cast

from vetstack.guards import DEEP_LIMIT, Guard, without
from vetstack.iam.actions import matches
from vetstack.iam.documents import Statement, read_document
from vetstack.iam.limits import Conditions, Limit, read_conditions
from vetstack.iam.managed_policies import document_of, managed_name
from vetstack.iam.resources import covers, glob_of, is_hole, overlap, subject_of, token
from vetstack.position import Position
from vetstack.template import Attachment, Identity, StandalonePolicy, Template
from vetstack.values import ABSENT, Absent, Hole, Text, Unknown, Value, each, pieces_of, position_of

DENY_LIMIT: Final = 100_000
"""Resource elements of Deny statements that are compared for one holder; what comes after takes nothing away."""


class Selection(NamedTuple):
    """What one element of Action or Resource picks, or the whole of NotAction or NotResource leaves.

    written: as the template spells it; patterns: of actions as written, of resources as `resources.glob_of` has them.
    """

    guard: Guard
    at: Position
    written: str
    patterns: tuple[str, ...]
    negated: bool
    via: tuple[str, ...] = ()

    def takes_action(self, action: str) -> bool:
        return any(matches(pattern, action) for pattern in self.patterns) != self.negated

    def covers(self, subject: str) -> bool:
        """Whether an Allow reaches all that a subject can be (see `resources`), what is excepted by name aside."""
        return any(covers(pattern, subject) for pattern in self.patterns) != self.negated

    def holds_all_of(self, glob: str) -> bool:
        """Whether a Deny takes away all that a glob stands for."""
        return _holds_all_of(self.patterns, self.negated, glob)

    @property
    def hidden(self) -> bool:
        """Whether only a deployment decides what it picks."""
        return any(is_hole(pattern) for pattern in self.patterns)

    @property
    def sweeping(self) -> bool:
        """Whether it picks actions of every service: `*`, `*:*`, `**`, any NotAction."""
        return self.negated or any(not pattern.partition(":")[0].strip("*?") for pattern in self.patterns)


@lru_cache(maxsize=8192)
def _holds_all_of(patterns: tuple[str, ...], negated: bool, glob: str) -> bool:
    if negated:
        return not any(overlap(pattern, glob) for pattern in patterns)
    return any(covers(pattern, subject_of(glob)) for pattern in patterns)


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

    def lets_through(self, action: str) -> bool:
        return self.within is None or next(self.within.ways(action), None) is not None


class Way(NamedTuple):
    """One way in which an action is allowed: on one Resource element, under one setting. limit: what confines it."""

    guard: Guard
    grant: Grant
    action: Selection
    resource: Selection
    limit: Limit | None


class Grants:
    """Everything that a holder is granted by documents of the template; what only an ARN names is not in it.

    bounds: the alternatives of its boundary, never none.
    """

    __slots__ = ("allows", "denies", "bounds", "_known")

    def __init__(self, allows: tuple[Grant, ...], denies: tuple[Grant, ...], bounds: tuple[Bound, ...]) -> None:
        self.allows = allows
        self.denies = denies
        self.bounds = bounds
        self._known = _Known()

    def selections(self, service: str) -> tuple[tuple[Grant, Selection], ...]:
        """The action selections of Allow statements that can pick an action of a service."""
        known = self._known.of_service
        if service not in known:
            known[service] = tuple(_serving(self.allows, service))
        return known[service]

    def reaching(self, grant: Grant, subject: str) -> tuple[Selection, ...]:
        """The Resource elements of a statement that reach all that a subject can be."""
        known, key = self._known.reaching, (id(grant), subject)
        if key not in known:
            known[key] = tuple(resource for resource in grant.resources if resource.covers(subject))
        return known[key]

    def ways(self, action: str, subject: str | None = None) -> Iterator[Way]:
        """Every way in which an action is allowed, on all that a subject can be or, without one, on anything at all."""
        for grant, selection in self.selections(action.partition(":")[0].lower()):
            if selection.takes_action(action):
                resources = grant.resources if subject is None else self.reaching(grant, subject)
                yield from self.through(grant, selection, action, resources)

    def through(self, grant: Grant, selection: Selection, action: str, resources: Iterable[Selection]) -> Iterator[Way]:
        """The ways that one selection of one statement opens, on Resource elements of it, for an action it picks."""
        for resource in resources:
            both = selection.guard & resource.guard
            if both is None:
                continue
            for guard, conditions in grant.conditions:
                together = both & guard
                left = together and self._left(together, action, resource)
                if left:
                    yield Way(left, grant, selection, resource, conditions.limit_on(action))

    def _left(self, guard: Guard, action: str, resource: Selection) -> Guard | None:
        """A setting in which the boundary and the Deny statements leave an allowed action standing."""
        for remaining in outside(guard, self._denied(action, resource)):
            for bound in self.bounds:
                both = remaining & bound.guard
                if both is not None and bound.lets_through(action):
                    return both
        return None

    def _denied(self, action: str, resource: Selection) -> Iterator[Guard]:
        """Settings in which Deny statements take an action away from all of a Resource element of an Allow."""
        known = self._known
        if action not in known.denying:
            known.denying[action] = tuple(
                (deny, selection)
                for deny in self.denies
                for selection in deny.actions
                if selection.takes_action(action)
            )
        globs = ("*",) if resource.negated else resource.patterns
        for deny, selection in known.denying[action]:
            for target in deny.resources:
                known.compared += 1
                if known.compared > DENY_LIMIT:
                    return
                if all(target.holds_all_of(glob) for glob in globs):
                    both = selection.guard & target.guard
                    if both is not None:
                        settings = (both & guard for guard, conditions in deny.conditions if conditions.none)
                        yield from (setting for setting in settings if setting)


class _Known:
    """What has been asked of one `Grants` already, and how many Deny resources it took."""

    def __init__(self) -> None:
        self.of_service: dict[str, tuple[tuple[Grant, Selection], ...]] = {}
        self.reaching: dict[tuple[int, str], tuple[Selection, ...]] = {}
        self.denying: dict[str, tuple[tuple[Grant, Selection], ...]] = {}
        self.compared = 0


def _serving(grants: Iterable[Grant], service: str) -> Iterator[tuple[Grant, Selection]]:
    for grant in grants:
        for selection in grant.actions:
            if selection.negated or any(matches(p.partition(":")[0], service) for p in selection.patterns):
                yield grant, selection


def outside(guard: Guard, taken: Iterable[Guard]) -> list[Guard]:
    """The settings of a guard in which none of others holds."""
    left = [guard]
    for one in taken:
        left = [rest for outer in left for rest in without(outer, one)][:DEEP_LIMIT]
        if not left:
            break
    return left


def grants_of(template: Template, holder: Identity | StandalonePolicy) -> Grants:
    """What an identity, or a policy that no identity of the template holds, allows and denies."""
    known = cast("dict[str, Grants]", template.derived.setdefault(__name__, {}))
    address = holder.resource.address
    if address not in known:
        known[address] = _read(template, holder)
    return known[address]


def _read(template: Template, holder: Identity | StandalonePolicy) -> Grants:
    if isinstance(holder, StandalonePolicy):
        return _union(template, _on_its_own(holder), tuple(Bound(guard) for guard in holder.resource.exists))
    bounds = [bound for exists in holder.resource.exists for bound in _bounds(template, holder.boundary, exists)]
    bounds.sort(key=lambda bound: (bound.within is not None, len(bound.guard.atoms)))
    return _union(template, holder.attachments, tuple(bounds))


def _bounds(template: Template, boundary: Value, exists: Guard) -> Iterator[Bound]:
    for guard, value in exists.over(boundary):
        resource = template.resource_named(value)
        policy = template.policies.get(resource.address) if resource else None
        if policy and not isinstance(policy.document, Unknown):
            held = Attachment(policy.document, ABSENT, guard, policy.resource.at, policy.resource.address)
        elif isinstance(value, (Text, Unknown)) and ":" in str(value) and managed_name(value):
            held = Attachment(ABSENT, value, guard, value.at, "")
        else:
            yield Bound(guard)
            continue
        yield Bound(guard, _union(template, [held], (Bound(guard),)))


def _union(template: Template, attachments: Iterable[Attachment], bounds: tuple[Bound, ...]) -> Grants:
    grants: dict[str, list[Grant]] = {"Allow": [], "Deny": []}
    for attachment in attachments:
        inherited = any(name in template.identities for name in attachment.via)
        for guard, document, managed in _documents(attachment):
            for statement in read_document(document, guard).statements:
                grants[statement.effect].append(_taken_apart(attachment, managed, statement, inherited))
    return Grants(tuple(grants["Allow"]), tuple(grants["Deny"]), bounds)


def _documents(attachment: Attachment) -> Iterator[tuple[Guard, Value, str | None]]:
    """The documents of an attachment; one of AWS's with its name, as far as it is known to hand out too much."""
    if not isinstance(attachment.document, Absent):
        yield attachment.guard, attachment.document, None
        return
    for guard, arn in attachment.guard.over(attachment.arn):
        document = document_of(arn, position_of(arn) or attachment.at)
        if not isinstance(document, Absent):
            yield guard, document, managed_name(arn)


def _on_its_own(policy: StandalonePolicy) -> list[Attachment]:
    resource = policy.resource
    return [Attachment(policy.document, ABSENT, exists, resource.at, resource.address) for exists in resource.exists]


def unheld_policies(template: Template) -> list[StandalonePolicy]:
    """Policies that no identity of the template holds: they are attached by hand, or to what stands elsewhere."""
    held = {
        block
        for identity in template.identities.values()
        for attachment in identity.attachments
        for block in (attachment.resource, *attachment.via)
    }
    return [policy for policy in template.policies.values() if policy.resource.address not in held]


def _taken_apart(attachment: Attachment, managed: str | None, statement: Statement, inherited: bool) -> Grant:
    return Grant(
        attachment,
        managed,
        statement,
        inherited,
        tuple(_selections(statement, "Action")),
        tuple(_selections(statement, "Resource")),
        tuple((guard, read_conditions(value)) for guard, value in statement.guard.deep(statement.part("Condition"))),
    )


def _selections(statement: Statement, name: Literal["Action", "Resource"]) -> Iterator[Selection]:
    """The elements of Action or Resource one by one; those of NotAction or NotResource together."""
    glob = glob_of if name == "Resource" else _action_glob
    seen: set[tuple[str, Guard]] = set()
    for guard, one in statement.guard.elements(statement.part(name)):
        if isinstance(one, (Text, Unknown)):
            pattern = glob(one)
            if (pattern, guard) not in seen:
                seen.add((pattern, guard))
                yield Selection(guard, one.at, str(one), (pattern,), False, one.via)
    excepted = statement.part(f"Not{name}")
    for guard, whole in statement.guard.deep(excepted):
        names = [one for one in each(whole) if isinstance(one, (Text, Unknown))]
        if names:
            shown = ", ".join(str(one) for one in names)
            globs = tuple(glob(one) for one in names)
            via = tuple(block for one in names for block in one.via)
            yield Selection(guard, statement.part_at(f"Not{name}"), shown, globs, True, via)


def _action_glob(value: Text | Unknown) -> str:
    return "".join(token(piece) if isinstance(piece, Hole) else piece for piece in pieces_of(value)).strip()
