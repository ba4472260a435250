"""What an identity is granted: the union of all that is attached to it, and the boundary that it is under.

`grants_of` reads the policies once; `permissions.Grants` then answers questions. `handed_on` finds the policies that
go to somebody whom the template does not show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, cast

from vetstack.guards import Guard, World, covered
from vetstack.iam.documents import Statement, read_document
from vetstack.iam.limits import Conditions, Kind, read_conditions
from vetstack.iam.managed_policies import document_of, managed_among, managed_name
from vetstack.iam.permissions import Bound, Grant, Grants, outside
from vetstack.iam.powers import TO_EVERYTHING, subject_for
from vetstack.iam.selections import Selection, all_actions_of, selections_of
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Attachment, Identity, StandalonePolicy, Template
from vetstack.values import ABSENT, Absent, Items, Map, Text, Unknown, Value, position_of

BY_ARN: Final = ("ManagedPolicyArn", "managed_policy_arn")
BY_NAME: Final = ("CustomerManagedPolicyReference", "customer_managed_policy_reference")
NAMES: Final = (("Name", "Path"), ("name", "path"))
"""How a permission set writes its boundary: one of AWS's policies, or a policy of each account by name and path."""


OF_USERS: Final = ("user", "group")
"""Kinds of identities whose requests carry the name of a user."""

USER_NAME: Final = "${aws:username}"
"""The policy variable that has no value for whoever has assumed a role: an element with it then matches nothing."""

MANAGED_LIMIT: Final = 24
"""Policies of AWS's that a pattern in a condition may stand for; one that stands for more is no limit."""


class _Parts(NamedTuple):
    """A statement taken apart."""

    actions: tuple[Selection, ...]
    resources: tuple[Selection, ...]
    conditions: tuple[tuple[Guard, Conditions], ...]


class _Read(NamedTuple):
    """A document, kept so that nothing else is taken for it, and its statements."""

    document: Value
    allows: list[tuple[Statement, _Parts]]
    denies: list[tuple[Statement, _Parts]]


