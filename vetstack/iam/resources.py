"""Resource elements of a statement: which ARNs a pattern covers, as far as the template tells.

A pattern is kept as a glob in which partition, region and account stand open (the template's own are meant, and no
other is worth telling apart) and each hole of the template is one token, so that the same hole equals itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from vetstack.values import Hole, Text, Unknown, pieces_of

ANY_NAME: Final = "\x00"
"""In a subject: a name of which nothing is known, so that only a wildcard covers it."""

_OPEN, _CLOSE = "\x01", "\x02"
_TOKEN: Final = re.compile("\x01[^\x02]*\x02")
_RESERVED: Final = str.maketrans({"*": "_", "?": "_", ":": ";", _OPEN: "_", _CLOSE: "_", ANY_NAME: "_"})
_OPEN_FIELDS: Final = (1, 3, 4)
"""Fields of an ARN, cut at ":", that stand open: partition, region and account."""


def glob_of(value: Text | Unknown) -> str:
    """A Resource element as a glob."""
    text = "".join(token(p) if isinstance(p, Hole) else p.replace(ANY_NAME, "") for p in pieces_of(value)).strip()
    fields = text.split(":", 5)
    if fields[0].lower() != "arn":
        return text
    return ":".join("*" if n in _OPEN_FIELDS and n < len(fields) - 1 else field for n, field in enumerate(fields))


def token(hole: Hole) -> str:
    """What a hole is in a glob or a subject."""
    return f"{_OPEN}{hole.kind} {hole.name.translate(_RESERVED)}{_CLOSE}"


def is_hole(glob: str) -> bool:
    """Whether a pattern is nothing but one hole."""
    return _TOKEN.fullmatch(glob) is not None


def reference_in(glob: str) -> str | None:
    """The `VendorRole#Arn` that a pattern begins with, when it begins with an attribute of a resource."""
    found = _TOKEN.match(glob)
    kind, _, name = found[0][1:-1].partition(" ") if found else ("", "", "")
    return name.replace(";", ":") if kind == "resource" else None


def covers(glob: str, subject: str) -> bool:
    """Whether every ARN that a subject (a text with ANY_NAME and tokens) can be matches a glob."""
    return _compiled(glob).fullmatch(subject) is not None


def subject_of(glob: str) -> str:
    """All that a glob stands for, as a subject: what covers it covers whatever the glob matches."""
    return re.sub(r"[*?]+", ANY_NAME, glob)


@lru_cache(maxsize=8192)
def overlap(left: str, right: str) -> bool:
    """Whether some ARN can match both globs; a hole can be anything. Whole ARNs are compared field by field."""
    if left.count(":") >= 5 and right.count(":") >= 5:
        return all(_overlap(a, b) for a, b in zip(left.split(":", 5), right.split(":", 5), strict=True))
    return _overlap(left, right)


def _overlap(left: str, right: str) -> bool:
    a, b = (re.sub(r"\*+", "*", _TOKEN.sub("*", glob)) for glob in (left, right))
    reached = {0}
    for character in a:
        reached = _star(b, reached) if character == "*" else _step(b, reached, character)
        if not reached:
            return False
    return any(set(b[place:]) <= {"*"} for place in reached)


def _star(b: str, reached: set[int]) -> set[int]:
    """Places in `b` after a `*` of the other glob: any from the first reached one on."""
    return set(range(min(reached), len(b) + 1))


def _step(b: str, reached: set[int], character: str) -> set[int]:
    """Places in `b` after one character of the other glob, `?` for any."""
    after: set[int] = set()
    for place in reached:
        if place < len(b) and b[place] == "*":
            after.add(place)
            place += 1
        if place < len(b) and b[place] != "*" and (character in ("?", b[place]) or b[place] == "?"):
            after.add(place + 1)
    return after


@lru_cache(maxsize=8192)
def _compiled(glob: str) -> re.Pattern[str]:
    """A glob as an expression; every `*` but the last takes the first place that fits (see `actions._compiled`)."""
    first, *rest = (_literal(chunk) for chunk in re.split(r"\*+", glob))
    if not rest:
        return re.compile(first, re.DOTALL)
    *middle, last = rest
    fixed = "".join(f"(?=(?P<g{n}>.*?{chunk}))(?P=g{n})" for n, chunk in enumerate(middle))
    return re.compile(f"{first}{fixed}.*{last}", re.DOTALL)


def _literal(chunk: str) -> str:
    return "".join(f"[^{ANY_NAME}]" if character == "?" else re.escape(character) for character in chunk)
