"""Text for a terminal or a log: safe to show, of known width, wrapped.

What a template says is untrusted. Escape sequences, line breaks, bidirectional controls and characters that have
no picture are shown as `\\x1b` or `\\u202e` and never written as they are; long runs are wrapped here and not by the
terminal, so that no part of a text can begin a line of its own and pass for the report's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_BLANKS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that count as printable and show nothing; variation selectors are tested by range."""


def shown(text: str, encoding: str = "utf-8") -> str:
    """A text on one line with every character escaped that is not printable or that `encoding` does not have."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(shown_character(character, encoding) for character in text)


def shown_character(character: str, encoding: str) -> str:
    """One character as `shown` has it: itself, or its escape as Python writes it."""
    if _has_a_picture(character):
        try:
            character.encode(encoding)
            return character
        except UnicodeEncodeError:
            pass
    return character.encode("unicode_escape").decode("ascii")


def _has_a_picture(character: str) -> bool:
    if not character.isprintable() or character in _BLANKS:
        return False
    return not ("\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef")


def columns(text: str) -> int:
    """How many columns a terminal gives a text that `shown` has made."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, limit: int) -> str:
    """A text of at most `limit` characters, with what is left out counted."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} [... {len(text) - limit:,} more characters]"


def wrapped(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Lines of at most `width` columns. `first` and `rest` stand before the first and the other lines.

    Runs of spaces count as one, and a word that is too long for a line is broken.
    """
    rest = " " * columns(first) if rest is None else rest
    lines: list[str] = []
    line, start = first, first
    for word in text.split(" "):
        if not word:
            continue
        gap = "" if line == start else " "
        if columns(line) + len(gap) + columns(word) <= width:
            line += gap + word
            continue
        if line != start:
            lines.append(line)
            line = start = rest
        for piece in _broken(word, max(width - columns(line), 8)):
            if line != start:
                lines.append(line)
                line = start = rest
            line += piece
    lines.append(line)
    return [each.rstrip() for each in lines]


def _broken(word: str, width: int) -> Iterable[str]:
    """A word in pieces of at most `width` columns."""
    piece, used = "", 0
    for character in word:
        taken = columns(character)
        if used + taken > width and piece:
            yield piece
            piece, used = "", 0
        piece, used = piece + character, used + taken
    yield piece


def counted(number: int, one: str, many: str = "") -> str:
    """`1 error`, `2 errors`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(items: Iterable[str], limit: int = 8) -> str:
    """`a, b, c`, with what is past the limit counted."""
    names = list(items)
    more = len(names) - limit
    return ", ".join(names if more <= 0 else [*names[:limit], f"and {more:,} more"])
