"""What the SDKs and command line tools call AWS's services and operations, as IAM names them.

Sources: the service authorization reference, boto3's, the AWS CLI's and the SDK for JavaScript's lists of services, and
the reference of AWS Tools for PowerShell.
"""

from __future__ import annotations

from typing import Final

from vetstack.regex import Regex

SERVICES: Final = {
    "accessanalyzer": "access-analyzer",
    "apigatewayv2": "apigateway",
    "cloudformation": "cloudformation",
    "cognito-identity": "cognito-identity",
    "docdb": "rds",
    "elbv2": "elasticloadbalancing",
    "elb": "elasticloadbalancing",
    "efs": "elasticfilesystem",
    "emr": "elasticmapreduce",
    "es": "es",
    "eventbridge": "events",
    "opensearch": "es",
    "s3api": "s3",
    "s3control": "s3",
    "secrets-manager": "secretsmanager",
    "sfn": "states",
    "sso-admin": "sso",
    "ssoadmin": "sso",
    "stepfunctions": "states",
    "cloudwatch-logs": "logs",
    "cloudwatchlogs": "logs",
}
"""Names of services in SDKs and tools, where IAM has another prefix."""

IAM_WORDS: Final = {"Saml": "SAML", "Ssh": "SSH", "Mfa": "MFA", "Id": "ID"}
"""Words of IAM's own actions that are spelt in capitals."""

ACTIONS: Final = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:Cp": "s3:GetObject",
    "s3:Sync": "s3:GetObject",
    "s3:Mb": "s3:CreateBucket",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "cloudformation:Deploy": "cloudformation:CreateChangeSet",
    "organizations:EnableAwsServiceAccess": "organizations:EnableAWSServiceAccess",
}
"""Operations that IAM calls otherwise."""

RESOURCES: Final = {
    ("iam", "AssumeRolePolicy", "update"): "iam:UpdateAssumeRolePolicy",
    ("iam", "AccessKeyPair", "activate"): "iam:UpdateAccessKey",
    ("iam", "AccessKey", "activate"): "iam:UpdateAccessKey",
    ("iam", "Group", "add_user"): "iam:AddUserToGroup",
    ("iam", "Group", "attach_policy"): "iam:AttachGroupPolicy",
    ("iam", "Group", "create"): "iam:CreateGroup",
    ("iam", "Group", "create_policy"): "iam:PutGroupPolicy",
    ("iam", "GroupPolicy", "put"): "iam:PutGroupPolicy",
    ("iam", "InstanceProfile", "add_role"): "iam:AddRoleToInstanceProfile",
    ("iam", "LoginProfile", "create"): "iam:CreateLoginProfile",
    ("iam", "LoginProfile", "update"): "iam:UpdateLoginProfile",
    ("iam", "Policy", "attach_group"): "iam:AttachGroupPolicy",
    ("iam", "Policy", "attach_role"): "iam:AttachRolePolicy",
    ("iam", "Policy", "attach_user"): "iam:AttachUserPolicy",
    ("iam", "Policy", "create_version"): "iam:CreatePolicyVersion",
    ("iam", "PolicyVersion", "set_as_default"): "iam:SetDefaultPolicyVersion",
    ("iam", "Role", "attach_policy"): "iam:AttachRolePolicy",
    ("iam", "RolePolicy", "put"): "iam:PutRolePolicy",
    ("iam", "User", "add_group"): "iam:AddUserToGroup",
    ("iam", "User", "attach_policy"): "iam:AttachUserPolicy",
    ("iam", "User", "create"): "iam:CreateUser",
    ("iam", "User", "create_access_key_pair"): "iam:CreateAccessKey",
    ("iam", "User", "create_login_profile"): "iam:CreateLoginProfile",
    ("iam", "User", "create_policy"): "iam:PutUserPolicy",
    ("iam", "UserPolicy", "put"): "iam:PutUserPolicy",
    ("s3", "BucketAcl", "put"): "s3:PutBucketAcl",
    ("s3", "BucketPolicy", "put"): "s3:PutBucketPolicy",
}
"""Methods of boto3's resources that do not have the name of the action: service, resource, method."""

CMDLETS: Final = {
    "Add-IAMRoleToInstanceProfile": "iam:AddRoleToInstanceProfile",
    "Add-IAMUserToGroup": "iam:AddUserToGroup",
    "Add-LMPermission": "lambda:AddPermission",
    "New-CFNStack": "cloudformation:CreateStack",
    "New-CFNStackSet": "cloudformation:CreateStackSet",
    "New-IAMAccessKey": "iam:CreateAccessKey",
    "New-IAMLoginProfile": "iam:CreateLoginProfile",
    "New-IAMPolicy": "iam:CreatePolicy",
    "New-IAMPolicyVersion": "iam:CreatePolicyVersion",
    "New-IAMRole": "iam:CreateRole",
    "New-IAMServiceSpecificCredential": "iam:CreateServiceSpecificCredential",
    "New-IAMUser": "iam:CreateUser",
    "Publish-IAMSSHPublicKey": "iam:UploadSSHPublicKey",
    "Register-IAMGroupPolicy": "iam:AttachGroupPolicy",
    "Register-IAMRolePolicy": "iam:AttachRolePolicy",
    "Register-IAMUserPolicy": "iam:AttachUserPolicy",
    "Update-IAMAccessKey": "iam:UpdateAccessKey",
    "Update-IAMAssumeRolePolicy": "iam:UpdateAssumeRolePolicy",
    "Update-IAMLoginProfile": "iam:UpdateLoginProfile",
    "Write-IAMGroupPolicy": "iam:PutGroupPolicy",
    "Write-IAMRolePolicy": "iam:PutRolePolicy",
    "Write-IAMUserPolicy": "iam:PutUserPolicy",
    "Write-KMSKeyPolicy": "kms:PutKeyPolicy",
    "Write-S3BucketPolicy": "s3:PutBucketPolicy",
}
"""Cmdlets of AWS Tools for PowerShell that grant something or make a credential."""

CMDLETS_BY_NAME: Final = {name.lower(): action for name, action in CMDLETS.items()}

_WORD: Final = Regex(r"[A-Z][a-z0-9]*|[A-Z]+(?![a-z])")
_SNAKE: Final = Regex(r"[_-]+")


def action_of(service: str, operation: str) -> str:
    """The action of an operation: `iam`, `create_role`, `createRole` or `create-role` is `iam:CreateRole`."""
    prefix = SERVICES.get(service.lower(), service.lower())
    if "_" in operation or "-" in operation or operation.islower():
        name = "".join(part[:1].upper() + part[1:] for part in _SNAKE.split(operation))
    else:
        name = operation[:1].upper() + operation[1:]
    if prefix == "iam":
        name = _WORD.sub(lambda found: IAM_WORDS.get(found[0], found[0]), name)
    action = f"{prefix}:{name}"
    return ACTIONS.get(action, action)
