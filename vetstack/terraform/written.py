"""Texts that remember how they are written, so that the document in one is read with its own positions.

A policy stands in a heredoc, a file or a template file. In its text each value that is written into it is one mark,
as long as what stands there in the source, so that every line and column stays what it is in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from vetstack import texts
from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.sources.interface import Mapping, Node, Scalar, Unreadable
from vetstack.sources.interface import Sequence as Listed
from vetstack.values import ABSENT, Absent, Alternative, Choice, Hole, Items, Map, Text, Unknown, Value

_FIRST: Final = 0xE000
_LAST: Final = 0xF000
PAD: Final = "\uf8ff"
"""Follows a mark until it is as long as what it stands for. Marks are characters that no source may use."""

_MARK: Final = re.compile("([\ue000-\uf000])\uf8ff*")
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")


class Source:
    """Where a text stands, and the text with marks in it.

    rows: the marked text under each setting that its directives tell apart. values: what the marks stand for. origin
    and block: as `sources.read.read_text` takes them; without an origin the text is the whole of `file`.
    """

    __slots__ = ("rows", "values", "file", "origin", "block", "parsed")

    def __init__(
        self,
        rows: Sequence[tuple[Guard, str]],
        values: Sequence[Value],
        file: str,
        origin: Position | None,
        block: int | None,
    ) -> None:
        self.rows = rows
        self.values = values
        self.file = file
        self.origin = origin
        self.block = block
        self.parsed: Value | None = None


class WrittenText(Text):
    """A known text with its source."""

    __slots__ = ("source",)
    source: Source


class WrittenUnknown(Unknown):
    """A partly known text with its source."""

    __slots__ = ("source",)
    source: Source


class WrittenChoice(Choice):
    """Alternatives of one text with its source."""

    __slots__ = ("source",)
    source: Source


def with_source(value: Value, source: Source) -> Value:
    """The value of a text, remembering how it is written."""
    made: WrittenText | WrittenUnknown | WrittenChoice
    if isinstance(value, Text):
        made = WrittenText(value, value.at, value.via)
    elif isinstance(value, Unknown):
        made = WrittenUnknown(value.pieces, value.at, value.via)
    elif isinstance(value, Choice):
        made = WrittenChoice(value.alternatives, value.at, value.hole)
    else:
        return value
    made.source = source
    return made


def source_of(value: Value) -> Source | None:
    """How a text is written; None for what no text of a file is the whole of."""
    return value.source if isinstance(value, (WrittenText, WrittenUnknown, WrittenChoice)) else None


def passed(value: Value, *via: str) -> Value:
    """A value that came through further blocks, which stands where it did."""
    if not via:
        return value
    made: Value = value
    if isinstance(value, Text):
        made = Text(value, value.at, _joined(value.via, via))
    elif type(value) in (Unknown, WrittenUnknown):
        made = Unknown(value.pieces, value.at, _joined(value.via, via))  # type: ignore[union-attr]
    elif isinstance(value, Choice):
        made = like(value, [Alternative(guard, passed(one, *via)) for guard, one in value.alternatives])
    elif isinstance(value, Map):
        made = Map(value, value.at, value.key_at, _joined(value.via, via))
    elif isinstance(value, Items):
        made = type(value)(value, value.at, _joined(value.via, via))
    source = source_of(value)
    return with_source(made, source) if source else made


def _joined(via: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return via + tuple(name for name in more if name not in via)


def like(choice: Choice, alternatives: Sequence[Alternative]) -> Choice:
    """A choice of the same kind with other alternatives."""
    return type(choice)(tuple(alternatives), choice.at, choice.hole)


class Stretch(NamedTuple):
    """A value written into a text, and where its `${…}` stands."""

    value: Value
    at: Position


class Marking:
    """A text while marks are written into it. structured: it is JSON, where a mark outside quotes gets its own."""

    def __init__(self, structured: bool, values: list[Value]) -> None:
        self.structured = structured
        self.values = values
        self.text = ""
        self._quoted = False

    def add(self, text: str) -> None:
        """Known text, as it stands in the file."""
        self.text += _PRIVATE.sub("\ufffd", text)
        if self.structured and (text.count('"') - text.count('\\"')) % 2:
            self._quoted = not self._quoted

    def mark(self, stretch: Stretch) -> None:
        """A value. One that is itself a piece of JSON, with its quotes, is written out."""
        value = stretch.value
        if isinstance(value, Text) and self.structured and ('"' in value or (not self._quoted and "\n" in value)):
            self.add(value)
            return
        if len(self.values) > _LAST - _FIRST:
            value = Unknown((Hole("widened", "a text with many values"),), stretch.at)
        else:
            self.values.append(value)
        mark = chr(_FIRST + len(self.values) - 1)
        at = stretch.at
        lines = at.end_line - at.line
        if not self.structured or self._quoted:
            self.text += mark if lines else mark.ljust(at.end_column - at.column, PAD)
        elif lines:
            self.text += f'"{mark}"' + "\n" * lines + " " * (at.end_column - 1)
        else:
            self.text += f'"{mark.ljust(at.end_column - at.column - 2, PAD)}"'


def looks_structured(text: str) -> bool:
    """Whether a text begins as JSON does."""
    return text.lstrip()[:1] in ("{", "[")


Complain = Callable[[Position, str], None]


def as_document(value: Value, always: Guard, complain: Complain) -> Value:
    """The document that a value holds as text; a value that holds none stays what it is.

    complain: is told where a text cannot be read, and why.
    """
    source = source_of(value)
    if source is None and isinstance(value, Choice):
        options = [(guard, as_document(one, always, complain)) for guard, one in value.alternatives]
        return like(value, [Alternative(guard, one) for guard, one in options])
    if source is None:
        if not isinstance(value, (Text, Unknown)):
            return value
        source = _of_pieces(value, always)
    if not any(looks_structured(text) for _, text in source.rows):
        return value
    if source.parsed is None:
        rows = [(guard, _read(source, text, always, complain)) for guard, text in source.rows]
        source.parsed = texts.alternatives_to_value(rows, _place(source, value))
    return passed(source.parsed, *_via_of(value))


def decoded(value: Value, always: Guard, complain: Complain) -> Value:
    """What `jsondecode` and `yamldecode` make of a value that is no choice; a structure stays what it is."""
    source = source_of(value)
    if source is None and not isinstance(value, Text):
        return Unknown(value.holes, value.at, value.via) if type(value) is Unknown else value
    if source is None:
        assert isinstance(value, Text)
        source = Source([(always, str(value))], [], value.at.file, value.at, None)
    if source.parsed is None:
        rows = [(guard, _read(source, text, always, complain)) for guard, text in source.rows]
        source.parsed = texts.alternatives_to_value(rows, _place(source, value))
    return passed(source.parsed, *_via_of(value))


def _via_of(value: Value) -> tuple[str, ...]:
    if isinstance(value, Choice):
        return next((names for _, one in value.alternatives if (names := _via_of(one))), ())
    return () if isinstance(value, Absent) else value.via


def _place(source: Source, value: Value) -> Position:
    return source.origin or (Position(source.file, 1, 1, 1, 1) if isinstance(value, Absent) else value.at)


def _of_pieces(value: Text | Unknown, always: Guard) -> Source:
    """The source of a text that was put together: all of it stands where the text does."""
    marking = Marking(True, [])
    for piece in value.pieces if isinstance(value, Unknown) else (str(value),):
        if isinstance(piece, Hole):
            marking.mark(Stretch(Unknown((piece,), value.at, value.via), value.at._replace(end_line=value.at.line)))
        else:
            marking.add(piece)
    return Source([(always, marking.text)], marking.values, value.at.file, value.at, None)


def _read(source: Source, text: str, always: Guard, complain: Complain) -> Value:
    from vetstack.sources.read import read_text

    at = source.origin or Position(source.file, 1, 1, 1, 1)
    try:
        document = read_text(text, source.file, source.origin, source.block)
    except Unreadable as error:
        line = error.line or at.line
        complain(at._replace(line=line, column=error.column or at.column), f"a policy given as text: {error.reason}")
        return Unknown((Hole("function", "a policy given as text"),), at)
    return value_of(document.root, source.values, always)


def value_of(node: Node, values: Sequence[Value], always: Guard) -> Value:
    """A located tree as a value, each mark in it replaced by what it stands for."""
    if isinstance(node, Scalar):
        return ABSENT if node.null else _filled(node, values, always)
    if isinstance(node, Listed):
        return Items([value_of(one, values, always) for one in node.items], node.at)
    return _map_of(node, values, always)


def _map_of(node: Mapping, values: Sequence[Value], always: Guard) -> Value:
    entries: dict[str, Value] = {}
    key_at: dict[str, Position] = {}
    for key, below in node.items():
        value = value_of(below, values, always)
        name = str(_filled(key, values, always)) if values else key.text
        if not isinstance(value, Absent):
            entries[name], key_at[name] = value, key.at
    return Map(entries, node.at, key_at)


def _filled(node: Scalar, values: Sequence[Value], always: Guard) -> Value:
    if not values or not _MARK.search(node.text):
        return Text(node.text, node.at)
    cut = _MARK.split(node.text)  # text, mark, text, mark, … text
    parts: list[Value] = []
    for index, piece in enumerate(cut):
        if index % 2:
            number = ord(piece) - _FIRST
            parts.append(values[number] if number < len(values) else ABSENT)
        elif piece:
            parts.append(Text(piece, node.at))
    if len(parts) == 1:
        return texts.moved(parts[0], node.at) if isinstance(parts[0], (Text, Unknown)) else parts[0]
    return texts.concatenate(parts, always, node.at)
