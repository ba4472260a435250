"""Functions of lists, sets and maps. Alternatives of an argument stay inside what is made of it."""

from __future__ import annotations

from itertools import product
from typing import Final

from vetstack import texts
from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.terraform.arithmetic import number_of
from vetstack.terraform.elements import SetItems, Spliced
from vetstack.terraform.functions import Function, Given, for_each_alternative
from vetstack.terraform.functions_elements import (
    coalesce,
    count,
    cut,
    element,
    elements,
    keys,
    lookup,
    only,
    place,
    values,
)
from vetstack.terraform.functions_texts import PARTS_LIMIT, TEXT_LIMIT, TEXTS
from vetstack.terraform.written import like
from vetstack.values import ABSENT, Absent, Alternative, Choice, Items, Map, Text, Unknown, Value, via_of

PRODUCT_LIMIT: Final = 512
"""Elements of a `setproduct` or a `range`."""


def plainly(function: Function) -> Function:
    """A function that is asked for each combination of its arguments' alternatives."""
    return lambda given: for_each_alternative(given, function)


# ---- put together


def _concat(given: Given) -> Value | None:
    made: list[Value] = []
    for argument in given.arguments:
        made.extend(_spliced(argument))
    return Items(made, given.at)


def _spliced(value: Value) -> list[Value]:
    """A list as elements of another one."""
    if isinstance(value, Items):
        return list(value)
    if isinstance(value, Choice) and not isinstance(value, Spliced):
        options = [Alternative(guard, _as_list(one)) for guard, one in value.alternatives]
        return [Spliced(tuple(options), value.at)]
    return [] if isinstance(value, Absent) else [value]


def _as_list(value: Value) -> Value:
    if isinstance(value, (Items, Choice)):
        return Items(_spliced(value), value.at)
    return Items([] if isinstance(value, Absent) else [value], _place(value))


def _place(value: Value) -> Position:
    return Position("", 0, 0, 0, 0) if isinstance(value, Absent) else value.at


def _flatten(given: Given) -> Value | None:
    (value,) = given.arguments
    return Items(_flat(value), given.at)


def _flat(value: Value) -> list[Value]:
    if isinstance(value, Items):
        return [deep for one in value for deep in _flat(one)]
    if isinstance(value, Choice) and any(isinstance(one, (Items, Choice, Absent)) for _, one in value.alternatives):
        options = [Alternative(guard, Items(_flat(one), value.at)) for guard, one in value.alternatives]
        return [Spliced(tuple(options), value.at)]
    return [] if isinstance(value, Absent) else [value]


def _merge(given: Given) -> Value | None:
    """`merge`: of a map that depends on a setting, each key does; of an unknown one nothing is known."""
    made: dict[str, Value] = {}
    key_at: dict[str, Position] = {}
    via: dict[str, None] = {}
    arguments = given.arguments
    if len(arguments) == 1 and isinstance(arguments[0], Items):
        arguments = list(arguments[0])
    if arguments and all(isinstance(one, Unknown) for one in arguments):
        return given.unknown()
    for argument in arguments:
        if isinstance(argument, Map):
            for key, value in argument.items():
                made.pop(key, None)
                made[key], key_at[key] = value, argument.key_at.get(key, argument.at)
            via.update(dict.fromkeys(argument.via))
        elif isinstance(argument, Choice):
            _merge_choice(given.always, argument, made, key_at)
    return Map(made, given.at, key_at, tuple(via))


def _merge_choice(always: Guard, argument: Choice, made: dict[str, Value], key_at: dict[str, Position]) -> None:
    rows = list(always.over(argument))
    for _, one in rows:
        for key in one if isinstance(one, Map) else ():
            before = made.get(key, ABSENT)
            options = [(g, v.child(key) if isinstance(v, Map) and key in v else before) for g, v in rows]
            made[key] = Choice(tuple(Alternative(g, v) for g, v in options), argument.at)
            key_at.setdefault(key, one.key_at.get(key, one.at) if isinstance(one, Map) else argument.at)


def _zipmap(given: Given) -> Value | None:
    if len(given.arguments) != 2:
        return None
    keys, values = (elements(one, given) for one in given.arguments)
    if keys is None or values is None or len(keys) != len(values):
        return None
    pairs = [(str(key), value) for key, value in zip(keys, values, strict=True) if isinstance(key, (Text, Unknown))]
    return Map(dict(pairs), given.at, {})


def _setproduct(given: Given) -> Value | None:
    lists = [elements(one, given) for one in given.arguments]
    known = [one for one in lists if one is not None]
    count = 1
    for one in known:
        count *= len(one)
    if len(known) < len(lists) or count > PRODUCT_LIMIT:
        return None
    return SetItems([Items(row, given.at) for row in product(*known)], given.at)


# ---- put in another order, or into another kind


def _distinct(given: Given) -> Value | None:
    (whole,) = given.arguments
    return Items(_once(whole), given.at, whole.via) if isinstance(whole, Items) else None


def _once(items: Items) -> list[Value]:
    seen: set[str] = set()
    made = []
    for one in items:
        if isinstance(one, (Text, Unknown)):
            if str(one) in seen:
                continue
            seen.add(str(one))
        made.append(one)
    return made


def _to_set(given: Given) -> Value | None:
    (whole,) = given.arguments
    if isinstance(whole, Items):
        return SetItems([one for one in _once(whole) if not isinstance(one, Absent)], whole.at, whole.via)
    return whole


