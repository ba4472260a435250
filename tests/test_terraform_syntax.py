"""HCL's native syntax: what each construct is read as. Texts are the matter of test_terraform_templates.py, what is
refused of test_terraform_refused.py, positions and JSON of the files that are named after them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hcl_samples import ONLY_OURS, SAMPLES
from tests.hcl_shapes import Shapes
from vetstack.sources.interface import Unreadable
from vetstack.terraform import tree
from vetstack.terraform.syntax import comments, parse, parse_expression, parse_template


def expression(text: str) -> tree.Expression:
    """The expression of an argument, where line ends count."""
    return parse(f"it = {text}\n", "acme.tf").attributes["it"].expression


def shape(text: str) -> list[Any]:
    return Shapes(f"it = {text}\n").expression(expression(text))


def grouped(node: tree.Expression) -> str:
    """An expression of operators with every operation in parentheses."""
    if isinstance(node, tree.Binary):
        return f"({grouped(node.left)} {node.operator} {grouped(node.right)})"
    if isinstance(node, tree.Unary):
        return f"({node.operator}{grouped(node.operand)})"
    if isinstance(node, tree.Conditional):
        return f"({grouped(node.condition)} ? {grouped(node.then)} : {grouped(node.otherwise)})"
    if isinstance(node, tree.Parentheses):
        return f"[{grouped(node.expression)}]"
    assert isinstance(node, tree.Name | tree.Literal)
    return node.name if isinstance(node, tree.Name) else node.text


# Bodies


def test_blocks_and_arguments_are_in_order() -> None:
    body = parse(
        """
        resource "aws_iam_role" agent {
          name = "acme"
          inline_policy { name = "a" }
          path = "/"
          inline_policy {
            dynamic "b" {}
          }
        }
        locals {}
        top = 1
        """,
        "acme.tf",
    )
    role, local = body.blocks
    assert (role.type, role.labels, local.type, local.labels) == ("resource", ("aws_iam_role", "agent"), "locals", ())
    assert list(role.body.attributes) == ["name", "path"] and list(body.attributes) == ["top"]
    assert [list(one.body.attributes) for one in role.body.blocks] == [["name"], []]
    assert [one.labels for one in role.body.blocks[1].body.blocks] == [("b",)]
    assert not body.loose


def test_line_ends_count_in_bodies_and_objects_only() -> None:
    text = "it = f(\n a\n .b\n [0],\n [\n c\n ?\n d\n :\n e\n ],\n {\n g\n =\n 1 }\n)\n"
    with pytest.raises(Unreadable, match="the line ends, but the `=` between a key and its value was expected"):
        parse(text, "acme.tf")
    assert parse(text.replace("g\n =\n", "\n\n g = "), "acme.tf").attributes.keys() == {"it"}


def test_an_attribute_may_follow_a_comment_that_spans_lines() -> None:
    assert parse("/* a\n*/ b = 1 // c\nd = 2 # e", "acme.tf").attributes.keys() == {"b", "d"}


# Words and numbers


@pytest.mark.parametrize("digits", ["0", "12", "012345678901", "1.50", "1e3", "1E-30", "0.1e+2"])
def test_numbers_stay_as_written(digits: str) -> None:
    assert shape(digits) == ["number", digits]


def test_words() -> None:
    assert [shape(word) for word in ("true", "false", "null", "nullable")] == [
        ["word", "true"],
        ["word", "false"],
        ["word", "null"],
        ["name", "nullable"],
    ]


# References


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("var.roles.0.arn", ("var", "roles")),
        ("data.aws_iam_policy_document.trust[0].json", ("data", "aws_iam_policy_document", "trust")),
        ("aws_iam_role.x.arn", ("aws_iam_role", "x", "arn")),
        ("local.a[*].b", ("local", "a")),
        ("f(x).a", ()),
    ],
)
def test_paths(text: str, path: tuple[str, ...]) -> None:
    node = expression(text)
    assert isinstance(node, tree.Traversal)
    assert node.path == path


def test_splats_hold_the_steps_that_each_element_takes() -> None:
    def steps(text: str) -> list[Any]:
        node = expression(text)
        assert isinstance(node, tree.Traversal)
        return [taken(step) for step in node.steps]

    def taken(step: tree.Step) -> Any:
        if isinstance(step, tree.GetAttribute):
            return step.name
        if isinstance(step, tree.Index):
            return [shape_of(step.key)]
        return ("[*]" if step.full else ".*", *(taken(one) for one in step.each))

    def shape_of(node: tree.Expression) -> Any:
        assert isinstance(node, tree.Literal)
        return node.text

    assert steps("a.b.*.c.d[0].e") == ["b", (".*", "c", "d"), ["0"], "e"]
    assert steps("a.*.0.c") == [(".*", ["0"], "c")]
    assert steps('a[*].b[0]["c"]') == [("[*]", "b", ["0"], ["c"])]
    assert steps("a[*].b[*].c") == [("[*]", "b", ("[*]", "c"))]
    assert steps("a[*].b.*.c[0]") == [("[*]", "b", (".*", "c"), ["0"])]


# Operators


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a || b && c == d < e + f * g", "(a || (b && (c == (d < (e + (f * g))))))"),
        ("a * b + c < d == e && f || g", "((((((a * b) + c) < d) == e) && f) || g)"),
        ("a - b - c / d / e % f", "((a - b) - (((c / d) / e) % f))"),
        ("a == b != c", "((a == b) != c)"),
        ("a < b <= c > d >= e", "((((a < b) <= c) > d) >= e)"),
        ("a || b && c || d", "((a || (b && c)) || d)"),
        ("-a + -b * !c", "((-a) + ((-b) * (!c)))"),
        ("!!a", "(!(!a))"),
        ("(a + b) * c", "([(a + b)] * c)"),
        ("1-2", "(1 - 2)"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a ? b ? c : d : e", "(a ? (b ? c : d) : e)"),
        ("a == b || c ? d + 1 : e", "(((a == b) || c) ? (d + 1) : e)"),
    ],
)
def test_operators_group_as_hcl_says(text: str, said: str) -> None:
    assert grouped(expression(text)) == said


def test_steps_bind_tighter_than_signs() -> None:
    node = expression("-a.b[0]")
    assert isinstance(node, tree.Unary) and isinstance(node.operand, tree.Traversal)


# Collections, calls and for

A, B = ["name", "a"], ["name", "b"]


def test_keys_that_are_names_are_texts_and_those_in_parentheses_are_not() -> None:
    node = expression('{ a = 1, "b" : 2, (c) = 3, "${d}" = 4, true = 5, 6 = 7, for_each = 8, e = 9, for = 10, a = 11 }')
    assert isinstance(node, tree.Object)
    assert [(type(entry.key).__name__, getattr(entry.key, "text", None)) for entry in node.entries] == [
        ("Literal", "a"),
        ("Literal", "b"),
        ("Parentheses", None),
        ("Template", None),
        ("Literal", "true"),
        ("Literal", "6"),
        ("Literal", "for_each"),
        ("Literal", "e"),
        ("Literal", "for"),
        ("Literal", "a"),
    ]


@pytest.mark.parametrize("text", ["{\n a = 1\n b = 2\n}", "{a = 1, b = 2}", "{\n\n a = 1, # x\n\n b = 2,\n\n}"])
def test_objects_over_lines_and_on_one(text: str) -> None:
    assert shape(text) == ["object", [[["text", "a"], ["number", "1"]], [["text", "b"], ["number", "2"]]]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("f()", ["call", "f", [], False]),
        ("f(a, b,)", ["call", "f", [A, B], False]),
        ("f(\n  a,\n  b...\n)", ["call", "f", [A, B], True]),
        ("provider::aws::arn_parse(a)", ["call", "provider::aws::arn_parse", [A], False]),
        ("[for x in a : b]", ["for", ["x"], A, [B], False, []]),
        ("[\n for k, v in a\n :\n b\n if\n a ]", ["for", ["k", "v"], A, [B], False, [A]]),
        ("{for k, v in a : a => b}", ["for", ["k", "v"], A, [A, B], False, []]),
        ("{\n for v in a :\n a\n =>\n b...\n if b\n}", ["for", ["v"], A, [A, B], True, [B]]),
        ("{\n # why\n for v in a : a => b\n}", ["for", ["v"], A, [A, B], False, []]),
        ("[[for x in a : b], {for x in a : a => b}]", None),
    ],
)
def test_calls_and_for(text: str, found: list[Any] | None) -> None:
    if found is None:
        assert [one[0] for one in shape(text)[1]] == ["for", "for"]
    else:
        assert shape(text) == found


def test_for_is_a_name_where_it_begins_no_for_expression() -> None:
    assert parse("x {\n  for = 1\n}\n", "acme.tf").blocks[0].body.attributes.keys() == {"for"}
    assert shape("[(for), 1]")[0] == "tuple"
    assert shape('{"for" = 1}')[0] == "object"


def test_an_expression_alone_may_span_lines() -> None:
    node = parse_expression("a\n  ? b\n  : c\n", "acme.json")
    assert grouped(node) == "(a ? b : c)"


# Comments


def test_comments_are_what_the_lexer_says() -> None:
    text = (
        "# one\n"
        'a = "# none" // two\n'
        "b = <<EOT\n# none\n${1 # three\n}\nEOT\n"
        "/* four\n   more */ c = [ # five\r\n]\n"
        "/* six */ /* seven */ # eight"
    )
    found = comments(text, "acme.tf")
    assert [(one.text, one.trailing, one.at[1:]) for one in found] == [
        (" one", False, (1, 1, 1, 6)),
        (" two", True, (2, 14, 2, 20)),
        (" three", True, (5, 5, 5, 12)),
        (" four\n   more ", False, (8, 1, 9, 11)),
        (" five", True, (9, 18, 9, 24)),
        (" six ", False, (11, 1, 11, 10)),
        (" seven ", True, (11, 11, 11, 22)),
        (" eight", True, (11, 23, 11, 30)),
    ]
    assert [one.text for one in comments(text, "acme.tf", "ve")] == [" five", " seven "]
    assert comments(text, "acme.tf", "absent") == []


def test_comments_before_what_cannot_be_read_are_found() -> None:
    assert [one.text for one in comments('# a\nb = "\n# c', "acme.tf")] == [" a"]


# Anything at all

FRAGMENTS = [
    *'"{}()[]=:,.?!-+*/%<>&|~#\\\n$ \t',
    *("a", "b", "for", "in", "if", "1", "0.5", "true", "null", "é", "\r\n", "==", "&&", "||", "=>", "...", "::", "//"),
    *("${", "%{", "${~", "~}", "$${", "/*", "*/", "<<E\n", "<<-E\n", "\nE\n", "%{ if a }", "%{ else }", "%{ endif }"),
    *("a = ", "b {\n", "\n}\n", "%{ for a in b }", "%{ endfor }", "[*]", ".*", '"c"', "\\u00e9", "\x00", "\u2028"),
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join))
def test_any_text_is_read_or_unreadable(text: str) -> None:
    for read in (parse, parse_expression, parse_template):
        try:
            read(text, "acme.tf")
        except Unreadable as error:
            assert 1 <= error.line <= text.count("\n") + text.count("\r") + 1
            assert error.column >= 1
            assert error.reason


@settings(max_examples=200)
@given(
    st.sampled_from(sorted({**SAMPLES, **ONLY_OURS}.values())),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 4), st.sampled_from(["", *FRAGMENTS])), max_size=3),
)
def test_any_damage_is_read_or_unreadable(text: str, cuts: list[tuple[int, int, str]]) -> None:
    for index, length, put in cuts:
        text = text[:index] + put + text[index + length :]
    try:
        body = parse(text, "acme.tf")
    except Unreadable as error:
        assert error.line >= 1
    else:
        Shapes(text.lstrip("\ufeff")).body(body)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_unreadable(data: bytes) -> None:
    try:
        assert isinstance(parse(data, "acme.tf"), tree.Body)
    except Unreadable as error:
        assert error.reason
