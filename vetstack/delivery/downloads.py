"""What is done with downloads in scripts: what is piped into a shell, installed or run after it was fetched.

Which commands fetch is in `fetching`; whose an address is says `origins`, how it is fixed `pinning`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.code.interface import Command
from vetstack.code.simple import bare, program_of
from vetstack.delivery.fetching import Fetch, fetches_of
from vetstack.records import NamedTuple
from vetstack.regex import Regex

INTERPRETERS: Final = frozenset(
    {
        "sh", "bash", "ash", "dash", "ksh", "zsh", "python", "python2", "python3", "perl", "ruby", "node", "php",
        "iex", "invoke-expression", "powershell", "powershell.exe", "pwsh", "source", ".", "eval", "su",
    }
)  # fmt: skip
"""Programs that run what they are given, as a file, on their input or in their words."""

INSTALLERS: Final = frozenset(
    {
        "rpm", "yum", "dnf", "zypper", "dpkg", "apt", "apt-get", "apk", "gdebi", "alien", "snap", "installer",
        "msiexec", "msiexec.exe", "start-process", "saps", "start", "java", "pip", "pip3", "npm", "gem", "insmod",
        "easy_install", "add-appxpackage", "install-package", "import-module", "choco", "ansible-playbook", "kubectl",
        "helm", "make", "&",
    }
)  # fmt: skip
"""Programs that install or run a file that their words name."""

UNPACKERS: Final = frozenset({"tar", "unzip", "gunzip", "expand-archive", "7z", "cpio", "bsdtar"})
MOVERS: Final = frozenset({"mv", "cp", "install", "ln", "move-item", "copy-item", "tee"})
RUN_FROM: Final = Regex(
    r"/(?:usr/)?(?:local/)?s?bin/|/etc/(?:init\.d|systemd|cron[\w.]*|rc\.d|profile\.d)/|/opt/.+/bin/"
)
"""Folders out of which things are run without being called by their file's name."""

_NOT_CODE: Final = Regex(
    r"/etc/(?:yum\.repos\.d|apt/|pki|ssl)|/usr/share/keyrings|\.(?:repo|list|asc|gpg|pem|crt|cer|key|sig|sha256)$"
)
"""Files that are fetched and are not run: lists of repositories, keys and certificates."""


class Run(NamedTuple):
    """One download that is run. by: the command that runs it, which may be the same; how: a clause for a message."""

    fetch: Fetch
    by: Command
    how: str


def runs_in(commands: Sequence[Command], later: Sequence[Command] = ()) -> Iterator[Run]:
    """The downloads among some commands that are run, each by the first command that runs it.

    later: further commands that come after these, of which downloads are asked elsewhere.
    """
    index: _Index | None = None
    for number, command in enumerate(commands):
        for fetch in fetches_of(command):
            found = _piped(fetch)
            if found is None:
                index = index or _Index([*commands, *later])
                found = _run_later(fetch, index, number)
            if found:
                yield found


