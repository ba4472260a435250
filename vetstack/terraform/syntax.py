"""HCL's native syntax: `.tf` and `.tofu` files, and expressions and templates that stand elsewhere.

It follows the specification of HCL and, where that is silent, what Terraform itself accepts.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from typing import Final, TypeVar

from vetstack.position import Position
from vetstack.sources.interface import Comment
from vetstack.sources.place import placement_of
from vetstack.sources.text import decode
from vetstack.terraform.body_parser import BodyParser
from vetstack.terraform.expression_parser import ExpressionParser
from vetstack.terraform.lexer import END, Tokens, tokens_of_expression, tokens_of_file, tokens_of_template
from vetstack.terraform.node import Source
from vetstack.terraform.template_parser import bare
from vetstack.terraform.tree import Body, Expression

_SPACE: Final = re.compile("[ \t]*")

_Made = TypeVar("_Made")


def parse(data: bytes | str, file: str) -> Body:
    """The body of a whole file. `file` is what its positions call it.

    Raises Unreadable, with line and column, for what is no HCL or passes a limit.
    """
    text = decode(data)
    return _uncollected(lambda: BodyParser(Source(text, file), tokens_of_file(text)).file())


def parse_expression(
    text: str, file: str, at: Position | None = None, block: int | None = None, depth: int = 0
) -> Expression:
    """An expression that is a whole text. at, block: as of the scalar that it is the text of, None when it is a file.

    depth: how many nodes stand around it. Raises Unreadable as `parse` does, with line and column in the outer file.
    """
    parser = _standing(text, file, at, block, tokens_of_expression(text), depth)
    found = parser.expression()
    if parser.kinds[parser.here] != END:
        raise parser.expected("the end of the expression")
    return found


def parse_template(
    text: str, file: str, at: Position | None = None, block: int | None = None, depth: int = 0
) -> Expression:
    """A template that is a whole text, as the strings of JSON syntax and template files are; see `parse_expression`.

    Without any sequence in it that is a Literal. The whole stands at `at`.
    """
    parser = _standing(text, file, at, block, tokens_of_template(text), depth)
    return bare(parser, at or (parser.source, 0, len(text)), block)


def comments(text: str, file: str, holding: str = "") -> list[Comment]:
    """Every comment of a native file whose text holds something given, in order, without what opens and closes it.

    Those before a place where the file cannot be read are found too.
    """
    if holding not in text:
        return []
    text = text.lstrip("\ufeff")
    source = Source(text, file)
    found = []
    line, blank = 0, 0  # of the comment before, and where what stands before it ends to be blank
    for start, end in tokens_of_file(text).comments:
        opening = 1 if text[start] == "#" else 2
        closed = text.startswith("/*", start)
        said = text[start + opening : end - 2 if closed else end].rstrip("\r")
        at = source.position(start, start + opening + len(said) + 2 * closed)
        if at.line != line and (space := _SPACE.match(text, start - at.column + 1)):
            line, blank = at.line, space.end()
        if holding in said:
            found.append(Comment(said, at, blank < start))
    return found


def _standing(
    text: str, file: str, at: Position | None, block: int | None, tokens: Tokens, depth: int
) -> ExpressionParser:
    placement = placement_of(text, at, block) if at else None
    return ExpressionParser(Source(text, file, placement), tokens, depth)


def _uncollected(make: Callable[[], _Made]) -> _Made:
    """Make something while the garbage collector rests: a tree has no cycles, and watching it grow costs time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return make()
    finally:
        if collecting:
            gc.enable()
