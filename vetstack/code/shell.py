"""Commands in shell scripts: a small, tolerant reader of what sh, bash and their like would run.

It knows quoting, comments, substitutions, here-documents and the ways in which one shell is told what to run by
another. It never runs or expands anything, and takes what it cannot make sense of as words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from vetstack.code.interface import Command, Script
from vetstack.code.words import Reader, Simple, Word
from vetstack.records import NamedTuple

WRAPPERS: Final[dict[str, frozenset[str]]] = {
    "sudo": frozenset("ugpCTDRrth"),
    "doas": frozenset("uC"),
    "env": frozenset("uCS"),
    "nohup": frozenset(),
    "time": frozenset("fo"),
    "exec": frozenset("a"),
    "command": frozenset(),
    "builtin": frozenset(),
    "nice": frozenset("n"),
    "ionice": frozenset("cnp"),
    "timeout": frozenset("ks"),
    "stdbuf": frozenset("ioe"),
    "setsid": frozenset(),
    "chroot": frozenset(),
    "unbuffer": frozenset(),
    "xargs": frozenset("IinLPsadE"),
}
"""Programs that run the command after them, with those of their options that take a value."""

_WITH_ARGUMENT: Final = frozenset({"timeout", "chroot"})
"""Those of them that take one more word before the command."""

KEYWORDS: Final = frozenset({"if", "then", "else", "elif", "while", "until", "do", "!", "{", "time", "}", "fi", "done"})
"""Words of the shell's own after which a command begins."""

SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "ksh", "zsh"})
OTHER_USERS: Final = frozenset({"su", "runuser"})
RUNS_TEXT: Final = frozenset({"eval", "ssh", "script", "watch"})
"""Commands whose words are a command line themselves."""

_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*(?:\[[^]]*\])?\+?=")
_CRON_FIELD: Final = re.compile(r"[\d*/,?LW#-]+|[A-Za-z]{3}(?:[-,][A-Za-z]{3})*")
_CRON_LINE: Final = re.compile(
    r"[\"']?(?:@(?:reboot|hourly|daily|midnight|weekly|monthly|yearly|annually)|(?:[\d*/,?-]+[ \t]+){4}"
    r"(?:[\d*/,?-]+|[A-Za-z]{3}(?:[-,][A-Za-z]{3})*))[ \t]+"
)
_USERS: Final = frozenset({"root", "ec2-user", "ubuntu", "admin", "centos", "nobody"})

DEPTH_LIMIT: Final = 8
"""How deep commands may stand in texts of commands."""

CRON_LIMIT: Final = 2_000
"""Characters of a line of cron's table, which takes no more than 1,000."""

COMMANDS_LIMIT: Final = 5_000
"""Commands of one script."""


class Document(NamedTuple):
    """A here-document: the words of the command that reads it, its text, and the line that it begins on."""

    words: tuple[str, ...]
    text: str
    line: int


class Found(NamedTuple):
    """What was read in one script."""

    commands: tuple[Command, ...]
    documents: tuple[Document, ...]


def commands_in(script: Script) -> tuple[Command, ...]:
    """Every command that a script runs as far as it can be told, in the order in which they are written."""
    return found_in(script).commands


def found_in(script: Script) -> Found:
    """The commands of a script, and its here-documents."""
    if script.language == "powershell":
        from vetstack.code.powershell import commands_in as of_powershell

        return Found(tuple(of_powershell(script)), ())
    gathering = _Gathering(script)
    gathering.take(unit_commands(script.text) if _is_unit_text(script.text) else script.text, 1, 0)
    told: dict[object, Command] = {}  # what stands in a text in double quotes is read with it and once more
    for one in gathering.commands:
        told.setdefault((one.words, one.at, one.feeds), one)
    return Found(tuple(told.values()), tuple(gathering.documents))


