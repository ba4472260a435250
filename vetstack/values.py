"""What an expression of a template can turn out to be.

A resolved property is ordinary Python data: `Text`, `Map` and `Items` are a str, a dict and a list that
know where they stand. Any node of it may instead be a `Choice` (alternatives, each with the setting
that selects it), an `Unknown` (decided at deployment, with the text that is known around it) or
`ABSENT` (`AWS::NoValue`: as if the key were not there). Guards live in `vetstack.guards`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from vetstack.position import Position
from vetstack.records import NamedTuple

if TYPE_CHECKING:
    from vetstack.guards import Guard

Value: TypeAlias = "Text | Map | Items | Choice | Unknown | Absent"


class Text(str):
    """A known scalar, as written: `true`, `012345678901` and `2012-10-17` are texts too.

    `via` names the blocks that the value came through (`Parameters.Name`, `Mappings.Name`).
    """

    __slots__ = ("at", "via")
    at: Position
    via: tuple[str, ...]

    def __new__(cls, text: str, at: Position, via: tuple[str, ...] = ()) -> Text:
        made = super().__new__(cls, text)
        made.at = at
        made.via = via
        return made


class Map(dict[str, Value]):
    """A mapping that knows where it and each of its keys stand."""

    __slots__ = ("at", "key_at", "via")

    def __init__(
        self, entries: Mapping[str, Value], at: Position, key_at: Mapping[str, Position], via: tuple[str, ...] = ()
    ) -> None:
        super().__init__(entries)
        self.at = at
        self.key_at = key_at
        self.via = via

    def child(self, key: str) -> Value:
        """The value under a key, ABSENT when there is none."""
        return self.get(key, ABSENT)

    def named(self, key: str) -> str | None:
        """The key as it is spelt here, whatever its letter case (IAM's key names have none)."""
        if key in self:
            return key
        wanted = key.lower()
        return next((own for own in self if own.lower() == wanted), None)


class Items(list[Value]):
    """A list that knows where it stands."""

    __slots__ = ("at", "via")

    def __init__(self, items: Iterable[Value], at: Position, via: tuple[str, ...] = ()) -> None:
        super().__init__(items)
        self.at = at
        self.via = via


class Absent:
    """The absence of a value; there is one, `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


class Hole(NamedTuple):
    """One thing that only a deployment decides.

    kind: one of the HOLE_KINDS; name: what it is called in the template (`AWS::AccountId`,
    `TrustedAccount`); for a resource its address and, after a `#`, the attribute (`VendorRole#Arn`). Names of an
    embedded template begin with the resource that it is on (`Outer > TrustedAccount`).
    """

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{HOLE_KINDS[self.kind]} {self.shown}"

    @property
    def shown(self) -> str:
        """The name as a template spells it; a resource keeps the address that it is found at."""
        name = self.name.rpartition(" > ")[2] if self.kind in SCOPED else self.name
        return name.replace("#", ".")


SCOPED: Final = frozenset({"parameter", "own-account", "own-region", "stack-name", "stack-id"})
"""Kinds that mean something else inside an embedded template, whose names then say of which."""

HOLE_KINDS: Final = {
    "own-account": "the deploying account",
    "own-region": "the deploying region",
    "partition": "the partition",
    "url-suffix": "the domain suffix",
    "stack-name": "the stack's name",
    "stack-id": "the stack's unique id",
    "parameter": "parameter",
    "resource": "the attribute",
    "generated": "the generated value",
    "import": "the imported value",
    "reference": "the dynamic reference",
    "function": "the result of",
    "external": "the fetched value",
    "applied": "what only the apply decides about",
    "widened": "too many possibilities in",
}
"""Format-neutral kinds of holes, with how a message introduces each."""


class Unknown:
    """A value that a deployment decides.

    `pieces` is the known text and the holes in order; a wholly unknown value is one hole. It may stand
    for a list or a map as well as for a text.
    """

    __slots__ = ("pieces", "at", "via")

    def __init__(self, pieces: tuple[str | Hole, ...], at: Position, via: tuple[str, ...] = ()) -> None:
        self.pieces = pieces
        self.at = at
        self.via = via

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Hole))

    def __str__(self) -> str:
        return "".join(f"${{{p.shown}}}" if isinstance(p, Hole) else p for p in self.pieces)

    def __repr__(self) -> str:
        return f"Unknown({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown) and self.pieces == other.pieces

    def __hash__(self) -> int:
        return hash(self.pieces)


class Alternative(NamedTuple):
    """One thing a value can be, and the setting that makes it so."""

    guard: Guard
    value: Value


class Choice:
    """Alternatives that between them cover every setting of the names their guards speak of.

    hole: the parameter whose value it is, when it is one's; where alternatives are too many to tell apart, it stands
    for them.
    """

    __slots__ = ("alternatives", "at", "hole")

    def __init__(self, alternatives: tuple[Alternative, ...], at: Position, hole: Hole | None = None) -> None:
        self.alternatives = alternatives
        self.at = at
        self.hole = hole

    def __repr__(self) -> str:
        return f"Choice({', '.join(f'{g}: {v!r}' for g, v in self.alternatives)})"


def pieces_of(value: Text | Unknown) -> tuple[str | Hole, ...]:
    """A text or a partly known text as known pieces and holes."""
    return value.pieces if isinstance(value, Unknown) else (str(value),)


def fields_of(value: Text | Unknown, separator: str) -> list[tuple[str | Hole, ...]]:
    """A text cut at a separator, holes kept whole: an ARN cut at ":" has its account in field 4."""
    fields: list[list[str | Hole]] = [[]]
    for piece in pieces_of(value):
        if isinstance(piece, Hole):
            fields[-1].append(piece)
            continue
        first, *rest = piece.split(separator)
        if first:
            fields[-1].append(first)
        fields.extend([part] if part else [] for part in rest)
    return [tuple(field) for field in fields]


def via_of(value: Value) -> tuple[str, ...]:
    """The blocks that a value came through."""
    return () if isinstance(value, (Choice, Absent)) else value.via


def position_of(value: Value) -> Position | None:
    """Where a value stands; None for ABSENT."""
    return None if isinstance(value, Absent) else value.at


def each(value: Value) -> Iterator[Value]:
    """The elements of a list; a value that is no list is its own only element, ABSENT has none."""
    if isinstance(value, Items):
        yield from value
    elif not isinstance(value, Absent):
        yield value
