"""Grants judged by what they allow: AWS's managed policies by their documents, data that is read, what is destroyed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies import Statement, allow, deny, document, findings, managed, role, template
from vetstack.iam.catalog import action_named, policy_document, policy_names
from vetstack.iam.data_reads import data, lesser
from vetstack.iam.destruction import destroying
from vetstack.iam.managed_policies import document_of, managed_among, missing_name
from vetstack.iam.purpose import CALLED, is_made_for, services_of
from vetstack.iam.services import ALL_THERE_IS, BY_NAME, QUIET
from vetstack.iam.tiers import tier_of_policy
from vetstack.iam.unscoped import NEEDED
from vetstack.position import Position
from vetstack.rules import rule_named
from vetstack.settings import Settings
from vetstack.values import Hole, Items, Map, Text, Unknown

AT = Position("t.yaml", 3, 7, 3, 50)
AWS = "arn:aws:iam::aws:policy/"
RULES = ("VET201", "VET202", "VET203", "VET204", "VET205")
VENDOR = document(
    {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::481037652914:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "Name"}}},
    }
)


def said(*statements: Statement, **properties: Any) -> list[tuple[str, str]]:
    made = template(Worker=role(document(*statements), **properties))
    return sorted((finding.rule, finding.severity) for finding in findings(made, *RULES))


def held(*names: str, trust: str = "lambda.amazonaws.com", **properties: Any) -> list[tuple[str, str]]:
    """What is said of a role with managed policies of AWS's, by path and name."""
    made = template(Worker=role(trust=trust, ManagedPolicyArns=[AWS + name for name in names], **properties))
    return sorted((finding.rule, finding.severity) for finding in findings(made, *RULES))


# AWS's managed policies

TIERS = {
    "AdministratorAccess": "administrator",
    "IAMFullAccess": "equivalent",
    "AdministratorAccess-Amplify": "equivalent",
    "PowerUserAccess": "power",
    "AIDevOpsAgentActionsPolicy": "power",
    "SystemAdministrator": "broad",
    "AmazonS3FullAccess": "broad",
    "AWSGlueServiceRole": "broad",
    "AmazonElasticFileSystemFullAccess": "broad",
    "ReadOnlyAccess": None,
    "SecurityAudit": None,
    "AWSSupportAccess": None,
    "CloudWatchLogsFullAccess": None,
    "AWSControlTowerServiceRolePolicy": None,
    "NoSuchPolicy": None,
}


@pytest.mark.parametrize(("name", "tier"), TIERS.items())
def test_the_tier_of_a_policy_is_told_by_its_document(name: str, tier: str | None) -> None:
    assert tier_of_policy(name) == tier


def test_of_all_policies_few_make_an_administrator_or_a_power_user() -> None:
    tiers = {name: tier_of_policy(name) for name in policy_names()}
    widest = {name: tier for name, tier in tiers.items() if tier not in (None, "broad")}
    assert widest == {name: tier for name, tier in TIERS.items() if tier not in (None, "broad")}
    broad = [name for name, tier in tiers.items() if tier == "broad"]
    assert 200 < len(broad) < 350
    assert not [name for name in broad if name.endswith(("ReadOnlyAccess", "ViewOnlyAccess"))]


def test_a_document_stands_where_its_policy_is_attached() -> None:
    made = document_of(Text(AWS + "ReadOnlyAccess", AT), AT)
    values = [made]
    for value in values:
        values += list(value.values()) if isinstance(value, Map) else list(value) if isinstance(value, Items) else []
    assert len(values) > 1000
    assert {value.at for value in values if isinstance(value, (Map, Items, Text))} == {AT}


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws-cn:iam::aws:policy/readonlyaccess",
        "arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess",
        "ReadOnlyAccess",
        "arn:aws:iam::aws:policy/job-function/ReadOnlyAccess",
    ],
)
def test_a_policy_is_found_in_every_partition_by_any_path_and_by_name(arn: str) -> None:
    plain = policy_document("ReadOnlyAccess")
    made = document_of(Text(arn, AT), AT)
    assert plain is not None
    assert isinstance(made, Map)
    assert made.keys() == plain.keys()


