"""Documents that a template gives as text: a policy as a JSON string, inside Fn::Sub, or put together by Fn::Join."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vetstack.position import Position
from vetstack.sources.interface import Document, Mapping, Node, Scalar, Sequence, Unreadable
from vetstack.template import Undecided
from vetstack.values import Hole, Items, Map, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.cloudformation.resolver import Resolver

DOCUMENT_KEYS: Final = frozenset(
    {
        "AssumeRolePolicyDocument",
        "PolicyDocument",
        "InlinePolicy",
        "KeyPolicy",
        "ResourcePolicy",
        "RepositoryPolicyText",
    }
)
"""Properties that take a policy document, as an object or as its JSON text."""

_MARK = re.compile("\ue000([0-9]+)\ue001")


def parsed_document(resolver: Resolver, key: str, node: Node) -> Value | None:
    """The document that a property gives as text; None when it gives no text, or is no document."""
    if key not in DOCUMENT_KEYS:
        return None
    if isinstance(node, Scalar):
        return _read(resolver, node, None, substitute=False) if _looks_like(node) else None
    if not isinstance(node, Mapping) or len(node.entries) != 1:
        return None
    ((function, argument),) = node.entries.values()
    if function.text == "Fn::Sub":
        parts = argument.items if isinstance(argument, Sequence) else [argument]
        variables = parts[1] if len(parts) == 2 else None
        if parts and isinstance(parts[0], Scalar) and _looks_like(parts[0]):
            return _read(resolver, parts[0], variables, substitute=True)
    if function.text == "Fn::Join":
        return _from_pieces(resolver, resolver.resolve(node), node.at)
    return None


def _looks_like(node: Scalar) -> bool:
    return node.text.lstrip().startswith("{")


def _read(resolver: Resolver, node: Scalar, variables: Node | None, *, substitute: bool) -> Value:
    from vetstack.sources.read import read_text

    try:
        document: Document = read_text(node.text, node.at.file, node.at, node.block)
    except Unreadable as error:
        resolver.undecided.append(Undecided(node.at, resolver.owner, f"a policy given as text: {error.reason}"))
        return Unknown((Hole("function", "a policy given as text"),), node.at)
    return resolver.resolve(substituting(document.root, variables) if substitute else document.root)


def substituting(node: Node, variables: Node | None) -> Node:
    """The tree of a text that stood inside Fn::Sub: every scalar in it that has a `${…}` becomes an Fn::Sub."""
    if isinstance(node, Scalar):
        if "${" not in node.text:
            return node
        argument: Node = Sequence(node.at, [node, variables]) if variables is not None else node
        name = Scalar("Fn::Sub", node.at)
        return Mapping(node.at, {"Fn::Sub": (name, argument)})
    if isinstance(node, Sequence):
        return Sequence(node.at, [substituting(item, variables) for item in node.items])
    entries = {key: (name, substituting(value, variables)) for key, (name, value) in node.entries.items()}
    return Mapping(node.at, entries)


def _from_pieces(resolver: Resolver, joined: Value, at: Position) -> Value | None:
    """A document whose text was put together: read with a mark for each hole, which its values get back."""
    from vetstack.sources.read import read_text

    if not isinstance(joined, (Text, Unknown)):
        return None
    pieces = joined.pieces if isinstance(joined, Unknown) else (str(joined),)
    holes = [piece for piece in pieces if isinstance(piece, Hole)]
    numbers = iter(range(len(holes)))
    marked = "".join(f"\ue000{next(numbers)}\ue001" if isinstance(piece, Hole) else piece for piece in pieces)
    if not marked.lstrip().startswith("{"):
        return None
    try:
        document = read_text(marked, at.file, at, None)
    except Unreadable as error:
        resolver.undecided.append(Undecided(at, resolver.owner, f"a policy put together as text: {error.reason}"))
        return Unknown((Hole("function", "a policy put together as text"),), at)
    return _filled(resolver.resolve(document.root), holes)


def _filled(value: Value, holes: list[Hole]) -> Value:
    if isinstance(value, Text) and "\ue000" in value:
        cut = _MARK.split(value)  # text, number, text, number, … text
        pieces = [holes[int(part)] if n % 2 else part for n, part in enumerate(cut) if n % 2 or part]
        return Unknown(tuple(pieces), value.at, value.via)
    if isinstance(value, Items):
        return Items([_filled(one, holes) for one in value], value.at, value.via)
    if isinstance(value, Map):
        return Map({key: _filled(one, holes) for key, one in value.items()}, value.at, value.key_at, value.via)
    return value
