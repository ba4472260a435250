"""What an HCL file is made of: bodies, blocks and attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vetstack.position import Position
from vetstack.terraform.node import Node, Where

if TYPE_CHECKING:
    from vetstack.terraform.expressions import Expression


class Body(Node):
    """What stands between a block's braces, or in a whole file: blocks in order, and attributes by name.

    loose: it was written in JSON, where only the schema of a block tells its nested blocks from its attributes. An
    attribute whose value is an object, or a tuple of objects, may then stand for blocks: see `nested.py`.
    """

    __slots__ = ("blocks", "attributes", "loose")

    def __init__(self, blocks: tuple[Block, ...], attributes: dict[str, Attribute], where: Where, loose: bool) -> None:
        self._where = where
        self.blocks = blocks
        self.attributes = attributes
        self.loose = loose


class Block(Node):
    """`type "label" … { body }`; header stands for everything before the brace."""

    __slots__ = ("type", "labels", "body", "header")

    def __init__(self, type: str, labels: tuple[str, ...], body: Body, header: Node, where: Where) -> None:
        self._where = where
        self.type = type
        self.labels = labels
        self.body = body
        self.header = header

    @property
    def header_at(self) -> Position:
        """From the type up to the end of the last label; in JSON the key that is the last label."""
        return self.header.at


class Attribute(Node):
    """`name = expression`."""

    __slots__ = ("name", "expression", "key")

    def __init__(self, name: str, expression: Expression, key: Node, where: Where) -> None:
        self._where = where
        self.name = name
        self.expression = expression
        self.key = key

    @property
    def name_at(self) -> Position:
        return self.key.at
