"""Changes of IAM that a holder may make: which action, through which statement, and on how much of IAM.

What leads nowhere is left out: policies put on service-linked roles, tags, iam:PassRole. That on every role is told
where it stands alone: it is one half of a way to the permissions of others, and somebody may add the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Final, Literal

from vetstack.guards import Guard
from vetstack.iam.breadth import equivalents
from vetstack.iam.holders import Holder, own_subjects
from vetstack.iam.permissions import Grant, Subjects, Way, outside
from vetstack.iam.powers import (
    GLOBS,
    SERVICE_ROLES,
    SUBJECTS,
    TO_EVERYTHING,
    TO_ITSELF,
    Target,
    Weight,
    changes,
    target_of,
    weight_of,
)
from vetstack.iam.principals import is_own
from vetstack.iam.resources import begins_with_hole, covers, overlap, reference_in, subject_of
from vetstack.iam.selections import Selection
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Identity, Template, resource_of
from vetstack.values import Absent

Reach = Literal["any", "own", "some"]
"""On every target of its kind; on some, the holder's own among them (itself, its group, a policy it has); on some."""

REACHES: Final[tuple[Reach, ...]] = ("any", "own", "some")

REFERRED: Final[dict[str, Target]] = {
    "AWS::IAM::Role": "role",
    "AWS::IAM::User": "user",
    "AWS::IAM::Group": "group",
    "AWS::IAM::ManagedPolicy": "policy",
    "AWS::IAM::InstanceProfile": "instance-profile",
    "AWS::IAM::SAMLProvider": "saml-provider",
    "AWS::IAM::OIDCProvider": "oidc-provider",
    "aws_iam_role": "role",
    "aws_iam_user": "user",
    "aws_iam_group": "group",
    "aws_iam_policy": "policy",
    "aws_iam_instance_profile": "instance-profile",
    "aws_iam_saml_provider": "saml-provider",
    "aws_iam_openid_connect_provider": "oidc-provider",
}
"""What a reference to a resource of the template stands for, by its type."""

OPAQUE: Final = ("AWS::CloudFormation::", "AWS::Serverless::", "aws_cloudformation_")
"""Beginnings of types whose attributes can name anything, as those of types that are not AWS's can."""


CHANGES_LIMIT: Final = 5_000
"""Changes of one holder that are looked at: enough for any verdict."""

FREEING: Final = {
    "iam:DeleteGroupPolicy": (False, True),
    "iam:DeleteRolePolicy": (False, False),
    "iam:DeleteUserPolicy": (False, False),
    "iam:DetachGroupPolicy": (True, True),
    "iam:DetachRolePolicy": (True, False),
    "iam:DetachUserPolicy": (True, False),
}
"""Actions that take a policy from an identity: whether managed policies or those written into it, whether a group's."""

ALIKE: Final = 4
"""Ways that are looked at on Resource elements that reach as far as each other: one for each setting of a Condition."""


NAMED: Final = 3
"""Actions that a message names; the rest are counted."""


class Change(NamedTuple):
    """One action of IAM that a holder may use, through one way."""

    action: str
    way: Way
    target: Target
    weight: Weight
    reach: Reach


def changes_by(holder: Holder, template: Template) -> list[Change]:
    """The changes of IAM that a holder may make, what it has through a group of the template aside.

    Of Resource elements that let it be made alike, one stands for all.
    """
    found = list(islice(_changes_by(holder, template), CHANGES_LIMIT))
    return found or list(islice(_passing(holder), 1))


def _changes_by(holder: Holder, template: Template) -> Iterator[Change]:
    own = own_subjects(holder, template)
    known: dict[tuple[int, bool, Target], list[tuple[Reach, list[Selection]]]] = {}
    for grant, selection in holder.grants.selections("iam"):
        if grant.inherited:
            continue
        for action in sorted(changes()):
            if not selection.takes_action(action):
                continue
            target = target_of(action)
            key = (id(grant.resources), selection.sweeping, target)
            if key not in known:
                known[key] = _by_reach(grant, selection, target, own[target], template)
            for reach, resources in known[key]:
                for reached, way in _ways(holder, grant, selection, action, reach, resources, own[target]):
                    if not (way.limit and way.limit.kind == "service"):
                        freed = _freed(holder, action, way, template) if reached == "own" else None
                        if freed:
                            yield Change(action, way._replace(guard=freed), target, "frees", reached)
                        else:
                            yield Change(action, way, target, weight_of(action), reached)


