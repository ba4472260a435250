"""Who a Terraform module makes, and every way in which it attaches policies to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tf import module, plain
from vetstack.template import Template

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ALL = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
DOCUMENT = 'jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })'

BASE = f"""
resource "aws_iam_role" "it" {{
  name               = "acme-reader"
  assume_role_policy = jsonencode({{ Statement = [] }})
}}
resource "aws_iam_user" "it" {{
  name = "acme"
}}
resource "aws_iam_group" "it" {{
  name = "acme-group"
}}
resource "aws_ssoadmin_permission_set" "it" {{
  name = "acme"
}}
resource "aws_iam_policy" "own" {{
  name   = "acme-own"
  policy = {DOCUMENT}
}}
variable "on" {{
  type    = bool
  default = false
}}
"""


def held(template: Template, address: str) -> list[tuple[object, object, str]]:
    """The document, the ARN and the setting of each attachment of an identity."""
    return [(plain(one.document), plain(one.arn), str(one.guard)) for one in template.identities[address].attachments]


OWN_ARN = "${aws_iam_policy.own.arn}"
INLINE: tuple[object, object, str] = (ALL, None, "")
AWS_OWN: tuple[object, object, str] = (None, ADMIN, "")
OWN: tuple[object, object, str] = (ALL, OWN_ARN, "")

SET = "aws_ssoadmin_permission_set.it.arn"

POINTS = [
    ("role", f'aws_iam_role_policy" "p" {{\n role = aws_iam_role.it.id\n policy = {DOCUMENT}', INLINE),
    ("role", f'aws_iam_role_policy" "p" {{\n role = "acme-reader"\n policy = {DOCUMENT}', INLINE),
    ("user", f'aws_iam_user_policy" "p" {{\n user = aws_iam_user.it.name\n policy = {DOCUMENT}', INLINE),
    ("group", f'aws_iam_group_policy" "p" {{\n group = aws_iam_group.it.name\n policy = {DOCUMENT}', INLINE),
    ("role", f'aws_iam_role_policy_attachment" "p" {{\n role = aws_iam_role.it.name\n policy_arn = "{ADMIN}"', AWS_OWN),
    ("role", 'aws_iam_role_policy_attachment" "p" {\n role = "acme-reader"\n policy_arn = aws_iam_policy.own.arn',
     OWN),
    ("role", 'aws_iam_role_policy_attachment" "p" {\n role = aws_iam_role.it.name\n policy_arn = "arn:aws:iam::'
     '111122223333:policy/acme-own"', (ALL, "arn:aws:iam::111122223333:policy/acme-own", "")),
    ("user", f'aws_iam_user_policy_attachment" "p" {{\n user = aws_iam_user.it.id\n policy_arn = "{ADMIN}"', AWS_OWN),
    ("group", f'aws_iam_group_policy_attachment" "p" {{\n group = "acme-group"\n policy_arn = "{ADMIN}"', AWS_OWN),
    ("role", f'aws_iam_policy_attachment" "p" {{\n name = "x"\n roles = [aws_iam_role.it.id]\n policy_arn = "{ADMIN}"',
     AWS_OWN),
    ("group", f'aws_iam_policy_attachment" "p" {{\n name = "x"\n groups = ["acme-group"]\n policy_arn = "{ADMIN}"',
     AWS_OWN),
    ("role", f'aws_iam_role_policy_attachments_exclusive" "p" {{\n role_name = aws_iam_role.it.name\n policy_arns = '
     f'["{ADMIN}"]', AWS_OWN),
    ("set", f'aws_ssoadmin_managed_policy_attachment" "p" {{\n permission_set_arn = {SET}\n'
     f' managed_policy_arn = "{ADMIN}"', AWS_OWN),
    ("set", f'aws_ssoadmin_permission_set_inline_policy" "p" {{\n permission_set_arn = {SET}\n'
     f' inline_policy = {DOCUMENT}', INLINE),
    ("role", f'aws_iam_role_policy_attachment" "p" {{\n count = var.on ? 1 : 0\n role = aws_iam_role.it.name\n'
     f' policy_arn = "{ADMIN}"', (None, ADMIN, "var.on is true")),
    ("role", f'aws_iam_role_policy_attachment" "p" {{\n for_each = toset(["{ADMIN}"])\n role = aws_iam_role.it.name\n'
     ' policy_arn = each.value', AWS_OWN),
    ("role", 'aws_iam_role_policy_attachment" "p" {\n role = aws_iam_role.it.name\n policy_arn = '
     f'var.on ? "{ADMIN}" : aws_iam_policy.own.arn', (None, ADMIN, "var.on is true")),
]  # fmt: skip

ADDRESSES = {
    "role": "aws_iam_role.it",
    "user": "aws_iam_user.it",
    "group": "aws_iam_group.it",
    "set": "aws_ssoadmin_permission_set.it",
}


@pytest.mark.parametrize(("who", "block", "expected"), POINTS)
def test_every_attach_point(who: str, block: str, expected: tuple[object, object, str], tmp_path: Path) -> None:
    template = module(tmp_path, f'{BASE}\nresource "{block}\n}}\n')
    found = held(template, ADDRESSES[who])
    assert found[0] == expected
    first = template.identities[ADDRESSES[who]].attachments[0]
    assert first.resource.partition("[")[0].endswith(".p") and first.resource in first.via


def test_what_a_role_says_itself(tmp_path: Path) -> None:
    main = f"""
        resource "aws_iam_role" "it" {{
          assume_role_policy   = jsonencode({{ Statement = [] }})
          managed_policy_arns  = ["{ADMIN}", data.aws_iam_policy.audit.arn]
          permissions_boundary = aws_iam_policy.boundary.arn
          inline_policy {{
            name   = "one"
            policy = {DOCUMENT}
          }}
          dynamic "inline_policy" {{
            for_each = var.on ? [1] : []
            content {{
              name   = "two"
              policy = {DOCUMENT}
            }}
          }}
        }}
        resource "aws_iam_policy" "boundary" {{
          policy = {DOCUMENT}
        }}
        data "aws_iam_policy" "audit" {{
          name = "SecurityAudit"
        }}
        variable "on" {{
          type = bool
        }}
        """
    template = module(tmp_path, main)
    assert held(template, "aws_iam_role.it") == [
        AWS_OWN,
        (None, "SecurityAudit", ""),
        INLINE,
        (ALL, None, "var.on is true"),
    ]
    assert plain(template.identities["aws_iam_role.it"].boundary) == "${aws_iam_policy.boundary.arn}"
    assert not template.policies["aws_iam_policy.boundary"].attached


def test_members_of_a_group_hold_what_it_holds(tmp_path: Path) -> None:
    main = f"""{BASE}
        resource "aws_iam_group_policy_attachment" "p" {{
          group      = aws_iam_group.it.name
          policy_arn = "{ADMIN}"
        }}
        resource "aws_iam_user_group_membership" "m" {{
          user   = aws_iam_user.it.name
          groups = [aws_iam_group.it.name]
        }}
        """
    template = module(tmp_path, main)
    (one,) = template.identities["aws_iam_user.it"].attachments
    assert plain(one.arn) == ADMIN
    assert one.via == ("aws_iam_group_policy_attachment.p", "aws_iam_group.it", "aws_iam_user_group_membership.m")


def test_a_role_that_is_made_elsewhere_is_its_attachment(tmp_path: Path) -> None:
    attachment = f'resource "aws_iam_role_policy_attachment" "p" {{\n role = var.role\n policy_arn = "{ADMIN}"\n}}\n'
    main = attachment + 'variable "role" {}\n'
    template = module(tmp_path, main)
    identity = template.identities["aws_iam_role_policy_attachment.p"]
    assert (identity.kind, plain(identity.name)) == ("role", "${var.role}")
    assert held(template, "aws_iam_role_policy_attachment.p") == [AWS_OWN]


def test_a_policy_of_one_instance_goes_to_the_role_of_that_instance(tmp_path: Path) -> None:
    main = f"""
        resource "aws_iam_role" "it" {{
          for_each           = toset(["a", "b"])
          assume_role_policy = jsonencode({{ Statement = [] }})
        }}
        resource "aws_iam_role_policy" "p" {{
          for_each = aws_iam_role.it
          role     = each.value.id
          policy   = {DOCUMENT}
        }}
        """
    template = module(tmp_path, main)
    for key in ("a", "b"):
        (one,) = template.identities[f'aws_iam_role.it["{key}"]'].attachments
        assert one.resource == f'aws_iam_role_policy.p["{key}"]'


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("random_uuid.it.result", "generated"),
        ("acme_integration.it.external_id", "generated"),
        ("data.acme_account.it.external_id", "external"),
        ("data.aws_ssm_parameter.it.value", "reference"),
        ("data.aws_caller_identity.it.account_id", "own-account"),
        ("data.aws_partition.it.partition", "partition"),
        ("data.aws_region.it.name", "own-region"),
        ("data.terraform_remote_state.it.outputs.id", "external"),
        ("terraform.workspace", "parameter"),
        ("aws_sns_topic.it.arn", "resource"),
    ],
)
def test_who_decides_what_the_module_does_not(expression: str, kind: str, tmp_path: Path) -> None:
    names = expression.removeprefix("data.").split(".")
    mode = "data" if expression.startswith("data.") else "resource"
    block = "" if names[0] == "terraform" else f'{mode} "{names[0]}" "it" {{}}\n'
    template = module(tmp_path, f'{block}resource "test_thing" "x" {{\n v = {expression}\n}}\n')
    value = template.resources["test_thing.x"].properties.child("v")  # type: ignore[union-attr]
    assert [hole.kind for hole in value.holes] == [kind]  # type: ignore[union-attr]


def test_outputs_are_the_root_modules(tmp_path: Path) -> None:
    template = module(tmp_path, f'{BASE}\noutput "arn" {{\n  value = aws_iam_role.it.arn\n}}\n')
    assert {address: plain(one.value) for address, one in template.outputs.items()} == {
        "output.arn": "${aws_iam_role.it.arn}"
    }
