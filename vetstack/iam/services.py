"""Services that are handed out whole: every action, on every resource or on all resources of the kind that matters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from vetstack.guards import Guard
from vetstack.iam.actions import granting_actions, matches
from vetstack.iam.breadth import SAMPLE
from vetstack.iam.managed_policies import TIERS
from vetstack.iam.permissions import Grant, Grants
from vetstack.iam.resources import ANY_NAME, anything_of
from vetstack.iam.selections import Selection

QUIET: Final = frozenset(
    {
        "application-autoscaling", "application-signals", "ce", "cloudwatch", "ec2messages", "health", "iam", "logs",
        "pricing", "resource-explorer-2", "resource-groups", "rum", "servicequotas", "ssmmessages", "sts", "support",
        "synthetics", "tag", "trustedadvisor", "wellarchitected", "xray",
    }
)  # fmt: skip
"""Services of which everything is little: prices, telemetry, inventories. iam and sts have rules of their own."""

ALL_THERE_IS: Final = {
    "backup": ("backup-vault:", "recovery-point:"),
    "cassandra": ("/keyspace/",),
    "cloudformation": ("stack/",),
    "codebuild": ("project/",),
    "cognito-idp": ("userpool/",),
    "dynamodb": ("table/",),
    "ec2": ("instance/",),
    "ecr": ("repository/",),
    "ecs": ("cluster/", "task/", "service/"),
    "eks": ("cluster/",),
    "elasticfilesystem": ("file-system/",),
    "es": ("domain/",),
    "firehose": ("deliverystream/",),
    "kinesis": ("stream/",),
    "kms": ("key/",),
    "lambda": ("function:",),
    "rds": ("db:", "cluster:"),
    "redshift": ("cluster:",),
    "route53": ("hostedzone/",),
    "s3": (f"{ANY_NAME}/",),
    "sagemaker": ("notebook-instance/", "endpoint/"),
    "secretsmanager": ("secret:",),
    "ssm": ("parameter/",),
    "states": ("stateMachine:",),
}
"""How the ARNs of those resources end that hold a service's data or run its code: who may do everything with all of
them lacks little of the service."""


class Whole(NamedTuple):
    """A service, or all that a pattern such as `s*:*` stands for, that is handed out under a setting.

    named: its actions, as the template writes them; where: the resources of one kind, None for every resource.
    """

    guard: Guard
    grant: Grant
    selection: Selection
    named: str
    where: str | None


def whole_services(grants: Grants) -> Iterator[Whole]:
    """What is handed out whole and without a limit, what AWS's own broad policies hand out aside."""
    left: tuple[str, ...] | None = None
    for grant in grants.allows:
        if grant.inherited or (grant.managed and TIERS[grant.managed] == "broad"):
            continue
        for selection in grant.actions:
            actions = tuple(pattern for pattern in selection.patterns if not selection.negated and _is_whole(pattern))
            if selection.sweeping and grants.held_back:
                left = tuple(_left_whole(grants)) if left is None else left
                actions = tuple(action for action in left if selection.takes_action(action))
            for action in actions:
                yield from _through(grants, grant, selection, action)


def _through(grants: Grants, grant: Grant, selection: Selection, action: str) -> Iterator[Whole]:
    named = action if selection.sweeping else selection.written
    for subject in _subjects(action):
        found = False
        for way in grants.on(grant, selection, action, subject):
            if way.limit is None:
                found = True
                yield Whole(way.guard, grant, selection, named, _where(way.resource, subject, action))
        if found:
            return


def _where(resource: Selection, subject: str, action: str) -> str | None:
    return None if subject == anything_of(action) or resource.negated else resource.written


def _subjects(action: str) -> Iterator[str]:
    """What somebody must reach to have all of a service."""
    anything = anything_of(action)
    yield anything
    for kind in ALL_THERE_IS.get(action.partition(":")[0].lower(), ()):
        yield anything[: -len(ANY_NAME)] + kind + ANY_NAME


def _is_whole(pattern: str) -> bool:
    """Whether a pattern stands for every action of a service that is worth a word: `s3:*`, `s3:?*`, `s*:*`."""
    service, _, name = pattern.partition(":")
    if "*" not in name or name.strip("*?") or not service.strip("*?"):
        return False
    if set("*?") & set(service):
        return any(matches(service, one) for one in _notable())
    return service.replace("-", "").isalnum() and service.lower() not in QUIET


def _notable() -> frozenset[str]:
    named = {action.partition(":")[0] for action in (*SAMPLE, *granting_actions())}
    return frozenset(named - QUIET)


def _left_whole(grants: Grants) -> Iterator[str]:
    """Services that a boundary lets through, or a Deny of all but some leaves, whole."""
    bounds = (bound.within.allows for bound in grants.bounds if bound.within)
    through = [one for allows in bounds for grant in allows for one in grant.actions if not one.negated]
    left = [one for deny in grants.denies for one in deny.actions if one.negated]
    patterns = (pattern for one in (*through, *left) for pattern in one.patterns)
    yield from dict.fromkeys(pattern for pattern in patterns if _is_whole(pattern))
