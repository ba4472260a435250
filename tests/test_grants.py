"""What an identity may do: unions of policies, Deny, boundaries, and what must not make a difference."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policies import (
    Statement,
    all_but,
    allow,
    deny,
    document,
    findings,
    managed,
    may,
    role,
    template,
    verdict,
    when_production,
)
from vetstack.iam.grants import grants_of
from vetstack.iam.resources import ANY_NAME
from vetstack.template import Template


def test_a_permission_is_found_in_every_policy_that_is_attached() -> None:
    made = template(
        Worker=role(document(allow("s3:GetObject")), document(allow("iam:Put*"))),
        Extra=managed(allow("iam:AttachRolePolicy"), Roles=[{"Ref": "Worker"}]),
        More={
            "Type": "AWS::IAM::RolePolicy",
            "Properties": {
                "PolicyName": "more",
                "RoleName": {"Ref": "Worker"},
                "PolicyDocument": document(allow("iam:CreateRole")),
            },
        },
    )
    for action in ("iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreateRole"):
        assert may(made, "Worker", action) == [""]
    assert may(made, "Worker", "iam:DeleteRole") == []
    (finding,) = findings(made)
    assert (finding.rule, finding.resource, set(finding.also)) == ("VET301", "Worker", {"Extra", "More"})
    assert len(finding.evidence) == 2


def test_an_unconditioned_deny_takes_away_across_policies() -> None:
    made = template(Worker=role(document(allow("iam:*")), document(deny(["iam:Put*", "IAM:attach*"]))))
    assert may(made, "Worker", "iam:PutRolePolicy") == []
    assert may(made, "Worker", "iam:CreateRole") == [""]


@pytest.mark.parametrize(
    "statement",
    [
        deny("iam:PutRolePolicy", "arn:aws:iam::*:role/acme-*"),
        deny("iam:PutRolePolicy", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
        deny("iam:PutUserPolicy"),
        {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:iam::*:role/*"},
    ],
)
def test_a_deny_that_leaves_something_takes_nothing_away(statement: Statement) -> None:
    assert may(template(Worker=role(document(allow("iam:PutRolePolicy"), statement))), "Worker", "iam:PutRolePolicy")


@pytest.mark.parametrize(
    "statement",
    [
        deny("*"),
        deny("iam:PutRolePolicy", ["arn:aws:s3:::acme", "arn:aws:iam::*:role/*"]),
        {"Effect": "Deny", "NotAction": "ec2:Describe*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:*", "NotResource": "arn:aws:iam::*:user/*"},
    ],
)
def test_a_deny_that_leaves_nothing_takes_all_of_it_away(statement: Statement) -> None:
    allowed = allow("iam:PutRolePolicy", "arn:aws:iam::*:role/acme-*")
    made = template(Worker=role(document(allowed, statement)))
    assert list(grants_of(made, made.identities["Worker"]).ways("iam:PutRolePolicy")) == []


def test_a_deny_under_a_setting_leaves_the_other_settings() -> None:
    made = template(Worker=role(document(allow("*"), when_production(deny("*")))))
    (finding,) = findings(made)
    assert finding.rule == "VET201"
    assert finding.when is not None and "production" in finding.when and "not" in finding.when


def test_a_deny_under_the_same_setting_takes_all_of_it_away() -> None:
    assert verdict(when_production(allow("*")), when_production(deny("*"))) == []


BOUNDARIES = {
    "none": (None, "VET201"),
    "administrator": ("arn:aws:iam::aws:policy/AdministratorAccess", "VET201"),
    "power user": ("arn:aws:iam::aws:policy/PowerUserAccess", "VET202"),
    "reader": ("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", None),
    "own narrow": ({"Ref": "Narrow"}, "VET203"),
    "own by ARN": ({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/acme/narrow"}, "VET203"),
    "own by ARN of another path": ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:policy/narrow"}, "VET201"),
    "of AWS's, called like the own one": ("arn:aws:iam::aws:policy/acme/narrow", None),
    "own on one bucket": ({"Ref": "OneBucket"}, None),
    "a whole service": ("arn:aws:iam::aws:policy/AmazonS3FullAccess", "VET203"),
    "own wide": ({"Ref": "Wide"}, "VET201"),
    "own less iam": ({"Ref": "LessIam"}, "VET202"),
    "given at deployment": ({"Ref": "Boundary"}, "VET201"),
    "optional": ({"Fn::If": ["InProduction", {"Ref": "Narrow"}, {"Ref": "AWS::NoValue"}]}, "VET201"),
}


@pytest.mark.parametrize(("boundary", "expected"), BOUNDARIES.values(), ids=BOUNDARIES)
def test_a_boundary_bounds_what_it_can(boundary: Any, expected: str | None) -> None:
    given_one = {} if boundary is None else {"PermissionsBoundary": boundary}
    made = template(
        Worker=role(document(allow("*")), **given_one),
        Narrow=managed(allow(["s3:*", "iam:PutRolePolicy"]), deny("iam:*"), ManagedPolicyName="narrow", Path="/acme/"),
        OneBucket=managed(allow("*", ["arn:aws:s3:::acme-own", "arn:aws:s3:::acme-own/*"])),
        Wide=managed(allow("*")),
        LessIam=managed(allow("*"), deny("iam:*")),
    )
    assert {f.rule for f in findings(made) if f.resource == "Worker"} == ({expected} if expected else set())


def test_a_boundary_never_grants() -> None:
    assert verdict(allow("s3:GetObject"), PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess") == []


statements = st.lists(
    st.sampled_from(
        [
            allow("*"), all_but("iam:*"), allow(["iam:*"]), allow("iam:PutRolePolicy", "arn:aws:iam::*:role/acme-*"),
            allow("iam:CreateRole", Condition={"StringEquals": {"iam:PermissionsBoundary": "x"}}),
            allow("s3:*"), allow("ec2:Describe*"), when_production(allow("iam:CreateUser")), deny("iam:Put*"),
            deny("s3:*"), when_production(deny("iam:*")),
        ]
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


def gist(made: Template) -> set[tuple[str, str, str | None]]:
    return {(f.rule, f.severity, f.when) for f in findings(made)}


@given(statements)
def test_splitting_and_reordering_policies_changes_no_verdict(given_ones: list[Statement]) -> None:
    whole = gist(template(Worker=role(document(*given_ones))))
    assert gist(template(Worker=role(*(document(one) for one in given_ones)))) == whole
    assert {each[:2] for each in gist(template(Worker=role(document(*reversed(given_ones)))))} == {
        each[:2] for each in whole
    }


@given(statements, st.sampled_from([deny("*"), deny("iam:*"), deny("s3:*"), when_production(deny("*"))]))
def test_adding_a_deny_adds_no_permission(given_ones: list[Statement], more: Statement) -> None:
    before = template(Worker=role(document(*given_ones)))
    after = template(Worker=role(document(*given_ones, more)))
    for action in ("iam:PutRolePolicy", "iam:CreateUser", "s3:GetObject"):
        assert len(may(after, "Worker", action, ANY_NAME)) <= len(may(before, "Worker", action, ANY_NAME))
    if more == deny("*"):
        assert findings(after) == []