class _Reader:
    """Reads the policies of one template, each document once however many hold it."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.holders: dict[tuple[str, tuple[Guard, ...]], Grants] = {}
        self._bounds: dict[tuple[str, Guard], Bound] = {}
        self._documents: dict[tuple[int, Guard], _Read] = {}
        self._managed: dict[tuple[str, object], Value] = {}
        self._wide: dict[tuple[str, Kind], bool] = {}

    def bounds(self, boundary: Value, exists: Guard) -> Iterator[Bound]:
        """The alternatives of a boundary."""
        for guard, value in exists.over(boundary):
            if isinstance(value, Items) and len(value) == 1:  # a block of Terraform
                yield from self.bounds(value[0], guard)
            elif isinstance(value, Map):
                yield from self._referred(value, guard)
            else:
                policy = self.template.policy_meant(value)
                yield self._bound(guard, value, policy)

    def _bounds_under(self, identity: Identity, exists: Guard) -> Iterator[Bound]:
        """The alternatives of an identity's boundary; those that do not bound are one where that leaves out nothing."""
        bounds = list(self.bounds(identity.boundary, exists))
        free = [bound.guard for bound in bounds if bound.within is None]
        if len(free) > 1 and covered(exists, free):
            yield Bound(exists)
        yield from bounds

    def _referred(self, written: Map, given: Guard) -> Iterator[Bound]:
        arn = next((written[key] for key in BY_ARN if key in written), ABSENT)
        named = next((written[key] for key in BY_NAME if key in written), ABSENT)
        for guard, one in given.over(arn):
            if not isinstance(one, Absent):
                yield self._bound(guard, one, None)
                continue
            for inner, reference in guard.over(named[0] if isinstance(named, Items) and named else named):
                yield self._bound(inner, ABSENT, self._named(reference))

    def _named(self, reference: Value) -> StandalonePolicy | None:
        if not isinstance(reference, Map):
            return None
        name, path = next((keys for keys in NAMES if keys[0] in reference), NAMES[0])
        return self.template.policy_named(reference.child(name), reference.child(path))

    def _bound(self, guard: Guard, value: Value, policy: StandalonePolicy | None) -> Bound:
        if policy and not isinstance(policy.document, Unknown):
            key = policy.resource.address
            held = Attachment(policy.document, ABSENT, guard, policy.resource.at, key)
        elif isinstance(value, (Text, Unknown)) and ":" in str(value) and managed_name(value):
            key = f":{managed_name(value)}"
            held = Attachment(ABSENT, value, guard, value.at, "")
        else:
            return Bound(guard)
        if (key, guard) not in self._bounds:
            self._bounds[key, guard] = Bound(guard, self.union([held], (Bound(guard),)))
        return self._bounds[key, guard]

    def union(
        self, attachments: Iterable[Attachment], bounds: tuple[Bound, ...], given: bool = True, users: bool = True
    ) -> Grants:
        """What attachments allow and deny together.

        given: whether what a group allows its members is in it; users: whether users can be who has it.
        """
        allows: list[Grant] = []
        denies: list[Grant] = []
        for attachment in attachments:
            inherited = is_inherited(self.template, attachment)
            for guard, document, managed in self._written(attachment):
                read = self._statements(document, guard, managed is not None)
                denies += (Grant(attachment, managed, one, inherited, *parts) for one, parts in read.denies)
                if given or not inherited:
                    taken = ((one, parts if users else _for_roles(parts)) for one, parts in read.allows)
                    allows += (Grant(attachment, managed, one, inherited, *parts) for one, parts in taken)
        return Grants(tuple(allows), tuple(denies), bounds, self.hands_out)

    def _written(self, attachment: Attachment) -> Iterator[tuple[Guard, Value, str | None]]:
        """The documents of an attachment; one of AWS's with its name."""
        if not isinstance(attachment.document, Absent):
            yield attachment.guard, attachment.document, None
            return
        for guard, arn in attachment.guard.over(attachment.arn):
            name, at = managed_name(arn), position_of(arn) or attachment.at
            if name:
                if (name, at) not in self._managed:
                    self._managed[name, at] = document_of(arn, at)
                document = self._managed[name, at]
                if not isinstance(document, Absent):
                    yield guard, document, name

    def _statements(self, document: Value, guard: Guard, managed: bool) -> _Read:
        key = (id(document), guard)
        if key not in self._documents:
            parts = [(one, _taken_apart(one, managed)) for one in read_document(document, guard).statements]
            allows, denies = ([pair for pair in parts if pair[0].effect == effect] for effect in ("Allow", "Deny"))
            self._documents[key] = _Read(document, allows, denies)
        return self._documents[key]

    def hands_out(self, value: Text | Unknown, kind: Kind) -> bool:
        """Whether a policy that a condition names leaves whoever has it too much.

        kind: "boundary", which must keep its holder from becoming administrator, or "policy", which is handed out.
        """
        policy = self.template.policy_meant(value)
        if policy is None:
            from vetstack.iam.tiers import TOO_WIDE, tier_of_policy  # which asks what this module answers

            among = managed_among(value)
            return len(among) > MANAGED_LIMIT or any(tier_of_policy(name) in TOO_WIDE[kind] for name in among)
        key = (policy.resource.address, kind)
        if key not in self._wide:
            self._wide[key] = False  # while it is being asked: its own statements may name it
            self._wide[key] = _hands_out(self.of_policy(policy, policy.resource.exists), kind)
        return self._wide[key]

    def of_policy(self, policy: StandalonePolicy, given: tuple[Guard, ...]) -> Grants:
        """What a policy grants by itself, under settings."""
        resource = policy.resource
        key = (resource.address, given)
        if key not in self.holders:
            held = [Attachment(policy.document, ABSENT, guard, resource.at, resource.address) for guard in given]
            self.holders[key] = self.union(held, tuple(Bound(guard) for guard in resource.exists))
        return self.holders[key]

    def of_identity(self, identity: Identity, given: bool) -> Grants:
        """What an identity is granted. given: whether what a group allows its members is in it."""
        key = (f"{given} {identity.address}", identity.resource.exists)
        if key not in self.holders:
            bounds = [one for exists in identity.resource.exists for one in self._bounds_under(identity, exists)]
            bounds.sort(key=lambda bound: (bound.within is not None, len(bound.guard.atoms)))
            self.holders[key] = self.union(identity.attachments, tuple(bounds), given, identity.kind in OF_USERS)
        return self.holders[key]


def _for_roles(parts: _Parts) -> _Parts:
    """A statement as it counts for whoever has assumed a role."""
    named = [one for one in parts.resources if not one.negated and any(map(_names_user, one.patterns))]
    if not named:
        return parts
    return parts._replace(resources=tuple(one.without_patterns() if one in named else one for one in parts.resources))


def _names_user(pattern: str) -> bool:
    return USER_NAME in pattern.lower()


def _taken_apart(statement: Statement, managed: bool) -> _Parts:
    """managed: whether it is of a document of AWS's, which no setting changes and of which no part has a place."""
    conditions = statement.guard.deep(statement.part("Condition"))
    return _Parts(
        tuple(all_actions_of(statement) if managed else selections_of(statement, "Action")),
        tuple(selections_of(statement, "Resource")),
        tuple((guard, read_conditions(value)) for guard, value in conditions),
    )


@lru_cache(maxsize=64)
def grants_of_managed(name: str) -> Grants:
    """What one of AWS's policies allows and denies whoever has it and nothing else."""
    nowhere = Position("", 0, 0, 0, 0)
    alone = Template("", "cloudformation", nowhere, World())
    always = alone.world.always
    held = Attachment(ABSENT, Text(name, nowhere), always, nowhere, "")
    return _reader(alone).union([held], (Bound(always),))


