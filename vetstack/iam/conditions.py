"""Condition blocks: their operators, and what each says of a key that is missing or holds a value nobody chose.

Source: IAM user guide, reference_policies_elements_condition_operators and reference_policies_condition-keys. Operators
and key names have no letter case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from vetstack.position import Position
from vetstack.values import Absent, Items, Map, Text, Unknown, Value, pieces_of

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
        if not isinstance(block, Map):
            continue
        lowered = operator.lower()
        qualifier, _, base = lowered.rpartition(":")
        if_exists = base.endswith("ifexists")
        family = FAMILIES.get(base.removesuffix("ifexists"), "other")
        for key, value in block.items():
            yield Test(
                operator=operator,
                family=family,
                if_exists=if_exists,
                for_all=qualifier == "forallvalues",
                for_any=qualifier == "foranyvalue",
                key=key,
                values=tuple(one for one in _flat(value) if isinstance(one, (Text, Unknown))),
                at=value.at if not isinstance(value, Absent) else condition.at,
                key_at=block.key_at.get(key, block.at),
            )


def _flat(value: Value) -> Iterator[Value]:
    if isinstance(value, Items):
        for one in value:
            yield from _flat(one)
    else:
        yield value


def holds_when_missing(test: Test) -> bool:
    """Whether a request that does not carry the key passes this test."""
    if test.family == "null":
        return any(str(value) != "false" for value in test.values)
    if test.if_exists or test.for_all:
        return True
    if test.for_any:
        return False
    return test.family in ("not-equals", "not-like")


def holds_for_a_guess(test: Test) -> bool:
    """Whether a request passes this test with a text that nobody agreed on."""
    if test.family == "null":
        return any(str(value) != "true" for value in test.values)
    if test.family == "equals":
        return False
    if test.family == "like":
        return any(guessable_pattern(value) for value in test.values)
    if test.family == "not-like":
        return not any(isinstance(value, Text) and value == "*" for value in test.values)
    return test.family == "not-equals"


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
