"""The elements of Action and Resource: what each of them picks, and what NotAction and NotResource leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, Literal

from vetstack.guards import Guard
from vetstack.iam.actions import ActionPatterns, matches, patterns_of
from vetstack.iam.documents import Statement
from vetstack.iam.resources import covers, glob_of, has_hole, is_hole, overlap, subject_of, token
from vetstack.position import Position
from vetstack.values import Hole, Text, Unknown, each, pieces_of

NAMED: Final = 4
"""Elements that a text names; the rest are counted."""

MANY: Final = 8
"""Patterns from which on an element keeps them in order instead of trying them one by one."""


class Selection:
    """What one element of Action or Resource picks, or the whole of NotAction or NotResource leaves.

    written: as the template spells it, of many the first few; patterns: of actions as written, of resources as
    `resources.glob_of` has them.
    """

    __slots__ = ("guard", "at", "written", "patterns", "negated", "via", "_ordered")

    def __init__(
        self,
        guard: Guard,
        at: Position,
        written: str,
        patterns: tuple[str, ...],
        negated: bool = False,
        via: tuple[str, ...] = (),
    ) -> None:
        self.guard = guard
        self.at = at
        self.written = written
        self.patterns = patterns
        self.negated = negated
        self.via = via
        self._ordered: ActionPatterns | None = None

    def takes_action(self, action: str) -> bool:
        if len(self.patterns) < MANY:
            return any(matches(pattern, action) for pattern in self.patterns) != self.negated
        if self._ordered is None:
            self._ordered = patterns_of(self.patterns)
        return self._ordered.match(action) != self.negated

    def takes_of(self, service: str) -> bool:
        """Whether it can pick an action of a service."""
        return self.negated or any(matches(pattern.partition(":")[0], service) for pattern in self.patterns)

    def covers(self, subject: str) -> bool:
        """Whether an Allow reaches all that a subject can be (see `resources`), what is excepted by name aside."""
        return _covered(self.patterns, subject) != self.negated

    def holds_all_of(self, glob: str) -> bool:
        """Whether a Deny takes away all that a glob stands for."""
        return _holds_all_of(self.patterns, self.negated, glob)

    def meets(self, globs: Iterable[str]) -> bool:
        """Whether it reaches something of what one of some globs stands for."""
        if self.negated:
            return any(not _covered(self.patterns, subject_of(glob)) for glob in globs)
        return any(overlap(pattern, glob) for glob in globs for pattern in self.patterns)

    @property
    def hidden(self) -> bool:
        """Whether only a deployment decides what it picks."""
        return any(is_hole(pattern) for pattern in self.patterns)

    @property
    def half_hidden(self) -> bool:
        """Whether only a deployment decides of which service it picks actions, or what of IAM."""
        return any(_hides(pattern) for pattern in self.patterns)

    @property
    def sweeping(self) -> bool:
        """Whether it picks actions of every service: `*`, `*:*`, `**`, any NotAction."""
        return self.negated or any(not pattern.partition(":")[0].strip("*?") for pattern in self.patterns)


def _hides(pattern: str) -> bool:
    service, _, name = pattern.partition(":")
    return has_hole(service) or (service.lower() == "iam" and has_hole(name))


@lru_cache(maxsize=8192)
def _holds_all_of(patterns: tuple[str, ...], negated: bool, glob: str) -> bool:
    if negated:
        return not any(overlap(pattern, glob) for pattern in patterns)
    return _covered(patterns, subject_of(glob))


def _covered(patterns: Iterable[str], subject: str) -> bool:
    return any(covers(pattern, subject) for pattern in patterns)


def selections_of(statement: Statement, name: Literal["Action", "Resource"]) -> Iterator[Selection]:
    """The elements of Action or Resource one by one; those of NotAction or NotResource together."""
    glob = glob_of if name == "Resource" else _action_glob
    seen: set[tuple[str, Guard]] = set()
    for guard, one in statement.guard.elements(statement.part(name)):
        if isinstance(one, (Text, Unknown)):
            pattern = glob(one)
            if (pattern, guard) not in seen:
                seen.add((pattern, guard))
                yield Selection(guard, one.at, str(one), (pattern,), via=one.via)
    for guard, whole in statement.guard.deep(statement.part(f"Not{name}")):
        names = [one for one in each(whole) if isinstance(one, (Text, Unknown))]
        if names:
            globs = tuple(glob(one) for one in names)
            via = tuple(dict.fromkeys(block for one in names for block in one.via))
            yield Selection(guard, statement.part_at(f"Not{name}"), few(map(str, names)), globs, True, via)


def few(names: Iterable[str], kind: str = "") -> str:
    """The first few of some names, and how many more there are of the kind."""
    known = list(dict.fromkeys(names))
    more = f" and {len(known) - NAMED} more {kind}".rstrip() if len(known) > NAMED else ""
    return ", ".join(known[:NAMED]) + more


def _action_glob(value: Text | Unknown) -> str:
    return "".join(token(piece) if isinstance(piece, Hole) else piece for piece in pieces_of(value)).strip()