def test_statements_of_a_managed_policy_deny_too() -> None:
    assert held("AdministratorAccess", "AWSDenyAll") == []
    assert held("AdministratorAccess") == [("VET201", "error")]


@pytest.mark.parametrize(
    ("boundary", "expected"),
    [
        ("ReadOnlyAccess", [("VET204", "warning")]),
        ("SecurityAudit", []),
        ("AWSLambda_FullAccess", [("VET203", "warning")]),
        ("PowerUserAccess", [("VET202", "error")]),
    ],
)
def test_a_managed_boundary_leaves_what_its_document_allows(boundary: str, expected: list[tuple[str, str]]) -> None:
    assert said(allow("*"), PermissionsBoundary=AWS + boundary) == expected


MISSING = {
    "arn:aws:iam::aws:policy/AdministratorAcess": "AdministratorAcess",
    "arn:aws:iam::aws:policy/service-role/AcmeRole": "AcmeRole",
    "acme-own": "acme-own",
    "arn:aws:iam::aws:policy/administratoraccess": None,
    "arn:aws:iam::111122223333:policy/acme-own": None,
}


@pytest.mark.parametrize(("arn", "name"), MISSING.items())
def test_a_policy_that_aws_lacks_is_undecided(arn: str, name: str | None) -> None:
    assert missing_name(Text(arn, AT)) == name
    rule = rule_named("VET201")
    assert rule is not None
    made = template(Worker=role(ManagedPolicyArns=[arn]))
    reasons = [one.reason for one in rule.undecided(made, Settings())]
    assert any(f"AWS had no managed policy {name} on 20" in reason for reason in reasons) == (name is not None)


def test_a_boundary_that_aws_lacks_is_undecided() -> None:
    rule = rule_named("VET201")
    assert rule is not None
    made = template(Worker=role(document(allow("*")), PermissionsBoundary=AWS + "NoSuchBoundary"))
    assert ["NoSuchBoundary" in one.reason for one in rule.undecided(made, Settings())] == [True]


AMONG = {
    "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess": 1,
    "arn:aws-cn:iam::aws:policy/AmazonS3*ReadOnlyAccess": 2,
    "arn:aws:iam::aws:policy/service-role/AWSControlTower*": 3,
    "arn:aws:iam::111122223333:policy/*": 0,
    "arn:aws:iam::aws:policy/AcmeAccess": 0,
}


@pytest.mark.parametrize(("arn", "least"), AMONG.items())
def test_which_policies_a_pattern_stands_for(arn: str, least: int) -> None:
    found = managed_among(Text(arn, AT))
    assert len(found) >= least
    assert bool(found) == bool(least)


def test_a_pattern_may_leave_the_partition_open() -> None:
    value = Unknown(("arn:", Hole("partition", "AWS::Partition"), ":iam::aws:policy/IAMFull*"), AT)
    assert managed_among(value) == ("IAMFullAccess",)


@pytest.mark.parametrize(
    ("named", "severity"),
    [
        ("AmazonEC2ReadOnlyAccess", "note"),
        ("AmazonS3FullAccess", "error"),
        ("service-role/*", "error"),
        ("*", "error"),
        ("job-function/ViewOnly*", "note"),
    ],
)
def test_a_policy_that_may_be_attached_holds_back_if_it_hands_out_little(named: str, severity: str) -> None:
    attach = allow("iam:AttachRolePolicy", Condition={"ArnLike": {"iam:PolicyARN": AWS + named}})
    made = template(Worker=role(document(attach)))
    found = {finding.severity for finding in findings(made, "VET301", "VET303")}
    assert found == {severity}


# Policies that AWS made for a service

