"""Stack sets in a template: what they say about their bodies, and what reaches these from outside."""

from __future__ import annotations

import textwrap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.cfn import template_of
from vetstack.findings import Finding
from vetstack.load import load
from vetstack.rules import rule_named
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template


def rule(name: str) -> Rule:
    found = rule_named(name)
    assert found
    return found


def templates_in(text: str) -> list[Template]:
    """The template that a text holds, and those embedded in it."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "t.yaml")
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return load([path]).templates


STACK_SET = """\
Parameters:
  Regions: {{Type: CommaDelimitedList}}
  Region: {{Type: String, Default: eu-west-1}}
  Model: {{Type: String}}
Conditions:
  Wide: !Equals [!Ref Region, everywhere]
Resources:
  Outer:
    Type: AWS::CloudFormation::StackSet
    Properties:
      PermissionModel: {model}
      Capabilities: [CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND]
      StackInstancesGroup: {groups}
      TemplateBody: |
        Transform: AWS::LanguageExtensions
        Resources:
          Group: {{Type: AWS::IAM::Group, Properties: {{GroupName: acme}}}}
          Bucket: {{Type: AWS::S3::Bucket, Properties: {{BucketName: acme}}}}
"""


def in_body(name: str, text: str, **settings: Any) -> list[Finding]:
    """What one rule says about the one body in a template."""
    _, body = templates_in(text)
    return list(rule(name).check(body, Settings(**settings)))


@pytest.mark.parametrize(
    ("groups", "group", "bucket"),
    [
        ("!Ref AWS::NoValue", "region", "account and region"),
        ("[{DeploymentTargets: {OrganizationalUnitIds: [r-ab12]}, Regions: [eu-west-1]}]", None, "account"),
        ("[{DeploymentTargets: {OrganizationalUnitIds: [r-ab12]}, Regions: [!Ref Region]}]", None, "account"),
        ("[{DeploymentTargets: {OrganizationalUnitIds: [r-ab12]}, Regions: [!Ref AWS::Region]}]", None, "account"),
        ("[{DeploymentTargets: {Accounts: [a]}, Regions: [x]}, {Regions: [x]}]", None, "account"),
        ("[{DeploymentTargets: {Accounts: [a]}, Regions: [x]}]", None, None),
        ("[{DeploymentTargets: {Accounts: [a]}, Regions: [x, y]}]", "region", "region"),
        ("[{DeploymentTargets: {Accounts: [a], OrganizationalUnitIds: [o]}, Regions: [x]}]", None, "account"),
        ("[{DeploymentTargets: {Accounts: [a]}, Regions: [x]}, {Regions: [y]}]", "region", "account and region"),
        ("[{DeploymentTargets: {Accounts: [a]}, Regions: !Ref Regions}]", "region", "region"),
        ("[{Regions: !If [Wide, [x, y], [x]]}]", "region", "account and region"),
        ("[{Regions: !If [Wide, [x], [y]]}]", None, "account"),
        ("[{Regions: []}]", "region", "account and region"),
    ],
)
def test_a_stack_set_says_where_its_stacks_are(groups: str, group: str | None, bucket: str | None) -> None:
    text = STACK_SET.format(model="SELF_MANAGED", groups=groups)
    said = {one.resource: one.message for one in in_body("stackset-fixed-name", text)}
    for resource, where in (("Outer > Group", group), ("Outer > Bucket", bucket)):
        assert (resource in said) == (where is not None)
        assert where is None or f"every {where} after the first fails" in said[resource]


@pytest.mark.parametrize(
    ("model", "stackset", "selected"),
    [
        ("SELF_MANAGED", "service-managed", False),
        ("SERVICE_MANAGED", "self-managed", True),
        ("!Ref Model", "service-managed", True),
        ("!Ref Model", "self-managed", False),
        ("SERVICE_MANAGED", "off", True),
        ("SELF_MANAGED", "off", False),
        ("!Ref Model", "off", True),
    ],
)
def test_a_stack_set_says_who_deploys_its_body(model: str, stackset: str, selected: bool) -> None:
    text = STACK_SET.format(model=model, groups="[]")
    findings = in_body("stackset-unsupported-feature", text, stackset=stackset)
    assert [(one.resource, one.when) for one in findings] == ([("Outer > Transform", None)] if selected else [])


def test_a_permission_model_that_is_chosen_is_said() -> None:
    text = STACK_SET.format(model="!If [Wide, SERVICE_MANAGED, SELF_MANAGED]", groups="[]")
    (finding,) = in_body("stackset-unsupported-feature", text)
    assert finding.when == 'Wide is true (Region is "everywhere")'


STACK = """\
Resources:
  Outer:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateBody: |
        Conditions: {AtHome: !Equals [!Ref AWS::Region, eu-west-1]}
        Resources:
          Group: {Type: AWS::IAM::Group, Properties: {GroupName: acme}}
          Home: {Type: AWS::IAM::Group, Condition: AtHome, Properties: {GroupName: acme}}