class _Index:
    """Commands by the files that their words may name, so that each download looks at few of them."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self.commands = commands
        self._naming: dict[str, list[int]] = {}
        self.local: list[int] = []
        for number, command in enumerate(commands):
            words = bare(command.words)
            for name in {_file_in(part) for word in words for part in _PARTS.split(word)}:
                self._naming.setdefault(name, []).append(number)
            if words and (words[0].startswith("./") or words[0].endswith(("/install", "/install.sh", "setup"))):
                self.local.append(number)

    def naming(self, target: str, after: int) -> Iterator[int]:
        """The numbers of the commands after one of which a word may name a file."""
        numbers = self._naming.get(_file_in(target), [])
        start = bisect_right(numbers, after)
        yield from numbers[start : start + LOOKED_AT]

    def first_local(self, after: int) -> Command | None:
        """The first command after one that runs a program of the folder that it is in."""
        start = bisect_right(self.local, after)
        return self.commands[self.local[start]] if start < len(self.local) else None


_PARTS: Final = Regex(r"[\s\"'=,;:]+")
LOOKED_AT: Final = 50
"""Commands that name a file which are looked at for the one that runs it."""


def _file_in(path: str) -> str:
    """The last part of a path, in lower case."""
    return path.strip("\"'").replace("\\", "/").rpartition("/")[2].lower()


def _piped(fetch: Fetch) -> Run | None:
    command = fetch.command
    for fed in command.feeds:
        if program_of(fed) in INTERPRETERS and not fetch.target and not _runs_own_text(fed):
            return Run(fetch, command, f"piped into {bare(fed)[0]}")
    around = command.within
    if around and not fetch.target and program_of(around) in INTERPRETERS | {"&"} and _takes_output(around):
        return Run(fetch, command, f"run by {bare(around)[0]}")
    return None


def _runs_own_text(words: Sequence[str]) -> bool:
    """Whether an interpreter reads its program elsewhere, so that what it is fed is only data: `python3 -c …`."""
    name, rest = program_of(words), bare(words)[1:]
    if name.startswith(("python", "perl", "ruby", "node", "php")):
        return any(
            word in ("-c", "-e", "-m", "-ne", "-pe", "-r") or not word.startswith("-") for word in rest if word != "-"
        )
    if "-c" in rest:  # without a text, or with a mark in its place, xargs gives it what it reads
        return rest[-1] not in ("-c", "{}", "%")
    return bool(rest) and not rest[0].startswith("-") and name != "su" and rest[0] != "/dev/stdin"


def _takes_output(words: Sequence[str]) -> bool:
    """Whether the output of a command inside is what is run, rather than a part of a word."""
    if program_of(words) in ("iex", "invoke-expression", "&"):
        return True
    return any(word.lstrip("\"' ").startswith(("$(", "`", "<(")) for word in bare(words)[1:])


def _run_later(fetch: Fetch, index: _Index, number: int) -> Run | None:
    if fetch.folder:
        return _run_from_folder(fetch, index, number)
    unpacked = any(program_of(fed) in UNPACKERS for fed in fetch.command.feeds)
    if not (fetch.target or unpacked) or _NOT_CODE.search(fetch.target):
        return None
    if RUN_FROM.search(fetch.target):
        return Run(fetch, fetch.command, f"put into {fetch.target}")
    target, after = fetch.target, number
    for _ in range(STEPS if target else 0):
        moved = ""
        for place in index.naming(target, after):
            command = index.commands[place]
            how = _how(command, target)
            if how:
                return Run(fetch, command, how)
            name = program_of(command.words)
            if name in UNPACKERS and _names(command.words, {target}):
                unpacked, after = True, place
            elif name in MOVERS and _names(command.words, {target}) and not moved:
                moved, after = command.words[-1], place
        if not moved:
            break
        target = moved
    local = index.first_local(after) if unpacked else None
    return Run(fetch, local, f"unpacked, and {bare(local.words)[0]} run") if local else None


def _run_from_folder(fetch: Fetch, index: _Index, number: int) -> Run | None:
    """A folder that is fetched and of which something is run, by its path or after a `cd` to it."""
    if RUN_FROM.search(f"{fetch.target}/"):
        return Run(fetch, fetch.command, f"put into {fetch.target}")
    inside, start = fetch.target == ".", number + 1
    for command in index.commands[start : start + LOOKED_AT]:
        words = bare(command.words)
        name = program_of(words)
        given = words[:2] if name in INTERPRETERS | INSTALLERS | {"nohup"} else words[:1]
        if any(word.startswith(f"{fetch.target}/") or (inside and word.startswith("./")) for word in given):
            return Run(fetch, command, f"copied, and {given[-1]} run")
        if name in ("cd", "pushd") and len(words) > 1:
            inside = words[1].rstrip("/") == fetch.target
    return None


STEPS: Final = 3
"""How often a file is followed to another name."""


def _how(command: Command, target: str) -> str | None:
    """How a command runs a file; None where it does not."""
    words = bare(command.words)
    name, names = program_of(words), {target}
    if _same(words[0], target):
        return "run"
    if name in INTERPRETERS | INSTALLERS and _names(words, names):
        return f"given to {words[0]}" if name != "&" else "run"
    if name == "chmod" and _names(words, names) and _EXECUTABLE.search(words[1]):
        return "made executable"
    if name in MOVERS and _names(words, names) and any(RUN_FROM.search(word) for word in words[1:]):
        return f"put into {words[-1]}"
    return None


_EXECUTABLE: Final = Regex(r"\+\S*x|\b[0-7]?[1357]\d\d\b")


def _same(word: str, target: str) -> bool:
    """Whether a word names the file that was fetched: the same path, or the same name in whichever folder one is in."""
    word, target = word.strip("\"'"), target.strip("\"'")
    if word == target:
        return True
    folders = word.replace("\\", "/").rpartition("/"), target.replace("\\", "/").rpartition("/")
    return (
        bool(folders[0][2])
        and folders[0][2] == folders[1][2]
        and (not folders[0][0].strip(".") or not folders[1][0].strip("."))
    )


def _names(words: Sequence[str], names: set[str]) -> bool:
    return any(_same(word, known) or (len(known) > 3 and known in word) for word in words[1:] for known in names)
