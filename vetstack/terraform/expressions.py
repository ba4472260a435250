"""The expressions of HCL as nodes. None is evaluated here, and none is changed once it is made."""

from __future__ import annotations

from typing import Literal as OneOf

from vetstack.position import Position
from vetstack.terraform.node import Node, Where

# Values and texts


class Literal(Node):
    """A text, a number as it is written, `true`, `false` or `null`.

    text: of a text its characters, escapes resolved. block: of a heredoc how many columns of indentation were
    stripped from its lines, else None; its text then starts on the line after `at.line`, as in `sources`' Scalar.
    """

    __slots__ = ("kind", "text", "block")

    def __init__(
        self, kind: OneOf["text", "number", "bool", "null"], text: str, where: Where, block: int | None = None
    ) -> None:
        self._where = where
        self.kind = kind
        self.text = text
        self.block = block


class Template(Node):
    """A text with interpolations or directives in it: quoted, a heredoc, a string of JSON or a template file.

    One that is a single Interpolation and nothing else is that value itself, whatever its type; any other is a text.
    Literal parts are final: escapes resolved, strip markers (`~`) and a heredoc's indentation carried out. One of
    them may be empty. block: as for Literal.
    """

    __slots__ = ("parts", "block")

    def __init__(self, parts: tuple[Part, ...], where: Where, block: int | None = None) -> None:
        self._where = where
        self.parts = parts
        self.block = block


class Interpolation(Node):
    """`${expression}` in a template."""

    __slots__ = ("expression",)

    def __init__(self, expression: Expression, where: Where) -> None:
        self._where = where
        self.expression = expression


class TemplateIf(Node):
    """`%{ if condition }…%{ else }…%{ endif }` in a template."""

    __slots__ = ("condition", "then", "otherwise")

    def __init__(
        self, condition: Expression, then: tuple[Part, ...], otherwise: tuple[Part, ...], where: Where
    ) -> None:
        self._where = where
        self.condition = condition
        self.then = then
        self.otherwise = otherwise


class TemplateFor(Node):
    """`%{ for key, value in collection }…%{ endfor }` in a template; key is None when it is not named."""

    __slots__ = ("key", "value", "collection", "parts")

    def __init__(
        self, key: str | None, value: str, collection: Expression, parts: tuple[Part, ...], where: Where
    ) -> None:
        self._where = where
        self.key = key
        self.value = value
        self.collection = collection
        self.parts = parts


# References


class Name(Node):
    """A variable by its bare name: `var`, `local`, `aws_iam_role`, `each`, or the variable of a `for`."""

    __slots__ = ("name",)

    def __init__(self, name: str, where: Where) -> None:
        self._where = where
        self.name = name


class Traversal(Node):
    """What one finds by following steps from a root, which is mostly a Name: `var.roles[0].arn`.

    Its first steps may be told apart with `path`.
    """

    __slots__ = ("root", "steps")

    def __init__(self, root: Expression, steps: tuple[Step, ...], where: Where) -> None:
        self._where = where
        self.root = root
        self.steps = steps

    @property
    def path(self) -> tuple[str, ...]:
        """The root's name and the attributes behind it, up to the first step that is no attribute.

        `data.aws_iam_policy_document.trust[0].json` gives data, aws_iam_policy_document, trust; a root that is no
        name gives nothing.
        """
        found: list[str] = []
        if isinstance(self.root, Name):
            found.append(self.root.name)
            for step in self.steps:
                if not isinstance(step, GetAttribute):
                    break
                found.append(step.name)
        return tuple(found)


class GetAttribute(Node):
    """The step `.name`."""

    __slots__ = ("name",)

    def __init__(self, name: str, where: Where) -> None:
        self._where = where
        self.name = name


class Index(Node):
    """The step `[key]`, or the old `.0`, whose key is a number too."""

    __slots__ = ("key",)

    def __init__(self, key: Expression, where: Where) -> None:
        self._where = where
        self.key = key


