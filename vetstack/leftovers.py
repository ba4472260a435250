"""What stays in the account when a stack or a module is deleted, and what keeps it from being deleted.

Tables by key and by resource type. Sources: CloudFormation user guide, aws-attribute-deletionpolicy; the AWS provider's
documentation; the services' own rules on deleting what is not empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from vetstack.carriers import carries_code
from vetstack.flows import references_to
from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Resource, Template
from vetstack.values import Absent, Text, Unknown, Value
from vetstack.verdicts import by_default

if TYPE_CHECKING:
    from vetstack.code.interface import Call, Script

Path = tuple[str, ...]


class Keeping(NamedTuple):
    """A setting that keeps a resource. values: which ones do; does: what a message says that it does."""

    path: Path
    values: frozenset[str]
    does: str
    beside: bool = False


_STAYS: Final = "it stays when the stack is deleted"

KEEPING: Final = (
    Keeping(("DeletionPolicy",), frozenset({"Retain", "RetainExceptOnCreate"}), _STAYS, beside=True),
    Keeping(("DeletionPolicy",), frozenset({"Snapshot"}), "a snapshot stays when the stack is deleted", beside=True),
    Keeping(
        ("UpdateReplacePolicy",),
        frozenset({"Retain", "Snapshot"}),
        "what an update replaces stays and belongs to no stack any more",
        beside=True,
    ),
    Keeping(("lifecycle", "*", "prevent_destroy"), frozenset({"true"}), "terraform destroy fails on it", beside=True),
    Keeping(("skip_destroy",), frozenset({"true"}), "it stays when the module is destroyed"),
    Keeping(("retain_on_delete",), frozenset({"true"}), "it stays when the module is destroyed"),
    Keeping(("retain_stack",), frozenset({"true"}), "its stacks stay when the module is destroyed"),
    Keeping(("deletion_protection",), frozenset({"true"}), "it cannot be deleted until that is switched off"),
    Keeping(("DeletionProtection",), frozenset({"true"}), "it cannot be deleted until that is switched off"),
    Keeping(("deletion_protection_enabled",), frozenset({"true"}), "it cannot be deleted until that is switched off"),
    Keeping(("DeletionProtectionEnabled",), frozenset({"true"}), "it cannot be deleted until that is switched off"),
)


class Kept(NamedTuple):
    """A resource that one of its settings keeps."""

    setting: str
    value: str
    does: str
    guard: Guard
    at: Position


def kept(template: Template, resource: Resource) -> Iterator[Kept]:
    """The settings that keep a resource, but for those that only a deployer's own choice brings about."""
    for keeping in KEEPING:
        around = resource.attributes if keeping.beside else resource.properties
        for exists in resource.exists:
            for found in exists.walk(around, *keeping.path):
                keeps = isinstance(found.value, Text) and found.value in keeping.values
                if isinstance(found.value, Text) and keeps and by_default(template, found.guard, exists):
                    at = found.at or found.value.at
                    yield Kept(keeping.path[-1], str(found.value), keeping.does, found.guard, at)


class Filled(NamedTuple):
    """A type whose resources cannot be deleted while something is in them. emptied: the setting that empties them."""

    called: str
    emptied: Path


FILLED: Final = {
    "AWS::S3::Bucket": Filled("bucket", ()),
    "AWS::ECR::Repository": Filled("repository", ("EmptyOnDelete",)),
    "aws_s3_bucket": Filled("bucket", ("force_destroy",)),
    "aws_ecr_repository": Filled("repository", ("force_delete",)),
}

CLEANERS: Final = ("Custom::", "AWS::CloudFormation::CustomResource", "null_resource", "terraform_data")
"""Beginnings of types that can run something when they are deleted."""


def filled(template: Template) -> list[Resource]:
    """Resources that will not be empty, and that nothing in the template empties."""
    found = []
    for resource in template.resources.values():
        kind = FILLED.get(resource.type)
        if kind is None or _is_emptied(resource, kind) or _is_cleaned(template, resource):
            continue
        if not any(kept(template, resource)):
            found.append(resource)
    return found


def _is_emptied(resource: Resource, kind: Filled) -> bool:
    if not kind.emptied:
        return False
    values = [found.value for exists in resource.exists for found in exists.walk(resource.properties, *kind.emptied)]
    return all(isinstance(value, Unknown) or value == "true" for value in values)


def _is_cleaned(template: Template, resource: Resource) -> bool:
    return any(
        leaf.resource is not None and leaf.resource.type.startswith(CLEANERS)
        for leaf, _ in references_to(template, resource.address)
    )


FUNCTIONS: Final = {
    "AWS::Lambda::Function": (("FunctionName",), ("LoggingConfig", "LogGroup")),
    "AWS::Serverless::Function": (("FunctionName",), ("LoggingConfig", "LogGroup")),
    "aws_lambda_function": (("function_name",), ("logging_config", "*", "log_group")),
}
"""Types of functions, with their names and the log group that they are told to use."""

LOG_GROUPS: Final = {"AWS::Logs::LogGroup": "LogGroupName", "aws_cloudwatch_log_group": "name"}


def functions_without_log_group(template: Template) -> list[Resource]:
    """Functions whose log group Lambda will make, so that it belongs to no stack."""
    functions = [one for one in template.resources.values() if one.type in FUNCTIONS]
    if not functions:
        return []
    named = [
        found.value
        for one in template.resources.values()
        if one.type in LOG_GROUPS
        for exists in one.exists
        for found in exists.walk(one.properties, LOG_GROUPS[one.type])
    ]
    return [one for one in functions if not _has_log_group(one, named)]


def _has_log_group(function: Resource, named: Sequence[Value]) -> bool:
    name, told = FUNCTIONS[function.type]
    for exists in function.exists:
        if any(not isinstance(found.value, Absent) for found in exists.walk(function.properties, *told)):
            return True
        given = [found.value for found in exists.walk(function.properties, *name)]
        own = [str(one) for one in given if not isinstance(one, Absent)]
        for group in named:
            holes = group.holes if isinstance(group, Unknown) else ()
            if any(hole.name.partition("#")[0] == function.address for hole in holes):
                return True
            if isinstance(group, (Text, Unknown)) and any(str(group).endswith(f"/{one}") for one in own):
                return True
    return False


CREATES: Final = "Create"
UNDONE_BY: Final = ("Delete", "Terminate", "Remove", "Deregister")
MADE_FOR_A_WHILE: Final = ("CreateLogStream", "CreateTags", "CreateInvalidation", "CreateSession", "CreateChangeSet")


def created_by_code(template: Template) -> list[tuple[Script, list[Call]]]:
    """Code that creates resources of AWS and has no call that deletes them."""
    found: list[tuple[Script, list[Call]]] = []
    if not carries_code(template):
        return found
    from vetstack.code.programs import calls_of

    for script, calls in calls_of(template):
        gone = {_thing(call.action) for call in calls if _verb(call.action).startswith(UNDONE_BY)}
        made = [
            call
            for call in calls
            if _verb(call.action).startswith(CREATES)
            and not _verb(call.action).startswith(MADE_FOR_A_WHILE)
            and _thing(call.action) not in gone
        ]
        if made:
            found.append((script, made))
    return found


def _verb(action: str) -> str:
    return action.partition(":")[2]


def _thing(action: str) -> str:
    """What an action is about: `iam:CreateRole` and `iam:DeleteRole` are about `iam:Role`."""
    verb = _verb(action)
    start = next((one for one in (CREATES, *UNDONE_BY) if verb.startswith(one)), "")
    return f"{action.partition(':')[0]}:{verb[len(start) :].rstrip('s')}"