def _hands_out(grants: Grants, kind: Kind) -> bool:
    ways = (way for action in TO_EVERYTHING for way in grants.ways(action, subject_for(action)))
    if any(way.limit is None for way in ways):
        return True
    sweeping = ((grant, one) for grant in grants.allows for one in grant.actions if one.sweeping)
    swept = (way for grant, one in sweeping for way in grants.on(grant, one, SWEPT, subject_for(SWEPT)))
    return kind == "policy" and any(way.limit is None for way in swept)


SWEPT: Final = "s3:GetObject"
"""An action that stands for all that a statement without a service sweeps up."""


def _reader(template: Template) -> _Reader:
    if __name__ not in template.derived:
        template.derived[__name__] = _Reader(template)
    return cast("_Reader", template.derived[__name__])


def grants_of(
    template: Template, holder: Identity | StandalonePolicy, given: tuple[Guard, ...] | None = None
) -> Grants:
    """What an identity, or a policy that somebody else is given, allows and denies.

    given: the settings under which a policy goes to somebody else, when they are not all that it exists in.
    """
    if isinstance(holder, Identity):
        return _reader(template).of_identity(holder, True)
    return _reader(template).of_policy(holder, holder.resource.exists if given is None else given)


def own_grants_of(template: Template, identity: Identity) -> Grants:
    """What an identity allows and denies, what its groups allow it aside."""
    return _reader(template).of_identity(identity, False)


def is_inherited(template: Template, attachment: Attachment) -> bool:
    """Whether an identity holds something through a group of the template."""
    return any(name in template.identities for name in attachment.via)


def handed_on(template: Template) -> Iterator[tuple[StandalonePolicy, tuple[Guard, ...]]]:
    """Policies that are attached by hand or to what stands elsewhere, and the settings in which they are.

    A policy that is only somebody's boundary takes away and is left out; so is one that a condition makes a boundary of
    or lets be attached, unless whoever has it becomes administrator. Where all who hold a policy are held back, others
    may be given it who are not: under its fixed name anybody can find it.
    """
    held = _attachments(template)
    bounding = {policy.resource.address for policy in _boundaries(template)}
    for policy in template.policies.values():
        address, exists = policy.resource.address, policy.resource.exists
        if policy.elsewhere:
            free = [one.guard for who, one in held.get(address, ()) if not _held_back(template, who, address)]
            left = tuple(rest for guard in policy.elsewhere for rest in outside(guard, free))
            if left:
                yield policy, left
        elif address not in held:
            if address not in bounding and not _only_named(template, policy):
                yield policy, exists
        elif template.has_fixed_name(policy) and all(_held_back(template, who, address) for who, _ in held[address]):
            yield policy, exists


def _attachments(template: Template) -> dict[str, list[tuple[Identity, Attachment]]]:
    """Who holds each policy of the template, by its address."""
    held: dict[str, list[tuple[Identity, Attachment]]] = {}
    for identity in template.identities.values():
        for attachment in identity.attachments:
            for block in {attachment.resource, *attachment.via} & template.policies.keys():
                held.setdefault(block, []).append((identity, attachment))
    return held


def _held_back(template: Template, identity: Identity, policy: str) -> bool:
    """Whether a boundary, or a Deny that is not the policy's own, says what a holder of it may do."""
    grants = own_grants_of(template, identity)
    bounded = any(bound.within is not None for bound in grants.bounds)
    return bounded or any(policy not in deny.blocks for deny in grants.denies)


def _boundaries(template: Template) -> Iterator[StandalonePolicy]:
    """Policies of the template that are the boundary of an identity of it."""
    for identity in template.identities.values():
        for exists in identity.resource.exists:
            for _, value in exists.over(identity.boundary):
                policy = template.policy_meant(value)
                if policy:
                    yield policy


def _only_named(template: Template, policy: StandalonePolicy) -> bool:
    """Whether conditions name a policy as a boundary or as what may be attached, and it restrains who has it."""
    kinds = _in_conditions(template).get(policy.resource.address, set())
    return bool(kinds) and not any(_hands_out(grants_of(template, policy), kind) for kind in kinds)


def _in_conditions(template: Template) -> dict[str, set[Kind]]:
    """The policies of the template that conditions name, by address."""
    key = f"{__name__}.in_conditions"
    if key not in template.derived:
        found: dict[str, set[Kind]] = {}
        identities = (own_grants_of(template, identity) for identity in template.identities.values())
        policies = (grants_of(template, policy) for policy in template.policies.values())
        for grant in (one for grants in (*identities, *policies) for one in grants.allows):
            for _, conditions in grant.conditions:
                for kind, value in conditions.policies:
                    policy = template.policy_meant(value)
                    if policy:
                        found.setdefault(policy.resource.address, set()).add(kind)
        template.derived[key] = found
    return cast("dict[str, set[Kind]]", template.derived[key])
