"""Changes of IAM that a holder may make: which action, through which statement, and on how much of IAM.

What leads nowhere is left out: policies put on service-linked roles, tags, iam:PassRole.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, Literal, NamedTuple

from vetstack.guards import Guard
from vetstack.iam.holders import Holder, own_subjects
from vetstack.iam.permissions import Grant, Subjects, Way
from vetstack.iam.powers import GLOBS, SERVICE_ROLES, SUBJECTS, Target, Weight, changes, target_of, weight_of
from vetstack.iam.principals import is_own
from vetstack.iam.resources import begins_with_hole, covers, overlap, reference_in, subject_of
from vetstack.iam.selections import Selection
from vetstack.template import Template, resource_of

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

ALIKE: Final = 4
"""Ways that are looked at on Resource elements that reach as far as each other: one for each setting of a Condition."""


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
    found = _changes_by(holder, template)
    return list(islice(found, CHANGES_LIMIT))


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
                        yield Change(action, way, target, weight_of(action), reached)


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
