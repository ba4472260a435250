"""Onboarding quality: the settings and the small cases that fixtures do not show."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cfn import template_of
from tests.harness import FIXTURES, HEARD_AT_HOME, is_heard, vet
from vetstack.findings import Finding
from vetstack.packs import facts
from vetstack.rules import all_rules, rule_named
from vetstack.settings import Settings


def found(name: str, text: str, **settings: Any) -> list[Finding]:
    rule = rule_named(name)
    assert rule
    return list(rule.check(template_of(text), Settings(**settings)))


def role(properties: str = "", *, account: str = "481037652914", more: str = "") -> str:
    return f"""
    Parameters: {{Id: {{Type: String}}}}
    Resources:
      Reader:
        Type: AWS::IAM::Role
        Properties:
          {properties}
          AssumeRolePolicyDocument:
            Statement:
              - Effect: Allow
                Action: sts:AssumeRole
                Principal: {{AWS: 'arn:aws:iam::{account}:root'}}
                Condition: {{StringEquals: {{'sts:ExternalId': !Ref Id}}}}
      {more}
    """


def test_rules_of_this_row_are_heard_at_home_only() -> None:
    row = {rule.id for rule in all_rules() if rule.number // 100 == 8}
    assert row == set(HEARD_AT_HOME)
    elsewhere, home = FIXTURES / "iam-mutation" / "x.yaml", FIXTURES / "missing-role-output" / "x.yaml"
    assert not is_heard("VET801", elsewhere) and is_heard("VET801", home) and is_heard("VET301", elsewhere)
    assert is_heard("VET802", FIXTURES / "onboarding" / "x.yaml") and not is_heard("VET801", FIXTURES.parent / "x.yaml")


# ---- unnamed-vendor


def test_a_declared_vendor_is_named() -> None:
    text = role()
    assert len(found("unnamed-vendor", text)) == 1
    assert found("unnamed-vendor", text, vendor_accounts=frozenset({"481037652914"})) == []
    assert found("unnamed-vendor", text, trusted_accounts=frozenset({"481037652914"})) == []


def test_declaring_a_vendor_trusts_it_no_further() -> None:
    text = role().replace("Condition: {StringEquals: {'sts:ExternalId': !Ref Id}}", "")
    declared = frozenset({"481037652914"})
    assert len(found("missing-external-id", text, vendor_accounts=declared)) == 1
    assert found("missing-external-id", text, trusted_accounts=declared) == []


def test_a_known_account_is_named() -> None:
    listed = (line.split("\t") for line in facts("accounts.tsv").splitlines() if not line.startswith("#"))
    account, _, name = next(row for row in listed if row[1] == "vendor")
    (finding,) = found("unnamed-vendor", role(account=account))
    assert name in finding.message and account in finding.message
    (unknown,) = found("unnamed-vendor", role())
    assert "public list" not in unknown.message


# ---- missing-role-output


@pytest.mark.parametrize(
    ("properties", "more", "expected"),
    [
        ("", "", 1),
        ("RoleName: acme", "", 0),
        ("RoleName: !Sub 'acme-${AWS::Region}'", "", 0),
        ("RoleName: !Sub '${AWS::StackName}-acme'", "", 0),
        ("RoleName: !Select [2, !Split ['/', !Ref AWS::StackId]]", "", 1),
        ("", "P: {Type: 'AWS::IAM::Policy', Properties: {Roles: [!Ref Reader]}}", 1),
        ("", "F: {Type: 'AWS::Lambda::Function', Properties: {Role: !GetAtt Reader.Arn}}", 1),
        ("", "F: {Type: 'AWS::Lambda::Function', Properties: {Environment: {Variables: {R: !Ref Reader}}}}", 0),
        ("", "C: {Type: 'Custom::C', Properties: {R: !GetAtt Reader.Arn}}", 0),
        ("", "S: {Type: 'AWS::CloudFormation::Stack', Properties: {Parameters: {R: !Ref Reader}}}", 0),
    ],
)
def test_who_learns_the_arn(properties: str, more: str, expected: int) -> None:
    assert len(found("missing-role-output", role(properties, more=more))) == expected


# ---- undocumented-permission


@pytest.mark.parametrize(
    ("sid", "expected"),
    [("Inventory", 0), ("VisualEditor0", 1), ("Stmt1234567890", 1), ("Statement1", 1), ("'1'", 1), ("''", 1)],
)
def test_which_sids_say_something(sid: str, expected: int) -> None:
    statement = f"{{Sid: {sid}, Effect: Allow, Action: 'ec2:Describe*', Resource: '*'}}"
    text = role(f"Policies: [{{PolicyName: a, PolicyDocument: {{Statement: [{statement}]}}}}]")
    assert len(found("undocumented-permission", text)) == expected


def test_statements_are_counted_once_for_each_identity() -> None:
    statements = ", ".join("{Effect: Allow, Action: 'ec2:Describe*', Resource: '*'}" for _ in range(3))
    text = role(f"Policies: [{{PolicyName: a, PolicyDocument: {{Statement: [{statements}]}}}}]")
    (finding,) = found("undocumented-permission", text)
    assert finding.message.startswith("All 3 statements that Reader gives")


# ---- leaves-things-behind


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("B: {Type: 'AWS::S3::Bucket'}", ["B"]),
        ("B: {Type: 'AWS::S3::Bucket', DeletionPolicy: Retain, UpdateReplacePolicy: Retain}", ["B"]),
        ("T: {Type: 'AWS::SNS::Topic', DeletionPolicy: Delete}", []),
        ("T: {Type: 'AWS::SNS::Topic', DeletionPolicy: RetainExceptOnCreate}", ["T"]),
        ("T: {Type: 'AWS::SNS::Topic'}", []),
        ("F: {Type: 'AWS::Lambda::Function'}", ["F"]),
        ("F: {Type: 'AWS::Lambda::Function', Properties: {LoggingConfig: {LogGroup: x}}}", []),
        ("R: {Type: 'AWS::ECR::Repository'}", ["R"]),
        ("R: {Type: 'AWS::ECR::Repository', Properties: {EmptyOnDelete: true}}", []),
    ],
)
def test_what_stays(resource: str, expected: list[str]) -> None:
    assert [f.resource for f in found("leaves-things-behind", f"Resources: {{{resource}}}")] == expected


def test_a_role_that_stays_can_still_be_assumed() -> None:
    text = role().replace("Type: AWS::IAM::Role", "Type: AWS::IAM::Role\n        DeletionPolicy: Retain")
    (finding,) = found("leaves-things-behind", text)
    assert "the vendor can assume it" in finding.message


def test_everything_else_is_one_note() -> None:
    outcome = vet(FIXTURES / "leaves-things-behind" / "what_stays.yaml")
    (summary,) = [f for f in outcome.findings if f.rule == "VET803" and "there remain" in f.message]
    assert summary.resource == "Findings" and summary.also == ("Provisioner",)
    assert "sqs:CreateQueue" in summary.message and "log groups" in summary.message
