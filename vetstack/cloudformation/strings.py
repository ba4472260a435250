"""Documents that a template gives as text: a policy as a JSON string, however the text comes about.

A text that is written where the document belongs, or inside Fn::Sub, keeps the position of each of its parts. Any
other is read once it is known, in each of its alternatives, and stands where it is used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vetstack.guards import Guard
from vetstack.sources.interface import Mapping, Node, Scalar, Sequence, Unreadable
from vetstack.template import Undecided
from vetstack.values import Alternative, Choice, Hole, Items, Map, Text, Unknown, Value, pieces_of

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

_MIXING: Final = frozenset({"Fn::Join", "Fn::Sub"})
"""Functions whose text comes from several places; of any other, all of it came through the blocks that it names."""

_FIRST_MARK: Final = 0xE000
_LAST_MARK: Final = 0xF8FF


def document(resolver: Resolver, node: Node, given: tuple[Guard, ...]) -> Value:
    """What a node under one of the DOCUMENT_KEYS is, texts read. given: the settings that use it."""
    if isinstance(node, Mapping) and len(node.entries) == 1:
        ((function, argument),) = node.entries.values()
        if function.text == "Fn::If":
            return resolver.branches(argument, node.at, lambda branch, own: document(resolver, branch, own))
        if function.text == "Fn::Sub":
            parts = argument.items if isinstance(argument, Sequence) else [argument]
            text, variables = (parts[0] if parts else argument), (parts[1] if len(parts) == 2 else None)
            if isinstance(text, Scalar) and _looks_like(text.text):
                try:
                    return resolver.resolve(substituting(_tree(text), variables))
                except Unreadable:
                    pass  # what is written into it may be more than the text between two quotes
    if isinstance(node, Scalar) and _looks_like(node.text):
        try:
            return resolver.resolve(_tree(node))
        except Unreadable as error:
            return _unread(resolver, Text(node.text, node.at), error.reason)
    whole = isinstance(node, Mapping) and not _MIXING.intersection(node.entries)
    return _parsed(resolver, resolver.resolve(node), given, whole=whole)


def _looks_like(text: str) -> bool:
    return text.lstrip().startswith("{")


def _tree(node: Scalar) -> Node:
    """The document that a scalar holds, every part of it where it stands. Raises Unreadable."""
    from vetstack.sources.read import read_text

    return read_text(node.text, node.at.file, node.at, node.block).root


def _unread(resolver: Resolver, value: Text | Unknown, reason: str) -> Value:
    said = reason or "it is no JSON object"
    resolver.undecided.append(Undecided(value.at, resolver.owner, f"a policy given as text: {said}"))
    return Unknown((Hole("function", "a policy given as text"),), value.at, value.via)


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


def _parsed(resolver: Resolver, value: Value, given: tuple[Guard, ...], *, whole: bool) -> Value:
    """A resolved document with its texts read; what a deployment decides altogether stays as unknown as it is."""
    if isinstance(value, Choice):
        options = []
        for guard, one in value.alternatives:
            own = tuple(both for outer in given if (both := outer & guard) is not None)
            if own:
                options.append(Alternative(guard, _parsed(resolver, one, own, whole=whole)))
        return Choice(tuple(options), value.at)
    if isinstance(value, Text) or (isinstance(value, Unknown) and isinstance(value.pieces[0], str)):
        return _from_text(resolver, value, value.via if whole else ())
    return value


def _from_text(resolver: Resolver, value: Text | Unknown, through: tuple[str, ...]) -> Value:
    """A document from its text: read with a mark for each hole, which its values get back.

    through: the blocks that all of the text came through.
    """
    from vetstack.sources.read import read_text

    pieces = pieces_of(value)
    known = "".join(piece for piece in pieces if isinstance(piece, str))
    holes = [piece for piece in pieces if isinstance(piece, Hole)]
    mark = _mark_for(known)
    if not _looks_like(known) or mark is None:
        return _unread(resolver, value, "")
    numbers = iter(range(len(holes)))
    marked = "".join(f"{mark}{next(numbers)}{mark}" if isinstance(piece, Hole) else piece for piece in pieces)
    try:
        read = read_text(marked, value.at.file, value.at, None)
    except Unreadable as error:
        return _unread(resolver, value, error.reason)
    return _Filling(mark, holes, value.via, through).filled(resolver.resolve(read.root))


def _mark_for(text: str) -> str | None:
    """A character that neither stands in the text nor is spelt in it by an escape."""
    spelt = text.lower()
    numbers = range(_FIRST_MARK, _LAST_MARK + 1)
    return next((chr(n) for n in numbers if chr(n) not in text and f"{n:04x}" not in spelt), None)


class _Filling:
    """Puts holes back where their marks stand."""

    def __init__(self, mark: str, holes: list[Hole], via: tuple[str, ...], through: tuple[str, ...]) -> None:
        self.holes = holes
        self.via = via
        self.through = through
        self.pattern = re.compile(f"{mark}([0-9]+){mark}")

    def filled(self, value: Value) -> Value:
        if isinstance(value, Text):
            pieces = self._pieces(value)
            if pieces is None:
                return Text(value, value.at, self.through)
            return Unknown(pieces, value.at, tuple(dict.fromkeys((*self.through, *self._via_of(pieces)))))
        if isinstance(value, Items):
            return Items([self.filled(one) for one in value], value.at, value.via)
        if isinstance(value, Map):
            names = {key: self._named(key, value) for key in value}
            entries = {names[key]: self.filled(one) for key, one in value.items()}
            return Map(entries, value.at, {names.get(key, key): at for key, at in value.key_at.items()}, value.via)
        if isinstance(value, Choice):
            options = (Alternative(guard, self.filled(one)) for guard, one in value.alternatives)
            return Choice(tuple(options), value.at, value.hole)
        return value

    def _pieces(self, text: str) -> tuple[str | Hole, ...] | None:
        cut = self.pattern.split(text)  # text, number, text, number, … text
        if len(cut) == 1:
            return None
        return tuple(self.holes[int(part)] if n % 2 else part for n, part in enumerate(cut) if n % 2 or part)

    def _via_of(self, pieces: tuple[str | Hole, ...]) -> tuple[str, ...]:
        """Of the blocks that the whole text came through, the parameters that these holes are."""
        names = {piece.shown for piece in pieces if isinstance(piece, Hole)}
        return tuple(block for block in self.via if block.rpartition("Parameters.")[2] in names)

    def _named(self, key: str, value: Map) -> str:
        pieces = self._pieces(key)
        return key if pieces is None else str(Unknown(pieces, value.at))