PLACES = {
    "glue on glue": ("service-role/AWSGlueServiceRole", "glue.amazonaws.com", []),
    "glue on another": ("service-role/AWSGlueServiceRole", "codebuild.amazonaws.com", ["VET203"]),
    "glue on any account's": ("service-role/AWSGlueServiceRole", None, ["VET203"]),
    "machines": ("service-role/AmazonElasticMapReduceforEC2Role", "ec2.amazonaws.com", ["VET203"]),
    "landing zone on code": ("service-role/AWSControlTowerServiceRolePolicy", "lambda.amazonaws.com", ["VET203"]),
    "landing zone in place": ("service-role/AWSControlTowerServiceRolePolicy", "controltower.amazonaws.com", []),
    "landing zone on another": ("service-role/AWSControlTowerServiceRolePolicy", None, ["VET203"]),
    "deployments in place": ("service-role/AWSCodeDeployRole", "codedeploy.us-east-1.amazonaws.com", []),
    "deployments elsewhere": ("service-role/AWSCodeDeployRole", "ec2.amazonaws.com", ["VET203"]),
    "logs anywhere": ("service-role/AWSLambdaBasicExecutionRole", "ec2.amazonaws.com", []),
    "network anywhere": ("service-role/AWSLambdaVPCAccessExecutionRole", None, []),
    "agent on a machine": ("AmazonSSMManagedInstanceCore", "ec2.amazonaws.com", []),
    "agent on another": ("AmazonSSMManagedInstanceCore", None, ["VET204"]),
    "old agent on a machine": ("service-role/AmazonEC2RoleforSSM", "ec2.amazonaws.com", ["VET204"]),
    "queue": ("service-role/AWSLambdaSQSQueueExecutionRole", "lambda.amazonaws.com", []),
    "queue on another": ("service-role/AWSLambdaSQSQueueExecutionRole", None, ["VET204"]),
    "a FullAccess of one's own": ("AWSLambda_FullAccess", "lambda.amazonaws.com", ["VET203"]),
    "cluster": ("AmazonEKSClusterPolicy", "eks.amazonaws.com", []),
}


@pytest.mark.parametrize(("name", "service", "expected"), PLACES.values(), ids=PLACES)
def test_a_policy_made_for_a_service_is_fine_on_its_role(name: str, service: str | None, expected: list[str]) -> None:
    properties = {} if service else {"AssumeRolePolicyDocument": VENDOR}
    found = held(name, trust=service or "", **properties)
    assert [rule for rule, _ in found] == expected


@pytest.mark.parametrize(
    ("principal", "services"),
    [
        ({"Service": "ecs-tasks.amazonaws.com"}, ("ecs-tasks",)),
        ({"Service": ["monitoring.rds.amazonaws.com", "rds.amazonaws.com.cn"]}, ("monitoring.rds", "rds")),
        ({"Service": {"Fn::Sub": "states.${AWS::Region}.amazonaws.com"}}, ("states",)),
        ({"Service": {"Fn::Join": [".", ["ec2", {"Ref": "AWS::URLSuffix"}]]}}, ("ec2",)),
        ({"Service": {"Ref": "Name"}}, None),
        ({"AWS": "*"}, None),
        ({"Service": "ec2.amazonaws.com", "AWS": "111122223333"}, None),
        ("*", None),
    ],
)
def test_which_services_alone_may_assume_a_role(principal: Any, services: tuple[str, ...] | None) -> None:
    trust = document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    made = template(Worker=role(AssumeRolePolicyDocument=trust))
    assert services_of(made.identities["Worker"]) == services


def test_services_are_known_by_the_names_of_policies() -> None:
    assert is_made_for("AmazonEC2ContainerServiceRole", "ecs")
    assert is_made_for("AWSDataLifecycleManagerServiceRole", "dlm")
    assert not is_made_for("AWSGlueServiceRole", "es")
    names = " ".join(policy_names()).lower()
    assert [word for words in CALLED.values() for word in words if word not in names] == []


