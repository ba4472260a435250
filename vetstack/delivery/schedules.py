"""What runs again and again: functions that a schedule names, and calls in their code that replace other code.

Sources: EventBridge and EventBridge Scheduler user guides; the API references of Lambda, ECS and Systems Manager.
"""

from __future__ import annotations

import re
from typing import Final

from vetstack.code.interface import Call
from vetstack.instances import BLOCK, walk
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Resource, Template
from vetstack.values import Absent, Map, Text, Unknown, Value, each

Path = tuple[str, ...]

REPLACING: Final[dict[str, Regex | None]] = {
    "lambda:UpdateFunctionCode": None,
    "ecs:UpdateService": Regex(r"task_?-?definition|force_?-?new_?-?deployment", re.IGNORECASE),
    "ssm:SendCommand": Regex(r"https?://|s3://|RunRemoteScript|RunDocument"),
    "cloudformation:UpdateStack": Regex(r"https?://|template_?-?url", re.IGNORECASE),
}
"""Calls that replace what runs, by what has to stand in their arguments for it: other calls of the same name scale a
service, or send a command that the template has."""


class Scheduled(NamedTuple):
    """Where a type says what is run, and what says that it is repeated: in its own properties, or in those of another.

    rule: the property that refers to the other resource.
    """

    target: Path
    schedule: Path
    rule: Path | None = None


SCHEDULES: Final[dict[str, Scheduled]] = {
    "AWS::Events::Rule": Scheduled(("Targets", "*", "Arn"), ("ScheduleExpression",)),
    "AWS::Scheduler::Schedule": Scheduled(("Target", "Arn"), ("ScheduleExpression",)),
    "aws_scheduler_schedule": Scheduled(("target", BLOCK, "arn"), ("schedule_expression",)),
    "aws_cloudwatch_event_target": Scheduled(("arn",), ("schedule_expression",), ("rule",)),
}
EVENTS: Final = "AWS::Serverless::Function"
OF_TIME: Final = ("Schedule", "ScheduleV2")


def replaces(call: Call) -> bool:
    """Whether a call replaces what runs, by its arguments."""
    needed = REPLACING.get(call.action)
    return needed is None or bool(needed.search(call.given))


def is_scheduled(template: Template, function: Resource) -> bool:
    """Whether a schedule of the template runs a function."""
    if function.type == EVENTS and _has_event(function):
        return True
    for resource in template.resources.values():
        how = SCHEDULES.get(resource.type)
        if how and _names(template, resource, how.target, function) and _repeats(template, resource, how):
            return True
    return False


def _names(template: Template, resource: Resource, path: Path, function: Resource) -> bool:
    return any(
        template.resource_named(value) is function
        for exists in resource.exists
        for _, value, _ in walk(exists, resource, *path)
        if isinstance(value, (Text, Unknown))
    )


def _repeats(template: Template, resource: Resource, how: Scheduled) -> bool:
    rules = [resource]
    if how.rule:
        values = [value for exists in resource.exists for _, value, _ in walk(exists, resource, *how.rule)]
        rules = [rule for value in values if (rule := template.resource_named(value))]
    return any(
        not isinstance(value, Absent)
        for rule in rules
        for exists in rule.exists
        for _, value, _ in walk(exists, rule, *how.schedule)
    )


def _has_event(function: Resource) -> bool:
    for exists in function.exists:
        for _, events, _ in walk(exists, function, "Events"):
            if any(_kind(event) in OF_TIME for event in (events.values() if isinstance(events, Map) else ())):
                return True
    return False


def _kind(event: Value) -> str:
    return next((str(one.child("Type")) for one in each(event) if isinstance(one, Map)), "")
