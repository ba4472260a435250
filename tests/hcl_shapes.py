"""Our own HCL trees as the plain lists that `tests/hcl_oracle.py` makes of python-hcl2's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vetstack.position import Position
from vetstack.terraform import tree

Shape = list[Any]


def excerpt(text: str, at: Position) -> str:
    """The characters that a position spans, found as an editor finds them."""
    lines = text.split("\n")[at.line - 1 : at.end_line]
    lines[-1] = lines[-1][: at.end_column - 1]
    lines[0] = lines[0][at.column - 1 :]
    return "\n".join(lines)


class Shapes:
    """The shapes of the trees of one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def body(self, body: tree.Body) -> dict[str, Shape]:
        attributes = [[one.at.line, one.name, self.expression(one.expression)] for one in body.attributes.values()]
        blocks = [
            [one.at.line, one.at.end_line, one.type, list(one.labels), self.body(one.body)] for one in body.blocks
        ]
        return {"attributes": attributes, "blocks": blocks}

    def expression(self, node: tree.Expression) -> Shape:
        if isinstance(node, tree.Literal | tree.Template) and node.block is not None:
            return ["heredoc", excerpt(self.text, node.at)]
        if isinstance(node, tree.Unary):
            return ["operation", node.operator, self.expression(node.operand)]
        if isinstance(node, tree.Binary):
            return ["operation", node.operator, self.expression(node.left), self.expression(node.right)]
        made: Shape = _SHAPES[type(node)](self, node)
        return made

    def literal(self, node: tree.Literal) -> Shape:
        return ["word" if node.kind in ("bool", "null") else node.kind, node.text]

    def template(self, node: tree.Template) -> Shape:
        return ["template", list(self.parts(node.parts))]

    def parts(self, parts: tuple[tree.Part, ...]) -> Shape:
        """Directives flat, as the oracle has them."""
        found: Shape = []
        for part in parts:
            if isinstance(part, tree.Literal):
                found.append(part.text)
            elif isinstance(part, tree.Interpolation):
                found.append(["interpolation", self.expression(part.expression)])
            elif isinstance(part, tree.TemplateIf):
                found += [["template_if_start", self.expression(part.condition)], *self.parts(part.then)]
                found += [["template_else"], *self.parts(part.otherwise)] if part.otherwise else []
                found.append(["template_endif"])
            else:
                names = [part.value] if part.key is None else [part.key, part.value]
                found += [["template_for_start", *names, self.expression(part.collection)], *self.parts(part.parts)]
                found.append(["template_endfor"])
        return found

    def traversal(self, node: tree.Traversal) -> Shape:
        return ["steps", self.expression(node.root), self.steps(node.steps)]

    def steps(self, steps: tuple[tree.Step, ...]) -> Shape:
        """Those inside a splat flat, as the oracle has them."""
        found: Shape = []
        for step in steps:
            if isinstance(step, tree.GetAttribute):
                found.append([".", step.name])
            elif isinstance(step, tree.Index):
                found.append(["[]", self.expression(step.key)])
            else:
                found += ["[*]" if step.full else ".*", *self.steps(step.each)]
        return found

    def call(self, node: tree.Call) -> Shape:
        return ["call", node.name, [self.expression(one) for one in node.arguments], node.spread]

    def conditional(self, node: tree.Conditional) -> Shape:
        return ["conditional", *map(self.expression, (node.condition, node.then, node.otherwise))]

    def loop(self, node: tree.ForTuple | tree.ForObject) -> Shape:
        names = [name for name in (node.key_name, node.value_name) if name is not None]
        made = [node.key, node.value] if isinstance(node, tree.ForObject) else [node.value]
        grouped = isinstance(node, tree.ForObject) and node.grouped
        condition = [] if node.condition is None else [self.expression(node.condition)]
        return ["for", names, self.expression(node.collection), list(map(self.expression, made)), grouped, condition]


_SHAPES: dict[type, Callable[[Shapes, Any], Shape]] = {
    tree.Literal: Shapes.literal,
    tree.Template: Shapes.template,
    tree.Traversal: Shapes.traversal,
    tree.Call: Shapes.call,
    tree.Conditional: Shapes.conditional,
    tree.ForTuple: Shapes.loop,
    tree.ForObject: Shapes.loop,
    tree.Name: lambda shapes, node: ["name", node.name],
    tree.Parentheses: lambda shapes, node: ["()", shapes.expression(node.expression)],
    tree.Tuple: lambda shapes, node: ["tuple", [shapes.expression(one) for one in node.items]],
    tree.Object: lambda shapes, node: [
        "object",
        [[shapes.expression(one.key), shapes.expression(one.value)] for one in node.entries],
    ],
}
