"""HCL's JSON syntax gives the tree that native syntax gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hcl_shapes import Shapes
from vetstack.sources.interface import Unreadable
from vetstack.sources.read import read as read_source
from vetstack.terraform import tree
from vetstack.terraform.json_syntax import read
from vetstack.terraform.nested import nested
from vetstack.terraform.syntax import parse


def body_of(text: str) -> tree.Body:
    return read(read_source(text, "acme.tf.json"))


def unplaced(shape: Any) -> Any:
    """A body's shape without its lines."""
    return {
        "attributes": [one[1:] for one in shape["attributes"]],
        "blocks": [[*one[2:4], unplaced(one[4])] for one in shape["blocks"]],
    }


@pytest.mark.parametrize(
    ("written", "native"),
    [
        ("{}", ""),
        ('{"locals": {"a": 1.50, "b": true, "c": null, "d": "x", "e": [], "f": {}}}',
         'locals {\n a = 1.50\n b = true\n c = null\n d = "x"\n e = []\n f = {}\n}'),
        ('{"locals": {"a": "x ${var.b}", "c": "${var.d}", "e": "$${f}", "g": "\\\\n"}}',
         'locals {\n a = "x ${var.b}"\n c = "${var.d}"\n e = "$${f}"\n g = "\\\\n"\n}'),
        ('{"locals": {"a": "%{ if b }c%{ endif }", "d": "${jsonencode({\\"e\\": 1})}"}}',
         'locals {\n a = "%{ if b }c%{ endif }"\n d = "${jsonencode({"e": 1})}"\n}'),
        ('{"locals": {"a": {"b": [1, {"${c}": "d"}]}}}', 'locals {\n a = {"b" = [1, {"${c}" = "d"}]}\n}'),
        ('{"resource": {"aws_iam_role": {"a": {"name": "x"}, "b": {}}, "aws_iam_user": {"c": {"name": "y"}}}}',
         'resource aws_iam_role a {\n name = "x"\n}\nresource aws_iam_role b {}\n'
         'resource aws_iam_user c {\n name = "y"\n}'),
        ('{"resource": [{"a": {"b": {"c": 1}}}, {"a": [{"b": {"c": 2}}, {"d": {}}]}]}',
         "resource a b {\n c = 1\n}\nresource a b {\n c = 2\n}\nresource a d {}"),
        ('{"provider": {"aws": [{"region": "x"}, {"alias": "y"}]}}',
         'provider aws {\n region = "x"\n}\nprovider aws {\n alias = "y"\n}'),
        ('{"variable": {"a": {"type": "list(object({b = string}))", "default": "${not a template}",'
         ' "validation": [{"condition": "${var.a != \\"\\"}", "error_message": "m"}, {"condition": true}]}}}',
         'variable a {\n type = list(object({b = string}))\n default = "$${not a template}"\n'
         ' validation {\n condition = "${var.a != ""}"\n error_message = "m"\n}\n'
         " validation {\n condition = true\n}\n}"),
        ('{"data": {"a": {"b": {"depends_on": ["c.d", "module.e[0]"], "provider": "aws.west"}}}}',
         "data a b {\n depends_on = [c.d, module.e[0]]\n provider = aws.west\n}"),
        ('{"module": {"a": {"source": "./a", "providers": {"aws": "aws.west"}, "depends_on": ["${b.c}"]}}}',
         'module a {\n source = "./a"\n providers = {aws = aws.west}\n depends_on = ["${b.c}"]\n}'),
        ('{"resource": {"a": {"b": {"lifecycle": {"ignore_changes": ["tags"], "precondition": {"condition": true}},'
         ' "provisioner": [{"local-exec": {"command": "x"}}, {"remote-exec": {"connection": {"host": "y"}}}]}}}}',
         'resource a b {\n lifecycle {\n ignore_changes = [tags]\n precondition {\n condition = true\n}\n}\n'
         ' provisioner local-exec {\n command = "x"\n}\n'
         ' provisioner remote-exec {\n connection {\n host = "y"\n}\n}\n}'),
        ('{"terraform": [{"required_version": "1"}, {"backend": {"s3": {}}, "required_providers": {"aws": {"a": 1}}}]}',
         'terraform {\n required_version = "1"\n}\n'
         "terraform {\n backend s3 {}\n required_providers {\n aws = {a = 1}\n}\n}"),
        ('{"output": {"a": {"value": "${b.c}", "description": "${d}"}}, "moved": {"from": "a.b", "to": "a.c"}}',
         'output a {\n value = "${b.c}"\n description = "$${d}"\n}\nmoved {\n from = a.b\n to = a.c\n}'),
        ('{"//": "why", "locals": {"//": 1, "a": 2}, "resource": {"//": "x", "a": {"//": "y", "b": {"//": "z"}}}}',
         "locals {\n a = 2\n}\nresource a b {}"),
        ('{"resource": {"a": {"b": {"lifecycle": null, "c": null}}}}', "resource a b {\n c = null\n}"),
        ('{"resource": [], "unheard_of": {"a": 1}}', "unheard_of = {a = 1}"),
    ],
)  # fmt: skip
def test_json_and_native_give_the_same_tree(written: str, native: str) -> None:
    made, wanted = body_of(written), parse(native, "acme.tf")
    assert made.loose
    assert unplaced(Shapes(written).body(made)) == unplaced(Shapes(native).body(wanted))


