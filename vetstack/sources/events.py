"""The events of libyaml's C parser, of PyYAML's own where that is absent, and what their failures mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import CollectionEndEvent, CollectionStartEvent, Event, ScalarEvent
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from vetstack.sources.interface import Unreadable
from vetstack.sources.limits import MAX_DEPTH
from vetstack.sources.text import Lines

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML was built without libyaml
    CParser = None  # type: ignore[assignment,misc]

_FORBIDDEN: Final = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""What YAML forbids anywhere. The parsers' own reports of it count bytes, or nothing. Compiled when it is needed."""

_DOUBTFUL_ESCAPE: Final = r"!\S*%|\\U"

_PROPERTIES: Final = re.compile(r"(?:(?:&[-0-9A-Za-z_]+\s*|!\S*\s+)(?:#[^\r\n\x85\u2028\u2029]*\s+)*)*")
"""Tags, anchors and the comments behind them, up to the value they belong to."""

_SENTENCES: Final = {
    "mapping values are not allowed": "a second `: ` stands on this line, or this line is indented more than its "
    "neighbours; a text that holds `: ` needs quotes",
    "block sequence entries are not allowed": "a list item `- ` cannot stand here; it is often indented wrongly",
    "could not find expected ':'": "this key has no `:` behind it",
    "did not find expected key": "a key was expected here; the line may be indented wrongly, or a quote be missing",
    "expected <block end>": "a key was expected here; the line may be indented wrongly, or a quote be missing",
    "did not find expected '-' indicator": "a list item `- ` was expected here; the line may be indented wrongly",
    "found unexpected end of stream": "a quote is opened here and never closed",
    "did not find expected ',' or ']'": "a `,` or the closing `]` was expected here",
    "did not find expected ',' or '}'": "a `,` or the closing `}` was expected here",
    "found unknown escape character": "a backslash in double quotes is followed by a character it cannot escape",
    "found invalid Unicode character escape code": "this escape is no character of its own (half of a surrogate pair)",
    "found a tab character": "a tab stands where YAML only takes spaces",
    "did not find expected <document start>": "the document has ended, but something follows it",
}
"""How libyaml begins to say it, and what it means to the author of a template."""


BROKEN: Final = (YAMLError, ValueError, OverflowError)
"""What the parsers raise. The last two escape from PyYAML: for `%ed%a0%80` in a tag and for `\\UFFFFFFFF`."""


class _PureParser(Reader, Scanner, Parser):
    """PyYAML's parser without a loader around it."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def events_of(text: str) -> Callable[[], Event | None]:
    """A function that gives the next event of a text (without a byte order mark), None after the last.

    Raises what is BROKEN, at once or later. Marks count lines as libyaml does, their `index` counts characters.
    """
    if CParser is None:
        pure: Callable[[], Event | None] = _PureParser(text).get_event
        return pure
    return CParser(text.encode()).get_event


def value_start(text: str, index: int, end: int) -> int:
    """Where a node begins that has tags or anchors at `index`; `end` when nothing follows them."""
    found = _PROPERTIES.match(text, index)
    return min(found.end(), end) if found else index


UNREAD: Final = "unread"


def scalars_of(text: str) -> Iterator[tuple[int, int, str]]:
    """From where to where each scalar of a text reaches, without tags and anchors, and its style ("" when plain).

    The last is UNREAD in style, and reaches to the end, when the text cannot be read to there or is too deep.
    """
    depth = end = 0
    try:
        following = events_of(text)
        while depth <= MAX_DEPTH and (event := following()) is not None:
            mark: Any = event.end_mark
            end = mark.index
            if isinstance(event, ScalarEvent):
                scalar: Any = event
                start = scalar.start_mark.index
                if scalar.tag is not None or scalar.anchor is not None:
                    start = value_start(text, start, end) if scalar.value or scalar.style else end
                yield start, end, scalar.style or ""
            elif isinstance(event, CollectionStartEvent):
                depth += 1
            elif isinstance(event, CollectionEndEvent):
                depth -= 1
        if depth > 0:
            yield end, len(text), UNREAD
    except BROKEN:
        yield end, len(text), UNREAD


def unreadable(error: Exception, text: str, lines: Lines) -> Unreadable:
    """What a parser's error means, and where in the text it is."""
    if not isinstance(error, MarkedYAMLError):
        return _unmarked(text, lines)
    problem = str(error.problem or error.context or "the structure is broken")
    mark = error.problem_mark or error.context_mark
    if problem.startswith("found unexpected end of stream") and error.context_mark is not None:
        mark = error.context_mark  # where the quote opens, not the end of the file
    if mark is None:
        return Unreadable(f"this is not valid YAML: {problem}")
    sentence = next((said for start, said in _SENTENCES.items() if problem.startswith(start)), problem)
    character = text[mark.index : mark.index + 1]
    if character == "\t":
        sentence = "a tab stands where YAML only takes spaces"
    elif "cannot start any token" in problem:
        sentence = f"no value can begin with `{character}`; a text that does needs quotes"
    elif "closing" in sentence and error.context_mark is not None:
        sentence += f" to what opens on line {lines.at(error.context_mark.index)[0]}"
    return Unreadable(f"this is not valid YAML: {sentence}", *lines.at(min(mark.index, len(text))))


def _unmarked(text: str, lines: Lines) -> Unreadable:
    """What the parsers report without saying where."""
    found = re.search(_FORBIDDEN, text)
    if found is None:
        escape = re.search(_DOUBTFUL_ESCAPE, text)
        where = lines.at(escape.start()) if escape else (0, 0)
        return Unreadable("this is not valid YAML: it holds an escape that is no character", *where)
    hint = "; is it binary, or UTF-16 without a byte order mark?" if found.group() == "\0" else ""
    said = f"the control character U+{ord(found.group()):04X} cannot stand in a YAML file{hint}"
    return Unreadable(said, *lines.at(found.start()))
