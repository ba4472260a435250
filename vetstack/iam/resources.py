"""Resource elements of a statement: which ARNs a pattern covers, as far as the template tells.

A pattern is kept as a glob in which each hole of the template is one token, so that the same hole equals itself. Of
what is granted, partition, region and account stand open: where it begins is no less than everywhere. What takes away
reaches no further than it says, so that there they stand open only where the customer's own are meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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
Scope = tuple[str, ...]
"""Partition, region and account, `*` for any."""

ANYWHERE: Final[Scope] = ("*", "*", "*")

_OPEN_FIELDS: Final = (1, 3, 4)
"""Fields of an ARN, cut at ":", that can stand open: partition, region and account."""

_OWN: Final = ("partition", "own-region", "own-account")
"""Kinds of holes that are the customer's own, of which there is one in a deployment."""


def glob_of(value: Text | Unknown) -> str:
    """A Resource element as a glob that is open in partition, region and account."""
    return _opened_in(_written(value), lambda field: True)


def narrow_glob_of(value: Text | Unknown) -> str:
    """A Resource element as a glob that is open only where it means the customer's own, or says nothing."""
    return _opened_in(_written(value), _says_nothing)


def scope_of(value: Text | Unknown) -> Scope:
    """The partition, region and account that a Resource element says, `*` for what it leaves open."""
    fields = narrow_glob_of(value).split(":", 5)
    if fields[0].lower() != "arn":
        return ANYWHERE
    return tuple(fields[n] if n < len(fields) - 1 else "*" for n in _OPEN_FIELDS)


def within(glob: str, scope: Scope) -> str:
    """What of a glob a scope leaves: it says what the glob leaves open."""
    fields = glob.split(":", 5)
    if scope == ANYWHERE or fields[0].lower() != "arn" or len(fields) < 6:
        return glob
    for n, said in zip(_OPEN_FIELDS, scope, strict=True):
        fields[n] = said if fields[n] == "*" else fields[n]
    return ":".join(fields)


def _written(value: Text | Unknown) -> str:
    return "".join(token(p) if isinstance(p, Hole) else p.replace(ANY_NAME, "") for p in pieces_of(value)).strip()


def _opened_in(text: str, where: Callable[[str], bool]) -> str:
    fields = text.split(":", 5)
    if fields[0].lower() != "arn":
        return text
    last = len(fields) - 1
    return ":".join("*" if n in _OPEN_FIELDS and n < last and where(one) else one for n, one in enumerate(fields))


def _says_nothing(field: str) -> bool:
    """Whether a field of an ARN means the customer's own, or any."""
    if not field.strip("*") or field == "aws":
        return True
    return is_hole(field) and field[1:-1].partition(" ")[0] in _OWN


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


def names_parameter(glob: str) -> bool:
    """Whether a pattern holds what a parameter or a variable is set to."""
    return f"{_OPEN}parameter " in glob


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
