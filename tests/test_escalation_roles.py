"""Whose permissions somebody gets at: what is in reach, roles that are passed, roles that are assumed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies import (
    ADMIN,
    RUN,
    Statement,
    allow,
    degrees,
    deny,
    document,
    escalations,
    findings,
    managed,
    role,
    template,
    trusting,
    when_production,
)  # fmt: skip

# What must be in reach

REACHED = {
    "all functions": (allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:*"), ["error"]),
    "all of one region": (
        allow("lambda:UpdateFunctionCode", "arn:aws:lambda:eu-west-1:111122223333:function:*"),
        ["error"],
    ),
    "some functions": (allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:acme-*"), []),
    "layers": (allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:layer:*"), []),
    "one function": (allow("lambda:UpdateFunctionCode", {"Fn::GetAtt": ["Function", "Arn"]}), []),
    "all but one": (
        {"Effect": "Allow", "Action": "lambda:*", "NotResource": "arn:aws:lambda:*:*:function:a"},
        ["error"],
    ),
    "all but lambda": (
        {"Effect": "Allow", "NotAction": "ssm:*", "Resource": "arn:aws:lambda:*:*:function:*"},
        ["error"],
    ),
    "configuration": (allow(["lambda:UpdateFunctionConfiguration", "lambda:PublishLayerVersion"]), ["warning"]),
    "tagged": (
        allow("lambda:UpdateFunctionCode", Condition={"StringEquals": {"aws:ResourceTag/vendor": "acme"}}),
        ["note"],
    ),
    "builds": (allow("codebuild:StartBuild"), ["warning"]),
    "tagged builds": (allow("codebuild:StartBuild", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}}), []),
    "all instances, run": (
        allow("ssm:SendCommand", ["arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:*::document/AWS-RunShellScript"]),
        ["error"],
    ),
    "all instances, its own document": (
        allow("ssm:SendCommand", ["arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:*:*:document/Acme*"]),
        [],
    ),
    "one instance": (allow("ssm:*", {"Fn::Sub": "arn:aws:ec2:*:*:instance/${Name}"}), []),
    "sessions on tagged instances": (
        allow("ssm:StartSession", Condition={"StringLike": {"ssm:resourceTag/vendor": ["acme"]}}),
        ["note"],
    ),
    "all of ssm": (allow("ssm:*"), ["error"]),
    "stacks": (allow("cloudformation:UpdateStack"), ["error"]),
    "new stacks": (allow("cloudformation:CreateStack"), []),
    "its own stack": (allow("cloudformation:UpdateStack", {"Ref": "AWS::StackId"}), []),
    "stacks by prefix": (allow("cloudformation:*", "arn:aws:cloudformation:*:*:stack/acme-*/*"), []),
    "identity center": (allow("sso:PutInlinePolicyToPermissionSet"), ["error"]),
    "reads": (allow(["lambda:Get*", "lambda:List*", "ssm:Describe*", "ssm:GetParameter"]), []),
    "passing without a launcher": (allow("iam:PassRole"), []),
    "launching without passing": (allow(["lambda:CreateFunction", "ec2:RunInstances", "ecs:RunTask"]), []),
    "launching subnets only": (
        allow(["iam:PassRole", "ec2:RunInstances"], ["arn:aws:iam::*:role/*", "arn:aws:ec2:*:*:subnet/*"]),
        [],
    ),
    "a bucket": (allow(["iam:PassRole", *RUN], "arn:aws:s3:::acme/*"), []),
}


@pytest.mark.parametrize(("statement", "expected"), REACHED.values(), ids=REACHED)
def test_what_must_be_in_reach(statement: Statement, expected: list[str]) -> None:
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Worker", "Arn"]}}}
    assert degrees(statement, others={"Function": function}) == expected


# What the template itself runs

FUNCTION_ARN = {"Fn::GetAtt": ["Function", "Arn"]}
STRONG = {"ManagedPolicyArns": [ADMIN]}
INSTANCE_ARN = {"Fn::Sub": "arn:aws:ec2:*:*:instance/${Machine}"}
OWN = {
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"FunctionName": "acme-run", "Role": {"Fn::GetAtt": ["Strong", "Arn"]}},
    },
    "Harmless": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"FunctionName": "acme-read", "Role": {"Fn::GetAtt": ["Weak", "Arn"]}},
    },
    "Flow": {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/strong"}},
    },
    "Other": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": {"Fn::GetAtt": ["Weak", "Arn"]}}},
    "Machine": {"Type": "AWS::EC2::Instance", "Properties": {"IamInstanceProfile": "acme-machines"}},
    "Machines": {
        "Type": "AWS::IAM::InstanceProfile",
        "Properties": {"InstanceProfileName": "acme-machines", "Roles": [{"Ref": "Strong"}]},
    },
    "Serverless": {"Type": "AWS::Serverless::Function", "Properties": {"Policies": [ADMIN]}},
    "Strong": role(RoleName="strong", **STRONG),
    "Weak": role(document(allow("s3:GetObject", "arn:aws:s3:::acme/*"))),
}
REWRITE = ["states:UpdateStateMachine", "states:StartExecution"]
ON_OWN: dict[str, tuple[list[Statement], list[str]]] = {
    "code": ([allow("lambda:UpdateFunctionCode", FUNCTION_ARN)], ["error"]),
    "code by name": ([allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:acme-run")], ["error"]),
    "code by prefix": ([allow("lambda:*", "arn:aws:lambda:*:*:function:acme-*")], ["error"]),
    "configuration": ([allow("lambda:UpdateFunctionConfiguration", FUNCTION_ARN)], ["warning"]),
    "invocation": ([allow("lambda:InvokeFunction", FUNCTION_ARN)], []),
    "of a weak role": ([allow("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:acme-read")], []),
    "not the strong one": (
        [allow("lambda:*", "arn:aws:lambda:*:*:function:acme-*"), deny("lambda:Update*", FUNCTION_ARN)],
        [],
    ),
    "made by the transform": ([allow("lambda:UpdateFunctionCode", {"Fn::GetAtt": ["Serverless", "Arn"]})], ["error"]),
    "session": ([allow("ssm:StartSession", INSTANCE_ARN)], ["error"]),
    "command": ([allow("ssm:SendCommand", [INSTANCE_ARN, "arn:aws:ssm:*::document/AWS-RunShellScript"])], ["error"]),
    "own document": ([allow("ssm:SendCommand", [INSTANCE_ARN, "arn:aws:ssm:*:*:document/Acme"])], []),
    "machine": ([allow(REWRITE, {"Ref": "Flow"})], ["error"]),
    "machine that others start": ([allow("states:UpdateStateMachine", {"Ref": "Flow"})], ["warning"]),
    "one machine each": (
        [allow("states:UpdateStateMachine", {"Ref": "Other"}), allow("states:StartExecution", {"Ref": "Flow"})],
        [],
    ),
    "under a setting": ([when_production(allow("lambda:UpdateFunctionCode", FUNCTION_ARN))], ["error"]),
    "by tag": (
        [allow("lambda:UpdateFunctionCode", FUNCTION_ARN, Condition={"StringEquals": {"aws:ResourceTag/a": "b"}})],
        ["note"],
    ),
}


@pytest.mark.parametrize(("statements", "expected"), ON_OWN.values(), ids=ON_OWN)
def test_what_runs_as_a_strong_role_of_the_template(statements: list[Statement], expected: list[str]) -> None:
    assert degrees(*statements, others=OWN) == expected


def test_the_thing_and_its_role_are_named() -> None:
    ((_, message),) = escalations(allow("lambda:UpdateFunctionCode", FUNCTION_ARN), others=OWN)
    assert "it acts as Strong, the role of Function, which may do anything in this account." in message
    assert "to give Function a role that may do less" in message


def test_what_updates_itself_is_no_victim_of_its_own() -> None:
    itself = {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Worker", "Arn"]}}}
    statements = (allow("lambda:UpdateFunctionCode", {"Fn::GetAtt": ["Itself", "Arn"]}), allow("iam:PutRolePolicy"))
    assert degrees(*statements, others={"Itself": itself}) == []


SWEEPING = {
    "arn:aws:iam::????????????:role/*": ["error"],
    "arn:aws:iam::*": ["error"],
    "*:role/*": ["error"],
    "arn:aws:iam::*:role/?*": ["error"],
    "arn:aws:iam::111122223333:role/*": [],
    "arn:aws:iam::*:role/acme-?*": ["note"],
}


@pytest.mark.parametrize(("resource", "expected"), SWEEPING.items(), ids=SWEEPING)
def test_all_roles_in_other_words(resource: str, expected: list[str]) -> None:
    assert degrees(allow("sts:AssumeRole", resource)) == expected


@pytest.mark.parametrize(("resource", "expected"), [("i-*", ["error"]), ("*", ["error"]), ("i-0a*", [])])
def test_all_instances_by_what_their_ids_begin_with(resource: str, expected: list[str]) -> None:
    assert degrees(allow("ssm:StartSession", f"arn:aws:ec2:*:*:instance/{resource}")) == expected


def test_the_root_user_of_member_accounts() -> None:
    ((severity, message),) = escalations(allow("sts:AssumeRoot"))
    assert severity == "error" and "acts as the root user of any member account" in message
    assert "the roles that the product assumes" not in message


# Services


def pass_role(resource: Any = "*", **condition: Any) -> Statement:
    return allow("iam:PassRole", resource, **({"Condition": condition} if condition else {}))


PASSED = {
    "to lambda": ({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, ["error"]),
    "to lambda among others": (
        {"StringEquals": {"iam:PassedToService": ["a.amazonaws.com", "lambda.amazonaws.com"]}},
        ["error"],
    ),
    "to lambda by another letter case": ({"StringLike": {"IAM:passedtoservice": "Lambda.amazonaws.com"}}, ["error"]),
    "to lambda if it is there": ({"StringEqualsIfExists": {"iam:PassedToService": "lambda.amazonaws.com"}}, ["error"]),
    "to lambda for all": ({"ForAllValues:StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, ["error"]),
    "to lambda by a suffix": (
        {"StringEquals": {"iam:PassedToService": {"Fn::Sub": "lambda.${AWS::URLSuffix}"}}},
        ["error"],
    ),
    "in China": ({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com.cn"}}, ["error"]),
    "to any": ({"StringLike": {"iam:PassedToService": "*"}}, ["error"]),
    "to any amazon": ({"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}, ["error"]),
    "to an asterisk": ({"StringEquals": {"iam:PassedToService": "*"}}, []),
    "to ec2": ({"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, []),
    "to ec2 if it is there": ({"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}}, []),
    "to edge": ({"StringLike": {"iam:PassedToService": "edgelambda.*"}}, []),
    "to all but lambda": ({"StringNotEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, []),
    "to all but ec2": ({"StringNotLike": {"iam:PassedToService": "ec2.*"}}, ["error"]),
    "of a tag": ({"StringEquals": {"iam:ResourceTag/vendor": "acme"}}, ["note"]),
    "of a tag that may be missing": ({"ForAllValues:StringEquals": {"iam:ResourceTag/vendor": "acme"}}, ["error"]),
    "of a tag to lambda": (
        {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com", "aws:ResourceTag/vendor": "acme"}},
        ["note"],
    ),
}


@pytest.mark.parametrize(("condition", "expected"), PASSED.values(), ids=PASSED)
def test_services_that_a_role_may_be_passed_to(condition: dict[str, Any], expected: list[str]) -> None:
    assert degrees(pass_role(**condition), allow(RUN)) == expected


LAUNCHED = {
    "of one type": ({"StringEquals": {"ec2:InstanceType": "t3.small"}}, ["error"]),
    "with a tag of its own": ({"StringEquals": {"aws:RequestTag/vendor": "acme"}}, ["error"]),
    "in a tagged place": ({"StringEquals": {"aws:ResourceTag/vendor": "acme"}}, ["note"]),
    "from one template": ({"ArnEquals": {"ec2:LaunchTemplate": "arn:aws:ec2:*:*:launch-template/lt-1"}}, ["note"]),
    "as nobody sees": ({"Ref": "Boundary"}, ["note"]),
    "by a service": ({"StringEquals": {"aws:CalledViaFirst": "cloudformation.amazonaws.com"}}, ["note"]),
}


@pytest.mark.parametrize(("condition", "expected"), LAUNCHED.values(), ids=LAUNCHED)
def test_conditions_on_what_is_launched(condition: dict[str, Any], expected: list[str]) -> None:
    assert degrees(pass_role(), allow("ec2:RunInstances", Condition=condition)) == expected


DENIED = {
    "one service": ({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, []),
    "another service": ({"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, ["error"]),
    "all but another": ({"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, []),
    "all but this": ({"StringNotEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, ["error"]),
    "under more": (
        {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}, "Bool": {"aws:SecureTransport": "false"}},
        ["error"],
    ),
}


@pytest.mark.parametrize(("condition", "expected"), DENIED.values(), ids=DENIED)
def test_services_that_a_deny_speaks_of(condition: dict[str, Any], expected: list[str]) -> None:
    assert degrees(pass_role(), allow(RUN), deny("iam:PassRole", Condition=condition)) == expected


# Roles


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


ROLES: dict[str, Any] = {
    "Harmless": role(document(allow("logs:PutLogEvents"))),
    "Admin": role(ManagedPolicyArns=[ADMIN]),
    "AdminOfTasks": role(ManagedPolicyArns=[ADMIN], trust="ecs-tasks.amazonaws.com"),
    "Writer": role(document(allow("iam:PutRolePolicy", "arn:aws:iam::*:role/agents/*")), RoleName="acme-writer"),
    "Commander": role(document(allow("ssm:SendCommand"))),
    "Buckets": role(document(allow("s3:*"))),
}
VICTIMS = {
    "harmless": (arn("Harmless"), [], ""),
    "administrator": (arn("Admin"), ["error"], "which may do anything in this account"),
    "administrator by name": ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/${Admin}"}, ["error"], "Admin"),
    "administrator of another service": (arn("AdminOfTasks"), [], ""),
    "writer": (arn("Writer"), ["error"], "which may use iam:PutRolePolicy"),
    "writer by its name": ("arn:aws:iam::111122223333:role/acme-writer", ["error"], "the role Writer"),
    "writer by a pattern": ("arn:aws:iam::*:role/acme-*", ["error"], "the role Writer"),
    "commander": (arn("Commander"), ["warning"], "ssm:SendCommand"),
    "buckets": (arn("Buckets"), ["warning"], "s3:*"),
    "several": ([arn("Harmless"), arn("Admin")], ["error"], "the role Admin"),
    "by the stack's prefix": ({"Fn::Sub": "arn:aws:iam::*:role/${AWS::StackName}-*"}, ["error"], "Admin"),
    "any": ("arn:aws:iam::*:role/*", ["error"], "any role that trusts lambda.amazonaws.com"),
    "any of a name's middle": ("arn:aws:iam::*:role/*acme*", ["error"], "any role that fits"),
    "a parameter": ({"Ref": "Name"}, ["note"], "which this template does not show"),
    "by a name that nobody knows": ("arn:aws:iam::111122223333:role/elsewhere", ["note"], "which this template"),
    "a prefix": ("arn:aws:iam::*:role/agents-*", ["note"], "roles that fit"),
    "service-linked": ("arn:aws:iam::*:role/aws-service-role/spot.amazonaws.com/*", [], ""),
    "instance profiles": ("arn:aws:iam::*:instance-profile/*", [], ""),
    "a stack set administrator": ("arn:aws:iam::*:role/service-role/AWSControlTowerStackSetRole", [], ""),
}


@pytest.mark.parametrize(("resource", "expected", "said"), VICTIMS.values(), ids=VICTIMS)
def test_roles_that_are_passed(resource: Any, expected: list[str], said: str) -> None:
    found = escalations(pass_role(resource), allow(RUN), others=ROLES)
    assert [severity for severity, _ in found] == expected
    assert all(said in message for _, message in found)


@pytest.mark.parametrize(
    ("trust", "expected"), [("lambda.amazonaws.com", ["warning"]), ("codebuild.amazonaws.com", [])]
)
def test_a_holder_that_passes_itself(trust: str, expected: list[str]) -> None:
    for resource in (arn("Worker"), {"Fn::Sub": "arn:aws:iam::*:role/${AWS::StackName}-*"}):
        assert degrees(pass_role(resource), allow(RUN, "arn:aws:lambda:*:*:function:acme-*"), trust=trust) == expected


def test_a_holder_gains_nothing_from_what_it_may_do_itself() -> None:
    assert degrees(pass_role(arn("Buckets")), allow(RUN), allow("s3:*"), others=ROLES) == []
    assert degrees(pass_role(arn("Buckets")), allow(RUN), allow("s3:GetObject"), others=ROLES) == ["warning"]


def test_roles_that_a_holder_writes_itself_can_become_anything() -> None:
    some = "arn:aws:iam::*:role/agents-*"
    assert degrees(pass_role(some), allow(["iam:CreateRole", "iam:PutRolePolicy"], some), allow(RUN)) == ["error"]
    assert degrees(pass_role(some), allow("iam:PutRolePolicy", "arn:aws:iam::*:role/other-*"), allow(RUN)) == ["note"]


@pytest.mark.parametrize(("boundary", "expected"), [(arn("Harmless"), []), (arn("Admin"), ["error"]), ("*", ["error"])])
def test_a_boundary_says_which_roles_may_be_passed(boundary: Any, expected: list[str]) -> None:
    bound = managed(allow("iam:PassRole", boundary), allow(["lambda:*", "logs:*"]))
    others = {**ROLES, "Bound": bound}
    found = degrees(pass_role(), allow(RUN), others=others, PermissionsBoundary={"Ref": "Bound"})
    assert [one for one in found if one != "note"] == expected


STACK_SETS = ["cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("service-role/AWSControlTowerStackSetRole", ["error"]),
        ("AWSCloudFormationStackSetAdministrationRole", ["error"]),
        ("AWSControlTower*", ["error"]),
        ("acme-administration", ["note"]),
    ],
)
def test_roles_that_administer_an_organisation(name: str, expected: list[str]) -> None:
    resource = {"Fn::Join": [":", ["arn:aws:iam:", {"Ref": "AWS::AccountId"}, f"role/{name}"]]}
    statements = [pass_role(resource), allow(STACK_SETS, "arn:aws:cloudformation:*:*:stackset/acme*:*")]
    assert degrees(*statements) == expected


ASSUMED = {
    "any": ("*", {}, ["error"]),
    "any role": ("arn:aws:iam::*:role/*", {}, ["error"]),
    "any role of the account": ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/*"}, {}, ["error"]),
    "any role of one other account": ("arn:aws:iam::481037652914:role/*", {}, []),
    "any role of the account of a parameter": ({"Fn::Sub": "arn:aws:iam::${Name}:role/*"}, {}, ["note"]),
    "tagged": ("*", {"StringEquals": {"iam:ResourceTag/vendor": "acme"}}, ["note"]),
    "of an organisation": ("*", {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}, ["note"]),
    "from an address": ("*", {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, ["error"]),
    "one of another account": ("arn:aws:iam::481037652914:role/collector", {}, []),
    "one of a list": ({"Ref": "Name"}, {}, []),
    "an administrator of every account": ("arn:aws:iam::*:role/OrganizationAccountAccessRole", {}, ["error"]),
    "an execution role": ("arn:aws:iam::*:role/stacksets-exec-*", {}, ["error"]),
    "an accelerator": ("arn:aws:iam::*:role/AWSAccelerator-DeploymentRole", {}, ["error"]),
    "by prefix": ("arn:aws:iam::*:role/acme-*", {}, ["note"]),
    "itself": (arn("Worker"), {}, []),
    "a role that trusts a service": (arn("Admin"), {}, []),
    "a role that trusts the account": (arn("Open"), {}, ["error"]),
    "a harmless role that trusts the account": (arn("Reader"), {}, []),
}


@pytest.mark.parametrize(("resource", "condition", "expected"), ASSUMED.values(), ids=ASSUMED)
def test_roles_that_are_assumed(resource: Any, condition: dict[str, Any], expected: list[str]) -> None:
    own = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}
    others = {
        **ROLES,
        "Open": trusting(own, document(allow("iam:*"))),
        "Reader": trusting(own, document(allow("s3:GetObject"))),
    }
    more = {"Condition": condition} if condition else {}
    assert degrees(allow("sts:AssumeRole", resource, **more), others=others) == expected


def test_a_role_that_trusts_somebody_else_is_not_assumed() -> None:
    for principal, expected in ((arn("Harmless"), []), (arn("Worker"), ["error"])):
        others = {**ROLES, "Open": trusting(principal, document(allow("iam:*")))}
        assert degrees(allow("sts:AssumeRole", arn("Open")), others=others) == expected


def test_the_administrator_of_stack_sets_is_what_it_is() -> None:
    statement = allow("sts:AssumeRole", "arn:aws:iam::*:role/AWSCloudFormationStackSetExecutionRole")
    made = template(Worker=role(document(statement), trust="cloudformation.amazonaws.com"))
    assert [f.severity for f in findings(made, "VET302")] == ["note"]
