"""VET306 and VET503 beyond their fixtures: settings, who the code runs as, and how bad a call is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.carried import template_in
from vetstack.findings import Finding
from vetstack.review import review
from vetstack.settings import Settings

ROLE = """\
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: collector
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
"""
INLINE = (
    "Policies: [{{PolicyName: a, PolicyDocument: {{Statement: [{{Effect: Allow, Action: '{}', Resource: '*'}}]}}}}]"
)


def said(folder: Path, text: str, name: str = "t.yaml", **beside: str) -> list[Finding]:
    template_in(folder, text, name, **beside)
    return [one for one in review([folder], Settings()).findings if one.rule in ("VET306", "VET503")]


def function(code: str, *, role: str = "!GetAtt Role.Arn") -> str:
    body = "".join(f"          {line}\n" for line in code.splitlines())
    return (
        f"Resources:\n{ROLE}  It:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.12\n"
        f"      Role: {role}\n      Code:\n        ZipFile: |\n{body}"
    )


def test_the_setting_under_which_it_is_called_is_named(tmp_path: Path) -> None:
    text = f"""\
Parameters:
  Register: {{Type: String, AllowedValues: ["yes", "no"]}}
Conditions:
  Registers: !Equals [!Ref Register, "yes"]
Resources:
{ROLE}  It:
    Type: AWS::EC2::Instance
    Properties:
      UserData:
        Fn::Base64:
          Fn::Join:
            - "\\n"
            - - "#!/bin/bash"
              - !If [Registers, "aws iam create-role --role-name a", "aws iam get-role --role-name a"]
              - echo done
"""
    (finding,) = said(tmp_path, text)
    assert finding.when is not None
    assert 'Register is "yes"' in finding.when
    assert finding.at.line == 20


def test_what_many_parameters_leave_alone_holds_in_every_setting(tmp_path: Path) -> None:
    parameters = "".join(f"  P{n}: {{Type: String, Default: d{n}}}\n" for n in range(5))
    used = "".join(f"          echo ${{P{n}}}\n" for n in range(5))
    text = (
        f"Parameters:\n{parameters}Resources:\n  It:\n    Type: AWS::EC2::Instance\n    Properties:\n"
        f"      UserData: !Base64\n        Fn::Sub: |\n{used}          aws iam create-role --role-name a\n"
    )
    assert [(one.rule, one.when) for one in said(tmp_path, text)] == [("VET306", None)]


@pytest.mark.parametrize(
    ("machine", "role"),
    [
        ("AWS::EC2::Instance|IamInstanceProfile: !Ref Profile", ("Role",)),
        ("AWS::EC2::Instance|IamInstanceProfile: acme-profile", ("Role",)),
        ("AWS::EC2::Instance|ImageId: ami-1", ()),
    ],
)
def test_whom_a_machine_runs_as(tmp_path: Path, machine: str, role: tuple[str, ...]) -> None:
    kind, _, has = machine.partition("|")
    text = f"""\
Resources:
{ROLE}  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {{InstanceProfileName: acme-profile, Roles: [!Ref Role]}}
  It:
    Type: {kind}
    Properties:
      {has}
      UserData: !Base64 aws iam create-access-key
"""
    (finding,) = said(tmp_path, text)
    assert (finding.rule, finding.also) == ("VET503", role)


@pytest.mark.parametrize(
    ("role", "severity", "also"),
    [
        ("!GetAtt Role.Arn", "note", ("Role",)),  # it has no policies at all
        ("arn:aws:iam::123456789012:role/collector", "note", ("Role",)),
        ("arn:aws:iam::123456789012:role/other", "warning", ()),
        ("!Ref Given", "warning", ()),
    ],
)
def test_a_call_that_its_role_may_not_make_is_a_note(
    tmp_path: Path, role: str, severity: str, also: tuple[str, ...]
) -> None:
    code = "import boto3\nboto3.client('iam').create_role()"
    (finding,) = said(tmp_path, function(code, role=role))
    assert (finding.rule, finding.severity, finding.also) == ("VET306", severity, also)


@pytest.mark.parametrize(
    ("policies", "severity"),
    [
        (INLINE.format("iam:Create*"), "warning"),
        (INLINE.format("s3:*"), "note"),
        ("ManagedPolicyArns: ['arn:aws:iam::123456789012:policy/unseen']", "warning"),
        ("ManagedPolicyArns: [!Ref Given]", "warning"),
    ],
)
def test_what_a_role_may_do_counts_as_far_as_it_is_seen(tmp_path: Path, policies: str, severity: str) -> None:
    text = function("import boto3\nboto3.client('iam').create_role()")
    (finding,) = said(tmp_path, text.replace("      RoleName: collector\n", f"      {policies}\n"))
    assert finding.severity == severity


def test_one_finding_for_a_resource_with_all_calls_as_evidence(tmp_path: Path) -> None:
    code = (
        "import boto3\niam = boto3.client('iam')\niam.create_role()\niam.attach_role_policy()\niam.create_role()\n"
        "iam.put_role_policy()\niam.create_policy()\niam.create_access_key()\niam.create_login_profile()"
    )
    granting, making = said(tmp_path, function(code, role="!Ref Given"))
    assert "iam.create_role, iam.attach_role_policy, iam.put_role_policy and 1 more" in granting.message
    assert [one.at.line for one in granting.evidence] == [granting.at.line + n for n in (1, 2, 3, 4)]
    assert (making.rule, making.severity) == ("VET503", "error")
    assert "iam.create_access_key and iam.create_login_profile" in making.message


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        ("update_access_key(Status='Active')", "VET503"),
        ("update_access_key(Status='Inactive')", None),
        ("delete_role_policy()", None),
        ("detach_role_policy()", None),
        ("get_role()", None),
        ("delete_role_permissions_boundary()", "VET306"),
    ],
)
def test_taking_away_and_reading_are_no_findings(tmp_path: Path, call: str, rule: str | None) -> None:
    found = said(tmp_path, function(f"import boto3\nboto3.client('iam').{call}", role="!Ref Given"))
    assert [one.rule for one in found] == ([rule] if rule else [])


def test_commands_that_run_where_it_is_applied(tmp_path: Path) -> None:
    command = '  provisioner "local-exec" {\n    command = "aws iam create-user"\n  }\n'
    text = f'resource "null_resource" "it" {{\n{command}}}\n'
    (finding,) = said(tmp_path, text, "main.tf")
    assert "with the rights of whoever applies this" in finding.message
    assert finding.at.line == 3


def test_terraform_roles_by_reference_and_by_name(tmp_path: Path) -> None:
    text = """\
resource "aws_iam_role" "it" {
  name               = "acme"
  assume_role_policy = "{}"
}
resource "aws_iam_instance_profile" "it" {
  name = "acme-profile"
  role = aws_iam_role.it.name
}
resource "aws_instance" "it" {
  iam_instance_profile = aws_iam_instance_profile.it.name
  user_data            = "aws iam create-access-key"
}
resource "aws_lambda_function" "it" {
  role     = aws_iam_role.it.arn
  filename = "it.zip"
}
"""
    (finding,) = said(tmp_path, text, "main.tf")
    assert finding.also == ("aws_iam_role.it",)
