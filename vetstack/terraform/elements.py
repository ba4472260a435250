"""Lists, maps and what is taken out of them, on values of which any part may be unknown or depend on a setting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vetstack import texts
from vetstack.guards import Atom, Guard, Part, World, without
from vetstack.position import Position
from vetstack.terraform.written import passed
from vetstack.values import Absent, Alternative, Choice, Hole, Items, Map, Text, Unknown, Value, via_of

LISTS_LIMIT: Final = 32
"""Alternatives of one list that are spelt out where its elements are counted; past it the list is unknown."""

NAMED_HOLES: Final = frozenset({"parameter", "own-region", "own-account", "partition", "url-suffix"})
"""Kinds of holes that one setting decides for the whole configuration, so that equality with them is an atom."""

_ATTRIBUTED: Final = frozenset({"resource", "external", "generated", "reference"})
"""Kinds of holes whose name has a `#` before the attribute."""


class Spliced(Choice):
    """An element of a list that stands for further elements of it: each alternative is a list."""

    __slots__ = ()


class _NotThere(Absent):
    """The absence of a whole element, key and all: of a null it is told apart where a map is gone through."""

    __slots__ = ()


NOT_THERE: Final = _NotThere()


class SetItems(Items):
    """A set: the key of each element is the element itself."""

    __slots__ = ()


class Failed(Unknown):
    """What Terraform refuses to evaluate: a key that is not there, an index out of range."""

    __slots__ = ()


def failed(what: str, at: Position) -> Failed:
    return Failed((Hole("function", what),), at)


def function_of(name: str, arguments: Sequence[Value], at: Position) -> Unknown:
    """What a function makes of arguments that are not all known: their holes, without the text around them."""
    holes: dict[Hole, None] = {}
    via: dict[str, None] = {}
    for argument in arguments:
        for hole in holes_in(argument):
            holes.setdefault(hole)
        via.update(dict.fromkeys(via_of(argument)))
    return Unknown(tuple(holes) or (Hole("function", name),), at, tuple(via))


def holes_in(value: Value, depth: int = 4) -> Iterator[Hole]:
    """What a deployment decides in a value; of large ones what stands near the top."""
    if isinstance(value, Unknown):
        yield from value.holes
    elif isinstance(value, Choice):
        if value.hole:
            yield value.hole
        elif depth:
            for _, one in value.alternatives:
                yield from holes_in(one, depth - 1)
    elif isinstance(value, (Items, Map)) and depth:
        for one in list(value.values() if isinstance(value, Map) else value)[:32]:
            yield from holes_in(one, depth - 1)


def step(value: Unknown, suffix: str) -> Unknown:
    """What stands at `.name` or `[key]` of something unknown."""
    if isinstance(value, Failed) or len(value.pieces) != 1:
        return Unknown(value.holes, value.at, value.via)
    hole = value.holes[0]
    if hole.kind == "function":
        return Unknown((hole,), value.at, value.via)
    if hole.kind in _ATTRIBUTED and "#" not in hole.name and suffix.startswith("."):
        suffix = f"#{suffix[1:]}"
    return Unknown((Hole(hole.kind, hole.name + suffix),), value.at, value.via)


def operand(value: Value) -> Value:
    """A value as a condition compares it: a variable is its name, whatever its default."""
    return Unknown((value.hole,), value.at) if isinstance(value, Choice) and value.hole else value


def conditional(guard: Guard, value: Value, at: Position) -> Value:
    """A value that is there under one setting only."""
    if not guard.atoms:
        return value
    rest = [Alternative(_positive(other), NOT_THERE) for other in without(guard.world.always, guard)]
    return Choice((Alternative(guard, value), *rest), at)


def _positive(guard: Guard) -> Guard:
    """The same setting, in which not to be one of two values is to be the other."""
    return setting(guard.world, *(_other(guard.world, atom) for atom in guard.atoms))


def _other(world: World, atom: Atom) -> Atom:
    domain = world.domains.get(atom.name)
    if atom.holds or not domain or not domain.allowed or len(domain.allowed) != 2 or atom.literal not in domain.allowed:
        return atom
    return Atom(atom.name, next(one for one in domain.allowed if one != atom.literal), True)


def spread(guard: Guard, items: Items) -> Iterator[tuple[Guard, Value]]:
    """The elements of a list, those that only a setting puts there under that setting."""
    for element in items:
        if isinstance(element, Spliced) or (isinstance(element, Choice) and _may_be_absent(element)):
            for inner, one in guard.over(element):
                if isinstance(element, Spliced) and isinstance(one, Items):
                    yield from spread(inner, one)
                elif not isinstance(one, Absent):
                    yield inner, one
        else:
            yield guard, element


def _may_be_absent(element: Choice) -> bool:
    return any(isinstance(one, Absent) for _, one in element.alternatives)


def plain_lists(guard: Guard, items: Items) -> list[tuple[Guard, list[Value]]] | None:
    """Every list that a list with spliced elements can be; None past LISTS_LIMIT."""
    if not any(isinstance(element, Spliced) for element in items):
        return [(guard, list(items))]
    rows: list[tuple[Guard, list[Value]]] = [(guard, [])]
    for element in items:
        if not isinstance(element, Spliced):
            for _, row in rows:
                row.append(element)
            continue
        longer: list[tuple[Guard, list[Value]]] = []
        for outer, row in rows:
            for inner, one in outer.over(element):
                for deep, more in (plain_lists(inner, one) or []) if isinstance(one, Items) else [(inner, [one])]:
                    longer.append((deep, [*row, *more]))
        rows = longer
        if len(rows) > LISTS_LIMIT:
            return None
    return rows


def entries(guard: Guard, value: Value) -> Iterator[tuple[Guard, Value, Value]]:
    """Keys and values of a collection that is no choice: of a list its indices, of a set its elements themselves.

    Something unknown is one entry that stands for any number of them.
    """
    if isinstance(value, Map):
        for key, one in value.items():
            for inner, held in _held(guard, one):
                yield inner, Text(key, value.key_at.get(key, value.at), value.via), held
    elif isinstance(value, Items):
        for index, (inner, one) in enumerate(spread(guard, value)):
            named: Value = one if isinstance(value, SetItems) else Text(str(index), value.at)
            yield inner, named, one
    elif isinstance(value, Unknown):
        inside = step(value, "[*]")
        yield guard, inside, inside


def _held(guard: Guard, value: Value) -> Iterator[tuple[Guard, Value]]:
    """The value of a key where the key is there at all."""
    if not isinstance(value, Choice) or not any(one is NOT_THERE for _, one in value.alternatives):
        yield guard, value
        return
    for inner, one in value.alternatives:
        both = guard & inner
        if both is not None and one is not NOT_THERE:
            yield both, one


def index(value: Value, key: Value, always: Guard, at: Position, *, failing: bool = False) -> Value:
    """`value[key]`, over every alternative of both. failing: keep the settings under which the key is not there."""
    rows: list[tuple[Guard, Value]] = []
    for guard, whole in always.over(value):
        keys = operand(key) if isinstance(whole, Map) else key
        for inner, one in guard.over(keys):
            rows.extend(_index_one(inner, whole, one, at))
            other = _another_key(inner, whole, one) if failing else None
            if other is not None:
                rows.append((other, failed("another key", at)))
    if len(rows) > 1 and not failing:  # a setting under which the key is not there cannot be deployed
        rows = [row for row in rows if not isinstance(row[1], Failed)] or rows[:1]
    return texts.alternatives_to_value(rows, at)


def _another_key(guard: Guard, whole: Value, key: Value) -> Guard | None:
    """The setting under which a key that only the deployer knows is none of a map's."""
    if not isinstance(whole, Map) or not isinstance(key, Unknown) or not whole:
        return None
    hole = key.holes[0]
    if len(key.pieces) > 1 or hole.kind not in NAMED_HOLES:
        return guard
    return guard & setting(guard.world, *(Atom(hole.name, name, False) for name in whole))


