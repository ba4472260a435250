"""Truth as settings: for a condition, the settings that make it true and those that make it false.

Both sides are disjunctions of conjunctions of atoms. One that outgrows its limit becomes an opaque atom, which keeps
a condition and its negation apart without saying what they depend on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vetstack.guards import Atom, Atoms, World
from vetstack.records import NamedTuple

CONJUNCTIONS_LIMIT: Final = 32
"""Conjunctions on one side of a condition; real templates stay under ten."""


class Truth(NamedTuple):
    """`true` and `false` are the settings of each; an empty tuple is never, one empty conjunction is always."""

    true: tuple[Atoms, ...]
    false: tuple[Atoms, ...]

    def negated(self) -> Truth:
        return Truth(self.false, self.true)


ALWAYS: Final = Truth((frozenset(),), ())
NEVER: Final = Truth((), (frozenset(),))


def atom(name: str, literal: str | None) -> Truth:
    """`name = literal`, or with None the opaque condition `name`."""
    return Truth((frozenset({Atom(name, literal, True)}),), (frozenset({Atom(name, literal, False)}),))


def constant(holds: bool) -> Truth:
    return ALWAYS if holds else NEVER


def every(world: World, parts: Iterable[Truth], name: str) -> Truth:
    """The conjunction of conditions; `name` stands for it when it outgrows the limit."""
    true: list[Atoms] = [frozenset()]
    false: list[Atoms] = []
    for part in parts:
        false = _distinct(world, [*false, *(a | b for a in true for b in part.false)])
        true = _distinct(world, [a | b for a in true for b in part.true])
        if len(true) > CONJUNCTIONS_LIMIT or len(false) > CONJUNCTIONS_LIMIT:
            return atom(name, None)
    return Truth(tuple(true), tuple(false))


def either(world: World, parts: Iterable[Truth], name: str) -> Truth:
    """The disjunction of conditions."""
    together = every(world, [part.negated() for part in parts], name)
    opaque = together == atom(name, None)
    return together if opaque else together.negated()


def _distinct(world: World, conjunctions: Iterable[Atoms]) -> list[Atoms]:
    return [one for one in dict.fromkeys(conjunctions) if world.consistent(one)]
