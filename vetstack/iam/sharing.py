"""Actions outside iam that give somebody access: policies of resources, shares, members of identity stores.

The weights are a judgement: what a reviewer has to fear of somebody who may use an action on everything of its kind.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from vetstack.iam.actions import granting_actions

Opening = Literal["members", "resources", "settings", "copies", "little"]

_MEMBERS: Final[dict[str, str]] = {
    "eks": "AssociateAccessPolicy CreateAccessEntry UpdateAccessEntry",
    "identitystore": "CreateUser",
    "organizations": "PutResourcePolicy RegisterDelegatedAdministrator",
    "rolesanywhere": "CreateTrustAnchor UpdateTrustAnchor CreateProfile UpdateProfile EnableTrustAnchor",
    "sso-directory": "AddMemberToGroup CreateUser",
}
_RESOURCES: Final[dict[str, str]] = {
    "kms": "PutKeyPolicy CreateGrant",
    "s3": (
        "PutBucketPolicy PutAccessPointPolicy PutMultiRegionAccessPointPolicy CreateAccessGrant"
        " PutAccessGrantsInstanceResourcePolicy PutAccessPointPolicyForObjectLambda"
    ),
    "secretsmanager": "PutResourcePolicy",
    "ec2": "ModifySnapshotAttribute",
    "rds": "ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute",
    "dynamodb": "PutResourcePolicy",
    "lambda": "AddPermission PutResourcePolicy",
    "ecr": "SetRepositoryPolicy PutRegistryPolicy",
    "sqs": "AddPermission",
    "sns": "AddPermission",
    "kinesis": "PutResourcePolicy",
    "kafka": "PutClusterPolicy",
    "glue": "PutResourcePolicy",
    "lakeformation": "BatchGrantPermissions GrantPermissions PutDataLakeSettings",
    "redshift": "AuthorizeDataShare AuthorizeSnapshotAccess PutResourcePolicy",
    "redshift-serverless": "PutResourcePolicy",
    "aoss": "CreateAccessPolicy UpdateAccessPolicy",
    "backup": "PutBackupVaultAccessPolicy PutBackupVaultSharingPolicy",
    "elasticfilesystem": "PutFileSystemPolicy",
    "fsx": "PutResourcePolicy",
    "glacier": "SetVaultAccessPolicy",
    "s3express": "PutAccessPointPolicy PutBucketPolicy",
    "s3-outposts": "PutAccessPointPolicy PutBucketPolicy",
    "s3tables": "PutTableBucketPolicy PutTablePolicy",
    "s3vectors": "PutVectorBucketPolicy",
    "acm-pca": "CreatePermission PutPolicy",
    "cloudtrail": "PutResourcePolicy",
    "codeartifact": "PutDomainPermissionsPolicy PutRepositoryPermissionsPolicy",
    "codebuild": "PutResourcePolicy",
    "ram": "CreateResourceShare AssociateResourceShare AssociateResourceSharePermission",
    "ssm": "PutResourcePolicy",
}
_SETTINGS: Final[dict[str, str]] = {
    "es": "UpdateDomainConfig UpdateElasticsearchDomainConfig",
    "events": "PutPermission",
    "lambda": "AddLayerVersionPermission CreateFunctionUrlConfig UpdateFunctionUrlConfig",
    "sns": "SetTopicAttributes",
    "sqs": "SetQueueAttributes",
}
_COPIES: Final[dict[str, str]] = {"ec2": "ModifyImageAttribute", "s3": "PutBucketAcl"}

_ELSEWHERE: Final = frozenset(
    {
        "identitystore:CreateGroupMembership", "sso-directory:UpdatePassword", "sts:AssumeRoot",
        "organizations:AttachPolicy", "organizations:CreatePolicy", "organizations:DetachPolicy",
        "organizations:DisablePolicyType", "organizations:LeaveOrganization",
        "organizations:RemoveAccountFromOrganization", "organizations:UpdatePolicy",
    }
)  # fmt: skip
"""Granting actions that are steps to somebody's permissions by themselves, or that take away what restrains."""


@cache
def openings() -> dict[str, Opening]:
    """The actions by which somebody else gets access, those that open most first, and what each opens.

    members: a way to be somebody in the account or in all accounts; resources: data, keys, code or backups, to whoever
    is named; settings: the same, among much else that products set up, or of little; copies: the same, but of less, and
    AWS services that build things often need them; little: what matters less, or takes another permission to lead
    anywhere.
    """
    tables: dict[Opening, dict[str, str]] = {
        "resources": _RESOURCES,
        "members": _MEMBERS,
        "settings": _SETTINGS,
        "copies": _COPIES,
    }
    found = {
        f"{service}:{name}": opening
        for opening, table in tables.items()
        for service, names in table.items()
        for name in names.split()
    }
    for action in sorted(granting_actions()):
        if action not in _ELSEWHERE and not action.startswith("sso:"):
            found.setdefault(action, "little")
    return found
