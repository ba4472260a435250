"""How the rules on access to resources and on safeguards judge single actions of other services."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies import Statement, allow, deny, document, findings, managed, role, template
from vetstack.findings import Finding
from vetstack.iam.catalog import action_named
from vetstack.iam.safeguards import WELL_KNOWN, losses
from vetstack.iam.sharing import openings
from vetstack.template import Template

VENDOR = {"AWS": "arn:aws:iam::604917283056:root"}
KEYS = "arn:aws:kms:*:*:key/*"


def vendor_role(*statements: Any, **properties: Any) -> dict[str, Any]:
    """A role that an outside account may assume."""
    made = role(document(*statements), **properties)
    made["Properties"]["AssumeRolePolicyDocument"]["Statement"][0] = {
        "Effect": "Allow",
        "Principal": VENDOR,
        "Action": "sts:AssumeRole",
    }
    return made


def judged(made: Template) -> list[tuple[str, str]]:
    return sorted((finding.rule, finding.severity) for finding in findings(made, "VET304", "VET305"))


def of_vendor(*statements: Any, **properties: Any) -> list[tuple[str, str]]:
    return judged(template(Worker=vendor_role(*statements, **properties)))


def of_service(*statements: Any) -> list[tuple[str, str]]:
    return judged(template(Worker=role(document(*statements))))


def only(made: Template, *rules: str) -> Finding:
    (finding,) = findings(made, *rules)
    return finding


def test_the_tables_name_actions_that_aws_has() -> None:
    assert [action for action in (*openings(), *losses()) if action_named(action) is None] == []


def test_no_action_is_in_both_tables() -> None:
    assert openings().keys() & losses().keys() == set()


def test_what_other_rules_judge_is_in_neither_table() -> None:
    services = {action.partition(":")[0] for action in (*openings(), *losses())}
    assert services & {"iam", "sso"} == set()


SHARED = {
    "bucket policy": ([allow("s3:PutBucketPolicy")], "warning"),
    "every bucket": ([allow("s3:PutBucketPolicy", "arn:aws:s3:::*")], "warning"),
    "letter case": ([allow("S3:putBUCKETpolicy")], "warning"),
    "pattern": ([allow("s3:Put*Policy")], "warning"),
    "question mark": ([allow("kms:PutKey?olicy")], "warning"),
    "all but one bucket": (
        [{"Effect": "Allow", "Action": "s3:PutBucketPolicy", "NotResource": "arn:aws:s3:::a"}],
        "warning",
    ),
    "every key of one region": ([allow("kms:CreateGrant", "arn:aws:kms:eu-west-1:*:key/*")], "warning"),
    "members": ([allow("eks:CreateAccessEntry")], "warning"),
    "objects": ([allow("s3:PutObjectAcl", "arn:aws:s3:::*/*")], "note"),
    "little": ([allow("schemas:PutResourcePolicy")], "note"),
    "tag": ([allow("kms:CreateGrant", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}})], "note"),
    "mfa": ([allow("kms:CreateGrant", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], "warning"),
    "for services": ([allow("kms:CreateGrant", Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}})], None),
    "prefix": ([allow("s3:PutBucketPolicy", "arn:aws:s3:::acme-*")], None),
    "suffix": ([allow("s3:PutBucketPolicy", "arn:aws:s3:::*-acme")], None),
    "what a parameter names": ([allow("s3:PutBucketPolicy", {"Fn::Sub": "arn:aws:s3:::${Name}"})], None),
    "objects only": ([allow("s3:PutBucketPolicy", "arn:aws:s3:::*/*")], None),
    "other kind": ([allow("kms:CreateGrant", "arn:aws:kms:*:*:alias/*")], None),
    "other service": ([allow("kms:CreateGrant", "arn:aws:s3:::*")], None),
    "reads": ([allow(["s3:GetBucketPolicy", "kms:GetKeyPolicy", "kms:List*"])], None),
    "taken away": ([allow("kms:CreateGrant"), deny("kms:CreateGrant")], None),
    "taken away from every key": ([allow("kms:CreateGrant"), deny("kms:Create*", KEYS)], None),
    "taken away from some keys": ([allow("kms:CreateGrant"), deny("kms:*", "arn:aws:kms:*:*:key/a*")], "warning"),
    "identity center": ([allow("sso:CreateAccountAssignment")], None),
    "the organisation's policies": ([allow("organizations:AttachPolicy")], None),
}


@pytest.mark.parametrize(("statements", "expected"), SHARED.values(), ids=SHARED)
def test_who_may_give_others_access(statements: list[Statement], expected: str | None) -> None:
    assert of_vendor(*statements) == ([("VET304", expected)] if expected else [])


LOST = {
    "records": ([allow("cloudtrail:StopLogging")], "error", "warning"),
    "every trail": ([allow("cloudtrail:DeleteTrail", "arn:aws:cloudtrail:*:*:trail/*")], "error", "warning"),
    "detectors": ([allow("guardduty:UpdateDetector", "arn:aws:guardduty:*:*:detector/*")], "error", "warning"),
    "the only hub": ([allow("securityhub:Disable*", "arn:aws:securityhub:*:*:hub/default")], "error", "warning"),
    "recorder": ([allow("config:DeleteConfigurationRecorder")], "error", "warning"),
    "organisation": ([allow("organizations:LeaveOrganization")], "error", "warning"),
    "protection": ([allow("kms:ScheduleKeyDeletion")], "warning", "warning"),
    "all buckets of the account": ([allow("s3:PutAccountPublicAccessBlock")], "warning", "warning"),
    "edge": ([allow("wafv2:DisassociateWebACL")], "warning", "note"),
    "traces": ([allow("logs:DeleteLogGroup")], "warning", "note"),
    "all of logs": ([allow("logs:*")], "note", None),
    "little": ([allow("cloudwatch:DeleteAlarms")], "note", "note"),
    "all of cloudwatch": ([allow("cloudwatch:*")], None, None),
    "well-known trail": (
        [allow("cloudtrail:*Trail", "arn:aws:cloudtrail:*:*:trail/aws-controltower-*")],
        "error",
        "warning",
    ),
    "what a parameter names": (
        [allow("cloudtrail:UpdateTrail", {"Fn::Sub": "arn:aws:cloudtrail:*:*:trail/${Name}"})],
        "note",
        "note",
    ),
    "one trail": ([allow("cloudtrail:StopLogging", "arn:aws:cloudtrail:*:*:trail/acme")], None, None),
    "one log group": ([allow("logs:DeleteLogGroup", "arn:aws:logs:*:*:log-group:/acme/*")], None, None),
    "set up": ([allow(["cloudtrail:CreateTrail", "cloudtrail:StartLogging", "guardduty:CreateDetector"])], None, None),
    "reads": ([allow(["cloudtrail:Get*", "guardduty:List*", "config:Describe*"])], None, None),
    "taken away": ([allow("cloudtrail:*Logging"), deny("cloudtrail:Stop*")], None, None),
}


@pytest.mark.parametrize(("statements", "outside", "inside"), LOST.values(), ids=LOST)
def test_who_may_take_safeguards_away(statements: list[Statement], outside: str | None, inside: str | None) -> None:
    assert of_vendor(*statements) == ([("VET305", outside)] if outside else [])
    assert of_service(*statements) == ([("VET305", inside)] if inside else [])


def test_every_well_known_name_is_of_a_service_whose_loss_is_judged() -> None:
    services = {action.partition(":")[0] for action in losses()}
    assert {subject.split(":")[2] for subject in WELL_KNOWN} <= services


def test_what_the_template_makes_is_its_own() -> None:
    own = allow("cloudtrail:StopLogging", {"Fn::GetAtt": ["Trail", "Arn"]})
    named = allow("cloudtrail:StopLogging", {"Fn::Sub": "arn:aws:cloudtrail:*:*:trail/${Name}"})
    trail = {"Type": "AWS::CloudTrail::Trail", "Properties": {"TrailName": {"Ref": "Name"}}}
    assert judged(template(Worker=vendor_role(own, named), Trail=trail)) == []


def test_one_finding_speaks_of_all_statements() -> None:
    made = template(
        Worker=vendor_role(allow("s3:PutBucketPolicy"), allow("sqs:AddPermission")),
        Keys=managed(allow("kms:CreateGrant"), Roles=[{"Ref": "Worker"}]),
    )
    finding = only(made, "VET304")
    assert finding.resource == "Worker"
    assert "kms:CreateGrant, s3:PutBucketPolicy, sqs:AddPermission on any key, bucket or queue" in finding.message
    assert "Keys" in finding.also
    assert [one.message for one in finding.evidence] == [
        "allows s3:PutBucketPolicy",
        "allows sqs:AddPermission",
    ]


def test_a_pattern_is_shown_with_what_it_stands_for() -> None:
    finding = only(template(Worker=vendor_role(allow("guardduty:*Detector"))), "VET305")
    assert "guardduty:*Detector (guardduty:DeleteDetector, guardduty:UpdateDetector) on any detector" in finding.message


def test_the_setting_is_named() -> None:
    optional = {"Fn::If": ["InProduction", allow("cloudtrail:StopLogging"), {"Ref": "AWS::NoValue"}]}
    assert only(template(Worker=vendor_role(optional)), "VET305").when == 'InProduction is true (Stage is "production")'


WIDER = {
    "administrator": [allow("*")],
    "power user": [{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}],
    "whole service": [allow("s3:*"), allow("guardduty:*")],
    "whole service on its own ARNs": [allow("s3:*", "arn:aws:s3:::*"), allow("guardduty:*")],
}


@pytest.mark.parametrize("wider", WIDER.values(), ids=WIDER)
def test_what_something_wider_says_is_not_said_again(wider: list[Statement]) -> None:
    narrower = allow(["s3:PutBucketPolicy", "s3:BypassGovernanceRetention", "guardduty:DeleteDetector"])
    assert of_vendor(*wider, narrower) == []


def test_a_wider_grant_in_another_setting_hides_nothing() -> None:
    optional = {"Fn::If": ["InProduction", allow("s3:*"), {"Ref": "AWS::NoValue"}]}
    made = template(Worker=vendor_role(optional, allow("s3:PutBucketPolicy")))
    finding = only(made, "VET304")
    assert (finding.severity, finding.when) == ("warning", None)


def test_a_boundary_leaves_what_it_allows() -> None:
    narrow = managed(allow("lambda:*", "arn:aws:lambda:*:*:function:acme-*"))
    wide = managed(allow("lambda:*"))
    worker = vendor_role(allow("lambda:AddPermission"), PermissionsBoundary={"Ref": "Limits"})
    assert judged(template(Worker=worker, Limits=narrow)) == []
    assert judged(template(Worker=worker, Limits=wide)) == [("VET304", "warning")]


def test_a_policy_of_aws_where_aws_wants_it_is_no_finding() -> None:
    policy = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
    made = role(trust="backup.amazonaws.com", ManagedPolicyArns=[policy])
    assert judged(template(Worker=made)) == []


def test_a_policy_of_aws_is_named_where_it_is_attached() -> None:
    made = vendor_role(allow("ec2:DescribeInstances"))
    made["Properties"]["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AmazonVPCFullAccess"]
    finding = only(template(Worker=made), "VET305")
    assert "ec2:DeleteFlowLogs" in finding.message
    assert "through AmazonVPCFullAccess" in finding.message


def test_members_of_a_group_are_the_groups_affair() -> None:
    group = {
        "Type": "AWS::IAM::Group",
        "Properties": {"Policies": [{"PolicyName": "p", "PolicyDocument": document(allow("kms:CreateGrant"))}]},
    }
    user = {"Type": "AWS::IAM::User", "Properties": {"Groups": [{"Ref": "Team"}]}}
    assert [one.resource for one in findings(template(Team=group, Ada=user), "VET304")] == ["Team"]
