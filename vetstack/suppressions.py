"""What a template asks a review to leave out, and whether that counts.

Two ways to ask: a comment `# vetstack:ignore[VET101] reason` on the line of the finding or of its block's header,
or directly above either; and a resource's `Metadata: {vetstack: {ignore: [{rule: VET101, reason: …}]}}`, which
covers that resource and what is embedded in it. A template that is vetted is untrusted: unless the user trusts
suppressions, the findings stay and the request itself is reported (VET003). Nothing silences what could not be
read or decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from vetstack.blocks import Blocks
from vetstack.findings import Evidence, Finding
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.rules import rule_named
from vetstack.settings import Settings
from vetstack.template import Template
from vetstack.values import Items, Map, Text, Value

if TYPE_CHECKING:
    from vetstack.sources.interface import Comment, Document

MARK: Final = "vetstack:ignore"
_ASKS = Regex(r"\s*vetstack:ignore\b")
_COMMENT = Regex(r"\s*vetstack:ignore\[([^\]]*)\](.*)", re.DOTALL)
_HOW_COMMENT: Final = "# vetstack:ignore[VET101] reason"
_HOW_METADATA: Final = "ignore: [{rule: VET101, reason: why}]"

_Index = dict[tuple[str, str, int], list[Finding]]
"""Findings by rule, file and line, and by rule, address and 0."""


class Suppression(NamedTuple):
    """One request to leave findings out, as written.

    named: ids or slugs of rules; none when the request cannot be understood. reason: "" when none is given.
    block: the address it stands at. lines: for a comment, those that it is about; for Metadata none, then it is
    about the block and what is embedded in it.
    """

    at: Position
    named: tuple[str, ...]
    reason: str
    block: str
    lines: tuple[int, ...] = ()


class Suppressed(NamedTuple):
    """A finding that is left out, and the request that was honoured."""

    finding: Finding
    by: Suppression


class Unheeded(NamedTuple):
    """A request, or part of one, that was not honoured, and why."""

    suppression: Suppression
    why: str


class Outcome(NamedTuple):
    """findings: those that stay, with the notes about requests among them."""

    findings: list[Finding]
    suppressed: list[Suppressed]
    unheeded: list[Unheeded]


def apply_suppressions(
    templates: Sequence[Template],
    documents: Iterable[Document],
    findings: Iterable[Finding],
    settings: Settings,
    standing: Mapping[Finding, Position] = MappingProxyType({}),
) -> Outcome:
    """Sort the findings of some templates into those that stay and those that are left out, and report each request.

    documents: the sources of the templates, those that stand inside others among them. standing: where the block of a
    finding has its header, which may be in another file than what is wrong with it.
    """
    found = list(findings)
    blocks = Blocks(templates)
    requests = list(dict.fromkeys(_requests(templates, documents, blocks)))
    if not requests:
        return Outcome(found, [], [])
    outcome = Outcome([], [], [])
    index = _index(found, blocks, standing)
    silent: set[Finding] = set()
    for request in requests:
        matched = [finding for finding in _matched(request, index) if finding not in silent]
        honoured = settings.trust_suppressions and request.reason != ""
        if honoured:
            silent.update(matched)
            outcome.suppressed.extend(Suppressed(finding, request) for finding in matched)
        _report(request, matched, honoured, settings, outcome)
    outcome.findings.extend(finding for finding in found if finding not in silent)
    return outcome


def _requests(templates: Sequence[Template], documents: Iterable[Document], blocks: Blocks) -> Iterator[Suppression]:
    for template in templates:
        for resource in template.resources.values():
            yield from _in_metadata(resource.attributes, resource.address)
    for document in documents:
        if MARK in document.text and document.format != "json":
            yield from _in_comments(_comments(document), blocks)


def _comments(document: Document) -> list[Comment]:
    if document.format == "hcl":
        from vetstack.terraform import syntax

        return syntax.comments(document.text, document.file)
    from vetstack.sources.comments import comments

    return comments(document)


def _in_comments(found: Iterable[Comment], blocks: Blocks) -> Iterator[Suppression]:
    """Requests in comments. One that has its line to itself is about the first line below its block of comments."""
    below: dict[int, int] = {}
    ordered = sorted(found, key=lambda comment: comment.at.line)
    for comment in reversed(ordered):
        line = comment.at.line
        if not comment.trailing:
            below[line] = below.get(line + 1, line + 1)
    for comment in ordered:
        if not _ASKS.match(comment.text):
            continue
        lines = (comment.at.line,) if comment.trailing else (comment.at.line, below[comment.at.line])
        block = blocks.at(comment.at._replace(line=lines[-1] + 1, column=0))
        parts = _COMMENT.match(comment.text)
        named, reason = (_names(parts[1]), _reason(parts[2])) if parts else ((), "")
        yield Suppression(comment.at, named, reason, block, lines)


def _in_metadata(attributes: Map, address: str) -> Iterator[Suppression]:
    vetstack = _child(_child(attributes, "Metadata"), "vetstack")
    if not isinstance(vetstack, Map) or "ignore" not in vetstack:
        return
    at, ignore = vetstack.key_at["ignore"], vetstack["ignore"]
    if isinstance(ignore, Map) and "rule" not in ignore:
        for name, reason in ignore.items():
            yield Suppression(ignore.key_at[name], (name,), _said(reason), address)
        return
    for entry in ignore if isinstance(ignore, Items) else [ignore]:
        rule = _child(entry, "rule")
        named = tuple(str(name) for name in (rule if isinstance(rule, Items) else [rule]) if isinstance(name, Text))
        place = entry.at if isinstance(entry, Map) else at
        yield Suppression(place, named, _said(_child(entry, "reason")), address)


def _child(value: Value | None, key: str) -> Value | None:
    return value.get(key) if isinstance(value, Map) else None


def _said(value: Value | None) -> str:
    return _reason(value) if isinstance(value, Text) else ""


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _reason(text: str) -> str:
    """A reason without the punctuation that sets it off; "" when there is no word in it."""
    reason = text.strip().lstrip(":-–— ").strip()
    return reason if any(character.isalnum() for character in reason) else ""


def _index(findings: Iterable[Finding], blocks: Blocks, standing: Mapping[Finding, Position]) -> _Index:
    """Findings by their rule and everywhere that a request for them can stand."""
    index: _Index = {}
    for finding in findings:
        header = blocks.headers.get((finding.at.file, finding.resource), finding.at)
        outer = finding.resource.split(" > ")
        keys = {(finding.rule, at.file, at.line) for at in (finding.at, header, standing.get(finding, header))}
        places = (" > ".join(outer[: depth + 1]) for depth in range(len(outer)))
        keys |= {(finding.rule, _placed(finding.at.file, place), 0) for place in places}
        for key in keys:
            index.setdefault(key, []).append(finding)
    return index


def _placed(file: str, block: str) -> str:
    """A block of one file: another file may have one of the same address."""
    return f"{file}\0{block}"


def _matched(request: Suppression, index: _Index) -> list[Finding]:
    """The findings that a request speaks of: it names their rule, and stands where they or their block do."""
    found: dict[Finding, None] = {}
    for rule in sorted(_ids(request)):
        place = _placed(request.at.file, request.block)
        keys = [(rule, request.at.file, line) for line in request.lines] or [(rule, place, 0)]
        found.update((finding, None) for key in keys for finding in index.get(key, ()))
    return list(found)


def _ids(request: Suppression) -> frozenset[str]:
    """The rules that a request names and that can be silenced."""
    rules = [rule_named(name) for name in request.named]
    return frozenset(rule.id for rule in rules if rule and rule.number >= 100)


def _report(request: Suppression, matched: list[Finding], honoured: bool, settings: Settings, outcome: Outcome) -> None:
    """Note what is to be said about a request, if anything: a suppression that did its work is listed elsewhere."""
    refused = _refusals(request, settings)
    outcome.unheeded.extend(Unheeded(request, why) for why in refused)
    said = [*refused, *(_idle(request, matched, settings) if honoured else ())]
    if not said:
        return
    reviewing = rule_named("untrusted-suppression")
    if reviewing is None:
        raise LookupError("the rule untrusted-suppression is missing")
    quoted = f' ("{request.reason}")' if request.reason else ""
    asked = ", ".join(request.named) or "findings"
    message = f"The template asks for {asked} to be left out{quoted}: {'; '.join(said)}."
    if matched:
        first = matched[0]
        evidence = Evidence(first.at, f"{first.rule} {first.name}, which it is about")
    else:
        line = max(request.lines, default=request.at.line)
        evidence = Evidence(Position(request.at.file, line, 1, line, 1), "where nothing of the kind was found")
    outcome.findings.append(reviewing.finding("note", request.at, request.block, message, evidence=[evidence]))


def _refusals(request: Suppression, settings: Settings) -> list[str]:
    """Why a request, or a part of it, is not honoured."""
    if not request.named:
        return [f"it is not understood; write `{_HOW_COMMENT if request.lines else _HOW_METADATA}`"]
    if not settings.trust_suppressions:
        return ["not honoured, since a template that is vetted is not trusted"]
    said: list[str] = []
    for name in request.named:
        rule = rule_named(name)
        if rule is None:
            said.append(f'there is no rule "{name}"')
        elif rule.number < 100:
            said.append(f"{rule.id} is about the review itself and cannot be suppressed")
    if not request.reason:
        said.append("not honoured, since it gives no reason")
    return said


def _idle(request: Suppression, matched: list[Finding], settings: Settings) -> list[str]:
    """Rules that a request names in vain; one that the user has switched off is not counted against it."""
    idle = sorted(_ids(request) - {finding.rule for finding in matched} - settings.off)
    return [f"no finding of {', '.join(idle)} here needs it"] if idle else []
