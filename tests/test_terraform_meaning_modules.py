"""Instances, modules and folders: which resources there are, what they are called, and under which setting."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tf import everything, loaded, module
from vetstack.review import review
from vetstack.settings import Settings
from vetstack.template import Template

ROOT = Path(__file__).parent.parent


def existing(template: Template) -> dict[str, list[str]]:
    return {address: [str(guard) for guard in one.exists] for address, one in template.resources.items()}


BESIDE = """
variable "on" {
  type    = bool
  default = true
}
variable "many" {
  type = set(string)
}
locals {
  known = toset(["a", "b"])
}
"""

INSTANCES = {
    "": {"t.it": [""]},
    "count = 2": {"t.it[0]": [""], "t.it[1]": [""]},
    "count = 0": {},
    "count = var.on ? 1 : 0": {"t.it[0]": ["var.on is true"]},
    "count = var.on ? 2 : 1": {"t.it[0]": [""], "t.it[1]": ["var.on is true"]},
    "for_each = local.known": {'t.it["a"]': [""], 't.it["b"]': [""]},
    "for_each = { x = 1 }": {'t.it["x"]': [""]},
    'for_each = var.on ? toset(["a"]) : toset([])': {'t.it["a"]': ["var.on is true"]},
    'for_each = toset(var.on ? ["a", "b"] : ["b"])': {'t.it["a"]': ["var.on is true"], 't.it["b"]': [""]},
    'for_each = { for k in ["a", "b"] : k => k if k != "a" }': {'t.it["b"]': [""]},
    "for_each = var.many": {"t.it[*]": [""]},
    "for_each = { for one in var.many : one => one }": {"t.it[*]": [""]},
}


@pytest.mark.parametrize("meta", INSTANCES)
def test_count_and_for_each_make_instances(meta: str, tmp_path: Path) -> None:
    template = module(tmp_path, f'resource "t" "it" {{\n  {meta}\n}}\n{BESIDE}')
    assert existing(template) == INSTANCES[meta]


def test_each_and_count_are_what_the_instance_is(tmp_path: Path) -> None:
    template = module(
        tmp_path,
        """
        resource "t" "each" {
          for_each = { a = { arn = "x" }, b = { arn = "y" } }
          key      = each.key
          arn      = each.value.arn
        }
        resource "t" "count" {
          count = 2
          name  = "n-${count.index}"
        }
        resource "t" "all" {
          first  = t.count[0].name
          names  = t.count[*].name
          arns   = [for one in t.each : one.arn]
          by_key = { for key, one in t.each : key => one.arn }
        }
        """,
    )
    assert everything(template, 't.each["b"]', "arn") == {"": "y"}
    assert everything(template, 't.each["b"]', "key") == {"": "b"}
    assert everything(template, "t.all") == {
        "": {"first": "n-0", "names": ["n-0", "n-1"], "arns": ["x", "y"], "by_key": {"a": "x", "b": "y"}}
    }


CALLED = {
    "main": """
        module "trust" {
          source  = "./modules/trust"
          account = var.account
          on      = var.on
        }
        variable "account" {}
        variable "on" {
          type    = bool
          default = false
        }
        resource "t" "it" {
          arn   = module.trust.arn
          label = module.trust.label
        }
        """,
    "modules__trust__main": """
        variable "account" {}
        variable "on" {}
        variable "label" {
          default = "acme"
        }
        resource "aws_iam_role" "it" {
          count              = var.on ? 1 : 0
          assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole",
            Principal = { AWS = var.account } }] })
        }
        output "arn" {
          value = one(aws_iam_role.it[*].arn)
        }
        output "label" {
          value = var.label
        }
        """,
}


def test_a_called_module_is_evaluated_with_its_inputs_and_not_reported_twice(tmp_path: Path) -> None:
    found = loaded(tmp_path, **CALLED)
    (template,) = found.templates
    assert existing(template) == {"t.it": [""], "module.trust.aws_iam_role.it[0]": ["var.on is true"]}
    assert set(template.parameters) == {"var.account", "var.on"}
    assert everything(template, "t.it") == {
        "var.on is true": {"arn": "${module.trust.aws_iam_role.it[0].arn}", "label": "acme"},
        "var.on is false": {"label": "acme"},
    }
    statement = ("assume_role_policy", "Statement", "*", "Principal", "AWS")
    assert everything(template, "module.trust.aws_iam_role.it[0]", *statement) == {"var.on is true": "${var.account}"}


def test_findings_in_a_called_module_name_the_call(tmp_path: Path) -> None:
    loaded(tmp_path, **CALLED)
    (found,) = [one for one in review([tmp_path], Settings()).findings if one.rule == "VET101"]
    assert (found.resource, Path(found.at.file).parts[-3:]) == (
        "module.trust.aws_iam_role.it[0]",
        ("modules", "trust", "main.tf"),
    )
    assert {"var.account", "module.trust"} <= set(found.also)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("acme/role/aws", "the module acme/role/aws is not read: it is not in this folder"),
        ("git::https://git.acme.example/role.git", "is not read: it is not in this folder"),
        ("../outside", "the module ../outside lies outside the folder that was given"),
        ("./nowhere", "the module ./nowhere holds no file that can be read"),
    ],
)
def test_a_module_that_is_not_at_hand_is_undecided_at_the_call(source: str, reason: str, tmp_path: Path) -> None:
    main = f'module "role" {{\n  source = "{source}"\n}}\nresource "t" "it" {{\n  arn = module.role.arn\n}}\n'
    template = module(tmp_path, main)
    (entry,) = template.undecided
    assert (entry.resource, entry.at.line) == ("module.role", 2)
    assert reason in entry.reason
    assert everything(template, "t.it", "arn") == {"": "${module.role.arn}"}


def test_examples_call_what_is_vetted_by_itself(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        main='resource "t" "product" {}\n',
        examples__full__main='module "it" {\n  source = "../../"\n}\nresource "t" "example" {}\n',
    )
    resources = sorted(address for template in found.templates for address in template.resources)
    assert resources == ["t.example", "t.product"]


def test_a_module_may_be_called_many_times(tmp_path: Path) -> None:
    template = module(
        tmp_path,
        """
        module "it" {
          for_each = toset(["a", "b"])
          source   = "./m"
          name     = each.key
        }
        """,
        m__main='variable "name" {}\nresource "t" "it" {\n  name = var.name\n}\n',
    )
    assert everything(template, 'module.it["b"].t.it', "name") == {"": "b"}
    assert list(template.resources) == ['module.it["a"].t.it', 'module.it["b"].t.it']


def test_a_broken_file_is_unread_and_the_rest_of_the_module_is_vetted(tmp_path: Path) -> None:
    found = loaded(tmp_path, main='resource "t" "it" {}\n', broken='resource "t" {\n')
    assert [(Path(one.file).name, one.line > 0) for one in found.unread] == [("broken.tf", True)]
    (template,) = found.templates
    assert list(template.resources) == ["t.it"]
    assert ["could not be read" in one.reason for one in template.undecided] == [True]


def test_json_syntax_and_overrides_are_read_too(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        main='resource "t" "it" {\n  name = "first"\n}\n',
        main_override='resource "t" "it" {\n  name = "second"\n}\n',
        **{"more.tf.json": '{"resource": {"t": {"json": {"name": "${lower(\\"ABC\\")}"}}}}'},
    )
    assert found.unread == []
    (template,) = found.templates
    assert everything(template, "t.it", "name") == {"": "second"}
    assert everything(template, "t.json", "name") == {"": "abc"}


def test_a_named_file_brings_its_module_and_no_other(tmp_path: Path) -> None:
    loaded(
        tmp_path, main='resource "t" "it" {}\n', side='resource "t" "side" {}\n', other__main='resource "t" "x" {}\n'
    )
    found = review([tmp_path / "main.tf"], Settings())
    assert [file for file, _ in found.files] == [str(tmp_path)]


EMBEDDED = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Vendor:
    Type: String
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal: {AWS: !Sub "arn:aws:iam::$${Vendor}:root"}
            Condition: {StringEquals: {sts:ExternalId: "${var.external_id}"}}
"""

