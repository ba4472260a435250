"""Calls as a rule reports them: those of one resource together, by the setting that they are made under."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from vetstack.code.interface import Call, Script
from vetstack.code.programs import calls_of
from vetstack.findings import Evidence
from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Resource, Template

NAMED: Final = 3
"""Calls that a message names."""

PLACES: Final = 8
"""Other calls that are shown as evidence."""

PLACE_SAID: Final = {
    "function": "the code of {}",
    "user-data": "the user data of {}",
    "cloud-init": "the user data of {}",
    "cfn-init": "the cfn-init configuration of {}",
    "document": "the commands of {}",
    "container": "the command of {}",
    "build": "the build of {}",
    "provisioner": "a command of {}",
    "file": "the code of {}",
}
"""How a message calls the code that stands at a place."""

PLURAL: Final = frozenset({"document"})
"""The places of which that is a plural."""


class Made(NamedTuple):
    """A call, and the piece of code that makes it."""

    call: Call
    script: Script

    @property
    def at(self) -> Position:
        return self.script.reported_at(self.call.at)

    @property
    def guards(self) -> tuple[Guard, ...]:
        return self.script.settings(self.call.at)

    @property
    def shown(self) -> str:
        """The call as a message names it, with its place where that is another file."""
        if self.script.file is None:
            return self.call.written
        return f"{self.call.written} ({self.script.file}, line {self.call.at.line})"

    @property
    def where(self) -> str:
        """The code that makes it."""
        return PLACE_SAID[self.script.place].format(self.script.resource)

    @property
    def begins(self) -> str:
        """The beginning of a sentence about the call: which code makes it."""
        verb = "call" if self.script.place in PLURAL else "calls"
        return f"{self.where[0].upper()}{self.where[1:]} {verb}"


def made_by(template: Template, actions: Collection[str]) -> Iterator[tuple[Resource, list[Made]]]:
    """The calls of some actions, by the resource that carries the code."""
    found: dict[str, dict[tuple[str, Position, Guard], Made]] = {}
    for script, calls in calls_of(template):
        for call in calls:
            if call.action in actions:
                own = found.setdefault(script.resource, {})
                own.setdefault((call.written, call.at, script.guard), Made(call, script))
    for address, made in found.items():
        resource = template.resources.get(address)
        if resource is not None:
            yield resource, list(made.values())


def named(made: Sequence[Made]) -> str:
    """The first few calls, each once."""
    shown: dict[str, str] = {}
    for one in made:
        shown.setdefault(one.call.action, one.shown)
    first = list(shown.values())
    more = f" and {len(first) - NAMED} more" if len(first) > NAMED else ""
    *before, last = first[:NAMED]
    if more or not before:
        return ", ".join([*before, last]) + more
    return f"{', '.join(before)} and {last}"


def evidence_of(made: Sequence[Made], at: Position) -> list[Evidence]:
    """The other calls, and those in files beside the template, each where it stands."""
    places = {one.call.at: one for one in reversed(made) if one.call.at != at}
    return [Evidence(place, f"calls {places[place].call.written}") for place in sorted(places)[:PLACES]]
