"""Pieces of code as they are found, before it is known where their lines stand: every alternative with its setting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from vetstack.code.interface import Language, Place
from vetstack.code.languages import language_of_program
from vetstack.guards import Guard
from vetstack.records import NamedTuple
from vetstack.values import Absent, Choice, Items, Map, Text, Unknown, Value

ROWS_LIMIT: Final = 16
"""Alternatives of one list of lines that are told apart; past it the lines of every alternative follow each other."""

WORDS_LIMIT: Final = 400
"""Words of one command line of a container or a program that are looked at."""

_QUOTED: Final = frozenset(" \t\n;|&<>()$`\"'*?#")

Known = Text | Unknown


class Draft(NamedTuple):
    """One alternative of a piece of code. parts: texts of a line or more, one after the other."""

    guard: Guard
    place: Place
    language: Language | None
    parts: tuple[Known, ...]

    @property
    def text(self) -> str:
        return "\n".join(str(part).removesuffix("\n") if len(self.parts) > 1 else str(part) for part in self.parts)


def rows_of_lines(guard: Guard, value: Value) -> Iterator[tuple[Guard, tuple[Known, ...]]]:
    """What a text, or a list of lines, can be: the lines under each setting."""
    for outer, whole in guard.over(value):
        if isinstance(whole, (Text, Unknown)):
            yield outer, (whole,)
        elif isinstance(whole, Items):
            yield from _rows(outer, whole)


def _rows(guard: Guard, items: Items) -> list[tuple[Guard, tuple[Known, ...]]]:
    rows: list[tuple[Guard, list[Known]]] = [(guard, [])]
    for item in items:
        options = list(_flat(guard, item))
        if not isinstance(item, Choice) or len(rows) * len(options) > ROWS_LIMIT:
            for _, parts in rows:
                parts.extend(one for _, known in options for one in known)
        else:
            rows = [
                (both, [*parts, *known])
                for inner, parts in rows
                for own, known in options
                if (both := inner & own) is not None
            ]
    return [(inner, tuple(parts)) for inner, parts in rows if parts]


def _flat(guard: Guard, item: Value) -> Iterator[tuple[Guard, tuple[Known, ...]]]:
    for inner, one in guard.over(item):
        if isinstance(one, (Text, Unknown)):
            yield inner, (one,)
        elif isinstance(one, Items):
            words = tuple(word for word in one if isinstance(word, (Text, Unknown)))
            line = command_line(words)
            yield inner, (line,) if line else ()
        else:
            yield inner, ()


def rows_of_words(guard: Guard, value: Value) -> Iterator[tuple[Guard, tuple[Known, ...]]]:
    """The words of a command that is given as a list, or as one text, under each setting."""
    for outer, whole in guard.over(value):
        if isinstance(whole, Absent):
            yield outer, ()
        else:
            for inner, words in rows_of_lines(outer, whole):
                yield inner, words[:WORDS_LIMIT]


def drafts_of_words(guard: Guard, place: Place, words: tuple[Known, ...]) -> Iterator[Draft]:
    """The code in a command line: what a shell or another interpreter is told to run, or the line itself."""
    if not words:
        return
    for number, word in enumerate(words[:-1]):
        language = language_of_program(str(words[number - 1])) if number else None
        if language and str(word).startswith("-") and ("c" in str(word) or str(word) in ("-e", "--eval")):
            yield Draft(guard, place, language, (words[number + 1],))
            return
    line = words[0] if len(words) == 1 else command_line(words)
    if line is not None:
        yield Draft(guard, place, "shell", (line,))


def command_line(words: tuple[Known, ...]) -> Known | None:
    """Words as the line that a shell would read them from, standing where the first one does."""
    if not words:
        return None
    first, last = words[0].at, words[-1].at
    if first.file == last.file and last.end_line >= first.line:
        at = first._replace(end_line=last.end_line, end_column=last.end_column)
    else:
        at = first
    return Text(" ".join(_quoted(str(word)) for word in words), at)


def _quoted(word: str) -> str:
    """A word as a shell reads it back. What the template fills in stays as it is written."""
    bare = word.replace("${", "").replace("}", "")
    if bare and not _QUOTED.intersection(bare):
        return word
    return "'" + word.replace("'", "'\\''") + "'"


def texts_of(guard: Guard, value: Value) -> Iterator[tuple[Guard, Known]]:
    """The texts that a value can be."""
    for inner, one in guard.over(value):
        if isinstance(one, (Text, Unknown)):
            yield inner, one


def maps_of(guard: Guard, value: Value) -> Iterator[tuple[Guard, Map]]:
    """The maps that a value, or the elements of a list, can be."""
    for inner, one in guard.elements(value):
        if isinstance(one, Map):
            yield inner, one


def drafts_of_lines(
    rows: Iterable[tuple[Guard, tuple[Known, ...]]], place: Place, language: Language | None
) -> Iterator[Draft]:
    """Each alternative of some lines as one piece of code."""
    for guard, parts in rows:
        yield Draft(guard, place, language, parts)
