"""Whether an AllowedPattern admits a value, without letting its author choose how long that takes.

CloudFormation matches with Java's regular expressions, Python's engine backtracks. So a pattern is read first: it is
tried only when both engines read it alike and when the ways in which it can divide the value are few. Any other
counts as admitting. Sources: CloudFormation user guide, parameters-section-structure; Java's java.util.regex.Pattern.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from vetstack.records import NamedTuple
from vetstack.regex import Regex

WAYS_LIMIT: Final = 200_000
"""Ways of dividing a value that may be tried: each takes at most as many steps as the value has characters."""

PROBE_LENGTH: Final = 256
"""Longest value that a pattern is tried on, and the longest part of one that its own counts are taken for."""

PATTERN_LENGTH: Final = 2_000
DEPTH_LIMIT: Final = 20

_PLAIN_ESCAPES: Final = frozenset("dDwWsSnrtf")
_ANCHORS: Final = frozenset("bBA")
_GROUP = Regex(r"\((?:\?(?::|=|!|i:))?(?!\?)")
_CLASS = Regex(r"\[\^?(?:[^\]\[\\&|~]|\\[dDwWsSnrtf]|\\[^A-Za-z0-9])+\]")
_COUNT = Regex(r"\{(\d{1,6})(,?)(\d{0,6})\}")


class _Piece(NamedTuple):
    """A part of a pattern. least: characters that it takes at least; how: how it is built.

    `char`, `anchor`; `sequence` and `either` of parts; `repeat` of one part, from `low` to `high` times.
    """

    how: str
    least: int
    parts: tuple[_Piece, ...] = ()
    low: int = 0
    high: int = 0

    def ways(self, length: int) -> int:
        """At most how many ways there are to match it within so many characters; it stops counting past the limit."""
        if self.how == "repeat":
            return self._ways_to_repeat(self.parts[0], length)
        if self.how == "either":
            return _capped(sum(part.ways(length) for part in self.parts))
        found = 1
        for part in self.parts:
            found = _capped(found * part.ways(length))
        return found

    def _ways_to_repeat(self, part: _Piece, length: int) -> int:
        """One round more than there is room for is begun; after one that takes nothing no other is, unless it must."""
        rounds = length // part.least + 1 if part.least else max(self.low, length + 1)
        rounds = min(rounds, self.high)
        options = max(1, min(rounds, length) - self.low + 1) if part.least else rounds - self.low + 1
        one = part.ways(length)
        return _capped(options * (1 if one == 1 else one ** min(rounds, WAYS_LIMIT.bit_length())))


def _capped(ways: int) -> int:
    return max(1, min(ways, WAYS_LIMIT + 1))


class _Unknown(Exception):
    """Something that Java and Python may read differently."""


@lru_cache(maxsize=4096)
def admits(pattern: str, value: str) -> bool:
    """Whether CloudFormation would accept the value: the pattern must match all of it.

    One that cannot be read, or that could take too long on this value, counts as admitting.
    """
    if len(value) > PROBE_LENGTH:
        return True
    known = _read(pattern)
    if known is None or known.ways(len(value)) > WAYS_LIMIT:
        return True
    try:
        return re.fullmatch(pattern, value, re.ASCII) is not None
    except (re.error, RecursionError, OverflowError):
        return True


@lru_cache(maxsize=256)
def _read(pattern: str) -> _Piece | None:
    if len(pattern) > PATTERN_LENGTH:
        return None
    body = pattern.removeprefix("(?i)")
    try:
        piece, end = _either(body, 0, 0)
    except _Unknown:
        return None
    return piece if end == len(body) else None


def _either(text: str, start: int, depth: int) -> tuple[_Piece, int]:
    if depth > DEPTH_LIMIT:
        raise _Unknown
    branches = []
    while True:
        branch, start = _sequence(text, start, depth)
        branches.append(branch)
        if text[start : start + 1] != "|":
            break
        start += 1
    if len(branches) == 1:
        return branches[0], start
    return _Piece("either", min(branch.least for branch in branches), tuple(branches)), start


def _sequence(text: str, start: int, depth: int) -> tuple[_Piece, int]:
    parts = []
    while start < len(text) and text[start] not in "|)":
        part, start = _part(text, start, depth)
        part, start = _repeated(part, text, start)
        parts.append(part)
    return _Piece("sequence", sum(part.least for part in parts), tuple(parts)), start


_CHARACTER: Final = _Piece("char", 1)
_ANCHOR: Final = _Piece("anchor", 0)


def _part(text: str, start: int, depth: int) -> tuple[_Piece, int]:
    first = text[start]
    if first == "(":
        return _group(text, start, depth)
    if first == "[":
        found = _CLASS.match(text, start)
        if not found or "--" in found[0]:  # nested, intersected or empty: only Java's
            raise _Unknown
        return _CHARACTER, found.end()
    if first == "\\":
        escaped = text[start + 1 : start + 2]
        if escaped in _ANCHORS:
            return _ANCHOR, start + 2
        if not escaped or (escaped.isalnum() and escaped not in _PLAIN_ESCAPES) or not escaped.isascii():
            raise _Unknown
        return _CHARACTER, start + 2
    if first in "^$":
        return _ANCHOR, start + 1
    if first in "*+?{":
        raise _Unknown
    return _CHARACTER, start + 1


def _group(text: str, start: int, depth: int) -> tuple[_Piece, int]:
    opened = _GROUP.match(text, start)
    if not opened:
        raise _Unknown
    piece, end = _either(text, opened.end(), depth + 1)
    if text[end : end + 1] != ")":
        raise _Unknown
    if opened[0].endswith(("=", "!")):
        piece = piece._replace(least=0)
    return piece, end + 1


def _repeated(part: _Piece, text: str, start: int) -> tuple[_Piece, int]:
    mark = text[start : start + 1]
    if mark not in ("*", "+", "?", "{"):
        return part, start
    if mark == "{":
        count = _COUNT.match(text, start)
        if not count:
            raise _Unknown
        low = int(count[1])
        high = int(count[3]) if count[3] else (1_000_000 if count[2] else low)
        start = count.end()
    else:
        low, high = {"*": (0, 1_000_000), "+": (1, 1_000_000), "?": (0, 1)}[mark]
        start += 1
    if low > high or text[start : start + 1] in ("+", "*", "{"):  # possessive, or repeated twice
        raise _Unknown
    if text[start : start + 1] == "?":
        start += 1
    return _Piece("repeat", part.least * low, (part,), low, high), start
