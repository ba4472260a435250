"""`vetstack stackset`: the verdict in every case, what stops it, and what the roll-out asks for."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.command import run

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::LanguageExtensions
Parameters:
  Token: {Type: String, NoEcho: true}
  Subnet: {Type: 'AWS::EC2::Subnet::Id'}
  OtherSubnet: {Type: String, Default: ''}
Conditions:
  Other: !Not [!Equals [!Ref OtherSubnet, '']]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: acme
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  Interface:
    Type: AWS::EC2::NetworkInterface
    Properties: {SubnetId: !If [Other, !Ref OtherSubnet, !Ref Subnet]}
"""
PLAIN = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"


class Result(NamedTuple):
    """What the command prints, and its exit status."""

    out: str
    status: int


def called(folder: Path, *arguments: str) -> Result:
    done = run("stackset", *arguments, cwd=folder, environment={"PYTHONIOENCODING": "utf-8"})
    return Result(done.stdout.decode(), done.returncode)


def stackset(folder: Path, text: str, *options: str) -> Result:
    (folder / "t.yaml").write_text(textwrap.dedent(text), encoding="utf-8")
    return called(folder, "t.yaml", *options)


def data(folder: Path, text: str, *options: str) -> Any:
    return json.loads(stackset(folder, text, "--format", "json", *options).out)


def answers(unit: Any) -> dict[tuple[str, str], str]:
    return {(one["permissions"], one["regions"]): one["answer"] for one in unit["verdicts"]}


def test_every_model_and_reach_has_its_answer(tmp_path: Path) -> None:
    (unit,) = data(tmp_path, TEMPLATE)["templates"]
    assert answers(unit) == {
        ("service-managed", "one"): "no",
        ("self-managed", "one"): "with care",
        ("custom-role", "one"): "with care",
        ("service-managed", "many"): "no",
        ("self-managed", "many"): "no",
        ("custom-role", "many"): "no",
    }
    assert [(one["rule"], one["resource"], one["line"]) for one in unit["findings"]] == [
        ("VET701", "Transform", 2),
        ("VET705", "Parameters.Subnet", 5),
        ("VET703", "Role", 13),
    ]


def test_what_the_roll_out_asks_for(tmp_path: Path) -> None:
    (unit,) = data(tmp_path, TEMPLATE)["templates"]
    assert {one["name"]: [why["resource"] for why in one["because"]] for one in unit["capabilities"]} == {
        "CAPABILITY_NAMED_IAM": ["Role"],
        "CAPABILITY_AUTO_EXPAND": ["Transform"],
    }
    assert [(one["name"], one["required"], one["no_echo"], bool(one["per_account"])) for one in unit["parameters"]] == [
        ("Token", True, True, False),
        ("Subnet", True, False, True),
        ("OtherSubnet", False, False, True),
    ]
    assert unit["size"] == len(TEMPLATE)
    text = stackset(tmp_path, TEMPLATE).out
    for said in ("Leave alone     OtherSubnet", "Per account     Subnet names a subnet", "NoEcho          Token"):
        assert said in text


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ((), 1),
        (("--regions", "eu-west-1"), 1),
        (("--stackset", "self-managed"), 1),
        (("--stackset", "self-managed", "--regions", "eu-west-1"), 0),
    ],
)
def test_the_exit_status_is_that_of_the_case_meant(tmp_path: Path, options: tuple[str, ...], status: int) -> None:
    assert stackset(tmp_path, TEMPLATE, *options).status == status


def test_a_template_without_trouble(tmp_path: Path) -> None:
    result = stackset(tmp_path, PLAIN)
    assert result.status == 0
    assert set(answers(data(tmp_path, PLAIN)["templates"][0]).values()) == {"yes"}
    assert "What stops it" not in result.out and "Capabilities    none" in result.out


def test_yes_is_qualified_by_what_cannot_be_seen(tmp_path: Path) -> None:
    text = """
    Resources:
      Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://acme.example/t.yaml'}}
    """
    result = stackset(tmp_path, text)
    assert "yes*" in result.out and "* as far as the template shows: 1 thing in it cannot be seen" in result.out
    assert "CAPABILITY" not in result.out and "none that can be seen" in result.out