def _index_one(guard: Guard, whole: Value, key: Value, at: Position) -> Iterator[tuple[Guard, Value]]:
    if isinstance(whole, Unknown):
        yield guard, step(whole, f'["{key}"]' if isinstance(key, Text) and not key.isdigit() else f"[{shown(key)}]")
    elif isinstance(whole, Map):
        yield from _in_map(guard, whole, key, at)
    elif isinstance(whole, Items):
        yield from _in_list(guard, whole, key, at)
    else:
        yield guard, failed("an index of no list", at)


def shown(key: Value) -> str:
    return str(key) if isinstance(key, Text) else str(key).removeprefix("${").removesuffix("}")


def _in_map(guard: Guard, whole: Map, key: Value, at: Position) -> Iterator[tuple[Guard, Value]]:
    if isinstance(key, Text):
        found = whole[key] if key in whole else failed(f"the key {key}", at)
        yield guard, passed(found, *whole.via)
    elif isinstance(key, Unknown) and whole:
        hole = key.holes[0]
        named = len(key.pieces) == 1 and hole.kind in NAMED_HOLES
        for name, one in whole.items():
            inner = guard & setting(guard.world, Atom(hole.name, name, True)) if named else guard
            if inner is not None:
                yield inner, passed(one, *whole.via)
    else:
        yield guard, failed("a key", at)


def _in_list(guard: Guard, whole: Items, key: Value, at: Position) -> Iterator[tuple[Guard, Value]]:
    lists = plain_lists(guard, whole)
    if lists is None or not isinstance(key, Text):
        for inner, one in spread(guard, whole):
            yield inner, passed(one, *whole.via)
        return
    for inner, items in lists:
        number = int(key) if key.isdigit() and len(key) < 9 else -1
        yield inner, passed(items[number], *whole.via) if 0 <= number < len(items) else failed("an index", at)


def attribute(value: Value, name: str, always: Guard, at: Position, *, failing: bool = False) -> Value:
    """`value.name`. failing: keep the settings under which it is not there."""
    rows: list[tuple[Guard, Value]] = []
    for guard, whole in always.over(value):
        if isinstance(whole, Unknown):
            rows.append((guard, step(whole, f".{name}")))
        elif isinstance(whole, Map) and name in whole:
            rows.append((guard, passed(whole[name], *whole.via)))
        else:
            rows.append((guard, failed(f"the attribute {name}", at)))
    if len(rows) > 1 and not failing:
        rows = [row for row in rows if not isinstance(row[1], Failed)] or rows[:1]
    return texts.alternatives_to_value(rows, at)


def setting(world: World, *atoms: Atom) -> Guard:
    """A guard that says its atoms one by one."""
    settled = {atom.name for atom in atoms if atom.literal is not None and atom.holds}
    needed = [atom for atom in atoms if atom.holds or atom.literal is None or atom.name not in settled]
    return Guard(world, tuple(Part(_said(atom), frozenset({atom})) for atom in sorted(needed, key=str)))


def _said(atom: Atom) -> str:
    """How a message says a setting; `true` and `false` are no texts that need quotes."""
    if atom.holds and atom.literal in ("true", "false"):
        return f"{atom.name} is {atom.literal}"
    return str(atom)
