"""What a holder may do to everything of a kind: on `*`, on every table, on every object of every bucket.

Which resources an action can be restricted to is AWS's own list; an action that can be restricted to none is not
unscoped, whatever stands in Resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final, cast

from vetstack.iam.actions import granting_actions
from vetstack.iam.permissions import Grant, Grants, Way
from vetstack.iam.resources import anything_of, subject_of
from vetstack.iam.selections import Selection

READING: Final = ("batchget", "describe", "get", "head", "list", "lookup", "query", "scan", "search", "view")
"""Beginnings of the names of actions that do not write."""

MAKING: Final = (
    "add", "allocate", "batchimport", "copy", "create", "import", "initiate", "issue", "purchase", "register",
    "request", "restore", "run", "start", "submit", "tag", "untag", "upload",
)  # fmt: skip
"""Beginnings of the names of actions that make something new, whose name nobody knows before, or mark it."""

NEEDED: Final = frozenset(
    {
        "autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat",
        "cloudwatch:PutMetricData", "ec2:AssignIpv6Addresses", "ec2:AssignPrivateIpAddresses",
        "ec2:AttachNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DetachNetworkInterface",
        "ec2:ModifyNetworkInterfaceAttribute", "ec2:UnassignPrivateIpAddresses", "ecr:BatchCheckLayerAvailability",
        "ecs:DeregisterContainerInstance", "ecs:Poll", "ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange",
        "ecs:UpdateContainerInstancesState", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
        "kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext", "kms:GenerateDataKeyWithoutPlaintext",
        "kms:GenerateMac", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:Sign", "kms:Verify", "kms:VerifyMac",
        "logs:AssociateKmsKey", "logs:DeleteLogDelivery", "logs:PutLogEvents", "logs:PutRetentionPolicy",
        "logs:UpdateLogDelivery", "sqs:ChangeMessageVisibility", "sqs:ReceiveMessage", "ssm:UpdateInstanceInformation",
        "xray:PutTelemetryRecords", "xray:PutTraceSegments",
    }
)  # fmt: skip
"""Write actions that agents, functions in a VPC and readers of encrypted data use, and that destroy nothing."""

SENDING: Final = ("invoke", "publish", "putevents", "putrecord", "send", "signal")
"""Beginnings of the names of actions that hand something over and change nothing themselves."""

APART: Final = frozenset({"ec2messages", "iam", "ssmmessages", "sts", "tag"})
"""Services whose actions other rules judge, or of which an agent needs all."""

ALIKE: Final = 4
"""Ways through one statement that are looked at: one for each setting of a Condition."""

WAYS_LIMIT: Final = 64
"""Ways to one action that are looked at: enough for any verdict."""

WRITES_LIMIT: Final = 5_000
"""Questions about write actions of one holder: what comes after is more of what is only a note."""


def reads_only(pattern: str) -> bool:
    """Whether an Action element, by its looks, stands for nothing that writes: `ec2:Describe*`."""
    return pattern.partition(":")[2].lower().startswith(READING)


@lru_cache(maxsize=4096)
def everything_for(action: str) -> tuple[str, ...]:
    """All resources of each kind that an action can be restricted to, as subjects of `resources`."""
    from vetstack.iam.catalog import action_named

    known = action_named(action)
    if known is None or not known.resources:
        return (anything_of(action),)
    return tuple(dict.fromkeys(_subject(pattern) for pattern in known.resources))


def _subject(arn: str) -> str:
    """The pattern of an ARN as a subject; region and account stand open, as in `resources.glob_of`."""
    partition, service, *_, name = arn.split(":", 5)[1:]
    return subject_of(f"arn:{partition}:{service}:*:*:{name}")


def on_everything(grants: Grants, action: str) -> Iterator[Way]:
    """The ways in which an action is allowed on all resources of a kind, what comes through a group aside.

    A few for each statement, and WAYS_LIMIT in all: those through statements that nothing limits come first.
    """
    found = 0
    for grant, selection in _free_first(grants, action.partition(":")[0].lower()):
        if found >= WAYS_LIMIT:
            return
        if selection.takes_action(action):
            for subject in everything_for(action):
                ways = list(islice(grants.on(grant, selection, action, subject), ALIKE))
                found += len(ways)
                yield from ways
                if ways:
                    break


def _free_first(grants: Grants, service: str) -> Sequence[tuple[Grant, Selection]]:
    """What allows actions of a service, beginning with statements whose conditions take nothing out of a grant."""
    known = cast("dict[str, list[tuple[Grant, Selection]]]", grants.derived.setdefault(__name__, {}))
    if service not in known:
        limited: dict[int, bool] = {}
        own = [pair for pair in grants.selections(service) if not pair[0].inherited]
        for grant, _ in own:
            if id(grant) not in limited:
                limits = (conditions.limit_on(f"{service}:", grants.hands_out) for _, conditions in grant.conditions)
                limited[id(grant)] = all(limits)
        known[service] = sorted(own, key=lambda pair: limited[id(pair[0])])
    return known[service]


def on_what(resources: Iterable[Selection]) -> str:
    """How to say what some Resource elements reach that all reach everything of a kind."""
    whole = all(resource.negated or not resource.written.strip("*") for resource in resources)
    return "every resource" if whole else "all resources of their kind"


def unscoped_writes(grants: Grants) -> Iterator[tuple[str, Way]]:
    """Actions that change what is there and may be used on all of a kind without a limit, with a way of each statement.

    Those that make something new, that only send, that agents need or that change permissions are left out, and so is
    what AWS's own policies grant, and statements that reach over many services.
    """
    asked = 0
    for grant in grants.allows:
        if grant.inherited or grant.managed or not any(map(_may_be_wide, grant.resources)):
            continue
        for selection in grant.actions:
            if selection.sweeping:
                continue
            for action in _writes_of(selection):
                asked += 1
                if asked > WRITES_LIMIT:
                    return
                ways = (grants.on(grant, selection, action, subject) for subject in everything_for(action))
                way = next((way for some in ways for way in some if not way.limit), None)
                if way:
                    yield action, way


def _writes_of(selection: Selection) -> Iterator[str]:
    from vetstack.iam.catalog import expand

    for pattern in selection.patterns:
        service = pattern.partition(":")[0].lower()
        if reads_only(pattern) or service in APART or set("*?") & set(service):
            continue
        for action in expand(pattern):
            name = action.name.partition(":")[2].lower()
            left_out = name.startswith(MAKING + SENDING) or action.name in NEEDED or action.name in granting_actions()
            if action.level == "write" and action.resources and not left_out:
                yield action.name


def _may_be_wide(resource: Selection) -> bool:
    """Whether a Resource element can cover all of a kind: `*`, `arn:aws:dynamodb:*:*:table/*`."""
    return resource.negated or any(_ends_open(glob) for glob in resource.patterns)


def _ends_open(glob: str) -> bool:
    fields = glob.split(":", 5)
    before, wildcard, _ = (fields[5] if len(fields) == 6 else glob).partition("*")
    return bool(wildcard) and before[-1:] in ("", "/", ":")
