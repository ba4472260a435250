"""Resource elements of a statement: which ARNs a pattern covers, as far as the template tells.

A pattern is kept as a glob in which partition, region and account stand open (the template's own are meant, and no
other is worth telling apart) and each hole of the template is one token, so that the same hole equals itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from vetstack.iam.globs import compiled, fits
from vetstack.values import Hole, Text, Unknown, pieces_of

ANY_NAME: Final = "\x00"
"""In a subject: a name of which nothing is known, so that only a wildcard covers it."""

_OPEN, _CLOSE = "\x01", "\x02"
_TOKEN: Final = re.compile("\x01[^\x02]*\x02")
_WILD: Final = re.compile(r"[*?]")
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


def has_hole(text: str) -> bool:
    """Whether a pattern, or a part of one, holds a hole."""
    return _OPEN in text


def begins_with_hole(glob: str) -> bool:
    """Whether nothing is known of what an ARN begins with."""
    return glob.startswith(_OPEN)


def covers(glob: str, subject: str) -> bool:
    """Whether every ARN that a subject (a text with ANY_NAME and tokens) can be matches a glob."""
    if "?" in glob:
        return compiled(glob, f"[^{ANY_NAME}]", re.DOTALL).fullmatch(subject) is not None
    return fits(glob, subject)


@lru_cache(maxsize=8192)
def subject_of(glob: str) -> str:
    """All that a glob stands for, as a subject: what covers it covers whatever the glob matches."""
    return re.sub(r"[*?]+", ANY_NAME, glob)


def glob_of_subject(subject: str) -> str:
    """A glob that stands for all that a subject can be."""
    return subject.replace(ANY_NAME, "*")


def anything_of(action: str) -> str:
    """Any resource of the service of an action, as a subject."""
    return f"arn:{ANY_NAME}:{action.partition(':')[0].lower()}:{ANY_NAME}:{ANY_NAME}:{ANY_NAME}"


@lru_cache(maxsize=8192)
def overlap(left: str, right: str) -> bool:
    """Whether some ARN can match both globs; a hole can be anything. Whole ARNs are compared field by field."""
    if left.count(":") >= 5 and right.count(":") >= 5:
        return all(_overlap(a, b) for a, b in zip(left.split(":", 5), right.split(":", 5), strict=True))
    return _overlap(left, right)


def _overlap(left: str, right: str) -> bool:
    if left == right or left == "*" or right == "*":
        return True
    a, b = _opened(left), _opened(right)
    begins = min(len(_WILD.split(a, 1)[0]), len(_WILD.split(b, 1)[0]))
    if a[:begins] != b[:begins]:
        return False
    if a[begins:] == "*" or b[begins:] == "*":
        return True  # one of them ends in its only wildcard, and the other goes on as it likes
    reached = {0}
    for character in a:
        reached = _star(b, reached) if character == "*" else _step(b, reached, character)
        if not reached:
            return False
    return any(set(b[place:]) <= {"*"} for place in reached)


def _opened(glob: str) -> str:
    return re.sub(r"\*+", "*", _TOKEN.sub("*", glob)) if has_hole(glob) or "**" in glob else glob


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
