"""`vetstack grants` as people read it: who can become an identity, what it may do, and what that leads to.

Long lists of actions are counted and shown as the template writes them. What many services have alike (only lists and
reads, or one of AWS's managed policies that speaks of many) takes one line; JSON has all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from vetstack.guards import when
from vetstack.iam.abilities import ALL_BUT, DEPTHS, EVERY, Ability, Denial, Depth
from vetstack.regex import Regex
from vetstack.reports.interface import View
from vetstack.reports.page import Page
from vetstack.reports.typography import counted, listed

if TYPE_CHECKING:
    from vetstack.iam.callers import Caller
    from vetstack.iam.escalation import Path
    from vetstack.iam.permissions import Way
    from vetstack.iam.portraits import Portrait
    from vetstack.position import Position
    from vetstack.reports.grants import Survey

LOOKING: Final[frozenset[Depth]] = frozenset({"list", "read", "tagging"})
"""Levels of which a reader wants to know that they are there, and no more."""

CROWD: Final = 8
"""Services from which on what one of AWS's managed policies gives is told in sum."""

WRITTEN: Final = 5
RESOURCES: Final = 3
SERVICES: Final = 24
LINES: Final = 4
ESCALATIONS: Final = 5
DENIALS: Final = 8
"""How many patterns, resources, services, lines, ways to other permissions and Deny statements are named."""

VAIN: Final = {"unknown": "no action of AWS's", "resources": "not to be had on what the statement names"}
"""Why what a statement names gives nothing."""

_COLON: Final = Regex(r":(?![^{]*\})")
"""A colon that is not inside a `${…}`."""

BAD: Final = frozenset({"absent", "bypassable", "shared", "provider", "audience", "owner", "guests"})
"""States of a caller's proof that a reviewer has to act on."""


def render(survey: Survey, view: View) -> str:
    return "\n".join(_Report(survey, view).lines()) + "\n"


