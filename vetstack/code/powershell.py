"""Commands in PowerShell, roughly: words, quotes, pipelines, and what stands in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.code.interface import Command, Script
from vetstack.regex import Regex

_TOKEN: Final = Regex(
    r"(?P<here>@\"\r?\n.*?(?:\n\"@|\Z)|@'\r?\n.*?(?:\n'@|\Z))|(?P<comment><#.*?(?:#>|\Z)|\#[^\n]*)"
    r"|(?P<continued>`\r?\n)|(?P<line>\n)|(?P<double>\"(?:[^\"`]|`.|\"\")*\"?)|(?P<single>'(?:[^']|'')*'?)"
    r"|(?P<open>\$\(|@\(|&?[ \t]{0,20}\(|\{)|(?P<close>[)}])|(?P<pipe>\|)|(?P<end>;)|(?P<assign>=)"
    r"|(?P<word>(?:`.|\$\{[^{}\n]*\}|[^\s\"'(){}|;`=])+)|(?P<blank>[ \t\r]+)|.",
    re.DOTALL,
)

NESTING_LIMIT: Final = 40


def commands_in(script: Script) -> Iterator[Command]:
    """The commands of a script; one in brackets is part of the command around them."""
    reading = _Reading(script)
    line = 1
    for found in _TOKEN.finditer(script.text):
        reading.take(found.lastgroup or "", found[0], line)
        line += found[0].count("\n")
    reading.close_all()
    yield from reading.commands


class _Level:
    """The commands between two brackets."""

    def __init__(self, within: list[str] | None) -> None:
        self.within = within
        self.pipeline: list[tuple[list[str], int]] = []
        self.words: list[str] = []
        self.line = 0


class _Reading:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.commands: list[Command] = []
        self.levels = [_Level(None)]

    def take(self, kind: str, text: str, line: int) -> None:
        """One token."""
        level = self.levels[-1]
        if kind in ("word", "double", "single", "here"):
            level.line = level.line or line
            level.words.append(text[1:-1] if kind in ("double", "single") else text[2:-2] if kind == "here" else text)
        elif kind == "assign" and level.words and level.words[-1].startswith("$"):
            level.words.clear()
            level.line = 0
        elif kind == "pipe":
            self._next(level)
        elif kind in ("line", "end"):
            self._finish(level)
        elif kind == "open" and len(self.levels) < NESTING_LIMIT:
            level.line = level.line or line
            calls = text == "(" and bool(level.words) and (level.words[-1].startswith(".") or "::" in level.words[-1])
            self.levels.append(level if calls else _Level(None if text == "{" else level.words))
        elif kind == "close" and len(self.levels) > 1:
            closed = self.levels.pop()
            if closed is not self.levels[-1]:  # the arguments of a method are words of the command
                self._finish(closed)

    def close_all(self) -> None:
        while self.levels:
            self._finish(self.levels.pop())

    def _next(self, level: _Level) -> None:
        if level.words:
            level.pipeline.append((level.words, level.line))
        level.words, level.line = [], 0

    def _finish(self, level: _Level) -> None:
        self._next(level)
        every = [tuple(words) for words, _ in level.pipeline]
        for number, (words, line) in enumerate(level.pipeline):
            within = tuple(level.within) if level.within else None
            self.commands.append(Command(tuple(words), self.script.at(line), tuple(every[number + 1 :]), within))
        level.pipeline = []
