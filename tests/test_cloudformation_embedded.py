"""Templates inside templates: what they are given, whose names mean what, and where their text comes from."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tests.cfn import outcomes, plain
from vetstack.load import Loaded, load
from vetstack.template import Template
from vetstack.values import Hole, Unknown

OUTER = """\
Transform: AWS::LanguageExtensions
Parameters:
  Token: {Type: String, MinLength: 8}
  Edition: {Type: String, AllowedValues: [trial, full]}
Conditions:
  IsTrial: !Equals [!Ref Edition, trial]
Resources:
  Reader: {Type: AWS::IAM::Role}
"""

BODY = """\
TemplateBody: |
  Parameters:
    Mode: {Type: String, Default: usual}
    Token: {Type: String}
  Conditions:
    HasToken: !Not [!Equals [!Ref Token, '']]
    AtHome: !Equals [!Ref AWS::Region, !Ref Token]
  Resources:
    Thing:
      Type: AWS::Test::Thing
      Properties:
        Mode: !Ref Mode
        Token: !Ref Token
        Asked: !If [HasToken, 'yes', 'no']
        Home: !If [AtHome, 'yes', 'no']
        Region: !Ref AWS::Region
"""


def loaded(folder: Path, resources: str) -> Loaded:
    path = folder / "t.yaml"
    path.write_text(OUTER + textwrap.indent(textwrap.dedent(resources), "  "))
    return load([path])


def stack(properties: str, kind: str = "AWS::CloudFormation::StackSet", **attributes: str) -> str:
    beside = "".join(f"  {name}: {value}\n" for name, value in attributes.items())
    return f"S:\n  Type: {kind}\n{beside}  Properties:\n{textwrap.indent(textwrap.dedent(properties), '    ')}"


def inner(folder: Path, properties: str, **attributes: str) -> Template:
    (template,) = (one for one in loaded(folder, stack(properties, **attributes)).templates if one.parent)
    return template


def test_what_a_list_gives_in_some_settings_is_the_default_in_the_others(tmp_path: Path) -> None:
    given = "Parameters:\n  - !If [IsTrial, {ParameterKey: Mode, ParameterValue: low}, !Ref AWS::NoValue]\n"
    found = outcomes(inner(tmp_path, given + BODY), "S > Thing", "Mode")
    assert sorted(found.values()) == ["low", "usual"]
    assert "Edition" in next(said for said, mode in found.items() if mode == "low")


def test_a_map_of_parameters_may_be_a_choice(tmp_path: Path) -> None:
    given = "Parameters: !If [IsTrial, {Mode: low}, {Mode: high}]\n"
    found = outcomes(inner(tmp_path, given + BODY), "S > Thing", "Mode")
    assert sorted(found.values()) == ["high", "low"]


def test_a_group_of_instances_may_be_given_something_else(tmp_path: Path) -> None:
    given = """\
    StackInstancesGroup:
      - {Regions: [eu-west-1]}
      - {Regions: [eu-west-1], ParameterOverrides: [{ParameterKey: Mode, ParameterValue: low}]}
    """
    found = outcomes(inner(tmp_path, textwrap.dedent(given) + BODY), "S > Thing", "Mode")
    assert found["the instance is one of StackInstancesGroup 2"] == "low"
    assert sorted(found.values()) == ["low", "usual"]


def test_an_outer_parameter_answers_for_itself(tmp_path: Path) -> None:
    given = "Parameters: [{ParameterKey: Token, ParameterValue: !Ref Token}]\n"
    template = inner(tmp_path, given + BODY)
    assert list(outcomes(template, "S > Thing", "Asked").values()) == ["yes"]
    token = template.resources["S > Thing"].properties["Token"]
    assert token == Unknown((Hole("parameter", "Token"),), token.at)
    assert template.parameter_of(token.holes[0]) == template.outer.parameters["Parameters.Token"]


def test_a_parameter_that_is_given_nothing_is_the_inner_one(tmp_path: Path) -> None:
    template = inner(tmp_path, BODY)
    token = template.resources["S > Thing"].properties["Token"]
    assert template.parameter_of(token.holes[0]) == template.parameters["S > Parameters.Token"]
    assert str(token) == "${Token}"
    assert set(outcomes(template, "S > Thing", "Asked").values()) == {"yes", "no"}
    assert template.parameter_of(Hole("parameter", "Edition")) == template.outer.parameters["Parameters.Edition"]
    assert template.parameter_of(Hole("resource", "Token")) is None


def test_an_instance_has_a_region_of_its_own_and_a_nested_stack_has_not(tmp_path: Path) -> None:
    given = "Parameters: [{ParameterKey: Token, ParameterValue: !Ref AWS::Region}]\n"
    assert set(outcomes(inner(tmp_path, given + BODY), "S > Thing", "Home").values()) == {"yes", "no"}
    nested = stack("Parameters: {Token: !Ref AWS::Region}\n" + BODY, "AWS::CloudFormation::Stack")
    (template,) = (one for one in loaded(tmp_path, nested).templates if one.parent)
    assert outcomes(template, "S > Thing", "Home") == {"": "yes"}
    assert plain(template.resources["S > Thing"].properties["Region"]) == "${AWS::Region}"


def test_what_is_embedded_exists_where_its_resource_does(tmp_path: Path) -> None:
    (guard,) = inner(tmp_path, BODY, Condition="IsTrial").resources["S > Thing"].exists
    assert "IsTrial is true" in str(guard)


def test_resources_are_found_in_the_templates_around(tmp_path: Path) -> None:
    given = "Parameters: [{ParameterKey: Token, ParameterValue: !GetAtt Reader.Arn}]\n"
    template = inner(tmp_path, given + BODY)
    found = template.resource_named(template.resources["S > Thing"].properties["Token"])
    assert found is template.outer.resources["Reader"]
    assert template.resource_at("S > Thing") is template.resources["S > Thing"]
    assert template.resource_at("Nothing") is None


def test_a_policy_and_a_role_of_the_outer_template_are_known_inside(tmp_path: Path) -> None:
    resources = """\
    Policy:
      Type: AWS::IAM::ManagedPolicy
      Properties: {PolicyDocument: {Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}}
    S:
      Type: AWS::CloudFormation::Stack
      Properties:
        Parameters: {Policy: !Ref Policy, Role: !Ref Reader}
        TemplateBody: |
          Parameters: {Policy: {Type: String}, Role: {Type: String}}
          Resources:
            Mine: {Type: AWS::IAM::Role, Properties: {ManagedPolicyArns: [!Ref Policy]}}
            More:
              Type: AWS::IAM::Policy
              Properties:
                Roles: [!Ref Role]
                PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}
    """
    outer, embedded = loaded(tmp_path, resources).templates
    (held,) = embedded.identities["S > Mine"].attachments
    assert plain(held.document) == plain(outer.policies["Policy"].document)
    (added,) = outer.identities["Reader"].attachments
    assert added.resource == "S > More"


def test_a_body_that_is_put_together_is_read(tmp_path: Path) -> None:
    body = """\
    TemplateBody: !Join
      - ''
      - - '{"Resources": {"Thing": {"Type": "AWS::Test::Thing", "Properties": {"Token": "'
        - !Ref Token
        - '-x", "Own": {"Fn::Sub": "${AWS::StackName}"}}}}}'
    """
    template = inner(tmp_path, body)
    thing = template.resources["S > Thing"]
    assert plain(thing.properties) == {"Token": "${Token}-x", "Own": "${AWS::StackName}"}
    assert template.parent == "S"
    lines = (tmp_path / "t.yaml").read_text().split("\n")
    assert "Join" in lines[thing.at.line - 1]


def test_every_branch_of_a_body_is_read_under_its_setting(tmp_path: Path) -> None:
    body = """\
    TemplateBody: !If
      - IsTrial
      - '{"Resources": {"Small": {"Type": "AWS::Test::Thing"}}}'
      - '{"Resources": {"Large": {"Type": "AWS::Test::Thing"}}}'
    """
    templates = [one for one in loaded(tmp_path, stack(body)).templates if one.parent]
    assert [list(one.resources) for one in templates] == [["S > Small"], ["S > Large"]]
    assert "IsTrial is true" in str(templates[0].resources["S > Small"].exists[0])
    assert "IsTrial is false" in str(templates[1].resources["S > Large"].exists[0])


def test_a_body_that_cannot_be_put_together_is_undecided(tmp_path: Path) -> None:
    broken = "TemplateBody: !Join ['', ['{\"Resources\": [', !Ref Token]]\n"
    unknown = "TemplateBody: !Ref Token\n"
    for body, reason in ((broken, "put together at deployment: "), (unknown, "made at deployment")):
        outer = loaded(tmp_path, stack(body)).templates[0]
        assert any(reason in entry.reason and entry.resource == "S" for entry in outer.undecided)


def test_a_loop_carries_templates_too(tmp_path: Path) -> None:
    resources = """\
    Fn::ForEach::Areas:
      - Area
      - [East, West]
      - S${Area}:
          Type: AWS::CloudFormation::StackSet
          Properties:
            Parameters: [{ParameterKey: Area, ParameterValue: !Ref Area}]
            TemplateBody: |
              Parameters: {Area: {Type: String}}
              Resources: {Thing: {Type: AWS::Test::Thing, Properties: {Area: !Ref Area}}}
    """
    templates = loaded(tmp_path, resources).templates[1:]
    found = {address: plain(one.properties) for t in templates for address, one in t.resources.items()}
    assert found == {"SEast > Thing": {"Area": "East"}, "SWest > Thing": {"Area": "West"}}


def test_embedded_sources_are_kept_for_their_comments(tmp_path: Path) -> None:
    own = loaded(tmp_path, stack(BODY))
    assert [document.root.at.line > 1 for document in own.embedded] == [True]
