"""What a condition of Terraform comes to: the settings that make it true and those that make it false."""

from __future__ import annotations

from typing import Final

from vetstack.guards import NULL, Atom, Atoms, Guard, World
from vetstack.logic import ALWAYS, NEVER, Truth, atom, constant, every
from vetstack.position import Position
from vetstack.terraform.elements import NAMED_HOLES, Failed, Spliced, operand, setting
from vetstack.values import Absent, Alternative, Choice, Items, Map, Text, Unknown, Value

NEVER_NULL: Final = frozenset({"resource", "generated", "own-account", "own-region", "partition", "url-suffix"})
"""Kinds of holes that a deployment fills with something."""


def settings(world: World, side: tuple[Atoms, ...]) -> list[Guard]:
    """One side of a truth as guards, those that no deployer can choose left out."""
    return [setting(world, *conjunction) for conjunction in side if world.possible(conjunction)]


def boolean(world: World, truth: Truth, at: Position) -> Value:
    """A truth as the value `true`, `false` or the choice between them."""
    yes, no = settings(world, truth.true), settings(world, truth.false)
    if not no:
        return Text("true", at)
    if not yes:
        return Text("false", at)
    options = [Alternative(guard, Text("true", at)) for guard in yes]
    return Choice((*options, *(Alternative(guard, Text("false", at)) for guard in no)), at)


def truth_of(world: World, value: Value, name: str) -> Truth:
    """The truth of a value that stands where a condition does; `name` is what to call it where it is opaque."""
    if isinstance(value, Text):
        return constant(value.lower() in ("true", "1"))
    if isinstance(value, Choice):
        return _together(world, [(guard, truth_of(world, one, name)) for guard, one in value.alternatives])
    if isinstance(value, Unknown) and len(value.pieces) == 1 and value.holes[0].kind in NAMED_HOLES:
        hole = value.holes[0].name
        return Truth((frozenset({Atom(hole, "true", True)}),), (frozenset({Atom(hole, "false", True)}),))
    if isinstance(value, Unknown) and not isinstance(value, Failed) and value.holes[0].kind != "function":
        return atom(str(value), None)
    return atom(name, None)


def _together(world: World, options: list[tuple[Guard, Truth]]) -> Truth:
    """The truth of alternatives that between them cover every setting."""
    true = [guard.atoms | one for guard, truth in options for one in truth.true]
    false = [guard.atoms | one for guard, truth in options for one in truth.false]
    return Truth(_possible(world, true), _possible(world, false))


def _possible(world: World, side: list[Atoms]) -> tuple[Atoms, ...]:
    return tuple(one for one in dict.fromkeys(side) if world.consistent(one))


def equal(world: World, left: Value, right: Value, name: str) -> Truth:
    """Whether two values are the same, over every alternative of both."""
    options = []
    for guard, one in world.always.over(operand(left)):
        for inner, other in guard.over(operand(right)):
            options.append((inner, _same(world, one, other, name)))
    return _together(world, options) if options else atom(name, None)


def _same(world: World, one: Value, other: Value, name: str) -> Truth:
    if isinstance(one, Unknown) and isinstance(other, Unknown):
        if isinstance(one, Failed) or isinstance(other, Failed):
            return atom(name, None)
        if one == other and all(hole.kind != "function" for hole in one.holes):
            return ALWAYS
        first, last = sorted((str(one), str(other)))
        return atom(f"{first} equals {last}", None)
    if isinstance(one, Unknown):
        return _is(world, one, other, name)
    if isinstance(other, Unknown):
        return _is(world, other, one, name)
    if isinstance(one, Absent) or isinstance(other, Absent):
        return constant(isinstance(one, Absent) and isinstance(other, Absent))
    if isinstance(one, Text) and isinstance(other, Text):
        return constant(one == other)
    if isinstance(one, Text) or isinstance(other, Text):
        return NEVER
    return _same_collection(world, one, other, name)


