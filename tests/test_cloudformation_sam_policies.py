"""SAM's policy templates and connectors grant what SAM makes of them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.cfn import plain, template_of
from vetstack.cloudformation.policy_templates import sam_fact
from vetstack.guards import Guard
from vetstack.packs import Pack
from vetstack.review import judge
from vetstack.rules import all_rules
from vetstack.settings import Settings
from vetstack.template import Template

KEYS = [key.split() for key in Pack("sam_policies.pack").keys().values()]
POLICIES = [name for kind, name, *_ in KEYS if kind == "policy"]
RULES = all_rules()
CONNECTORS = [(names[0], names[1]) for kind, *names in KEYS if kind == "connector"]

BULK_READS = {
    "AWSSecretsManagerGetSecretValuePolicy",
    "AthenaQueryPolicy",
    "CodeCommitCrudPolicy",
    "CodeCommitReadPolicy",
    "DynamoDBCrudPolicy",
    "DynamoDBReadPolicy",
    "DynamoDBRestoreFromBackupPolicy",
    "DynamoDBStreamReadPolicy",
    "KinesisStreamReadPolicy",
    "S3CrudPolicy",
    "S3FullAccessPolicy",
    "S3ReadPolicy",
    "SQSPollerPolicy",
    "SSMParameterReadPolicy",
    "SSMParameterWithSlashPrefixReadPolicy",
}
"""Policy templates that read what others stored: with `*` for a name, that of the whole account."""

UNSCOPED_WRITES = {
    "CodeCommitCrudPolicy",
    "DynamoDBBackupFullAccessPolicy",
    "DynamoDBCrudPolicy",
    "DynamoDBRestoreFromBackupPolicy",
    "DynamoDBWritePolicy",
    "ElasticMapReduceTerminateJobFlowsPolicy",
    "FirehoseCrudPolicy",
    "KinesisCrudPolicy",
    "S3CrudPolicy",
    "S3FullAccessPolicy",
    "S3WritePolicy",
}
"""Those that delete or overwrite it."""

UNSCOPED_AS_THEY_ARE = {
    "CloudWatchDashboardPolicy",  # cloudwatch:PutDashboard on `*`
    "PollyFullAccessPolicy",  # polly:PutLexicon on lexicon/*, whatever the parameter names
    "ServerlessRepoReadWriteAccessPolicy",  # serverlessrepo:UpdateApplication on applications/*
}
"""Those that change what others made although they could be scoped, with no name to give: a note."""

NOTED = UNSCOPED_AS_THEY_ARE | {
    "AthenaQueryPolicy",
    "CodeCommitReadPolicy",
    "DynamoDBReconfigurePolicy",
    "ElasticMapReduceCancelStepsPolicy",
    "ElasticMapReduceModifyInstanceFleetPolicy",
    "ElasticMapReduceModifyInstanceGroupsPolicy",
    "ElasticMapReduceSetTerminationProtectionPolicy",
    "PinpointEndpointAccessPolicy",
    "RekognitionFacesManagementPolicy",
    "RekognitionWriteOnlyAccessPolicy",
    "Route53ChangeResourceRecordSetsPolicy",
    "SNSCrudPolicy",
    "SQSPollerPolicy",
}
"""Those that with `*` for a name change what nobody loses data by."""

OPENS = {"S3CrudPolicy", "S3FullAccessPolicy", "S3WritePolicy", "SNSCrudPolicy"}
"""Those that with `*` for a name give others access to anything: s3:PutObjectAcl, sns:SetTopicAttributes. A note, since
nobody but the function holds them."""

TRUST: dict[str, Any] = {"Statement": []}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}
FUNCTION = {"Type": "AWS::Serverless::Function", "Properties": {}}
ARN = "arn:${AWS::Partition}:s3:::"


def function(*policies: Any, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Serverless::Function", "Properties": {"Policies": list(policies), **properties}}


def with_resources(resources: dict[str, Any], **sections: Any) -> Template:
    return template_of(json.dumps({"Resources": resources, **sections}))


def granted(template: Template, holder: str) -> list[tuple[list[str], object, str]]:
    """(actions, resource, setting) of each statement that an identity holds."""
    found = []
    for one in template.identities[holder].attachments:
        document = plain(one.document)
        assert isinstance(document, dict)
        for statement in document["Statement"]:
            found.append((statement["Action"], statement["Resource"], str(one.guard)))
    return found


def rules_of(template: Template) -> set[str]:
    """The findings in the rows of grants and of mutation: `VET204`, `VET205 note`."""
    verdict = judge(template, RULES, Settings())
    assert not verdict.failed
    found = [finding for finding in verdict.findings if finding.rule[:4] in ("VET2", "VET3")]
    return {f"{one.rule} note" if one.severity == "note" else one.rule for one in found}


def filled(name: str, value: Any) -> dict[str, Any]:
    """A policy template with one value for each of its parameters."""
    fact = sam_fact("policy", name)
    assert fact
    return {name: dict.fromkeys(fact["Parameters"], value)}


@pytest.mark.parametrize("value", ["northwind", {"Ref": "Given"}, {"Ref": "Own"}])
@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_template_for_what_is_named_is_no_finding(name: str, value: Any) -> None:
    resources = {"It": function(filled(name, value)), "Own": {"Type": "AWS::S3::Bucket"}}
    template = with_resources(resources, Parameters={"Given": {"Type": "String"}})
    shown = value if isinstance(value, str) else f"${{{value['Ref']}}}"
    (attachment,) = template.identities["It"].attachments
    fact = sam_fact("policy", name)
    assert fact and len(fact["Statement"]) > 0 and not template.undecided
    text = json.dumps(plain(attachment.document))
    for parameter in fact["Parameters"]:
        assert f"${{{parameter}}}" not in text
    assert shown in text or not fact["Parameters"]
    assert rules_of(template) == ({"VET205 note"} if name in UNSCOPED_AS_THEY_ARE else set())


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_template_for_everything(name: str) -> None:
    template = with_resources({"It": function(filled(name, "*"))})
    expected = {
        "VET204": name in BULK_READS,
        "VET204 note": name == "KMSDecryptPolicy",
        "VET205": name in UNSCOPED_WRITES,
        "VET205 note": name in NOTED,
        "VET304 note": name in OPENS,
    }
    assert rules_of(template) == {rule for rule, fires in expected.items() if fires}


def test_the_tables_name_policy_templates() -> None:
    assert len(POLICIES) == 81 and len(CONNECTORS) == 31
    assert set(POLICIES) >= BULK_READS | UNSCOPED_WRITES | NOTED | OPENS


def test_a_parameter_of_the_template_is_filled_in_and_stands_at_the_element() -> None:
    text = """
        Parameters:
          Bucket: {Type: String, Default: reports}
        Resources:
          It:
            Type: AWS::Serverless::Function
            Properties:
              Policies:
                - S3ReadPolicy:
                    BucketName: !Ref Bucket
    """
    template = template_of(text)
    (attachment,) = template.identities["It"].attachments
    assert attachment.at.line == 9
    written = json.dumps([plain(one) for one in _alternatives(attachment.guard, attachment.document)])
    assert f'"{ARN}reports/*"' in written and f'"{ARN}${{Bucket}}/*"' in written


def _alternatives(guard: Guard, document: Any) -> list[Any]:
    (statement,) = document["Statement"]
    return [one for element in statement["Resource"] for _, one in guard.over(element)]


def test_a_setting_chooses_the_policy_template() -> None:
    chosen = {"Fn::If": ["A", {"SQSSendMessagePolicy": {"QueueName": "q"}}, {"Ref": "AWS::NoValue"}]}
    sections = {
        "Parameters": {"Mode": {"Type": "String", "AllowedValues": ["a", "b"]}},
        "Conditions": {"A": {"Fn::Equals": [{"Ref": "Mode"}, "a"]}},
    }
    template = with_resources({"It": function(chosen)}, **sections)
    arn = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:q"
    assert granted(template, "It") == [(["sqs:SendMessage*"], arn, 'A is true (Mode is "a")')]


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ({"S3ReadPolicy": {}}, "the policy template S3ReadPolicy is not given BucketName"),
        ({"S3ReadPolicy": {"Bucket": "b"}}, "the policy template S3ReadPolicy is not given BucketName"),
        ({"S3ReadPolicy": {"BucketName": {"Ref": "AWS::NoValue"}}}, "is not given BucketName"),
        ({"S3ReadPolicy": "b"}, "is not given BucketName"),
        ({"EC2DescribePolicy": "b"}, "the policy template EC2DescribePolicy is not given its parameters"),
        ({"s3readpolicy": {"BucketName": "b"}}, "what the policy template s3readpolicy allows is not known"),
        ({"NorthwindPolicy": {}}, "what the policy template NorthwindPolicy allows is not known"),
        ({"S3ReadPolicy": {"BucketName": "b"}, "EC2DescribePolicy": {}}, "this is no policy"),
        ({}, "this is no policy"),
    ],
)
def test_what_is_no_policy_template_is_undecided(element: Any, said: str) -> None:
    template = with_resources({"It": function(element)})
    assert not template.identities["It"].attachments
    (undecided,) = template.undecided
    assert undecided.reason.endswith(said) and undecided.resource == "It"


def test_a_parameter_that_the_policy_template_lacks_is_left_out() -> None:
    template = with_resources({"It": function({"S3ReadPolicy": {"BucketName": "b", "Other": "*"}})})
    assert not template.undecided
    assert [resource for _, resource, _ in granted(template, "It")] == [[f"{ARN}b", f"{ARN}b/*"]]


def test_only_serverless_resources_take_policy_templates() -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": [{"EC2DescribePolicy": {}}]}}
    template = with_resources({"It": role})
    assert not template.identities["It"].attachments
    assert [one.reason for one in template.undecided] == ["this is no policy"]


def test_a_name_that_is_a_text_is_a_managed_policy() -> None:
    undecided = judge(with_resources({"It": function("NorthwindPolicy")}), RULES, Settings()).undecided
    assert ["AWS had no managed policy NorthwindPolicy" in one.reason for one in undecided] == [True]


def end(kind: str) -> dict[str, Any]:
    """A resource of a type with a role of the template's, where it has one."""
    role = {"Fn::GetAtt": ["Role", "Arn"]}
    target = {"Arn": {"Fn::GetAtt": ["To", "Arn"]}, "RoleArn": role}
    elsewhere = {"Arn": {"Fn::GetAtt": ["Else", "Arn"]}, "RoleArn": {"Fn::GetAtt": ["Other", "Arn"]}}
    where = {
        "AWS::Lambda::Function": {"Role": role},
        "AWS::StepFunctions::StateMachine": {"RoleArn": role},
        "AWS::AppSync::DataSource": {"ServiceRoleArn": role},
        "AWS::Events::Rule": {"Targets": [elsewhere, target]},
    }
    return {"Type": kind, "Properties": where.get(kind, {})}


