"""What a simple command runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")


def bare(words: Sequence[str]) -> Sequence[str]:
    """A command without what is assigned before it, and without `eval` before its words."""
    start = 0
    while start < len(words) - 1 and (_ASSIGNMENT.match(words[start]) or _evaluates(words, start)):
        start += 1
    return words[start:]


def _evaluates(words: Sequence[str], start: int) -> bool:
    return words[start] == "eval" and " " not in words[start + 1]


def program_of(words: Sequence[str]) -> str:
    """The program of a command, without its folder, in lower case."""
    own = bare(words)
    return own[0].replace("\\", "/").rpartition("/")[2].lower() if own else ""
