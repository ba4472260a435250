"""Code that a template has more of than is read."""

from __future__ import annotations

from typing import Final, cast

from vetstack.position import Position
from vetstack.template import Template, Undecided

_KEY: Final = "vetstack.code.gaps"


def gaps_in(template: Template) -> tuple[Undecided, ...]:
    """What of the code of a template, and of the files that it names, was not read because there is too much of it."""
    from vetstack.code.scripts import scripts_of

    scripts_of(template)
    return tuple(dict.fromkeys(_gaps(template)))


def note_gap(template: Template, at: Position, resource: str, reason: str) -> None:
    """Remember something that was not read."""
    _gaps(template).append(Undecided(at, resource, reason))


def _gaps(template: Template) -> list[Undecided]:
    return cast("list[Undecided]", template.derived.setdefault(_KEY, []))
