"""What the rules on powers say: on what, of whom, and what to ask for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies import Statement, allow, document, findings, managed, role, template, trusting

OUTSIDE = "arn:aws:iam::481037652914:root"
NAMED = "arn:aws:iam::111122223333:role/acme-worker"


def said(rule: str, *statements: Statement, others: dict[str, Any] | None = None, **properties: Any) -> str:
    """The message of the one finding of a rule on a role called acme-worker."""
    worker = role(document(*statements), RoleName="acme-worker", **properties)
    (finding,) = [one for one in findings(template(Worker=worker, **(others or {})), rule) if one.resource == "Worker"]
    return finding.message


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (NAMED, "may use iam:PutRolePolicy on itself: it can give itself any permission."),
        ({"Fn::GetAtt": ["Worker", "Arn"]}, "may use iam:PutRolePolicy on itself: it can give itself any permission."),
        ("arn:aws:iam::*:role/acme-*", "on arn:aws:iam::*:role/acme-*, which includes itself: it can give itself"),
    ],
)
def test_on_itself(resource: Any, expected: str) -> None:
    assert expected in said("VET303", allow("iam:PutRolePolicy", resource))


def test_on_its_own_boundary() -> None:
    bound = managed(allow("*"))
    message = said(
        "VET303",
        allow("iam:CreatePolicyVersion", {"Ref": "Limits"}),
        others={"Limits": bound},
        PermissionsBoundary={"Ref": "Limits"},
    )
    assert "may use iam:CreatePolicyVersion on its own boundary: it can lift what holds it back." in message


def test_any_role_of_one_account() -> None:
    message = said("VET301", allow("iam:PutRolePolicy", "arn:aws:iam::444455556666:role/*"))
    assert "on any role of account 444455556666: that is enough to become administrator there." in message
    message = said("VET301", allow("iam:PutRolePolicy", {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/*"}))
    assert "on any role: that is enough to become administrator of the account." in message


@pytest.mark.parametrize(
    ("actions", "asked"),
    [
        (["s3:GetObject"], "for the buckets that"),
        (["ssm:GetParameter", "secretsmanager:GetSecretValue"], "for the secrets and parameters that"),
        (["sqs:ReceiveMessage", "dynamodb:Scan", "s3:GetObject"], "for the buckets, tables and queues that"),
        (["logs:FilterLogEvents"], "which of them the product needs"),
    ],
)
def test_what_is_asked_for_is_of_the_kind_that_is_read(actions: list[str], asked: str) -> None:
    assert f"Ask the vendor {asked}" in said("VET204", allow(actions))


@pytest.mark.parametrize(
    ("action", "where"),
    [
        ("s3:PutAccessPointPolicy", "any access point"),
        ("s3:PutBucketPolicy", "any bucket"),
        ("lambda:AddLayerVersionPermission", "any layer version"),
        ("lambda:AddPermission", "any function"),
        (["kms:CreateGrant", "s3:PutBucketPolicy"], "any key or bucket"),
    ],
)
def test_what_a_policy_is_put_on(action: str | list[str], where: str) -> None:
    assert f" on {where}: it can" in said("VET304", allow(action))


SETTINGS = {
    "queues": "sqs:SetQueueAttributes",
    "topics": "sns:SetTopicAttributes",
    "domains": "es:UpdateDomainConfig",
    "layers": "lambda:AddLayerVersionPermission",
    "addresses": "lambda:CreateFunctionUrlConfig",
    "buses": "events:PutPermission",
}


@pytest.mark.parametrize("action", SETTINGS.values(), ids=SETTINGS)
def test_settings_matter_in_the_hands_of_others(action: str) -> None:
    document_of = document(allow(action))
    for made, severity in ((trusting(OUTSIDE, document_of), "warning"), (role(document_of), "note")):
        assert [one.severity for one in findings(template(Worker=made), "VET304")] == [severity]


def test_every_snapshot_by_what_ids_begin_with() -> None:
    assert "any snapshot" in said("VET304", allow("ec2:ModifySnapshotAttribute", "arn:aws:ec2:*::snapshot/snap-*"))


def test_evidence_does_not_point_where_the_finding_is() -> None:
    policies = ["arn:aws:iam::aws:policy/AWSCodeCommitFullAccess"]
    made = {"Type": "AWS::IAM::User", "Properties": {"ManagedPolicyArns": policies}}
    (finding,) = findings(template(Worker=made), "VET301")
    assert [one.at for one in finding.evidence if one.at == finding.at] == []
