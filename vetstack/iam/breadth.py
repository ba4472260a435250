"""Grants that reach over every service: what makes an administrator, and what a power user.

A statement sweeps when its Action is `*` or it has a NotAction. How far it really reaches is asked action by action, so
that Deny statements, boundaries, conditions and narrow resources all have their say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from vetstack.guards import Guard
from vetstack.iam.grants import Grant, Grants, Selection, Way
from vetstack.iam.limits import Limit
from vetstack.iam.powers import SUBJECTS, TO_EVERYTHING, target_of
from vetstack.iam.resources import ANY_NAME

SAMPLE: Final = (
    "acm:DeleteCertificate", "apigateway:POST", "athena:StartQueryExecution", "autoscaling:CreateAutoScalingGroup",
    "backup:DeleteRecoveryPoint", "batch:SubmitJob", "cloudformation:CreateStack", "cloudfront:UpdateDistribution",
    "cloudtrail:StopLogging", "cloudwatch:PutMetricAlarm", "codebuild:StartBuild", "config:DeleteConfigRule",
    "dynamodb:Scan", "ec2:RunInstances", "ec2:TerminateInstances", "ecr:PutImage", "ecs:RunTask", "eks:CreateCluster",
    "elasticache:DeleteCacheCluster", "elasticfilesystem:DeleteFileSystem", "elasticloadbalancing:DeleteLoadBalancer",
    "events:PutRule", "firehose:PutRecord", "glue:CreateJob", "guardduty:DeleteDetector", "kinesis:GetRecords",
    "kms:Decrypt", "lambda:InvokeFunction", "lambda:UpdateFunctionCode", "logs:DeleteLogGroup",
    "rds:DeleteDBInstance", "redshift:DeleteCluster", "route53:ChangeResourceRecordSets", "s3:DeleteBucket",
    "s3:GetObject", "sagemaker:CreateNotebookInstance", "secretsmanager:GetSecretValue", "sns:Publish",
    "sqs:ReceiveMessage", "ssm:SendCommand", "states:StartExecution",
)  # fmt: skip
"""Actions of 39 services that read data, change or destroy: who has most of them has most of AWS."""

MOST: Final = 0.6
"""The share of the sample from which on a statement reaches over most of AWS."""


class Sweep(NamedTuple):
    """A statement that reaches over most of AWS, and under which setting.

    lead: the way to IAM that makes its holder an administrator, often through the same statement; None for a power
    user. limit: the condition that confines what it reaches, None when nothing does.
    """

    grant: Grant
    selection: Selection
    guard: Guard
    lead: Way | None
    limit: Limit | None


def sweeps(grants: Grants) -> Iterator[Sweep]:
    """Every statement that reaches over most of AWS once Deny, boundary and resources are taken into account."""
    for grant in grants.allows:
        for selection in grant.actions:
            if selection.sweeping and not grant.inherited:
                reached = _reached(grants, grant, selection)
                if reached:
                    yield _judged(grants, grant, selection, reached)


def _reached(grants: Grants, grant: Grant, selection: Selection) -> Way | None:
    """The way through which a statement reaches most of the sample, unlimited ways before limited ones."""
    free: list[Way] = []
    confined: list[Way] = []
    for action in SAMPLE:
        if selection.takes_action(action):
            ways = list(grants.through(grant, selection, action, grants.reaching(grant, anything_of(action))))
            free += [way for way in ways if way.limit is None][:1]
            confined += ways[:1]
    return next((_simplest(ways) for ways in (free, confined) if len(ways) >= MOST * len(SAMPLE)), None)


def anything_of(action: str) -> str:
    """Any resource of the service of an action, as a subject of `resources`."""
    return f"arn:{ANY_NAME}:{action.partition(':')[0]}:{ANY_NAME}:{ANY_NAME}:{ANY_NAME}"


def _simplest(ways: list[Way]) -> Way:
    return min(ways, key=lambda way: len(way.guard.atoms))


def _judged(grants: Grants, grant: Grant, selection: Selection, reached: Way) -> Sweep:
    for lead in _leads(grants, grant, selection):
        both = lead.guard & reached.guard
        if both is not None and (lead.limit is None or reached.limit is not None):
            return Sweep(grant, selection, both, lead, reached.limit)
    return Sweep(grant, selection, reached.guard, None, reached.limit)


def _leads(grants: Grants, grant: Grant, selection: Selection) -> Iterator[Way]:
    """Ways to actions that lead to everything: those of the statement itself first."""
    for action in TO_EVERYTHING:
        if selection.takes_action(action):
            resources = grants.reaching(grant, SUBJECTS[target_of(action)])
            yield from grants.through(grant, selection, action, resources)
    for action in TO_EVERYTHING:
        yield from grants.ways(action, SUBJECTS[target_of(action)])


def said_of(sweep: Sweep) -> str:
    """What grants so much, as the beginning of a sentence."""
    if sweep.grant.managed:
        return sweep.grant.managed
    if sweep.selection.negated:
        return f"NotAction, which leaves out only {sweep.selection.written},"
    return f'Action "{sweep.selection.written}"'


def blocks_of(sweep: Sweep) -> tuple[str, ...]:
    """Every block that a sweep passes through."""
    return (*sweep.grant.blocks, *sweep.selection.via)


def by_cause(found: Iterable[Sweep]) -> list[list[Sweep]]:
    """The sweeps grouped by what has to be changed: a statement, or a managed policy under each of its spellings."""
    groups: dict[tuple[str, int | str], list[Sweep]] = {}
    for sweep in found:
        cause = sweep.grant.managed or id(sweep.grant.statement.body)
        groups.setdefault((sweep.grant.attachment.resource, cause), []).append(sweep)
    return list(groups.values())
