"""What python-hcl2 sees in HCL texts, in plain lists. It is run as a program, in a process of its own, because
python-hcl2 and Checkov bring packages of the same name: the texts come as JSON on standard input, by name, and go out
the same way.

A body is {"attributes": [[line, name, expression]], "blocks": [[line, end line, type, labels, body]]}; an expression
is a list that begins with what it is. `tests/hcl_shapes.py` makes the same of our own trees.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from typing import Any

from hcl2 import parses_to_tree  # type: ignore[import-not-found]
from hcl2.utils import process_escape_sequences  # type: ignore[import-not-found]
from lark import Token, Tree  # type: ignore[import-not-found]

Shape = list[Any]


def body(tree: Tree) -> dict[str, Shape]:
    attributes, blocks = [], []
    for item in parts(tree):
        if item.data == "attribute":
            name, _, value = parts(item)
            attributes.append([item.meta.line, word(name), expression(value)])
        else:
            type, *labels, _, inner, _ = parts(item)
            names = [string(label)[1] if label.data == "string" else word(label) for label in labels]
            blocks.append([item.meta.line, item.meta.end_line, word(type), names, body(inner)])
    return {"attributes": attributes, "blocks": blocks}


def parts(tree: Tree) -> list[Any]:
    return [part for part in tree.children if not (isinstance(part, Tree) and part.data == "new_line_or_comment")]


def word(tree: Tree) -> str:
    return "".join(str(part) for part in tree.children)


def is_token(part: Any, text: str) -> bool:
    return isinstance(part, Token) and part.strip() == text


def trees(tree: Tree) -> list[Tree]:
    return [part for part in parts(tree) if isinstance(part, Tree)]


def expression(tree: Tree) -> Shape:
    found = parts(tree)
    if tree.data == "expr_term":
        if is_token(found[0], "("):
            return ["()", expression(found[1])]
        return expression(found[0])
    return READ[tree.data](tree)


def string(tree: Tree) -> Shape:
    """The text of a string, or its parts where it has sequences."""
    found: Shape = []
    for part in trees(tree):
        (inner,) = part.children
        if isinstance(inner, Token):
            text = process_escape_sequences(str(inner).replace("$${", "${").replace("%%{", "%{"))
            if found and isinstance(found[-1], str):
                found[-1] += text
            else:
                found.append(text)
        else:
            found.append([str(inner.data), *(READ_WORD.get(one.data, expression)(one) for one in trees(inner))])
    if all(isinstance(part, str) for part in found):
        return ["text", "".join(found)]
    return ["template", found]


def operation(tree: Tree) -> Shape:
    left, term = trees(tree)
    operator, right = trees(term)
    (sign,) = operator.children  # which the oracle gives with the comment before it
    symbol = re.search(r"(?:\|\||&&|[=!<>]=|[-+*/%<>])$", sign)
    return ["operation", symbol and symbol[0], expression(left), expression(right)]


def unary(tree: Tree) -> Shape:
    operator, operand = parts(tree)
    return ["operation", str(operator), expression(operand)]


def steps(tree: Tree) -> Shape:
    """A term and everything that is taken from it, flat."""
    source, step = trees(tree)
    inner = expression(source)
    if inner[0] != "steps" or is_token(parts(source)[0], "("):
        inner = ["steps", inner, []]
    if step.data in ("attr_splat", "full_splat"):
        taken = [".*" if step.data == "attr_splat" else "[*]", *(taken_by(one) for one in trees(step))]
    else:
        taken = [taken_by(step)]
    return ["steps", inner[1], inner[2] + taken]


def taken_by(step: Tree) -> Shape:
    if step.data == "get_attr":
        return [".", word(trees(step)[0])]
    if step.data == "short_index":
        return ["[]", ["number", str(step.children[-1])]]
    return ["[]", expression(trees(step)[0])]


def number(tree: Tree) -> Shape:
    """A number, whose sign the oracle makes part of it when there is a fraction too."""
    digits = word(tree)
    return ["operation", "-", ["number", digits[1:]]] if digits[0] == "-" else ["number", digits]


def call(tree: Tree) -> Shape:
    found = trees(tree)
    name = "::".join(word(part) for part in found if part.data == "identifier")
    arguments = next((part for part in found if part.data == "arguments"), None)
    if arguments is None:
        return ["call", name, [], False]
    spread = any(is_token(part, "...") for part in parts(arguments))
    return ["call", name, [expression(one) for one in trees(arguments)], spread]


def entry(tree: Tree) -> Shape:
    key, _, value = parts(tree)
    (inner,) = parts(key)
    (bare,) = parts(inner) if isinstance(inner, Tree) and len(parts(inner)) == 1 else (inner,)
    if isinstance(bare, Token):
        return [["text", str(bare)], expression(value)]
    if bare.data in ("identifier", "keyword", "literal_value"):
        return [["text", word(bare)], expression(value)]
    return [expression(inner), expression(value)]


def intro(tree: Tree) -> Shape:
    *names, collection = trees(tree)
    return [[word(name) for name in names], expression(collection)]


def loop(tree: Tree) -> Shape:
    first, *values = trees(tree)
    conditions = [expression(trees(one)[0]) for one in values if one.data == "for_cond"]
    made = [expression(one) for one in values if one.data != "for_cond"]
    grouped = any(is_token(part, "...") for part in parts(tree))
    return ["for", *intro(first), made, grouped, conditions]


READ: dict[str, Callable[[Tree], Shape]] = {
    "string": string,
    "int_lit": number,
    "float_lit": number,
    "literal_value": lambda tree: ["word", word(tree)],
    "identifier": lambda tree: ["name", word(tree)],
    "heredoc_template": lambda tree: ["heredoc", word(tree).rstrip()],
    "heredoc_template_trim": lambda tree: ["heredoc", word(tree).rstrip()],
    "conditional": lambda tree: ["conditional", *map(expression, trees(tree))],
    "binary_op": operation,
    "unary_op": unary,
    "tuple": lambda tree: ["tuple", [expression(one) for one in trees(tree)]],
    "object": lambda tree: ["object", [entry(one) for one in trees(tree)]],
    "function_call": call,
    "get_attr_expr_term": steps,
    "index_expr_term": steps,
    "attr_splat_expr_term": steps,
    "full_splat_expr_term": steps,
    "for_tuple_expr": loop,
    "for_object_expr": loop,
}

READ_WORD: dict[str, Callable[[Tree], Any]] = {"identifier": word}
"""Inside directives an identifier that stands alone is the name of a variable."""


def main() -> None:
    seen: dict[str, Any] = {}
    for name, text in json.load(sys.stdin).items():
        try:
            (whole,) = parses_to_tree(text).children
        except Exception as error:  # lark has a dozen kinds of them
            seen[name] = {"error": f"{type(error).__name__}: {error}".partition("\n")[0]}
        else:
            seen[name] = body(whole)
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
