"""The report that people read: findings by file with their source lines, then everything else a reviewer must know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from vetstack.findings import Finding
from vetstack.position import Position
from vetstack.reports.excerpt import Excerpts
from vetstack.reports.interface import View, shown_findings
from vetstack.reports.page import MESSAGE, Page
from vetstack.reports.summary import summary, verdict
from vetstack.reports.typography import columns, counted, cut, listed
from vetstack.settings import Settings

if TYPE_CHECKING:
    from vetstack.review import Review

_NAME: Final = 200
_EVIDENCE: Final = 6
"""How many characters of a name are shown, and how many places of evidence. JSON has them whole."""


def render(review: Review, settings: Settings, view: View) -> str:
    return "\n".join(_Report(review, settings, view).lines()) + "\n"


class _Report(Page):
    """One review as lines of text."""

    def __init__(self, review: Review, settings: Settings, view: View) -> None:
        super().__init__(view)
        self.review = review
        self.settings = settings
        self.excerpts = Excerpts(review.documents)

    def lines(self) -> Iterable[str]:
        by_file: dict[str, list[Finding]] = {}
        for finding in shown_findings(self.review, self.view):
            by_file.setdefault(finding.at.file, []).append(finding)
        for file, findings in by_file.items():
            yield from self.heading(f"{file}: {counted(len(findings), 'finding')}")
            for finding in findings:
                yield from self.finding(finding)
                yield ""
        yield from self.section("Undecided: what is deployed here cannot be seen", self.undecided())
        yield from self.section("Unread: this was not vetted", self.unread())
        yield from self.section("Suppressed: the template asked for it and is trusted", self.suppressed())
        for label, fact in summary(self.review, self.settings, self.view):
            yield from self.wrap(fact, f"{label:10} ")
        yield ""
        yield self.paint(verdict(self.review, self.settings, self.view), "strong")

    def finding(self, finding: Finding) -> Iterable[str]:
        """One finding: where and what, the message, the setting that selects it, its line, what else to look at."""
        rule = f"{finding.rule} {finding.name}"
        location = f"{finding.at.file}:{finding.at.line}:{finding.at.column}"
        parts = ((location, ""), (finding.severity, finding.severity), (rule, "strong"), (finding.resource, ""))
        yield from self.packed([(self.safe(text, _NAME), style) for text, style in parts])
        yield from self.wrap(finding.message, "    ", limit=MESSAGE)
        if finding.when:
            yield from self.wrap(finding.when, "    when  ", limit=MESSAGE)
        yield from self.excerpt(finding.at, finding.severity)
        for evidence in finding.evidence[:_EVIDENCE]:
            at = evidence.at
            place = f"line {at.line}" if at.file == finding.at.file else f"{at.file}:{at.line}"
            yield from self.wrap(f"{place}: {evidence.message}", "    see   ", limit=MESSAGE)
        if len(finding.evidence) > _EVIDENCE:
            yield f"          and {counted(len(finding.evidence) - _EVIDENCE, 'more place')}"
        if finding.also:
            yield from self.wrap(listed((cut(name, _NAME) for name in finding.also), 12), "    also  ")

    def excerpt(self, at: Position, style: str) -> Iterable[str]:
        gutter = f"    {at.line:>4} | "
        excerpt = self.excerpts.around(at, self.view.width - len(gutter), self.view.encoding)
        if excerpt:
            bar = " " * (len(gutter) - 2) + "| "
            yield self.paint(gutter, "faint") + excerpt[0]
            yield self.paint(bar, "faint") + self.paint_marks(excerpt[1], style)

    def undecided(self) -> Iterable[list[str]]:
        """One entry per file and reason, with every place where it holds."""
        grouped: dict[tuple[str, str], dict[tuple[int, str], None]] = {}
        for entry in self.review.undecided:
            grouped.setdefault((entry.at.file, entry.reason), {})[entry.at.line, entry.resource] = None
        for (file, reason), places in grouped.items():
            lines = listed(dict.fromkeys(str(line) for line, _ in places))
            names = listed(dict.fromkeys(cut(name, _NAME) for _, name in places))
            yield self.entry(f"{file}:{lines}", f"{names}: {reason}")

    def unread(self) -> Iterable[list[str]]:
        """One entry per reason, with the files that it holds for."""
        grouped: dict[str, list[str]] = {}
        for entry in self.review.unread:
            place = f"{entry.file}:{entry.line}" if entry.line else entry.file
            grouped.setdefault(entry.reason, []).append(place)
        for reason, places in grouped.items():
            yield self.entry(listed(places), reason)

    def suppressed(self) -> Iterable[list[str]]:
        for finding, by in self.review.suppressed:
            what = f"{finding.severity} {finding.rule} {finding.name}, {cut(finding.resource, _NAME)}"
            yield self.entry(f"{finding.at.file}:{finding.at.line}", f'{what}: line {by.at.line} says "{by.reason}"')

    def section(self, title: str, entries: Iterable[list[str]]) -> Iterable[str]:
        shown_entries = list(entries)
        if shown_entries:
            yield from self.heading(title)
            for entry in shown_entries:
                yield from entry
            yield ""

    def entry(self, place: str, text: str) -> list[str]:
        start = f"  {self.safe(place, MESSAGE)}  "
        if columns(start) > self.view.width // 2 and " " in place:
            return self.wrap(f"{place}: {text}", "  ", "      ")
        return self.wrap(text, start, "      ", limit=MESSAGE)

    def paint_marks(self, underline: str, style: str) -> str:
        marks = underline.lstrip()
        return underline[: len(underline) - len(marks)] + self.paint(marks, style)