def _freed(holder: Holder, action: str, way: Way, template: Template) -> Guard | None:
    """A setting in which a holder takes a policy with a Deny from itself by an action on its own."""
    if action not in FREEING:
        return None
    managed, of_group = FREEING[action]
    for deny in holder.grants.denies:
        if (deny.inherited or holder.kind == "group") == of_group and _is_managed(deny, template) == managed:
            both = way.guard & deny.statement.guard
            if both:
                return both
    return None


def _is_managed(grant: Grant, template: Template) -> bool:
    """Whether a statement is of a policy that is attached, and not written into its holder."""
    policies = (template.policies.get(block) for block in grant.blocks)
    return grant.managed is not None or any(policy and template.is_managed(policy) for policy in policies)


def _passing(holder: Holder) -> Iterator[Change]:
    """iam:PassRole on every role, of a holder who has nothing that it could be used with."""
    from vetstack.iam.routes import PASS_ROLE, routes_of

    grants = holder.grants
    free = [way for way in grants.ways(PASS_ROLE, SUBJECTS["role"]) if not (way.limit or way.grant.inherited)]
    if not free:
        return
    from vetstack.iam.passing import PASSED_TO, passed_to  # few may pass every role and change nothing

    known = [
        route
        for route in routes_of(cache(lambda action: next(grants.ways(action), None) is not None))
        if PASS_ROLE in route.actions
    ]
    for way in free:
        used = any(passed_to(way, service, grants) for route in known for service in route.passed_to)
        if not (used or way.grant.managed or any(test.named == PASSED_TO for test in way.conditions.tests)):
            yield Change(PASS_ROLE, way, "role", "adds", "any")


def _ways(
    holder: Holder,
    grant: Grant,
    selection: Selection,
    action: str,
    reach: Reach,
    resources: list[Selection],
    own: tuple[Subjects, ...],
) -> Iterator[tuple[Reach, Way]]:
    """The ways to an action, and how far they reach once Deny and a boundary have narrowed what the elements say."""
    target = target_of(action)
    asked: dict[Reach, tuple[Subjects, ...]] = {"any": ((SUBJECTS[target],),), "own": own, "some": ((),)}
    if target == "other":  # the account itself, of which there is no part
        asked["some"] = ()
    for reached in REACHES[REACHES.index(reach) :]:
        for subjects in asked[reached]:
            covering = [one for one in resources if reached != "own" or any(one.covers(arn) for arn in subjects)]
            ways = list(islice(holder.grants.through(grant, selection, action, covering, subjects), ALIKE))
            if ways:
                yield from ((reached, way) for way in ways)
                return


def _by_reach(
    grant: Grant, selection: Selection, target: Target, own: tuple[Subjects, ...], template: Template
) -> list[tuple[Reach, list[Selection]]]:
    """The Resource elements of a statement that matter for a target, under one setting each, by how far they reach."""
    groups: dict[tuple[Reach, Guard], list[Selection]] = {}
    for resource in grant.resources:
        reach = _reach(resource, selection, target, own, template)
        if reach:
            groups.setdefault((reach, resource.guard), []).append(resource)
    return [(reach, resources) for (reach, _), resources in groups.items()]


def _reach(
    resource: Selection, selection: Selection, target: Target, own: tuple[Subjects, ...], template: Template
) -> Reach | None:
    """On how much of IAM a Resource element lets an action be used; None when on nothing that matters."""
    if resource.covers(SUBJECTS[target]):
        return "any"
    if resource.negated or target == "other":
        return None
    if any(resource.covers(arn) for subjects in own for arn in subjects):
        return "own"
    return "some" if any(_meets(glob, selection, target, template) for glob in resource.patterns) else None


