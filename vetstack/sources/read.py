"""A source of whatever format, whole or written inside another."""

from __future__ import annotations

from vetstack.position import Position
from vetstack.sources.interface import Document, Unreadable
from vetstack.sources.place import placement_of, relocate
from vetstack.sources.text import decode


def read(data: bytes | str, file: str) -> Document:
    """The tree of a JSON or YAML text. `file` is what its positions call it.

    Raises Unreadable for what is neither, for what is no text at all, and for what passes a limit.
    """
    text = decode(data)
    # Each reader is imported when a file needs it: PyYAML costs a JSON template 15 ms, our own scanner a YAML one 4.
    if text.lstrip(" \t\r\n").startswith(("{", "[")):
        from vetstack.sources.json import read_json

        return read_json(text, file)
    from vetstack.sources.yaml import read_yaml

    return read_yaml(text, file)


def read_text(text: str, file: str, origin: Position | None, block: int | None) -> Document:
    """The tree of a text that is itself a scalar of another source, every position in that source's file.

    origin and block are the scalar's `at` and `block`; without an origin the text is a file of its own. Where
    quoting or folding hides which character is which, everything stands where the scalar does. Raises Unreadable,
    with line and column in the outer file.
    """
    if origin is None:
        return read(text, file)
    placement = placement_of(text, origin, block)
    try:
        document = read(text, file)
    except Unreadable as error:
        line, column = max(error.line, 1), max(error.column, 1)
        at = placement.moved(Position(file, line, column, line, column))
        raise Unreadable(error.reason, at.line, at.column) from None
    relocate(document, placement)
    return document
