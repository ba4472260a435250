"""Settings under which something holds, and whether a deployer can choose them.

A `Guard` is a conjunction of atoms (`name = literal`, its negation, or an opaque condition) in one
`World`: the template's parameters with what they admit, and the assertions it makes about them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.values import ABSENT, Absent, Choice, Hole, Items, Map, Unknown, Value, each

NULL: Final = "\0"
"""The literal of a name that is null, as a Terraform variable may be: no text that a deployer can give."""

SAID: Final = {"": "empty", NULL: "null"}
"""How a message calls literals that no quotes would show."""


class Atom(NamedTuple):
    """`name = literal` or, with holds False, its negation. Literal None: `name` is an opaque condition."""

    name: str
    literal: str | None
    holds: bool

    def __str__(self) -> str:
        name = self.name.rpartition(" > ")[2]  # an embedded template's own names carry its address
        if self.literal is None:
            return f"{name} is {'true' if self.holds else 'false'}"
        shown = SAID.get(self.literal) or f'"{self.literal}"'
        return f"{name} is {'' if self.holds else 'not '}{shown}"


Atoms = frozenset[Atom]


class Domain(NamedTuple):
    """The values that a name admits: `allowed` when they are listed, and a test that each must pass."""

    allowed: tuple[str, ...] | None
    admits: Callable[[str], bool]


SEARCH_LIMIT: Final = 4_000
"""Steps after which the search for a setting stops and the guard counts as possible."""

DEEP_LIMIT: Final = 128
"""Alternatives of one value that `Guard.deep` spells out; past it the value widens to Unknown."""


class World:
    """The names of one template that a deployer sets, and what the template lets them be.

    `constraints`: of each, at least one conjunction must hold (the template's own assertions).
    `widened`: where the budget ran out, for the review to report.
    """

    def __init__(self, domains: dict[str, Domain] | None = None) -> None:
        self.domains: dict[str, Domain] = domains or {}
        self.constraints: list[tuple[Atoms, ...]] = []
        self.widened: list[tuple[Position, str]] = []
        self.always = Guard(self, ())
        self._known: dict[Atoms, bool] = {}

    def limit(self, name: str, literals: Sequence[str]) -> None:
        """Take in that a name is one of some literals in every deployment, unless that would leave it none."""
        domain = self.domains.get(name)
        admits = domain.admits if domain else lambda value: True
        among = literals if domain is None or domain.allowed is None else domain.allowed
        wanted = frozenset(literals)
        kept = tuple(literal for literal in among if literal in wanted and admits(literal))
        if kept:
            self.domains[name] = Domain(kept, admits)
            self._known.clear()

    def constrain(self, conjunctions: tuple[Atoms, ...]) -> None:
        """Take in an assertion of the template: at least one of the conjunctions holds in every deployment."""
        self.constraints.append(conjunctions)
        self._known.clear()
        for name in {atom.name for atom in conjunctions[0]}:
            required = [[a.literal for a in one if a.name == name and a.holds and a.literal] for one in conjunctions]
            if all(required):  # whichever conjunction holds, it settles this name
                domain = self.domains.get(name)
                literals = tuple(dict.fromkeys(one[0] for one in required if one[0]))
                self.domains[name] = Domain(literals, domain.admits if domain else lambda value: True)

    def consistent(self, atoms: Atoms) -> bool:
        """Whether every name keeps a value that its domain admits, assertions left aside."""
        equal: dict[str, str] = {}
        unequal: dict[str, set[str]] = {}
        opaque: dict[str, bool] = {}
        for name, literal, holds in atoms:
            if literal is None:
                if opaque.setdefault(name, holds) != holds:
                    return False
            elif holds:
                if equal.setdefault(name, literal) != literal:
                    return False
            else:
                unequal.setdefault(name, set()).add(literal)
        for name, literal in equal.items():
            if literal in unequal.get(name, ()):
                return False
            domain = self.domains.get(name)
            if domain and not (domain.admits(literal) and (domain.allowed is None or literal in domain.allowed)):
                return False
        for name, literals in unequal.items():
            domain = self.domains.get(name)
            if domain and domain.allowed is not None and name not in equal and literals.issuperset(domain.allowed):
                return False
        return True

    def possible(self, atoms: Atoms) -> bool:
        """Whether some setting of the parameters makes all atoms true and breaks no assertion."""
        if atoms not in self._known:
            steps = [0]
            self._known[atoms] = self.consistent(atoms) and self._satisfies(atoms, 0, steps)
        return self._known[atoms]

    def _satisfies(self, atoms: Atoms, index: int, steps: list[int]) -> bool:
        steps[0] += 1
        if index == len(self.constraints) or steps[0] > SEARCH_LIMIT:
            return True
        for conjunction in self.constraints[index]:
            together = atoms | conjunction
            if self.consistent(together) and self._satisfies(together, index + 1, steps):
                return True
        return False


class Reached(NamedTuple):
    """What stands at the end of a path, under which guard, and the last key or element that exists on the way."""

    guard: Guard
    value: Value
    at: Position | None


class Part(NamedTuple):
    """Some atoms of a guard and how to say them; nothing to say where they go without saying."""

    text: str
    atoms: Atoms


class Guard:
    """A setting that a deployer can choose: a conjunction of atoms, and how to say it."""

    __slots__ = ("world", "atoms", "parts")

    def __init__(self, world: World, parts: tuple[Part, ...]) -> None:
        self.world = world
        self.parts = parts
        self.atoms: Atoms = frozenset(atom for part in parts for atom in part.atoms)

    @property
    def said(self) -> tuple[str, ...]:
        """The texts of its parts."""
        return tuple(part.text for part in self.parts)

    def __and__(self, other: Guard) -> Guard | None:
        """Both settings at once, or None when no deployer can choose both."""
        if not other.atoms:
            return self
        if not self.atoms:
            return other if self.world.possible(other.atoms) else None
        atoms = self.atoms | other.atoms
        if not self.world.possible(atoms):
            return None
        return Guard(self.world, self.parts + tuple(part for part in other.parts if part not in self.parts))

    def __str__(self) -> str:
        return " and ".join(self.said)

    def __repr__(self) -> str:
        return f"Guard({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Guard) and self.atoms == other.atoms

    def __hash__(self) -> int:
        return hash(self.atoms)

    def beyond(self, given: Guard) -> str | None:
        """How to say what this setting asks for beyond another that goes without saying."""
        said = [s for s in self.said if s not in given.said]
        return " and ".join(said) or None

    def over(self, value: Value) -> Iterator[tuple[Guard, Value]]:
        """What a value can be under this setting; choices inside choices are opened, nothing below them."""
        if not isinstance(value, Choice):
            yield self, value
            return
        for guard, alternative in value.alternatives:
            both = self & guard
            if both is not None:
                yield from both.over(alternative)

    def elements(self, value: Value) -> Iterator[tuple[Guard, Value]]:
        """Each element that a list can have, absent ones left out; a value that is no list is one element."""
        for guard, whole in self.over(value):
            for element in each(whole):
                for inner, one in guard.over(element):
                    if isinstance(one, Items):  # a list spliced in by a reference to a list
                        yield from inner.elements(one)
                    elif not isinstance(one, Absent):
                        yield inner, one

    def walk(self, value: Value, *path: str) -> Iterator[Reached]:
        """What stands at a path of keys; the step `*` goes through the elements of a list.

        A key that is not there, or something else where a map was expected, ends in ABSENT; what cannot
        be seen ends in the Unknown that hides it.
        """
        yield from self._walk(value, path, None)

    def _walk(self, value: Value, path: tuple[str, ...], at: Position | None) -> Iterator[Reached]:
        for guard, here in self.over(value):
            place = at if isinstance(here, Absent) else (at or here.at)
            if not path or isinstance(here, Unknown):
                yield Reached(guard, here, place)
            elif path[0] == "*" and not isinstance(here, Absent):
                for inner, element in guard.elements(here):
                    yield from inner._walk(element, path[1:], None)
            elif isinstance(here, Map) and path[0] in here:
                yield from guard._walk(here[path[0]], path[1:], here.key_at.get(path[0]) or here.at)
            else:
                yield Reached(guard, ABSENT, place)

    def deep(self, value: Value) -> list[tuple[Guard, Value]]:
        """Every alternative of a value with no choice left anywhere inside it.

        Past DEEP_LIMIT the value widens to Unknown, and the world remembers where.
        """
        try:
            return self._deep(value)
        except _TooMany:
            at = value.at if not isinstance(value, Absent) else None
            if at is None:
                return [(self, ABSENT)]
            self.world.widened.append((at, "more alternatives than are spelt out"))
            return [(self, Unknown((Hole("widened", "this value"),), at))]

    def _deep(self, value: Value) -> list[tuple[Guard, Value]]:
        found: list[tuple[Guard, Value]] = []
        for guard, here in self.over(value):
            if isinstance(here, Map):
                for inner, chosen in _product(guard, list(here.values())):
                    kept = {k: v for k, v in zip(here, chosen, strict=True) if not isinstance(v, Absent)}
                    found.append((inner, Map(kept, here.at, here.key_at, here.via)))
            elif isinstance(here, Items):
                for inner, chosen in _product(guard, here):
                    present = [v for v in chosen if not isinstance(v, Absent)]
                    found.append((inner, Items(present, here.at, here.via)))
            else:
                found.append((guard, here))
            if len(found) > DEEP_LIMIT:
                raise _TooMany
        return found


class _TooMany(Exception):
    """A product of alternatives outgrew DEEP_LIMIT."""


def _product(guard: Guard, values: Sequence[Value]) -> list[tuple[Guard, list[Value]]]:
    rows: list[tuple[Guard, list[Value]]] = [(guard, [])]
    for value in values:
        if isinstance(value, (str, Absent, Unknown)):
            for _, row in rows:
                row.append(value)
            continue
        rows = [(inner, [*row, one]) for outer, row in rows for inner, one in outer._deep(value)]
        if len(rows) > DEEP_LIMIT:
            raise _TooMany
    return rows


def when(found: Sequence[Guard], given: Sequence[Guard]) -> str | None:
    """The setting to name for something that holds under each guard `found`, where `given` goes without saying.

    None when between them they leave no setting out: it holds however the template is deployed.
    """
    if all(covered(one, found) for one in given):
        return None
    shortest = sorted(found, key=_simplicity)[:REDUCED]
    simplest = min((_reduced(guard, found, given) for guard in shortest), key=_simplicity)
    base = next((one for one in given if one.atoms <= simplest.atoms), given[0])
    return simplest.beyond(base)


REDUCED: Final = 4
"""How many of the shortest guards `when` tries to say more simply."""


def _simplicity(guard: Guard) -> tuple[int, int, str]:
    return (len(guard.parts), len(str(guard)), str(guard))


def _reduced(guard: Guard, found: Sequence[Guard], given: Sequence[Guard]) -> Guard:
    """The guard without the parts that make no difference: what is found holds on both of their sides.

    Those that are given go first: of two names for the same setting the other one says something.
    """
    told = {part for one in given for part in one.parts}
    backwards = guard.parts[::-1]
    for part in sorted(backwards, key=lambda part: part not in told):
        less = Guard(guard.world, tuple(other for other in guard.parts if other is not part))
        if less.atoms and covered(less, found):
            guard = less
    return guard


def covered(guard: Guard, found: Sequence[Guard]) -> bool:
    """Whether every setting of a guard is one of the settings found."""
    left = [guard]
    for one in found:
        left = [rest for outer in left for rest in without(outer, one)]
        if len(left) > DEEP_LIMIT:
            return False
    return not left


def settings_without(given: Sequence[Guard], taken: Sequence[Guard]) -> tuple[Guard, ...]:
    """What is left of some settings without others; all of them when nothing would be."""
    left = list(given)
    for one in taken:
        left = [rest for outer in left for rest in without(outer, one)]
        if len(left) > DEEP_LIMIT:
            return tuple(given)
    return tuple(left) or tuple(given)


def without(given: Guard, taken: Guard) -> list[Guard]:
    """The settings of one guard that another leaves over, as guards that do not overlap."""
    if given & taken is None:
        return [given]
    rest: list[Guard] = []
    held = given
    for atom in sorted(taken.atoms - given.atoms, key=str):
        other = atom._replace(holds=not atom.holds)
        if given.world.possible(held.atoms | {other}):
            rest.append(Guard(given.world, (*held.parts, Part(str(other), frozenset({other})))))
        held = Guard(given.world, (*held.parts, Part(str(atom), frozenset({atom}))))
    return rest
