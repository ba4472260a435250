"""The command line: `vetstack COMMAND`, each command a module of `vetstack.commands`.

Exit status: 0 nothing found, 1 findings at or above --fail-on, 2 something could not be read, the usage or the
configuration is wrong, or vetstack itself failed; 2 wins over 1.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final, cast

from vetstack import __version__
from vetstack.commands import terminal
from vetstack.commands.interface import BROKEN, Command, UsageError
from vetstack.configuration import ConfigurationError
from vetstack.reports.typography import shown

COMMANDS: Final = ("check", "grants", "stackset", "rules", "explain")
"""Modules of `vetstack.commands`, in the order in which --help lists them."""

COLLECTED: Final = (50_000, 20, 20)
"""How seldom Python looks for garbage: a review keeps nearly all that it makes, and a quarter of a large one was spent
on looking.
"""

_ABOUT: Final = """\
Vets the infrastructure templates that a vendor hands you: what does deploying this let the vendor,
or whoever breaks into the vendor, do in your account? Nothing is deployed, fetched or sent.
"""

_EXAMPLES: Final = """\
examples:
  vetstack check vendor.yaml              what to ask the vendor about before you deploy this
  vetstack check --strict templates/      every template in a folder, with the minor points
  vetstack grants vendor.yaml             who each of its identities is for, and what it may do
  vetstack stackset vendor.yaml           whether it can be rolled out over many accounts
  vetstack explain VET101                 what a finding means, and what to ask for instead
  vetstack rules                          everything that is looked for

`vetstack check --help` says more.
"""


def run() -> int:
    """`main` of the words that the process was started with, for a process that does nothing else."""
    gc.set_threshold(*COLLECTED)
    status = main()
    gc.freeze()  # or Python looks through everything once more, at its end
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Raises SystemExit where argparse does: after --help and --version, and for wrong usage."""
    words = sys.argv[1:] if argv is None else list(argv)
    commands = _commands(words)
    arguments = _parser(commands).parse_args(words)
    try:
        text, status = commands[arguments.command].run(arguments)
    except (ConfigurationError, UsageError) as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # never a status that could be taken for a verdict
        return _fail(error)
    return _write(text, status)


def _commands(words: Sequence[str]) -> dict[str, Command]:
    """The command that is called or, where none is named, every one: for --help, and for what argparse refuses."""
    called = [name for name in words[:1] if name in COMMANDS]
    return {name: cast("Command", import_module(f"vetstack.commands.{name}")) for name in called or COMMANDS}


def _parser(commands: Mapping[str, Command]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vetstack", description=_ABOUT, epilog=_EXAMPLES, formatter_class=terminal.formatter, allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"vetstack {__version__}")
    sub_parsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    for command in commands.values():
        command.add(sub_parsers)
    return parser


def _write(text: str, status: int) -> int:
    """Print a report whatever the terminal's encoding; a reader that has gone away (`| head`) is no failure."""
    encoding = terminal.encoding()
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer goes nowhere, or Python tries again at its end and fails with a status of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            return _refuse(f"the report could not be written: {error.strerror}")
    return status


def _refuse(reason: str) -> int:
    sys.stderr.write(f"vetstack: {shown(reason, 'ascii')}\n")
    return BROKEN


def _fail(error: Exception) -> int:
    """Report a mistake of vetstack's own. What the template says may be in it, so it is escaped like anything else."""
    from traceback import format_exception

    for block in format_exception(type(error), error, error.__traceback__):
        for line in block.splitlines():
            sys.stderr.write(shown(line, "ascii") + "\n")
    return _refuse(f"internal error ({type(error).__name__}): nothing was vetted; please report it")
