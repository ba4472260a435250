"""Condition blocks: their operators, and what each says of a key that is missing or holds a value nobody chose.

Source: IAM user guide, reference_policies_elements_condition_operators and reference_policies_condition-keys. Operators
and key names have no letter case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal

from vetstack.guards import Guard, without
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.values import Absent, Choice, Hole, Items, Map, Text, Unknown, Value, pieces_of

Family = Literal["equals", "like", "not-equals", "not-like", "null", "other"]

FAMILIES: Final[dict[str, Family]] = {
    "stringequals": "equals",
    "stringequalsignorecase": "equals",
    "stringlike": "like",
    "stringnotequals": "not-equals",
    "stringnotequalsignorecase": "not-equals",
    "stringnotlike": "not-like",
    "arnequals": "like",  # AWS: ArnEquals and ArnLike behave alike
    "arnlike": "like",
    "arnnotequals": "not-like",
    "arnnotlike": "not-like",
    "null": "null",
}


class Test(NamedTuple):
    """One key under one operator: `ForAllValues:StringEqualsIfExists` has family "equals" and both flags.

    values: known or unknown texts. at: the value; key_at: the key. string: whether the operator compares texts.
    """

    operator: str
    family: Family
    if_exists: bool
    for_all: bool
    for_any: bool
    key: str
    values: tuple[Text | Unknown, ...]
    at: Position
    key_at: Position

    @property
    def named(self) -> str:
        """The key in lower case, which is how AWS compares it."""
        return self.key.lower()

    @property
    def string(self) -> bool:
        return self.family != "other" and "string" in self.operator.lower()


def tests_of(condition: Value) -> tuple[Test, ...]:
    """The tests of a condition block in which no choice is left; all of them must hold."""
    return tuple(_tests(condition))


def _tests(condition: Value) -> Iterator[Test]:
    if not isinstance(condition, Map):
        return
    for operator, block in condition.items():
        if isinstance(block, Map):
            for key, value in block.items():
                values = tuple(one for one in _flat(value) if isinstance(one, (Text, Unknown)))
                yield test_of(operator, block, key, values, value)


def test_of(operator: str, block: Map, key: str, values: tuple[Text | Unknown, ...], written: Value) -> Test:
    """One key under one operator, with the values that it has under some setting. written: where they stand."""
    qualifier, _, base = operator.lower().rpartition(":")
    return Test(
        operator=operator,
        family=FAMILIES.get(base.removesuffix("ifexists"), "other"),
        if_exists=base.endswith("ifexists"),
        for_all=qualifier == "forallvalues",
        for_any=qualifier == "foranyvalue",
        key=key,
        values=values,
        at=block.at if isinstance(written, Absent) else written.at,
        key_at=block.key_at.get(key, block.at),
    )


def _flat(value: Value) -> Iterator[Value]:
    if isinstance(value, Items):
        for one in value:
            yield from _flat(one)
    else:
        yield value


class Tests(NamedTuple):
    """A condition under one setting. keys: every key it names; hidden: parts that only the deployment has."""

    tests: tuple[Test, ...] = ()
    hidden: tuple[Unknown, ...] = ()
    keys: tuple[str, ...] = ()


ROWS_LIMIT: Final = 256
"""Settings of one condition that are told apart; past it what it demands is unseen."""


def spelt_out(condition: Value, given: Guard, relevant: Callable[[str], bool]) -> list[tuple[Guard, Tests]]:
    """A condition under each setting that makes a difference to its relevant keys, told by their lower-case names.

    Any one value of a list is enough for a caller, so a list whose elements depend on settings is told apart by
    element, not by combination: what is worst for one element is worst for the list.
    """
    rows: list[tuple[Guard, Tests]] = []
    for guard, whole in given.over(condition):
        if isinstance(whole, Unknown):
            rows.append((guard, Tests(hidden=(whole,))))
        elif isinstance(whole, Map):
            rows.extend(_with_operators(whole, guard, relevant))
        else:
            rows.append((guard, Tests()))
    return rows


def _with_operators(whole: Map, given: Guard, relevant: Callable[[str], bool]) -> list[tuple[Guard, Tests]]:
    rows = [(given, Tests())]
    for operator, value in whole.items():
        longer: list[tuple[Guard, Tests]] = []
        for guard, known in rows:
            for inner, block in guard.over(value):
                if isinstance(block, Unknown):
                    longer.append((inner, known._replace(hidden=(*known.hidden, block))))
                elif isinstance(block, Map):
                    longer.extend(_with_keys(operator, block, inner, known, relevant))
                else:
                    longer.append((inner, known))
        if len(longer) > ROWS_LIMIT:
            given.world.widened.append((whole.at, "a condition with more settings than are told apart"))
            return [(given, Tests(hidden=(Unknown((Hole("widened", "this condition"),), whole.at),)))]
        rows = longer
    return rows


def _with_keys(
    operator: str, block: Map, given: Guard, known: Tests, relevant: Callable[[str], bool]
) -> list[tuple[Guard, Tests]]:
    rows = [(given, known._replace(keys=tuple(dict.fromkeys((*known.keys, *block)))))]
    for key, value in block.items():
        if relevant(key.lower()):
            rows = [
                (inner, tests._replace(tests=(*tests.tests, test_of(operator, block, key, values, value))))
                if values is not None
                else (inner, tests)
                for guard, tests in rows
                for inner, values in _values(value, guard)
            ]
    return rows


def _values(value: Value, given: Guard) -> list[tuple[Guard, tuple[Text | Unknown, ...] | None]]:
    """The values of a key under each setting; None where the key is not there."""
    rows: list[tuple[Guard, tuple[Text | Unknown, ...] | None]] = []
    for guard, whole in given.over(value):
        if isinstance(whole, Absent):
            rows.append((guard, None))
        elif isinstance(whole, Items):
            rows.extend(_elements(whole, guard))
        else:
            rows.append((guard, (whole,) if isinstance(whole, (Text, Unknown)) else ()))
    return rows


def _elements(whole: Items, given: Guard) -> list[tuple[Guard, tuple[Text | Unknown, ...]]]:
    always = tuple(one for one in _flat(whole) if isinstance(one, (Text, Unknown)))
    chosen = [
        (guard, one)
        for element in whole
        if isinstance(element, Choice)
        for guard, one in given.elements(element)
        if isinstance(one, (Text, Unknown))
    ]
    rows: list[tuple[Guard, tuple[Text | Unknown, ...]]] = [(guard, (*always, one)) for guard, one in chosen]
    if always or not chosen:
        return [(given, always), *rows]
    left = [given]
    for guard, _ in chosen:
        left = [rest for one in left for rest in without(one, guard)]
        if len(left) > ROWS_LIMIT:
            break
    return [*((rest, ()) for rest in left), *rows]


def holds_when_missing(test: Test) -> bool:
    """Whether a request that does not carry the key passes this test."""
    if test.family == "null":
        return any(str(value) != "false" for value in test.values)
    if test.if_exists or test.for_all:
        return True
    if test.for_any:
        return False
    return test.family in ("not-equals", "not-like")


def may_hold_for_a_guess(test: Test) -> bool:
    """Whether some text that nobody agreed on passes this test."""
    if test.family == "null":
        return any(str(value) != "true" for value in test.values)
    if test.family == "like":
        return any(guessable_pattern(value) for value in test.values)
    if test.family == "not-like":
        return not any(isinstance(value, Text) and not value.strip("*") for value in test.values)
    return test.family == "not-equals"


def must_hold_for_a_guess(test: Test) -> bool:
    """Whether every text that nobody agreed on passes this test."""
    if test.family == "like":
        return any(isinstance(value, Text) and not value.strip("*") for value in test.values)
    if test.family == "not-like":
        return not any(guessable_pattern(value) for value in test.values)
    return may_hold_for_a_guess(test)


def can_hold(test: Test) -> bool:
    """Whether any text at all passes this test: an operator for numbers, booleans or ARNs never matches an id."""
    if test.family == "null":
        return bool(test.values)
    return test.string and (bool(test.values) or test.family in ("not-equals", "not-like"))


def guessable_pattern(value: Text | Unknown) -> bool:
    """Whether a StringLike pattern lets in texts besides the one agreed on. `${*}` is a plain asterisk to IAM."""
    known = "".join(piece for piece in pieces_of(value) if isinstance(piece, str))
    plain = known.replace("${*}", "").replace("${?}", "").replace("${$}", "")
    return "*" in plain or "?" in plain
