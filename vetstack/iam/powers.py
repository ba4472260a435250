"""What each action that changes IAM is done to, and how far it leads.

Targets are AWS's resource types of the service authorization reference, told from the action's name. The weights are a
judgement: what a reviewer has to fear from the action alone.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from vetstack.iam.actions import mutating_actions, tagging_actions
from vetstack.iam.resources import ANY_NAME, anything_of

Target = Literal["role", "user", "group", "policy", "instance-profile", "saml-provider", "oidc-provider", "other"]
Weight = Literal["grants", "lifts", "frees", "opens", "builds", "changes", "adds"]

_TARGET_BY_PART: Final[tuple[tuple[str, Target], ...]] = (
    ("PermissionsBoundary", "role"),
    ("InstanceProfile", "instance-profile"),
    ("UserPolicy", "user"),
    ("GroupPolicy", "group"),
    ("Role", "role"),
    ("AssumeRole", "role"),
    ("UserTo", "group"),
    ("UserFrom", "group"),
    ("Group", "group"),
    ("PolicyVersion", "policy"),
    ("CreatePolicy", "policy"),
    ("DeletePolicy", "policy"),
    ("SAMLProvider", "saml-provider"),
    ("OpenIDConnectProvider", "oidc-provider"),
    ("AccountPasswordPolicy", "other"),
    ("AccessKey", "user"),
    ("LoginProfile", "user"),
    ("ChangePassword", "user"),
    ("ServiceSpecificCredential", "user"),
    ("SSHPublicKey", "user"),
    ("SigningCertificate", "user"),
    ("MFADevice", "user"),
    ("ServerCertificate", "other"),
    ("User", "user"),
)
"""Part of an action's name to what it is done to; the first that fits."""

SUBJECTS: Final[dict[Target, str]] = {
    target: f"arn:{ANY_NAME}:iam:{ANY_NAME}:{ANY_NAME}:{target}/{ANY_NAME}"
    for target in ("role", "user", "group", "policy", "instance-profile", "saml-provider", "oidc-provider")
} | {"other": ANY_NAME}
"""Any target of a kind. Actions of the account itself have none: only `*` covers them."""

GLOBS: Final[dict[Target, str]] = {target: subject.replace(ANY_NAME, "*") for target, subject in SUBJECTS.items()}

TO_ITSELF: Final = frozenset(
    f"iam:{name}"
    for name in (
        "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreatePolicyVersion", "PutGroupPolicy",
        "PutRolePolicy", "PutUserPolicy", "SetDefaultPolicyVersion",
    )
)  # fmt: skip
"""Actions by which whoever may use them on themselves, a group they are in or a policy they have has any permission."""

SERVICE_ROLES: Final = ("arn:*:iam:*:*:role/aws-service-role/*", "arn:*:iam:*:*:role/AWSServiceRole*")
"""Service-linked roles: AWS alone decides what they may do, so that a policy put on one gives nobody anything."""

_GRANTING: Final = (
    "AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreateAccessKey CreateLoginProfile"
    " CreatePolicyVersion PutGroupPolicy PutRolePolicy PutUserPolicy SetDefaultPolicyVersion UpdateAssumeRolePolicy"
    " UpdateLoginProfile UpdateSAMLProvider"
)
_LIFTING: Final = (
    "DeleteRolePermissionsBoundary DeleteUserPermissionsBoundary PutRolePermissionsBoundary PutUserPermissionsBoundary"
)
_OPENING: Final = (
    "AddClientIDToOpenIDConnectProvider CreateOpenIDConnectProvider CreateSAMLProvider CreateServiceSpecificCredential"
    " EnableOrganizationsRootSessions ResetServiceSpecificCredential UploadSSHPublicKey UploadSigningCertificate"
)
_BUILDING: Final = (
    "AddRoleToInstanceProfile CreateGroup CreatePolicy CreateRole CreateUser DeactivateMFADevice"
    " DeleteAccountPasswordPolicy DeleteGroupPolicy DeletePolicyVersion DeleteRolePolicy DeleteUserPolicy"
    " DetachGroupPolicy DetachRolePolicy DetachUserPolicy EnableOutboundWebIdentityFederation RemoveUserFromGroup"
    " UpdateAccessKey UpdateAccountPasswordPolicy UpdateOpenIDConnectProviderThumbprint"
)
_ADDING: Final = (
    "CreateAccountAlias CreateInstanceProfile CreateVirtualMFADevice EnableMFADevice UploadServerCertificate"
)
_NAMES_BY_WEIGHT: Final[dict[Weight, str]] = {
    "grants": _GRANTING,
    "lifts": _LIFTING,
    "opens": _OPENING,
    "builds": _BUILDING,
    "adds": _ADDING,
}
WEIGHTS: Final[dict[str, Weight]] = {
    f"iam:{name}": weight for weight, names in _NAMES_BY_WEIGHT.items() for name in names.split()
}
"""What comes of an action alone. grants: hands a permission, or a credential of somebody who has them, to another.
lifts: takes away what holds an identity back. frees: takes a policy with a Deny from whoever uses it. opens: makes a
way in, or a credential of one service, that needs a role or a user with permissions behind it. builds: makes identities
and policies, or removes what restrains: steps that need another to lead anywhere. adds: makes what gives nobody a
permission. Any other changes what is there."""

TO_EVERYTHING: Final = (
    "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy", "iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:AttachGroupPolicy",
    "iam:PutGroupPolicy", "iam:AddUserToGroup", "iam:CreateAccessKey", "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
)  # fmt: skip
"""Actions of which one, on every target, is enough to become administrator."""


@cache
def changes() -> frozenset[str]:
    """The actions that count as changing IAM. Tags are left out, and iam:PassRole, which hands over what exists."""
    return mutating_actions() - tagging_actions() - {"iam:PassRole"}


def weight_of(action: str) -> Weight:
    """How far an action leads by itself."""
    return WEIGHTS.get(action, "changes")


def subject_for(action: str) -> str:
    """Anything that an action can be done to, as a subject of `resources`."""
    return SUBJECTS[target_of(action)] if action.startswith("iam:") else anything_of(action)


@cache
def target_of(action: str) -> Target:
    """What an action of IAM is done to."""
    if "UserPermissionsBoundary" in action:
        return "user"
    return next((target for part, target in _TARGET_BY_PART if part in action), "other")