def _meets(glob: str, selection: Selection, target: Target, template: Template) -> bool:
    if not overlap(glob, GLOBS[target]):
        return False
    if target == "role" and any(covers(service_role, subject_of(glob)) for service_role in SERVICE_ROLES):
        return False
    name = reference_in(glob)
    resource = template.resources.get(resource_of(name)) if name else None
    if resource and is_own(resource.type) and not resource.type.startswith(OPAQUE):
        return REFERRED.get(resource.type) == target
    # `*` on what a parameter names is about other services
    other = ":iam:" not in glob and (begins_with_hole(glob) or not glob.strip("*?"))
    return not (selection.sweeping and other)


def beyond_administrator(holder: Holder, found: Iterable[Change]) -> list[Change]:
    """The changes that VET201 does not report already: through a managed policy, or as part of being administrator.

    What a star leaves of the account's own settings, when all else is denied, leads nowhere.
    """
    leading = [sweep for sweep in holder.sweeps if sweep.lead]
    free = tuple(dict.fromkeys(sweep.guard for sweep in leading if not sweep.limit))
    told = {id(sweep.selection) for sweep in leading}
    rewriting = equivalents(holder.grants)
    left: dict[Guard, bool] = {}
    kept: list[Change] = []
    for change in found:
        if change.way.grant.managed in rewriting or (change.way.limit and id(change.way.action) in told):
            continue
        if change.target == "other" and change.way.action.sweeping:
            continue
        guard = change.way.guard
        if guard not in left:
            left[guard] = bool(outside(guard, free))
        if left[guard]:
            kept.append(change)
    return kept


def of_itself(change: Change, holder: Holder) -> bool:
    """Whether a change of what is the holder's own makes more of it, or lets others in beside it.

    Its own policies, the policies that it has, its trust, a Deny of its own, and the boundary that it is under; not a
    user's own password.
    """
    if change.reach != "own":
        return False
    if change.weight == "lifts":
        return isinstance(holder.subject, Identity) and not isinstance(holder.subject.boundary, Absent)
    return change.weight == "frees" or (
        change.weight == "grants" and (change.action in TO_ITSELF or change.target == "role")
    )


def split(holder: Holder, found: Iterable[Change]) -> tuple[list[Change], list[Change]]:
    """The changes of what is a holder's own that make more of it, and the changes that remain to be said besides.

    Who may change every target needs no more words on its own. What one statement allows on the holder's own and on a
    few others is told as the former.
    """
    changes_found = list(found)
    everywhere = [
        change.way.guard
        for change in changes_found
        if change.reach == "any" and change.action in TO_EVERYTHING and not change.way.limit
    ]
    own = [
        change._replace(way=change.way._replace(guard=rest))
        for change in changes_found
        if of_itself(change, holder)
        for rest in outside(change.way.guard, everywhere)
    ]
    told = {(id(change.way.grant.statement.body), change.way.guard) for change in own if not change.way.limit}
    rest = [
        change
        for change in changes_found
        if not of_itself(change, holder)
        and (change.reach == "any" or (id(change.way.grant.statement.body), change.way.guard) not in told)
    ]
    return own, rest


def said_of(first: Change, alike: Sequence[Change]) -> str:
    """The first few actions, those that lead furthest before the rest, and the pattern that they stand for."""
    order = {action: place for place, action in enumerate(TO_EVERYTHING)}
    actions = sorted({change.action for change in alike}, key=lambda action: (order.get(action, len(order)), action))
    named = ", ".join(actions[:NAMED])
    more = f" and {len(actions) - NAMED} more" if len(actions) > NAMED else ""
    selection = first.way.action
    if first.way.grant.managed:
        return f"{named}{more} through {first.way.grant.managed}"
    pattern = selection.written if "*" in selection.written and not selection.negated else ""
    return f"{pattern} ({named}{more})" if pattern else f"{named}{more}"


def place_of(first: Change, alike: Sequence[Change]) -> Position:
    """The first of the actions that a message is about, in the statement that it is about."""
    body = first.way.grant.statement.body
    return min(change.way.action.at for change in alike if change.way.grant.statement.body is body)
