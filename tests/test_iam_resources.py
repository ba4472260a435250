"""ARN patterns against texts tried one by one, and the tables of managed policies and of what changes IAM."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies import ROLE
from vetstack.iam.managed_policies import managed_name
from vetstack.iam.powers import TO_EVERYTHING, TO_ITSELF, WEIGHTS, changes, target_of
from vetstack.iam.resources import covers, glob_of, overlap, subject_of
from vetstack.iam.tiers import tier_of_policy
from vetstack.position import Position
from vetstack.values import Hole, Text, Unknown

AT = Position("t.yaml", 1, 1, 1, 1)

ARNS = {
    "*": "any",
    "**": "any",
    "arn:*": "any",
    "arn:aws:*": "any",
    "arn:aws:iam::*:*": "any",
    "arn:aws-cn:iam::111122223333:role/*": "any",
    "arn:aws:iam::*:role/acme-*": "some",
    "arn:aws:iam::*:role/?*": "some",
    "arn:aws:iam::*:user/*": "none",
    "arn:aws:s3:::acme-exports/*": "none",
    "arn:aws:iam::*:policy/role/*": "none",
}


@pytest.mark.parametrize(("arn", "expected"), ARNS.items())
def test_what_of_all_roles_an_arn_covers(arn: str, expected: str) -> None:
    glob = glob_of(Text(arn, AT))
    met = overlap(glob, "arn:*:iam:*:*:role/*")
    assert ("any" if covers(glob, ROLE) else "some" if met else "none") == expected


def test_the_own_account_and_partition_stand_open_and_other_holes_do_not() -> None:
    pieces = ("arn:", Hole("partition", "AWS::Partition"), ":iam::", Hole("own-account", "AWS::AccountId"), ":role/")
    assert covers(glob_of(Unknown((*pieces, "*"), AT)), ROLE)
    one = glob_of(Unknown((*pieces, Hole("parameter", "Name")), AT))
    assert not covers(one, ROLE)
    assert covers(one, subject_of(one))


GLOBS = st.text(alphabet="ab:*?", max_size=6)
TEXTS = ["".join(t) for n in range(4) for t in product("ab:", repeat=n)]


def brute(glob: str) -> set[str]:
    expression = re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in glob))
    return {text for text in TEXTS if expression.fullmatch(text)}


@given(GLOBS, GLOBS)
def test_globs_that_share_a_text_overlap(left: str, right: str) -> None:
    if brute(left) & brute(right):
        assert overlap(left, right)
    assert overlap(left, right) == overlap(right, left)


@given(st.text(alphabet="ab*?", max_size=3), st.text(alphabet="ab*?", max_size=3))
def test_globs_overlap_only_where_they_share_a_text(left: str, right: str) -> None:
    texts = ["".join(t) for n in range(7) for t in product("abc", repeat=n)]
    match = [re.compile("".join({"*": ".*", "?": "."}.get(c, c) for c in glob)) for glob in (left, right)]
    assert overlap(left, right) == any(all(m.fullmatch(text) for m in match) for text in texts)


@given(GLOBS, GLOBS)
def test_what_covers_all_of_a_glob_matches_each_text_of_it(general: str, special: str) -> None:
    if covers(general, subject_of(special)):
        assert brute(special) <= brute(general)


@given(GLOBS, st.sampled_from(TEXTS))
def test_a_known_text_is_covered_as_a_pattern_matches_it(glob: str, text: str) -> None:
    assert covers(glob, text) == (text in brute(glob))


SPELLINGS = {
    "arn:aws:iam::aws:policy/AdministratorAccess": "administrator",
    "arn:aws-us-gov:iam::aws:policy/AdministratorAccess": "administrator",
    "arn:aws-cn:iam::aws:policy/IAMFullAccess": "equivalent",
    "arn:aws:iam::aws:policy/job-function/SystemAdministrator": "broad",
    "AdministratorAccess": "administrator",
    "poweruseraccess": "power",
    "arn:aws:iam::111122223333:policy/AdministratorAccess": None,
    "arn:aws:iam::aws:policy/SecurityAudit": None,
    "arn:aws:iam::aws:policy/AdministratorAccess-AWSElasticBeanstalk": "broad",
    "arn:aws:iam::aws:policy/AcmeAccess": None,
}


@pytest.mark.parametrize(("arn", "tier"), SPELLINGS.items())
def test_the_tier_of_a_managed_policy(arn: str, tier: str | None) -> None:
    name = managed_name(Text(arn, AT))
    assert (tier_of_policy(name) if name else None) == tier


def test_a_managed_policy_is_known_behind_holes_but_not_with_a_hole_for_a_name() -> None:
    partition = Hole("partition", "AWS::Partition")
    assert managed_name(Unknown(("arn:", partition, ":iam::aws:policy/PowerUserAccess"), AT)) == "PowerUserAccess"
    assert managed_name(Unknown((Hole("parameter", "Prefix"), ":aws:policy/IAMFullAccess"), AT)) == "IAMFullAccess"
    assert managed_name(Unknown(("arn:aws:iam::aws:policy/", Hole("parameter", "Name")), AT)) is None
    assert managed_name(Unknown((Hole("parameter", "Arn"),), AT)) is None


def test_the_tables_name_actions_that_change_iam() -> None:
    assert changes() >= WEIGHTS.keys() | TO_ITSELF
    assert {WEIGHTS[action] for action in (*TO_EVERYTHING, *TO_ITSELF)} == {"grants"}


TARGETS = {
    "iam:AttachRolePolicy": "role",
    "iam:PutUserPolicy": "user",
    "iam:PutGroupPolicy": "group",
    "iam:AddUserToGroup": "group",
    "iam:CreatePolicy": "policy",
    "iam:CreatePolicyVersion": "policy",
    "iam:SetDefaultPolicyVersion": "policy",
    "iam:UpdateAssumeRolePolicy": "role",
    "iam:PutUserPermissionsBoundary": "user",
    "iam:DeleteRolePermissionsBoundary": "role",
    "iam:AddRoleToInstanceProfile": "instance-profile",
    "iam:CreateAccessKey": "user",
    "iam:CreateSAMLProvider": "saml-provider",
    "iam:CreateOpenIDConnectProvider": "oidc-provider",
    "iam:UpdateAccountPasswordPolicy": "other",
    "iam:DeleteRole": "role",
    "iam:DeleteUser": "user",
}


@pytest.mark.parametrize(("action", "target"), TARGETS.items())
def test_what_an_action_is_done_to(action: str, target: str) -> None:
    assert target_of(action) == target