"""


@pytest.mark.parametrize(("regions", "reported"), [((), ["Outer > Group"]), (("eu-west-1",), [])])
def test_the_body_of_a_stack_goes_where_the_stack_goes(regions: tuple[str, ...], reported: list[str]) -> None:
    assert [one.resource for one in in_body("stackset-fixed-name", STACK, regions=regions)] == reported


def test_a_home_region_of_the_outer_template_is_none_of_its_stack_sets() -> None:
    text = STACK_SET.format(model="SELF_MANAGED", groups="[]").replace(
        "!Equals [!Ref Region, everywhere]", "!Equals [!Ref AWS::Region, us-east-1]"
    )
    text = text.replace("AWS::CloudFormation::StackSet\n", "AWS::CloudFormation::StackSet\n    Condition: Wide\n")
    assert [one.resource for one in in_body("stackset-fixed-name", text)] == ["Outer > Group", "Outer > Bucket"]


def test_a_macro_is_called_by_the_name_that_is_given_from_outside() -> None:
    text = """
    Parameters: {Macro: {Type: String, Default: AcmeExpand}, Other: {Type: String}}
    Resources:
      Outer:
        Type: AWS::CloudFormation::StackSet
        Properties:
          PermissionModel: SERVICE_MANAGED
          TemplateBody: !Sub |
            Transform: ['${Other}', 'AWS::LanguageExtensions']
            Resources:
              Topic:
                Type: AWS::SNS::Topic
                Properties: {'Fn::Transform': {Name: '${Other}-tags'}}
    """
    _, body = templates_in(text)
    assert [str(macro.name) for macro in body.macros] == ["${Other}", "AWS::LanguageExtensions", "${Other}-tags"]
    assert [one.reason for one in body.undecided] == [
        "what the macro ${Other} makes of this template is not in it",
        "the transform ${Other}-tags writes this part when it is deployed",
    ]


def test_a_body_written_as_structure_calls_its_macros_itself() -> None:
    text = """
    Resources:
      Outer:
        Type: AWS::CloudFormation::StackSet
        Properties:
          PermissionModel: SERVICE_MANAGED
          Parameters: {'Fn::Transform': {Name: Outside}}
          TemplateBody:
            Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {'Fn::Transform': {Name: Inside}}}}
    """
    outer, body = templates_in(text)
    assert [(str(macro.name), macro.resource) for macro in outer.macros] == [("Outside", "Outer")]
    assert [(str(macro.name), macro.resource) for macro in body.macros] == [("Inside", "Outer > Topic")]
    assert [len(one.undecided) for one in (outer, body)] == [1, 1]


def test_a_mapping_that_a_macro_adds_to_limits_nothing() -> None:
    text = """
    Parameters: {Kind: {Type: String}}
    Mappings:
      Names: {open: {Tokens: required}, 'Fn::Transform': {Name: AWS::Include}}
      Whole: {open: {Tokens: required}}
    Resources:
      Some:
        Type: AWS::EC2::Instance
        Properties: {MetadataOptions: {HttpTokens: !FindInMap [Names, !Ref Kind, Tokens]}}
    """
    undecided = [one.resource for one in rule("imdsv1-allowed").undecided(template_of(text), Settings())]
    assert undecided == ["Some"]
    whole = template_of(text.replace("[Names,", "[Whole,"))
    assert [one.resource for one in rule("imdsv1-allowed").undecided(whole, Settings())] == []


def test_launch_templates_are_found_by_name_under_their_settings() -> None:
    text = """
    Parameters: {Kind: {Type: String, AllowedValues: [a, b]}}
    Conditions: {A: !Equals [!Ref Kind, a]}
    Resources:
      Shared:
        Type: AWS::EC2::LaunchTemplate
        Condition: A
        Properties: {LaunchTemplateName: shared, LaunchTemplateData: {MetadataOptions: {HttpTokens: required}}}
      Follows: {Type: AWS::EC2::Instance, Condition: A, Properties: {LaunchTemplate: {LaunchTemplateName: shared}}}
      Other: {Type: AWS::EC2::Instance, Properties: {LaunchTemplate: {LaunchTemplateName: elsewhere}}}
    """
    undecided = rule("imdsv1-allowed").undecided(template_of(text), Settings())
    assert [one.resource for one in undecided] == ["Other"]
    assert list(rule("imdsv1-allowed").check(template_of(text), Settings())) == []


INSTANCES = """
resource "aws_cloudformation_stack_set" "members" {{
  name             = "members"
  permission_model = "SERVICE_MANAGED"
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  template_body    = jsonencode({{
    Resources = {{ Group = {{ Type = "AWS::IAM::Group", Properties = {{ GroupName = "acme" }} }} }}
  }})
}}
variable "one" {{ type = string }}
variable "many" {{ type = list(string) }}
resource "aws_cloudformation_{kind}" "instances" {{
  stack_set_name = "{name}"
  {where}
}}
"""


@pytest.mark.parametrize(
    ("instances", "reported"),
    [
        (("stack_instances", "members", 'regions = ["a-b-1"]'), False),
        (("stack_instances", "members", 'regions = ["a-b-1", "a-b-2"]'), True),
        (("stack_instances", "members", "regions = var.many"), True),
        (("stack_instances", "others", 'regions = ["a-b-1"]'), True),
        (("stack_set_instance", "members", "region = var.one"), False),
        (("stack_set_instance", "members", "retain_stack = true"), True),
    ],
)
def test_terraform_says_beside_a_stack_set_where_its_stacks_are(
    tmp_path: Path, instances: tuple[str, str, str], reported: bool
) -> None:
    kind, name, where = instances
    (tmp_path / "main.tf").write_text(INSTANCES.format(kind=kind, name=name, where=where), encoding="utf-8")
    _, body = load([tmp_path]).templates
    findings = list(rule("stackset-fixed-name").check(body, Settings()))
    assert len(findings) == reported