class Splat(Node):
    """The step `[*]` (full) or `.*`, with the steps that are taken from each element.

    After `[*]` those are all the steps that follow; after `.*` only the attributes (and old indices) do: in `a.*.b[0]`
    the index is a step of the traversal again, taken from the list.
    """

    __slots__ = ("full", "each")

    def __init__(self, full: bool, each: tuple[Step, ...], where: Where) -> None:
        self._where = where
        self.full = full
        self.each = each


# Operations


class Call(Node):
    """`name(arguments)`; name has its namespace (`provider::aws::arn_parse`). spread: the last argument has `...`."""

    __slots__ = ("name", "arguments", "spread", "callee")

    def __init__(self, name: str, arguments: tuple[Expression, ...], spread: bool, callee: Node, where: Where) -> None:
        self._where = where
        self.name = name
        self.arguments = arguments
        self.spread = spread
        self.callee = callee

    @property
    def name_at(self) -> Position:
        return self.callee.at


class Conditional(Node):
    """`condition ? then : otherwise`."""

    __slots__ = ("condition", "then", "otherwise")

    def __init__(self, condition: Expression, then: Expression, otherwise: Expression, where: Where) -> None:
        self._where = where
        self.condition = condition
        self.then = then
        self.otherwise = otherwise


class Unary(Node):
    """`-operand` or `!operand`."""

    __slots__ = ("operator", "operand")

    def __init__(self, operator: str, operand: Expression, where: Where) -> None:
        self._where = where
        self.operator = operator
        self.operand = operand


class Binary(Node):
    """`left operator right`, precedence carried out."""

    __slots__ = ("operator", "left", "right")

    def __init__(self, operator: str, left: Expression, right: Expression, where: Where) -> None:
        self._where = where
        self.operator = operator
        self.left = left
        self.right = right


class Parentheses(Node):
    """`(expression)`; as a key of an object it says that a name in it is a variable."""

    __slots__ = ("expression",)

    def __init__(self, expression: Expression, where: Where) -> None:
        self._where = where
        self.expression = expression


# Collections


class Tuple(Node):
    """`[item, …]`."""

    __slots__ = ("items",)

    def __init__(self, items: tuple[Expression, ...], where: Where) -> None:
        self._where = where
        self.items = items


class Object(Node):
    """`{ key = value, … }`, keys that repeat included."""

    __slots__ = ("entries",)

    def __init__(self, entries: tuple[Entry, ...], where: Where) -> None:
        self._where = where
        self.entries = entries


class Entry(Node):
    """`key = value` or `key : value`; a key that is a bare name is a Literal text, as a quoted one is."""

    __slots__ = ("key", "value")

    def __init__(self, key: Expression, value: Expression, where: Where) -> None:
        self._where = where
        self.key = key
        self.value = value


class ForTuple(Node):
    """`[for key_name, value_name in collection : value if condition]`; what is not written is None."""

    __slots__ = ("key_name", "value_name", "collection", "value", "condition")

    def __init__(
        self,
        key_name: str | None,
        value_name: str,
        collection: Expression,
        value: Expression,
        condition: Expression | None,
        where: Where,
    ) -> None:
        self._where = where
        self.key_name = key_name
        self.value_name = value_name
        self.collection = collection
        self.value = value
        self.condition = condition


class ForObject(Node):
    """`{for key_name, value_name in collection : key => value if condition}`; what is not written is None.

    grouped: `...` follows the value, so that each key has the tuple of its values.
    """

    __slots__ = ("key_name", "value_name", "collection", "key", "value", "grouped", "condition")

    def __init__(
        self,
        key_name: str | None,
        value_name: str,
        collection: Expression,
        key: Expression,
        value: Expression,
        grouped: bool,
        condition: Expression | None,
        where: Where,
    ) -> None:
        self._where = where
        self.key_name = key_name
        self.value_name = value_name
        self.collection = collection
        self.key = key
        self.value = value
        self.grouped = grouped
        self.condition = condition


Expression = (
    Literal
    | Template
    | Name
    | Traversal
    | Call
    | Conditional
    | Unary
    | Binary
    | Parentheses
    | Tuple
    | Object
    | ForTuple
    | ForObject
)

Step = GetAttribute | Index | Splat

Part = Literal | Interpolation | TemplateIf | TemplateFor
