"""Policies in Terraform, however they are written: as structure, as text, in files, as data source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tf import everything, loaded, module, plain
from vetstack.review import review
from vetstack.settings import Settings
from vetstack.values import Items, Map, Unknown

ROLE = """
resource "aws_iam_role" "vendor" {{
  name_prefix        = "acme-"
  assume_role_policy = {}
}}
variable "account" {{
  type = string
}}
variable "external_id" {{
  type = string
}}
"""

STATEMENT = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"AWS": "arn:aws:iam::${var.account}:root"},
    "Condition": {"StringEquals": {"sts:ExternalId": "${var.external_id}"}},
}

JSON = """{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"AWS": "arn:aws:iam::${var.account}:root"},
    "Condition": {"StringEquals": {"sts:ExternalId": "${var.external_id}"}}
  }]
}"""

OBJECT = """{
  Version = "2012-10-17"
  Statement = [{
    Effect    = "Allow"
    Action    = "sts:AssumeRole"
    Principal = { AWS = "arn:aws:iam::${var.account}:root" }
    Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
  }]
}"""

SPELLINGS = {
    "jsonencode": f"jsonencode({OBJECT})",
    "heredoc": f"<<EOF\n{JSON}\nEOF\n",
    "indented heredoc": "<<-EOF\n" + "\n".join(f"    {line}" for line in JSON.splitlines()) + "\n    EOF\n",
    "quoted": '"' + " ".join(JSON.split()).replace('"', '\\"') + '"',
    "trailing comma": f"<<EOF\n{JSON.replace('  }]', '  },]')}\nEOF\n",
    "encoded values": "<<EOF\n" + JSON.replace('"${var.external_id}"', "${jsonencode(var.external_id)}") + "\nEOF\n",
    "decoded and encoded": f"jsonencode(jsondecode(jsonencode({OBJECT})))",
    "trimmed": f"trimspace(<<EOF\n{JSON}\nEOF\n)",
    "template file": 'templatefile("${path.module}/trust.json", { account = var.account, id = var.external_id })',
    "replaced": 'replace(replace(file("trust.txt"), "ACCOUNT", var.account), "ID", var.external_id)',
    "joined": 'join("", [jsonencode(' + OBJECT + ")])",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_policy_is_the_same_however_it_is_written(spelling: str, tmp_path: Path) -> None:
    template_file = JSON.replace("var.account", "account").replace("var.external_id", "id")
    (tmp_path / "trust.json").write_text(template_file)
    (tmp_path / "trust.txt").write_text(JSON.replace("${var.account}", "ACCOUNT").replace("${var.external_id}", "ID"))
    template = module(tmp_path, ROLE.format(SPELLINGS[spelling]))
    trust = template.identities["aws_iam_role.vendor"].trust
    assert plain(trust) == {"Version": "2012-10-17", "Statement": [STATEMENT]}
    assert template.undecided == []


@pytest.mark.parametrize(
    ("spelling", "file", "line"),
    [("jsonencode", "main.tf", 9), ("heredoc", "main.tf", 10), ("indented heredoc", "main.tf", 10),
     ("template file", "trust.json", 6)],
)  # fmt: skip
def test_what_a_policy_says_stands_where_it_is_written(spelling: str, file: str, line: int, tmp_path: Path) -> None:
    text = JSON.replace("var.account", "account").replace("var.external_id", "id")
    (tmp_path / "trust.json").write_text(text)
    template = module(tmp_path, ROLE.format(SPELLINGS[spelling]))
    trust = template.identities["aws_iam_role.vendor"].trust
    assert isinstance(trust, Map) and isinstance(trust["Statement"], Items)
    statement = trust["Statement"][0]
    assert isinstance(statement, Map) and isinstance(statement["Principal"], Map)
    at = statement["Principal"].key_at["AWS"]
    assert (Path(at.file).name, at.line) == (file, line)
    written = (tmp_path / file).read_text().splitlines()[at.line - 1][at.column - 1 : at.end_column - 1]
    assert written.strip('"') == "AWS"


DATA = """
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [var.account]
    }
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
    dynamic "condition" {
      for_each = var.external_id != "" ? [var.external_id] : []
      iterator = one
      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [one.value]
      }
    }
    condition {
      test     = "StringLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:aws:iam::*:role/&{aws:username}"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:aws:iam::*:role/other"]
    }
  }
}
"""


def test_a_document_by_data_source_has_its_statements_with_dynamic_conditions(tmp_path: Path) -> None:
    template = module(tmp_path, ROLE.format("data.aws_iam_policy_document.trust.json") + DATA)
    found = everything(template, "aws_iam_role.vendor", "assume_role_policy", "Statement", "*")
    base = {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole"],
        "Principal": {"AWS": ["${var.account}"], "Service": ["ec2.amazonaws.com"]},
    }
    like = {"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/${aws:username}", "arn:aws:iam::*:role/other"]}}
    assert found == {
        "var.external_id is not empty": {
            **base,
            "Condition": {"StringEquals": {"sts:ExternalId": ["${var.external_id}"]}, **like},
        },
        "var.external_id is empty": {**base, "Condition": like},
    }


def test_the_setting_that_drops_a_dynamic_condition_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ROLE.format("data.aws_iam_policy_document.trust.json") + DATA)
    found = [one for one in review([tmp_path], Settings()).findings if one.rule == "VET102"]
    assert [(one.resource, one.when) for one in found] == [("aws_iam_role.vendor", "var.external_id is empty")]
    assert set(found[0].also) >= {"data.aws_iam_policy_document.trust", "var.account"}


MERGED = """
data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }
  statement {
    actions   = ["s3:ListBucket"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "whole" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
  statement {
    sid         = "Read"
    effect      = "Deny"
    not_actions = ["s3:GetObject"]
    resources   = ["*"]
  }
  override_policy_documents = [jsonencode({
    Statement = [{ Sid = "Read", Effect = "Allow", Action = "s3:PutObject", Resource = "*" }]
  })]
}
resource "aws_iam_policy" "it" {
  policy = data.aws_iam_policy_document.whole.json
}
"""


def test_documents_merge_by_sid(tmp_path: Path) -> None:
    template = module(tmp_path, MERGED)
    (document,) = everything(template, "aws_iam_policy.it", "policy").values()
    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"},
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["*"]},
        ],
    }


def test_anybody_is_principal_type_star(tmp_path: Path) -> None:
    main = """
        data "aws_iam_policy_document" "it" {
          statement {
            actions = ["sts:AssumeRole"]
            principals {
              type        = "*"
              identifiers = ["*"]
            }
          }
        }
        resource "aws_iam_role" "it" {
          assume_role_policy = data.aws_iam_policy_document.it.json
        }
        """
    template = module(tmp_path, main)
    found = everything(template, "aws_iam_role.it", "assume_role_policy", "Statement", "*", "Principal")
    assert found == {"": "*"}


def test_a_statement_that_a_variable_fills_is_not_taken_for_its_opposite(tmp_path: Path) -> None:
    """`not_actions` of an element that nobody knows is as likely null as `actions` is."""
    main = """
        variable "statements" {
          type    = any
          default = null
        }
        data "aws_iam_policy_document" "it" {
          dynamic "statement" {
            for_each = var.statements != null ? var.statements : {}
            content {
              actions     = try(statement.value.actions, null)
              not_actions = try(statement.value.not_actions, null)
              resources   = try(statement.value.resources, null)
            }
          }
        }
        resource "aws_iam_policy" "it" {
          policy = data.aws_iam_policy_document.it.json
        }
        """
    template = module(tmp_path, main)
    found = everything(template, "aws_iam_policy.it", "policy", "Statement", "*")
    assert found == {
        "var.statements is not null": {
            "Effect": "Allow",
            "Action": "${var.statements[*].actions}",
            "Resource": "${var.statements[*].resources}",
        }
    }


def test_an_unknown_part_never_swallows_the_whole(tmp_path: Path) -> None:
    main = """
        resource "aws_iam_policy" "it" {
          policy = jsonencode({
            Statement = concat(
              [{ Effect = "Allow", Action = ["s3:GetObject", data.http.actions.response_body], Resource = "*" }],
              var.more,
              var.wide ? [{ Effect = "Allow", Action = "*", Resource = "*" }] : [],
            )
          })
        }
        data "http" "actions" {
          url = "https://actions.acme.example"
        }
        variable "more" {
          type = list(any)
        }
        variable "wide" {
          type    = bool
          default = false
        }
        """
    template = module(tmp_path, main)
    policy = template.policies["aws_iam_policy.it"].document
    found = [
        (str(inner), plain(one))
        for guard, statements in template.world.always.over(policy["Statement"])  # type: ignore[index]
        for inner, one in guard.elements(statements)
    ]
    assert found == [
        ("", {"Effect": "Allow", "Action": ["s3:GetObject", "${data.http.actions.response_body}"], "Resource": "*"}),
        ("", "${var.more}"),
        ("var.wide is true", {"Effect": "Allow", "Action": "*", "Resource": "*"}),
    ]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ('file("${path.module}/missing.json")', "cannot be read"),
        ('file("${path.module}/../outside.json")', "lies outside the folder"),
        ('templatefile("/etc/hostname", {})', "lies outside the folder"),
        ('file("${var.which}.json")', "is decided by var.which"),
        ('"{ \\"Statement\\": [ }"', "a policy given as text"),
    ],
)
def test_what_cannot_be_read_is_undecided(expression: str, reason: str, tmp_path: Path) -> None:
    folder = tmp_path / "module"
    folder.mkdir()
    (tmp_path / "outside.json").write_text("{}")
    found = loaded(
        folder, main=f'resource "aws_iam_policy" "it" {{\n policy = {expression}\n}}\nvariable "which" {{}}\n'
    )
    (template,) = found.templates
    assert isinstance(template.policies["aws_iam_policy.it"].document, Unknown)
    assert [(one.resource, reason in one.reason) for one in template.undecided] == [("aws_iam_policy.it", True)]
