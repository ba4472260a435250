"""Numbers: how they are written, what is reckoned with them, and comparisons of how many elements there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vetstack.position import Position
from vetstack.terraform import tree
from vetstack.terraform.elements import function_of
from vetstack.values import Text, Value


def counted(node: tree.Binary) -> tuple[tree.Expression, str, str] | None:
    """The collection, the operator and the number of `length(…) > 0` and the like."""
    left, right, operator = node.left, node.right, node.operator
    if isinstance(left, tree.Literal):
        left, right, operator = right, left, TURNED.get(operator, operator)
    while isinstance(left, tree.Parentheses):
        left = left.expression
    if not isinstance(left, tree.Call) or left.name != "length" or len(left.arguments) != 1 or left.spread:
        return None
    if isinstance(right, tree.Literal) and right.kind == "number" and number_of(right.text) is not None:
        return left.arguments[0], operator, right.text
    return None


def number_of(text: str) -> float | None:
    """A text as a number; None where it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def number_text(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def calculated(operator: str, left: Value, right: Value, at: Position) -> Value:
    one = number_of(left) if isinstance(left, Text) else None
    other = number_of(right) if isinstance(right, Text) else None
    if one is None or other is None or (operator in "/%" and not other):
        return function_of(operator, [left, right], at)
    try:
        return Text(number_text(ARITHMETIC[operator](one, other)), at)
    except (OverflowError, ValueError):
        return function_of(operator, [left, right], at)


ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": lambda a, b: a % b,
}

COMPARED: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}

TURNED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
NOTHING: Final = frozenset({("==", "0"), ("<", "1"), ("<=", "0")})
SOMETHING: Final = frozenset({(">", "0"), ("!=", "0"), (">=", "1")})