def _to_list(given: Given) -> Value | None:
    (whole,) = given.arguments
    return Items(whole, whole.at, whole.via) if isinstance(whole, SetItems) else whole


def _compact(given: Given) -> Value | None:
    """`compact`: an element that a setting makes empty is not there under it."""
    (whole,) = given.arguments
    if not isinstance(whole, Items):
        return None
    made: list[Value] = []
    for one in whole:
        if isinstance(one, Choice) and not isinstance(one, Spliced):
            options = [Alternative(g, ABSENT if isinstance(v, Text) and not v else v) for g, v in one.alternatives]
            made.append(like(one, options))
        elif not isinstance(one, Absent) and not (isinstance(one, Text) and not one):
            made.append(one)
    return Items(made, given.at, whole.via)


def _reverse(given: Given) -> Value | None:
    (whole,) = given.arguments
    return Items(reversed(whole), given.at, whole.via) if isinstance(whole, Items) else None


def _sort(given: Given) -> Value | None:
    (whole,) = given.arguments
    if isinstance(whole, Items) and all(isinstance(one, Text) for one in whole):
        return Items(sorted(whole, key=str), given.at, whole.via)
    return whole


def _range(given: Given) -> Value | None:
    numbers = [number_of(one) if isinstance(one, Text) else None for one in given.arguments]
    known = [int(one) for one in numbers if one is not None]
    if not 0 < len(known) == len(numbers) <= 3 or 0 in known[2:]:
        return None
    made = range(*known)
    return Items([Text(str(one), given.at) for one in made[:PRODUCT_LIMIT]], given.at)


def _set_of(given: Given) -> Value | None:
    """setunion, setintersection and setsubtract, of sets of known texts; a union keeps what is unknown."""
    if given.name == "setunion":
        whole = Items([one for argument in given.arguments for one in _spliced(argument)], given.at)
        return SetItems(_once(whole), given.at)
    first, *others = (elements(one, given) for one in given.arguments)
    known = [set(map(str, one)) for one in others if one is not None]
    if first is None or len(known) < len(others) or not all(isinstance(one, Text) for one in first):
        return None
    wanted = given.name == "setintersection"
    return SetItems([one for one in first if all((str(one) in held) == wanted for held in known)], given.at)


def _chunklist(given: Given) -> Value | None:
    whole, size = given.arguments if len(given.arguments) == 2 else (ABSENT, ABSENT)
    many = elements(whole, given)
    if many is None or not isinstance(size, Text) or not size.isdigit() or size == "0":
        return None
    count = int(size)
    return Items([Items(many[n : n + count], given.at) for n in range(0, len(many), count)], given.at)


def via_in(items: Items) -> tuple[str, ...]:
    """The blocks that a list and its elements came through."""
    return tuple(dict.fromkeys([*items.via, *(name for one in items for name in via_of(one))]))


def _join(given: Given) -> Value | None:
    separator, *lists = given.arguments
    if not isinstance(separator, Text) or not lists:
        return None
    if len(separator) * sum(len(one) for one in lists if isinstance(one, Items)) > TEXT_LIMIT:
        return given.scope.widened(given.at)
    whole = lists[0] if len(lists) == 1 else Items([one for part in lists for one in _spliced(part)], given.at)
    if isinstance(whole, Items) and all(isinstance(one, Text) for one in whole):
        return Text(separator.join(str(one) for one in whole), given.at, via_in(whole))
    if isinstance(whole, Items) and len(whole) > PARTS_LIMIT:
        return given.scope.widened(given.at)
    if isinstance(whole, Items) and len(whole) == 1:
        return only(given._replace(arguments=[whole]))  # `join("", x.*.json)`, which is how 0.11 said `one(x[*].json)`
    return texts.join(str(separator), whole, given.always, given.at)


def _formatlist(given: Given) -> Value | None:
    """`formatlist`: `format` for each element of the lists among its arguments."""
    lists = [elements(one, given) for one in given.arguments]
    counts = {len(one) for one in lists if one is not None}
    if len(counts) != 1:
        return None
    made: list[Value] = []
    for number in range(counts.pop()):
        row = [v if e is None else e[number] for e, v in zip(lists, given.arguments, strict=True)]
        one = given._replace(name="format", arguments=row)
        made.append(for_each_alternative(one, TEXTS["format"]))
    return Items(made, given.at)


COLLECTIONS: Final[dict[str, Function]] = {
    "concat": _concat,
    "flatten": _flatten,
    "merge": _merge,
    "coalesce": coalesce,
    "coalescelist": coalesce,
    "join": _join,
    "length": count,
    "one": only,
    "lookup": lookup,
    "element": plainly(element),
    "keys": plainly(keys),
    "values": plainly(values),
    "index": plainly(place),
    "slice": plainly(cut),
    "distinct": plainly(_distinct),
    "toset": plainly(_to_set),
    "tolist": plainly(_to_list),
    "tomap": plainly(_to_list),
    "compact": plainly(_compact),
    "reverse": plainly(_reverse),
    "sort": plainly(_sort),
    "range": plainly(_range),
    "zipmap": plainly(_zipmap),
    "setproduct": plainly(_setproduct),
    "setunion": _set_of,
    "setintersection": plainly(_set_of),
    "setsubtract": plainly(_set_of),
    "chunklist": plainly(_chunklist),
    "formatlist": plainly(_formatlist),
}
"""Functions by name, of arguments as they are evaluated."""
