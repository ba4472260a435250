"""How the rules on broad grants and on changes of IAM judge what somebody may do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies import Statement, all_but, allow, deny, document, findings, managed, may, role, template, verdict
from vetstack.iam.grants import grants_of, handed_on
from vetstack.iam.holders import holders, own_arns
from vetstack.rules import rule_named
from vetstack.settings import Settings

# Administrators and power users

SWEEPS = {
    "star": ([allow("*")], "VET201"),
    "pair": ([allow("*:*")], "VET201"),
    "double": ([allow(["s3:GetObject", "**"])], "VET201"),
    "every ARN": ([allow("*", "arn:aws:*")], "VET201"),
    "every ARN in fields": ([allow("*", "arn:*:*:*:*:*")], "VET201"),
    "not one bucket": ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::acme/*"}], "VET201"),
    "all but billing": ([all_but("aws-portal:*")], "VET201"),
    "all but reading iam": ([all_but(["iam:Get*", "iam:List*"])], "VET201"),
    "all but iam": ([all_but(["iam:*", "organizations:*"])], "VET202"),
    "all but IAM": ([all_but("IAM:*")], "VET202"),
    "the rest in another": ([all_but("iam:*"), allow("iam:PutRolePolicy")], "VET201"),
    "iam denied": ([allow("*"), deny("iam:*")], "VET202"),
    "one path denied": ([allow("*"), deny("iam:AttachRolePolicy")], "VET201"),
    "denied": ([allow("*"), deny("*")], None),
    "iam denied on its own ARNs": ([allow("*"), deny("iam:*", "arn:aws:iam::*:*")], "VET202"),
    "letter by letter": ([allow([f"{letter}*:*" for letter in "abcdefgklmrs"])], "VET202"),
    "what a parameter names": ([allow("*", [{"Ref": "Name"}, {"Fn::Sub": "${Name}/*"}])], None),
    "under a list of no values": ([allow("*", Condition={"StringEquals": {"aws:ResourceTag/a": []}})], None),
    "own bucket": ([allow("*", ["arn:aws:s3:::acme", "arn:aws:s3:::acme/*"])], None),
    "one stack's buckets": ([allow("*", {"Fn::Sub": "arn:aws:s3:::${AWS::StackName}-*"})], None),
    "reads": ([allow(["ec2:Describe*", "s3:List*", "tag:GetResources"])], None),
    "all but nothing in one service": ([all_but("iam:*", Resource="arn:aws:s3:::acme/*")], None),
}


@pytest.mark.parametrize(("statements", "expected"), SWEEPS.values(), ids=SWEEPS)
def test_who_is_administrator_or_power_user(statements: list[Statement], expected: str | None) -> None:
    assert verdict(*statements) == ([(expected, "error")] if expected else [])


LIMITS = {
    "any region": ({"StringLike": {"aws:RequestedRegion": "*"}}, "error"),
    "one region": ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, "error"),
    "mfa": ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "error"),
    "tls": ({"Bool": {"aws:SecureTransport": "true"}}, "error"),
    "address": ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, "error"),
    "tag of the caller": ({"StringEquals": {"aws:PrincipalTag/team": "acme"}}, "error"),
    "not a tag": ({"StringNotEquals": {"aws:ResourceTag/owner": "customer"}}, "error"),
    "tag if there is one": ({"StringEqualsIfExists": {"aws:ResourceTag/owner": "acme"}}, "error"),
    "tags among": ({"ForAllValues:StringEquals": {"aws:TagKeys": ["owner"]}}, "error"),
    "tag": ({"StringEquals": {"aws:ResourceTag/owner": "acme"}}, "note"),
    "tagged": ({"Null": {"aws:ResourceTag/owner": "false"}}, "note"),
    "through a service": ({"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}}, "note"),
    "hidden": ({"Ref": "Boundary"}, "note"),
    "either": (
        {"Fn::If": ["InProduction", {"StringEquals": {"aws:ResourceTag/a": "b"}}, {"Ref": "AWS::NoValue"}]},
        "error",
    ),
}


@pytest.mark.parametrize(("condition", "severity"), LIMITS.values(), ids=LIMITS)
def test_which_conditions_hold_an_administrator_back(condition: Any, severity: str) -> None:
    assert verdict(allow("*", Condition=condition)) == [("VET201", severity)]


def test_managed_policies_meet_deny_as_written_ones_do() -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert verdict(deny("s3:DeleteBucket"), ManagedPolicyArns=[arn]) == [("VET201", "error")]
    assert verdict(deny("iam:*"), ManagedPolicyArns=[arn]) == [("VET202", "error")]
    assert verdict(deny("*"), ManagedPolicyArns=[arn]) == []
    assert verdict(deny("iam:*"), ManagedPolicyArns=["arn:aws:iam::aws:policy/IAMFullAccess"]) == []


def test_a_broad_managed_policy_counts_for_what_is_left_of_it() -> None:
    def of(*statements: Statement, **properties: Any) -> list[str]:
        made = template(Worker=role(document(*statements), ManagedPolicyArns=[arn], **properties))
        return [finding.rule for finding in findings(made, "VET201", "VET202", "VET203")]

    arn = "arn:aws:iam::aws:policy/job-function/SystemAdministrator"
    assert of(deny("lambda:*")) == ["VET203"]
    assert of(deny("*")) == []
    assert of(allow("*")) == ["VET201"]
    reader = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
    assert of(allow("s3:GetObject"), PermissionsBoundary=reader) == []


def test_a_policy_under_either_name_is_one_finding_without_a_setting() -> None:
    arns = [f"arn:{partition}:iam::aws:policy/AdministratorAccess" for partition in ("aws", "aws-us-gov")]
    made = template(Worker=role(ManagedPolicyArns=[{"Fn::If": ["InProduction", *arns]}]))
    (finding,) = findings(made)
    assert (finding.rule, finding.when) == ("VET201", None)


def test_the_setting_that_makes_an_administrator_is_named() -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    made = template(Worker=role(ManagedPolicyArns=[{"Fn::If": ["InProduction", arn, {"Ref": "AWS::NoValue"}]}]))
    (finding,) = findings(made)
    assert finding.when is not None and "InProduction is true" in finding.when


def test_a_group_answers_for_its_policies_and_its_members_do_not() -> None:
    made = template(
        Staff={
            "Type": "AWS::IAM::Group",
            "Properties": {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/IAMFullAccess"]},
        },
        Ann={"Type": "AWS::IAM::User", "Properties": {"Groups": [{"Ref": "Staff"}]}},
    )
    assert [(f.rule, f.resource) for f in findings(made)] == [("VET201", "Staff")]
    assert may(made, "Ann", "iam:PutRolePolicy") == [""]


def test_a_policy_that_nobody_here_holds_is_judged_by_itself() -> None:
    made = template(
        Loose=managed(allow("iam:PutRolePolicy")),
        Elsewhere={
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyName": "p", "Roles": [{"Ref": "Name"}], "PolicyDocument": document(allow("*"))},
        },
        Held=managed(allow("*"), Roles=[{"Ref": "Worker"}]),
        Worker=role(),
    )
    assert [policy.resource.address for policy, _ in handed_on(made)] == ["Loose", "Elsewhere"]
    found = {(f.rule, f.resource, f.also) for f in findings(made)}
    assert found == {("VET301", "Loose", ()), ("VET201", "Elsewhere", ()), ("VET201", "Worker", ("Held",))}


def test_an_administrator_is_not_reported_for_its_parts() -> None:
    assert verdict(allow(["*", "iam:*", "s3:*"]), allow("iam:PutRolePolicy")) == [("VET201", "error")]
    assert verdict(allow("*", Condition={"Null": {"aws:ResourceTag/a": "false"}}), allow("iam:PutRolePolicy")) == [
        ("VET201", "note"),
        ("VET301", "error"),
    ]


# Changes of IAM

OWN = "arn:aws:iam::*:role/acme-worker"
MUTATIONS = {
    "everything": (["iam:*"], "*", None, "error"),
    "puts": (["iam:Put*"], "*", None, "error"),
    "one letter": (["iam:Put?olePolicy"], "*", None, "error"),
    "another case": (["IAM:putrolepolicy"], "*", None, "error"),
    "keys": (["iam:CreateAccessKey"], "*", None, "error"),
    "roles only made": (["iam:CreateRole"], "*", None, "warning"),
    "what alone gives nothing": (["iam:CreateInstanceProfile"], "*", None, "note"),
    "others": (["iam:PutRolePolicy"], "arn:aws:iam::*:role/agents/*", None, "warning"),
    "rewriting": (["iam:CreatePolicyVersion"], "arn:aws:iam::*:policy/acme-*", None, "warning"),
    "deleting some": (["iam:DeleteRole", "iam:DetachRolePolicy"], "arn:aws:iam::*:role/agents/*", None, "note"),
    "under a boundary": (
        ["iam:CreateRole", "iam:PutRolePolicy"],
        "*",
        {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/acme"}},
        "note",
    ),
    "under any boundary": (["iam:CreateRole"], "*", {"StringLike": {"iam:PermissionsBoundary": "*"}}, "warning"),
    "one policy": (
        ["iam:AttachRolePolicy"],
        "*",
        {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/SecurityAudit"}},
        "note",
    ),
    "any policy of AWS's": (
        ["iam:AttachRolePolicy"],
        "*",
        {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}},
        "error",
    ),
    "administrator's policy": (
        ["iam:AttachRolePolicy"],
        "*",
        {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}},
        "error",
    ),
    "service-linked": (["iam:PutRolePolicy"], "arn:aws:iam::*:role/aws-service-role/spot.amazonaws.com/*", None, None),
    "for one service": (
        ["iam:CreateServiceLinkedRole", "iam:PutRolePolicy"],
        "*",
        {"StringEquals": {"iam:AWSServiceName": "spot.amazonaws.com"}},
        None,
    ),
    "no iam": (["iam:*"], "arn:aws:s3:::acme/*", None, None),
    "a table": (["iam:*"], {"Fn::GetAtt": ["Table", "Arn"]}, None, None),
    "reads": (["iam:Get*", "iam:List*", "iam:Simulate*", "iam:Generate*"], "*", None, None),
    "tagging": (["iam:TagRole", "iam:CreateServiceLinkedRole"], "*", None, None),
    "passing": (["iam:PassRole", "iam:TagRole", "iam:CreateServiceLinkedRole"], "*", None, "note"),
}


@pytest.mark.parametrize(("actions", "resource", "condition", "severity"), MUTATIONS.values(), ids=MUTATIONS)
def test_how_bad_a_change_of_iam_is(actions: list[str], resource: Any, condition: Any, severity: str | None) -> None:
    more = {"Condition": condition} if condition else {}
    made = template(
        Worker=role(document(allow(actions, resource, **more)), RoleName="acme-worker"),
        Table={"Type": "AWS::DynamoDB::Table", "Properties": {}},
    )
    assert [(f.rule, f.severity) for f in findings(made)] == ([("VET301", severity)] if severity else [])


YOURSELF = {
    "by name": (["iam:PutRolePolicy"], OWN, None, "error"),
    "by a pattern": (["iam:PutRolePolicy", "iam:CreateRole"], "arn:aws:iam::*:role/acme-*", None, "error"),
    "by its trust": (["iam:UpdateAssumeRolePolicy"], OWN, None, "error"),
    "in another case": (["IAM:attachROLEpolicy"], OWN, None, "error"),
    "beside others": (["iam:Attach*"], [OWN, "arn:aws:iam::*:role/agents/*"], None, "error"),
    "by a policy under a condition": (
        ["iam:AttachRolePolicy"],
        OWN,
        {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/SecurityAudit"}},
        "note",
    ),
    "by one of AWS's": (
        ["iam:AttachRolePolicy"],
        OWN,
        {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}},
        "error",
    ),
}


@pytest.mark.parametrize(("actions", "resource", "condition", "severity"), YOURSELF.values(), ids=YOURSELF)
def test_a_change_of_ones_own_permissions(actions: list[str], resource: Any, condition: Any, severity: str) -> None:
    more = {"Condition": condition} if condition else {}
    made = template(Worker=role(document(allow(actions, resource, **more)), RoleName="acme-worker"))
    assert [(f.rule, f.severity) for f in findings(made, "VET303")] == [("VET303", severity)]
    assert [f.severity for f in findings(made, "VET301") if f.severity != "note"] == []


@pytest.mark.parametrize("action", ["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"])
def test_taking_off_a_boundary_takes_one(action: str) -> None:
    free = template(Worker=role(document(allow(action, OWN)), RoleName="acme-worker"))
    assert findings(free, "VET303") == []
    bounded = template(
        Worker=role(document(allow(action, OWN)), RoleName="acme-worker", PermissionsBoundary={"Ref": "Boundary"})
    )
    (finding,) = findings(bounded, "VET303")
    assert "take off the boundary" in finding.message


@pytest.mark.parametrize("action", ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"])
@pytest.mark.parametrize(
    "boundary",
    [
        {"Ref": "Bound"},
        {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/acme-bound"},
        "arn:aws:iam::111122223333:policy/acme-bound",
    ],
)
def test_a_boundary_that_can_be_rewritten_holds_nobody(action: str, boundary: Any) -> None:
    own = allow(action, "arn:aws:iam::*:policy/acme-bound")
    bound = managed(allow(["s3:*", action]), ManagedPolicyName="acme-bound")
    made = template(Worker=role(document(own), PermissionsBoundary=boundary), Bound=bound)
    (finding,) = findings(made, "VET303")
    assert (finding.severity, finding.resource) == ("error", "Worker")
    assert "lift what holds it back" in finding.message


def test_who_may_change_everybody_is_not_told_of_itself() -> None:
    made = template(
        Worker=role(document(allow("iam:PutRolePolicy"), allow("iam:AttachRolePolicy", OWN)), RoleName="acme-worker")
    )
    assert [f.rule for f in findings(made)] == ["VET301"]
    statement = allow("iam:PutRolePolicy")
    sometimes = {"Fn::If": ["InProduction", statement, {"Ref": "AWS::NoValue"}]}
    made = template(Worker=role(document(sometimes, allow("iam:AttachRolePolicy", OWN)), RoleName="acme-worker"))
    found = {finding.rule: finding.when or "" for finding in findings(made)}
    assert found.keys() == {"VET301", "VET303"}
    assert "InProduction is true" in found["VET301"] and found["VET303"]


def test_an_outside_account_makes_a_narrow_change_an_error() -> None:
    made = template(Worker=role(document(allow("iam:PutRolePolicy", "arn:aws:iam::*:role/agents/*"))))
    assert [f.severity for f in findings(made)] == ["warning"]
    trusted = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::481037652914:root"}, "Action": "sts:AssumeRole"}
    outside = role(document(allow("iam:PutRolePolicy", "arn:aws:iam::*:role/agents/*")))
    outside["Properties"]["AssumeRolePolicyDocument"] = document(trusted)
    (finding,) = findings(template(Worker=outside))
    assert finding.severity == "error"
    assert finding.message.startswith("The outside account that may assume Worker")


SELF = {
    "attribute": {"Fn::GetAtt": ["Worker", "Arn"]},
    "name": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/${Worker}"},
    "prefix of the stack": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/${AWS::StackName}-*"},
}


@pytest.mark.parametrize("resource", SELF.values(), ids=SELF)
def test_a_role_is_known_by_the_names_that_the_stack_gives_it(resource: Any) -> None:
    user = {"Type": "AWS::IAM::User", "Properties": {"UserName": "acme"}}
    policy = managed(allow("iam:PutRolePolicy", resource), Roles=[{"Ref": "Worker"}])
    made = template(Worker=role(), Extra=policy, Other=user)
    assert [f.severity for f in findings(made)] == ["error"]
    other = next(holder for holder in holders(made) if holder.address == "Other")
    assert any(arn.endswith(":user/acme") for arn in own_arns(other))


def test_one_finding_for_one_identity_on_the_worst_action_of_the_worst_statement() -> None:
    made = template(
        Worker=role(
            document(
                allow(["iam:DeleteRole"], "arn:aws:iam::*:role/agents/*"),
                allow(["s3:GetObject", "iam:CreateRole", "iam:PutRolePolicy"]),
            )
        )
    )
    (finding,) = findings(made)
    worst = next(way for way in grants_of(made, made.identities["Worker"]).ways("iam:PutRolePolicy"))
    assert (finding.severity, finding.at) == ("error", worst.action.at)
    assert "iam:PutRolePolicy" in finding.message


def test_actions_that_only_a_deployment_decides_are_undecided() -> None:
    made = template(Worker=role(document(allow({"Ref": "Name"}), allow("s3:GetObject"))))
    rule = rule_named("VET201")
    assert rule is not None
    (entry,) = rule.undecided(made, Settings())
    assert (entry.resource, findings(made)) == ("Worker", [])
    assert "Name" in entry.reason


def test_a_policy_of_a_holder_who_is_not_held_back_is_reported_once() -> None:
    named = managed(allow("*"), ManagedPolicyName="acme-work", Roles=[{"Ref": "Worker"}])
    assert [f.resource for f in findings(template(Worker=role(), Work=named))] == ["Worker"]
    partly = role(document(deny("s3:DeleteBucket")))
    assert [f.resource for f in findings(template(Worker=partly, Work=named))] == ["Worker"]
    wholly = role(document(deny("*")))
    assert [f.resource for f in findings(template(Worker=wholly, Work=named))] == ["Work"]


def test_a_boundary_narrows_how_far_a_change_of_iam_reaches() -> None:
    made = template(
        Worker=role(document(allow("iam:PutRolePolicy")), PermissionsBoundary={"Ref": "Bound"}),
        Bound=managed(allow("iam:*", "arn:aws:iam::*:role/agents/*")),
    )
    (finding,) = findings(made)
    assert (finding.severity, finding.resource) == ("warning", "Worker")
    assert "what its boundary leaves of *" in finding.message


def test_a_policy_is_meant_by_name_in_the_own_account_only() -> None:
    work = managed(allow("s3:GetObject"), ManagedPolicyName="AdministratorAccess")
    own = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/AdministratorAccess"}
    for arn, meant in ((own, True), ("arn:aws:iam::aws:policy/AdministratorAccess", False)):
        made = template(Worker=role(ManagedPolicyArns=[arn]), Work=work)
        assert (made.identities["Worker"].attachments[0].via == ("Work",)) is meant
        assert [f.rule for f in findings(made)] == ([] if meant else ["VET201"])


def test_a_long_not_action_is_said_in_few_words() -> None:
    (finding,) = findings(template(Worker=role(document(all_but([f"service{n}:*" for n in range(500)])))))
    assert finding.message.startswith(
        "NotAction, which leaves out only service0:*, service1:*, service2:*, service3:* and 496 more, lets"
    )


@pytest.mark.parametrize("actions", [["iam:UploadSSHPublicKey"], ["iam:CreateSAMLProvider"]])
def test_a_way_in_is_not_said_to_make_an_administrator(actions: list[str]) -> None:
    (finding,) = findings(template(Worker=role(document(allow(actions)))))
    assert (finding.severity, "administrator" in finding.message) == ("warning", False)
    assert "opens another way in" in finding.message
