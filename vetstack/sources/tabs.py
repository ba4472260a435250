"""Tabs that YAML allows and libyaml refuses: behind the `-` of a list item, and on lines that hold nothing else.

Templates that vendors publish have them, and CloudFormation takes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.sources.events import scalars_of

_SEPARATING: Final = re.compile(r"^ *-(?= *\t)([ \t]+)|^(?= *\t)([ \t]+)(?=[#\r\n]|\Z)", re.MULTILINE)
"""A list item's `-` and what separates it from its value; the white space of a blank or a comment's line."""


def with_spaces_for_tabs(text: str) -> str:
    """The text with a space in place of every tab that only separates. What scalars hold is left alone.

    Every character keeps its place, so positions in the one are positions in the other. What libyaml cannot read
    even so is left as far as it was read.
    """
    if "\t" not in text:
        return text
    tabs = [found.span(1 if found.group(1) else 2) for found in _SEPARATING.finditer(text)]
    if not tabs:
        return text
    holding = [(start, end) for start, end, _ in scalars_of(_spaced(text, tabs))]
    return _spaced(text, list(_outside(tabs, holding)))


def _spaced(text: str, stretches: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    done = 0
    for start, end in stretches:
        parts += text[done:start], " " * (end - start)
        done = end
    return "".join(parts) + text[done:]


def _outside(stretches: list[tuple[int, int]], holding: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The stretches that stand in none of the others. Both are in order."""
    index = 0
    for start, end in stretches:
        while index < len(holding) and holding[index][1] <= start:
            index += 1
        if index == len(holding) or holding[index][0] >= end:
            yield start, end
