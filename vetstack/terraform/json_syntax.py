"""HCL's JSON syntax: `.tf.json` and `.tofu.json` files, from located JSON to the tree that native syntax gives.

Which keys are blocks, Terraform's own schema says: of a file, and of the blocks whose schema is the same everywhere.
What a provider's schema would have to say stays an attribute of a loose body: see `nested.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.position import Position
from vetstack.sources.interface import Document, Mapping, Scalar, Sequence, Unreadable
from vetstack.sources.interface import Node as Source
from vetstack.sources.limits import MAX_TOKENS
from vetstack.terraform.cursor import shown
from vetstack.terraform.lexer import READABLE_NUMBER
from vetstack.terraform.node import Node
from vetstack.terraform.syntax import parse_expression, parse_template
from vetstack.terraform.tree import Attribute, Block, Body, Entry, Expression, Literal, Object, Tuple

_FILE: Final = {
    **dict.fromkeys(("terraform", "locals", "moved", "import", "removed"), 0),
    **dict.fromkeys(("provider", "variable", "output", "module", "check"), 1),
    **dict.fromkeys(("resource", "data", "ephemeral", "action"), 2),
}
"""Blocks of a file, with how many labels each has."""

_RESOURCE: Final = {"lifecycle": 0, "connection": 0, "provisioner": 1}
_NESTED: Final[dict[str, dict[str, int]]] = {
    "terraform": {"backend": 1, "cloud": 0, "required_providers": 0, "provider_meta": 1},
    "variable": {"validation": 0},
    "output": {"precondition": 0},
    "check": {"data": 2, "assert": 0},
    "removed": {"lifecycle": 0, "connection": 0, "provisioner": 1},
    "resource": _RESOURCE,
    "data": _RESOURCE,
    "ephemeral": _RESOURCE,
    "lifecycle": {"precondition": 0, "postcondition": 0},
    "provisioner": {"connection": 0},
}
"""Blocks inside blocks by the type around them. A provider's own (`statement`, `principals`) cannot be listed, and
`dynamic` stands for those."""

_AS_WRITTEN: Final = {("variable", "default"), ("variable", "description"), ("output", "description")}
"""Block and attribute whose texts are no templates."""

_AS_EXPRESSION: Final = {
    *((block, "depends_on") for block in ("resource", "data", "ephemeral", "module", "output", "check")),
    *((block, "provider") for block in ("resource", "data", "ephemeral", "import", "action")),
    *(("lifecycle", name) for name in ("ignore_changes", "replace_triggered_by")),
    *((block, name) for block in ("moved", "removed", "import") for name in ("from", "to")),
    ("variable", "type"),
    ("module", "providers"),
}
"""Block and attribute whose texts are references or types, not templates."""

_COMMENT: Final = "//"


def read(document: Document) -> Body:
    """The tree of a JSON document. Positions inside a string are exact where it holds no escapes.

    Raises Unreadable where the document is not made as HCL's JSON syntax is, and where a key that repeats hides
    another.
    """
    for key, _, last in document.duplicates:
        if key != _COMMENT:
            raise _wrong(f"`{key}` stands twice in one object, of which only the second is read", last)
    _check_templates(document.root)
    return _body(document.root, "", _FILE, document.root.at)


def _check_templates(root: Source) -> None:
    """Bound the tokens of all templates together by their characters."""
    left, waiting = MAX_TOKENS, [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            waiting.extend(part for entry in node.items() for part in entry)
        elif isinstance(node, Sequence):
            waiting.extend(node.items)
        elif _is_template(node):
            left -= len(node.text)
            if left < 0:
                raise _wrong(f"its templates have more than {MAX_TOKENS:,} characters", node.at)


def _is_template(source: Scalar) -> bool:
    return not source.plain and ("${" in source.text or "%{" in source.text)


def _wrong(reason: str, at: Position) -> Unreadable:
    return Unreadable(f"this is not Terraform's JSON syntax: {reason}", at.line, at.column)


# Bodies


def _body(source: Source, around: str, schema: dict[str, int], at: Position) -> Body:
    """The body that an object, or a list of objects, stands for. around: the type of its block."""
    blocks: list[Block] = []
    attributes: dict[str, Attribute] = {}
    for key, value in _entries(source, f"the body of `{around}`" if around else "a Terraform file"):
        name = key.text
        if name in schema:
            if not (isinstance(value, Scalar) and value.null):  # null is no block
                blocks.extend(_blocks(key, name, (), schema[name], value))
        elif name in attributes:
            raise _wrong(f"`{name}` is set a second time; the first is on line {attributes[name].name_at.line}", key.at)
        else:
            attributes[name] = _attribute(key, value, around)
    return Body(tuple(blocks), attributes, at, loose=True)


def _blocks(key: Scalar, type: str, labels: tuple[str, ...], more: int, value: Source) -> Iterator[Block]:
    """The blocks under a key, which is the type or the last label so far. more: how many labels are to come."""
    if more:
        for label, inner in _entries(value, f"the name of a `{type}`"):
            yield from _blocks(label, type, (*labels, label.text), more - 1, inner)
        return
    for one in value.items if isinstance(value, Sequence) else [value]:
        body = _body(one, type, _NESTED.get(type, {}), one.at)
        yield Block(type, labels, body, Node(key.at), _across(key, one))


def _entries(source: Source, what: str) -> Iterator[tuple[Scalar, Source]]:
    """The entries of an object, or of all the objects of a list, that are not comments."""
    for one in source.items if isinstance(source, Sequence) else [source]:
        if not isinstance(one, Mapping):
            raise _wrong(f"{what} is an object, or a list of objects", one.at)
        yield from ((key, value) for key, value in one.items() if key.text != _COMMENT)


def _attribute(key: Scalar, value: Source, block: str) -> Attribute:
    kind = (block, key.text)
    if kind in _AS_EXPRESSION:
        expression = _reference(value)
    else:
        expression = _expression(value, 1, kind not in _AS_WRITTEN)
    return Attribute(key.text, expression, Node(key.at), _across(key, value))


def _across(key: Scalar, value: Source) -> Position:
    first, last = key.at, value.at
    return Position(first.file, first.line, first.column, last.end_line, last.end_column)


# Expressions


def _expression(source: Source, depth: int, templates: bool) -> Expression:
    """What a value stands for. templates: whether its texts may hold sequences."""
    if isinstance(source, Sequence):
        return Tuple(tuple(_expression(item, depth + 1, templates) for item in source.items), source.at)
    if isinstance(source, Mapping):
        return Object(tuple(_entry(*entry, depth + 1, templates) for entry in source.items()), source.at)
    return _scalar(source, depth, templates)


def _entry(key: Scalar, value: Source, depth: int, templates: bool) -> Entry:
    name = _text(key, depth, templates)
    return Entry(name, _expression(value, depth, templates), _across(key, value))


def _scalar(source: Scalar, depth: int, templates: bool) -> Expression:
    if not source.plain:
        return _text(source, depth, templates)
    if source.null:
        return Literal("null", "null", source.at)
    if source.text in ("true", "false"):
        return Literal("bool", source.text, source.at)
    if not READABLE_NUMBER.fullmatch(source.text):
        raise _wrong(f"{shown(source.text)} is no number that can be read", source.at)
    return Literal("number", source.text, source.at)


def _text(source: Scalar, depth: int, templates: bool) -> Expression:
    if not templates or not _is_template(source):
        return Literal("text", source.text, source.at, source.block)
    return parse_template(source.text, source.at.file, source.at, source.block, depth)


def _reference(source: Source) -> Expression:
    """A value whose texts are references; as before Terraform 0.12, one may be wrapped as the template of one."""
    if isinstance(source, Sequence):
        return Tuple(tuple(_reference(item) for item in source.items), source.at)
    if isinstance(source, Mapping):
        entries = ((key, value) for key, value in source.items() if key.text != _COMMENT)
        made = (
            Entry(Literal("text", key.text, key.at), _reference(value), _across(key, value)) for key, value in entries
        )
        return Object(tuple(made), source.at)
    if source.plain:
        return _scalar(source, 1, False)
    if source.text.startswith("${"):
        return parse_template(source.text, source.at.file, source.at, source.block, 1)
    return parse_expression(source.text, source.at.file, source.at, source.block, 1)
