"""Expressions, variables and conditions of Terraform: what they come to, and under which setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tf import everything, loaded, module, value
from vetstack.guards import Atom
from vetstack.values import Map

FUNCTIONS = {
    "lower(\"ABC\")": "abc",
    "upper(\"abc${var.name}\")": "ABC${var.name}",
    "join(\"-\", [\"a\", \"b\", var.name])": "a-b-${var.name}",
    "split(\":\", \"a:b:c\")[1]": "b",
    "replace(\"a.b.c\", \".\", \"-\")": "a-b-c",
    "replace(\"x-${var.name}-y\", \"x\", \"z\")": "z-${var.name}-y",
    "replace(\"a1b22\", \"/[0-9]+/\", \"#\")": "a#b#",
    "format(\"arn:%s:iam::%s:root\", \"aws\", var.name)": "arn:aws:iam::${var.name}:root",
    "format(\"%03d-%s\", 7, true)": "007-true",
    "formatlist(\"%s/*\", [\"a\", \"b\"])": ["a/*", "b/*"],
    "substr(\"abcdef\", 1, 3)": "bcd",
    "substr(\"abcdef\", -2, -1)": "ef",
    "trimspace(\"  a \")": "a",
    "trimprefix(\"arn:x\", \"arn:\")": "x",
    "startswith(\"arn:${var.name}\", \"arn\")": "true",
    "endswith(\"abc\", \"x\")": "false",
    "title(\"abc\")": "Abc",
    "strrev(\"abc\")": "cba",
    "regex(\"[a-z]+\", \"12ab34\")": "ab",
    "regex(\"(?P<who>[a-z]+)\", \"12ab\").who": "ab",
    "regexall(\"[0-9]\", \"a1b2\")": ["1", "2"],
    "concat([\"a\"], [var.name], [])": ["a", "${var.name}"],
    "merge({a = 1}, {b = var.name, a = 2})": {"b": "${var.name}", "a": "2"},
    "merge({a = 1}, var.anything)": {"a": "1"},
    "flatten([[\"a\"], [[\"b\"], \"c\"], []])": ["a", "b", "c"],
    "compact([\"a\", \"\", null])": ["a"],
    "distinct([\"a\", \"b\", \"a\"])": ["a", "b"],
    "toset([\"a\", \"a\"])": ["a"],
    "keys({b = 1, a = 2})": ["a", "b"],
    "values({b = 1, a = 2})": ["2", "1"],
    "zipmap([\"a\"], [var.name])": {"a": "${var.name}"},
    "lookup({a = \"x\"}, \"a\", \"d\")": "x",
    "lookup({a = \"x\"}, \"b\", \"d\")": "d",
    "element([\"a\", \"b\"], 3)": "b",
    "slice([\"a\", \"b\", \"c\"], 1, 3)": ["b", "c"],
    "setproduct([\"a\"], [\"b\", \"c\"])": [["a", "b"], ["a", "c"]],
    "setunion([\"a\"], [\"b\", \"a\"])": ["a", "b"],
    "setsubtract([\"a\", \"b\"], [\"a\"])": ["b"],
    "contains([\"a\", \"b\"], \"b\")": "true",
    "length([\"a\", \"b\"])": "2",
    "length(\"abc\")": "3",
    "one([\"a\"])": "a",
    "one([])": None,
    "coalesce(\"\", null, \"c\")": "c",
    "try({a = 1}.b, \"d\")": "d",
    "try({a = 1}.a, \"d\")": "1",
    "can({a = 1}.b)": "false",
    "range(3)": ["0", "1", "2"],
    "reverse([\"a\", \"b\"])": ["b", "a"],
    "max(1, 3, 2)": "3",
    "tonumber(\"5\") + 1": "6",
    "7 % 4": "3",
    "jsonencode({a = [var.name]})": {"a": ["${var.name}"]},
    "jsondecode(\"{\\\"a\\\": [1, true]}\").a[1]": "true",
    "yamldecode(\"a: [x, y]\").a": ["x", "y"],
    "base64decode(\"YWJj\")": "abc",
    "[for k, v in {a = 1, b = 2} : \"${k}${v}\"]": ["a1", "b2"],
    "[for v in [\"a\", \"b\"] : v if v != \"a\"]": ["b"],
    "{for v in [\"a\", \"b\"] : v => upper(v)}": {"a": "A", "b": "B"},
    "{for v in [\"a1\", \"a2\"] : substr(v, 0, 1) => v...}": {"a": ["a1", "a2"]},
    "[{n = \"a\"}, {n = \"b\"}][*].n": ["a", "b"],
    "[{n = \"a\"}].*.n": ["a"],
    "{a = {b = \"c\"}}[\"a\"].b": "c",
    "max([1, 2]...)": "2",
    "\"${true ? \"a\" : var.name}\"": "a",
    "\"%{ for one in [\"a\", \"b\"] }${one};%{ endfor }\"": "a;b;",
    "\"%{ if false }a%{ else }b%{ endif }\"": "b",
    "-(1 + 2)": "-3",
    "path.module == path.root": "true",
}  # fmt: skip


@pytest.mark.parametrize("expression", FUNCTIONS)
def test_what_is_known_is_evaluated_and_what_is_not_stays(expression: str, tmp_path: Path) -> None:
    beside = 'variable "name" {\n  type = string\n}\nvariable "anything" {}\n'
    assert value(tmp_path, expression, beside) == FUNCTIONS[expression]


SETTINGS = {
    "var.on ? \"a\" : \"b\"": {"var.on is true": "a", "var.on is false": "b"},
    "!var.on ? \"a\" : \"b\"": {"var.on is false": "a", "var.on is true": "b"},
    "var.id != \"\" ? \"a\" : \"b\"": {"var.id is not empty": "a", "var.id is empty": "b"},
    "var.maybe == null ? \"a\" : \"b\"": {"var.maybe is null": "a", "var.maybe is not null": "b"},
    "length(var.many) > 0 ? \"a\" : \"b\"": {"var.many is not empty": "a", "var.many is empty": "b"},
    "0 == length(var.many) ? \"a\" : \"b\"": {"var.many is empty": "a", "var.many is not empty": "b"},
    "local.both ? \"a\" : \"b\"": {
        "var.id is not empty and var.on is true": "a",
        "var.on is false": "b",
        "var.id is empty and var.on is true": "b",
    },
    "var.kind == \"one\" ? \"a\" : \"b\"": {"var.kind is \"one\"": "a", "var.kind is \"two\"": "b"},
    "contains([\"one\", \"six\"], var.kind) ? \"a\" : \"b\"": {"var.kind is \"one\"": "a", "var.kind is \"two\"": "b"},
    "var.greeting": {"var.greeting is left at its default": "hello", 'var.greeting is not "hello"': "${var.greeting}"},
    "coalesce(var.maybe, \"b\")": {
        "var.maybe is left at its default": "b",
        "var.maybe is not null and var.maybe is not empty": "${var.maybe}",
        "var.maybe is not null and var.maybe is empty": "b",
    },
    "var.on && var.on ? \"a\" : \"b\"": {"var.on is true": "a", "var.on is false": "b"},
    "var.on && !var.on ? \"a\" : \"b\"": "b",
    "{one = \"a\", two = \"b\"}[var.kind]": {"var.kind is \"one\"": "a", "var.kind is \"two\"": "b"},
    "try({one = \"a\"}[var.kind], \"d\")": {"var.kind is \"one\"": "a", "var.kind is not \"one\"": "d"},
    "try((var.on ? {k = \"a\"} : {}).k, \"d\")": {"var.on is true": "a", "var.on is false": "d"},
    "merge({k = \"a\"}, var.on ? {k = \"b\"} : {}).k": {"var.on is true": "b", "var.on is false": "a"},
    "alltrue([var.on, true]) ? \"a\" : \"b\"": {"var.on is true": "a", "var.on is false": "b"},
}  # fmt: skip

VARIABLES = """
variable "on" {
  type    = bool
  default = false
}
variable "id" {
  type = string
}
variable "maybe" {
  type    = string
  default = null
}
variable "many" {
  type    = list(string)
  default = []
}
variable "kind" {
  type = string
  validation {
    condition     = contains(["one", "two"], var.kind)
    error_message = "One or two."
  }
}
variable "greeting" {
  default = "hello"
}
locals {
  both = var.on && var.id != ""
}
"""


@pytest.mark.parametrize("expression", SETTINGS)
def test_conditions_are_settings_of_variables(expression: str, tmp_path: Path) -> None:
    assert value(tmp_path, expression, VARIABLES) == SETTINGS[expression]


ADMITTED = {
    'validation {\n condition = length(var.it) > 0\n error_message = "x"\n}': False,
    'validation {\n condition = var.it != ""\n error_message = "x"\n}': False,
    'validation {\n condition = can(regex("^[a-z0-9-]{8,}$", var.it))\n error_message = "x"\n}': False,
    'validation {\n condition = length(trimspace(var.it)) >= 4\n error_message = "x"\n}': False,
    'validation {\n condition = contains(["a", "b"], var.it)\n error_message = "x"\n}': False,
    'validation {\n condition = var.it == "" || length(var.it) > 8\n error_message = "x"\n}': True,
    'validation {\n condition = length(var.it) < 64\n error_message = "x"\n}': True,
    "": True,
}


@pytest.mark.parametrize("validation", ADMITTED)
def test_validation_says_whether_a_variable_may_be_empty(validation: str, tmp_path: Path) -> None:
    template = module(tmp_path, f'variable "it" {{\n type = string\n {validation}\n}}\n')
    assert template.parameters["var.it"].admits_empty is ADMITTED[validation]


def test_a_variable_is_a_parameter_with_what_it_says_of_itself(tmp_path: Path) -> None:
    template = module(
        tmp_path,
        """
        variable "token" {
          type      = string
          sensitive = true
          nullable  = false
        }
        variable "size" {
          type    = number
          default = 3
        }
        """,
    )
    token, size = template.parameters["var.token"], template.parameters["var.size"]
    assert (token.name, token.type, token.no_echo, token.at.line) == ("var.token", "string", True, 2)
    assert (size.type, size.default, size.no_echo, size.admits_empty) == ("number", "3", False, False)
    assert not template.world.possible(frozenset({Atom("var.size", "three", True)}))


def test_what_tfvars_say_stands_in_the_place_of_a_default(tmp_path: Path) -> None:
    main = """
        variable "account" {
          default = "000000000000"
        }
        variable "id" {}
        resource "test_thing" "it" {
          account = var.account
          id      = var.id
        }
        """
    found = loaded(tmp_path, main=main, **{"terraform.tfvars": 'account = "111122223333"\nid = ""\n'})
    (template,) = found.templates
    assert template.parameters["var.account"].default == "111122223333"
    assert everything(template, "test_thing.it", "account") == {
        "var.account is left at its default": "111122223333",
        'var.account is not "111122223333"': "${var.account}",
    }
    assert everything(template, "test_thing.it", "id") == {"": "${var.id}"}  # a place to fill in is no value


def test_attributes_that_an_object_leaves_out_get_their_defaults(tmp_path: Path) -> None:
    beside = """
        variable "options" {
          type = object({
            mode = optional(string, "strict")
            size = optional(number)
          })
          default = {}
        }
        """
    assert value(tmp_path, "var.options.mode", beside) == {
        "var.options is left at its default": "strict",
        "var.options is changed": "${var.options.mode}",
    }


def test_names_come_through_locals_and_say_so(tmp_path: Path) -> None:
    template = module(
        tmp_path,
        """
        variable "vendor" {}
        locals {
          arn = "arn:aws:iam::${var.vendor}:root"
          all = [local.arn]
        }
        resource "test_thing" "it" {
          who = local.all[0]
        }
        """,
    )
    made = template.resources["test_thing.it"].properties
    assert isinstance(made, Map)
    assert str(made["who"]) == "arn:aws:iam::${var.vendor}:root"
    assert set(made["who"].via) == {"var.vendor", "local.arn", "local.all"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "body",
    [
        "locals {\n  a = local.b\n  b = local.a\n}\nresource \"t\" \"it\" {\n  x = local.a\n}",
        "resource \"t\" \"it\" {\n  x = t.it.x\n}",
        "resource \"t\" \"it\" {\n  count = length(t.it)\n}",
        "resource \"t\" \"it\" {\n  for_each = t.it\n}",
        "variable \"v\" {\n  default = var.v\n}\nresource \"t\" \"it\" {\n  x = var.v\n}",
        "module \"m\" {\n  source = \"./\"\n}\nresource \"t\" \"it\" {}",
        "resource \"t\" \"it\" {\n  x = var.missing.a[0].b\n  y = local.missing\n  z = module.missing.out\n}",
    ],
)  # fmt: skip
def test_what_depends_on_itself_or_is_not_there_is_unknown_and_no_crash(body: str, tmp_path: Path) -> None:
    found = loaded(tmp_path, main=body)
    assert found.unread == []
    assert [name.partition("[")[0] for template in found.templates for name in template.resources] == ["t.it"]


def test_a_configuration_that_multiplies_itself_ends_in_a_widened_value(tmp_path: Path) -> None:
    loops = "\n".join(
        f'  l{n} = [for x in local.l{n - 1} : [for y in local.l{n - 1} : "${{x}}${{y}}"][0]]' for n in range(1, 4)
    )
    ones = ", ".join(f'"{n}"' for n in range(400))
    main = f'locals {{\n  l0 = [{ones}]\n{loops}\n}}\nresource "t" "it" {{\n  x = local.l3\n}}\n'
    template = module(tmp_path, main)
    assert [reason for _, reason in template.world.widened] == ["this configuration has more in it than is evaluated"]
