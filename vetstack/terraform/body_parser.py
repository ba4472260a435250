"""Tokens to bodies, blocks and attributes."""

from __future__ import annotations

from vetstack.terraform.cursor import shown
from vetstack.terraform.expression_parser import ExpressionParser
from vetstack.terraform.lexer import END, LINE_END, NAME, QUOTE, STRING
from vetstack.terraform.node import Node
from vetstack.terraform.template_parser import quoted
from vetstack.terraform.tree import Attribute, Block, Body, Literal

_OPENS_LABEL = (STRING, QUOTE, NAME)


class BodyParser(ExpressionParser):
    """Reads bodies from where it stands. Every method raises Unreadable."""

    __slots__ = ()

    def file(self) -> Body:
        """Everything, up to the end of the text."""
        blocks, attributes = self._items(END)
        return Body(blocks, attributes, (self.source, 0, len(self.source.text)), loose=False)

    def _items(self, closing: str) -> tuple[tuple[Block, ...], dict[str, Attribute]]:
        """What stands before a token that closes the body, each item with the end of its line."""
        blocks: list[Block] = []
        attributes: dict[str, Attribute] = {}
        kinds = self.kinds
        while True:
            kind = kinds[self.here]
            if kind == LINE_END:
                self.here += 1
            elif kind == closing:
                return tuple(blocks), attributes
            else:
                if kind == NAME and kinds[self.here + 1] == "=":
                    self._add_attribute(attributes)
                else:
                    blocks.append(self._block())
                if kinds[self.here] not in (LINE_END, END):
                    raise self.expected("the end of the line")

    def _add_attribute(self, attributes: dict[str, Attribute]) -> None:
        first = self.here
        name = self.texts[first]
        if name in attributes:
            line = attributes[name].name_at.line
            raise self.invalid(f"{shown(name)} is set a second time; the first is on line {line}", self.starts[first])
        self.here += 1
        key = Node(self.since(first))
        self.here += 1
        expression = self.expression()
        attributes[name] = Attribute(name, expression, key, self.since(first))

    def _block(self) -> Block:
        first = self.here
        type = self.take(NAME, "the name of an argument or block")
        labels: list[str] = []
        while self.kinds[self.here] in _OPENS_LABEL:
            labels.append(self._label())
        header = Node(self.since(first))
        if self.kinds[self.here] != "{":
            wanted = "the `{` of a block" if labels else f"the `=` of an argument {shown(type)} or the `{{` of a block"
            raise self.expected(wanted)
        self.descend()
        body = self._body()
        self.depth -= 1
        return Block(type, tuple(labels), body, header, self.since(first))

    def _label(self) -> str:
        kind, text = self.kinds[self.here], self.texts[self.here]
        if kind != QUOTE:
            self.here += 1
            return text if kind == NAME else text[1:-1]
        start = self.starts[self.here]
        label = quoted(self)
        if not isinstance(label, Literal):
            raise self.invalid("a block's label is a text without `${` and `%{`", start)
        return label.text

    def _body(self) -> Body:
        """What stands between braces; on one line with its opening brace that is one attribute at most."""
        opening = self.here
        self.here += 1
        if self.kinds[self.here] in (LINE_END, "}"):
            blocks, attributes = self._items("}")
        else:
            blocks, attributes = (), {}
            if self.kinds[self.here + 1] != "=":
                raise self.expected("one argument, or the end of the line behind the block's `{`,")
            self._add_attribute(attributes)
        self.take("}", "the `}` of a block that is written on one line")
        return Body(blocks, attributes, self.since(opening), loose=False)
