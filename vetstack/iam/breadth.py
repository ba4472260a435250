"""Grants that reach over every service: what makes an administrator, and what a power user.

A statement sweeps when its Action is `*` or it has a NotAction. How far it really reaches is asked action by action, so
that Deny statements, boundaries, conditions and narrow resources all have their say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from vetstack.guards import Guard
from vetstack.iam.limits import Limit
from vetstack.iam.permissions import Grant, Grants, Way
from vetstack.iam.powers import TO_EVERYTHING, subject_for
from vetstack.iam.resources import anything_of
from vetstack.iam.selections import Selection, few
from vetstack.records import NamedTuple

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

TRIED: Final = 4
"""Ways to one action through one selection that are looked at, and settings that are tried for most of the sample."""


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
                reached = _reached(grants, [(grant, selection)])
                if reached:
                    yield _judged(grants, grant, selection, reached)
    yield from _patchwork(grants)


def is_wide(selection: Selection) -> bool:
    """Whether it can be, or be part of, a sweep: it picks actions of many services."""
    return selection.negated or bool(selection.wild)


def _patchwork(grants: Grants) -> Iterator[Sweep]:
    """Patterns that stand for many services each (`a*:*`, `b*:*` …) and together for most of AWS."""
    patches = [
        (grant, one)
        for grant in grants.allows
        if not grant.inherited
        for one in grant.actions
        if is_wide(one) and not one.sweeping
    ]
    reached = _reached(grants, patches)
    if reached:
        grant, first = patches[0]
        written = few(one.written for _, one in patches)
        patterns = tuple(pattern for _, one in patches for pattern in one.patterns)
        yield _judged(grants, grant, Selection(first.guard, first.at, written, patterns, via=first.via), reached)


def _reached(grants: Grants, selections: list[tuple[Grant, Selection]]) -> Way | None:
    """A way through which selections reach most of the sample, under one setting; one without a limit if there is."""
    ways: list[list[Way]] = []
    for action in SAMPLE:
        taking = [(grant, one) for grant, one in selections if one.takes_action(action)]
        found = (islice(grants.on(grant, one, action, anything_of(action)), TRIED) for grant, one in taking)
        ways.append([way for some in found for way in some])
    if sum(map(bool, ways)) < MOST * len(SAMPLE):
        return None
    unlimited = [[way for way in one if way.limit is None] for one in ways]
    return _most_of(unlimited) or _most_of(ways)


def _most_of(ways: list[list[Way]]) -> Way | None:
    """The way with the simplest setting in which there are ways to most of the sample."""
    distinct = {way.guard: way for one in reversed(ways) for way in reversed(one)}
    candidates = sorted(distinct.values(), key=lambda way: len(way.guard.atoms))[:TRIED]
    if candidates and len(distinct) > 1:
        candidates.append(_together(ways, candidates[0]))
    for candidate in candidates:
        held = candidate.guard.atoms
        if sum(any(way.guard.atoms <= held for way in one) for one in ways) >= MOST * len(SAMPLE):
            return candidate
    return None


def _together(ways: list[list[Way]], first: Way) -> Way:
    """The first way under the setting that opens one to as many others as can be had at once."""
    guard = first.guard
    for one in ways:
        both = next((both for way in one for both in (guard & way.guard,) if both is not None), None)
        guard = both or guard
    return first._replace(guard=guard)


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
            yield from grants.on(grant, selection, action, subject_for(action))
    for action in TO_EVERYTHING:
        yield from grants.ways(action, subject_for(action))


def equivalents(grants: Grants) -> dict[str, list[Way]]:
    """AWS's policies that do not sweep and yet rewrite IAM: ways to everything through each, one for each setting."""
    found: dict[str, dict[Guard, Way]] = {}
    for grant, selection in grants.selections("iam"):
        if grant.managed and not grant.inherited and not selection.sweeping:
            for action in TO_EVERYTHING:
                if selection.takes_action(action):
                    for way in grants.on(grant, selection, action, subject_for(action)):
                        if not way.limit:
                            found.setdefault(grant.managed, {}).setdefault(way.guard, way)
    return {name: list(ways.values()) for name, ways in found.items()}


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
