"""A tree that grows node by node: keys that repeat, merge keys, aliases, and the limits on all of it.

It knows nothing of where its nodes come from, only where each stands.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Final

from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.sources.interface import Document, Mapping, Node, Scalar, Sequence, Unreadable
from vetstack.sources.limits import MAX_ALIASED_NODES, MAX_DEPTH, MAX_NODES
from vetstack.sources.shortforms import GET_ATT, attribute_path, long_form

_NOWHERE: Final = Position("", 0, 0, 0, 0)
_MERGE: Final = "<<"
_SPECIAL_KEYS: Final = frozenset({_MERGE, GET_ATT})


class _Anchored(NamedTuple):
    """What an alias stands for: its node, how many nodes that is, and how many collections deep."""

    node: Node
    nodes: int
    height: int


class Open:
    """A collection that still grows.

    start: whatever its reader wants to remember; key: that of the value to come; merges: values of `<<`; last:
    where its latest child stands; height: collections inside one another so far; nodes: how many the tree had.
    """

    __slots__ = ("node", "items", "entries", "start", "key", "merges", "last", "height", "nodes")

    def __init__(self, node: Mapping | Sequence, start: object, nodes: int) -> None:
        self.node = node
        self.items = node.items if isinstance(node, Sequence) else None
        self.entries = {} if isinstance(node, Sequence) else node.entries
        self.start = start
        self.key: Scalar | None = None
        self.merges: list[Mapping] | None = None
        self.last: Position | None = None
        self.height = 1
        self.nodes = nodes


class Tree:
    """The nodes read so far. Every method raises Unreadable when a limit is passed."""

    def __init__(self) -> None:
        self._roots = Sequence(_NOWHERE)
        self._stack = [Open(self._roots, None, 0)]
        self._anchors: dict[str, _Anchored | None] = {}  # None while the anchored collection is open
        self._repeated: dict[Position, tuple[str, Position, Position]] = {}
        self._first_of: dict[Position, Position] = {}
        self._nodes = 0
        self._aliased = 0

    @property
    def duplicates(self) -> list[tuple[str, Position, Position]]:
        """The key, its first and its last position, for each key that one mapping gives more than once."""
        return list(self._repeated.values())

    @property
    def latest(self) -> Position | None:
        """Where the latest child of the innermost open collection stands."""
        return self._stack[-1].last

    def take_root(self) -> Node | None:
        """The finished tree, if anything was read; the next one begins with nothing of it."""
        self._anchors.clear()
        return self._roots.items.pop() if self._roots.items else None

    def open(self, node: Mapping | Sequence, start: object, anchor: str | None) -> None:
        """Begin a collection, whose position is where it begins; what is added from now on is inside it."""
        if len(self._stack) > MAX_DEPTH:
            raise _too_deep(node.at)
        self._stack.append(Open(node, start, self._nodes))
        if anchor is not None:
            self._anchors[anchor] = None

    def close(self) -> Open:
        """End the innermost collection, which its reader then adds."""
        closed = self._stack.pop()
        if closed.merges and isinstance(closed.node, Mapping):
            _merge(closed.node, closed.merges)
        return closed

    def add(self, node: Node, at: Position, height: int) -> None:
        """Add a finished node: an element, a key, or the value of the key before it. height: 0 for a scalar."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise Unreadable(f"the file holds more than {MAX_NODES:,} keys and values", at.line, at.column)
        around = self._stack[-1]
        around.last = at
        if height >= around.height:
            around.height = height + 1
        if around.items is not None:
            around.items.append(node)
        elif around.key is None:
            around.key = _as_key(node, at)
        else:
            key, around.key = around.key, None
            text = key.text
            if text in around.entries or text in _SPECIAL_KEYS:
                self._add_odd_entry(around, key, node, at)
            else:
                around.entries[text] = (key, node)

    def _add_odd_entry(self, around: Open, key: Scalar, value: Node, at: Position) -> None:
        """Add an entry whose key is special or already there."""
        text, entries = key.text, around.entries
        if text == _MERGE and key.plain:
            around.merges = (around.merges or []) + _merged(value, at)
            return
        if text in entries:
            before = entries[text][0].at
            first = self._first_of.get(before, before)
            self._first_of[key.at] = first
            self._repeated[first] = (text, first, key.at)
        entries[text] = (key, attribute_path(value) if text == GET_ATT else value)

    def add_dressed(
        self, node: Node, tag: str | None, anchor: str | None, whole: Position, closed: Open | None
    ) -> None:
        """Add a node under its tag's long form and its anchor's name.

        whole: where it stands, tag and anchor included; closed: what `close` gave, None for a scalar.
        """
        height = closed.height if closed else 0
        key = None if tag is None else long_form(tag)
        if key is not None:
            node = Mapping(whole, {key: (Scalar(key, whole), attribute_path(node) if key == GET_ATT else node)})
            height += 1
            if len(self._stack) - 1 + height > MAX_DEPTH:
                raise _too_deep(whole)
        if anchor is not None:
            before = closed.nodes if closed else self._nodes
            self._anchors[anchor] = _Anchored(node, self._nodes - before + 1, height)
        self.add(node, whole, height)

    def add_alias(self, name: str, at: Position) -> None:
        """Add the node that an anchor names, once more."""
        anchored = self._anchors.get(name)
        if anchored is None:
            said = "stands inside what it repeats" if name in self._anchors else "names no anchor above it"
            raise Unreadable(f"the alias *{name} {said}", at.line, at.column)
        self._nodes += anchored.nodes
        self._aliased += anchored.nodes
        if self._aliased > MAX_ALIASED_NODES:
            said = f"the aliases up to here repeat more than {MAX_ALIASED_NODES:,} keys and values"
            raise Unreadable(said, at.line, at.column)
        if len(self._stack) - 1 + anchored.height > MAX_DEPTH:
            raise _too_deep(at)
        self.add(anchored.node, at, anchored.height)


def _too_deep(at: Position) -> Unreadable:
    said = f"more than {MAX_DEPTH} lists and mappings stand inside one another"
    return Unreadable(said, at.line, at.column)


def _as_key(node: Node, at: Position) -> Scalar:
    if isinstance(node, Scalar):
        return node
    raise Unreadable(
        "a list or a mapping stands where a key belongs; `{{ … }}` of another template language needs quotes, or the "
        "file has to be rendered first",
        at.line,
        at.column,
    )


def _merged(value: Node, at: Position) -> list[Mapping]:
    """The mappings that a merge key brings in, the one that wins last."""
    found = list(reversed(value.items)) if isinstance(value, Sequence) else [value]
    mappings = [mapping for mapping in found if isinstance(mapping, Mapping)]
    if len(mappings) < len(found):
        raise Unreadable("the merge key << takes a mapping or a list of mappings", at.line, at.column)
    return mappings


def _merge(mapping: Mapping, merges: list[Mapping]) -> None:
    """Put merged entries before a mapping's own, which win."""
    own = dict(mapping.entries)
    mapping.entries.clear()
    for merged in merges:
        mapping.entries.update(merged.entries)
    mapping.entries.update(own)


def uncollected(read: Callable[[str, str], Document]) -> Callable[[str, str], Document]:
    """A reader during which the garbage collector rests: a tree has no cycles, and watching it grow costs a quarter
    of the time that it takes."""

    def reading(text: str, file: str) -> Document:
        collecting = gc.isenabled()
        gc.disable()
        try:
            return read(text, file)
        finally:
            if collecting:
                gc.enable()

    return reading
