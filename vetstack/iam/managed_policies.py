"""AWS managed policies: how they are named, and which of them hand out more than a vendor's product needs.

The tiers are measured on the policies' own documents: which actions they allow on `*` without a condition, over all
actions that AWS lists, and which single steps to every permission are among them.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from vetstack.position import Position
from vetstack.values import ABSENT, Items, Map, Text, Unknown, Value

Tier = Literal["administrator", "equivalent", "power", "broad"]

TIERS: Final[dict[str, Tier]] = {
    "AdministratorAccess": "administrator",
    "IAMFullAccess": "equivalent",
    "AdministratorAccess-Amplify": "equivalent",
    "PowerUserAccess": "power",
    "AIDevOpsAgentActionsPolicy": "power",
    "SystemAdministrator": "broad",
    "DataScientist": "broad",
    "DatabaseAdministrator": "broad",
    "AmazonDynamoDBFullAccess": "broad",
    "AmazonDynamoDBFullAccess_v2": "broad",
    "AmazonEC2FullAccess": "broad",
    "AmazonECS_FullAccess": "broad",
    "AmazonElasticMapReduceFullAccess": "broad",
    "AmazonRDSFullAccess": "broad",
    "AmazonRedshiftFullAccess": "broad",
    "AmazonS3FullAccess": "broad",
    "AmazonSageMakerFullAccess": "broad",
    "AmazonSSMFullAccess": "broad",
    "AWSCloudFormationFullAccess": "broad",
    "AWSLambda_FullAccess": "broad",
    "AWSBackupFullAccess": "broad",
    "AWSCodeCommitFullAccess": "broad",
    "AWSStepFunctionsFullAccess": "broad",
    "AmazonAthenaFullAccess": "broad",
    "AmazonBedrockFullAccess": "broad",
    "AmazonEC2ContainerRegistryFullAccess": "broad",
    "AmazonElasticFileSystemFullAccess": "broad",
    "AmazonGlacierFullAccess": "broad",
    "AmazonKinesisFirehoseFullAccess": "broad",
    "AmazonKinesisFullAccess": "broad",
    "AmazonRoute53FullAccess": "broad",
    "AmazonSNSFullAccess": "broad",
    "AmazonSQSFullAccess": "broad",
    "SecretsManagerReadWrite": "broad",
}
"""administrator: every action. equivalent: a step away from every action, because they rewrite IAM. power: nearly every
action but IAM's. broad: everything in a service that holds data or runs code, or writes over many
services at once."""

STATEMENTS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "AdministratorAccess": ("Action", ("*",)),
    "IAMFullAccess": ("Action", ("iam:*",)),
    "AdministratorAccess-Amplify": (
        "Action",
        (
            "iam:AttachRolePolicy", "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:CreateRole",
            "iam:DeletePolicyVersion", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
            "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy",
        ),
    ),
    "PowerUserAccess": ("NotAction", ("iam:*", "organizations:*", "account:*")),
    "AIDevOpsAgentActionsPolicy": ("NotAction", ("iam:*", "organizations:*", "account:*", "sso:*")),
    "SystemAdministrator": ("Action", ("lambda:UpdateFunctionCode", "ec2:GetPasswordData", "s3:GetObject")),
    "DataScientist": ("Action", ("lambda:UpdateFunctionCode", "dynamodb:Scan", "kinesis:GetRecords", "s3:GetObject")),
    "DatabaseAdministrator": ("Action", ("dynamodb:Scan", "redshift:GetClusterCredentials", "s3:GetObject")),
    "AmazonDynamoDBFullAccess": ("Action", ("dynamodb:Scan", "dynamodb:*")),
    "AmazonDynamoDBFullAccess_v2": ("Action", ("dynamodb:Scan", "dynamodb:*")),
    "AmazonEC2FullAccess": ("Action", ("ec2:GetPasswordData", "ec2:*")),
    "AmazonECS_FullAccess": ("Action", ("ecs:ExecuteCommand",)),
    "AmazonElasticMapReduceFullAccess": ("Action", ("elasticmapreduce:RunJobFlow",)),
    "AmazonRDSFullAccess": ("Action", ("rds:DownloadDBLogFilePortion", "rds:*")),
    "AmazonRedshiftFullAccess": ("Action", ("redshift:GetClusterCredentials", "redshift:*")),
    "AmazonS3FullAccess": ("Action", ("s3:GetObject", "s3:*")),
    "AmazonSageMakerFullAccess": ("Action", ("athena:GetQueryResults",)),
    "AmazonSSMFullAccess": ("Action", ("ssm:SendCommand", "ssm:GetParameter", "ssm:*")),
    "AWSCloudFormationFullAccess": ("Action", ("cloudformation:GetTemplate", "cloudformation:*")),
    "AWSLambda_FullAccess": ("Action", ("lambda:UpdateFunctionCode", "lambda:*")),
    "AWSBackupFullAccess": ("Action", ("backup:StartRestoreJob", "backup:*")),
    "AWSCodeCommitFullAccess": ("Action", ("codecommit:GitPull", "codecommit:*")),
    "AWSStepFunctionsFullAccess": ("Action", ("states:StartExecution", "states:*")),
    "AmazonAthenaFullAccess": ("Action", ("athena:GetQueryResults", "athena:*")),
    "AmazonBedrockFullAccess": ("Action", ("bedrock:InvokeModel", "bedrock:*")),
    "AmazonEC2ContainerRegistryFullAccess": ("Action", ("ecr:PutImage", "ecr:*")),
    "AmazonElasticFileSystemFullAccess": ("Action", ("elasticfilesystem:DeleteFileSystem",)),
    "AmazonGlacierFullAccess": ("Action", ("glacier:GetJobOutput", "glacier:*")),
    "AmazonKinesisFirehoseFullAccess": ("Action", ("firehose:PutRecord", "firehose:*")),
    "AmazonKinesisFullAccess": ("Action", ("kinesis:GetRecords", "kinesis:*")),
    "AmazonRoute53FullAccess": ("Action", ("route53:ChangeResourceRecordSets", "route53:*")),
    "AmazonSNSFullAccess": ("Action", ("sns:Publish", "sns:*")),
    "AmazonSQSFullAccess": ("Action", ("sqs:ReceiveMessage", "sqs:*")),
    "SecretsManagerReadWrite": ("Action", ("secretsmanager:GetSecretValue", "secretsmanager:*")),
}  # fmt: skip
"""What those policies allow on `*`, by the key of a statement; of broad ones, actions that stand for the rest and the
service that they hand out whole."""

_ARN: Final = re.compile(r"(?:^|:):?aws:policy/(?:[^:]*/)?([\w+=,.@-]+)$", re.IGNORECASE)
_BARE: Final = re.compile(r"[\w+=,.@-]+")
_BY_LOWER: Final = {name.lower(): name for name in TIERS}


def managed_name(arn: Value) -> str | None:
    """The name of the AWS managed policy that an ARN of any partition and path, or a bare name, stands for.

    None for a customer's own policy and for what is not known to its end. Names in TIERS come in AWS's letter case.
    """
    if isinstance(arn, Unknown):
        text = "".join(piece if isinstance(piece, str) else "\x00" for piece in arn.pieces)
    elif isinstance(arn, Text):
        text = str(arn)
    else:
        return None
    found = _ARN.search(text.strip())
    name = found[1] if found else text.strip()
    if not found and not _BARE.fullmatch(name):
        return None
    return _BY_LOWER.get(name.lower(), name)


def tier_of(arn: Value) -> Tier | None:
    """How far the AWS managed policy of an ARN or a name reaches; None when it is in no tier, or none of AWS's."""
    name = managed_name(arn)
    return TIERS.get(name) if name else None


def document_of(arn: Value, at: Position) -> Value:
    """The document of an AWS managed policy of a tier, standing where it is attached; ABSENT for any other."""
    statement = STATEMENTS.get(managed_name(arn) or "")
    if not statement:
        return ABSENT
    key, names = statement
    actions = Items([Text(name, at) for name in names], at)
    allowed = _map({"Effect": Text("Allow", at), key: actions, "Resource": Text("*", at)}, at)
    return _map({"Statement": allowed}, at)


def _map(entries: dict[str, Value], at: Position) -> Map:
    return Map(entries, at, dict.fromkeys(entries, at))
