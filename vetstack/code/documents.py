"""Code inside documents: SSM documents, build specifications, containers, cfn-init, cloud-config, state machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.code.drafts import (
    Draft,
    drafts_of_lines,
    drafts_of_words,
    maps_of,
    rows_of_lines,
    rows_of_words,
    texts_of,
)
from vetstack.code.interface import Language, Place
from vetstack.code.languages import language_of_file, language_of_runtime, language_of_text
from vetstack.code.places import API_STEPS, BUILD_PHASES, COMMAND_KEYS, PHASE_COMMANDS, POWERSHELL_ACTIONS, STEP_KEYS
from vetstack.guards import Guard
from vetstack.values import ABSENT, Absent, Items, Map, Text, Unknown, Value

CRON_FOLDERS: Final = ("/etc/cron", "/var/spool/cron")
"""Where files stand whose lines are a time and a command."""

CONFIGURATION_LIMIT: Final = 64
"""Commands or files of one section that are looked at."""


def of_document(guard: Guard, document: Map) -> Iterator[Draft]:
    """An SSM document of any schema: commands and scripts of its steps, and the calls of the API that steps make."""
    for inner, step in maps_of(guard, document.child("mainSteps")):
        yield from _step(inner, step, step.child("inputs"))
    for inner, plugins in maps_of(guard, document.child("runtimeConfig")):
        for action, plugin in plugins.items():
            for narrow, one in maps_of(inner, plugin):
                for last, properties in maps_of(narrow, one.child("properties")):
                    yield from _inputs(last, properties, action in POWERSHELL_ACTIONS)
    for inner, whole in maps_of(guard, document.child("schemaVersion")):
        yield from _step(inner, whole, whole)


def _step(guard: Guard, step: Map, inputs: Value) -> Iterator[Draft]:
    action = step.child("action")
    for inner, given in maps_of(guard, inputs):
        if str(action) in API_STEPS:
            yield from _api(inner, given)
        yield from _inputs(inner, given, str(action) in POWERSHELL_ACTIONS)
        for narrow, nested in maps_of(inner, given.child("Parameters")):
            yield from _inputs(narrow, nested, "PowerShell" in str(given.child("DocumentName")))


def _inputs(guard: Guard, inputs: Map, powershell: bool) -> Iterator[Draft]:
    for key, runtime in STEP_KEYS:
        if key in inputs:
            rows = rows_of_lines(guard, inputs[key])
            named = language_of_runtime(str(inputs.child(runtime))) if runtime else None
            yield from drafts_of_lines(rows, "document", "powershell" if powershell else named or "shell")


def _api(guard: Guard, inputs: Map) -> Iterator[Draft]:
    service, called = inputs.child("Service"), inputs.child("Api")
    if isinstance(service, (Text, Unknown)) and isinstance(called, (Text, Unknown)):
        text = Text(f"arn:aws:states:::aws-sdk:{service}:{called}", called.at)  # as a state machine writes the same
        yield Draft(guard, "document", "other", (text,))


def of_component(guard: Guard, component: Map) -> Iterator[Draft]:
    """A component of Image Builder: the commands of its phases."""
    for inner, phase in maps_of(guard, component.child("phases")):
        for narrow, step in maps_of(inner, phase.child("steps")):
            yield from _step(narrow, step, step.child("inputs"))


def of_build(guard: Guard, specification: Map) -> Iterator[Draft]:
    """A build specification of CodeBuild."""
    for inner, phases in maps_of(guard, specification.child("phases")):
        for name in BUILD_PHASES:
            for narrow, phase in maps_of(inner, phases.child(name)):
                for key in PHASE_COMMANDS:
                    yield from drafts_of_lines(rows_of_lines(narrow, phase.child(key)), "build", "shell")


def of_container(guard: Guard, container: Map) -> Iterator[Draft]:
    """The command line of a container."""
    for entry, command in COMMAND_KEYS:
        for inner, first in rows_of_words(guard, container.child(entry)):
            for narrow, rest in rows_of_words(inner, container.child(command)):
                yield from drafts_of_words(narrow, "container", (*first, *rest))


def of_state_machine(guard: Guard, definition: Value) -> Iterator[Draft]:
    """The calls of AWS's API that states make by themselves, each where it stands."""
    waiting = [definition]
    while waiting:
        for inner, one in guard.over(waiting.pop()):
            if isinstance(one, Items):
                waiting.extend(one)
            elif isinstance(one, Map):
                for narrow, called in texts_of(inner, one.child("Resource")):
                    if "aws-sdk:" in str(called):
                        yield Draft(narrow, "function", "other", (called,))
                waiting.extend(below for key, below in one.items() if key != "Resource")


def of_cfn_init(guard: Guard, sections: Map) -> Iterator[Draft]:
    """What cfn-init runs and writes: `AWS::CloudFormation::Init` of a resource's metadata."""
    for name, section in sections.items():
        for inner, configuration in maps_of(guard, section) if name != "configSets" else ():
            yield from _commands(inner, configuration.child("commands"))
            yield from _files(inner, configuration.child("files"))


def _commands(guard: Guard, value: Value) -> Iterator[Draft]:
    for inner, commands in maps_of(guard, value):
        for one in list(commands.values())[:CONFIGURATION_LIMIT]:
            for narrow, command in maps_of(inner, one):
                for key in ("command", "test"):
                    for last, words in rows_of_words(narrow, command.child(key)):
                        yield from drafts_of_words(last, "cfn-init", words)


def _files(guard: Guard, value: Value) -> Iterator[Draft]:
    for inner, files in maps_of(guard, value):
        for path, one in list(files.items())[:CONFIGURATION_LIMIT]:
            for narrow, file in maps_of(inner, one):
                yield from _file(narrow, path, file.child("content"), "cfn-init")


def of_cloud_config(guard: Guard, configuration: Map) -> Iterator[Draft]:
    """What cloud-init runs and writes."""
    for key in ("bootcmd", "runcmd"):
        for inner, one in guard.elements(_nested(configuration.child(key))):
            if isinstance(one, (Map, Absent)):
                continue
            for narrow, words in rows_of_words(inner, one):
                yield from drafts_of_words(narrow, "cloud-init", words)
    for inner, file in maps_of(guard, configuration.child("write_files")):
        if not isinstance(file.child("encoding"), Text):
            yield from _file(inner, str(file.child("path")), file.child("content"), "cloud-init")


def _nested(value: Value) -> Value:
    """The commands of a section, of which those that are lists of words are one line each."""
    if not isinstance(value, Items):
        return value if isinstance(value, (Text, Unknown)) else ABSENT
    from vetstack.code.drafts import command_line

    lines: list[Value] = []
    for one in value:
        words = tuple(word for word in one if isinstance(word, (Text, Unknown))) if isinstance(one, Items) else ()
        line = command_line(words) if words else one
        lines.append(line if line is not None else ABSENT)
    return Items(lines, value.at)


def _file(guard: Guard, path: str, content: Value, place: Place) -> Iterator[Draft]:
    """A file that is written on a machine, where it is code by its name or by its first line."""
    for inner, text in texts_of(guard, content):
        language: Language = language_of_file(path) or language_of_text(str(text))
        if any(folder in path for folder in CRON_FOLDERS):
            language = "shell"
        if path.endswith(".service"):
            language = "shell"
        if language != "other":
            yield Draft(inner, place, language, (text,))
