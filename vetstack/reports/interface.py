"""What a report is: a module of this folder with a function `render(review, settings, view) -> str`.

A report prints nothing and decides nothing: it says what the review found. Text of the template is untrusted, and
every report keeps it from being taken for the report's own: the text report escapes it, JSON is ASCII.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from vetstack.records import NamedTuple

if TYPE_CHECKING:
    from vetstack.findings import Finding
    from vetstack.review import Review
    from vetstack.settings import Settings


class View(NamedTuple):
    """How a report is looked at.

    strict: whether notes are shown; width: columns of a line of text; color: whether the reader is a terminal that
    shows colours; encoding: what the text is going to be written in.
    """

    strict: bool = False
    width: int = 100
    color: bool = False
    encoding: str = "utf-8"


class Render(Protocol):
    def __call__(self, review: Review, settings: Settings, view: View) -> str: ...


def shown_findings(review: Review, view: View) -> list[Finding]:
    """The findings that a view shows: errors and warnings, and notes when it is strict."""
    return [finding for finding in review.findings if view.strict or finding.severity != "note"]
