"""What a trust statement proves about the ExternalId of whoever uses it.

The proof asks of two requests whether the policy lets them pass: one without an ExternalId, and one with a text that
nobody agreed on. Sources: STS API reference, AssumeRole; IAM user guide, confused-deputy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

from vetstack.iam.conditions import (
    Test,
    Tests,
    can_hold,
    holds_when_missing,
    may_hold_for_a_guess,
    must_hold_for_a_guess,
)
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Parameter, Template, resource_of
from vetstack.values import Hole, Map, Text, Unknown

KEY: Final = "sts:externalid"

State = Literal["absent", "bypassable", "shared", "empty-possible", "unseen", "bound", "nobody"]
"""Worst first. empty-possible: bound to a required parameter that may be given as an empty text. unseen: a condition
that only the deployment has. nobody: everyone is denied."""

STATES: Final[tuple[State, ...]] = ("absent", "bypassable", "shared", "empty-possible", "unseen", "bound", "nobody")

_LEGAL = Regex(r"[\w+=,.@:/-]{2,1224}", re.ASCII)

_SAME_FOR_ALL: Final = frozenset({"partition", "own-region", "url-suffix"})
"""Holes that many customers fill alike."""

_STORED: Final = {"AWS::SSM::Parameter#Value": "Value"}
"""Attributes that only repeat a property, by type."""

Holds = Callable[[Test], bool]


class Proof(NamedTuple):
    """The state, why (a clause for the message), the node it shows at, and the blocks its value came through."""

    state: State
    why: str
    at: Position | None
    via: tuple[str, ...] = ()


def is_about_external_id(key: str) -> bool:
    """Whether a condition key, in lower case, is the ExternalId's or is meant to be."""
    return key == KEY or ("/" not in key and "externalid" in key.replace("-", "").replace("_", ""))


def prove(allow: Tests, denies: Iterable[Sequence[Test]], template: Template) -> Proof:
    """What an Allow's condition and the Denies that apply to the same principal prove together.

    denies: of each Deny on sts:AssumeRole the tests that the principal does not meet anyhow; one that then tests
    something besides the ExternalId counts for nothing here.
    """
    own = [test for test in allow.tests if test.named == KEY]
    enforcing = [tests for tests in denies if all(test.named == KEY for test in tests)]
    if any(not tests for tests in enforcing):
        return Proof("nobody", "", None)
    every = own + [test for tests in enforcing for test in tests]
    if not every:
        return _without_any(allow)
    never = next((test for test in every if not can_hold(test) or not test.values), None)
    if never:
        return Proof("bypassable", _why_never(never), never.at)
    if _passes(own, enforcing, holds_when_missing, holds_when_missing):
        return _bypassed(every, "a caller who sends no ExternalId at all passes it", holds_when_missing)
    if _passes(own, enforcing, may_hold_for_a_guess, must_hold_for_a_guess):
        return _bypassed(every, "any value, or any that fits the pattern, passes it", may_hold_for_a_guess)
    demanded = [test for test in own if test.family in ("equals", "like")]
    demanded += [test for tests in enforcing for test in tests if test.family in ("not-equals", "not-like")]
    if not demanded:
        return Proof("nobody", "", None)
    return _value_state(demanded, template)


def _passes(own: Sequence[Test], denies: Iterable[Sequence[Test]], allowed: Holds, denied: Holds) -> bool:
    return all(allowed(test) for test in own) and not any(all(denied(test) for test in tests) for tests in denies)


def _bypassed(tests: Sequence[Test], effect: str, holds: Holds) -> Proof:
    guilty = next((test for test in tests if holds(test)), tests[0])
    via = tuple(dict.fromkeys(name for value in guilty.values for name in value.via))
    return Proof("bypassable", f"{guilty.operator} on {guilty.key}: {effect}", guilty.at, via)


def _why_never(test: Test) -> str:
    if not test.string and test.family != "null":
        return f"{test.operator} does not compare texts, so no ExternalId can satisfy it as it is meant"
    return f"{test.operator} lists no value, so what it demands is undefined"


def _without_any(allow: Tests) -> Proof:
    """No ExternalId is demanded. A key that looks like the ExternalId's but is none is in no request."""
    for test in allow.tests:
        if is_about_external_id(test.named):
            return Proof("bypassable", f"{test.key} is not a key that AWS knows; it is sts:ExternalId", test.key_at)
    if allow.hidden:
        return Proof("unseen", "", allow.hidden[0].at)
    return Proof("absent", "", None)


def _value_state(binding: Sequence[Test], template: Template) -> Proof:
    """Whose the value is that the caller must send.

    Any one value of a test will do, so its worst counts; all tests must be passed, so the best of them counts.
    """
    proofs = [_worst([_of_value(value, template) for value in test.values]) for test in binding]
    return max(proofs, key=lambda proof: STATES.index(proof.state))


def _worst(proofs: Sequence[Proof]) -> Proof:
    return min(proofs, key=lambda proof: STATES.index(proof.state))


def _of_value(value: Text | Unknown, template: Template) -> Proof:
    value = _stored(value, template)
    parameters = template.parameters
    if isinstance(value, Text):
        if not _LEGAL.fullmatch(value):
            return Proof("bypassable", _why_malformed(value), value.at, value.via)
        if any(parameters[name].settled for name in value.via if name in parameters):
            return Proof("bound", "", value.at, value.via)
        return Proof("shared", _why_shared(value, parameters), value.at, value.via)
    given = [parameters[name] for name in value.via if name in parameters]
    if all(hole.kind in _SAME_FOR_ALL or _is_listed(hole, template) for hole in value.holes):
        return Proof("shared", f"{value} is one of a few texts that every customer has", value.at, value.via)
    if len(value.pieces) == 1 and given and given[0].admits_empty and not isinstance(given[0].default, Text):
        return Proof("empty-possible", given[0].address, value.at, value.via)
    return Proof("bound", "", value.at, value.via)


def _is_listed(hole: Hole, template: Template) -> bool:
    """Whether a hole is a parameter that takes one of the values which the template lists."""
    parameter = template.parameter_of(hole)
    return parameter is not None and parameter.allowed is not None


def _stored(value: Text | Unknown, template: Template) -> Text | Unknown:
    """The text that an attribute of a resource of the template repeats, where it does."""
    if isinstance(value, Text) or len(value.pieces) != 1 or value.holes[0].kind != "resource":
        return value
    hole: Hole = value.holes[0]
    resource = template.resource_at(resource_of(hole.name))
    if resource is None or not isinstance(resource.properties, Map):
        return value
    key = _STORED.get(f"{resource.type}#{hole.name.partition('#')[2]}")
    stored = resource.properties.child(key) if key else None
    return Text(stored, value.at, (resource.address,)) if isinstance(stored, Text) else value


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
