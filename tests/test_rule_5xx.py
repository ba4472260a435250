"""Credentials: what fixtures would say at too great a length, one use, one place and one setting at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cfn import template_of
from tests.tf import module
from vetstack.credentials.secret_values import secrets
from vetstack.findings import Finding
from vetstack.flows import references_to, uses
from vetstack.leaves import leaves
from vetstack.rules import rule_named
from vetstack.settings import Settings
from vetstack.template import Template


def found(name: str, template: Template) -> list[Finding]:
    rule = rule_named(name)
    assert rule
    return list(rule.check(template, Settings()))


# ---- uses


def used(use: str, *, parameter: str = "Token: {Type: String}", resource: str = "Custom::Thing") -> bool:
    """Whether a parameter is taken for a secret by one use of it."""
    template = template_of(f"""
    Parameters:
      {parameter}
    Resources:
      Thing:
        Type: {resource}
        Properties:
          {use}
    """)
    return bool(secrets(template))


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("Token: !Ref Token", True),
        ("ApiKey: !Ref Token", True),
        ("Headers: {Authorization: !Sub 'Bearer ${Token}'}", True),
        ("Headers: !Sub 'Authorization: ${Token}'", True),
        ("Body: !Sub '{\"api_key\": \"${Token}\"}'", True),
        ("Command: !Sub 'agent --token ${Token} --start'", True),
        ("Command: !Sub 'agent --name ${Token} --start'", False),
        ("Command: !Sub 'agent --secret-id ${Token}'", False),
        ("Name: !Ref Token", False),
        ("Password: !Sub '{{resolve:secretsmanager:${Token}:SecretString:password}}'", False),
        ("Tags: [{Key: Name, Value: !Ref Token}]", False),
        ("Settings: [{Name: API_TOKEN, Value: !Ref Token}]", True),
    ],
)
def test_a_doubtful_name_is_settled_by_its_use(use: str, expected: bool) -> None:
    assert used(use) == expected


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("Token: {Type: String, AllowedValues: [optional, required]}", False),
        ("Token: {Type: Number}", False),
        ("Token: {Type: 'AWS::SSM::Parameter::Value<String>'}", False),
        ("Token: {Type: String, Default: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x'}", False),
        ("Token: {Type: String, Default: /acme/token}", False),
        ("Token: {Type: String, Description: Path of the token in Parameter Store}", False),
        ("Token: {Type: String, Default: ''}", True),
        ("Token: {Type: String, NoEcho: true}", True),
    ],
)
def test_what_says_that_it_is_something_else(parameter: str, expected: bool) -> None:
    assert used("ApiKey: !Ref Token", parameter=parameter) == expected


def test_a_property_that_takes_nothing_else_needs_no_name() -> None:
    database = {"parameter": "N: {Type: String}", "resource": "AWS::RDS::DBInstance"}
    assert used("MasterUserPassword: !Ref N", **database)
    assert not used("DBName: !Ref N", **database)
    assert not used("MasterUserPassword: !Sub '{{resolve:ssm-secure:${N}:1}}'", **database)


def test_an_external_id_is_no_secret() -> None:
    text = """
    Parameters: {Token: {Type: String, Description: The token that we gave you}}
    Resources:
      Role:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement:
              - Effect: Allow
                Action: sts:AssumeRole
                Principal: {AWS: arn:aws:iam::481037652914:root}
                CONDITION
    """
    bound = "Condition: {StringEquals: {'sts:ExternalId': !Ref Token}}"
    assert secrets(template_of(text.replace("CONDITION", ""))).keys() == {"Parameters.Token"}
    assert secrets(template_of(text.replace("CONDITION", bound))) == {}


def test_a_parameter_that_is_passed_on_is_called_there_as_it_is_here() -> None:
    stack = {"resource": "AWS::CloudFormation::Stack"}
    assert not used("Parameters: {Token: !Ref Token}", **stack)
    assert used("Parameters: {ApiToken: !Ref Token}", **stack)


# ---- places


@pytest.mark.parametrize("spelling", ["true", "True", "'true'"])
def test_no_echo_in_any_spelling(spelling: str) -> None:
    assert found("exposed-secret", template_of(f"Parameters: {{ApiKey: {{Type: String, NoEcho: {spelling}}}}}")) == []


def test_one_secret_in_many_functions_is_one_finding() -> None:
    functions = "".join(
        f"""
      F{number}:
        Type: AWS::Lambda::Function
        Properties: {{Environment: {{Variables: {{KEY: !Ref ApiKey, OTHER: !Ref Password}}}}}}"""
        for number in range(4)
    )
    text = f"""
    Parameters: {{ApiKey: {{Type: String, NoEcho: true}}, Password: {{Type: String, NoEcho: true}}}}
    Resources:{functions}
    """
    (finding,) = found("exposed-secret", template_of(text))
    assert finding.resource == "F0"
    assert finding.also == ("Parameters.ApiKey", "Parameters.Password", "F1", "F2", "F3")
    assert finding.message.startswith("ApiKey and Password stand in the environment of the function")


def test_the_setting_that_puts_a_secret_there_is_said() -> None:
    text = """
    Parameters:
      ApiKey: {Type: String, NoEcho: true, Default: ''}
      Debug: {Type: String, AllowedValues: ['true', 'false']}
    Conditions: {Debugs: !Equals [!Ref Debug, 'true']}
    Resources:
      F:
        Type: AWS::Lambda::Function
        Properties: {Environment: {Variables: {KEY: !If [Debugs, !Ref ApiKey, !Ref AWS::NoValue]}}}
    """
    (finding,) = found("exposed-secret", template_of(text))
    assert finding.when and "Debugs is true" in finding.when and "ApiKey" not in finding.when


def test_a_fetched_secret_in_an_environment_is_shown_but_its_user_name_is_not() -> None:
    text = """
    Resources:
      F:
        Type: AWS::Lambda::Function
        Properties:
          Environment:
            Variables:
              A: '{{resolve:secretsmanager:acme:SecretString:PART}}'
    """
    assert len(found("exposed-secret", template_of(text.replace("PART", "password")))) == 1
    assert found("exposed-secret", template_of(text.replace("PART", "username"))) == []


def test_a_terraform_output_that_is_sensitive_prints_nothing(tmp_path: Path) -> None:
    output = 'output "s" {{\n value = aws_iam_access_key.k.secret\n{0}\n}}'
    text = 'resource "aws_iam_access_key" "k" {{ user = "x" }}\n' + output
    shown = module(tmp_path / "a", text.format(""))
    hidden = module(tmp_path / "b", text.format(" sensitive = true"))
    assert [f.resource for f in found("exposed-secret", shown)] == ["output.s"]
    assert found("exposed-secret", hidden) == []
    assert [f.severity for t in (shown, hidden) for f in found("long-lived-access-key", t)] == ["error", "error"]


def test_a_sensitive_variable_may_not_have_a_known_default(tmp_path: Path) -> None:
    text = 'variable "api_key" {{\n  type      = string\n  sensitive = true\n  default   = "{0}"\n}}\n'
    assert found("exposed-secret", module(tmp_path / "a", text.format("CHANGE_ME"))) == []
    (finding,) = found("exposed-secret", module(tmp_path / "b", text.format("c4f1b2a97d3e4c5f8a6b")))
    assert "default is no placeholder" in finding.message
    (worse,) = found("exposed-secret", module(tmp_path / "c", text.format("AKIAQ3EGRXAMB2LTP4W7")))
    assert (finding.severity, worse.severity) == ("warning", "error")


# ---- where values go


def test_uses_are_found_through_locals_and_modules(tmp_path: Path) -> None:
    template = module(
        tmp_path,
        """
        variable "token" { type = string }
        locals { header = "Bearer ${var.token}" }
        module "inner" {
          source = "./modules/inner"
          header = local.header
        }
        """,
        modules__inner__main="""
        variable "header" {}
        resource "null_resource" "x" {
          triggers = { Authorization = var.header }
        }
        """,
    )
    (use,) = uses(template)["var.token"]
    assert (use.leaf.block, use.leaf.name, use.bearer) == ("module.inner.null_resource.x", "Authorization", True)
    assert use.leaf.at.file.endswith("modules/inner/main.tf")


def test_references_name_the_attribute() -> None:
    template = template_of("""
    Resources:
      K: {Type: AWS::IAM::AccessKey, Properties: {UserName: x}}
    Outputs:
      A: {Value: !Ref K}
      B: {Value: !Sub 'x-${K.SecretAccessKey}'}
    """)
    assert {(leaf.block, name) for leaf, name in references_to(template, "K")} == {
        ("Outputs.A", ""),
        ("Outputs.B", "SecretAccessKey"),
    }


def test_shared_values_are_walked_once(tmp_path: Path) -> None:
    """Locals that hold each other twice have as many paths as two to the power of their number."""
    doubled = "\n".join(f"  l{n} = {{ a = local.l{n - 1}, b = local.l{n - 1} }}" for n in range(1, 30))
    text = f'locals {{\n  l0 = "x"\n{doubled}\n}}\nresource "null_resource" "x" {{\n  triggers = local.l29\n}}\n'
    assert 0 < len(leaves(module(tmp_path, text))) < 500


# ---- keys


@pytest.mark.parametrize(
    ("names", "description", "expected"),
    [
        ("AwsAccessKeyId AwsSecretAccessKey", "", ["Parameters.AwsSecretAccessKey"]),
        ("AccessKey SecretKey", "AWS secret key", ["Parameters.SecretKey"]),
        ("AccessKey SecretKey", "The secret key of your workspace", []),
        ("PublicKey PrivateKey", "", []),
    ],
)
def test_keys_of_aws_are_asked_for(names: str, description: str, expected: list[str]) -> None:
    kind = f"{{Type: String, NoEcho: true, Description: '{description}'}}"
    parameters = ", ".join(f"{name}: {kind}" for name in names.split())
    template = template_of(f"Parameters: {{{parameters}}}\nResources: {{T: {{Type: 'AWS::SNS::Topic'}}}}")
    assert [f.resource for f in found("long-lived-access-key", template)] == expected


def test_a_key_for_a_pgp_key_of_the_template_is_for_its_holder(tmp_path: Path) -> None:
    text = 'variable "pgp" {{}}\nresource "aws_iam_access_key" "k" {{\n  user = "x"\n  pgp_key = {0}\n}}'
    fixed = found("long-lived-access-key", module(tmp_path / "a", text.format('"keybase:acme"')))
    given = found("long-lived-access-key", module(tmp_path / "b", text.format("var.pgp")))
    assert [f.severity for f in (*fixed, *given)] == ["error", "warning"]


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("ApiKey: c4f1b2a97d3e4c5f8a6b", True),
        ("ApiKey: acme/api-key", False),
        ("ApiKey: /acme/api-key", False),
        ("ApiKey: CHANGE_ME", False),
        ("SecretKey: password", False),
        ("Password: password", True),
        ("ApiKey: a key that you find in the console", False),
        ("ApiKey: 'true'", False),
        ("ApiKeyName: c4f1b2a97d3e4c5f8a6b", False),
        ("Id: AKIAQ3EGRXAMB2LTP4W7", True),
    ],
)
def test_secrets_that_stand_in_the_template(use: str, expected: bool) -> None:
    template = template_of(f"Resources: {{Thing: {{Type: 'Custom::Thing', Properties: {{{use}}}}}}}")
    assert [f.severity for f in found("exposed-secret", template)] == ["error"] * expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("export ACME_API_KEY=9f8e7d6c5b4a39281706f5e4d3c2b1a0", True),
        ("export ACME_TOKEN=b7f3a91c0de84f5c92ab77d1e0c3f6a8", True),
        ("# export ACME_API_KEY=9f8e7d6c5b4a39281706f5e4d3c2b1a0", False),
        ("export ACME_API_KEY=9f8e7d6c5b4a39281706f5e4d3c2b1a0$SUFFIX", False),
        ("start --password 'Sup3rS3cret!x9'", True),
        ("start --password Sup3rS3cret!x9", True),
        ("start --password \"$PASSWORD\"", False),
        ("start --password-file acme-1.txt", False),
        ("password = load_password2()", False),
        ("curl -H 'Authorization: Bearer aZ3kQ9xLmP2vT7wRb5Yn8Dcf' acme.example", True),
        ("curl https://acme:S3cretPw9@acme.example/x", True),
        ("curl https://acme:acme@acme.example/x", False),
        ("psql postgres://acme:S3cretPw9@localhost/x", False),
        ("COMMIT=9f8e7d6c5b4a39281706f5e4d3c2b1a0deadbeef", False),
        ("aws s3 cp s3://acme/key=2024-01-01/x .", False),
    ],
)
def test_secrets_that_a_script_is_written_with(line: str, expected: bool) -> None:
    template = template_of(f"""
    Resources:
      Machine:
        Type: AWS::EC2::LaunchTemplate
        Properties:
          LaunchTemplateData:
            UserData:
              Fn::Base64: |
                #!/bin/bash
                {line}
    """)
    assert bool(found("exposed-secret", template)) == expected


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("!Ref Pw", "Whoever deploys this chooses it, with Pw."),
        ("Winter-2019!", "It stands in the template"),
        ("'{{resolve:secretsmanager:acme:SecretString:password}}'", "It comes from "),
    ],
)
def test_where_a_console_password_comes_from(password: str, said: str) -> None:
    template = template_of(f"""
    Parameters:
      Pw: {{Type: String, NoEcho: true}}
    Resources:
      Operator: {{Type: AWS::IAM::User, Properties: {{LoginProfile: {{Password: {password}}}}}}}
    """)
    (one,) = found("long-lived-access-key", template)
    assert one.message.startswith("Operator has a console password")
    assert said in one.message and "by hand" not in one.message


def test_keys_behind_a_condition_say_so() -> None:
    template = template_of("""
    Parameters:
      UseKeys: {Type: String, AllowedValues: ['true', 'false'], Default: 'false'}
    Conditions:
      Legacy: !Equals [!Ref UseKeys, 'true']
    Resources:
      Reader: {Type: AWS::IAM::User, Condition: Legacy}
      Key: {Type: AWS::IAM::AccessKey, Condition: Legacy, Properties: {UserName: !Ref Reader}}
    Outputs:
      Secret: {Condition: Legacy, Value: !GetAtt Key.SecretAccessKey}
    """)
    for rule in ("long-lived-access-key", "exposed-secret"):
        assert [one.when for one in found(rule, template)] == ['Legacy is true (UseKeys is "true")']


def test_keys_that_a_count_makes_say_so(tmp_path: Path) -> None:
    template = module(
        tmp_path,
        """
        variable "create_user" {
          type    = bool
          default = false
        }
        resource "aws_iam_user" "u" {
          count = var.create_user ? 1 : 0
          name  = "acme"
        }
        resource "aws_iam_access_key" "k" {
          count = var.create_user ? 1 : 0
          user  = aws_iam_user.u[0].name
        }
        """,
    )
    assert [one.when for one in found("long-lived-access-key", template)] == ["var.create_user is true"]
