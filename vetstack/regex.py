"""Regular expressions that are compiled when they are first used.

Modules hold far more of them than one template needs, and compiling them all is much of what a commit hook would wait
for. Where every call counts, or every template needs it, `re.compile` stands as ever.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

Found = re.Match[str]


class Regex:
    """What `re.compile` would give for a pattern and flags. Raises re.error when it is first used, not before."""

    __slots__ = ("pattern", "flags", "_compiled")

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self.flags = flags
        self._compiled: re.Pattern[str] | None = None

    @property
    def compiled(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self.pattern, self.flags)
        return self._compiled

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> Found | None:
        return self.compiled.match(text, start, end)

    def fullmatch(self, text: str, start: int = 0, end: int = sys.maxsize) -> Found | None:
        return self.compiled.fullmatch(text, start, end)

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> Found | None:
        return self.compiled.search(text, start, end)

    def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[Found]:
        return self.compiled.finditer(text, start, end)

    def findall(self, text: str) -> list[Any]:
        return self.compiled.findall(text)

    def split(self, text: str, most: int = 0) -> list[str]:
        return self.compiled.split(text, most)

    def sub(self, new: str | Callable[[Found], str], text: str, count: int = 0) -> str:
        return self.compiled.sub(new, text, count)
