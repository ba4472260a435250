"""Rows of the rules' tables that are about Terraform: what the fixtures cannot show, one spelling at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from vetstack.findings import Finding
from vetstack.iam.holders import holders, own_arns
from vetstack.iam.principals import party_of
from vetstack.iam.resources import covers, glob_of
from vetstack.load import load
from vetstack.machines import STARTED
from vetstack.metadata_options import NO_OPTIONS, OPTION_SETTINGS, OPTIONS
from vetstack.review import review
from vetstack.settings import Settings
from vetstack.template import Template
from vetstack.values import Text, Unknown

IMAGE = "ami-0a1b2c3d4e5f67890"


def template_of(tmp_path: Path, text: str) -> Template:
    """The module whose one file has a text."""
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    (template,) = load([tmp_path]).templates
    return template


def findings(tmp_path: Path, text: str, rule: str) -> list[Finding]:
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    outcome = review([tmp_path], Settings())
    assert not outcome.unread
    return [finding for finding in outcome.findings if finding.rule == rule]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ('metadata_options { http_tokens = "required" }', None),
        ('metadata_options { http_tokens = "Required" }', None),
        ('metadata_options { http_tokens = "optional" }', ("error", None)),
        ('metadata_options { http_endpoint = "disabled" }', None),
        ("metadata_options {}", ("error", None)),
        ("", ("error", None)),
        ("metadata_options { http_tokens = null }", ("error", None)),
        ("metadata_options { http_tokens = var.free }", ("warning", None)),
        ("metadata_options { http_tokens = var.kept }", ("note", 'var.kept is not "required"')),
        ("metadata_options { http_tokens = var.pinned }", None),
        ('dynamic "metadata_options" {\nfor_each = []\ncontent {}\n}', ("error", None)),
        (
            'dynamic "metadata_options" {\nfor_each = var.on ? [1] : []\ncontent { http_tokens = "required" }\n}',
            ("error", "var.on is false"),
        ),
        (
            'dynamic "metadata_options" {\nfor_each = [var.all]\ncontent { http_tokens = metadata_options.value.t }\n}',
            ("note", "var.all is changed"),
        ),
        ('metadata_options {\nhttp_tokens = "required"\nhttp_put_response_hop_limit = 3\n}', ("note", None)),
        ('metadata_options {\nhttp_tokens = "required"\nhttp_put_response_hop_limit = 2\n}', None),
    ],
)
@pytest.mark.parametrize("type_name", ["aws_launch_template", "aws_instance", "aws_launch_configuration"])
def test_metadata_options(
    tmp_path: Path, type_name: str, options: str, expected: tuple[str, str | None] | None
) -> None:
    text = f"""
    variable "free" {{ type = string }}
    variable "kept" {{ default = "required" }}
    variable "on" {{
      type    = bool
      default = true
    }}
    variable "pinned" {{
      validation {{
        condition     = var.pinned == "required"
        error_message = "no"
      }}
    }}
    variable "all" {{
      type    = object({{ t = string }})
      default = {{ t = "required" }}
    }}
    resource "{type_name}" "this" {{
      image_id = "{IMAGE}"
      ami      = "{IMAGE}"
      {options}
    }}
    """
    got = [(finding.severity, finding.when) for finding in findings(tmp_path, text, "VET401")]
    assert got == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [
        ('http_tokens = "required"', []),
        ('http_tokens = "no-preference"', ["aws_instance.this"]),
        ("http_put_response_hop_limit = 1", ["aws_instance.this"]),
        ('http_tokens = "optional"', ["aws_ec2_instance_metadata_defaults.this", "aws_instance.this"]),
        ('http_tokens = "required"\nregion = "eu-west-1"', ["aws_instance.this"]),
    ],
)
def test_defaults_of_the_account(tmp_path: Path, defaults: str, expected: list[str]) -> None:
    text = f"""
    resource "aws_ec2_instance_metadata_defaults" "this" {{
      {defaults}
    }}
    resource "aws_instance" "this" {{ ami = "{IMAGE}" }}
    """
    assert sorted(finding.resource for finding in findings(tmp_path, text, "VET401")) == expected


def test_defaults_of_the_account_do_not_reach_what_asks_for_version_1(tmp_path: Path) -> None:
    text = f"""
    resource "aws_ec2_instance_metadata_defaults" "this" {{ http_tokens = "required" }}
    resource "aws_instance" "this" {{
      ami = "{IMAGE}"
      metadata_options {{ http_tokens = "optional" }}
    }}
    resource "aws_sagemaker_notebook_instance" "this" {{ name = "x" }}
    """
    assert [finding.resource for finding in findings(tmp_path, text, "VET401")] == [
        "aws_instance.this",
        "aws_sagemaker_notebook_instance.this",
    ]


@pytest.mark.parametrize(
    ("specification", "followed"),
    [
        ("id = aws_launch_template.this.id", True),
        ("name = aws_launch_template.this.name", True),
        ('name = "agents"', True),
        ('name = "others"', False),
    ],
)
def test_launch_templates_are_told_by_reference_and_by_name(tmp_path: Path, specification: str, followed: bool) -> None:
    text = f"""
    resource "aws_launch_template" "this" {{
      name     = "agents"
      image_id = "{IMAGE}"
    }}
    resource "aws_eks_node_group" "this" {{
      launch_template {{
        {specification}
        version = "1"
      }}
    }}
    """
    (found,) = findings(tmp_path, text, "VET401")
    assert found.resource == "aws_launch_template.this"
    assert ("aws_eks_node_group.this" in found.also) is followed


def test_an_empty_name_of_a_launch_template_is_none(tmp_path: Path) -> None:
    text = f"""
    variable "template" {{ default = "" }}
    resource "aws_instance" "this" {{
      ami = "{IMAGE}"
      launch_template {{ id = var.template }}
    }}
    """
    (found,) = findings(tmp_path, text, "VET401")
    assert (found.severity, found.when) == ("error", "var.template is left at its default")


def test_every_type_with_options_says_what_it_starts() -> None:
    asked = {*OPTIONS, *OPTION_SETTINGS, *NO_OPTIONS}
    assert {one for one in asked if one not in STARTED} == set()
    assert sum(one.startswith("aws_") for one in asked) >= 10


@pytest.mark.parametrize(
    ("principal", "party"),
    [
        ("aws_iam_role.own.arn", "own"),
        ("data.aws_caller_identity.this.account_id", "own"),
        ("data.aws_iam_role.other.arn", "own"),
        ("data.aws_elb_service_account.this.arn", "aws"),
        ("data.aws_redshift_service_account.this.id", "aws"),
        ("northwind_account.this.principal", "stranger"),
        ("data.northwind_account.this.principal", "stranger"),
        ("data.aws_ssm_parameter.this.value", "stranger"),
        ("data.terraform_remote_state.this.outputs.arn", "stranger"),
        ("jsondecode(aws_lambda_invocation.this.result)", "stranger"),
        ("module.registry.role_arn", "unseen"),
        ("module.registry[0].role_arn", "unseen"),
        ('aws_cloudformation_stack.this.outputs["Role"]', "unseen"),
    ],
)
def test_who_a_principal_is(tmp_path: Path, principal: str, party: str) -> None:
    text = f"""
    data "aws_caller_identity" "this" {{}}
    data "aws_elb_service_account" "this" {{}}
    data "aws_redshift_service_account" "this" {{}}
    data "aws_iam_role" "other" {{ name = "other" }}
    data "northwind_account" "this" {{}}
    data "aws_ssm_parameter" "this" {{ name = "/northwind/account" }}
    data "terraform_remote_state" "this" {{ backend = "s3" }}
    resource "northwind_account" "this" {{}}
    resource "aws_lambda_invocation" "this" {{
      function_name = "lookup"
      input         = "null"
    }}
    resource "aws_cloudformation_stack" "this" {{
      name         = "roles"
      template_url = "https://northwind.example/roles.yaml"
    }}
    resource "aws_iam_role" "own" {{ name = "own" }}
    module "registry" {{
      source = "northwind/role/aws"
    }}
    output "who" {{ value = {principal} }}
    """
    template = template_of(tmp_path, text)
    value = template.outputs["output.who"].value
    assert isinstance(value, (Text, Unknown))
    assert party_of(value, template, frozenset())[0] == party


@pytest.mark.parametrize(
    ("resource", "own"),
    [
        ("aws_iam_role.this.arn", True),
        ('"arn:aws:iam::481037652914:role/${aws_iam_role.this.name}"', True),
        ('"arn:aws:iam::481037652914:role/${aws_iam_role.this.id}"', True),
        ('"arn:aws:iam::*:role/agents/northwind-*"', True),
        ('"arn:aws:iam::*:role/northwind-*"', True),
        ("aws_iam_role.other.arn", False),
        ('"arn:aws:iam::*:role/southwind-*"', False),
    ],
)
def test_a_role_knows_its_own_arn(tmp_path: Path, resource: str, own: bool) -> None:
    text = f"""
    resource "aws_iam_role" "this" {{
      name = "northwind-agent"
      path = "/agents/"
    }}
    resource "aws_iam_role" "other" {{ name = "other" }}
    output "on" {{ value = {resource} }}
    """
    template = template_of(tmp_path, text)
    value = template.outputs["output.on"].value
    assert isinstance(value, (Text, Unknown))
    holder = next(one for one in holders(template) if one.address == "aws_iam_role.this")
    assert any(covers(glob_of(value), arn) for arn in own_arns(holder)) is own


@pytest.mark.parametrize(
    ("type_name", "reported"),
    [("aws_iam_role", True), ("aws_iam_user", True), ("aws_iam_policy", False), ("aws_s3_bucket", False)],
)
def test_what_a_reference_stands_for(tmp_path: Path, type_name: str, reported: bool) -> None:
    """iam:PutRolePolicy and iam:PutUserPolicy matter on roles and users, whatever their ARNs look like."""
    text = f"""
    resource "{type_name}" "target" {{}}
    resource "aws_iam_role" "manager" {{
      name = "manager"
      assume_role_policy = jsonencode({{
        Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
      }})
    }}
    resource "aws_iam_role_policy" "manager" {{
      role = aws_iam_role.manager.name
      policy = jsonencode({{
        Statement = [{{
          Effect   = "Allow"
          Action   = ["iam:PutRolePolicy", "iam:PutUserPolicy"]
          Resource = {type_name}.target.arn
        }}]
      }})
    }}
    """
    assert bool(findings(tmp_path, text, "VET301")) is reported


def test_stack_set_questions_are_not_asked_of_a_module(tmp_path: Path) -> None:
    text = """
    resource "aws_iam_role" "this" { name = "northwind" }
    resource "aws_s3_bucket" "this" { bucket = "northwind" }
    resource "aws_cloudformation_stack_set" "this" {
      name          = "northwind"
      template_body = jsonencode({ Resources = { Topic = { Type = "AWS::SNS::Topic" } } })
    }
    """
    assert findings(tmp_path, text, "VET701") == []
    assert findings(tmp_path, text, "VET703") == []
