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


def comments(document: Document, holding: str = "") -> list[Comment]:
    """Every comment of a source whose text holds something given, in order.

    It reads the tokens again, which takes half as long as reading the document did, unless the source cannot have
    such a comment at all.
    """
    text = document.text
    if document.format != "yaml" or "#" not in text or holding not in text:
        return []
    lines = Lines(text)
    found: list[Comment] = []
    index = 0
    for start, end in _contents(text):
        if text.find("#", index, start) >= 0:
            found.extend(_between(document, lines, index, start, holding))
        index = end
    found.extend(_between(document, lines, index, len(text), holding))
    return found


def _contents(text: str) -> Iterator[tuple[int, int]]:
    """From where to where each scalar reaches in which a `#` is not a comment; a block's header is none of it."""
    from vetstack.sources.events import scalars_of
    from vetstack.sources.tabs import with_spaces_for_tabs

    for start, end, style in scalars_of(with_spaces_for_tabs(text)):
        header = _HEADER.match(text, start) if style in ("|", ">") else None
        yield (header.end() if header else start), end


def _between(document: Document, lines: Lines, start: int, end: int, holding: str) -> Iterator[Comment]:
    text = document.text
    for found in _COMMENT.finditer(text, start, end):
        said = found.group(1)
        if holding not in said:
            continue
        line, column = lines.at(found.start())
        at = Position(document.file, line, column, line, column + 1 + len(said))
        trailing = bool(text[found.start() - column + 1 : found.start()].strip())
        yield Comment(said, document.placement.moved(at) if document.placement else at, trailing)
