"""Instance metadata and stack sets: what the fixtures cannot show, one setting or one spelling at a time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cfn import template_of
from vetstack.findings import Finding
from vetstack.rules import rule_named
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.stacksets import GLOBAL_NAMES


def rule(name: str) -> Rule:
    found = rule_named(name)
    assert found
    return found


def found(name: str, text: str, **settings: Any) -> list[Finding]:
    """What one rule says about a template."""
    return list(rule(name).check(template_of(text), Settings(**settings)))


def verdicts(name: str, text: str, **settings: Any) -> dict[str, tuple[str, str | None]]:
    """By resource, the severity and the setting; a rule that speaks twice of a resource fails the test."""
    findings = found(name, text, **settings)
    assert len({one.resource for one in findings}) == len(findings)
    return {one.resource: (one.severity, one.when) for one in findings}


def launch_template(options: str, *, image: str = "ami-0a1b2c3d4e5f67890", parameters: str = "") -> str:
    return f"""
    Parameters:
      Given: {{Type: String}}
      {parameters}
    Resources:
      Collector:
        Type: AWS::EC2::LaunchTemplate
        Properties:
          LaunchTemplateData: {{ImageId: {image}, IamInstanceProfile: {{Name: x}}, MetadataOptions: {options}}}
    """


TOKENS = "{HttpTokens: !Ref Tokens}"


@pytest.mark.parametrize(
    ("options", "parameters", "expected"),
    [
        ("{HttpTokens: Required}", "", None),
        ("{HttpTokens: optional, HttpEndpoint: disabled}", "", None),
        ("{HttpTokens: optional, HttpEndpoint: enabled}", "", ("error", None)),
        ("{}", "", ("error", None)),
        (TOKENS, "Tokens: {Type: String}", ("warning", None)),
        (TOKENS, "Tokens: {Type: String, AllowedValues: [required]}", None),
        (TOKENS, "Tokens: {Type: String, AllowedPattern: required}", None),
        (TOKENS, "Tokens: {Type: String, AllowedValues: [optional, required]}", ("error", 'Tokens is "optional"')),
        (TOKENS, "Tokens: {Type: String, Default: required}", ("note", 'Tokens is not "required"')),
        (TOKENS, "Tokens: {Type: String, Default: optional}", ("error", "Tokens is left at its default")),
        (
            "{HttpTokens: optional, HttpEndpoint: !Ref Endpoint}",
            "Endpoint: {Type: String, AllowedValues: [enabled, disabled]}",
            ("error", 'Endpoint is "enabled"'),
        ),
        ("{HttpTokens: required, HttpPutResponseHopLimit: 2}", "", None),
        ("{HttpTokens: required, HttpPutResponseHopLimit: 3}", "", ("note", None)),
        ("{HttpEndpoint: disabled, HttpPutResponseHopLimit: 64}", "", None),
    ],
)
def test_metadata_options(options: str, parameters: str, expected: tuple[str, str | None] | None) -> None:
    got = verdicts("imdsv1-allowed", launch_template(options, parameters=parameters))
    assert got.get("Collector") == expected


@pytest.mark.parametrize(
    ("image", "severity"),
    [
        ("resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", "note"),
        ("'{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}'", "note"),
        ("!Sub '{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-6.1-${Given}}}'", "note"),
        ("'{{resolve:ssm:/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2}}'", "error"),
        ("'{{resolve:ssm:/northwind/images/al2023}}'", "error"),
        ("!Ref Given", "error"),
    ],
)
def test_only_a_public_image_path_vouches_for_version_2(image: str, severity: str) -> None:
    assert verdicts("imdsv1-allowed", launch_template("{}", image=image))["Collector"] == (severity, None)


def test_explicit_and_unset_read_differently() -> None:
    (explicit,) = found("imdsv1-allowed", launch_template("{HttpTokens: optional}"))
    (unset,) = found("imdsv1-allowed", launch_template("{}"))
    assert '"optional"' in explicit.message and "not set" not in explicit.message
    assert "not set" in unset.message


FOLLOWERS = """\
Parameters:
  Elsewhere: {Type: String}
  Own: {Type: String, AllowedValues: ['yes', 'no']}
Conditions:
  UsesOwn: !Equals [!Ref Own, 'yes']
