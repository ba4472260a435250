"""Wildcards as IAM reads them: `*` is any text, `?` one character."""

from __future__ import annotations

import re
from functools import lru_cache


def fits(glob: str, text: str) -> bool:
    """Whether a pattern whose only wildcard is `*` stands for a text.

    Each `*` but the last takes the first place that fits, so that time stays in proportion to the two lengths, and
    nothing is compiled: a policy may hold tens of thousands of patterns.
    """
    first, *rest = glob.split("*")
    if not rest:
        return first == text
    *middle, last = rest
    if not text.startswith(first):
        return False
    place = len(first)
    for chunk in middle:
        if chunk:
            place = text.find(chunk, place)
            if place < 0:
                return False
            place += len(chunk)
    return len(text) - len(last) >= place and text.endswith(last)


@lru_cache(maxsize=8192)
def compiled(glob: str, one: str, flags: int) -> re.Pattern[str]:
    """A pattern with `?` as an expression. one: the expression for what `?` stands for.

    Each `*` but the last takes the first place that fits: an atomic group, spelt as a lookahead that is then matched
    again (`(?>` needs Python 3.11).
    """
    first, *rest = (_literal(chunk, one) for chunk in re.split(r"\*+", glob))
    if not rest:
        return re.compile(first, flags)
    *middle, last = rest
    fixed = "".join(f"(?=(?P<g{n}>.*?{chunk}))(?P=g{n})" for n, chunk in enumerate(middle))
    return re.compile(f"{first}{fixed}.*{last}", flags)


def _literal(chunk: str, one: str) -> str:
    return "".join(one if character == "?" else re.escape(character) for character in chunk)