# Reading all there is

READS = {
    "objects": (allow("s3:GetObject"), "warning"),
    "objects of every bucket": (allow("s3:GetObject", "arn:aws:s3:::*/*"), "warning"),
    "objects, by pattern": (allow("S3:get*"), "warning"),
    "all but some objects": (
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::a/*"},
        "warning",
    ),
    "objects of a prefix": (allow("s3:GetObject", "arn:aws:s3:::acme-*/*"), None),
    "objects of an access point": (allow("s3:GetObject", "arn:aws:s3:*:*:accesspoint/acme/object/*"), None),
    "tables": (allow("dynamodb:Scan", "arn:aws:dynamodb:*:*:table/*"), "warning"),
    "secrets": (allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*"), "warning"),
    "some secrets": (allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:acme/*"), None),
    "snapshots, of the other service": (allow("ebs:GetSnapshotBlock", "arn:aws:ec2:*::snapshot/*"), "warning"),
    "databases": (allow("rds-db:connect", "*"), "warning"),
    "keys": (allow("kms:Decrypt"), "note"),
    "keys through a service": (
        allow("kms:Decrypt", Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
        None,
    ),
    "logs": (allow("logs:GetLogEvents"), "note"),
    "code": (allow("lambda:GetFunction"), "note"),
    "set-up": (allow(["s3:GetBucketPolicy", "ec2:Describe*", "lambda:List*", "cloudformation:GetTemplate"]), None),
    "by tag": (allow("s3:GetObject", Condition={"StringEquals": {"s3:ExistingObjectTag/a": "b"}}), None),
    "with MFA": (allow("s3:GetObject", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), "warning"),
    "in the account": (
        allow("s3:GetObject", Condition={"StringEquals": {"aws:ResourceAccount": "111122223333"}}),
        "warning",
    ),
    "in the account, as S3 says": (
        allow("s3:GetObject", Condition={"StringEquals": {"s3:ResourceAccount": "111122223333"}}),
        "warning",
    ),
}


@pytest.mark.parametrize(("statement", "severity"), READS.values(), ids=READS)
def test_reading_all_of_a_kind_of_data(statement: Statement, severity: str | None) -> None:
    assert said(statement) == ([("VET204", severity)] if severity else [])


def test_what_is_denied_is_not_read() -> None:
    assert said(allow("s3:Get*"), deny("s3:GetObject*")) == []
    assert said(allow("s3:GetObject"), deny("s3:GetObject", "arn:aws:s3:::acme/*")) == [("VET204", "warning")]


def test_a_service_handed_out_whole_is_not_read_as_well() -> None:
    assert said(allow(["s3:*", "s3:GetObject", "s3:DeleteObject"])) == [("VET203", "warning")]
    assert said(allow("s3:*"), allow("dynamodb:Scan")) == [("VET203", "warning"), ("VET204", "warning")]


def test_one_finding_for_all_statements_and_one_for_each_managed_policy() -> None:
    made = template(
        Worker=role(
            document(allow("s3:GetObject"), allow("dynamodb:Scan")),
            document(allow("sqs:ReceiveMessage")),
            ManagedPolicyArns=[AWS + "ReadOnlyAccess", AWS + "AmazonS3ReadOnlyAccess"],
        )
    )
    found = findings(made, "VET204")
    assert sorted(len(finding.evidence) for finding in found) == [0, 0, 2]
    wide = next(finding for finding in found if finding.message.startswith("ReadOnlyAccess"))
    assert "SecurityAudit or ViewOnlyAccess" in wide.message


def test_what_a_service_reads_itself_is_a_note() -> None:
    made = template(Worker=role(document(allow("s3:GetObject")), trust="backup.amazonaws.com"))
    assert [finding.severity for finding in findings(made, "VET204")] == ["note"]


def test_a_policy_for_others_to_hold_is_judged_once() -> None:
    made = template(Loose=managed(allow("s3:GetObject"), Roles=[{"Ref": "Worker"}]), Worker=role())
    assert [finding.resource for finding in findings(made, "VET204")] == ["Worker"]
    alone = template(Loose=managed(allow("s3:GetObject")))
    assert [finding.resource for finding in findings(alone, "VET204")] == ["Loose"]


# Writing to everything

WRITES = {
    "machines": (allow("ec2:TerminateInstances"), "warning"),
    "every machine": (allow("ec2:TerminateInstances", "arn:aws:ec2:*:*:instance/*"), "warning"),
    "disks, by pattern": (allow("ec2:Delete*"), "warning"),
    "named machines": (allow("ec2:TerminateInstances", "arn:aws:ec2:*:*:instance/i-0123456789abcdef0"), None),
    "tagged machines": (
        allow("ec2:TerminateInstances", Condition={"StringEquals": {"ec2:ResourceTag/a": "b"}}),
        None,
    ),
    "stopping machines": (allow("ec2:StopInstances"), "note"),
    "scaling": (allow("autoscaling:SetDesiredCapacity"), "note"),
    "new ones": (allow(["ec2:RunInstances", "ec2:CreateSnapshot", "s3:CreateBucket"]), None),
    "sending": (allow(["sns:Publish", "lambda:InvokeFunction", "sqs:SendMessage"]), None),
    "telemetry": (allow(["logs:PutLogEvents", "cloudwatch:PutMetricData", "xray:PutTraceSegments"]), None),
    "all of telemetry": (allow(["logs:*", "cloudwatch:*"]), None),
    "crypto": (allow(["kms:Encrypt", "kms:GenerateDataKey*"]), None),
    "without resources": (allow("ce:StartSavingsPlansPurchaseRecommendationGeneration"), None),
    "of another rule": (allow(["kms:ScheduleKeyDeletion", "s3:PutBucketPolicy", "cloudtrail:StopLogging"]), None),
    "a whole service": (allow("rds:*"), "VET203"),
    "but one path": ({"Effect": "Allow", "Action": "s3:DeleteObject", "NotResource": "arn:aws:s3:::a/*"}, "warning"),
    "unknown": (allow(["acme:Delete", "s3:DeleteNothing"]), None),
}


@pytest.mark.parametrize(("statement", "expected"), WRITES.values(), ids=WRITES)
def test_writing_to_all_of_a_kind(statement: Statement, expected: str | None) -> None:
    verdicts = {None: [], "VET203": [("VET203", "warning")]}
    assert said(statement) == verdicts.get(expected, [("VET205", expected)])


def test_a_tag_that_may_be_missing_is_no_limit_and_is_said() -> None:
    condition = {"StringEqualsIfExists": {"aws:ResourceTag/acme": "own"}}
    made = template(Worker=role(document(allow("ec2:TerminateInstances", Condition=condition))))
    (finding,) = findings(made, "VET205")
    assert finding.severity == "warning"
    assert "what has no tag acme passes the condition" in finding.message


def test_nearly_all_that_a_service_can_do_is_the_service() -> None:
    names = ("Create*", "Delete*", "Update*", "Put*", "Modify*", "ClientWrite")
    writes = ["elasticfilesystem:" + name for name in names]
    assert said(allow(writes)) == [("VET203", "warning")]
    assert said(allow(writes[1:2])) == [("VET205", "warning")]


# Tables


def test_the_tables_name_actions_and_services_that_there_are() -> None:
    kinds = (*data(), *lesser())
    named = {*destroying(), *NEEDED, *(one for kind in kinds for one in (*kind.reads, *kind.finds))}
    assert {one for one in named if getattr(action_named(one), "name", None) != one} == set()
    assert {one for one in destroying() if not getattr(action_named(one), "resources", ())} == set()
    assert not (QUIET & (ALL_THERE_IS.keys() | BY_NAME))
