"""The elements of Action and Resource: what each of them picks, and what NotAction and NotResource leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Final, Literal

from vetstack.guards import Guard
from vetstack.iam.actions import ActionPatterns, matches, patterns_of
from vetstack.iam.documents import Statement
from vetstack.iam.resources import (
    ANYWHERE,
    Scope,
    covers,
    glob_of,
    has_hole,
    is_hole,
    narrow_glob_of,
    overlap,
    scope_of,
    subject_of,
    token,
)
from vetstack.position import Position
from vetstack.values import Hole, Text, Unknown, each, pieces_of

NAMED: Final = 4
"""Elements that a text names; the rest are counted."""

NOTHING: Final = "nothing"
"""A pattern that no ARN matches."""

MANY: Final = 8
"""Patterns from which on an element keeps them in order instead of trying them one by one."""


class Selection:
    """What one element of Action or Resource picks, or the whole of NotAction or NotResource leaves.

    written: as the template spells it, of many the first few; patterns: of actions as written, of resources as
    `resources.glob_of` has them, or `narrow_glob_of` where they take away; scope: the partition, region and account
    that an element of an Allow says; wild: what they have before the first colon, where that has a wildcard.
    """

    __slots__ = ("guard", "at", "written", "patterns", "negated", "via", "scope", "_ordered", "_named", "wild")

    def __init__(
        self,
        guard: Guard,
        at: Position,
        written: str,
        patterns: tuple[str, ...],
        negated: bool = False,
        via: tuple[str, ...] = (),
        scope: Scope = ANYWHERE,
    ) -> None:
        self.guard = guard
        self.at = at
        self.written = written
        self.patterns = patterns
        self.negated = negated
        self.via = via
        self.scope = scope
        self._ordered: ActionPatterns | None = None
        self._named: dict[str, list[str]] = {}
        for pattern in patterns:
            self._named.setdefault(pattern.partition(":")[0].lower(), []).append(pattern)
        self.wild = tuple(one for one in self._named if "*" in one or "?" in one)

    def without_patterns(self) -> Selection:
        """The same as if it matched nothing."""
        return Selection(self.guard, self.at, self.written, (NOTHING,), via=self.via)

    def takes_action(self, action: str) -> bool:
        if len(self.patterns) == 1:
            return matches(self.patterns[0], action) != self.negated
        if len(self.patterns) < MANY:
            return any(matches(pattern, action) for pattern in self.patterns) != self.negated
        if self._ordered is None:
            self._ordered = patterns_of(self.patterns)
        return self._ordered.match(action) != self.negated

    def takes_of(self, service: str) -> bool:
        """Whether it can pick an action of a service."""
        return self.negated or service in self._named or any(matches(one, service) for one in self.wild)

    @property
    def services(self) -> Collection[str]:
        """What its patterns, of actions, have before the first colon, in lower case."""
        return self._named.keys()

    def patterns_of(self, service: str) -> list[str]:
        """Those of its patterns, of actions, that begin with the name of a service in lower case."""
        return self._named.get(service, [])

    def covers(self, subject: str) -> bool:
        """Whether an Allow reaches all that a subject can be (see `resources`), what is excepted by name aside."""
        return _covered(self.patterns, subject) != self.negated

    def holds_all_of(self, glob: str) -> bool:
        """Whether a Deny takes away all that a glob stands for."""
        return _holds_all_of(self.patterns, self.negated, glob)

    def takes_away(self, globs: tuple[str, ...], spellings: bool) -> bool:
        """Whether a Deny takes away what globs stand for. spellings: whether they are spellings of one and the same."""
        if spellings and self.negated:  # what NotResource leaves is granted as if Resource named it
            return not any(_covered(self.patterns, subject_of(glob)) for glob in globs)
        held = (self.holds_all_of(glob) for glob in globs)
        return any(held) if spellings else all(held)

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
        return self.negated or any(not one.strip("*?") for one in self.wild)


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
    allow = statement.effect == "Allow"
    glob = _action_glob if name == "Action" else glob_of if allow else narrow_glob_of
    seen: dict[tuple[str, Guard], Selection] = {}
    for guard, one in statement.guard.elements(statement.part(name)):
        if isinstance(one, (Text, Unknown)):
            pattern = glob(one)
            scope = scope_of(one) if name == "Resource" and allow else ANYWHERE
            known = seen.setdefault(
                (pattern, guard), Selection(guard, one.at, str(one), (pattern,), via=one.via, scope=scope)
            )
            if known.scope != scope:
                known.scope = ANYWHERE  # of two regions one may be denied
    yield from seen.values()
    # what an Allow leaves out takes away, and what a Deny leaves out is granted
    glob = _action_glob if name == "Action" else narrow_glob_of if allow else glob_of
    for guard, whole in statement.guard.deep(statement.part(f"Not{name}")):
        names = [one for one in each(whole) if isinstance(one, (Text, Unknown))]
        if names:
            globs = tuple(glob(one) for one in names)
            via = tuple(dict.fromkeys(block for one in names for block in one.via))
            yield Selection(guard, statement.part_at(f"Not{name}"), few(map(str, names)), globs, True, via)


def all_actions_of(statement: Statement) -> Iterator[Selection]:
    """The elements of Action as one selection, where no setting decides of any: as in documents of AWS's own."""
    names = [one for one in each(statement.part("Action")) if isinstance(one, Text)]
    if names:
        yield Selection(statement.guard, names[0].at, few(names), tuple(names))
    else:
        yield from selections_of(statement, "Action")


def few(names: Iterable[str], kind: str = "") -> str:
    """The first few of some names, and how many more there are, in the plural of what they are."""
    known = list(dict.fromkeys(names))
    if len(known) <= NAMED + 1:  # "and 1 more" is no shorter than the name
        return ", ".join(known)
    return ", ".join(known[:NAMED]) + f" and {len(known) - NAMED} more {kind}".rstrip()


def _action_glob(value: Text | Unknown) -> str:
    return "".join(token(piece) if isinstance(piece, Hole) else piece for piece in pieces_of(value)).strip()