class _Report(Page):
    """One survey as lines of text."""

    def __init__(self, survey: Survey, view: View) -> None:
        super().__init__(view)
        self.survey = survey
        self.file = ""

    def lines(self) -> Iterator[str]:
        for portrait in self.survey.portraits:
            yield from self.portrait(portrait)
            yield ""
        if self.survey.undecided:
            yield from self.heading("Undecided: what is deployed here cannot be seen")
            grouped: dict[str, list[str]] = {}
            for entry in self.survey.undecided:
                grouped.setdefault(entry.reason, []).append(f"{entry.at.file}:{entry.at.line}")
            for reason, places in grouped.items():
                yield from self.wrap(f"{listed(dict.fromkeys(places), LINES)}: {reason}", "  ", "      ")
            yield ""
        if self.survey.unread:
            yield from self.heading("Unread: nothing is known of this")
            for one in self.survey.unread:
                yield from self.wrap(f"{one.file}:{one.line}: {one.reason}", "  ", "      ")
            yield ""
        yield self.paint(_sum(self.survey), "strong")

    def portrait(self, portrait: Portrait) -> Iterator[str]:
        at = portrait.holder.subject.resource.at
        self.file = at.file
        parts = [(portrait.holder.address, "strong"), (portrait.holder.kind, ""), (f"{at.file}:{at.line}", "faint")]
        yield from (line[2:] for line in self.packed([(self.safe(text, 300), style) for text, style in parts]))
        if portrait.when:
            yield from self.field("there when", [(portrait.when, "")])
        yield from self.field("member of", [(listed(portrait.groups), "")] if portrait.groups else [])
        is_policy = portrait.holder.kind == "policy"
        people = [self.caller(one) for one in portrait.callers] or [("nobody", "")]
        yield from self.field("held by" if is_policy else "assumed by", people)
        yield from self.field("boundary", [*self.boundary(portrait)] or ([] if is_policy else [("none", "")]))
        yield from self.field("is", [*self.reach(portrait)])
        yield from self.field("may", [("nothing that can be seen", "")] if not portrait.abilities else [])
        yield from self.abilities(portrait.abilities)
        yield from self.field("but not", [*self.denials(portrait.denials)])
        yield from self.field("in vain", [*self.idle(portrait)])
        yield from self.field("unseen", [(f"{one.reason} ({self.line(one.at)})", "") for one in portrait.unseen])
        yield from self.field("leads to", [*self.escalations(portrait)])

    def field(self, label: str, entries: Sequence[tuple[str, str]]) -> Iterator[str]:
        """A label and its entries, each with its style, one below the other."""
        start = f"  {label:10}  "
        for text, style in entries:
            for number, line in enumerate(self.wrap(text, start, " " * 16)):
                shown_from = len(start) if not number else 16
                yield line[:shown_from] + self.paint(line[shown_from:], style)
            start = " " * len(start)

    def caller(self, one: Caller) -> tuple[str, str]:
        asked = f", {one.asked}" if one.asked else ""
        why = f": {one.why}" if one.why else ""
        place = f" ({self.line(one.at)})" if one.at else ""
        style = "error" if one.state in BAD or one.party == "anyone" else ""
        return f"{one.who}{asked}{why}{place}{_when(one.when)}", style

    def boundary(self, portrait: Portrait) -> Iterator[tuple[str, str]]:
        for one in portrait.boundary:
            unknown = "" if one.known else ", which the template does not show: counted as none"
            yield f"{one.said}{unknown} ({self.line(one.at)}){_when(one.when)}", ""

    def reach(self, portrait: Portrait) -> Iterator[tuple[str, str]]:
        for one in portrait.reach:
            limit = f", held back only by {one.limit}" if one.limit else ""
            yield f"{one.standing}{limit} ({self.line(one.at)}){_when(one.when)}", "" if limit else "error"

    def abilities(self, every: Sequence[Ability]) -> Iterator[str]:
        crowds, rest = _crowds(every)
        looking, acting = _looking(rest)
        entries = [self.crowd(some) for some in crowds]
        entries += [entry for service, some in _by_service(acting).items() for entry in self.service(service, some)]
        entries += [self.glances(looking)] if looking else []
        yield from self.field("may", entries)

    def crowd(self, some: Sequence[Ability]) -> tuple[str, str]:
        """What one statement, or a managed policy of AWS's, gives on many services, in sum."""
        first = some[0]
        numbers: Counter[Depth] = Counter()
        for one in some:
            numbers[one.depth] += one.number
        levels = ", ".join(f"{numbers[depth]:,} {depth}" for depth in DEPTHS if numbers[depth])
        if first.service == EVERY:
            where = "every service, " if first.everything else ""
            said = f"{listed(first.patterns, WRITTEN)} on {_on(some)}: {where}{levels}"
        else:
            said = f"{first.managed}: {counted(len({one.service for one in some}), 'service')}, {levels}"
        told = {one.service: None for one in some if one.depth not in LOOKING and one.service != EVERY}
        more = f"; more than lists and reads of {listed(told, SERVICES)}" if told else ""
        return f"{said}{more}{self.under(some)}", ""

    def service(self, service: str, some: Sequence[Ability]) -> Iterator[tuple[str, str]]:
        """One entry for each level of a service that is granted alike; lists and reads together."""
        merged: dict[tuple[object, ...], list[Ability]] = {}
        for one in some:
            depth = "look" if one.depth in LOOKING else one.depth
            merged.setdefault((depth, one.everything, one.limit, one.when, one.managed), []).append(one)
        for group in merged.values():
            first = group[0]
            levels = ", ".join(dict.fromkeys(one.depth for one in group))
            written = (text for one in group for text in (one.actions if one.managed else one.patterns))
            patterns = listed(dict.fromkeys(_short_action(text, service) for text in written), WRITTEN)
            number = sum(one.number for one in group)
            counts = f" {number:,} actions:" if number > 1 else ""
            style = "warning" if first.everything and first.depth == "permissions" and not first.limit else ""
            by = f", by {first.managed}" if first.managed else ""
            yield f"{service}: {levels}:{counts} {patterns} on {_on(group, service)}{by}{self.under(group)}", style

    def under(self, group: Sequence[Ability]) -> str:
        """What confines something, where it stands, and the setting that it is there in."""
        limit = f", confined by {group[0].limit}" if group[0].limit else ""
        return f"{limit} ({self.lines_of(group)}){_when(group[0].when)}"

    def glances(self, some: Sequence[Ability]) -> tuple[str, str]:
        """Services of which there are only lists and reads, of everything."""
        levels = [depth for depth in DEPTHS if any(one.depth == depth for one in some)]
        number = sum(one.number for one in some)
        services = listed(dict.fromkeys(one.service for one in some), SERVICES)
        return f"{', '.join(levels)} only: {counted(number, 'action')} of {services} on * ({self.lines_of(some)})", ""

    def denials(self, every: Sequence[Denial]) -> Iterator[tuple[str, str]]:
        for one in every[:DENIALS]:
            asks = f" where {listed(one.asks, 3)} says so" if one.asks else ""
            service = one.patterns[0].partition(":")[0] if one.patterns else ""
            resources = listed((_short_arn(text, service) for text in one.resources), RESOURCES)
            yield f"{listed(one.patterns, WRITTEN)} on {resources}{asks} ({self.line(one.at)}){_when(one.when)}", ""
        if len(every) > DENIALS:
            yield f"and {counted(len(every) - DENIALS, 'more Deny statement')}", ""

    def idle(self, portrait: Portrait) -> Iterator[tuple[str, str]]:
        for why, said in VAIN.items():
            found = [f"{one.written} ({self.line(one.at)})" for one in portrait.idle if one.why == why]
            if found:
                yield f"{said}: {listed(found, WRITTEN)}", ""

    def escalations(self, portrait: Portrait) -> Iterator[tuple[str, str]]:
        for path in portrait.escalations[:ESCALATIONS]:
            yield self.chain(path, portrait), path.degree
        if len(portrait.escalations) > ESCALATIONS:
            yield f"and {counted(len(portrait.escalations) - ESCALATIONS, 'more way')}", ""

    def chain(self, path: Path, portrait: Portrait) -> str:
        """From whom, by which permissions, to what."""
        steps = [f"{action} {_granted(action, way)} ({self.line(way.action.at)})" for action, way in path.steps]
        limit = f", held back only by {path.limit.said}" if path.limit else ""
        setting = _when(when(path.settings, portrait.holder.exists))
        return f"{portrait.holder.address} -> {' + '.join(steps)} -> {path.clause}{limit}{setting}"

    def line(self, at: Position) -> str:
        return f"line {at.line}" if at.file == self.file else f"{self.path(at.file)}:{at.line}"

    def lines_of(self, some: Iterable[Ability]) -> str:
        places = sorted({at for one in some for at in one.places})
        lines: dict[str, set[int]] = {}
        for at in places:
            lines.setdefault(at.file, set()).add(at.line)
        own = sorted(lines.pop(self.file, ()))
        here = [f"{'line' if len(own) == 1 else 'lines'} {listed(_ranges(own), LINES)}"] if own else []
        there = [f"{self.path(file)}:{listed(_ranges(sorted(numbers)), LINES)}" for file, numbers in lines.items()]
        return ", ".join([*here, listed(there, LINES)] if there else here)

    def path(self, file: str) -> str:
        """A file as seen from the folder of the one that the identity is in."""
        folder = self.file[: self.file.rfind("/") + 1]
        return file.removeprefix(folder)