def connected(source: str, to: str, *, embedded: bool) -> Template:
    """A template with a connector that has all the permissions there are."""
    fact = sam_fact("connector", f"{source} {to}")
    assert fact
    link = {"Destination": {"Id": "To"}, "Permissions": list(fact["Permissions"])}
    resources = {"From": end(source), "To": end(to), "Role": ROLE, "Other": ROLE, "Else": {"Type": "AWS::SQS::Queue"}}
    if embedded:
        resources["From"]["Connectors"] = {"Link": {"Properties": link}}
    else:
        resources["Link"] = {"Type": "AWS::Serverless::Connector", "Properties": {"Source": {"Id": "From"}, **link}}
    return with_resources(resources)


@pytest.mark.parametrize("embedded", [False, True])
@pytest.mark.parametrize(("source", "to"), CONNECTORS)
def test_every_connector_gives_its_permissions_to_its_holder(source: str, to: str, embedded: bool) -> None:
    template = connected(source, to, embedded=embedded)
    fact = sam_fact("connector", f"{source} {to}")
    assert fact and not template.undecided and not template.identities["Other"].attachments
    got = template.identities["Role"].attachments
    assert len(got) == (len(fact["Permissions"]) if fact["Holder"] else 0)
    text = json.dumps([plain(one.document) for one in got])
    assert all(f"${{{side}" not in text for side in ("Source", "Destination"))
    assert not got or "${To" in text or "${From" in text
    assert {one.resource for one in got} <= {"From" if embedded else "Link"}
    assert not rules_of(template)


