"""What ties a template to an account, a region or its vendor's disk, one spelling at a time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cfn import template_of
from vetstack.findings import Finding
from vetstack.publishing import UPLOADED, holds_a_place
from vetstack.regional import ANYWHERE, PLACES
from vetstack.rules import rule_named
from vetstack.rules.stackset_limits import IN_S3, INLINE
from vetstack.rules.stackset_management_account import CENTRAL
from vetstack.settings import Settings


def found(name: str, text: str, **settings: Any) -> list[Finding]:
    """What one rule says about a template."""
    rule = rule_named(name)
    assert rule
    return list(rule.check(template_of(text), Settings(**settings)))


def said(name: str, text: str, **settings: Any) -> list[tuple[str, str, str | None]]:
    return [(one.severity, one.resource, one.when) for one in found(name, text, **settings)]


def nested(keys: tuple[str, ...], value: str) -> str:
    """A value under some keys, as a mapping in flow style."""
    for key in reversed(keys):
        value = f"{{{key}: {value}}}"
    return value


OF_ONE = {
    "_of_arn": "arn:aws:lambda:us-east-1:481037652914:function:acme",
    "_of_written_arn": "arn:aws:kms:us-east-1:481037652914:key/acme",
    "_of_bucket": "acme",
    "_of_address": "s3://acme/code.zip",
    "_of_registry": "481037652914.dkr.ecr.us-east-1.amazonaws.com/acme:1",
    "_of_endpoint": "com.amazonaws.us-east-1.s3",
}
"""A value that is of one region, by the name of what reads it."""

ROWS = [(kind, place) for kind, places in PLACES.items() for place in places]


@pytest.mark.parametrize(("kind", "place"), ROWS, ids=[f"{kind}-{'.'.join(place.keys)}" for kind, place in ROWS])
def test_every_place_of_the_table_is_found(kind: str, place: Any) -> None:
    value = OF_ONE.get(place.reads.__name__, OF_ONE["_of_registry"])
    text = f"Resources: {{R: {{Type: '{kind}', Properties: {nested(place.keys, value)}}}}}"
    (finding,) = found("stackset-region-bound", text)
    assert (finding.severity, finding.resource) == ("warning", "R")
    assert place.says in finding.message and f'"{value}"' in finding.message
    region = "us-east-1"
    if region in value:
        assert found("stackset-region-bound", text, regions=(region,)) == []
        assert len(found("stackset-region-bound", text, regions=("eu-west-1",))) == 1


@pytest.mark.parametrize("key", sorted(ANYWHERE))
def test_every_key_of_the_table_is_found(key: str) -> None:
    values = {"AvailabilityZone": "us-east-1a", "AvailabilityZones": "[us-east-1a]", "ImageId": "ami-0a1b2c3d4e5f67890"}
    deep = f"[{{{key}: {values.get(key, OF_ONE['_of_arn'])}}}]"
    text = f"Resources: {{R: {{Type: 'AWS::Acme::Thing', Properties: {{Deep: {deep}}}}}}}"
    assert len(found("stackset-region-bound", text)) == 1
    assert found("stackset-region-bound", text.replace("AWS::Acme", "Custom::Acme")) == []


TOKEN = """
Parameters:
  Token: {{Type: String{default}}}
  Region: {{Type: String, Default: eu-west-1}}
Conditions:
  AtHome: !Equals [!Ref AWS::Region, us-east-1]
  Away: !Not [!Equals [!Ref AWS::Region, us-east-1]]
  AtGiven: !Equals [!Ref AWS::Region, !Ref Region]
Mappings:
  Tokens:
    us-east-1: {{Token: arn:aws:lambda:us-east-1:481037652914:function:acme}}
    eu-west-1: {{Token: arn:aws:lambda:eu-west-1:481037652914:function:acme}}
Resources:
  R: {{Type: Custom::R, {condition} Properties: {{ServiceToken: {token}}}}}
