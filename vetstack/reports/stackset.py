"""`vetstack stackset` as people read it: a table of the ways to roll out, what stops them, what they ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.findings import Finding
from vetstack.fitness import CAPABILITIES, MODELS, REACHES, REGION_BOUND, STOPS, Answer, Asked, Case, Model, Unit
from vetstack.load import Unread
from vetstack.records import NamedTuple
from vetstack.reports.interface import View
from vetstack.reports.page import MESSAGE, Page
from vetstack.reports.typography import columns, counted, listed
from vetstack.rules.stackset_limits import IN_S3, INLINE
from vetstack.settings import Settings

CALLED: Final[dict[Model, str]] = {
    "service-managed": "service-managed permissions",
    "self-managed": "self-managed permissions",
    "custom-role": "with a custom execution role",
}
REACHED: Final = {"one": "one region", "many": "many regions"}
_STYLES: Final = {"yes": "", "with care": "warning", "no": "error"}

REASONS: Final = 3
"""Reasons for a capability, and entries of what cannot be seen, that are named."""

NAMES: Final = 12
"""Parameters that are named."""


class Sheet(NamedTuple):
    """What the command has to say. path: as given."""

    path: str
    units: Sequence[Unit]
    unread: Sequence[Unread]


def render(sheet: Sheet, settings: Settings, view: View) -> str:
    return "\n".join(_Report(sheet, settings, view).lines()).rstrip("\n") + "\n"


class _Report(Page):
    """One sheet as lines of text."""

    def __init__(self, sheet: Sheet, settings: Settings, view: View) -> None:
        super().__init__(view)
        self.sheet = sheet
        self.settings = settings

    def lines(self) -> Iterator[str]:
        for unit in self.sheet.units:
            yield from self.unit(unit)
            yield ""
        if not self.sheet.units and not self.sheet.unread:
            yield from self.wrap(f"{self.sheet.path}: nothing here is rolled out as a StackSet.")
        if self.sheet.unread:
            yield from self.heading("Unread: nothing is known of this")
            for entry in self.sheet.unread:
                place = f"{entry.file}:{entry.line}" if entry.line else entry.file
                yield from self.wrap(f"{place}: {entry.reason}", "  ", "      ")

    def unit(self, unit: Unit) -> Iterator[str]:
        file = unit.template.file
        if unit.address is None:
            yield from self.heading(f"{file} as a StackSet")
        else:
            yield from self.heading(f"{file}:{unit.template.at.line}: what {unit.address} deploys")
        yield ""
        yield from self.table(unit) if unit.address is None else self.only(unit)
        yield ""
        yield from self.section("What stops it", unit, [one for one in unit.findings if self.stops(one)])
        care = [one for one in unit.findings if not self.stops(one) and one.severity != "note"]
        yield from self.section("What needs care", unit, care)
        notes = [one for one in unit.findings if one.severity == "note"]
        yield from self.section("Worth knowing", unit, notes)
        yield from self.heading("What the roll-out asks for")
        for label, text in self.demands(unit):
            yield from self.wrap(text, f"  {label:16}")

    def table(self, unit: Unit) -> Iterator[str]:
        first = max(columns(text) for text in CALLED.values()) + 2
        regions = self.settings.regions
        heads = {
            "one": regions[0] if len(regions) == 1 else REACHED["one"],
            "many": f"{len(regions)} regions" if len(regions) > 1 else REACHED["many"],
        }
        wide = max(columns(self.safe(text, MESSAGE)) for text in heads.values()) + 4
        yield self.paint("  " + " " * first + "".join(self.safe(heads[reach], wide).ljust(wide) for reach in REACHES),
                         "faint").rstrip()  # fmt: skip
        answers = {verdict.case: verdict.answer for verdict in unit.verdicts}
        for model in MODELS:
            row = "".join(self.cell(unit, answers[Case(model, reach)], wide) for reach in REACHES)
            yield f"  {CALLED[model].ljust(first)}{row}".rstrip()
        yield from self.footnote(unit)

    def only(self, unit: Unit) -> Iterator[str]:
        for verdict in unit.verdicts:
            said = f"{CALLED[verdict.case.model]}, {REACHED[verdict.case.reach]}: "
            yield f"  {said}{self.cell(unit, verdict.answer, 0)}"
        yield from self.footnote(unit)

    def cell(self, unit: Unit, answer: Answer, wide: int) -> str:
        said = f"{answer}*" if answer == "yes" and unit.undecided else answer
        return self.paint(said, _STYLES[answer]) + " " * (wide - len(said))

    def footnote(self, unit: Unit) -> Iterator[str]:
        if unit.undecided and any(verdict.answer == "yes" for verdict in unit.verdicts):
            yield ""
            number = counted(len(unit.undecided), "thing")
            yield f"  * as far as the template shows: {number} in it cannot be seen"

    def stops(self, finding: Finding) -> bool:
        """Whether stacks fail for it, whatever is set and done beside the template."""
        return finding.rule in STOPS and finding.severity != "note" and finding.when is None

    def section(self, title: str, unit: Unit, findings: Sequence[Finding]) -> Iterator[str]:
        if not findings:
            return
        yield from self.heading(title)
        for finding in findings:
            where = f"{finding.rule}  {finding.resource}, line {finding.at.line}"
            scope = _scope(unit, unit.findings.index(finding))
            yield from self.packed([(self.safe(where, MESSAGE), "strong"), *([(scope, "faint")] if scope else [])])
            yield from self.wrap(finding.message, "    ", limit=MESSAGE)
            if finding.when:
                yield from self.wrap(finding.when, "    when  ", limit=MESSAGE)
        yield ""

    def demands(self, unit: Unit) -> Iterator[tuple[str, str]]:
        """What somebody who rolls this out has to give or to know, each with its label."""
        if not unit.needs:
            yield "Capabilities", "none that can be seen" if unit.undecided else "none"
        for number, capability in enumerate(one for one in CAPABILITIES if one in unit.needs):
            reasons = list(dict.fromkeys(f"{need.address} {need.because}" for need in unit.needs[capability]))
            yield "" if number else "Capabilities", f"{capability} ({'; '.join(_some(reasons))})"
        if unit.address is None:  # a stack set says itself what it gives its template
            yield from self.parameters(unit.asked)
        bound = list(dict.fromkeys(
            f"{one.resource}, line {one.at.line}"
            for one in unit.findings
            if one.rule == REGION_BOUND and one.severity != "note"
        ))  # fmt: skip
        if bound:
            yield "Region", f"one only, and with care: that of what {REGION_BOUND} names ({'; '.join(_some(bound))})"
        if unit.template.size is not None:
            yield "Size", _size(unit.template.size)
        if unit.makes:
            yield "Stack sets", f"{listed(unit.makes, NAMES)}: made anew in every account; meant to be made once"
        if unit.undecided:
            entries = [f"line {one.at.line}, {one.reason}" for one in unit.undecided]
            yield "Cannot be seen", "; ".join(_some(entries))

    def parameters(self, asked: Sequence[Asked]) -> Iterator[tuple[str, str]]:
        required = [one.parameter.name for one in asked if one.required]
        yield "To be given", f"{listed(required, NAMES)}: one value for the whole set" if required else "nothing"
        hidden = [one.parameter.name for one in asked if one.parameter.no_echo]
        if hidden:
            yield "NoEcho", f"{listed(hidden, NAMES)}: a stack with these cannot be imported into the set later"
        bound = [f"{one.parameter.name} {one.per_account}" for one in asked if one.per_account and one.required]
        if bound:
            yield "Per account", f"{'; '.join(_some(bound, NAMES))}: needs ParameterOverrides, for every account"
        spare = [one.parameter.name for one in asked if one.per_account and not one.required]
        if spare:
            yield "Leave alone", f"{listed(spare, NAMES)}: of one account each, and not required"


def _scope(unit: Unit, number: int) -> str:
    """In which of the cases a finding counts, empty where it does in all."""
    cases = [verdict.case for verdict in unit.verdicts if number in verdict.findings]
    if len(cases) == len(unit.verdicts):
        return ""
    models = [model for model in MODELS if any(case.model == model for case in cases)]
    reaches = [reach for reach in REACHES if any(case.reach == reach for case in cases)]
    said = [] if len(models) == len(MODELS) else [f"only {' and '.join(CALLED[model] for model in models)}"]
    if len(reaches) < len(REACHES):
        said.append(f"only {REACHED[reaches[0]]}")
    return ", ".join(said)


def _some(texts: Sequence[str], most: int = REASONS) -> list[str]:
    more = len(texts) - most
    return list(texts) if more <= 0 else [*texts[:most], f"and {more} more"]


def _size(size: int) -> str:
    if size > IN_S3:
        return f"{size:,} bytes, more than the {IN_S3:,} that CloudFormation takes"
    if size > INLINE:
        return f"{size:,} bytes: from a bucket, a text may have {INLINE:,}"
    return f"{counted(size, 'byte')}, of {INLINE:,} that fit into a text"