class _Gathering:
    """The commands of one script while they are gathered."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.commands: list[Command] = []
        self.documents: list[Document] = []
        self.left = 6 * len(script.text) + 1_000

    def take(self, text: str, line: int, depth: int, *, within: tuple[str, ...] | None = None) -> None:
        """The commands of a text. line: the one of the script that the text begins on."""
        self.left -= len(text)
        if self.left < 0 or depth > DEPTH_LIMIT or len(self.commands) > COMMANDS_LIMIT:
            return
        reader = Reader(text, line)
        self._simple(reader.commands(), depth, within)

    def _simple(self, commands: Iterable[Simple], depth: int, within: tuple[str, ...] | None) -> None:
        for one in commands:
            words = run_by(one.words)
            texts = tuple(word.text for word in words)
            feeds = tuple(tuple(word.text for word in run_by(other)) for other in one.feeds)
            if texts:
                place = self.script.at(words[0].line)
                self.commands.append(Command(texts, place, tuple(fed for fed in feeds if fed), within))
            every = tuple(word.text for word in one.words)
            for inner in one.inner:
                self._simple(inner, depth + 1, texts or every)
            self._texts(words, one.words, feeds, depth)
            for document in one.documents:
                self._document(texts, feeds, document, depth)

    def _texts(self, words: tuple[Word, ...], given: tuple[Word, ...], feeds: Words, depth: int) -> None:
        """The commands in words that are texts of commands."""
        for word in texts_run(words):
            self.take(word.text, word.line, depth + 1)
        if words and _program(words[0].text) in ("echo", "printf"):
            for word in words[1:]:
                scheduled = cron_command(word.text)
                if scheduled is not None:
                    self.take(scheduled, word.line, depth + 1)
                elif any(fed and is_shell(fed) for fed in feeds) and " " in word.text:
                    self.take(word.text, word.line, depth + 1)
        scheduled = cron_command(" ".join(word.text for word in given)) if given and _is_cron(given) else None
        if scheduled is not None:
            self.take(scheduled, given[0].line, depth + 1)

    def _document(self, words: tuple[str, ...], feeds: Words, document: Word, depth: int) -> None:
        """A here-document: a script where a shell reads it, where it is written to a script or a table of cron."""
        self.documents.append(Document(words, document.text, document.line))
        targets = " ".join(words)
        runs = is_shell(words) or any(is_shell(fed) for fed in feeds) or "ssh" in words[:1]
        if "cron" in targets or any(fed[:1] == ("crontab",) for fed in feeds):
            for number, one in enumerate(document.text.split("\n")):
                scheduled = cron_command(one)
                if scheduled is not None:
                    self.take(scheduled, document.line + number, depth + 1)
        elif _is_unit(targets) or "[Service]" in document.text:
            self.take(unit_commands(document.text), document.line, depth + 1)
        elif runs or _is_script(targets, document.text):
            self.take(document.text, document.line, depth + 1)


Words = tuple[tuple[str, ...], ...]


def _is_script(targets: str, text: str) -> bool:
    """Whether what is written to a file is a script of a shell, by its first line or by the file's name."""
    start = text.lstrip()[:80].partition("\n")[0]
    if start.startswith("#!"):
        return any(shell in start for shell in ("sh", "dash"))
    return targets.endswith((".sh", ".bash")) or ".sh " in targets or "/init.d/" in targets


_EXEC: Final = re.compile(r"^[ \t]*Exec(?:Start|StartPre|StartPost|Reload|Stop|StopPost)[ \t]*=[ \t]*[@+!:-]*(.*)$")


def _is_unit(targets: str) -> bool:
    return ".service" in targets and ">" in targets or "/systemd/system" in targets and ".service" in targets


def _is_unit_text(text: str) -> bool:
    """Whether a file is a service of systemd, which begins with one of the sections of such a file."""
    return "[Service]" in text and text.lstrip().startswith(("[Unit]", "[Service]", "[Install]"))


def unit_commands(text: str) -> str:
    """The commands of a service of systemd, each on its own line of the text."""
    found = (_EXEC.match(line) for line in text.split("\n"))
    return "\n".join(one[1] if one else "" for one in found)


def is_shell(words: tuple[str, ...]) -> bool:
    """Whether a command is a shell that reads what it is to run."""
    return bool(words) and (_program(words[0]) in SHELLS or _program(words[0]) in OTHER_USERS)


def _program(word: str) -> str:
    return word.rpartition("/")[2]


def run_by(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The command that is run, without assignments, keywords and the programs that only run it."""
    start = 0
    while start < len(words):
        text = words[start].text
        name = _program(text)
        last = start + 1 == len(words)
        if not words[start].quoted and (text in KEYWORDS or (_ASSIGNMENT.match(text) and not last)):
            start += 1
        elif name in WRAPPERS and not last:
            start = _after_options(words, start + 1, name)
        else:
            break
    return words[start:]


def _after_options(words: tuple[Word, ...], start: int, name: str) -> int:
    """Where the command begins that a wrapper runs."""
    valued = WRAPPERS[name]
    while start < len(words) - 1 and words[start].text.startswith("-"):
        option = words[start].text
        start += 1 + (len(option) == 2 and option[1] in valued)
    return min(start + (name in _WITH_ARGUMENT), len(words) - 1)


def texts_run(words: tuple[Word, ...]) -> Iterator[Word]:
    """The words of a command that are texts of commands: after `sh -c`, `su -c`, `eval`."""
    if not words:
        return
    first = _program(words[0].text)
    if first in RUNS_TEXT:
        yield from (word for word in words[1:] if " " in word.text)
    other_user = first in OTHER_USERS
    for number, word in enumerate(words[:-1]):
        if word.text.startswith("-") and "c" in word.text and not word.text.startswith("--") and number:
            before = next((one.text for one in reversed(words[:number]) if not one.text.startswith("-")), "")
            if other_user or _program(before) in SHELLS:
                yield words[number + 1]
                return


def cron_command(text: str) -> str | None:
    """The command of a line of cron's table, without the user that some tables name; None for another line."""
    found = _CRON_LINE.match(text) if len(text) <= CRON_LIMIT else None
    if not found:
        return None
    rest = text[found.end() :]
    first, _, after = rest.partition(" ")
    return after if first in _USERS and after else rest


def _is_cron(words: tuple[Word, ...]) -> bool:
    """Whether a line begins with a time as cron has it."""
    if words[0].text.startswith("@"):
        return len(words) > 1
    return len(words) > 5 and all(_CRON_FIELD.fullmatch(word.text) for word in words[:5]) and any(
        "*" in word.text for word in words[:5]
    )  # fmt: skip