STACK = """
resource "aws_cloudformation_stack_set" "it" {{
  name          = "acme"
  template_body = {}
  parameters    = {{ Vendor = var.vendor }}
}}
variable "vendor" {{}}
variable "external_id" {{}}
"""

BODY = """jsonencode({
  Resources = { Role = { Type = "AWS::IAM::Role", Properties = { AssumeRolePolicyDocument = { Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole",
    Principal = { AWS = { "Fn::Sub" = "arn:aws:iam::$${Vendor}:root" } }
    Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
  }] } } } }
  Parameters = { Vendor = { Type = "String" } }
})"""

BODIES = {
    "heredoc": f"<<EOT{EMBEDDED}EOT\n",
    "structure": BODY,
    "template file": 'templatefile("${path.module}/body.yaml", { id = var.external_id })',
}


@pytest.mark.parametrize("body", BODIES)
def test_a_stack_in_terraform_is_the_cloudformation_that_it_is(body: str, tmp_path: Path) -> None:
    (tmp_path / "body.yaml").write_text(EMBEDDED.replace("var.external_id", "id"))
    found = loaded(tmp_path, main=STACK.format(BODIES[body]))
    assert [one for one in found.unread if not one.file.endswith("body.yaml")] == []
    inner = next(one for one in found.templates if one.parent == "aws_cloudformation_stack_set.it")
    address = "aws_cloudformation_stack_set.it > Role"
    statement = ("AssumeRolePolicyDocument", "Statement", "*")
    assert everything(inner, address, *statement, "Principal", "AWS") == {"": "arn:aws:iam::${var.vendor}:root"}
    assert everything(inner, address, *statement, "Condition", "StringEquals", "sts:ExternalId") == {
        "": "${var.external_id}"
    }


