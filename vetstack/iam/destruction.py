"""Write actions that destroy or overwrite what others have: data, keys, backups, logs, running machines.

A judgement: what a reviewer has to fear when one of them is allowed on everything of its kind.
"""

from __future__ import annotations

from functools import cache
from typing import Final

_BY_WHAT: Final[dict[str, str]] = {
    "objects and buckets": (
        "s3:DeleteBucket s3:DeleteObject s3:DeleteObjectVersion s3:PutLifecycleConfiguration s3:PutObject"
        " s3:ReplicateDelete s3tables:DeleteTable s3tables:DeleteTableBucket"
    ),
    "tables and their items": (
        "dynamodb:BatchWriteItem dynamodb:DeleteItem dynamodb:DeleteTable dynamodb:PutItem dynamodb:UpdateItem"
        " cassandra:Drop timestream:DeleteTable glue:DeleteDatabase glue:DeleteTable"
    ),
    "databases": (
        "rds:DeleteDBCluster rds:DeleteDBInstance docdb-elastic:DeleteCluster dsql:DeleteCluster"
        " elasticache:DeleteCacheCluster elasticache:DeleteReplicationGroup es:DeleteDomain"
        " es:DeleteElasticsearchDomain memorydb:DeleteCluster neptune-db:DeleteDataViaQuery qldb:DeleteLedger"
        " redshift:DeleteCluster redshift-serverless:DeleteNamespace aoss:DeleteCollection"
    ),
    "backups": (
        "backup:DeleteBackupVault backup:DeleteRecoveryPoint dynamodb:DeleteBackup ec2:DeleteSnapshot"
        " elasticache:DeleteSnapshot fsx:DeleteBackup rds:DeleteDBClusterAutomatedBackup"
        " rds:DeleteDBClusterSnapshot rds:DeleteDBInstanceAutomatedBackup rds:DeleteDBSnapshot"
        " redshift:DeleteClusterSnapshot"
    ),
    "keys": "kms:DeleteImportedKeyMaterial kms:DisableKey kms:ScheduleKeyDeletion",
    "secrets and parameters": (
        "secretsmanager:DeleteSecret secretsmanager:PutSecretValue secretsmanager:UpdateSecret"
        " ssm:DeleteParameter ssm:DeleteParameters ssm:PutParameter"
    ),
    "logs": "logs:DeleteLogGroup logs:DeleteLogStream",
    "disks and file systems": (
        "ec2:DeleteVolume elasticfilesystem:DeleteFileSystem fsx:DeleteFileSystem fsx:DeleteVolume"
        " glacier:DeleteArchive glacier:DeleteVault lightsail:DeleteDisk"
    ),
    "machines": (
        "autoscaling:DeleteAutoScalingGroup autoscaling:TerminateInstanceInAutoScalingGroup"
        " ec2:TerminateInstances elasticmapreduce:TerminateJobFlows lightsail:DeleteInstance"
        " workspaces:TerminateWorkspaces"
    ),
    "clusters and services": "ecs:DeleteCluster ecs:DeleteService eks:DeleteCluster eks:DeleteNodegroup"
    " kafka:DeleteCluster mq:DeleteBroker",
    "functions": "lambda:DeleteFunction",
    "images": "ec2:DeregisterImage ecr:BatchDeleteImage ecr:DeleteRepository ecr:PutImage",
    "streams and queues": "firehose:DeleteDeliveryStream kinesis:DeleteStream sqs:DeleteQueue sqs:PurgeQueue",
    "stacks": "cloudformation:DeleteStack",
    "source code": "codecommit:DeleteRepository codecommit:GitPush",
    "users": "cognito-idp:AdminDeleteUser cognito-idp:DeleteUserPool",
    "accounts": "account:CloseAccount organizations:CloseAccount",
}


@cache
def destroying() -> dict[str, str]:
    """What is destroyed or overwritten, by action: `ec2:DeleteVolume` and "disks and file systems"."""
    return {action: what for what, actions in _BY_WHAT.items() for action in actions.split()}