Resources:
  Shared:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateName: !Sub ${AWS::StackName}-shared
      LaunchTemplateData: {MetadataOptions: {HttpTokens: optional}}
  ByReference:
    Type: AWS::EC2::Instance
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Shared, Version: 1}}
  ByName:
    Type: AWS::EKS::Nodegroup
    Properties: {LaunchTemplate: {Name: !Join ['-', [!Ref AWS::StackName, shared]]}}
  PinsItself:
    Type: AWS::EC2::Instance
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Shared}, MetadataOptions: {HttpTokens: required}}
  OpensItself:
    Type: AWS::EC2::Instance
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Shared}, MetadataOptions: {HttpTokens: optional}}
  FromOutside:
    Type: AWS::EC2::Instance
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Elsewhere}}
  Sometimes:
    Type: AWS::EC2::Instance
    Properties: {LaunchTemplate: !If [UsesOwn, {LaunchTemplateId: !Ref Shared}, !Ref AWS::NoValue]}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {LaunchConfigurationName: acme-outside}
  Alone:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {MinSize: 1}
"""


def test_what_follows_a_template_is_reported_once_there() -> None:
    assert verdicts("imdsv1-allowed", FOLLOWERS) == {
        "Shared": ("error", None),
        "OpensItself": ("error", None),
        "Sometimes": ("error", 'UsesOwn is false (Own is not "yes")'),
    }
    shared = next(one for one in found("imdsv1-allowed", FOLLOWERS) if one.resource == "Shared")
    assert shared.also == ("ByReference", "ByName", "Sometimes")


def test_a_template_from_outside_is_undecided() -> None:
    undecided = rule("imdsv1-allowed").undecided(template_of(FOLLOWERS), Settings())
    lines = FOLLOWERS.splitlines()
    assert {one.resource: lines[one.at.line - 1].strip() for one in undecided} == {
        "FromOutside": "Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Elsewhere}}",
        "Group": "Properties: {LaunchConfigurationName: acme-outside}",
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{Type: AWS::EKS::Nodegroup, Properties: {AmiType: AL2_x86_64}}", "warning"),
        ("{Type: AWS::EKS::Nodegroup, Properties: {AmiType: AL2023_x86_64_STANDARD}}", "note"),
        ("{Type: AWS::EKS::Nodegroup, Properties: {ScalingConfig: {MinSize: 1}}}", "note"),
        ("{Type: AWS::Batch::ComputeEnvironment, Properties: {ComputeResources: {Type: SPOT}}}", "warning"),
        ("{Type: AWS::Batch::ComputeEnvironment, Properties: {ComputeResources: {Type: FARGATE}}}", None),
        ("{Type: AWS::Batch::ComputeEnvironment, Properties: {Type: UNMANAGED}}", None),
        (
            "{Type: AWS::EC2::SpotFleet, Properties: {SpotFleetRequestConfigData: {LaunchSpecifications: [{}]}}}",
            "error",
        ),
        ("{Type: AWS::EC2::SpotFleet, Properties: {SpotFleetRequestConfigData: {IamFleetRole: x}}}", None),
        ("{Type: AWS::EC2::Instance}", "error"),
        ("{Type: AWS::SageMaker::NotebookInstance, Properties: {InstanceType: ml.t3.medium}}", "warning"),
        ("{Type: AWS::ImageBuilder::InfrastructureConfiguration, Properties: {Name: x}}", "warning"),
    ],
)
def test_types_that_leave_it_to_others(body: str, expected: str | None) -> None:
    got = verdicts("imdsv1-allowed", f"Resources: {{R: {body}}}")
    assert got == ({"R": (expected, None)} if expected else {})


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("OptionSettings: [{Namespace: N, OptionName: DisableIMDSv1, Value: true}]", None),
        ("OptionSettings: [{Namespace: N, OptionName: DisableIMDSv1, Value: false}]", ("warning", None)),
        (
            "OptionSettings: [!If [C, {Namespace: N, OptionName: DisableIMDSv1, Value: true}, !Ref AWS::NoValue]]",
            ("warning", 'C is false (P is not "a")'),
        ),
        ("OptionSettings: [{Namespace: aws:ec2:vpc, OptionName: VPCId, Value: x}]", ("warning", None)),
        ("SolutionStackName: 64bit Amazon Linux 2023 v6.1.0 running Node.js 22", ("note", None)),
        ("SolutionStackName: 64bit Amazon Linux 2 v5.8.0 running Node.js 18", ("warning", None)),
    ],
)
def test_elastic_beanstalk(properties: str, expected: tuple[str, str | None] | None) -> None:
    properties = properties.replace("Namespace: N", "Namespace: aws:autoscaling:launchconfiguration")
    text = f"""
    Parameters: {{P: {{Type: String}}}}
    Conditions: {{C: !Equals [!Ref P, a]}}
    Resources: {{E: {{Type: AWS::ElasticBeanstalk::Environment, Properties: {{{properties}}}}}}}
    """
    assert verdicts("imdsv1-allowed", text).get("E") == expected


STACKS = """\
Transform: [AWS::LanguageExtensions, {Name: AcmeNames, Parameters: {Prefix: acme}}]
Conditions:
  East: !Equals [!Ref AWS::Region, us-east-1]
