"""The comments of a source: what stands between its tokens behind a `#`, never what a scalar holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.position import Position
from vetstack.sources.interface import Comment, Document
from vetstack.sources.text import Lines

_COMMENT: Final = re.compile("#([^\r\n\x85\u2028\u2029]*)")
_HEADER: Final = re.compile("[|>][^\r\n]*")


def comments(document: Document) -> list[Comment]:
    """Every comment of a source, in order. Reads its tokens again, unless the text holds no `#` at all."""
    text = document.text
    if document.format != "yaml" or "#" not in text:
        return []
    lines = Lines(text)
    found: list[Comment] = []
    index = 0
    for start, end in _contents(text):
        found.extend(_between(document, lines, index, start))
        index = end
    found.extend(_between(document, lines, index, len(text)))
    return found


def _contents(text: str) -> Iterator[tuple[int, int]]:
    """From where to where each scalar reaches in which a `#` is not a comment; a block's header is none of it."""
    from vetstack.sources.events import scalars_of
    from vetstack.sources.tabs import with_spaces_for_tabs

    for start, end, style in scalars_of(with_spaces_for_tabs(text)):
        header = _HEADER.match(text, start) if style in ("|", ">") else None
        yield (header.end() if header else start), end


def _between(document: Document, lines: Lines, start: int, end: int) -> Iterator[Comment]:
    text = document.text
    if text.find("#", start, end) < 0:
        return
    for found in _COMMENT.finditer(text, start, end):
        line, column = lines.at(found.start())
        end_line, end_column = lines.at(found.end())
        at = Position(document.file, line, column, end_line, end_column)
        trailing = bool(text[found.start() - column + 1 : found.start()].strip())
        yield Comment(found.group(1), document.placement.moved(at) if document.placement else at, trailing)