BODY = """
    Resources:
      Members:
        Type: AWS::CloudFormation::StackSet
        Properties:
          StackSetName: members
          PermissionModel: {model}
          Capabilities: [CAPABILITY_NAMED_IAM]
          TemplateBody:
            Resources:
              Group: {{Type: AWS::IAM::Group, Properties: {{GroupName: {name}}}}}
"""


@pytest.mark.parametrize(
    ("model", "name", "answer"),
    [
        ("SERVICE_MANAGED", "acme", "no"),
        ("SELF_MANAGED", "acme", "no"),
        ("SERVICE_MANAGED", "!Sub 'acme-${AWS::Region}'", "yes"),
    ],
)
def test_a_body_is_judged_as_its_stack_set_deploys_it(tmp_path: Path, model: str, name: str, answer: str) -> None:
    outer, body = data(tmp_path, BODY.format(model=model, name=name))["templates"]
    assert (outer["stack_set"], body["stack_set"]) == (None, "Members")
    permissions = model.lower().replace("_", "-")
    assert answers(body) == {(permissions, "many"): answer}
    assert answers(outer)["self-managed", "many"] == "with care"  # it would be made anew in every account


def test_regions_that_are_given_are_judged(tmp_path: Path) -> None:
    text = """
    Mappings: {Images: {eu-west-1: {Id: ami-0a1b2c3d4e5f67890}, us-east-1: {Id: ami-0b1c2d3e4f5a67890}}}
    Resources:
      Machine:
        Type: AWS::EC2::Instance
        Properties: {ImageId: !FindInMap [Images, !Ref AWS::Region, Id], MetadataOptions: {HttpTokens: required}}
    """
    given = answers(data(tmp_path, text, "--regions", "eu-west-1,us-east-1")["templates"][0])
    assert given["service-managed", "many"] == "yes"
    other = answers(data(tmp_path, text, "--regions", "eu-west-1,sa-east-1")["templates"][0])
    assert other["service-managed", "many"] == "no"
    assert "2 regions" in stackset(tmp_path, text, "--regions", "eu-west-1,sa-east-1").out


def test_a_setting_that_avoids_a_blocker_needs_care(tmp_path: Path) -> None:
    text = """
    Parameters: {Nested: {Type: String, AllowedValues: ['yes', 'no']}}
    Conditions: {IsNested: !Equals [!Ref Nested, 'yes']}
    Resources:
      Topic: {Type: AWS::SNS::Topic}
      Inner:
        Type: AWS::CloudFormation::Stack
        Condition: IsNested
        Properties: {TemplateURL: 'https://acme.example/t.yaml'}
    """
    assert answers(data(tmp_path, text)["templates"][0])["service-managed", "many"] == "with care"
    assert "when  IsNested is true" in stackset(tmp_path, text).out


def test_why_one_region_needs_care_is_said(tmp_path: Path) -> None:
    text = """
    Parameters: {Code: {Type: String}}
    Resources:
      Forwarder:
        Type: AWS::Lambda::Function
        Properties:
          Code: {S3Bucket: !Ref Code, S3Key: forwarder.zip}
    """
    said = " ".join(stackset(tmp_path, text).out.split())
    assert "with care no" in said and "one only, and with care: that of what VET704 names (Forwarder, line 7)" in said
    assert "The code's bucket that Code gives is the same in every region" in said


def test_output_is_safe_and_narrow(tmp_path: Path) -> None:
    text = TEMPLATE.replace("RoleName: acme", 'RoleName: "ac\\e[31mme\\nWhat stops it"')
    out = stackset(tmp_path, text).out
    assert "\x1b" not in out and "\\x1b[31m" in out
    assert [line for line in out.splitlines() if line == "What stops it"] == ["What stops it"]
    assert max(map(len, out.splitlines())) <= 100


def test_a_module_shows_its_stack_sets_only(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_sns_topic" "t" {}\n', encoding="utf-8")
    result = called(tmp_path, ".")
    assert (result.status, result.out) == (0, ".: nothing here is rolled out as a StackSet.\n")


def test_what_cannot_be_read_is_no_verdict(tmp_path: Path) -> None:
    result = stackset(tmp_path, "Resources: [")
    assert result.status == 2 and "Unread" in result.out
    assert data(tmp_path, "Resources: [")["templates"] == []
