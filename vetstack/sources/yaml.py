"""YAML to a located tree: libyaml's events, read once, without recursion and without a loader.

Loaders turn `2012-10-17` into a date and lose most positions; composing deep documents crashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from vetstack.position import Position
from vetstack.sources.events import BROKEN, events_of, unreadable, value_start
from vetstack.sources.interface import Document, Mapping, Node, Scalar, Sequence
from vetstack.sources.shortforms import types_as_text
from vetstack.sources.text import Lines, decode
from vetstack.sources.tree import Tree, uncollected

_WORDS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), ("true", False)),
    **dict.fromkeys(("false", "False", "FALSE"), ("false", False)),
    **{word: (word, True) for word in ("", "~", "null", "Null", "NULL")},
}
"""The plain scalars that are more than their text: how each is written out, and whether it is null."""

_ODD_BREAKS: Final = "\x85\u2028\u2029\ufeff"
"""Where libyaml's lines and columns are not an editor's, so that only its indices count."""

_BLOCK_STYLES: Final = frozenset("|>")
_BLANK: Final = " \t\r\n\x85\u2028\u2029"
_BLOCK_HEADER: Final = re.compile("([|>][-+0-9]*)[^\r\n]*(?:\r\n?|\n)?")
_BREAK: Final = re.compile("\r\n?|\n")

_new: Final = tuple.__new__
"""Makes a Position in half the time of its own constructor."""

Following = Callable[[], "Event | None"]
"""Gives the next event, None after the last."""


def read_yaml(data: bytes | str, file: str) -> Document:
    """The first document of a YAML stream that holds anything. `file` is what its positions call it.

    Raises Unreadable, with line and column, for what is no YAML or passes a limit.
    """
    return _read(decode(data), file)


@uncollected
def _read(text: str, file: str) -> Document:
    failure: Exception
    try:
        return _read_as(text, text, file)
    except BROKEN as error:
        failure = error
    from vetstack.sources.tabs import with_spaces_for_tabs  # few files get this far

    repaired = with_spaces_for_tabs(text)
    if repaired != text:
        try:
            return _read_as(text, repaired, file)
        except BROKEN as error:
            failure = error
    raise unreadable(failure, text, Lines(text))


def _read_as(text: str, parsed: str, file: str) -> Document:
    """The document of a text, parsed from another that differs in white space only. Raises what is BROKEN."""
    reader = _Reader(text, file)
    following = events_of(parsed)
    root = reader.first_document(following)
    extra = reader.next_document(following)
    return Document(root, file, text, "yaml", reader.tree.duplicates, extra)


def _has_odd_breaks(text: str) -> bool:
    return not text.isascii() and any(character in text for character in _ODD_BREAKS)


class _Reader:
    """Turns events, whose attributes PyYAML's stubs leave untyped, into nodes of a tree."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.lines = Lines(text)
        self.tree = Tree()
        self._add = self.tree.add
        self.same = not _has_odd_breaks(text)
        self._handlers: dict[type, Callable[[Any], None]] = {
            ScalarEvent: self._scalar,
            MappingStartEvent: self._open_mapping,
            MappingEndEvent: self._close,
            SequenceStartEvent: self._open_sequence,
            SequenceEndEvent: self._close,
            AliasEvent: self._alias,
        }

    def first_document(self, following: Following) -> Node:
        """The root of the first document that is not empty; a null at the start of the text when there is none."""
        handlers = self._handlers
        while (event := following()) is not None:
            kind = type(event)
            handle = handlers.get(kind)
            if handle is not None:
                handle(event)
            elif kind is DocumentEndEvent:
                root = self.tree.take_root()
                if root is not None and not (isinstance(root, Scalar) and root.null and not root.text):
                    return root
        return Scalar("", Position(self.file, 1, 1, 1, 1), null=True)

    def next_document(self, following: Following) -> Position | None:
        """Where the next document begins that is not empty; its first event is all of it that is read."""
        while (event := following()) is not None:
            if isinstance(event, NodeEvent):
                empty = isinstance(event, ScalarEvent) and not (event.value or event.style or event.tag)
                if not empty:
                    return self._span(event.start_mark, event.end_mark)
        return None

    # Events

    def _scalar(self, event: Any) -> None:
        text, style, start, end = event.value, event.style, event.start_mark, event.end_mark
        if self.same:  # as _span does, without the call: this is where the time goes
            at = _new(Position, (self.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1))
        else:
            at = self._span(start, end)
        if event.tag is not None or event.anchor is not None or style in _BLOCK_STYLES:
            self._add_dressed_scalar(event, at)
        elif style:
            self._add(Scalar(text, at, False), at, 0)
        elif text not in _WORDS:
            self._add(Scalar(text, at), at, 0)
        else:
            text, null = _WORDS[text]
            if not text:
                at = self._nothing(start.index, at)
            self._add(Scalar(text, at, True, null), at, 0)

    def _add_dressed_scalar(self, event: Any, at: Position) -> None:
        scalar = self._dressed_scalar(event, at)
        whole = Position(self.file, at.line, at.column, scalar.at.end_line, scalar.at.end_column)
        self.tree.add_dressed(scalar, event.tag, event.anchor, whole, None)

    def _open_mapping(self, event: Any) -> None:
        self.tree.open(Mapping(self._span(event.start_mark, event.end_mark)), event, event.anchor)

    def _open_sequence(self, event: Any) -> None:
        self.tree.open(Sequence(self._span(event.start_mark, event.end_mark)), event, event.anchor)

    def _close(self, event: Any) -> None:
        closed = self.tree.close()
        start: Any = closed.start
        node, last = closed.node, closed.last
        if start.flow_style or last is None:
            whole = self._span(start.start_mark, event.end_mark)
        else:  # the end mark of a block is wherever the next token stands
            file, line, column, _, _ = node.at
            whole = _new(Position, (file, line, column, last.end_line, last.end_column))
        node.at = whole
        if start.tag is None and start.anchor is None:
            self._add(node, whole, closed.height)
            return
        began = start.start_mark.index
        node.at = self._without_dress(whole, began, value_start(self.text, began, event.end_mark.index))
        self.tree.add_dressed(node, start.tag, start.anchor, whole, closed)

    def _alias(self, event: Any) -> None:
        self.tree.add_alias(event.anchor, self._span(event.start_mark, event.end_mark))

    # Scalars with more to them than their text

    def _dressed_scalar(self, event: Any, whole: Position) -> Scalar:
        """A scalar with a tag, an anchor or a block's indentation."""
        style, tag, text = event.style, event.tag, event.value
        whole_start, end = event.start_mark.index, event.end_mark.index
        start = value_start(self.text, whole_start, end) if text or style else end
        if style in _BLOCK_STYLES:
            return self._block_scalar(text, style, start, end)
        at = self._without_dress(whole, whole_start, start)
        if style or (tag is not None and types_as_text(tag)):
            return Scalar(text, at, False)
        text, null = _WORDS.get(text, (text, False))
        return Scalar(text, at, True, null)

    def _block_scalar(self, text: str, style: str, start: int, end: int) -> Scalar:
        """A block scalar, which ends with its last character that is not blank, and how far it is indented."""
        header = _BLOCK_HEADER.match(self.text, start)
        if header is None:  # never seen
            return Scalar(text, Position(self.file, *self.lines.at(start), *self.lines.at(end)), False)
        body = self.text[header.end() : end]
        content = body.rstrip(_BLANK)
        last = header.end() + len(content) if content else header.end(1)
        at = Position(self.file, *self.lines.at(start), *self.lines.at(last))
        block = None
        if style == "|" and content and not _has_odd_breaks(body):
            inner = text.lstrip("\n")
            skipped = len(text) - len(inner)
            block = len(_BREAK.split(body, skipped + 1)[skipped]) - len(inner.partition("\n")[0])
        return Scalar(text, at, False, False, block)

    # Positions

    def _span(self, start: Any, end: Any) -> Position:
        """From one mark to another. `same`: libyaml's lines are an editor's."""
        if self.same:
            return _new(Position, (self.file, start.line + 1, start.column + 1, end.line + 1, end.column + 1))
        return Position(self.file, *self.lines.at(start.index), *self.lines.at(end.index))

    def _without_dress(self, whole: Position, start: int, inner: int) -> Position:
        """The part of a node behind its tag and anchor, from where in the text both begin."""
        dress = self.text[start:inner]
        if "\n" in dress or "\r" in dress:
            line, column = self.lines.at(inner)
        else:
            line, column = whole.line, whole.column + len(dress)
        return Position(self.file, line, column, whole.end_line, whole.end_column)

    def _nothing(self, index: int, at: Position) -> Position:
        """Where a null stands that is written as nothing: right behind its `:` or `-`, or else behind its key."""
        latest = self.tree.latest
        if latest is None or (index and self.text[index - 1] not in _BLANK):
            return at
        return Position(self.file, latest.end_line, latest.end_column, latest.end_line, latest.end_column)
