"""Each intrinsic function, as far as a template decides it."""

from __future__ import annotations

import pytest

from tests.cfn import outcomes, template_of

HEAD = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Needed: {Type: String}
  Name: {Type: String, Default: acme}
  Size: {Type: String, Default: small, AllowedValues: [small, large]}
  Names: {Type: CommaDelimitedList, Default: "a, b"}
  Image: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", Default: /aws/service/al2023}
Mappings:
  Accounts:
    aws: {Id: "111", List: [x, y]}
    aws-us-gov: {Id: "222", List: [z]}
Conditions:
  Named: !Not [!Equals [!Ref Name, ""]]
  Large: !Equals [!Ref Size, large]
Resources:
  Other: {Type: AWS::S3::Bucket}
  It:
    Type: AWS::Test::Thing
    Properties:
      P: %s
"""

LEFT, CHANGED = "Name is left at its default", 'Name is not "acme"'


def p(expression: str) -> dict[str, object]:
    return outcomes(template_of(HEAD % expression), "It", "P")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("plain", {"": "plain"}),
        ("012345678901", {"": "012345678901"}),
        ("!Ref Needed", {"": "${Needed}"}),
        ("!Ref Name", {LEFT: "acme", CHANGED: "${Name}"}),
        ("!Ref Size", {'Size is "small"': "small", 'Size is "large"': "large"}),
        ("!Ref Names", {"Names is left at its default": ["a", "b"], 'Names is not "a, b"': "${Names}"}),
        ("!Ref Other", {"": "${Other}"}),
        ("!Ref AWS::Region", {"": "${AWS::Region}"}),
        ("!Ref AWS::NoValue", {"": None}),
        ("[a, !Ref AWS::NoValue, b]", {"": ["a", "b"]}),
        ("{A: !Ref AWS::NoValue, B: b}", {"": {"B": "b"}}),
        ("!GetAtt Other.Arn", {"": "${Other.Arn}"}),
        ("{Fn::GetAtt: [Other, Arn]}", {"": "${Other.Arn}"}),
        ("!Sub 'arn:${AWS::Partition}:s3:::${Other}'", {"": "arn:${AWS::Partition}:s3:::${Other}"}),
        ("!Sub '${Other.Arn}/*'", {"": "${Other.Arn}/*"}),
        ("!Sub '${!Literal}-${Size}'", {'Size is "small"': "${Literal}-small", 'Size is "large"': "${Literal}-large"}),
        ("!Sub ['${X}-${Needed}', {X: !If [Large, l, s]}]", {
            'Large is true (Size is "large")': "l-${Needed}",
            'Large is false (Size is not "large")': "s-${Needed}",
        }),
        ("!Join ['', ['arn:', !Ref AWS::Partition, ':x']]", {"": "arn:${AWS::Partition}:x"}),
        ("!Join [',', [a, !Ref AWS::NoValue, c]]", {"": "a,c"}),
        ("!Join ['-', !Split [':', 'a:b:c']]", {"": "a-b-c"}),
        ("!Select [1, [a, b]]", {"": "b"}),
        ("!Select ['2', !Split ['/', !Ref AWS::StackId]]", {"": "${AWS::StackId}"}),
        ("!Select [4, !Split [':', !Sub 'arn:aws:iam::${AWS::AccountId}:root']]", {"": "${AWS::AccountId}"}),
        ("!FindInMap [Accounts, aws, Id]", {"": "111"}),
        ("!FindInMap [Accounts, aws, List]", {"": ["x", "y"]}),
        ("!FindInMap [Accounts, !Ref AWS::Partition, Id]", {
            'AWS::Partition is "aws"': "111", 'AWS::Partition is "aws-us-gov"': "222",
        }),
        ("!FindInMap [Accounts, nowhere, Id, {DefaultValue: none}]", {"": "none"}),
        ("!ImportValue shared-role", {"": "${shared-role}"}),
        ("!Base64 'echo hi'", {"": "echo hi"}),
        ("!Cidr [10.0.0.0/16, 2, 8]", {"": "${Fn::Cidr}"}),
        ("!GetAZs ''", {"": "${Fn::GetAZs}"}),
        ("{Fn::Length: [a, b, c]}", {"": "3"}),
        ("{Fn::ToJsonString: {A: b}}", {"": {"A": "b"}}),
        ("!If [Named, yes, no]", {
            "Named is true (Name is not empty)": "yes", "Named is false (Name is empty)": "no",
        }),
        ("!If [Large, !If [Large, both, never], small]", {
            'Large is true (Size is "large")': "both", 'Large is false (Size is not "large")': "small",
        }),
        ("'{{resolve:ssm:/acme/x:1}}'", {"": "${ssm:/acme/x:1}"}),
        ("!Ref Image", {
            "Image is left at its default": "${ssm:/aws/service/al2023}",
            'Image is not "/aws/service/al2023"': "${Image}",
        }),
    ],
)  # fmt: skip
def test_an_intrinsic_becomes_what_it_can_be(expression: str, expected: dict[str, object]) -> None:
    assert p(expression) == expected


def test_guards_that_contradict_are_never_combined() -> None:
    found = p("!Sub ['${A}/${B}', {A: !If [Large, l, s], B: !If [Large, L, S]}]")
    assert set(found.values()) == {"l/L", "s/S"}


def test_a_malformed_intrinsic_is_undecided_and_loses_nothing_else() -> None:
    template = template_of(HEAD % "{A: !If [Large, x], B: kept}")
    assert outcomes(template, "It", "P", "B") == {"": "kept"}
    assert [u.resource for u in template.undecided] == ["It"]


def test_a_transform_is_a_macro_and_undecided() -> None:
    template = template_of(HEAD % "{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://b/k}}, B: kept}")
    assert [(str(m.name), m.resource) for m in template.macros] == [("AWS::Include", "It")]
    assert outcomes(template, "It", "P", "B") == {"": "kept"}
    assert "AWS::Include" in template.undecided[0].reason


def test_a_for_each_makes_its_resources() -> None:
    template = template_of("""\
        Transform: AWS::LanguageExtensions
        Parameters:
          Teams: {Type: CommaDelimitedList}
        Resources:
          Fn::ForEach::Roles:
            - Team
            - [Red, Blue]
            - Role${Team}:
                Type: AWS::IAM::Role
                Properties: {RoleName: !Sub 'team-${Team}', AssumeRolePolicyDocument: {Statement: []}}
          Fn::ForEach::Topics:
            - Team
            - !Ref Teams
            - Topic${Team}: {Type: AWS::SNS::Topic}
        """)
    assert list(template.resources) == ["RoleRed", "RoleBlue", "Topic${Team}"]
    assert outcomes(template, "RoleBlue", "RoleName") == {"": "team-Blue"}
    assert [str(m.name) for m in template.macros] == ["AWS::LanguageExtensions", "Fn::ForEach", "Fn::ForEach"]
    assert list(template.identities) == ["RoleRed", "RoleBlue"]


@pytest.mark.parametrize(
    "written",
    [
        """'{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'""",
        """!Sub '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Sid": "${AWS::Region}"}]}'""",
        """!Join ['', ['{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "', '*', '"}]}']]""",
    ],
)
def test_a_policy_given_as_text_is_read(written: str) -> None:
    template = template_of(f"""\
        Resources:
          It:
            Type: AWS::SSO::PermissionSet
            Properties:
              InlinePolicy: {written}
        """)
    found = outcomes(template, "It", "InlinePolicy", "Statement", "*", "Action")
    assert found == {"": "*"}


def test_a_script_with_many_settings_keeps_the_text_of_every_branch() -> None:
    conditions = "\n".join(f"  C{n}: !Equals [!Ref P{n}, x]" for n in range(8))
    parameters = "\n".join(f"  P{n}: {{Type: String}}" for n in range(8))
    variables = ", ".join(f"V{n}: !If [C{n}, 'yes{n}', 'no{n}']" for n in range(8))
    body = "".join(f"${{V{n}}} " for n in range(8))
    text = (
        f"Parameters:\n{parameters}\nConditions:\n{conditions}\nResources:\n  It:\n    Type: AWS::EC2::Instance\n"
        f'    Properties:\n      UserData: !Sub ["#!/bin/sh\\n{body}", {{{variables}}}]\n'
    )
    template = template_of(text)
    (found,) = outcomes(template, "It", "UserData").values()
    assert all(f"yes{n}no{n}" in str(found) for n in range(8))
    assert template.world.widened == []


def test_a_name_with_too_many_settings_is_widened_and_remembered() -> None:
    conditions = "\n".join(f"  C{n}: !Equals [!Ref P{n}, x]" for n in range(8))
    parameters = "\n".join(f"  P{n}: {{Type: String}}" for n in range(8))
    variables = ", ".join(f"V{n}: !If [C{n}, 'yes{n}', 'no{n}']" for n in range(8))
    body = "".join(f"${{V{n}}}" for n in range(8))
    template = template_of(
        f"Parameters:\n{parameters}\nConditions:\n{conditions}\nResources:\n  It:\n    Type: AWS::S3::Bucket\n"
        f"    Properties:\n      BucketName: !Sub ['{body}', {{{variables}}}]\n"
    )
    assert len(template.world.widened) == 1


def test_a_parameter_that_is_left_a_hole_still_says_which_it_is() -> None:
    allowed = {name: [f"{name}{n}" for n in range(9)] for name in ("Env", "Team")}
    template = template_of(
        f"Parameters: {{Env: {{Type: String, AllowedValues: {allowed['Env']}}}, "
        f"Team: {{Type: String, AllowedValues: {allowed['Team']}}}}}\n"
        "Resources: {It: {Type: AWS::Test::Thing, Properties: {P: !Sub 'acme-${Env}-${Team}'}}}\n"
    )
    value = template.resources["It"].properties["P"]
    assert str(value) == "acme-${Env}-${Team}"
    assert value.via == ("Parameters.Env", "Parameters.Team")
