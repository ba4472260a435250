"""Looking at the trees that sources give, for the tests of sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vetstack.position import Position
from vetstack.sources.interface import Document, Mapping, Node, Scalar, Sequence


def plain(node: Node) -> Any:
    """A tree as strings, dicts and lists."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, (_, value) in node.entries.items()}


def described(node: Node) -> Any:
    """All that a tree says: texts, styles and positions."""
    if isinstance(node, Scalar):
        return (node.text, node.at, node.plain, node.null, node.block)
    if isinstance(node, Sequence):
        return (node.at, [described(item) for item in node.items])
    return (node.at, [(described(key), described(value)) for key, value in node.items()])


def nodes(node: Node) -> Iterator[Node]:
    """Every node of a tree, keys too."""
    yield node
    if isinstance(node, Sequence):
        for item in node.items:
            yield from nodes(item)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield key
            yield from nodes(value)


def at(node: Node, *path: str | int) -> Node:
    """The node at a path of keys and indices."""
    for step in path:
        if isinstance(step, int):
            assert isinstance(node, Sequence)
            node = node.items[step]
        else:
            assert isinstance(node, Mapping)
            found = node.get(step)
            assert found is not None, step
            node = found
    return node


def scalar(node: Node, *path: str | int) -> Scalar:
    found = at(node, *path)
    assert isinstance(found, Scalar)
    return found


def key(node: Node, *path: str | int) -> Scalar:
    """The key at the end of a path."""
    mapping = at(node, *path[:-1])
    assert isinstance(mapping, Mapping)
    found = mapping.key(str(path[-1]))
    assert found is not None
    return found


def source(document: Document, position: Position) -> str:
    """The characters that a position spans, found as an editor finds them: by line and column."""
    lines = document.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    line, column, end_line, end_column = position[1:]
    if line == end_line:
        return lines[line - 1][column - 1 : end_column - 1]
    return "\n".join(
        [lines[line - 1][column - 1 :], *lines[line : end_line - 1], lines[end_line - 1][: end_column - 1]]
    )
