"""Texts in HCL: quoted ones, heredocs, and what interpolations, directives and strip markers make of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hcl_shapes import Shapes
from vetstack.terraform import tree
from vetstack.terraform.syntax import parse, parse_template

A, B = ["name", "a"], ["name", "b"]
IN = ["interpolation", A]
"""The shape of `${a}`."""


def expression(text: str) -> tree.Expression:
    """The expression of an argument, where line ends count."""
    return parse(f"it = {text}\n", "acme.tf").attributes["it"].expression


def read_text(node: tree.Expression) -> str:
    assert isinstance(node, tree.Literal)
    assert node.kind == "text"
    return node.text


def parts(text: str) -> list[Any]:
    """The parts of a template."""
    node = expression(text)
    assert isinstance(node, tree.Template)
    return Shapes("").parts(node.parts)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('""', ""),
        ('"a b"', "a b"),
        (r'"\n\r\t\"\\"', '\n\r\t"\\'),
        (r'"\u00e9\U0001F600\\n"', "é\U0001f600\\n"),
        ('"$${a} %%{ if b }"', "${a} %{ if b }"),
        ('"$$$${a}"', "$$${a}"),
        ('"$ $$ % %% 100%"', "$ $$ % %% 100%"),
        ('"# // /* } ] )"', "# // /* } ] )"),
    ],
)
def test_quoted_texts(written: str, text: str) -> None:
    assert read_text(expression(written)) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"a${b}c"', ["a", ["interpolation", ["name", "b"]], "c"]),
        ('"${b}"', [["interpolation", ["name", "b"]]]),
        ('"$$${b}"', None),
        ('"${b}${c}"', [["interpolation", ["name", "b"]], ["interpolation", ["name", "c"]]]),
        (
            '"${f("x", "${y["z"]}")}"',
            [
                [
                    "interpolation",
                    [
                        "call",
                        "f",
                        [
                            ["text", "x"],
                            ["template", [["interpolation", ["steps", ["name", "y"], [["[]", ["text", "z"]]]]]]],
                        ],
                        False,
                    ],
                ]
            ],
        ),
        ('"${ {a = "}"} }"', [["interpolation", ["object", [[["text", "a"], ["text", "}"]]]]]]),
        ('"${# }\n b}"', [["interpolation", ["name", "b"]]]),
    ],
)
def test_interpolations(text: str, found: list[Any] | None) -> None:
    if found is None:
        assert read_text(expression(text)) == "$${b}"
    else:
        assert parts(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"x %{ if a }y%{ endif } z"', ["x ", ["template_if_start", A], "y", ["template_endif"], " z"]),
        ('"%{if a}%{else}z%{endif}"', [["template_if_start", A], ["template_else"], "z", ["template_endif"]]),
        (
            '"%{ for k, v in a }${b}%{ endfor }"',
            [["template_for_start", "k", "v", A], ["interpolation", B], ["template_endfor"]],
        ),
        (
            '"%{ for v in a }%{ if b }x%{ endif }y%{ endfor }"',
            [["template_for_start", "v", A], ["template_if_start", B], "x", ["template_endif"], "y"]
            + [["template_endfor"]],
        ),
    ],
)
def test_directives(text: str, found: list[Any]) -> None:
    assert parts(text) == found


def test_what_directives_hold_is_inside_them() -> None:
    node = expression('"%{ if a }x%{ for k, v in c }${d}%{ endfor }%{ else }y%{ endif }"')
    assert isinstance(node, tree.Template)
    (choice,) = node.parts
    assert isinstance(choice, tree.TemplateIf)
    literal, loop = choice.then
    (other,) = choice.otherwise
    assert isinstance(literal, tree.Literal) and isinstance(other, tree.Literal) and isinstance(loop, tree.TemplateFor)
    assert (literal.text, other.text, loop.key, loop.value, len(loop.parts)) == ("x", "y", "k", "v", 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"x \\n ${~ a ~} \\t y"', ["x", IN, "y"]),
        ('"x  ${~ a} y"', ["x", IN, " y"]),
        ('" ${~ a ~} "', ["", IN, ""]),
        ('"x ${a ~}  ${~ a} y"', ["x ", IN, "", IN, " y"]),
        ('"%{ if a ~} x %{~ endif ~} y"', [["template_if_start", A], "x", ["template_endif"], "y"]),
        ("<<E\n x \n ${~ a ~} \n  y\nE", [" x \n", IN, "  y\n"]),
        ("<<E\n x \n${~ a ~}\n\n  y\nE", [" x", IN, "\n  y\n"]),
    ],
)
def test_strip_markers_go_no_further_than_the_line_of_a_heredoc(text: str, found: list[Any]) -> None:
    assert parts(text) == found


@pytest.mark.parametrize(
    ("text", "block", "value"),
    [
        ("<<EOT\n  a\n b\nEOT", 0, "  a\n b\n"),
        ("<<EOT\nEOT", 0, ""),
        ("<<-EOT\n    a\n      b\n\n   \n    c\n  EOT", 4, "a\n  b\n\n   \nc\n"),
        ("<<-EOT\n\t\ta\n\t b\nEOT", 2, "a\nb\n"),
        ("<<-EOT\na\n  b\nEOT", 0, "a\n  b\n"),
        ('<<EOT\n"\\n" $${a} %%{b} $ %\n EOT ', 0, '"\\n" ${a} %{b} $ %\n'),
        ("<<EOT\nEOTX\n EOT.\nEOT", 0, "EOTX\n EOT.\n"),
        ("<<a-b\na\na-b", 0, "a\n"),
    ],
)
def test_heredocs(text: str, block: int, value: str) -> None:
    node = expression(text)
    assert isinstance(node, tree.Literal)
    assert (node.text, node.block) == (value, block)


@pytest.mark.parametrize(
    ("text", "block", "found"),
    [
        ("<<-E\n    x ${a}\n      y\n    E", 4, ["x ", IN, "\n  y\n"]),
        ("<<-E\n    ${a}\n  x\n  E", 2, ["  ", IN, "\nx\n"]),
        ("<<-E\n${a}\n  x\n  E", 0, [IN, "\n  x\n"]),
        # A marker that strips a line's end joins the next line to it, indentation and all.
        (
            "<<-E\n    %{ if a ~}\n    x\n    %{ endif ~}\n    E",
            4,
            ["", ["template_if_start", A], "    x\n", ["template_endif"], ""],
        ),
    ],
)
def test_indented_heredocs_with_sequences(text: str, block: int, found: list[Any]) -> None:
    node = expression(text)
    assert isinstance(node, tree.Template)
    assert (Shapes("").parts(node.parts), node.block) == (found, block)


def test_a_heredoc_in_a_heredoc() -> None:
    node = expression("<<A\n${upper(<<B\nA\nB\n)}\nA")
    assert isinstance(node, tree.Template)
    inner = node.parts[0]
    assert isinstance(inner, tree.Interpolation) and isinstance(inner.expression, tree.Call)
    assert read_text(inner.expression.arguments[0]) == "A\n"


# Texts that stand alone


def test_a_template_alone_has_no_quotes_and_no_escapes() -> None:
    node = parse_template('"a\\n" ${b}\n$${c}', "acme.tftpl")
    assert isinstance(node, tree.Template)
    assert Shapes("").parts(node.parts) == ['"a\\n" ', ["interpolation", B], "\n${c}"]
    assert read_text(parse_template("a\nb", "acme.tftpl")) == "a\nb"
    assert read_text(parse_template("", "acme.tftpl")) == ""