READ_QUEUE = ["sqs:ReceiveMessage", "sqs:GetQueueAttributes"]


def linked(source: Any, destination: Any, permissions: Any, **resources: Any) -> Template:
    link = {"Source": source, "Destination": destination, "Permissions": permissions}
    queue = {"Type": "AWS::SQS::Queue"}
    return with_resources(
        {"Queue": queue, **resources, "Link": {"Type": "AWS::Serverless::Connector", "Properties": link}},
        Parameters={"RoleArn": {"Type": "String"}},
        Conditions={"Given": {"Fn::Not": [{"Fn::Equals": [{"Ref": "RoleArn"}, ""]}]}},
    )


def test_a_function_without_a_role_gets_the_permissions_itself() -> None:
    template = linked({"Id": "It"}, {"Id": "Queue"}, ["Read"], It=FUNCTION)
    assert granted(template, "It") == [(READ_QUEUE, ["${Queue.Arn}"], "")]


def test_a_role_by_its_name() -> None:
    named = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, "RoleName": "reader"}}
    for name in ("reader", {"Ref": "It"}):
        source = {"Type": "AWS::Lambda::Function", "RoleName": name}
        template = linked(source, {"Type": "AWS::SQS::Queue", "Arn": "*"}, ["Read"], It=named)
        assert granted(template, "It") == [(READ_QUEUE, ["*"], "")]


