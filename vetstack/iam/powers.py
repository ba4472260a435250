"""What each action that changes IAM is done to, and how far it leads.

Targets are AWS's resource types of the service authorization reference, told from the action's name. The weights are a
judgement: what a reviewer has to fear from the action alone.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from vetstack.iam.actions import mutating_actions, tagging_actions
from vetstack.iam.resources import ANY_NAME

Target = Literal["role", "user", "group", "policy", "instance-profile", "saml-provider", "oidc-provider", "other"]
Weight = Literal["grants", "builds", "changes"]

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

SERVICE_ROLES: Final = ("arn:*:iam:*:*:role/aws-service-role/*", "arn:*:iam:*:*:role/AWSServiceRole*")
"""Service-linked roles: AWS alone decides what they may do, so that a policy put on one gives nobody anything."""

_GRANTING: Final = (
    "AddClientIDToOpenIDConnectProvider AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy"
    " CreateAccessKey CreateLoginProfile CreateOpenIDConnectProvider CreatePolicyVersion CreateSAMLProvider"
    " CreateServiceSpecificCredential DeleteRolePermissionsBoundary DeleteUserPermissionsBoundary"
    " EnableOrganizationsRootSessions PutGroupPolicy PutRolePermissionsBoundary PutRolePolicy"
    " PutUserPermissionsBoundary PutUserPolicy ResetServiceSpecificCredential SetDefaultPolicyVersion"
    " UpdateAssumeRolePolicy UpdateLoginProfile UpdateSAMLProvider UploadSigningCertificate UploadSSHPublicKey"
)
GRANTING: Final = frozenset(f"iam:{name}" for name in _GRANTING.split())
"""Actions that by themselves hand a permission, a credential or a way in to somebody, or lift what holds one back."""

_BUILDING: Final = (
    "AddRoleToInstanceProfile CreateGroup CreatePolicy CreateRole CreateUser DeactivateMFADevice"
    " DeleteAccountPasswordPolicy DeleteGroupPolicy DeletePolicyVersion DeleteRolePolicy DeleteUserPolicy"
    " DetachGroupPolicy DetachRolePolicy DetachUserPolicy EnableOutboundWebIdentityFederation RemoveUserFromGroup"
    " UpdateAccessKey UpdateAccountPasswordPolicy UpdateOpenIDConnectProviderThumbprint"
)
BUILDING: Final = frozenset(f"iam:{name}" for name in _BUILDING.split())
"""Actions that make identities and policies, or remove what restrains: steps that need another to lead anywhere."""

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
    """How far an action leads: grants, builds or merely changes."""
    return "grants" if action in GRANTING else "builds" if action in BUILDING else "changes"


@cache
def target_of(action: str) -> Target:
    """What an action of IAM is done to."""
    if "UserPermissionsBoundary" in action:
        return "user"
    return next((target for part, target in _TARGET_BY_PART if part in action), "other")
