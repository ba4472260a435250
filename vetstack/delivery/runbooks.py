"""Documents of Systems Manager that are told by their parameters where the code is that they run on machines.

Source: Systems Manager user guide, the pages of the documents of AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.delivery.origins import address_in, marked, owner_of_address
from vetstack.delivery.pinning import pin_of_address
from vetstack.guards import Guard
from vetstack.instances import BLOCK, walk
from vetstack.known_accounts import owner_of
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Resource, Template
from vetstack.values import Absent, Items, Map, Text, Unknown, Value

Path = tuple[str, ...]


class Runs(NamedTuple):
    """Where a type says which document is run, with which parameters, and when it is repeated.

    schedule: ABSENT there means once; None where it is always repeated.
    """

    document: Path
    parameters: tuple[Path, ...]
    schedule: tuple[Path, ...] | None


_RUN_COMMAND: Final = ("TaskInvocationParameters", "MaintenanceWindowRunCommandParameters", "Parameters")

RUNS: Final[dict[str, Runs]] = {
    "AWS::SSM::Association": Runs(("Name",), (("Parameters",),), (("ScheduleExpression",),)),
    "aws_ssm_association": Runs(("name",), (("parameters",),), (("schedule_expression",),)),
    "AWS::SSM::MaintenanceWindowTask": Runs(("TaskArn",), (_RUN_COMMAND, ("TaskParameters",)), None),
    "aws_ssm_maintenance_window_task": Runs(
        ("task_arn",),
        (("task_invocation_parameters", BLOCK, "run_command_parameters", BLOCK, "parameter"),),
        None,
    ),
    "AWS::Scheduler::Schedule": Runs(("Target", "Arn"), (("Target", "Input"),), None),
    "aws_scheduler_schedule": Runs(("target", BLOCK, "arn"), (("target", BLOCK, "input"),), None),
    "AWS::Events::Rule": Runs(("Targets", "*", "Arn"), (("Targets", "*", "Input"),), None),
    "aws_cloudwatch_event_target": Runs(("arn",), (("input",),), None),
}

TOLD_WHERE: Final = Regex(
    r"AWS-(?:RunRemoteScript|RunDocument|ApplyAnsiblePlaybooks|RunAnsiblePlaybook|ApplyChefRecipes|RunSaltState"
    r"|InstallApplication|InstallPowerShellModule|ApplyDSCMofs|RunShellScript|RunPowerShellScript|ConfigureAWSPackage)$"
)
"""Documents of AWS that fetch and run what their parameters name. Commands among those are read as scripts."""

_PACKAGES: Final = "AWS-ConfigureAWSPackage"
_COMMANDS: Final = ("AWS-RunShellScript", "AWS-RunPowerShellScript")
_URL: Final = Regex(r"(?:https?|s3)://[^\s\"'\\,}]+")
_OWNER: Final = Regex(r"\bowner\\?\"?\s{0,4}[:=]\s{0,4}\\?\"?([\w.-]{1,100})")
_REPOSITORY: Final = Regex(r"\brepository\\?\"?\s{0,4}[:=]\s{0,4}\\?\"?([\w.-]{1,100})")
_PACKAGE: Final = Regex(r"arn:[^:]*:ssm:[^:]*:(\d{12}):package/[\w./-]+")
_PINNED: Final = Regex(r"commitID:[0-9a-f]{40}|branch:v?\d", re.IGNORECASE)


class Given(NamedTuple):
    """A document that runs code from an address. guard, exists: as in a Case."""

    resource: str
    document: str
    source: str
    at: Position
    guard: Guard
    exists: tuple[Guard, ...]
    scheduled: bool
    via: tuple[str, ...]


def given_code(template: Template) -> Iterator[Given]:
    """Everything that is run by a document of AWS from an address of somebody else's."""
    for resource in template.resources.values():
        runs = RUNS.get(resource.type)
        if runs:
            for exists in resource.exists:
                yield from _of(template, resource, runs, exists)


def _of(template: Template, resource: Resource, runs: Runs, exists: Guard) -> Iterator[Given]:
    for guard, named, _ in walk(exists, resource, *runs.document):
        name = str(named) if isinstance(named, (Text, Unknown)) else ""
        known = TOLD_WHERE.search(name)
        if known is None or known[0] in _COMMANDS:
            continue
        scheduled = runs.schedule is None or any(
            not isinstance(value, Absent) for path in runs.schedule for _, value, _ in walk(guard, resource, *path)
        )
        for path in runs.parameters:
            for inner, value, at in walk(guard, resource, *path):
                for text in () if known[0] == _PACKAGES and _has_version(value) else _texts(value):
                    source = _source(text, template)
                    if source:
                        yield Given(
                            resource.address,
                            known[0],
                            source,
                            text.at or at,
                            inner,
                            resource.exists,
                            scheduled,
                            text.via,
                        )
                        return


def _has_version(parameters: Value) -> bool:
    return isinstance(parameters, Map) and not isinstance(parameters.child("version"), Absent)


def _texts(value: Value) -> Iterator[Text | Unknown]:
    if isinstance(value, (Text, Unknown)):
        yield value
    elif isinstance(value, Map):
        owner, repository = value.child("owner"), value.child("repository")
        if isinstance(owner, Text) and isinstance(repository, Text):
            yield Text(f"owner: {owner}, repository: {repository}, {value.child('getOptions')}", owner.at, owner.via)
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, Items):
        for one in value:
            yield from _texts(one)


def _source(text: Text | Unknown, template: Template) -> str | None:
    """The address in a parameter, unless it is the customer's own, AWS's, or fixed."""
    whole = marked(text)
    found = _URL.search(whole.text)
    if found:
        address = address_in(found[0])
        if address is None or owner_of_address(address, whole, template) in ("own", "aws", "given"):
            return None
        if pin_of_address(address).pin in ("digest", "version"):
            return None
        shown = _URL.search(str(text))
        return shown[0] if shown else str(text)
    package = _PACKAGE.search(whole.text)
    if package:
        known = owner_of(package[1])
        return None if known and known.aws else f"the package {package[0]}"
    owner, repository = _OWNER.search(whole.text), _REPOSITORY.search(whole.text)
    if owner and repository and not _PINNED.search(whole.text):
        return f"github.com/{owner[1]}/{repository[1]}"
    return None