def _ranges(lines: Sequence[int]) -> list[str]:
    """Numbers in order, those that follow on each other as one: `3-5`, `9`."""
    found: list[tuple[int, int]] = []
    for line in lines:
        if found and found[-1][1] == line - 1:
            found[-1] = (found[-1][0], line)
        else:
            found.append((line, line))
    return [str(first) if first == last else f"{first}-{last}" for first, last in found]


def _crowds(every: Sequence[Ability]) -> tuple[list[list[Ability]], list[Ability]]:
    """What is told in sum: every service at once, and what a policy of AWS's gives on many; and the rest."""
    groups: dict[tuple[object, ...], list[Ability]] = {}
    for one in every:
        if one.service == EVERY:
            groups.setdefault((one.patterns, one.resources, one.limit, one.when), []).append(one)
        elif one.managed:
            groups.setdefault((one.managed, one.when), []).append(one)
    crowds = [some for some in groups.values() if some[0].service == EVERY or _is_crowd(some)]
    told = {id(one) for some in crowds for one in some}
    return crowds, [one for one in every if id(one) not in told]


def _is_crowd(some: Sequence[Ability]) -> bool:
    return len({one.service for one in some}) >= CROWD


def _looking(every: Sequence[Ability]) -> tuple[list[Ability], list[Ability]]:
    """What is only lists and reads of everything, for services of which that is all; and the rest."""
    more = {one.service for one in every if one.depth not in LOOKING or not one.everything or one.limit or one.when}
    alike = [one for one in every if one.service not in more]
    if len({one.service for one in alike}) < 2:
        return [], list(every)
    return alike, [one for one in every if one.service in more]


def _by_service(every: Iterable[Ability]) -> dict[str, list[Ability]]:
    services: dict[str, list[Ability]] = {}
    for one in every:
        services.setdefault(one.service, []).append(one)
    return services


def _on(group: Sequence[Ability], service: str = "") -> str:
    if group[0].everything:
        return "*"
    return listed(dict.fromkeys(_short_arn(one, service) for ability in group for one in ability.resources), RESOURCES)


def _short_action(text: str, service: str) -> str:
    """An action without the service that the line begins with; `s3:*` stays what it is."""
    name = text[len(service) + 1 :]
    return name if text.lower().startswith(f"{service}:") and name.strip("*?") else text


def _short_arn(text: str, service: str) -> str:
    """An ARN without what goes without saying: partition, service and region, and the account unless it is a number."""
    but = ALL_BUT if text.startswith(ALL_BUT) else ""
    fields = _COLON.split(text[len(but) :], 5)
    if len(fields) < 6 or fields[0] != "arn" or fields[2] != service.lower():
        return text
    return f"{but}{fields[5]} of {fields[4]}" if fields[4].isdigit() else but + fields[5]


def _granted(action: str, way: Way) -> str:
    if way.grant.managed:
        return f"by {way.grant.managed}"
    written = f"{ALL_BUT if way.resource.negated else ''}{way.resource.written}"
    return f"on {_short_arn(written, action.partition(':')[0])}"


def _when(setting: str | None) -> str:
    return f", when {setting}" if setting else ""


def _sum(survey: Survey) -> str:
    numbers = Counter(portrait.holder.kind for portrait in survey.portraits)
    if not survey.files and not survey.unread:
        return "Nothing was read: there is no template."
    kinds = [counted(number, kind, "policies" if kind == "policy" else "") for kind, number in numbers.items()]
    said = [", ".join(kinds) or "Nobody is granted anything"]
    said += [f"{len(survey.undecided):,} undecided"] if survey.undecided else []
    said += [f"{len(survey.unread):,} unread"] if survey.unread else []
    return f"{'; '.join(said)}."
