"""Services that are handed out whole: every action, on every resource or on all resources of the kind that matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, cast

from vetstack.guards import Guard
from vetstack.iam.actions import granting_actions, matches
from vetstack.iam.breadth import SAMPLE
from vetstack.iam.permissions import Grant, Grants
from vetstack.iam.resources import ANY_NAME, anything_of
from vetstack.iam.selections import Selection
from vetstack.iam.unscoped import on_everything, reads_only
from vetstack.records import NamedTuple

QUIET: Final = frozenset(
    {
        "application-autoscaling", "application-signals", "ce", "cloudwatch", "comprehendmedical", "ec2messages",
        "health", "iam", "internetmonitor", "logs", "networkmonitor", "notifications", "observabilityadmin", "polly",
        "pricing", "resource-explorer-2", "resource-groups", "rum", "servicequotas", "ssmmessages", "sts", "support",
        "support-console", "synthetics", "tag", "textract", "translate", "trustedadvisor", "wellarchitected", "xray",
    }
)  # fmt: skip
"""Services of which everything is little: prices, telemetry, inventories, words in another language. iam and sts have
rules of their own."""

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

BY_NAME: Final = frozenset({"databrew", "docdb-elastic", "dsql", "fsx", "odb", "qldb", "rds-data", "servicecatalog"})
"""Services of data beside ALL_THERE_IS and SAMPLE that AWS's own FullAccess policies spell out action by action."""

NEARLY: Final = 0.8
"""The share of a service's write actions that is as much as all of them."""

FEWEST: Final = 5
"""Write actions of which a service must have that many before most of them are as much as the service."""


class Whole(NamedTuple):
    """A service, or all that a pattern such as `s*:*` stands for, that is handed out under a setting.

    named: its actions as a pattern, or as the template writes them; where: the resources of one kind, None for every
    resource; service: its prefix in lower case, which may be a pattern; nearly: whether all are but most that write.
    """

    guard: Guard
    grant: Grant
    selection: Selection
    named: str
    where: str | None
    service: str
    nearly: bool = False


def whole_services(grants: Grants) -> tuple[Whole, ...]:
    """What is handed out whole, or as good as whole, and without a limit."""
    if __name__ not in grants.derived:
        grants.derived[__name__] = tuple(_whole_services(grants))
    return cast("tuple[Whole, ...]", grants.derived[__name__])


def _whole_services(grants: Grants) -> Iterator[Whole]:
    told: set[str] = set()
    for one in _by_pattern(grants):
        told.add(one.service)
        yield one
    yield from _action_by_action(grants, told)


def _by_pattern(grants: Grants) -> Iterator[Whole]:
    left: tuple[str, ...] | None = None
    for grant in grants.allows:
        if grant.inherited:
            continue
        for selection in grant.actions:
            actions = tuple(pattern for pattern in selection.patterns if not selection.negated and _is_whole(pattern))
            if selection.sweeping and grants.held_back:
                left = tuple(_left_whole(grants)) if left is None else left
                actions = tuple(action for action in left if selection.takes_action(action))
            for action in actions:
                yield from _through(grants, grant, selection, action)


def _through(grants: Grants, grant: Grant, selection: Selection, action: str) -> Iterator[Whole]:
    named = action if selection.sweeping or grant.managed else selection.written
    service = action.partition(":")[0].lower()
    for subject in _subjects(action):
        found = False
        for way in grants.on(grant, selection, action, subject):
            if way.limit is None:
                found = True
                yield Whole(way.guard, grant, selection, named, _where(way.resource, subject, action), service)
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
    if not pattern.rstrip("*?").endswith(":"):  # as most do not
        return False
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


def _action_by_action(grants: Grants, told: set[str]) -> Iterator[Whole]:
    """Services of data of which nearly all write actions are listed, one by one or by several patterns."""
    sampled = {action.partition(":")[0] for action in SAMPLE}
    for service in sorted((sampled | BY_NAME | ALL_THERE_IS.keys()) - QUIET - told):
        patterns = [one for _, selection in grants.selections(service) for one in selection.patterns_of(service)]
        writing = {one.lower() for one in patterns if not reads_only(one)}
        if sum(map(_weight, writing)) >= FEWEST:
            yield from _nearly_whole(grants, service, writing)


def _weight(pattern: str) -> int:
    """How much of a service a pattern can stand for by its looks: a name little, `Put*` some of it, `*Table*` any."""
    before, wildcard, _ = pattern.partition(":")[2].partition("*")
    return 1 if not wildcard else 2 if before else FEWEST


def _nearly_whole(grants: Grants, service: str, patterns: Iterable[str]) -> Iterator[Whole]:
    from vetstack.iam.catalog import actions_of, expand

    writes = {action for action in actions_of(service).values() if action.level in ("write", "permissions")}
    picked = {action for pattern in patterns for action in expand(pattern)} & writes
    if len(writes) < FEWEST or len(picked) < NEARLY * len(writes):
        return
    ways = [(action.name, way) for action in picked for way in on_everything(grants, action.name) if not way.limit]
    for guard in sorted({way.guard for _, way in ways}, key=lambda guard: len(guard.atoms)):
        held = [(name, way) for name, way in ways if way.guard.atoms <= guard.atoms]
        if len({name for name, _ in held}) >= NEARLY * len(writes):
            first = min((way for _, way in held), key=lambda way: way.action.at)
            yield Whole(guard, first.grant, first.action, f"{service}:*", None, service, nearly=True)
            return
