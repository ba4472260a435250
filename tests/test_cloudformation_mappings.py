"""Lookups in mappings: what they give, and what they ask of a deployment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cfn import outcomes, plain, template_of
from vetstack.guards import when

MAPPINGS = """\
Transform: AWS::LanguageExtensions
Parameters:
  Stage: {Type: String, Default: test}
  Image: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /acme/image, AllowedPattern: '/.*'}
  Mode: {Type: String, AllowedValues: [plain, regional]}
Conditions:
  Regional: !Equals [!Ref Mode, regional]
  ImageOff: !Equals [!Ref Image, 'off']
Mappings:
  Accounts:
    eu-west-1: {Id: one}
    us-east-1: {Id: two}
  Stages:
    test: {Id: three, Name: t}
    live: {Id: four}
Resources:
  It:
    Type: AWS::Test::Thing
    Properties:
      P: %s
"""


def found(lookup: str) -> dict[str, Any]:
    return outcomes(template_of(MAPPINGS % lookup), "It", "P")


@pytest.mark.parametrize(
    ("lookup", "expected"),
    [
        ("!FindInMap [Stages, test, Id]", {"": "three"}),
        ("!FindInMap [Stages, test, Id, {DefaultValue: other}]", {"": "three"}),
        ("!FindInMap [Stages, other, Id, {DefaultValue: other}]", {"": "other"}),
        ("!FindInMap [Others, test, Id, {DefaultValue: other}]", {"": "other"}),
        ("!FindInMap [Stages, !Ref Stage, Id]", {'Stage is "test"': "three", 'Stage is "live"': "four"}),
        ("!FindInMap [Stages, !Ref Stage, Name]", {"": "t"}),
        (
            "!FindInMap [Accounts, !Ref AWS::Region, Id, {DefaultValue: other}]",
            {
                'AWS::Region is "eu-west-1"': "one",
                'AWS::Region is "us-east-1"': "two",
                "AWS::Region is not in the mapping": "other",
            },
        ),
    ],
)
def test_a_lookup_gives_what_its_key_finds(lookup: str, expected: dict[str, Any]) -> None:
    assert found(lookup) == expected


@pytest.mark.parametrize("key", ["!Ref AWS::Region", "!Ref Mode"])
def test_entries_of_a_lookup_that_must_succeed_leave_no_setting_out(key: str) -> None:
    lookup = f"!FindInMap [Accounts, {key}, Id]"
    template = template_of((MAPPINGS % lookup).replace("[plain, regional]", "[eu-west-1, us-east-1, ap-east-1]"))
    it = template.resources["It"]
    (exists,) = it.exists
    guards = [guard for guard, _, _ in exists.walk(it.properties, "P")]
    assert len(guards) == 2
    assert when(guards, [exists]) is None
    assert when(guards[:1], [exists]) is not None


def test_a_lookup_under_a_condition_asks_only_under_it() -> None:
    template = template_of(MAPPINGS % "!If [Regional, !FindInMap [Accounts, !Ref AWS::Region, Id], none]")
    it = template.resources["It"]
    (exists,) = it.exists
    ways = [(guard, plain(value)) for guard, value, _ in exists.walk(it.properties, "P")]
    assert sorted(str(value) for _, value in ways) == ["none", "one", "two"]
    assert when([guard for guard, _ in ways], [exists]) is None
    regional = when([guard for guard, value in ways if value != "none"], [exists])
    assert regional is not None
    assert "AWS::Region" not in regional


def test_a_condition_on_a_looked_up_value_is_not_one_on_its_name() -> None:
    assert set(found("!If [ImageOff, 'yes', 'no']").values()) == {"yes", "no"}


def test_two_long_mappings_are_not_compared_entry_by_entry() -> None:
    entries = "\n".join(f"    k{n}: {{V: v{n}}}" for n in range(500))
    text = f"""\
Parameters: {{A: {{Type: String}}, B: {{Type: String}}}}
Mappings:
  M:
{entries}
Conditions:
  Same: !Equals [!FindInMap [M, !Ref A, V], !FindInMap [M, !Ref B, V]]
Resources:
  It: {{Type: AWS::Test::Thing, Properties: {{P: !If [Same, 'yes', 'no']}}}}
"""
    assert outcomes(template_of(text), "It", "P") == {"Same is true": "yes", "Same is false": "no"}
