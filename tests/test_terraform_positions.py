"""Every node of an HCL tree spans exactly the characters that it was read from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.hcl_samples import ONLY_OURS, SAMPLES
from tests.hcl_shapes import Shapes, excerpt
from vetstack.position import Position
from vetstack.sources.interface import Unreadable
from vetstack.terraform import tree
from vetstack.terraform.syntax import parse, parse_expression, parse_template

MODULE = """\
# Read-only access for Northwind Observability.
resource "aws_iam_role" "agent" {
  name = "northwind-${var.stage}"

  assume_role_policy = jsonencode({
    Statement = [for account in var.accounts : {
      Principal = { AWS = "arn:aws:iam::${account}:root" }
      "Condition" : var.external_id == "" ? {} : { StringEquals = { "sts:ExternalId" = var.external_id } }
    } if account != null]
  })
\ttags = { é = "😀", owner = "x" }
}
output "arn" { value = aws_iam_role.agent[*].arn }
"""


def nodes(node: Any) -> Iterator[tree.Node]:
    """A node and every node below it."""
    if isinstance(node, tree.Node):
        yield node
        for kind in type(node).__mro__:
            for name in getattr(kind, "__slots__", ()):
                if name != "_where":
                    yield from nodes(getattr(node, name))
    elif isinstance(node, dict | tuple):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from nodes(inner)


def found(text: str) -> dict[str, Position]:
    """Where each node stands, by the characters that it spans; of equal ones the first."""
    places: dict[str, Position] = {}
    for node in nodes(parse(text, "acme.tf")):
        places.setdefault(excerpt(text, node.at), node.at)
    return places


@pytest.mark.parametrize(
    ("span", "at"),
    [
        ('resource "aws_iam_role" "agent"', (2, 1, 2, 32)),
        ("name", (3, 3, 3, 7)),
        ('name = "northwind-${var.stage}"', (3, 3, 3, 34)),
        ('"northwind-${var.stage}"', (3, 10, 3, 34)),
        ("northwind-", (3, 11, 3, 21)),
        ("${var.stage}", (3, 21, 3, 33)),
        ("var.stage", (3, 23, 3, 32)),
        (".stage", (3, 26, 3, 32)),
        ("jsonencode", (5, 24, 5, 34)),
        ('{ AWS = "arn:aws:iam::${account}:root" }', (7, 19, 7, 59)),
        ('AWS = "arn:aws:iam::${account}:root"', (7, 21, 7, 57)),
        ("${account}", (7, 41, 7, 51)),
        ('"Condition"', (8, 7, 8, 18)),
        ('var.external_id == ""', (8, 21, 8, 42)),
        ("{}", (8, 45, 8, 47)),
        ("account != null", (9, 10, 9, 25)),
        ('é = "😀"', (11, 11, 11, 18)),
        ('owner = "x"', (11, 20, 11, 31)),
        ("{ value = aws_iam_role.agent[*].arn }", (13, 14, 13, 51)),
        ("[*].arn", (13, 42, 13, 49)),
        ("[*]", None),
    ],
)
def test_positions(span: str, at: tuple[int, ...] | None) -> None:
    place = found(MODULE).get(span)
    assert (place and place[1:]) == at


def test_positions_over_several_lines() -> None:
    role, output = parse(MODULE, "acme.tf").blocks
    assert role.at == ("acme.tf", 2, 1, 12, 2)
    assert role.header_at == ("acme.tf", 2, 1, 2, 32)
    assert role.body.at == ("acme.tf", 2, 33, 12, 2)
    policy = role.body.attributes["assume_role_policy"]
    assert (policy.name_at, policy.at) == (("acme.tf", 5, 3, 5, 21), ("acme.tf", 5, 3, 10, 5))
    assert (output.at.line, parse(MODULE, "acme.tf").at) == (13, ("acme.tf", 1, 1, 14, 1))


def test_lines_of_two_characters_end() -> None:
    node = parse('a = 1\r\n\r\nb = [\r\n  "c",\r\n]\r\n', "acme.tf").attributes["b"].expression
    assert isinstance(node, tree.Tuple)
    assert (node.at[1:], node.items[0].at[1:]) == ((3, 5, 5, 2), (4, 3, 4, 6))


def test_heredocs_span_from_their_opening_to_their_marker() -> None:
    text = "a = <<-EOT\n    x ${b}\n  EOT\nc = <<E\nE\n"
    body = parse(text, "acme.tf")
    node = body.attributes["a"].expression
    assert isinstance(node, tree.Template)
    assert node.at[1:] == (1, 5, 3, 6)
    assert [part.at[1:] for part in node.parts] == [(2, 1, 2, 7), (2, 7, 2, 11), (2, 11, 3, 1)]
    assert body.attributes["c"].expression.at[1:] == (4, 5, 5, 2)


@pytest.mark.parametrize("text", [MODULE, *SAMPLES.values(), *ONLY_OURS.values()])
def test_what_a_node_spans_reads_as_that_node(text: str) -> None:
    """Cut out of its file, every expression is read as it was, and every block and argument too."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n")
    body = parse(text, "acme.tf")
    texts = {
        id(node.key) for node in nodes(body) if isinstance(node, tree.Entry) and isinstance(node.key, tree.Literal)
    }
    texts |= {id(part) for node in nodes(body) for part in parts_of(node)}
    for node in nodes(body):
        cut = excerpt(text, node.at)
        if isinstance(node, tree.Block):
            (again,) = parse(cut, "acme.tf").blocks
            assert unplaced(Shapes(cut).body(again.body)) == unplaced(Shapes(text).body(node.body))
        elif isinstance(node, tree.Attribute):
            assert parse(cut, "acme.tf").attributes[node.name].name == node.name
        elif isinstance(node, tree.Expression) and id(node) not in texts:
            whole = parse_expression(cut, "acme.tf")
            assert Shapes(cut).expression(whole) == Shapes(text).expression(node)