"""


@pytest.mark.parametrize(
    ("token", "default", "condition", "expected"),
    [
        ("arn:aws:lambda:us-east-1:481037652914:function:acme", "", "", "warning"),
        ("arn:aws:lambda:us-east-1:481037652914:function:acme", "", "AtHome", None),
        ("arn:aws:lambda:us-east-1:481037652914:function:acme", "", "AtGiven", None),
        ("arn:aws:lambda:us-east-1:481037652914:function:acme", "", "Away", "warning"),
        ("arn:aws:lambda:eu-west-1:481037652914:function:acme", "", "AtHome", "warning"),
        ("!Sub 'arn:aws:lambda:${AWS::Region}:481037652914:function:acme'", "", "", None),
        ("!Sub 'arn:${AWS::Partition}:lambda:us-east-1:481037652914:function:acme'", "", "", "warning"),
        ("!Sub 'arn:aws:lambda:${Region}:481037652914:function:acme'", "", "", "warning"),
        ("!Ref Token", "", "", "warning"),
        ("!Ref Token", ", Default: ''", "", "note"),
        ("!Ref Token", ", Default: 'arn:aws:sns:us-east-1:481037652914:acme'", "", "warning"),
        ("!GetAtt Function.Arn", "", "", None),
        ("!ImportValue acme-token", "", "", None),
        ("!If [AtHome, 'arn:aws:lambda:us-east-1:481037652914:function:acme', !GetAtt Function.Arn]", "", "", None),
        ("!FindInMap [Tokens, !Ref AWS::Region, Token]", "", "", None),
    ],
)
def test_service_tokens(token: str, default: str, condition: str, expected: str | None) -> None:
    condition = f"Condition: {condition}," if condition else ""
    text = TOKEN.format(token=token, default=default, condition=condition)
    findings = [one for one in found("stackset-region-bound", text) if one.resource == "R"]
    assert [one.severity for one in findings] == ([expected] if expected else [])


def mapping(count: int, lookup: str = "!Ref AWS::Region") -> str:
    regions = ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3", "ap-south-1",
               "sa-east-1", "ca-central-1")[:count]  # fmt: skip
    rows = ", ".join(f"{region}: {{Id: ami-0a1b2c3d4e5f6789{number}}}" for number, region in enumerate(regions))
    return f"""
    Parameters: {{Choice: {{Type: String}}}}
    Mappings: {{Images: {{{rows}}}}}
    Resources:
      R: {{Type: AWS::EC2::Instance, Properties: {{ImageId: !FindInMap [Images, {lookup}, Id]}}}}
    """


@pytest.mark.parametrize(
    ("text", "regions", "reported"),
    [
        (mapping(1), (), True),
        (mapping(9), (), True),
        (mapping(10), (), False),
        (mapping(2), ("us-east-1", "us-east-2"), False),
        (mapping(2), ("us-east-1", "us-west-1"), True),
        (mapping(10), ("us-east-1", "mx-central-1"), True),
        (mapping(2, "!Ref Choice"), (), False),
    ],
)
def test_mappings_by_region(text: str, regions: tuple[str, ...], reported: bool) -> None:
    findings = found("stackset-region-bound", text, regions=regions)
    assert [(one.resource, one.also) for one in findings] == ([("Mappings.Images", ("R",))] if reported else [])


def test_a_lookup_with_a_default_knows_every_region() -> None:
    text = mapping(2).replace("Id]", "Id, {DefaultValue: '{{resolve:ssm:/aws/service/acme}}'}]")
    text = text.replace("Parameters:", "Transform: AWS::LanguageExtensions\n    Parameters:")
    assert [one.resource for one in found("stackset-region-bound", text)] == []


@pytest.mark.parametrize(
    ("value", "reported"),
    [
        ("'{{resolve:ssm:/acme/key}}'", True),
        ("'{{resolve:secretsmanager:acme:SecretString:key}}'", True),
        ("'{{resolve:ssm:/aws/service/acme}}'", False),
        ("!Sub '{{resolve:secretsmanager:${Own}:SecretString:key}}'", False),
        ("!Sub '{{resolve:secretsmanager:${Given}}}'", True),
        ("!Join ['', ['{{resolve:ssm:', !Ref Given, '}}']]", True),
        ("'{{resolve:secretsmanager:acme/own:SecretString:key}}'", False),
        ("plain", False),
    ],
)
def test_dynamic_references(value: str, reported: bool) -> None:
    text = f"""
    Parameters: {{Given: {{Type: String}}}}
    Resources:
      Own: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: acme/own}}}}
      R: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: {value}}}}}
    """
    assert [one.resource for one in found("stackset-account-bound", text)] == (["R"] if reported else [])


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("Type: AWS::EC2::VPC::Id", "warning"),
        ("Type: List<AWS::EC2::Subnet::Id>", "warning"),
        ("Type: AWS::SSM::Parameter::Value<String>, Default: /acme/key", "warning"),
        ("Type: AWS::SSM::Parameter::Value<String>, Default: /aws/service/acme", None),
        ("Type: AWS::SSM::Parameter::Value<String>", "warning"),
        ("Type: String", None),
        ("Type: AWS::EC2::Image::Id", None),
    ],
)
def test_types_of_parameters(definition: str, expected: str | None) -> None:
    text = f"""
    Parameters: {{P: {{{definition}}}}}
    Resources: {{R: {{Type: AWS::SNS::Topic}}}}
    """
    rows = said("stackset-account-bound", text)
    assert rows == ([(expected, "Parameters.P", None)] if expected else [])


def test_a_stack_inside_takes_what_the_stack_around_it_gives() -> None:
    text = """
    Resources:
      Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
      Inner:
        Type: AWS::CloudFormation::Stack
        Properties:
          Parameters: {Network: !Ref Vpc}
          TemplateBody:
            Parameters: {Network: {Type: 'AWS::EC2::VPC::Id'}}
            Resources: {G: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Network}}}
    """
    assert found("stackset-account-bound", text) == []


@pytest.mark.parametrize("kind", sorted(UPLOADED))
def test_every_path_of_the_table_is_found(kind: str) -> None:
    path = UPLOADED[kind][0][0]
    text = f"Resources: {{R: {{Type: '{kind}', Properties: {nested(path, '{}')}}}}}"
    local = found("stackset-unsupported-feature", text.replace("{}", "./local"), stackset="self-managed")
    assert [(one.severity, one.resource) for one in local] == [("warning", "R")] and '"./local"' in local[0].message
    remote = text.replace("{}", "'s3://acme/remote'")
    assert found("stackset-unsupported-feature", remote, stackset="self-managed") == []


def test_a_nested_stack_from_a_path_is_one_finding() -> None:
    text = "Resources: {R: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./inner.yaml}}}"
    (finding,) = found("stackset-unsupported-feature", text)
    assert "./inner.yaml" in finding.message and "refuses" in finding.message


@pytest.mark.parametrize(
    ("code", "placeholder"),
    [
        ("", True),
        ("# replaced at deploy\n", True),
        ("def handler(event, context):\n  raise Exception('not installed')\n", True),
        ("def handler(e, c): pass", False),
        ("exports.handler = async (event) => { throw new Error('not uploaded yet') }", True),
        ("// this will be overwritten by the installer\nexports.handler = async () => ({})", True),
        ("def handler(event, context):\n  return event['text'].replace('a', 'b')\n", False),
        ("import boto3\n" + "x = 1\n" * 20 + "# a placeholder for the name\n", False),
    ],
)
def test_code_that_holds_a_place(code: str, placeholder: bool) -> None:
    assert holds_a_place(code) == placeholder


@pytest.mark.parametrize(
    ("size", "expected"),
    [(INLINE - 200, []), (INLINE, ["note"]), (IN_S3, ["warning"])],
)
def test_sizes(size: int, expected: list[str]) -> None:
    text = f"Metadata: {{Text: {'x' * size}}}\nResources: {{R: {{Type: AWS::SNS::Topic}}}}\n"
    assert [one[:2] for one in said("stackset-limits", text)] == [(severity, "Template") for severity in expected]
    assert said("stackset-limits", text, stackset="off") == []


@pytest.mark.parametrize(("section", "most"), [("Outputs", 200), ("Mappings", 200), ("Resources", 500)])
def test_counts(section: str, most: int) -> None:
    entry = {"Outputs": "{Value: x}", "Mappings": "{a: {b: c}}", "Resources": "{Type: AWS::SNS::Topic}"}[section]
    for number, expected in ((most, 0), (most + 1, 1)):
        text = f"{section}:\n" + "".join(f"  E{n}: {entry}\n" for n in range(number))
        text += "" if section == "Resources" else "Resources: {R: {Type: AWS::SNS::Topic}}\n"
        assert len(found("stackset-limits", text)) == expected


@pytest.mark.parametrize("kind", sorted(CENTRAL))
def test_every_central_type_is_found(kind: str) -> None:
    central = CENTRAL[kind]
    value = sorted(central.values)[0] if central.values else "{RoleArn: x}"
    properties = nested(central.path, value) if central.path else "{}"
    text = f"Resources: {{R: {{Type: '{kind}', Properties: {properties}}}}}"
    assert said("stackset-management-account", text) == [("warning", "R", None)]
    if central.path:
        assert said("stackset-management-account", f"Resources: {{R: {{Type: '{kind}'}}}}") == []


@pytest.mark.parametrize("stackset", ["self-managed", "service-managed"])
def test_a_macro_of_ones_own_matters_where_it_may_run(stackset: str) -> None:
    text = "Transform: [AcmeExpand, AWS::LanguageExtensions]\nResources: {R: {Type: AWS::SNS::Topic}}"
    severity = "warning" if stackset == "self-managed" else "note"
    assert said("stackset-needs-macro", text, stackset=stackset) == [(severity, "Transform", None)]


def test_regions_that_lack_a_type_are_warned_of_when_they_are_used() -> None:
    text = "Resources: {R: {Type: AWS::SageMaker::NotebookInstance}}"
    assert said("stackset-region-availability", text) == []
    assert said("stackset-region-availability", text, regions=("eu-west-1", "us-east-1")) == []
    (finding,) = found("stackset-region-availability", text, regions=("eu-west-1", "me-central-1"))
    assert finding.severity == "warning" and finding.message.startswith("me-central-1 does not have AWS::SageMaker")
