"""Conditions against an oracle that tries every setting, and the settings that a template rules out."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cfn import outcomes, template_of
from vetstack.guards import Atom, Domain, Guard, Part, World, covered, when, without

NAMES, VALUES = ["A", "B", "C"], ["x", "y", "z"]
SETTINGS = [dict(zip(NAMES, values, strict=True)) for values in itertools.product(VALUES, repeat=3)]

expressions = st.recursive(
    st.one_of(
        st.tuples(st.just("eq"), st.sampled_from(NAMES), st.sampled_from([*VALUES, "elsewhere"])),
        st.tuples(st.just("same"), st.sampled_from(VALUES), st.sampled_from(VALUES)),
    ),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=6,
)


def written(expression: Any) -> dict[str, Any]:
    kind, *rest = expression
    if kind == "eq":
        return {"Fn::Equals": [{"Ref": rest[0]}, rest[1]]}
    if kind == "same":
        return {"Fn::Equals": rest}
    if kind == "not":
        return {"Fn::Not": [written(rest[0])]}
    return {"Fn::And" if kind == "and" else "Fn::Or": [written(part) for part in rest[0]]}


def holds(expression: Any, setting: dict[str, str]) -> bool:
    kind, *rest = expression
    if kind == "eq":
        return setting[rest[0]] == rest[1]
    if kind == "same":
        return rest[0] == rest[1]
    if kind == "not":
        return not holds(rest[0], setting)
    return (all if kind == "and" else any)(holds(part, setting) for part in rest[0])


def satisfied(guard: Guard, setting: dict[str, str]) -> bool:
    assert all(atom.literal is not None for atom in guard.atoms), "nothing here is opaque"
    return all((setting[name] == literal) == positive for name, literal, positive in guard.atoms)


def template_with(conditions: dict[str, Any], body: Any, rules: dict[str, Any] | None = None) -> Any:
    parameters = {name: {"Type": "String", "AllowedValues": VALUES} for name in NAMES}
    resources = {"It": {"Type": "AWS::Test::Thing", "Properties": {"P": body}}}
    whole = {"Parameters": parameters, "Conditions": conditions, "Resources": resources}
    return template_of(json.dumps(whole | ({"Rules": rules} if rules else {})))


@settings(max_examples=150)
@given(expressions, expressions)
def test_choices_agree_with_every_setting_tried_one_by_one(first: Any, second: Any) -> None:
    conditions = {"First": written(first), "Second": {"Fn::And": [written(second), {"Condition": "First"}]}}
    body = {"Fn::If": ["First", {"Fn::If": ["Second", "both", "first"]}, {"Fn::If": ["Second", "never", {"Ref": "A"}]}]}
    template = template_with(conditions, body)
    found = [
        (guard, str(value))
        for exists in template.resources["It"].exists
        for guard, value, _ in exists.walk(template.resources["It"].properties, "P")
    ]
    for setting in SETTINGS:
        expected = ("both" if holds(second, setting) else "first") if holds(first, setting) else setting["A"]
        assert {value for guard, value in found if satisfied(guard, setting)} == {expected}


@settings(max_examples=100)
@given(expressions, expressions)
def test_assertions_rule_out_exactly_the_settings_that_break_them(claim: Any, condition: Any) -> None:
    rules = {"Kept": {"Assertions": [{"Assert": written(claim)}]}}
    template = template_with({"C": written(condition)}, {"Fn::If": ["C", "yes", "no"]}, rules)
    allowed = [setting for setting in SETTINGS if holds(claim, setting)]
    expected = {"yes" if holds(condition, setting) else "no" for setting in allowed}
    found = set(outcomes(template, "It", "P").values())
    if allowed:
        assert found == expected


def test_a_rule_condition_limits_its_assertions() -> None:
    rules = {
        "Kept": {
            "RuleCondition": {"Fn::Equals": [{"Ref": "A"}, "x"]},
            "Assertions": [{"Assert": {"Fn::Contains": [["y", "z"], {"Ref": "B"}]}}],
        }
    }
    body = {"Fn::Sub": "${A}${B}"}
    found = set(outcomes(template_with({}, body, rules), "It", "P").values())
    assert "xx" not in found
    assert {"xy", "xz", "yx", "zx"} <= found


def test_what_a_parameter_does_not_admit_is_no_setting() -> None:
    template = template_of("""\
        Parameters:
          Long: {Type: String, MinLength: 3, Default: abc}
          Digits: {Type: String, AllowedPattern: '[0-9]+'}
        Conditions:
          NoLong: !Equals [!Ref Long, ""]
          NoDigits: !Equals [!Ref Digits, ""]
        Resources:
          It: {Type: AWS::Test::Thing, Properties: {P: !If [NoLong, a, b], Q: !If [NoDigits, a, b]}}
          Never: {Type: AWS::Test::Thing, Condition: NoLong}
        """)
    assert set(outcomes(template, "It", "P").values()) == {"b"}
    assert set(outcomes(template, "It", "Q").values()) == {"b"}
    assert template.resources["Never"].exists == ()


def test_a_condition_that_names_itself_ends() -> None:
    template = template_of("""\
        Conditions:
          A: !Not [Condition: B]
          B: !Not [Condition: A]
        Resources:
          It: {Type: AWS::Test::Thing, Properties: {P: !If [A, a, b]}}
        """)
    assert set(outcomes(template, "It", "P").values()) == {"a", "b"}


atoms = st.builds(Atom, st.sampled_from(NAMES), st.sampled_from(VALUES), st.booleans())
conjunctions = st.frozensets(atoms, max_size=3)


@settings(max_examples=200)
@given(conjunctions, st.lists(conjunctions, max_size=3))
def test_what_is_left_of_a_guard_is_what_no_other_takes(given_atoms: Any, taken: Any) -> None:
    world = World({name: Domain(tuple(VALUES), lambda value: True) for name in NAMES})
    made = [Guard(world, tuple(Part(str(a), frozenset({a})) for a in conj)) for conj in [given_atoms, *taken]]
    first, others = made[0], made[1:]
    inside = [s for s in SETTINGS if satisfied(first, s)]
    left = [s for s in inside if not any(satisfied(other, s) for other in others)]
    if inside:
        assert covered(first, others) == (not left)
        if others:
            rest = without(first, others[0])
            assert [s for s in inside if not satisfied(others[0], s)] == [
                s for s in SETTINGS if sum(satisfied(one, s) for one in rest) == 1
            ]


def test_when_names_the_simplest_setting_and_nothing_when_every_setting_is_found() -> None:
    world = World({"A": Domain(("x", "y"), lambda value: True)})

    def guard(*settled: tuple[str, str, bool]) -> Guard:
        made = [Atom(*one) for one in settled]
        return Guard(world, tuple(Part(str(atom), frozenset({atom})) for atom in made))

    x, y, b = guard(("A", "x", True)), guard(("A", "y", True)), guard(("B", "z", True))
    both = x & b
    also = y & b
    assert both is not None and also is not None
    assert when([x, y], [world.always]) is None
    assert when([x], [world.always]) == 'A is "x"'
    assert when([both, also], [world.always]) == 'B is "z"'
    assert when([both], [b]) == 'A is "x"'
