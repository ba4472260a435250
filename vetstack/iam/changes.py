"""Changes of IAM that a holder may make: which action, through which statement, and on how much of IAM.

What leads nowhere is left out: policies put on service-linked roles, tags, iam:PassRole.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, Literal, NamedTuple

from vetstack.guards import Guard
from vetstack.iam.grants import Grant, Selection, Way
from vetstack.iam.holders import Holder, own_arns
from vetstack.iam.powers import GLOBS, SERVICE_ROLES, SUBJECTS, Target, Weight, changes, target_of, weight_of
from vetstack.iam.resources import covers, overlap, reference_in, subject_of
from vetstack.template import Template, resource_of

Reach = Literal["any", "own", "some"]
"""On every target of its kind; on some, the holder itself among them; on some."""

REFERRED: Final[dict[str, Target]] = {
    "AWS::IAM::Role": "role",
    "AWS::IAM::User": "user",
    "AWS::IAM::Group": "group",
    "AWS::IAM::ManagedPolicy": "policy",
    "AWS::IAM::InstanceProfile": "instance-profile",
    "AWS::IAM::SAMLProvider": "saml-provider",
    "AWS::IAM::OIDCProvider": "oidc-provider",
}
"""What a reference to a resource of the template stands for, by its type."""

OPAQUE: Final = ("AWS::CloudFormation::", "AWS::Serverless::")
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
    own = own_arns(holder)
    known: dict[tuple[int, bool, Target], list[tuple[Reach, list[Selection]]]] = {}
    for grant, selection in holder.grants.selections("iam"):
        if grant.inherited:
            continue
        for action in sorted(changes()):
            if not selection.takes_action(action):
                continue
            target = target_of(action)
            key = (id(grant), selection.sweeping, target)
            if key not in known:
                known[key] = _by_reach(grant, selection, target, own, template)
            for reach, resources in known[key]:
                for way in islice(holder.grants.through(grant, selection, action, resources), ALIKE):
                    if not (way.limit and way.limit.kind == "service"):
                        yield Change(action, way, target, weight_of(action), reach)


def _by_reach(
    grant: Grant, selection: Selection, target: Target, own: tuple[str, ...], template: Template
) -> list[tuple[Reach, list[Selection]]]:
    """The Resource elements of a statement that matter for a target, under one setting each, by how far they reach."""
    groups: dict[tuple[Reach, Guard], list[Selection]] = {}
    for resource in grant.resources:
        reach = _reach(resource, selection, target, own, template)
        if reach:
            groups.setdefault((reach, resource.guard), []).append(resource)
    return [(reach, resources) for (reach, _), resources in groups.items()]


def _reach(
    resource: Selection, selection: Selection, target: Target, own: tuple[str, ...], template: Template
) -> Reach | None:
    """On how much of IAM a Resource element lets an action be used; None when on nothing that matters."""
    if resource.covers(SUBJECTS[target]):
        return "any"
    if resource.negated or target == "other":
        return None
    if any(resource.covers(arn) for arn in own) and target in ("role", "user"):
        return "own"
    return "some" if any(_meets(glob, selection, target, template) for glob in resource.patterns) else None


def _meets(glob: str, selection: Selection, target: Target, template: Template) -> bool:
    if any(covers(service_role, subject_of(glob)) for service_role in SERVICE_ROLES):
        return False
    name = reference_in(glob)
    resource = template.resources.get(resource_of(name)) if name else None
    if resource and resource.type.startswith("AWS::") and not resource.type.startswith(OPAQUE):
        return REFERRED.get(resource.type) == target
    if selection.sweeping and ":iam:" not in glob and not glob.strip("*?"):
        return False
    return overlap(glob, GLOBS[target])
