"""Tokens to expressions, by recursive descent; operators are put in order with two stacks, so that precedence takes
no recursion. Three frames at most are spent on each level, of which there are `MAX_DEPTH`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vetstack.terraform.cursor import Cursor, shown
from vetstack.terraform.lexer import HEREDOC, LINE_END, NAME, NUMBER, QUOTE, READABLE_NUMBER, STRING
from vetstack.terraform.node import Node
from vetstack.terraform.template_parser import heredoc, quoted
from vetstack.terraform.tree import (
    Binary,
    Call,
    Conditional,
    Entry,
    Expression,
    ForObject,
    ForTuple,
    GetAttribute,
    Index,
    Literal,
    Name,
    Object,
    Parentheses,
    Splat,
    Step,
    Traversal,
    Tuple,
    Unary,
)

_PRECEDENCE: Final = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!="), 3),
    **dict.fromkeys((">", ">=", "<", "<="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "%"), 6),
}
"""Operators of HCL's native syntax, the highest binding tightest; operators of one level group from the left."""

_AN_EXPRESSION: Final = "an expression"


class ExpressionParser(Cursor):
    """Reads expressions from where it stands. Every method raises Unreadable."""

    __slots__ = ()

    def expression(self) -> Expression:
        """One whole expression, operators and `? :` included."""
        outer = self.deepest
        self.depth = self.deepest = self.depth + 1
        self.check_depth()
        first = self.here
        found = self.operand()
        if self.kinds[self.here] in _PRECEDENCE:
            found = self._operations(first, found)
        if self.kinds[self.here] == "?":
            found = self._conditional(first, found)
        self.depth -= 1
        if self.deepest < outer:
            self.deepest = outer
        return found

    def operand(self) -> Expression:
        """One operand with the steps behind it."""
        first = self.here
        term = _TERMS.get(self.kinds[first])
        if term is None:
            raise self.expected(_AN_EXPRESSION)
        found = term(self)
        if self.kinds[self.here] in (".", "["):
            if not isinstance(found, Name):
                self._wrap()
            found = Traversal(found, self._steps(), self.since(first))
        return found

    def _wrap(self) -> None:
        """What has been read last turns out to stand inside something more."""
        self.deepest += 1
        self.check_depth()

    # Operators

    def _operations(self, first: int, left: Expression) -> Expression:
        """All operators of one expression, from behind its first operand."""
        operands = [(first, left, self.deepest)]
        operators: list[str] = []
        while True:
            level = _PRECEDENCE.get(self.kinds[self.here], 0)
            while operators and _PRECEDENCE[operators[-1]] >= level:
                self._combine(operands, operators.pop())
            if not level:
                return operands[0][1]
            operators.append(self.kinds[self.here])
            self.here += 1
            first = self.here
            self.deepest = self.depth
            operands.append((first, self.operand(), self.deepest))

    def _combine(self, operands: list[tuple[int, Expression, int]], operator: str) -> None:
        """Put an operator between the two operands that were read last."""
        _, right, right_depth = operands.pop()
        first, left, left_depth = operands.pop()
        self.deepest = max(left_depth, right_depth)
        self._wrap()
        operands.append((first, Binary(operator, left, right, self.since(first)), self.deepest))

    def _conditional(self, first: int, condition: Expression) -> Expression:
        self._wrap()
        self.here += 1
        then = self.expression()
        self.take(":", "the `:` of a conditional")
        return Conditional(condition, then, self.expression(), self.since(first))

    def _unary(self) -> Expression:
        first = self.here
        self.descend()
        self.here += 1
        operand = self.operand()
        self.depth -= 1
        return Unary(self.kinds[first], operand, self.since(first))

    # Steps

    def _steps(self, attributes_only: bool = False) -> tuple[Step, ...]:
        found: list[Step] = []
        while True:
            kind = self.kinds[self.here]
            if kind == ".":
                found.append(self._dot(attributes_only))
            elif kind == "[" and not attributes_only:
                found.append(self._bracket())
            else:
                return tuple(found)

    def _dot(self, in_splat: bool) -> Step:
        first = self.here
        self.here += 1
        kind = self.kinds[self.here]
        if kind == NAME:
            self.here += 1
            return GetAttribute(self.texts[self.here - 1], self.since(first))
        if kind == NUMBER:
            return self._old_index(first)
        if kind != "*" or in_splat:
            raise self.expected("the name of an attribute")
        return self._splat(first, 1, full=False)

    def _old_index(self, first: int) -> Index:
        digits = self.texts[self.here]
        if "." in digits:
            said = f"{shown(digits)} is one number; two indices are written [0][1]"
            raise self.invalid(said, self.starts[self.here])
        self.here += 1
        return Index(Literal("number", digits, self.since(self.here - 1)), self.since(first))

    def _bracket(self) -> Step:
        first = self.here
        if self.kinds[first + 1] == "*" and self.kinds[first + 2] == "]":
            return self._splat(first, 3, full=True)
        self.here += 1
        key = self.expression()
        self.take("]", "the `]` of an index")
        return Index(key, self.since(first))

    def _splat(self, first: int, length: int, full: bool) -> Splat:
        self.here += length
        self.descend()
        each = self._steps(attributes_only=not full)
        self.depth -= 1
        return Splat(full, each, self.since(first))

    # Words and texts

    def _name(self) -> Expression:
        first = self.here
        self.here += 1
        if self.kinds[self.here] in ("(", "::"):
            return self._call(first)
        text = self.texts[first]
        if text in ("true", "false"):
            return Literal("bool", text, self.since(first))
        if text == "null":
            return Literal("null", text, self.since(first))
        return Name(text, self.since(first))

    def _number(self) -> Expression:
        text = self.texts[self.here]
        if not READABLE_NUMBER.fullmatch(text):
            raise self.invalid(f"{shown(text)} is no number that can be read", self.starts[self.here])
        self.here += 1
        return Literal("number", text, self.since(self.here - 1))

    def _string(self) -> Expression:
        self.here += 1
        return Literal("text", self.texts[self.here - 1][1:-1], self.since(self.here - 1))

    def _quoted(self) -> Expression:
        return quoted(self)

    def _heredoc(self) -> Expression:
        return heredoc(self)

    def _call(self, first: int) -> Expression:
        name = self.texts[first]
        while self.kinds[self.here] == "::":
            self.here += 1
            name += "::" + self.take(NAME, "the rest of a function's name")
        callee = Node(self.since(first))
        self.take("(", "the `(` of a function's arguments")
        found: list[Expression] = []
        spread = False
        while self.kinds[self.here] != ")":
            found.append(self.expression())
            kind = self.kinds[self.here]
            if kind == "...":
                spread = True
                self.here += 1
            if kind != ",":
                break
            self.here += 1
        self.take(")", "the `)` behind the `...`" if spread else "a `,` or the `)` of a function's arguments")
        return Call(name, tuple(found), spread, callee, self.since(first))

    # Brackets

    def _parentheses(self) -> Expression:
        first = self.here
        self.here += 1
        inner = self.expression()
        self.take(")", "the `)` of parentheses")
        return Parentheses(inner, self.since(first))

    def _tuple(self) -> Expression:
        first = self.here
        self.here += 1
        if self._at_word("for"):
            return self._for_tuple(first)
        found: list[Expression] = []
        while self.kinds[self.here] != "]":
            found.append(self.expression())
            if self.kinds[self.here] != ",":
                break
            self.here += 1
        self.take("]", "a `,` or the `]` of a tuple")
        return Tuple(tuple(found), self.since(first))

    def _object(self) -> Expression:
        first = self.here
        self.here += 1
        if self._at_word("for"):
            return self._for_object(first)
        found: list[Entry] = []
        while True:
            if self.kinds[self.here] == LINE_END:
                self.here += 1
            if self.kinds[self.here] == "}":
                break
            found.append(self._entry())
            if self.kinds[self.here] not in (",", LINE_END):
                break
            self.here += 1
        self.take("}", "a `,`, the end of the line or the `}` of an object")
        return Object(tuple(found), self.since(first))

    def _entry(self) -> Entry:
        first = self.here
        key: Expression
        if self.kinds[first] == NAME and self.kinds[first + 1] in ("=", ":"):
            self.here += 1
            key = Literal("text", self.texts[first], self.since(first))
        else:
            key = self.expression()
        if self.kinds[self.here] not in ("=", ":"):
            raise self.expected("the `=` between a key and its value")
        self.here += 1
        value = self.expression()
        return Entry(key, value, self.since(first))

    # For

    def _for_tuple(self, first: int) -> Expression:
        key_name, value_name, collection = self.for_intro()
        self.take(":", "the `:` before a `for` expression's result")
        value = self.expression()
        condition = self._for_condition()
        self.take("]", "the `]` of a `for` expression")
        return ForTuple(key_name, value_name, collection, value, condition, self.since(first))

    def _for_object(self, first: int) -> Expression:
        key_name, value_name, collection = self.for_intro()
        self.take(":", "the `:` before a `for` expression's result")
        key = self.expression()
        self.take("=>", "the `=>` between a `for` expression's key and value")
        value = self.expression()
        grouped = self.kinds[self.here] == "..."
        self.here += grouped
        condition = self._for_condition()
        self.take("}", "the `}` of a `for` expression")
        return ForObject(key_name, value_name, collection, key, value, grouped, condition, self.since(first))

    def for_intro(self) -> tuple[str | None, str, Expression]:
        """`for key, value in collection`, of an expression or a directive."""
        self.here += 1
        key, value = None, self.take(NAME, "the name of a variable")
        if self.kinds[self.here] == ",":
            self.here += 1
            key, value = value, self.take(NAME, "the name of a second variable")
        if not self._at_word("in"):
            raise self.expected("the `in` of a `for`")
        self.here += 1
        return key, value, self.expression()

    def _for_condition(self) -> Expression | None:
        if not self._at_word("if"):
            return None
        self.here += 1
        return self.expression()

    def _at_word(self, word: str) -> bool:
        return self.kinds[self.here] == NAME and self.texts[self.here] == word


_TERMS: Final[dict[str, Callable[[ExpressionParser], Expression]]] = {
    NAME: ExpressionParser._name,
    STRING: ExpressionParser._string,
    QUOTE: ExpressionParser._quoted,
    HEREDOC: ExpressionParser._heredoc,
    NUMBER: ExpressionParser._number,
    "(": ExpressionParser._parentheses,
    "[": ExpressionParser._tuple,
    "{": ExpressionParser._object,
    "-": ExpressionParser._unary,
    "!": ExpressionParser._unary,
}
"""What an operand may begin with."""
