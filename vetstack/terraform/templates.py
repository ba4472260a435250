"""Texts with `${…}` and `%{…}` in them: quoted strings, heredocs, and the files that `templatefile` names."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from vetstack import texts
from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.terraform import tree
from vetstack.terraform.conditions import settings
from vetstack.terraform.elements import entries
from vetstack.terraform.encoding import as_text
from vetstack.terraform.written import Marking, Source, Stretch, looks_structured, with_source
from vetstack.values import Choice, Hole, Items, Map, Text, Unknown, Value, via_of

if TYPE_CHECKING:
    from vetstack.terraform.evaluator import Scope

ROWS_LIMIT: Final = 32
"""Texts that the directives of one template are spelt out as; past it both branches of an `if` follow each other."""

Row = tuple[Guard, "list[Text | Stretch]"]


def render(
    scope: Scope, parts: tuple[tree.Part, ...], at: Position, block: int | None, file: str | None = None
) -> Value:
    """The text of a template. file: the template is all of it; then nothing is moved to where it is used."""
    if len(parts) == 1 and isinstance(parts[0], tree.Literal) and block is None and file is None:
        text = Text(parts[0].text, at)
        return with_source(text, _source(scope, [(scope.always, [text])], at, None, None)) if _holds(text) else text
    rows = _rows(scope, parts, [(scope.always, [])])
    alone = _alone(rows)
    if alone is not None:
        return alone
    work = scope.module.work
    if any(work.too_large(*(part if isinstance(part, Text) else part.value for part in row)) for _, row in rows):
        return scope.widened(at)
    first = "".join(part for part in rows[0][1] if isinstance(part, Text)) if rows else ""
    value = _document(rows, at) if looks_structured(_beginning(rows)) and "\n" in first else _joined(scope, rows, at)
    if "\n" not in first and not looks_structured(first):
        return value
    return with_source(value, _source(scope, rows, at, block, file))


def _alone(rows: list[Row]) -> Value | None:
    """The structure that a template is all of but for blanks around it, as a heredoc around one document is."""
    if len(rows) != 1:
        return None
    parts = [part for part in rows[0][1] if not isinstance(part, Text) or part.strip()]
    if len(parts) != 1 or isinstance(parts[0], Text):
        return None
    value = parts[0].value
    options = [one for _, one in value.alternatives] if isinstance(value, Choice) else [value]
    return value if options and all(isinstance(one, (Map, Items)) for one in options) else None


def _holds(text: str) -> bool:
    return looks_structured(text) or "\n" in text


def _beginning(rows: list[Row]) -> str:
    return next((part for _, row in rows for part in row if isinstance(part, Text) and part.strip()), "")


def _rows(scope: Scope, parts: tuple[tree.Part, ...], rows: list[Row]) -> list[Row]:
    """The pieces of a template under each setting that its directives tell apart."""
    for part in parts:
        if isinstance(part, tree.Literal):
            _add(rows, Text(part.text, part.at))
        elif isinstance(part, tree.Interpolation):
            _add(rows, Stretch(scope.evaluate(part.expression), part.at))
        elif isinstance(part, tree.TemplateIf):
            rows = _branches(scope, part, rows)
        else:
            rows = _rounds(scope, part, rows)
    return rows


def _add(rows: list[Row], piece: Text | Stretch) -> None:
    for _, row in rows:
        row.append(piece)


def _branches(scope: Scope, part: tree.TemplateIf, rows: list[Row]) -> list[Row]:
    truth = scope.truth(part.condition)
    world = scope.module.work.world
    found: list[Row] = []
    for side, inner in ((truth.true, part.then), (truth.false, part.otherwise)):
        for guard in settings(world, side):
            held = [(both, list(row)) for outer, row in rows if (both := outer & guard) is not None]
            found.extend(_rows(scope, inner, held))
    if len(found) <= ROWS_LIMIT:
        return found or rows
    return _rows(scope, part.otherwise, _rows(scope, part.then, rows))


def _rounds(scope: Scope, part: tree.TemplateFor, rows: list[Row]) -> list[Row]:
    collection = scope.evaluate(part.collection)
    found: list[Row] = []
    for guard, whole in scope.always.over(collection):
        held = [(both, list(row)) for outer, row in rows if (both := outer & guard) is not None]
        for _, key, value in entries(guard, whole):
            names = {part.value: value, **({part.key: key} if part.key else {})}
            held = _rows(scope.with_names(names), part.parts, held)
        found.extend(held)
    return found if 0 < len(found) <= ROWS_LIMIT else rows


def _joined(scope: Scope, rows: list[Row], at: Position) -> Value:
    """The text with every alternative of what is written into it."""
    made = []
    for guard, row in rows:
        parts = _run_together([part if isinstance(part, Text) else _plain(part.value) for part in row])
        made.append((guard, texts.concatenate(parts, guard, at)))
    return texts.alternatives_to_value(made, at)


def _run_together(parts: list[Value]) -> list[Value]:
    """The parts of a text with neighbouring known ones as one."""
    made: list[Value] = []
    for _, group in groupby(parts, key=lambda part: isinstance(part, Text)):
        neighbours = list(group)
        first = neighbours[0]
        if isinstance(first, Text) and len(neighbours) > 1:
            via = dict.fromkeys(name for one in neighbours for name in via_of(one))
            made.append(Text("".join(str(one) for one in neighbours), first.at, tuple(via)))
        else:
            made.extend(neighbours)
    return made


def _document(rows: list[Row], at: Position) -> Value:
    """The text of a document, in which whatever is written into it is a hole: its source tells the rest."""
    made: list[tuple[Guard, Value]] = []
    for guard, row in rows:
        pieces: list[str | Hole] = []
        for part in row:
            if isinstance(part, Text):
                pieces.append(str(part))
            else:
                pieces.extend(_as_pieces(part.value))
        made.append((guard, texts.made(tuple(pieces), at, ())))
    return texts.alternatives_to_value(made, at)


def _as_pieces(value: Value) -> tuple[str | Hole, ...]:
    if isinstance(value, (Text, Unknown)):
        return (str(value),) if isinstance(value, Text) else value.pieces
    return (value.hole,) if isinstance(value, Choice) and value.hole else (Hole("function", "a value"),)


def _plain(value: Value) -> Value:
    """A value as it is written into a text: a list or a map as its JSON."""
    return as_text(value) if isinstance(value, (Items, Map)) else value


def _source(scope: Scope, rows: list[Row], at: Position, block: int | None, file: str | None) -> Source:
    structured = looks_structured(_beginning(rows))
    values: list[Value] = []
    marked = []
    for guard, row in rows:
        marking = Marking(structured, values)
        for part in row:
            if isinstance(part, Text):
                marking.add(part)
            else:
                marking.mark(part)
        marked.append((guard, marking.text))
    return Source(marked, values, file or at.file, None if file else at, block)
