"""IAM's action patterns, and the lists of actions that change permissions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetstack.iam.actions import granting_actions, matches, mutating_actions, tagging_actions


@pytest.mark.parametrize(
    ("pattern", "action"),
    [
        ("*", "iam:PassRole"),
        ("**", "iam:PassRole"),
        ("*:*", "iam:PassRole"),
        ("iam:*", "iam:PassRole"),
        ("IAM:passrole", "iam:PassRole"),
        ("iam:Put?olePolicy", "iam:PutRolePolicy"),
        ("iam:*Policy*", "iam:PutRolePolicy"),
        ("iam:*o*o*", "iam:PutRolePolicy"),
        ("iam:PutRolePolicy*", "iam:PutRolePolicy"),
        ("*?*", "iam:PassRole"),
    ],
)
def test_a_pattern_stands_for_an_action(pattern: str, action: str) -> None:
    assert matches(pattern, action)


@pytest.mark.parametrize(
    ("pattern", "action"),
    [
        ("", "iam:PassRole"),
        ("s3:*", "iam:PassRole"),
        ("iam:Pass", "iam:PassRole"),
        ("iam:Get*", "iam:PassRole"),
        ("iam:PassRole?", "iam:PassRole"),
        ("iam:*Role*Role", "iam:PassRole"),
        ("iam:Pas.Role", "iam:PassRole"),
        ("iam:[A-Z]*", "iam:PassRole"),
        ("iam:*\u017fole", "iam:Passole"),
    ],
)
def test_a_pattern_does_not_stand_for_an_action(pattern: str, action: str) -> None:
    assert not matches(pattern, action)


@given(st.text("aB:*?.", max_size=12), st.text("Ab:.", max_size=12))
def test_patterns_mean_what_the_plain_translation_means(pattern: str, action: str) -> None:
    plain = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    assert matches(pattern, action) == bool(re.fullmatch(plain, action, re.IGNORECASE))


def test_a_hostile_pattern_is_answered() -> None:
    """The plain translation of this one would not end in a lifetime."""
    assert not matches("*a" * 40 + "*b", "iam:" + "a" * 100)
    assert not matches("*?" * 5000, "iam:PassRole")


def test_which_actions_mutate_iam() -> None:
    actions = mutating_actions()
    assert {"iam:PassRole", "iam:CreateAccessKey", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"} <= actions
    assert not {"iam:GetRole", "iam:ListRoles", "iam:CreateServiceLinkedRole", "iam:SimulatePrincipalPolicy"} & actions
    assert all(action.startswith("iam:") for action in actions)


def test_tagging_is_told_apart() -> None:
    assert {"iam:TagRole", "iam:UntagUser"} <= tagging_actions() < mutating_actions()
    assert all(":Tag" in action or ":Untag" in action for action in tagging_actions())


def test_which_actions_grant_outside_iam() -> None:
    assert {"s3:PutBucketPolicy", "kms:PutKeyPolicy", "lambda:AddPermission", "glue:PutResourcePolicy"} <= (
        granting_actions()
    )
    assert not any(action.startswith("iam:") for action in granting_actions())


def allowed_by(pattern: str, actions: frozenset[str]) -> list[str]:
    return sorted(action for action in actions if matches(pattern, action))


def test_a_pattern_stands_for_the_actions_that_it_matches() -> None:
    assert allowed_by("iam:Attach*Policy", mutating_actions()) == [
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
    ]
    assert allowed_by("iam:Get*", mutating_actions()) == []
    assert set(allowed_by("*", mutating_actions())) == mutating_actions()
