"""Functions that take something out of lists and maps, or the first of several values that is there."""

from __future__ import annotations

from vetstack import texts
from vetstack.guards import Guard
from vetstack.terraform.conditions import empty, settings
from vetstack.terraform.elements import Failed, failed, index, plain_lists, step
from vetstack.terraform.functions import Given, length
from vetstack.values import ABSENT, Absent, Items, Map, Text, Unknown, Value


def elements(value: Value, given: Given) -> list[Value] | None:
    """The elements of a list without spliced ones; None when they are not known."""
    if not isinstance(value, Items):
        return None
    lists = plain_lists(given.always, value)
    return lists[0][1] if lists and len(lists) == 1 else None


def count(given: Given) -> Value | None:
    return length(given.arguments[0], given.always, given.at) if given.arguments else None


def lookup(given: Given) -> Value | None:
    whole, key, *otherwise = given.arguments
    rows: list[tuple[Guard, Value]] = []
    for guard, found in given.always.over(index(whole, key, given.always, given.at, failing=bool(otherwise))):
        rows.append((guard, otherwise[0] if isinstance(found, Failed) and otherwise else found))
    if otherwise and isinstance(key, Text):
        for guard, one in given.always.over(whole):
            if isinstance(one, Unknown) and not isinstance(one, Failed):  # what the deployer gives may lack it
                rows.append((guard, otherwise[0]))
    if otherwise and isinstance(whole, Map) and not isinstance(key, Text):
        for guard, one in given.always.over(key):
            if isinstance(one, Unknown):
                rows.append((guard, otherwise[0]))
    return texts.alternatives_to_value(rows, given.at)


def element(given: Given) -> Value | None:
    whole, key = given.arguments
    many = elements(whole, given)
    if many and isinstance(key, Text) and key.isdigit():
        return many[int(key) % len(many)]
    return index(whole, key, given.always, given.at)


def keys(given: Given) -> Value | None:
    (whole,) = given.arguments
    if isinstance(whole, Map):
        return Items([Text(key, whole.key_at.get(key, whole.at), whole.via) for key in sorted(whole)], given.at)
    return step(whole, "[*]") if isinstance(whole, Unknown) else None


def values(given: Given) -> Value | None:
    (whole,) = given.arguments
    if isinstance(whole, Map):
        return Items([whole[key] for key in sorted(whole)], given.at, whole.via)
    return step(whole, "[*]") if isinstance(whole, Unknown) else None


def only(given: Given) -> Value | None:
    rows: list[tuple[Guard, Value]] = []
    for guard, whole in given.always.over(given.arguments[0]):
        lists = plain_lists(guard, whole) if isinstance(whole, Items) else None
        if lists is None:
            rows.append((guard, step(whole, "[0]") if isinstance(whole, Unknown) else whole))
            continue
        for inner, items in lists:
            for deep, one in _only(inner, items):
                rows.append((deep, one))
    return texts.alternatives_to_value(rows, given.at)


def _only(guard: Guard, items: list[Value]) -> list[tuple[Guard, Value]]:
    """The one element of a list, which a setting may leave empty."""
    return list(guard.over(items[0])) if items else [(guard, ABSENT)]


def place(given: Given) -> Value | None:
    whole, wanted = given.arguments
    many = elements(whole, given)
    if many is None or not all(isinstance(one, Text) for one in [*many, wanted]):
        return None
    return Text(str(many.index(wanted)), given.at) if wanted in many else failed("index", given.at)


def cut(given: Given) -> Value | None:
    whole, first, last = given.arguments if len(given.arguments) == 3 else (ABSENT, ABSENT, ABSENT)
    many = elements(whole, given)
    if many is None or not (isinstance(first, Text) and isinstance(last, Text) and first.isdigit() and last.isdigit()):
        return None
    return Items(many[int(first) : int(last)], given.at)


# ---- the first that is there


def coalesce(given: Given) -> Value | None:
    rows = list(_first(given, given.always, 0))
    return texts.alternatives_to_value(rows, given.at) if rows else failed(given.name, given.at)


def _first(given: Given, guard: Guard, number: int) -> list[tuple[Guard, Value]]:
    """The first argument from one on that is neither null nor empty, under each setting."""
    if number >= len(given.arguments):
        return []
    found: list[tuple[Guard, Value]] = []
    world = given.scope.module.work.world
    for inner, one in guard.over(given.arguments[number]):
        if isinstance(one, Absent):
            found.extend(_first(given, inner, number + 1))
            continue
        truth = empty(world, one, f"argument {number + 1} of {given.name} is empty")
        opaque = isinstance(one, Unknown) and any(a.literal is None for side in truth.true for a in side)
        if opaque or not settings(world, truth.true):
            found.append((inner, one))
            continue
        for held in settings(world, truth.false):
            both = inner & held
            if both is not None:
                found.append((both, one))
        for held in settings(world, truth.true):
            both = inner & held
            if both is not None:
                found.extend(_first(given, both, number + 1))
    return found
