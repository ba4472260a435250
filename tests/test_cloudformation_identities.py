"""Every attach point of CloudFormation gives its policy to whom it names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cfn import plain, template_of

DOCUMENT = {"Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
ARN = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}}


def made(kind: str, properties: dict[str, Any], condition: str | None = None) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties} | ({"Condition": condition} if condition else {})


def held(resources: dict[str, Any], holder: str, **sections: Any) -> list[tuple[Any, Any, str, tuple[str, ...], str]]:
    """(document or None, ARN or None, block, via, setting) of each attachment."""
    template = template_of(json.dumps({"Resources": resources, **sections}))
    return [
        (plain(a.document), plain(a.arn), a.resource, a.via, str(a.guard))
        for a in template.identities[holder].attachments
    ]


@pytest.mark.parametrize("kind", ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"])
def test_inline_and_managed_policies(kind: str) -> None:
    it = made(kind, {"ManagedPolicyArns": [ARN], "Policies": [{"PolicyName": "p", "PolicyDocument": DOCUMENT}]})
    assert held({"It": it}, "It") == [(None, ARN, "It", (), ""), (DOCUMENT, None, "It", (), "")]


@pytest.mark.parametrize(
    ("kind", "key", "target"),
    [
        ("AWS::IAM::Policy", "Roles", [{"Ref": "It"}]),
        ("AWS::IAM::ManagedPolicy", "Roles", [{"Fn::Sub": "${It}"}]),
        ("AWS::IAM::RolePolicy", "RoleName", {"Ref": "It"}),
        ("AWS::IAM::RolePolicy", "RoleName", "by-name"),
    ],
)
def test_policies_that_name_their_role(kind: str, key: str, target: Any) -> None:
    role = made("AWS::IAM::Role", {**ROLE["Properties"], "RoleName": "by-name"})
    policy = made(kind, {key: target, "PolicyDocument": DOCUMENT})
    assert held({"It": role, "Policy": policy}, "It") == [(DOCUMENT, None, "Policy", ("Policy",), "")]


@pytest.mark.parametrize(
    "reference",
    [
        {"Ref": "Policy"},
        {"Fn::Sub": "${Policy}"},
        {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/mine"},
    ],
)
def test_a_managed_policy_of_the_template_comes_with_its_document(reference: Any) -> None:
    policy = made("AWS::IAM::ManagedPolicy", {"ManagedPolicyName": "mine", "PolicyDocument": DOCUMENT})
    role = made("AWS::IAM::Role", {**ROLE["Properties"], "ManagedPolicyArns": [reference]})
    ((document, _, resource, via, _),) = held({"Policy": policy, "It": role}, "It")
    assert (document, resource, via) == (DOCUMENT, "It", ("Policy",))


def test_a_group_gives_its_policies_to_its_members() -> None:
    resources = {
        "Group": made("AWS::IAM::Group", {"ManagedPolicyArns": [ARN]}),
        "Member": made("AWS::IAM::User", {"Groups": [{"Ref": "Group"}]}),
        "Added": made("AWS::IAM::User", {}),
        "Adding": made("AWS::IAM::UserToGroupAddition", {"GroupName": {"Ref": "Group"}, "Users": [{"Ref": "Added"}]}),
    }
    assert held(resources, "Member") == [(None, ARN, "Group", ("Group", "Member"), "")]
    assert held(resources, "Added") == [(None, ARN, "Group", ("Group", "Adding"), "")]


def test_permission_sets_and_serverless_functions() -> None:
    document_as_text = json.dumps(DOCUMENT)
    resources = {
        "Set": made("AWS::SSO::PermissionSet", {"InlinePolicy": document_as_text, "ManagedPolicies": [ARN]}),
        "Function": made(
            "AWS::Serverless::Function", {"Policies": ["ReadOnlyAccess", DOCUMENT, {"EC2DescribePolicy": {}}]}
        ),
        "Given": made(
            "AWS::Serverless::Function", {"Role": "arn:aws:iam::111111111111:role/r", "Policies": [DOCUMENT]}
        ),
    }
    assert [(d, a) for d, a, *_ in held(resources, "Set")] == [(None, ARN), (DOCUMENT, None)]
    *first, (described, _, _, _, _) = held(resources, "Function")
    assert [(d, a) for d, a, *_ in first] == [(None, "ReadOnlyAccess"), (DOCUMENT, None)]
    assert described["Statement"][0]["Action"] == ["ec2:DescribeRegions", "ec2:DescribeInstances"]
    template = template_of(json.dumps({"Resources": resources}))
    assert "Given" not in template.identities


def test_an_attachment_exists_under_its_own_setting_and_its_identitys() -> None:
    sections = {
        "Parameters": {"Mode": {"Type": "String", "AllowedValues": ["a", "b"]}},
        "Conditions": {
            "A": {"Fn::Equals": [{"Ref": "Mode"}, "a"]},
            "B": {"Fn::Equals": [{"Ref": "Mode"}, "b"]},
        },
    }
    resources = {
        "It": {**ROLE, "Condition": "A"},
        "Same": made("AWS::IAM::Policy", {"Roles": [{"Ref": "It"}], "PolicyDocument": DOCUMENT}, "A"),
        "Never": made("AWS::IAM::Policy", {"Roles": [{"Ref": "It"}], "PolicyDocument": DOCUMENT}, "B"),
    }
    found = held(resources, "It", **sections)
    assert [(resource, setting) for _, _, resource, _, setting in found] == [("Same", 'A is true (Mode is "a")')]


@pytest.mark.parametrize(
    ("element", "noted"),
    [
        (ARN, False),
        ({"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/job-function/SupportUser"}, False),
        ({"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/${Which}"}, True),
        ({"Fn::Sub": "arn:aws:iam::aws:policy/${Which}ReadOnlyAccess"}, True),
        ({"Fn::Sub": "arn:aws:iam::aws:policy/${Optional}"}, False),
        ("arn:aws:iam::111122223333:policy/theirs", True),
        ({"Ref": "Which"}, True),
        ({"Ref": "Optional"}, False),
        ({"Fn::ImportValue": "policy"}, True),
    ],
)
def test_a_policy_written_elsewhere_is_undecided(element: Any, noted: bool) -> None:
    role = made("AWS::IAM::Role", {**ROLE["Properties"], "ManagedPolicyArns": [element]})
    parameters = {"Which": {"Type": "String"}, "Optional": {"Type": "String", "Default": ARN}}
    template = template_of(json.dumps({"Parameters": parameters, "Resources": {"It": role}}))
    assert bool(template.undecided) == noted


def test_a_serverless_function_has_what_globals_give_it() -> None:
    own = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "b"}, "Action": "sts:AssumeRole"}]}
    shared = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    boundary = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:policy/b"}
    template = template_of(
        json.dumps(
            {
                "Globals": {"Function": {"AssumeRolePolicyDocument": shared, "PermissionsBoundary": ARN}},
                "Resources": {
                    "Bare": {"Type": "AWS::Serverless::Function"},
                    "Own": made(
                        "AWS::Serverless::Function",
                        {"AssumeRolePolicyDocument": own, "PermissionsBoundary": boundary},
                    ),
                    "Given": made("AWS::Serverless::Function", {"Role": ARN}),
                    "Plain": ROLE,
                },
            }
        )
    )
    assert set(template.identities) == {"Bare", "Own", "Plain"}
    assert plain(template.identities["Bare"].trust) == shared
    assert plain(template.identities["Bare"].boundary) == ARN
    assert plain(template.identities["Own"].trust) == {**shared, "Statement": shared["Statement"] + own["Statement"]}
    assert plain(template.identities["Own"].boundary) == "arn:aws:iam::${AWS::AccountId}:policy/b"
    assert plain(template.identities["Plain"].trust) == {"Statement": []}