NATIVE_POLICY = """
data "aws_iam_policy_document" "trust" {
  version = "2012-10-17"
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type = "AWS"
    }
    condition {
      test = "StringEquals"
    }
    condition {
      test = "Bool"
    }
  }
  dynamic "statement" {
    for_each = var.more
    content {
      actions = ["sts:TagSession"]
    }
  }
}
"""
JSON_POLICY = {
    "data": {
        "aws_iam_policy_document": {
            "trust": {
                "version": "2012-10-17",
                "statement": {
                    "//": "the vendor",
                    "actions": ["sts:AssumeRole"],
                    "principals": [{"type": "AWS"}],
                    "condition": [{"test": "StringEquals"}, {"test": "Bool"}],
                },
                "dynamic": {"statement": {"for_each": "${var.more}", "content": [{"actions": ["sts:TagSession"]}]}},
            }
        }
    }
}


@pytest.mark.parametrize("body", [parse(NATIVE_POLICY, "acme.tf"), body_of(json.dumps(JSON_POLICY))])
def test_nested_blocks_are_found_in_either_syntax(body: tree.Body) -> None:
    (document,) = body.blocks
    (statement,) = nested(document.body, "statement")
    (dynamic,) = nested(document.body, "dynamic", 1)
    (content,) = nested(dynamic.body, "content")
    assert (document.labels, dynamic.labels) == (("aws_iam_policy_document", "trust"), ("statement",))
    assert [one.body.attributes["type"].name for one in nested(statement.body, "principals")] == ["type"]
    tests = [one.body.attributes["test"].expression for one in nested(statement.body, "condition")]
    assert [test.text for test in tests if isinstance(test, tree.Literal)] == ["StringEquals", "Bool"]
    assert list(content.body.attributes) == ["actions"] and "//" not in statement.body.attributes
    assert nested(document.body, "override") == nested(document.body, "version") == []


def test_native_attributes_are_no_blocks() -> None:
    assert nested(parse("tags = {\n a = 1\n}\n", "acme.tf"), "tags") == []


def test_positions() -> None:
    body = body_of('{"resource": {"a": {\n  "b": {"c": "x ${d}",\n    "e": [{"f": 1}]}}}}')
    (block,) = body.blocks
    assert (block.header_at[1:], block.at[1:], block.body.at[1:]) == ((2, 3, 2, 6), (2, 3, 3, 21), (2, 8, 3, 21))
    attribute = block.body.attributes["c"]
    assert (attribute.name_at[1:], attribute.at[1:]) == ((2, 9, 2, 12), (2, 9, 2, 22))
    assert isinstance(attribute.expression, tree.Template)
    assert attribute.expression.parts[1].at[1:] == (2, 17, 2, 21)
    (inner,) = nested(block.body, "e")
    assert (inner.header_at[1:], inner.at[1:]) == ((3, 5, 3, 8), (3, 11, 3, 19))


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("[1]", 1, 2, "a Terraform file is an object, or a list of objects"),
        ('"a"', 1, 1, "a Terraform file is an object, or a list of objects"),
        ('{"resource": {"a": "b"}}', 1, 20, "the name of a `resource` is an object, or a list of objects"),
        ('{"resource": {"a": {"b": 1}}}', 1, 26, "the body of `resource` is an object, or a list of objects"),
        ('[{"a": 1},\n {"a": 2}]', 2, 3, "`a` is set a second time; the first is on line 1"),
        ('{"locals": {"a": 1},\n "locals": {}}', 2, 2, "`locals` stands twice in one object, of which only the second"),
        ('{"locals": {"a": 1e10000}}', 1, 18, "`1e10000` is no number that can be read"),
    ],
)
def test_what_is_not_terraforms_json(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        body_of(text)
    assert caught.value.reason.startswith(f"this is not Terraform's JSON syntax: {said}")
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ('{"locals": {"a": "${b c}"}}', 1, 23, "`c` stands where the `}` of a sequence"),
        ('{"locals": {"a": "${b"}}', 1, 19, "`${` is opened here and never closed"),
        ('{"variable": {"a": {"type": "list("}}}', 1, 34, "`(` is opened here and never closed"),
        ('{"module": {"a": {"depends_on": ["b c"]}}}', 1, 37, "`c` stands where the end of the expression"),
    ],
)
def test_wrong_expressions_in_strings(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        body_of(text)
    assert caught.value.reason.startswith(f"this is not valid HCL: {said}")
    assert (caught.value.line, caught.value.column) == (line, column)


def test_comments_may_repeat() -> None:
    assert body_of('{"//": 1, "//": 2, "locals": {"a": 1}}').blocks[0].body.attributes.keys() == {"a"}


def test_depth_counts_through_strings() -> None:
    with pytest.raises(Unreadable, match="more than 100 blocks and expressions"):
        body_of('{"locals": {"a": ' + "[" * 60 + '"${' + "(" * 60 + "1" + ")" * 60 + '}"' + "]" * 60 + "}}")


def test_templates_are_limited_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vetstack.terraform.json_syntax.MAX_TOKENS", 20)
    assert body_of('{"locals": {"a": ["${b}", "${b}", "cccccccccccccccc"]}}').blocks
    with pytest.raises(Unreadable, match="its templates have more than 20 characters"):
        body_of('{"locals": {"a": ["${b}", "${b}", "${b}", "${b}", "${b}", "${b}"]}}')


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["a", "${b}", "%{", "${", "a.b", "//", "${c("]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["resource", "variable", "module", "locals", "type", "default", "lifecycle", "//", "a"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(VALUES)
def test_any_json_is_read_or_unreadable(value: Any) -> None:
    try:
        body = body_of(json.dumps(value))
    except Unreadable as error:
        assert error.reason and error.line >= 1
    else:
        assert isinstance(value, list | dict)
        assert body.loose
