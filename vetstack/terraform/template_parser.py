"""The tokens of a template to its parts: escapes, strip markers, a heredoc's indentation and nested directives.

The parts are read flat first, because markers and indentation concern neighbours whatever they are nested in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vetstack.records import NamedTuple
from vetstack.terraform.lexer import END, HEREDOC_END, NAME, SEQUENCE_END, TEXT, UNQUOTE
from vetstack.terraform.node import Where
from vetstack.terraform.tree import Expression, Interpolation, Literal, Part, Template, TemplateFor, TemplateIf

if TYPE_CHECKING:
    from vetstack.terraform.expression_parser import ExpressionParser

_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|(?:\$\$|%%)\{")
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPED_SEQUENCE: Final = re.compile(r"\$\$\{|%%\{")

_INDENTATION: Final = re.compile(r"^(?:[^\S\n]*(?=\S)|[^\S\n]+\Z)", re.MULTILINE)
"""What a line begins with that is not blank, or that ends before its end, at a sequence."""

_NO_CHARACTER: Final = 0x110000
_SURROGATES: Final = range(0xD800, 0xE000)

_DIRECTIVES: Final = ("if", "else", "endif", "for", "endfor")
_ENDS: Final = {"endif": "if", "endfor": "for"}


class _Run:
    """Literal text between two sequences, while it is being worked on."""

    __slots__ = ("text", "where")

    def __init__(self, text: str, where: Where) -> None:
        self.text = text
        self.where = where


class _Directive(NamedTuple):
    """`%{ if … }` and the like, from index to index. expression: the condition or the collection."""

    keyword: str
    key: str | None
    value: str
    expression: Expression | None
    start: int
    end: int


_Flat = _Run | Interpolation | _Directive


def quoted(parser: ExpressionParser) -> Literal | Template:
    """A quoted template, from its opening quote."""
    first = parser.here
    parser.here += 1
    flat = _flat(parser, UNQUOTE, quotes=True)
    parser.here += 1
    return _made(parser, flat, parser.since(first), None)


def heredoc(parser: ExpressionParser) -> Literal | Template:
    """A heredoc, from its `<<`."""
    first = parser.here
    parser.here += 1
    flat = _flat(parser, HEREDOC_END, quotes=False)
    parser.here += 1
    block = _stripped(flat) if parser.texts[first].startswith("<<-") else 0
    return _made(parser, flat, parser.since(first), block)


def bare(parser: ExpressionParser, where: Where, block: int | None) -> Literal | Template:
    """A template that is a whole text. where and block: as the text's own, which may be a scalar of another file."""
    return _made(parser, _flat(parser, END, quotes=False), where, block)


def _made(parser: ExpressionParser, flat: list[_Flat], where: Where, block: int | None) -> Literal | Template:
    if not flat:
        return Literal("text", "", where, block)
    if len(flat) == 1 and isinstance(flat[0], _Run):
        return Literal("text", flat[0].text, where, block)
    return Template(_nested(parser, flat), where, block)


# Flat parts


def _flat(parser: ExpressionParser, closing: str, quotes: bool) -> list[_Flat]:
    """Every part up to the token that closes the template, in order. quotes: escapes are resolved."""
    found: list[_Flat] = []
    outer = parser.depth
    while True:
        kind = parser.kinds[parser.here]
        if kind == TEXT:
            found.append(_run(parser, quotes))
        elif kind == "${":
            found.append(_interpolation(parser))
        elif kind == "%{":
            found.append(_directive(parser, outer))
        elif kind == closing:
            parser.depth = outer
            return found
        else:
            raise parser.expected("the end of the text")


def _run(parser: ExpressionParser, quotes: bool) -> _Run:
    """A literal text, its escapes resolved and stripped as the sequences on either side of it demand.

    Without quotes, markers strip no further than the end of the line on the right and the line itself on the left.
    """
    here = parser.here
    parser.here += 1
    text = parser.texts[here]
    if quotes:
        text = _unescaped(parser, here)
    elif "{" in text:
        text = _ESCAPED_SEQUENCE.sub(lambda found: found[0][1:], text)
    if here and parser.texts[here - 1] == "~}" and parser.kinds[here - 1] == SEQUENCE_END:
        cut = len(text) if quotes else text.find("\n") + 1 or len(text)
        text = text[:cut].lstrip() + text[cut:]
    if parser.kinds[here + 1] in ("${", "%{") and parser.texts[here + 1].endswith("~"):
        cut = 0 if quotes else text.rfind("\n", 0, len(text) - 1) + 1
        text = text[:cut] + text[cut:].rstrip()
    return _Run(text, parser.since(here))


def _unescaped(parser: ExpressionParser, here: int) -> str:
    text = parser.texts[here]
    if "\\" not in text and "{" not in text:
        return text

    def resolved(found: re.Match[str]) -> str:
        short, long, letter = found.groups()
        if letter in _ESCAPED:
            return _ESCAPED[letter]
        if not letter and not short and not long:
            return found[0][1:]
        code = _NO_CHARACTER if letter else int(short or long, 16)
        if code >= _NO_CHARACTER or code in _SURROGATES:
            said = rf"`{found[0]}` is no escape: \n, \r, \t, \", \\, \uXXXX or \UXXXXXXXX was expected"
            raise parser.invalid(said, parser.starts[here] + found.start())
        return chr(code)

    return _ESCAPE.sub(resolved, text)