def _same_collection(world: World, one: Value, other: Value, name: str) -> Truth:
    for first, second in ((one, other), (other, one)):
        if isinstance(second, (Items, Map)) and not second:
            return empty(world, first, name)
    if isinstance(one, Items) and isinstance(other, Items) and len(one) == len(other):
        return every(world, [equal(world, a, b, name) for a, b in zip(one, other, strict=True)], name)
    if isinstance(one, Map) and isinstance(other, Map):
        return (
            every(world, [equal(world, value, other[key], name) for key, value in one.items()], name)
            if one.keys() == other.keys()
            else NEVER
        )
    return atom(name, None)


def _is(world: World, value: Unknown, known: Value, name: str) -> Truth:
    """Whether something unknown is what is known: an atom where one hole has to be filled for it."""
    if isinstance(value, Failed):
        return atom(name, None)
    if isinstance(known, (Items, Map)):
        return empty(world, value, name) if not known else atom(name, None)
    if isinstance(known, Absent):
        return _is_null(value, name)
    literal = str(known)
    first, last = value.pieces[0], value.pieces[-1]
    head = first if isinstance(first, str) else ""
    tail = last if isinstance(last, str) else ""
    if not (literal.startswith(head) and literal.endswith(tail)) or len(literal) < len(head) + len(tail):
        return NEVER
    holes = value.holes
    if len(holes) == 1 and holes[0].kind in NAMED_HOLES:
        return named(world, holes[0].name, literal[len(head) : len(literal) - len(tail)])
    if any(hole.kind == "function" for hole in holes):
        return atom(name, None)
    if literal == "" and all(hole.kind in NEVER_NULL for hole in holes):
        return NEVER
    return atom(f'{value} equals "{literal}"', None)


def _is_null(value: Unknown, name: str) -> Truth:
    if len(value.pieces) > 1:
        return NEVER
    hole = value.holes[0]
    if hole.kind in NEVER_NULL:
        return NEVER
    if hole.kind in NAMED_HOLES:
        return atom(hole.name, NULL)
    return atom(name if hole.kind == "function" else f"{value} equals null", None)


def named(world: World, name: str, literal: str) -> Truth:
    """Whether a name has a value. Of two values that it can have, not to be one is to be the other."""
    domain = world.domains.get(name)
    if domain and domain.allowed and len(domain.allowed) == 2 and literal in domain.allowed:
        (other,) = set(domain.allowed) - {literal}
        return Truth((frozenset({Atom(name, literal, True)}),), (frozenset({Atom(name, other, True)}),))
    return atom(name, literal)


def empty(world: World, value: Value, name: str) -> Truth:
    """Whether a text or a collection has nothing in it."""
    value = operand(value)
    if isinstance(value, Choice):
        return _together(world, [(guard, empty(world, one, name)) for guard, one in value.alternatives])
    if isinstance(value, Items):
        return every(world, [_adds_nothing(world, one, name) for one in value], name)
    if isinstance(value, (Text, Map)):
        return constant(not value)
    if isinstance(value, Unknown) and not isinstance(value, Failed):
        if any(isinstance(piece, str) for piece in value.pieces):
            return NEVER
        if len(value.pieces) == 1 and value.holes[0].kind in NAMED_HOLES:
            return named(world, value.holes[0].name, "")
        if value.holes[0].kind in NEVER_NULL:
            return NEVER
        if value.holes[0].kind != "function":
            return atom(f"{value} is empty", None)
    return atom(name, None)


def _adds_nothing(world: World, element: Value, name: str) -> Truth:
    """Whether an element of a list is not there."""
    if isinstance(element, Spliced):
        return _together(world, [(guard, empty(world, one, name)) for guard, one in element.alternatives])
    if isinstance(element, Choice):
        options = [(guard, constant(isinstance(one, Absent))) for guard, one in element.alternatives]
        return _together(world, options)
    return NEVER
