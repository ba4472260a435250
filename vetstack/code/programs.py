"""Calls of AWS's API in code of any language, as actions that IAM knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

from vetstack.code.interface import Call, Command, Script, Seen
from vetstack.code.names import CMDLETS_BY_NAME, action_of
from vetstack.regex import Regex
from vetstack.template import Template

MAY_CALL: Final = Regex(r"boto|aws|iam", re.IGNORECASE)
"""What stands in every code that calls AWS's API."""

CALLS_LIMIT: Final = 2_000
"""Calls of one piece of code."""

VALUED: Final = frozenset(
    {
        "--profile", "--region", "--output", "--endpoint-url", "--query", "--color", "--ca-bundle",
        "--cli-read-timeout", "--cli-connect-timeout",
    }
)  # fmt: skip
"""Options that the AWS CLI takes before the service and that have a value of their own."""

_STATE: Final = Regex(r"aws-sdk:([\w-]+):(\w+)")


def calls_of(template: Template) -> tuple[tuple[Script, tuple[Call, ...]], ...]:
    """The pieces of code of a template that call AWS's API, each with its calls."""
    if __name__ not in template.derived:
        from vetstack.code.scripts import scripts_of

        found = ((script, calls_in(script)) for script in scripts_of(template))
        template.derived[__name__] = tuple((script, calls) for script, calls in found if calls)
    return cast("tuple[tuple[Script, tuple[Call, ...]], ...]", template.derived[__name__])


def calls_in(script: Script) -> tuple[Call, ...]:
    """Every call of AWS's API that a piece of code has, in the order of its lines."""
    if not MAY_CALL.search(script.text):
        return ()
    seen: list[Call] = []
    for one in _seen(script):
        seen.append(Call(one.action, one.written, script.at(one.line), one.given))
        if len(seen) >= CALLS_LIMIT:
            break
    return tuple(sorted(dict.fromkeys(seen), key=lambda call: call.at))


def _seen(script: Script) -> Iterator[Seen]:
    if script.language == "python":
        from vetstack.code.python_calls import calls_in as in_python

        yield from in_python(script.text)
    elif script.language == "javascript":
        from vetstack.code.javascript_calls import calls_in as in_javascript

        yield from in_javascript(script.text)
    elif script.language in ("shell", "powershell"):
        yield from _in_shell(script)
    else:
        for found in _STATE.finditer(script.text):
            line = script.text.count("\n", 0, found.start()) + 1
            yield Seen(action_of(found[1], found[2]), found[0], line, "")


def _in_shell(script: Script) -> Iterator[Seen]:
    from vetstack.code.languages import language_of_program
    from vetstack.code.shell import found_in

    commands, documents = found_in(script)
    lines = {at: number for number, at in reversed(list(enumerate(script.lines, 1)))}
    for command in commands:
        line = lines.get(command.at, 1)
        if "aws" in command.words[0].lower():
            yield from _of_command(command, line)
        action = CMDLETS_BY_NAME.get(command.words[0].lower())
        if action:
            yield Seen(action, command.words[0], line, " ".join(command.words))
        if language_of_program(command.words[0]) == "python" and "-c" in command.words[1:-1]:
            yield from _in_python(command.words[command.words.index("-c") + 1], line)
    for words, text, line in documents:
        if any(language_of_program(word) == "python" or word.endswith(".py") for word in words):
            yield from _in_python(text, line)


def _in_python(text: str, line: int) -> Iterator[Seen]:
    from vetstack.code.python_calls import calls_in as in_python

    for one in in_python(text) if MAY_CALL.search(text) else ():
        yield one._replace(line=one.line + line - 1)


def _of_command(command: Command, line: int) -> Iterator[Seen]:
    """The operation of a command of the AWS CLI."""
    if command.words[0].replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe") not in ("aws", "awslocal"):
        return
    words = list(command.words[1:])
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in VALUED else words[1:]
    words = [word for word in words if not word.startswith("$")] if words and words[0].startswith("$") else words
    if len(words) >= 2 and not words[1].startswith("-"):
        yield Seen(action_of(words[0], words[1]), f"aws {words[0]} {words[1]}", line, " ".join(command.words))
