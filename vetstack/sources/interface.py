"""What a source gives: a tree in which every node knows where it stands.

A short intrinsic (`!Sub x`) is the same tree as the long one (`Fn::Sub: x`). Scalars stay as written:
nothing turns `012345678901`, `1:30` or `2012-10-17` into a number, an octal or a date.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

from vetstack.position import Position
from vetstack.records import NamedTuple

if TYPE_CHECKING:
    from vetstack.sources.place import Placement

Node: TypeAlias = "Scalar | Mapping | Sequence"


class Unreadable(Exception):
    """A source that cannot be read. reason: a sentence for the user; line and column from 1, 0 for the whole file."""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


class Scalar:
    """A text as written. plain: not quoted and not a block scalar (a JSON number, true, false or null is plain).

    null: a plain null, `~` or nothing at all. `true` and `True` are written out as `true` when plain.
    block: for a YAML literal block scalar (`|`), how many columns of indentation were stripped from each line, else
    None; its text then starts on the line after `at.line`, so that a position inside it can be worked out.
    """

    __slots__ = ("text", "at", "plain", "null", "block")

    def __init__(
        self, text: str, at: Position, plain: bool = True, null: bool = False, block: int | None = None
    ) -> None:
        self.text = text
        self.at = at
        self.plain = plain
        self.null = null
        self.block = block


class Mapping:
    """Keys and values in order; a key that is given twice keeps its last value (as CloudFormation does)."""

    __slots__ = ("at", "entries")

    def __init__(self, at: Position, entries: dict[str, tuple[Scalar, Node]] | None = None) -> None:
        self.at = at
        self.entries: dict[str, tuple[Scalar, Node]] = {} if entries is None else entries

    def get(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return entry[1] if entry else None

    def key(self, key: str) -> Scalar | None:
        entry = self.entries.get(key)
        return entry[0] if entry else None

    def items(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries.values())

    def __contains__(self, key: object) -> bool:
        return key in self.entries


class Sequence:
    """Items in order."""

    __slots__ = ("at", "items")

    def __init__(self, at: Position, items: list[Node] | None = None) -> None:
        self.at = at
        self.items: list[Node] = [] if items is None else items


class Document:
    """One parsed source. duplicates: (key, first position, last position) of keys given more than once.

    text: without a byte order mark. extra_documents: where a second YAML document starts that is not empty; it is
    not in `root`. placement: where `text` stands in its file when it is embedded, None when it is the whole file. Of a
    Terraform file, which has a tree of its own, only the text counts.
    """

    __slots__ = ("root", "file", "text", "format", "duplicates", "extra_documents", "placement")

    def __init__(
        self,
        root: Node,
        file: str,
        text: str,
        format: Literal["yaml", "json", "hcl"],
        duplicates: list[tuple[str, Position, Position]] | None = None,
        extra_documents: Position | None = None,
        placement: Placement | None = None,
    ) -> None:
        self.root = root
        self.file = file
        self.text = text
        self.format = format
        self.duplicates: list[tuple[str, Position, Position]] = [] if duplicates is None else duplicates
        self.extra_documents = extra_documents
        self.placement = placement


class Comment(NamedTuple):
    """A comment's text without its `#`, where it starts, and whether something else stands before it on the line."""

    text: str
    at: Position
    trailing: bool