def test_the_line_of_an_embedded_resource_is_the_outer_files(tmp_path: Path) -> None:
    found = loaded(tmp_path, main=STACK.format(BODIES["heredoc"]))
    inner = next(one for one in found.templates if one.parent)
    role = inner.resources["aws_cloudformation_stack_set.it > Role"]
    lines = (tmp_path / "main.tf").read_text().splitlines()
    assert lines[role.at.line - 1].strip() == "Role:"


def test_a_body_that_lies_elsewhere_is_undecided(tmp_path: Path) -> None:
    main = 'resource "aws_cloudformation_stack" "it" {\n  template_url = "https://acme.example/t.yaml"\n}\n'
    template = module(tmp_path, main)
    assert [(one.resource, one.at.line) for one in template.undecided] == [("aws_cloudformation_stack.it", 2)]


def doubled(last: str, again: str) -> str:
    locals_ = "\n".join(f"  l{n} = {again.format(n + 1)}" for n in range(40))
    return f'locals {{\n{locals_}\n  l40 = {last}\n}}\nresource "t" "it" {{\n  x = local.l0\n}}\n'


@pytest.mark.parametrize(
    "main",
    [
        doubled('"xxxxxxxxxx"', '"${{local.l{0}}}${{local.l{0}}}"'),
        doubled('["x"]', "concat(local.l{0}, local.l{0})"),
        doubled('"x"', "{{ a = local.l{0}, b = local.l{0} }}"),
        doubled('"x"', "[local.l{0}, local.l{0}]"),
        doubled('"x"', 'replace(local.l{0}, "x", local.l{0} == "" ? "" : "xx")'),
    ],
    ids=["text", "list", "object", "tuple", "replace"],
)
def test_what_doubles_itself_ends_before_the_memory_does(main: str, tmp_path: Path) -> None:
    template = module(tmp_path, main)
    reasons = {reason for _, reason in template.world.widened}
    assert reasons == {"this value has more in it than is looked at"}


def test_modules_that_call_modules_end_in_an_undecided_entry(tmp_path: Path) -> None:
    def calls(target: str) -> str:
        return "".join(f'module "c{n}" {{\n  source = "../{target}"\n}}\n' for n in range(9))

    files = {f"m{n}__main": calls(f"m{n + 1}") for n in range(6)}
    found = loaded(tmp_path, main='module "m" {\n  source = "./m0"\n}\n', **files, m6__main='resource "t" "it" {}\n')
    (template,) = found.templates
    assert {one.reason for one in template.undecided} == {"modules are called too often or too deeply here"}
    assert 0 < len(template.resources) <= 1_000


PROBE = """
import sys
from vetstack.load import load
assert load([sys.argv[1]]).templates
print(sorted(name for name in sys.modules if name.startswith("vetstack.terraform")))
"""


def test_a_cloudformation_template_loads_nothing_of_terraform(tmp_path: Path) -> None:
    template = tmp_path / "t.yaml"
    template.write_text("Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n")
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(template)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