def _interpolation(parser: ExpressionParser) -> Interpolation:
    first = parser.here
    parser.here += 1
    expression = parser.expression()
    _end_sequence(parser)
    return Interpolation(expression, parser.since(first))


def _directive(parser: ExpressionParser, outer: int) -> _Directive:
    """A directive; until the one that ends it, everything is a level deeper. outer: the depth of the template."""
    first = parser.here
    parser.here += 1
    keyword = parser.texts[parser.here] if parser.kinds[parser.here] == NAME else ""
    key, value, expression = None, "", None
    if keyword == "for":
        key, value, expression = parser.for_intro()
    elif keyword in _DIRECTIVES:
        parser.here += 1
        expression = parser.expression() if keyword == "if" else None
    else:
        raise parser.expected(f"one of {', '.join(_DIRECTIVES)}")
    _end_sequence(parser)
    if expression is not None:
        parser.descend()
    elif parser.depth == outer:
        raise parser.invalid(f"there is nothing that this `{keyword}` could belong to", parser.starts[first])
    elif keyword in _ENDS:
        parser.depth -= 1
    _, start, end = parser.since(first)
    return _Directive(keyword, key, value, expression, start, end)


def _end_sequence(parser: ExpressionParser) -> None:
    if parser.kinds[parser.here] != SEQUENCE_END:
        raise parser.expected("the `}` of a sequence (one that is meant as text begins with `$${` or `%%{`)")
    parser.here += 1


def _stripped(flat: list[_Flat]) -> int:
    """Strip the lines of a `<<-` heredoc of as many columns of white space as all that are not blank begin with.

    Returns how many. A line begins where a literal text holds a line's end, which a strip marker may have taken; one
    that begins with a sequence is not indented.
    """
    least: int | None = None
    runs: list[tuple[_Run, int]] = []  # with the index of its first line that begins in it
    fresh = True
    for item in flat:
        if not isinstance(item, _Run):
            least, fresh = (0 if fresh else least), False
            continue
        begin = 0 if fresh else item.text.find("\n") + 1
        if fresh or begin:
            runs.append((item, begin))
            for found in _INDENTATION.finditer(item.text, begin):
                spaces = found.end() - found.start()
                least = spaces if least is None else min(least, spaces)
        if item.text:
            fresh = item.text.endswith("\n")
    if least:
        indentation = re.compile(rf"^[^\S\n]{{{least}}}(?=[^\S\n]*(?:\S|\Z))", re.MULTILINE)
        for item, begin in runs:
            item.text = item.text[:begin] + indentation.sub("", item.text[begin:])
    return least or 0


# Nested parts


class _Open(NamedTuple):
    """A directive that nothing has ended yet, and the parts that stand around it; then: those before its `else`."""

    directive: _Directive
    around: list[Part]
    then: list[Part] | None


def _nested(parser: ExpressionParser, flat: list[_Flat]) -> tuple[Part, ...]:
    """Parts in order, those between a directive and its end inside it."""
    parts: list[Part] = []
    open: list[_Open] = []
    for item in flat:
        if isinstance(item, _Run):
            parts.append(Literal("text", item.text, item.where))
        elif isinstance(item, Interpolation):
            parts.append(item)
        elif item.expression is not None:
            open.append(_Open(item, parts, None))
            parts = []
        else:
            parts = _ended(parser, item, open, parts)
    if open:
        directive = open[-1].directive
        said = f"`%{{ {directive.keyword} }}` is opened here and has no `%{{ end{directive.keyword} }}`"
        raise parser.invalid(said, directive.start)
    return tuple(parts)


def _ended(parser: ExpressionParser, item: _Directive, open: list[_Open], parts: list[Part]) -> list[Part]:
    """Act on `else`, `endif` or `endfor`, and return the parts to go on with. parts: those before it."""
    directive, around, then = open.pop()
    keyword, _, _, expression, start, _ = directive
    if keyword != _ENDS.get(item.keyword, "if") or (item.keyword == "else" and then is not None):
        said = f"`{item.keyword}` stands where the `end{keyword}` was expected that ends the `{keyword}` of line"
        raise parser.invalid(f"{said} {parser.source.position(start, start).line}", item.start)
    if item.keyword == "else":
        open.append(_Open(directive, around, parts))
        return []
    if expression is None:
        raise AssertionError("only what has an expression is opened")
    where = parser.source, start, item.end
    if keyword == "for":
        around.append(TemplateFor(directive.key, directive.value, expression, tuple(parts), where))
    elif then is None:
        around.append(TemplateIf(expression, tuple(parts), (), where))
    else:
        around.append(TemplateIf(expression, tuple(then), tuple(parts), where))
    return around