def unplaced(shape: Any) -> Any:
    """A body's shape without its lines."""
    return {
        "attributes": [one[1:] for one in shape["attributes"]],
        "blocks": [[*one[2:4], unplaced(one[4])] for one in shape["blocks"]],
    }


def parts_of(node: tree.Node) -> tuple[tree.Part, ...]:
    """What stands in a template or directive, which is no expression by itself."""
    if isinstance(node, tree.TemplateIf):
        return (*node.then, *node.otherwise)
    return node.parts if isinstance(node, tree.Template | tree.TemplateFor) else ()


# Texts that are scalars of another file


def test_a_template_in_a_string_stands_where_the_string_does() -> None:
    node = parse_template("a ${b}", "acme.tf.json", Position("acme.tf.json", 7, 10, 7, 18))
    assert isinstance(node, tree.Template)
    assert node.at[1:] == (7, 10, 7, 18)
    assert [part.at[1:] for part in node.parts] == [(7, 11, 7, 13), (7, 13, 7, 17)]


def test_a_template_in_a_string_with_escapes_stands_at_the_string() -> None:
    whole = Position("acme.tf.json", 7, 10, 7, 30)
    node = parse_template('a ${f("b")}', "acme.tf.json", whole)
    assert {one.at for one in nodes(node)} == {whole}


def test_a_template_in_a_block_scalar_stands_on_its_lines() -> None:
    node = parse_template("a\n  ${b}\n", "acme.yaml", Position("acme.yaml", 7, 10, 9, 1), block=4)
    assert isinstance(node, tree.Template)
    assert node.parts[1].at[1:] == (9, 7, 9, 11)


def test_failures_stand_in_the_outer_file() -> None:
    with pytest.raises(Unreadable) as caught:
        parse_template("a ${b c}", "acme.tf.json", Position("acme.tf.json", 7, 10, 7, 20))
    assert (caught.value.line, caught.value.column) == (7, 17)


def test_positions_are_worked_out_once() -> None:
    node = parse("a = b", "acme.tf").attributes["a"].expression
    assert node.at is node.at
    assert repr(node) == "Name('b')"
