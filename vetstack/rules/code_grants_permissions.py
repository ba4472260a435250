"""VET306: code in a template, or beside it, that grants permissions when it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from vetstack.carriers import carries_code
from vetstack.findings import SEVERITIES, Finding, Severity
from vetstack.guards import when
from vetstack.iam.documents import read_document
from vetstack.iam.holders import Holder, holders
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Identity, Resource, Template, Undecided
from vetstack.values import Absent

if TYPE_CHECKING:
    from vetstack.code.reported import Made

_OF_IAM = (
    "AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreateOpenIDConnectProvider CreatePolicy"
    " CreatePolicyVersion CreateRole CreateSAMLProvider CreateUser DeleteRolePermissionsBoundary"
    " DeleteUserPermissionsBoundary PutGroupPolicy PutRolePermissionsBoundary PutRolePolicy PutUserPermissionsBoundary"
    " PutUserPolicy SetDefaultPolicyVersion UpdateAssumeRolePolicy UpdateOpenIDConnectProviderThumbprint"
    " UpdateSAMLProvider"
)
_OF_OTHERS = (
    "cloudformation:CreateChangeSet cloudformation:CreateStack cloudformation:CreateStackInstances"
    " cloudformation:CreateStackSet cloudformation:UpdateStack cloudformation:UpdateStackSet ecr:SetRepositoryPolicy"
    " eks:AssociateAccessPolicy eks:CreateAccessEntry events:PutPermission identitystore:CreateGroupMembership"
    " kms:PutKeyPolicy organizations:AttachPolicy organizations:DetachPolicy organizations:EnableAWSServiceAccess"
    " organizations:RegisterDelegatedAdministrator ram:CreateResourceShare s3:PutBucketAcl s3:PutBucketPolicy"
    " secretsmanager:PutResourcePolicy"
    " sso:AttachManagedPolicyToPermissionSet sso:CreateAccountAssignment sso:CreatePermissionSet"
    " sso:PutInlinePolicyToPermissionSet"
)
_NARROW = (
    "ec2:AssociateIamInstanceProfile iam:AddRoleToInstanceProfile kms:CreateGrant lambda:AddLayerVersionPermission"
    " lambda:AddPermission sns:AddPermission sqs:AddPermission"
)

GRANTING: Final[dict[str, Severity]] = {
    **{f"iam:{name}": "warning" for name in _OF_IAM.split()},
    **dict.fromkeys(_OF_OTHERS.split(), "warning"),
    **dict.fromkeys(_NARROW.split(), "note"),
}
"""Calls that make permissions or widen them, or bring in templates that do. Those that open one function, queue or key
for a named caller, or give a machine a role that is there, are worth a note. Taking away grants nothing."""

BY_TEMPLATE: Final = "cloudformation:"
"""Calls of this service grant what their template says."""


class CodeGrantsPermissions(Rule):
    number = 306
    name = "code-grants-permissions"
    severities = ("warning", "note")
    title = "Code in the template grants permissions when it runs"
    problem = """
        Code that the template carries, or a file beside it that it names, calls AWS's API to make roles and policies,
        to attach them, to change who may assume a role, to put a policy on a bucket or key, or to create stacks from
        other templates: inline Lambda code, user data, SSM documents, provisioners, packaged sources. Calls that only
        read, detach or delete are not meant.
        """
    danger = """
        What a reviewer reads in the template's IAM resources is then half of the story: the rest is decided when the
        code runs, by its arguments, by what it downloads, by the event that it gets. Such roles belong to no stack, are
        not removed with it, and whoever can change or invoke the code decides about their permissions later.
        """
    remedy = """
        Ask for the roles and policies to be resources of the template, where they can be read, compared and removed.
        Where the product has to make them at run time, ask for the document that it uses, and for a permissions
        boundary of yours on all that it makes.
        """
    before = """
        SetupFunction:
          Type: AWS::Lambda::Function
          Properties:
            Handler: index.handler
            Runtime: python3.12
            Code:
              ZipFile: |
                import boto3
                def handler(event, context):
                    boto3.client("iam").attach_role_policy(RoleName=event["Role"], PolicyArn=event["Policy"])
        """
    after = """
        AgentRole:
          Type: AWS::IAM::Role
          Properties:
            ManagedPolicyArns:
              - !Sub arn:${AWS::Partition}:iam::aws:policy/SecurityAudit
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        if not carries_code(template):
            return
        from vetstack.code.reported import made_by

        for resource, made in made_by(template, GRANTING):
            yield self._reported(template, resource, made)

    def undecided(self, template: Template, settings: Settings) -> Iterator[Undecided]:
        if carries_code(template):
            from vetstack.code.gaps import gaps_in

            yield from gaps_in(template)

    def _reported(self, template: Template, resource: Resource, made: Sequence[Made]) -> Finding:
        from vetstack.code.identities import roles_of
        from vetstack.code.reported import evidence_of, named

        roles = roles_of(template, resource)
        able = [one for one in made if _may(template, roles, one)]
        judged = [(GRANTING[one.call.action], one) for one in able] or [("note", one) for one in made]
        severity: Severity = min((one for one, _ in judged), key=SEVERITIES.index)
        worst = sorted((one for own, one in judged if own == severity), key=lambda one: one.call.at)
        first = worst[0]
        guards = [guard for one in worst for guard in one.guards]
        message = f"{first.begins} {named(worst)}{_as_whom(roles, first)}: {_meaning(worst, severity, bool(able))}"
        return self.finding(
            severity,
            first.at,
            resource.address,
            message,
            also=roles,
            when=when(guards, resource.exists),
            evidence=evidence_of([one for _, one in judged], first.at),
        )


def _as_whom(roles: Sequence[str], made: Made) -> str:
    if roles:
        return f" as {' or '.join(roles)}"
    return " with the rights of whoever applies this" if made.script.place == "provisioner" else ""


def _meaning(made: Sequence[Made], severity: Severity, able: bool) -> str:
    if not able:
        return "its role may not do so as this template is, but the call shows what is meant. Ask the vendor why."
    if severity == "note":
        return "who may use what is there is then not only what this template says. Ask the vendor what it is for."
    if all(one.call.action.startswith(BY_TEMPLATE) for one in made):
        return (
            "what that template grants is not in this one. Ask the vendor for it, or for a nested stack in its place."
        )
    return (
        "what it grants is decided when it runs, and the IAM resources of this template are half of the story. Ask "
        "the vendor to make these permissions resources of the template."
    )


def _may(template: Template, roles: Sequence[str], made: Made) -> bool:
    """Whether those whom the code runs as may make a call, as far as the template shows what they may do."""
    if not roles:
        return True
    by_address = {holder.address: holder for holder in holders(template)}
    return any(_may_one(by_address.get(role), made.call.action) for role in roles)


def _may_one(holder: Holder | None, action: str) -> bool:
    if holder is None or not isinstance(holder.subject, Identity) or not _is_all_seen(holder.subject):
        return True
    return next(holder.grants.ways(action), None) is not None


def _is_all_seen(identity: Identity) -> bool:
    """Whether the template has every policy of an identity as a document."""
    for attachment in identity.attachments:
        if isinstance(attachment.document, Absent):
            return False
        if any(True for _ in read_document(attachment.document, attachment.guard).unseen):
            return False
    return True
