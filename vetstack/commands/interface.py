"""What a command is: a module of this folder that adds its parser and runs.

Only the command that is called is imported, so a module may import what it always needs, and late what it may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import argparse
    from typing import TypeAlias

    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

FOUND: Final = 1
BROKEN: Final = 2
"""Exit statuses beside 0: something was found; something could not be read, or the usage is wrong."""


class UsageError(Exception):
    """What was asked for makes no sense; its text says why, in words for the user."""


class Command(Protocol):
    def add(self, commands: Commands) -> None:
        """Add the command's parser, with `terminal.formatter` for its help."""

    def run(self, arguments: argparse.Namespace) -> tuple[str, int]:
        """What is to be printed, and the exit status. Raises UsageError and ConfigurationError."""