def test_a_role_that_only_some_settings_give() -> None:
    role = {"Fn::If": ["Given", {"Ref": "RoleArn"}, {"Ref": "AWS::NoValue"}]}
    template = linked({"Id": "It"}, {"Id": "Queue"}, ["Read"], It=function(Role=role))
    assert [setting for *_, setting in granted(template, "It")] == ["Given is false (RoleArn is empty)"]


def test_a_connector_stands_where_its_permission_does() -> None:
    text = """
        Resources:
          It:
            Type: AWS::Serverless::Function
            Connectors:
              Link:
                Properties:
                  Destination: [{Type: AWS::S3::Bucket, Arn: "arn:aws:s3:::*"}]
                  Permissions:
                    - Read
    """
    template = template_of(text)
    (attachment,) = template.identities["It"].attachments
    assert attachment.at.line == 10
    assert rules_of(template) == {"VET204"}


@pytest.mark.parametrize(
    ("source", "destination", "permissions", "said"),
    [
        ({"Id": "Nobody"}, {"Id": "Queue"}, ["Read"], "one end of this connector is not in this template"),
        ({"Id": "It"}, {"Id": "Nobody"}, ["Read"], "one end of this connector is not in this template"),
        ({"Id": "It"}, {"Arn": "*"}, ["Read"], "one end of this connector is not in this template"),
        ({"Id": "It"}, "Queue", ["Read"], "one end of this connector is not in this template"),
        ({"Id": "Queue"}, {"Id": "Queue"}, ["Read"], "from AWS::SQS::Queue to AWS::SQS::Queue allows is not known"),
        ({"Id": "It"}, {"Id": "Queue"}, ["Admin"], "what the permission Admin of this connector allows is not known"),
        ({"Id": "It"}, {"Id": "Queue"}, [{"Ref": "RoleArn"}], "the permission ${RoleArn} of this connector"),
        ({"Type": "AWS::Lambda::Function"}, {"Id": "Queue"}, ["Read"], "which role this connector gives"),
        ({"Type": "AWS::Lambda::Function", "RoleName": "r"}, {"Id": "Queue"}, ["Read"], "which role this connector"),
    ],
)
def test_a_connector_that_is_not_understood_is_undecided(
    source: Any, destination: Any, permissions: Any, said: str
) -> None:
    template = linked(source, destination, permissions, It=FUNCTION)
    assert not template.identities["It"].attachments
    (undecided,) = template.undecided
    assert said in undecided.reason and undecided.resource == "Link"


def test_nothing_is_read_for_a_template_without_sam() -> None:
    """In a process of its own, since every test of this file loads the facts."""
    code = (
        "import sys; from tests.cfn import template_of;"
        " template_of('{\"Resources\": {\"It\": {\"Type\": \"AWS::Serverless::Function\"}}}');"
        " print([name for name in sys.modules if name.endswith(('.policy_templates', '.connectors', '.packs'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
