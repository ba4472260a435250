"""Code that a template carries or names: what it is, whose it is, and what was read in it.

`scripts.scripts_of` finds it, `programs.calls_in` reads calls of AWS's API out of it, `shell.commands_in` commands.
Nothing is ever run: code is only text here.
"""

from __future__ import annotations

from typing import Final, Literal

from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.values import Value

Place = Literal[
    "function", "user-data", "cloud-init", "cfn-init", "document", "container", "build", "provisioner", "file"
]
"""Where code stands: inline code of a function, an instance's user data (a script, or cloud-config), commands of
cfn-init, an SSM document, a container's command, a build specification, a provisioner or external program of Terraform,
a file beside the template that the template names."""

Language = Literal["python", "javascript", "shell", "powershell", "other"]


class Script(NamedTuple):
    """One piece of code, under one setting.

    resource: the address of the block that carries it; type: that block's type; text: the code, every hole of the
    template written as `${name}`; lines: where each of its lines stands, line 1 first; value: what it was made of.
    file: the file that it was read from when it stands beside the template, else None, and named_at: where the template
    names it. others: alternatives of it with no line of their own, each by its setting and its lines.
    """

    resource: str
    type: str
    place: Place
    language: Language
    guard: Guard
    text: str
    lines: tuple[Position, ...]
    value: Value
    file: str | None = None
    named_at: Position | None = None
    others: tuple[tuple[Guard, frozenset[str]], ...] = ()

    def at(self, line: int) -> Position:
        """Where a line of it stands; counted from 1. For a file beside the template, that is in the file."""
        return self.lines[min(max(line, 1), len(self.lines)) - 1]

    def reported_at(self, at: Position) -> Position:
        """Where a finding on a line of it stands: for a file beside the template, where the template names the file."""
        return at if self.named_at is None else self.named_at

    def settings(self, at: Position) -> tuple[Guard, ...]:
        """The settings under which the line that stands at a place is in the code."""
        if not self.others:
            return (self.guard,)
        written = self.text.split("\n")
        own = {line for line, place in zip(written, self.lines, strict=False) if place == at}
        return (self.guard, *(guard for guard, lines in self.others if own & lines))


GIVEN_LIMIT: Final = 400
"""Characters of a call's arguments that are kept."""


class Seen(NamedTuple):
    """A call as a reader of one language sees it: see `Call`; line: of the text, from 1."""

    action: str
    written: str
    line: int
    given: str


class Call(NamedTuple):
    """A call of AWS's API. action: as IAM names it, `iam:CreateRole`; written: as the code has it.

    given: the beginning of what it is called with.
    """

    action: str
    written: str
    at: Position
    given: str = ""


class Command(NamedTuple):
    """One simple command of a shell script.

    words: its words, quotes taken off, expansions left as written; assignments, keywords and programs that only run
    another (sudo, env, nohup) left away, redirections kept as words of their own (`>`, and the file after it).
    feeds: the commands that its output is piped into; within: the command that its output becomes part of, by `$(…)`,
    backquotes, `<(…)` or, in PowerShell, brackets. at: the line that it begins on.
    """

    words: tuple[str, ...]
    at: Position
    feeds: tuple[tuple[str, ...], ...] = ()
    within: tuple[str, ...] | None = None
