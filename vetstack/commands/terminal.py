"""Where the output goes: how wide it is, whether it shows colours, and which characters it has."""

from __future__ import annotations

import os
import sys
from argparse import HelpFormatter, RawDescriptionHelpFormatter
from typing import Final

WIDEST: Final = 100
NARROWEST: Final = 40


def formatter(prog: str) -> HelpFormatter:
    """A formatter of known width: left to itself it asks shutil for one, for every argument, help or no help."""
    return RawDescriptionHelpFormatter(prog, width=width())


def encoding() -> str:
    return getattr(sys.stdout, "encoding", None) or "ascii"


def colors() -> bool:
    """Whether to colour: only for a terminal that can, and not when NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns of a line: the terminal's, within what is comfortable to read."""
    said = os.environ.get("COLUMNS", "")
    wide = int(said) if said.isascii() and said.isdigit() else 0
    if not wide and sys.stdout.isatty():
        try:
            wide = os.get_terminal_size(sys.stdout.fileno()).columns
        except OSError:
            wide = 80
    return min(max(wide or WIDEST, NARROWEST), WIDEST)
