"""Code from elsewhere that a template runs or installs by its scripts, or has run by a service that reads a document.

Which commands do that is read by `downloads` and `installs`, what is wrong with it is judged by `script_sources`. What
AWS itself gives out, and what lies in the customer's own buckets, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, cast

from vetstack.code.interface import Command, Script
from vetstack.code.reported import PLACE_SAID
from vetstack.code.scripts import scripts_of
from vetstack.code.shell import Found, cron_command, found_in
from vetstack.code.simple import program_of
from vetstack.delivery.answers import executed_answers
from vetstack.delivery.downloaded import downloaded_code
from vetstack.delivery.downloads import runs_in
from vetstack.delivery.fetching import fetches_of
from vetstack.delivery.init_sources import named_sources
from vetstack.delivery.installs import installs_in
from vetstack.delivery.script_sources import Judged, Reader, judge
from vetstack.findings import Severity
from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Template
from vetstack.values import via_of


class Remote(NamedTuple):
    """Something from elsewhere that is run, or renewed by a schedule.

    where: what runs it, as a message calls it; source: as a reader would write it, variables looked up; how, reason:
    clauses; at: the line, and reported_at where a finding goes; guards: the settings; scheduled: whether it is done
    again and again; via: the blocks that what runs it came through.
    """

    resource: str
    where: str
    source: str
    how: str
    severity: Severity
    reason: str
    at: Position
    reported_at: Position
    guards: tuple[Guard, ...]
    scheduled: bool
    via: tuple[str, ...]


def remote_code(template: Template) -> dict[str, list[Remote]]:
    """The code from elsewhere that a template runs, by the resource that has it run."""
    if __name__ not in template.derived:
        found: dict[str, list[Remote]] = {}
        for remote in _all(template):
            found.setdefault(remote.resource, []).append(remote)
        template.derived[__name__] = found
    return cast("dict[str, list[Remote]]", template.derived[__name__])


def _all(template: Template) -> Iterator[Remote]:
    together: dict[tuple[str, str], list[tuple[Script, Found]]] = {}
    for script in scripts_of(template):
        together.setdefault((script.resource, script.place), []).append((script, _read(script)))
    for parts in together.values():
        for number, (script, found) in enumerate(parts):
            after = parts[number + 1 :] if found.commands else []
            beside = (other for one, other in after if one.guard & script.guard is not None)
            yield from _in_script(script, found, [command for other in beside for command in other.commands], template)
    for named in named_sources(template):
        judged = judge(named.whole, template)
        if judged:
            at, where = named.value.at, PLACE_SAID[named.place].format(named.resource)
            guards = (named.guard,)
            yield Remote(
                named.resource, where, named.shown, named.how, *judged, at, at, guards, False, named.value.via
            )  # fmt: skip


    for one in downloaded_code(template):
        judged = judge(one.whole, template) if one.whole else ("warning", "whoever answers decides what is run")
        if judged:
            how = f"used as the {one.what} of {one.resource}"
            yield Remote(
                one.resource, one.fetched.address, one.url, how, *judged, one.at, one.at, (one.guard,), False,
                (one.fetched.address,),
            )  # fmt: skip


_NOTHING: Final = Found((), ())


def _read(script: Script) -> Found:
    readable = script.language in ("shell", "powershell") and _may_fetch(script.text)
    return found_in(script) if readable else _NOTHING


_FETCHING: Final = (
    "curl", "wget", "s3", "://", "iwr", "irm", "invoke-", "download", "pip", "npm", "npx", "git", "docker", "podman",
    "kubectl", "gem ", "yarn", "go install", "sh", "./", "/",
)  # fmt: skip


def _may_fetch(text: str) -> bool:
    """A quick look: many scripts fetch and run nothing."""
    lowered = text.lower()
    return any(word in lowered for word in _FETCHING)


def _in_script(script: Script, found: Found, later: Sequence[Command], template: Template) -> Iterator[Remote]:
    """The code from elsewhere that a script runs. later: the commands of the same resource that come after it."""
    for line, how in executed_answers(script):
        at = script.at(line)
        reason: Judged = ("warning", "whoever answers decides what is run")
        yield _made(script, "what a server answers", how, reason, at, False)
    reader = Reader(script, template, found.commands)
    for line, source in _included(script):
        judged_source = judge(reader.marked(source), template)
        if judged_source:
            yield _made(script, source, "run by cloud-init", judged_source, script.at(line), False)
    scheduled = _scheduled(script, found)
    ran: set[int] = set()
    for run in runs_in(found.commands, later):
        command = run.fetch.command
        ran.add(id(command))
        judged = reader.judged(run.fetch.source, command, run.by)
        if judged:
            source = reader.resolved(run.fetch.source)
            yield _made(script, source, run.how, judged, command.at, command.at in scheduled)
    for install in installs_in(found.commands):
        judged, at = reader.install(install), install.command.at
        if judged:
            yield _made(script, reader.resolved(install.source), install.how, judged, at, at in scheduled)
    for command in found.commands:
        for fetch in fetches_of(command) if command.at in scheduled else ():
            judged = reader.judged(fetch.source, command, command) if id(fetch.command) not in ran else None
            if judged:
                yield _made(script, reader.resolved(fetch.source), "renewed", judged, command.at, True)


_INCLUDE: Final = Regex(r"^#include(?:-once)?\s*$", re.MULTILINE)


def _included(script: Script) -> Iterator[tuple[int, str]]:
    """The lines of user data that name what cloud-init fetches and runs, with the addresses on them."""
    begins = _INCLUDE.search(script.text[:200]) if script.place == "user-data" else None
    for number, line in enumerate(script.text.split("\n"), 1) if begins else ():
        if line.strip().startswith(("http://", "https://")):
            yield number, line.strip()


def _made(script: Script, source: str, how: str, judged: Judged, at: Position, scheduled: bool) -> Remote:
    where = PLACE_SAID[script.place].format(script.resource)
    beside = f" ({script.file}, line {at.line})" if script.file else ""
    reported, guards, via = script.reported_at(at), script.settings(at), via_of(script.value)
    return Remote(script.resource, where + beside, source, how, *judged, at, reported, guards, scheduled, via)


def _scheduled(script: Script, found: Found) -> set[Position]:
    """The lines of a script that are commands of cron, or make tasks of a scheduler."""
    lines = {
        command.at
        for command in found.commands
        if any(cron_command(word) is not None for word in command.words[1:])
        or program_of(command.words) in ("schtasks", "register-scheduledtask", "crontab")
    }
    timed = any(".timer" in word for words, _, _ in found.documents for word in words)
    for words, text, line in found.documents:
        if "cron" in " ".join(words) or (timed and ".service" in " ".join(words)):
            lines |= {script.at(line + number) for number in range(text.count("\n") + 1)}
    return lines
