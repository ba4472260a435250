"""Tabs that YAML allows and libyaml refuses, such as one behind the `-` of a list item or alone on a line.

Templates that vendors publish have them, and CloudFormation takes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from vetstack.sources.events import UNREAD, scalars_of
from vetstack.sources.limits import MAX_SEPARATING_TABS

_SEPARATING: Final = re.compile(r"(?<=\S)(?= *\t)([ \t]+)|^(?= *\t)([ \t]+)(?=[#\r\n]|\Z)", re.MULTILINE)
"""White space with a tab in it, behind something or on a line with nothing but a comment: all but indentation."""


def with_spaces_for_tabs(text: str) -> str:
    """The text with a space in place of every tab that only separates. What scalars hold is left alone.

    Every character keeps its place, so positions in the one are positions in the other. What libyaml cannot read
    even so is left as far as it was read.
    """
    if "\t" not in text:
        return text
    found = islice(_SEPARATING.finditer(text), MAX_SEPARATING_TABS + 1)
    tabs = [tab.span(1 if tab.group(1) else 2) for tab in found]
    if not 0 < len(tabs) <= MAX_SEPARATING_TABS:
        return text
    holding = [scalar for scalar in scalars_of(_spaced(text, tabs)) if scalar[2] != UNREAD]
    return _spaced(text, list(_outside(tabs, holding, text)))


def _spaced(text: str, stretches: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    done = 0
    for start, end in stretches:
        parts += text[done:start], " " * (end - start)
        done = end
    return "".join(parts) + text[done:]


def _outside(
    stretches: list[tuple[int, int]], holding: list[tuple[int, int, str]], text: str
) -> Iterator[tuple[int, int]]:
    """The stretches that stand in no scalar. Both are in order.

    A blank line that begins with a tab is none of a block scalar either, even between its lines.
    """
    index = 0
    for start, end in stretches:
        while index < len(holding) and holding[index][1] <= start:
            index += 1
        inside = index < len(holding) and holding[index][0] < end
        alone = text[start] == "\t" and (start == 0 or text[start - 1] in "\r\n")
        if not inside or (alone and holding[index][2] in ("|", ">")):
            yield start, end
