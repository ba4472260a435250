"""Values that Terraform downloads while it plans and that are code: user data, templates.

What is only a part of a line, such as an address that a site answers with, is data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.code.places import FIELDS
from vetstack.delivery.fetched import Fetched, fetched_by
from vetstack.delivery.origins import Marked, marked
from vetstack.guards import Guard
from vetstack.instances import walk
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Resource, Template, resource_of
from vetstack.values import Hole, Text, Unknown, Value

SOURCE: Final = "data.http."

RUN: Final = {"user-data": "user data", "bash": "script", "function": "code", "document": "document"}
"""How a message calls the property, by the kind of code that it holds."""


class Downloaded(NamedTuple):
    """Code that is downloaded. whole: the URL with marks, None where the template does not show it; what: as in RUN."""

    resource: str
    what: str
    fetched: Fetched
    url: str
    whole: Marked | None
    guard: Guard
    at: Position


def downloaded_code(template: Template) -> Iterator[Downloaded]:
    """The code of a template that is what a URL answers, or has lines that are."""
    if not any(resource.type == "data.http" for resource in template.resources.values()):
        return
    for resource in template.resources.values():
        for field in FIELDS.get(resource.type, ()):
            if field.kind in RUN:
                yield from downloaded_in(template, resource, RUN[field.kind], field.path)


def downloaded_in(template: Template, resource: Resource, what: str, path: tuple[str, ...]) -> Iterator[Downloaded]:
    """What of one property is downloaded."""
    for exists in resource.exists:
        for guard, value, at in walk(exists, resource, *path):
            for hole in _whole_lines(value):
                fetched = fetched_by(hole, template) if SOURCE in hole.name else None
                if fetched:
                    url = _url(template.resource_at(resource_of(hole.name)))
                    shown = str(url) if url is not None else f"what {fetched.address} answers"
                    whole = marked(url) if url is not None else None
                    yield Downloaded(resource.address, what, fetched, shown, whole, guard, at)


def _whole_lines(value: Value) -> Iterator[Hole]:
    """The holes of a value that have lines to themselves."""
    pieces = value.pieces if isinstance(value, Unknown) else ()
    for number, piece in enumerate(pieces):
        if isinstance(piece, Hole):
            before = pieces[number - 1] if number else "\n"
            after = pieces[number + 1] if number + 1 < len(pieces) else "\n"
            begins = isinstance(before, str) and before.rstrip(" ").endswith("\n")
            if begins and isinstance(after, str) and after.lstrip(" ").startswith("\n"):
                yield piece


def _url(source: Resource | None) -> Text | Unknown | None:
    for exists in source.exists if source else ():
        for _, url, _ in walk(exists, source, "url") if source else ():
            if isinstance(url, (Text, Unknown)):
                return url
    return None
