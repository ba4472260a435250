"""Single actions of other services that a holder may use on all there is: through which statement, under which setting.

What the rules on administrators, power users and services that are handed out whole say already is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Final, Literal

from vetstack.iam.actions import matches
from vetstack.iam.breadth import equivalents
from vetstack.iam.catalog import action_named
from vetstack.iam.holders import Holder
from vetstack.iam.permissions import Grant, Subjects, Way, outside
from vetstack.iam.purpose import is_for_services, is_in_its_place
from vetstack.iam.resources import anything_of, subject_of
from vetstack.iam.selections import Selection
from vetstack.iam.services import whole_services
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Identity

Reach = Literal["all", "known", "given"]
"""On all there is of a kind; on something that AWS sets up under a well-known name; on what a parameter names."""

ALIKE: Final = 4
"""Ways that are looked at on elements that reach alike: one for each setting of a Condition."""

NAMED: Final = 3
"""Actions that a message names; the rest are counted."""

KINDS: Final[dict[str, str]] = {
    "access-analyzer": "analyzer",
    "backup": "backup vault",
    "cloudtrail": "trail",
    "config": "configuration recorder",
    "dynamodb": "table",
    "ecr": "repository",
    "eks": "cluster",
    "elasticfilesystem": "file system",
    "es": "domain",
    "events": "event bus",
    "guardduty": "detector",
    "kms": "key",
    "lambda": "function",
    "logs": "log group",
    "rds": "snapshot",
    "s3": "bucket",
    "secretsmanager": "secret",
    "sns": "topic",
    "sqs": "queue",
    "wafv2": "web ACL",
}
"""What the actions of a service are done to, where there is one word for it."""

KINDS_OF_ACTIONS: Final[dict[str, str]] = {
    "backup:DeleteRecoveryPoint": "recovery point",
    "backup:DisassociateRecoveryPoint": "recovery point",
    "backup:UpdateRecoveryPointLifecycle": "recovery point",
    "cloudtrail:DeleteEventDataStore": "event data store",
    "cloudtrail:PutResourcePolicy": "event data store",
    "cloudtrail:StopEventDataStoreIngestion": "event data store",
    "cloudtrail:UpdateEventDataStore": "event data store",
    "config:DeleteConfigRule": "rule of AWS Config",
    "config:DeleteConformancePack": "conformance pack",
    "config:DeleteOrganizationConfigRule": "rule of AWS Config",
    "config:DeleteOrganizationConformancePack": "conformance pack",
    "ec2:ModifyImageAttribute": "image",
    "ec2:ModifySnapshotAttribute": "snapshot",
    "ec2:DeleteFlowLogs": "flow log",
    "eks:AssociateAccessPolicy": "access entry",
    "eks:UpdateAccessEntry": "access entry",
    "lambda:AddLayerVersionPermission": "layer version",
    "logs:PutDestinationPolicy": "log destination",
    "s3:BypassGovernanceRetention": "object",
    "s3:CreateAccessGrant": "access grant",
    "s3:PutAccessGrantsInstanceResourcePolicy": "access grant",
    "s3:PutAccessPointPolicy": "access point",
    "s3:PutAccessPointPolicyForObjectLambda": "access point",
    "s3:PutMultiRegionAccessPointPolicy": "access point",
    "s3:PutObjectAcl": "object",
    "s3:PutObjectLegalHold": "object",
    "s3:PutObjectRetention": "object",
    "s3:PutObjectVersionAcl": "object",
}
"""The same for actions that are done to something else."""


PREFIXES: Final[dict[str, str]] = {
    "file-system": "fs-",
    "image": "ami-",
    "instance": "i-",
    "launch-template": "lt-",
    "snapshot": "snap-",
    "vpc-flow-log": "fl-",
}
"""What the ids begin with that AWS gives to things of a kind: `instance/i-*` is every instance."""

_NUMBERED: Final = Regex(r"^arn:[^:]*:(?:ec2|elasticfilesystem):[^:]*:[^:]*:([a-z-]+)/\*$")


class Held(NamedTuple):
    """One action that a holder may use, through one way. reach: on how much."""

    action: str
    way: Way
    reach: Reach


OnWhat = Callable[[str, Selection], "tuple[Reach, Subjects] | None"]
"""Tells on how much an element of Resource lets an action be used, and the subjects to ask about."""


def held_by(holder: Holder, actions: Collection[str], on_what: OnWhat) -> list[Held]:
    """The actions of some that a holder may use, what other rules say of it and what its groups allow it aside."""
    services = _by_service(tuple(actions))
    picked = _services_picked(holder)
    asked = services.keys() if picked is None else [service for service in services if service in picked]
    found = [held for service in asked for held in _of(holder, service, services[service], on_what)]
    return _not_told(holder, found) if found else []


def _services_picked(holder: Holder) -> set[str] | None:
    """The services of which Allow statements pick actions; None when they may be any."""
    picked: set[str] = set()
    for grant in holder.grants.allows:
        for selection in grant.actions:
            if selection.negated or selection.wild:
                return None
            picked.update(selection.services)
    return picked


@cache
def _by_service(actions: tuple[str, ...]) -> dict[str, list[str]]:
    services: dict[str, list[str]] = {}
    for action in actions:
        services.setdefault(action.partition(":")[0], []).append(action)
    return services


def _of(holder: Holder, service: str, actions: Sequence[str], on_what: OnWhat) -> Iterator[Held]:
    for grant, selection in holder.grants.selections(service):
        if grant.inherited:
            continue
        for action in actions:
            if selection.takes_action(action):
                yield from _through(holder, grant, selection, action, on_what)


def _through(holder: Holder, grant: Grant, selection: Selection, action: str, on_what: OnWhat) -> Iterator[Held]:
    by_reach: dict[tuple[Reach, Subjects], list[Selection]] = {}
    for resource in grant.resources:
        reached = on_what(action, resource)
        if reached:
            by_reach.setdefault(reached, []).append(resource)
    for (reach, subjects), resources in by_reach.items():
        ways = islice(holder.grants.through(grant, selection, action, resources, subjects), ALIKE)
        yield from (Held(action, way, reach) for way in ways if not (way.limit and way.limit.kind == "service"))


def on_everything(action: str, resource: Selection) -> tuple[Reach, Subjects] | None:
    """`held_by`, for actions that matter when nothing says on which of all resources they may be used."""
    reached = next((subject for subject in subjects_of(action) if resource.covers(subject)), None)
    return ("all", (reached,)) if reached else None


def _numbered(arn: str) -> str:
    """The pattern of an ARN with what its ids begin with, where AWS gives them."""
    found = _NUMBERED.search(arn)
    return f"{arn[:-1]}{PREFIXES.get(found[1], '')}*" if found else arn


@cache
def subjects_of(action: str) -> Subjects:
    """Anything that an action can be done to, as subjects of `resources`, one for each kind."""
    known = action_named(action)
    if known is None or not known.resources:
        return (anything_of(action),)
    return tuple(subject_of(_numbered(arn)) for arn in known.resources)


def _not_told(holder: Holder, found: list[Held]) -> list[Held]:
    """What is left when the settings are taken away in which a wider grant covers an action, or hands out its service.

    A managed policy that reaches so far is told as such, and so is a sweep that a condition confines.
    """
    wholes = list(whole_services(holder.grants))
    whole = tuple(dict.fromkeys((one.service, one.guard) for one in wholes))
    free = [sweep for sweep in holder.sweeps if not sweep.limit]
    swept = {id(sweep.selection) for sweep in holder.sweeps}
    policies = {one.grant.managed for one in wholes if one.grant.managed} | equivalents(holder.grants).keys()
    left = []
    for held in found:
        way, service = held.way, held.action.partition(":")[0]
        told = [sweep.guard for sweep in free if sweep.lead or sweep.selection.takes_action(held.action)]
        told += [guard for pattern, guard in whole if matches(pattern, service)]
        policy = way.grant.managed
        if policy and (policy in policies or _is_usual(policy, holder)):
            continue
        if id(way.action) not in swept and outside(way.guard, told):
            left.append(held)
    return left


def _is_usual(policy: str, holder: Holder) -> bool:
    """Whether one of AWS's policies is where AWS wants it, or made for a service and reported where it is not."""
    identity = holder.subject
    return isinstance(identity, Identity) and (is_in_its_place(policy, identity) or is_for_services(policy))