Resources:
  Fn::ForEach::Topics: [Name, [A, B], {'Topic${Name}': {Type: AWS::SNS::Topic}}]
  Inner:
    Type: AWS::CloudFormation::Stack
    Condition: East
    Properties: {TemplateURL: 'https://acme-templates.s3.amazonaws.com/inner.yaml'}
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      Tags: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://acme/tags.yaml}}}
"""


def test_each_transform_and_resource_once() -> None:
    findings = found("stackset-unsupported-feature", STACKS)
    assert [(one.resource, one.at.line, one.when) for one in findings] == [
        ("Transform", 1, None),
        ("Transform", 1, None),
        ("Bucket", 13, None),
        ("Inner", 7, 'East is true (AWS::Region is "us-east-1")'),
    ]
    assert findings[0].also == ("Fn::ForEach::Topics",)
    for finding in findings:
        assert "custom execution role template" in finding.message and "self-managed" in finding.message


def test_a_loop_without_its_transform_is_still_a_macro() -> None:
    findings = found("stackset-unsupported-feature", STACKS.replace("AWS::LanguageExtensions, ", ""))
    assert sorted(one.resource for one in findings) == ["Bucket", "Fn::ForEach::Topics", "Inner", "Transform"]


@pytest.mark.parametrize("stackset", ["self-managed", "off"])
def test_other_permission_models_refuse_nothing(stackset: str) -> None:
    assert found("stackset-unsupported-feature", STACKS, stackset=stackset) == []


def named(type_name: str, properties: str, *, condition: str = "") -> str:
    extra = f"Condition: {condition}, " if condition else ""
    return f"""
    Parameters:
      Name: {{Type: String}}
      Defaulted: {{Type: String, Default: acme}}
      Optional: {{Type: String, Default: ''}}
      Home: {{Type: String}}
    Mappings: {{Regions: {{us-east-1: {{Short: use1}}, eu-west-1: {{Short: euw1}}}}}}
    Conditions:
      InUse: !Not [!Equals [!Ref Optional, '']]
      AtHome: !Equals [!Ref AWS::Region, !Ref Home]
      InEast: !Equals [us-east-1, !Ref AWS::Region]
      NotEast: !Not [!Equals [us-east-1, !Ref AWS::Region]]
    Resources:
      R: {{Type: {type_name}, {extra}Properties: {{{properties}}}}}
      Other: {{Type: AWS::IAM::Role, Properties: {{RoleName: !Sub '${{AWS::Region}}-acme'}}}}
      Fixed: {{Type: Custom::Name, Properties: {{ServiceToken: x}}}}
    """


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("acme", "warning"),
        ("!Ref Name", "warning"),
        ("!Ref Defaulted", "warning"),
        ("!Sub 'acme-${Name}-${AWS::AccountId}-${AWS::Partition}'", "warning"),
        ("!If [InUse, !Ref Optional, !Ref AWS::NoValue]", "note"),
        ("!If [InUse, acme, !Ref AWS::NoValue]", "warning"),
        ("!If [InUse, !Sub '${AWS::Region}-${Optional}', !Ref AWS::NoValue]", None),
        ("!Sub 'acme-${AWS::Region}'", None),
        ("!Sub '${AWS::StackName}-acme'", None),
        ("!Select [2, !Split ['/', !Ref AWS::StackId]]", None),
        ("!FindInMap [Regions, !Ref AWS::Region, Short]", None),
        ("!GetAtt Fixed.Name", None),
        ("!Ref Other", None),
    ],
)
def test_what_makes_a_role_name_vary(name: str, expected: str | None) -> None:
    got = verdicts("stackset-fixed-name", named("AWS::IAM::Role", f"RoleName: {name}"))
    assert got.get("R", (None, None))[0] == expected


@pytest.mark.parametrize(
    ("name", "regions", "expected"),
    [
        ("acme", (), "account and region"),
        ("acme", ("eu-west-1",), "account"),
        ("!Sub 'acme-${AWS::AccountId}'", (), "region"),
        ("!Sub 'acme-${AWS::AccountId}'", ("eu-west-1",), None),
        ("!Sub 'acme-${AWS::Region}'", ("eu-west-1", "us-east-1"), "account"),
        ("!Sub 'acme-${AWS::AccountId}-${AWS::Region}'", (), None),
        ("!Select [2, !Split ['/', !Ref AWS::StackId]]", (), None),
        ("!Sub '${AWS::StackName}-acme'", (), "capital letters"),
    ],
)
def test_what_makes_a_bucket_name_vary(name: str, regions: tuple[str, ...], expected: str | None) -> None:
    findings = found("stackset-fixed-name", named("AWS::S3::Bucket", f"BucketName: {name}"), regions=regions)
    assert len(findings) == (1 if expected else 0)
    for finding in findings:
        assert f"every {expected} after the first" in finding.message or f"admit no {expected}" in finding.message


@pytest.mark.parametrize(
    ("condition", "when"),
    [
        ("AtHome", None),
        ("InEast", None),
        ("NotEast", 'NotEast is true (AWS::Region is not "us-east-1")'),
        ("InUse", "InUse is true (Optional is not empty)"),
    ],
)
def test_a_home_region_makes_a_fixed_name_fine(condition: str, when: str | None) -> None:
    text = named("AWS::IAM::Role", "RoleName: acme", condition=condition)
    assert verdicts("stackset-fixed-name", text) == ({"R": ("warning", when)} if when else {})


def test_one_region_is_fine_for_names_of_an_account() -> None:
    text = named("AWS::IAM::Role", "RoleName: acme")
    assert "One region is fine" in found("stackset-fixed-name", text)[0].message
    assert found("stackset-fixed-name", text, regions=("eu-west-1",)) == []
    assert found("stackset-fixed-name", text, stackset="off") == []
    assert found("stackset-fixed-name", text, stackset="self-managed") != []


def test_a_prescribed_name_is_not_to_be_changed() -> None:
    text = named("AWS::IAM::Role", "RoleName: AWSCloudFormationStackSetExecutionRole")
    (finding,) = found("stackset-fixed-name", text)
    assert "StackSets wants it" in finding.message and "in one region only" in finding.message
    assert "leave RoleName out" not in finding.message


@pytest.mark.parametrize(
    ("type_name", "properties", "reported"),
    [
        ("AWS::WAFv2::WebACL", "Name: acme, Scope: CLOUDFRONT", True),
        ("AWS::WAFv2::WebACL", "Name: acme, Scope: REGIONAL", False),
        ("AWS::Route53::HostedZone", "Name: acme.example", True),
        ("AWS::Route53::HostedZone", "Name: acme.example, VPCs: [{VPCId: x, VPCRegion: y}]", False),
        ("AWS::IAM::ServiceLinkedRole", "AWSServiceName: autoscaling.amazonaws.com", True),
        ("AWS::IAM::ServiceLinkedRole", "AWSServiceName: autoscaling.amazonaws.com, CustomSuffix: !Ref Name", False),
        ("AWS::Lambda::Function", "FunctionName: acme", False),
        ("AWS::Logs::LogGroup", "LogGroupName: /acme", False),
        ("AWS::SNS::Topic", "TopicName: acme", False),
    ],
)
def test_only_names_that_reach_beyond_a_region(type_name: str, properties: str, reported: bool) -> None:
    assert ("R" in verdicts("stackset-fixed-name", named(type_name, properties))) == reported


@pytest.mark.parametrize("type_name", sorted(GLOBAL_NAMES))
def test_every_global_name_is_found_where_the_table_says(type_name: str) -> None:
    kind = GLOBAL_NAMES[type_name]
    value = "acme"
    for key in reversed(kind.path):
        value = f"{{{key}: {value}}}"
    (finding,) = found("stackset-fixed-name", named(type_name, f"{value[1:-1]}, Scope: CLOUDFRONT"))
    assert finding.severity == "warning" and '"acme"' in finding.message
