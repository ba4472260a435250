"""Reads of data, as against reads of how things are set up.

A judgement on AWS's list of actions, whose level "Read" stands for both: `s3:GetObject` and `s3:GetBucketPolicy`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from vetstack.records import NamedTuple


class Kind(NamedTuple):
    """Data of one kind. what: in words; reads: the actions that return it; finds: those that tell what there is."""

    what: str
    reads: tuple[str, ...]
    finds: tuple[str, ...]


_DATA: Final = (
    ("objects in S3", "s3:GetObject s3:GetObjectVersion", "s3:ListBucket s3:ListAllMyBuckets"),
    ("secrets", "secretsmanager:GetSecretValue", "secretsmanager:ListSecrets"),
    (
        "items in DynamoDB",
        "dynamodb:BatchGetItem dynamodb:ExportTableToPointInTime dynamodb:GetItem dynamodb:GetRecords"
        " dynamodb:PartiQLSelect dynamodb:Query dynamodb:Scan",
        "dynamodb:ListTables",
    ),
    (
        "parameters of Systems Manager",
        "ssm:GetParameter ssm:GetParameterHistory ssm:GetParameters ssm:GetParametersByPath",
        "ssm:DescribeParameters ssm:GetParametersByPath",
    ),
    ("messages in queues", "sqs:ReceiveMessage", "sqs:ListQueues"),
    ("records in streams", "kinesis:GetRecords kinesis:SubscribeToShard", "kinesis:ListStreams"),
    ("snapshots of disks", "ebs:GetSnapshotBlock", "ec2:DescribeSnapshots"),
    (
        "databases",
        "cassandra:Select dsql:DbConnect dsql:DbConnectAdmin neptune-db:ReadDataViaQuery"
        " qldb:PartiQLSelect rds-data:ExecuteSql rds-data:ExecuteStatement rds-db:connect"
        " redshift-data:ExecuteStatement redshift-data:GetStatementResult redshift-serverless:GetCredentials"
        " redshift:GetClusterCredentials redshift:GetClusterCredentialsWithIAM timestream:Select",
        "rds:DescribeDBInstances rds:DescribeDBClusters redshift:DescribeClusters timestream:ListTables",
    ),
    ("search indexes", "aoss:APIAccessAll es:ESHttpGet es:ESHttpPost", "es:ListDomainNames aoss:ListCollections"),
    ("query results of Athena", "athena:GetQueryResults athena:GetQueryResultsStream", "athena:ListQueryExecutions"),
    (
        "source code",
        "codecommit:GetBlob codecommit:GetFile codecommit:GetFolder codecommit:GitPull",
        "codecommit:ListRepositories",
    ),
    ("documents and mail", "workdocs:GetDocument workmailmessageflow:GetRawMessageContent", "workdocs:DescribeUsers"),
    ("keys of Lightsail", "lightsail:DownloadDefaultKeyPair", "lightsail:GetInstances"),
    ("video", "kinesisvideo:GetMedia kinesisvideo:GetMediaForFragmentList", "kinesisvideo:ListStreams"),
)

_LESSER: Final = (
    ("log events", "logs:FilterLogEvents logs:GetLogEvents logs:GetQueryResults logs:Unmask", ""),
    ("code of functions", "lambda:GetFunction lambda:GetLayerVersion", ""),
    ("what keys encrypt", "kms:Decrypt", ""),
    ("archives in Glacier", "glacier:GetJobOutput", ""),
    ("passwords of Windows instances", "ec2:GetPasswordData", ""),
)


@cache
def data() -> tuple[Kind, ...]:
    """Data proper: who reads all of it knows what the account holds."""
    return _kinds(_DATA)


@cache
def lesser() -> tuple[Kind, ...]:
    """What may hold data, or needs something else to be read."""
    return _kinds(_LESSER)


def _kinds(rows: tuple[tuple[str, str, str], ...]) -> tuple[Kind, ...]:
    return tuple(Kind(what, tuple(reads.split()), tuple(finds.split())) for what, reads, finds in rows)