def is_exact(resource: Selection) -> bool:
    """Whether an element of Resource names one thing, with no wildcard in its name."""
    names = [pattern.split(":", 5)[-1] for pattern in resource.patterns]
    return not resource.negated and len(names) == 1 and not set("*?") & set(names[0])


def is_whole(selection: Selection) -> bool:
    """Whether an element stands for all actions of its services: `logs:*`."""
    return all(not pattern.partition(":")[2].strip("*?") for pattern in selection.patterns)


def place_of(first: Held, told: Sequence[Held]) -> Position:
    """The first of the actions that a message is about, in the statement that it is about."""
    body = first.way.grant.statement.body
    return min(one.way.action.at for one in told if one.way.grant.statement.body is body)


def actions_said(first: Held, told: Sequence[Held]) -> str:
    """The first few actions, and the pattern or the managed policy that they stand for."""
    actions = list(dict.fromkeys(one.action for one in (first, *told)))
    more = f" and {len(actions) - NAMED} more" if len(actions) > NAMED else ""
    named = ", ".join(actions[:NAMED]) + more
    grant, selection = first.way.grant, first.way.action
    if grant.managed:
        return f"{named} through {grant.managed}"
    pattern = selection.written if set("*?") & set(selection.written) and not selection.negated else ""
    return f"{pattern} ({named})" if pattern and all(matches(pattern, action) for action in actions) else named


def where_said(first: Held, told: Sequence[Held]) -> str:
    """On what the actions may be used, as a message says it."""
    if first.reach != "all":
        return first.way.resource.written
    actions = dict.fromkeys(one.action for one in (first, *told) if one.reach == "all")
    done_to = [action for action in actions if _has_resources(action)]
    if not done_to:
        return "the whole account"
    kinds = dict.fromkeys(KINDS_OF_ACTIONS.get(one, KINDS.get(one.partition(":")[0])) for one in done_to)
    if None in kinds or len(kinds) > 3 or len(done_to) < len(actions):
        return "every resource of the account"
    *some, last = map(str, kinds)
    return f"any {', '.join(some)}{' or ' if some else ''}{last}"


def _has_resources(action: str) -> bool:
    """Whether there are resources that an action can be restricted to."""
    known = action_named(action)
    return known is None or bool(known.resources)


def blocks_of(counted: Sequence[Held]) -> list[str]:
    """Every block that the actions are granted through."""
    return [block for one in counted for block in (*one.way.grant.blocks, *one.way.action.via)]
