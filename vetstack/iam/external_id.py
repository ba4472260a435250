"""What a trust statement proves about the ExternalId of whoever uses it.

The proof asks of two requests whether the policy lets them pass: one without an ExternalId, and one with a text that
nobody agreed on. Sources: STS API reference, AssumeRole; IAM user guide, confused-deputy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, NamedTuple

from vetstack.iam.conditions import Test, can_hold, holds_for_a_guess, holds_when_missing
from vetstack.position import Position
from vetstack.template import Parameter
from vetstack.values import Text, Unknown

KEY: Final = "sts:externalid"

State = Literal["absent", "bypassable", "shared", "empty-possible", "bound"]
"""Worst first. empty-possible: bound to a required parameter that may be given as an empty text."""

STATES: Final[tuple[State, ...]] = ("absent", "bypassable", "shared", "empty-possible", "bound")

_LEGAL = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)

_SAME_FOR_ALL: Final = frozenset({"partition", "own-region", "url-suffix"})
"""Holes that many customers fill alike."""


Holds = Callable[[Test], bool]


class Proof(NamedTuple):
    """The state, why (a clause for the message), the node it shows at, and the blocks its value came through."""

    state: State
    why: str
    at: Position | None
    via: tuple[str, ...] = ()


def prove(allow: Sequence[Test], denies: Iterable[Sequence[Test]], parameters: dict[str, Parameter]) -> Proof:
    """What an Allow's tests and the Denies that apply to the same principal prove together.

    denies: the tests of each Deny on sts:AssumeRole; one that also tests something else counts for nothing here.
    """
    own = [test for test in allow if test.named == KEY]
    enforcing = [tests for tests in denies if tests and all(test.named == KEY for test in tests)]
    every = own + [test for tests in enforcing for test in tests]
    if not every:
        return _unknown_key(allow)
    never = next((test for test in own if not can_hold(test)), None)
    if never:
        return Proof("bypassable", _why_never(never), never.at)
    if _passes(own, enforcing, holds_when_missing):
        return _bypassed(every, "a caller who sends no ExternalId at all passes it", holds_when_missing)
    if _passes(own, enforcing, holds_for_a_guess):
        return _bypassed(every, "any value, or any that fits the pattern, passes it", holds_for_a_guess)
    demanded = [test for test in own if test.family in ("equals", "like")]
    demanded += [test for tests in enforcing for test in tests if test.family in ("not-equals", "not-like")]
    return _value_state(demanded, parameters)


def _passes(own: Sequence[Test], denies: Iterable[Sequence[Test]], holds: Holds) -> bool:
    return all(holds(test) for test in own) and not any(all(holds(test) for test in tests) for tests in denies)


def _bypassed(tests: Sequence[Test], effect: str, holds: Holds) -> Proof:
    guilty = next((test for test in tests if holds(test)), tests[0])
    return Proof("bypassable", f"{guilty.operator} on {guilty.key}: {effect}", guilty.at, _via(guilty.values))


def _why_never(test: Test) -> str:
    if not test.string and test.family != "null":
        return f"{test.operator} does not compare texts, so no ExternalId can satisfy it as it is meant"
    return f"{test.operator} lists no value, so what it demands is undefined"


def _unknown_key(allow: Sequence[Test]) -> Proof:
    """A key that looks like the ExternalId's but is none is never present in a request."""
    for test in allow:
        if "externalid" in test.named.replace("-", "").replace("_", ""):
            return Proof("bypassable", f"{test.key} is not a key that AWS knows; it is sts:ExternalId", test.key_at)
    return Proof("absent", "", None)


def _via(values: Iterable[Text | Unknown]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for value in values for name in value.via))


def _value_state(binding: Sequence[Test], parameters: dict[str, Parameter]) -> Proof:
    """Whose the value is that the caller must send.

    Any one value of a test will do, so its worst counts; all tests must be passed, so the best of them counts.
    """
    proofs = [_worst([_of_value(value, parameters) for value in test.values]) for test in binding if test.values]
    return max(proofs, key=lambda proof: STATES.index(proof.state))


def _worst(proofs: Sequence[Proof]) -> Proof:
    return min(proofs, key=lambda proof: STATES.index(proof.state))


def _of_value(value: Text | Unknown, parameters: dict[str, Parameter]) -> Proof:
    if isinstance(value, Text):
        if not _LEGAL.fullmatch(value):
            return Proof("bypassable", _why_malformed(value), value.at, value.via)
        return Proof("shared", _why_shared(value, parameters), value.at, value.via)
    if all(hole.kind in _SAME_FOR_ALL for hole in value.holes):
        return Proof("shared", f"{value} is the same for every customer", value.at, value.via)
    given = [parameters[name] for name in value.via if name in parameters]
    if len(value.pieces) == 1 and given and given[0].admits_empty and not isinstance(given[0].default, Text):
        return Proof("empty-possible", given[0].address, value.at, value.via)
    return Proof("bound", "", value.at, value.via)


def _why_malformed(value: Text) -> str:
    if not value:
        return "the ExternalId is empty, which AWS does not accept as one"
    if len(value) < 2 or len(value) > 1224:
        return f"an ExternalId has 2 to 1,224 characters, this one has {len(value)}"
    return f'"{value}" has characters that an ExternalId cannot have'


def _why_shared(value: Text, parameters: dict[str, Parameter]) -> str:
    source = next(iter(value.via), None)
    if source is None:
        return f'"{value}" is written into the template, so it is the same for every customer'
    if source in parameters and parameters[source].default == value:
        return f'"{value}", the default of {source}, is the same for every customer who leaves it'
    return f'"{value}", from {source}, is the same for every customer'
