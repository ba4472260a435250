"""One review: templates in, findings, what could not be decided and what could not be read out.

Nothing is lost by a failure. A rule that raises costs its own findings on its own template and becomes an
`unread` entry that begins with "internal error", so that every door fails and the exit status is 2; the other
rules and templates go on. The same holds for a path whose loading raises.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from vetstack.blocks import Blocks
from vetstack.findings import SEVERITIES, Finding, Severity
from vetstack.load import Loaded, Unread, load
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.rules import all_rules
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.suppressions import Suppressed, Unheeded, apply_suppressions
from vetstack.template import Kind, Template, Undecided

if TYPE_CHECKING:
    from vetstack.sources.interface import Document


class Review(NamedTuple):
    """The outcome for one call: everything sorted by file and line, nothing twice.

    files: what was vetted, as given; findings: of every severity; suppressed: findings left out because a template
    that the user trusts asks for it; unheeded: such requests that were not honoured; skipped: how many files of
    the folders given are no templates; documents: the sources by file, for reports to show their lines; blocks: where
    the outermost block that an entry is on has its header, if it is a resource, a parameter or an output.
    """

    files: list[tuple[str, Kind]]
    findings: list[Finding]
    suppressed: list[Suppressed]
    unheeded: list[Unheeded]
    undecided: list[Undecided]
    unread: list[Unread]
    skipped: int
    documents: dict[str, Document]
    blocks: Mapping[Finding | Undecided, Position] = MappingProxyType({})


class Verdict(NamedTuple):
    """What the rules say about one template."""

    findings: list[Finding]
    undecided: list[Undecided]
    failed: list[Unread]


def review(
    paths: Sequence[str | os.PathLike[str]], settings: Settings, *, candidates: bool = False, only: Kind | None = None
) -> Review:
    """Vet files and folders. Never raises for what a template holds: that ends in `unread` or `undecided`.

    candidates: a file that is named and is no template is skipped, as it is in a folder. only: "terraform" when nothing
    else is to be looked for.
    """
    loaded = _loaded(paths, settings, candidates, only)
    rules = [rule for rule in all_rules() if rule.id not in settings.off]
    verdicts = _each_once(loaded.templates, [judge(template, rules, settings) for template in loaded.templates])
    found = [finding for verdict in verdicts for finding in verdict.findings]
    sources = [*loaded.documents.values(), *loaded.embedded]
    blocks = dict(_blocks(loaded.templates, verdicts))
    standing = {entry: at for entry, at in blocks.items() if isinstance(entry, Finding)}
    sorted_out = apply_suppressions(loaded.templates, sources, dict.fromkeys(found), settings, standing)
    undecided = [entry for verdict in verdicts for entry in verdict.undecided]
    unread = [*loaded.unread, *(entry for verdict in verdicts for entry in verdict.failed)]
    return Review(
        files=list(dict.fromkeys((template.file, template.kind) for template in loaded.templates)),
        findings=sorted(sorted_out.findings, key=lambda finding: (finding.order, finding.when or "", finding.message)),
        suppressed=sorted(sorted_out.suppressed, key=lambda entry: entry.finding.order),
        unheeded=sorted(sorted_out.unheeded, key=lambda entry: entry.suppression.at),
        undecided=sorted(dict.fromkeys(undecided), key=lambda entry: (entry.at, entry.resource, entry.reason)),
        unread=sorted(dict.fromkeys(unread), key=lambda entry: (entry.file, entry.line, entry.column, entry.reason)),
        skipped=loaded.skipped,
        documents=loaded.documents,
        blocks=blocks,
    )


def _each_once(templates: Sequence[Template], verdicts: list[Verdict]) -> list[Verdict]:
    """The verdicts without what is said of a file as another's nested template when it is said of the file already.

    Two rules of one row that speak of one place, as missing and bypassable ExternalIds do, say it once.
    """
    pairs = list(zip(templates, verdicts, strict=True))
    alone = {template.file for template in templates if template.outer is None}
    said = {key for template, own in pairs if template.outer is None for one in own.findings for key in _rows(one)}
    open_at = {(one.at, one.reason) for template, own in pairs if template.outer is None for one in own.undecided}
    left: list[Verdict] = []
    for template, own in pairs:
        if template.outer is not None and template.file in alone and template.file != template.outer.file:
            findings = [one for one in own.findings if next(_rows(one)) not in said]
            said.update(key for one in findings for key in _rows(one))
            undecided = [one for one in own.undecided if (one.at, one.reason) not in open_at]
            own = own._replace(findings=findings, undecided=undecided)
        left.append(own)
    return left


def _rows(finding: Finding) -> Iterator[tuple[str, Severity, Position]]:
    """What a finding says, by the row of its rule and its place: the same, and the same less severely."""
    for severity in SEVERITIES[SEVERITIES.index(finding.severity) :]:
        yield finding.rule[: len("VET1")], severity, finding.at


def _blocks(
    templates: Sequence[Template], verdicts: Sequence[Verdict]
) -> Iterator[tuple[Finding | Undecided, Position]]:
    for template, verdict in zip(templates, verdicts, strict=True):
        entries: list[Finding | Undecided] = [*verdict.findings, *verdict.undecided]
        headers = Blocks(template.around()).headers.items() if entries else ()
        standing = {address: at for (_, address), at in headers}
        for entry in entries:
            at = standing.get(entry.resource.partition(" > ")[0])
            if at:
                yield entry, at


def judge(template: Template, rules: Iterable[Rule], settings: Settings) -> Verdict:
    """Ask one template every rule."""
    verdict = Verdict([], list(template.undecided), [])
    for rule in rules:
        try:
            for finding in rule.check(template, settings):
                verdict.findings.append(finding)
            for entry in rule.undecided(template, settings):
                verdict.undecided.append(entry)
        except Exception as error:  # whatever it is, the other rules must be heard
            at = template.at
            reason = f"internal error: {rule.id} {rule.name} failed with {_named(error)}, every other rule was asked"
            verdict.failed.append(Unread(template.file, at.line, at.column, reason))
    if template.world.widened:
        blocks = Blocks([template])
        verdict.undecided.extend(Undecided(at, blocks.at(at), what) for at, what in template.world.widened)
    return verdict


def _loaded(
    paths: Sequence[str | os.PathLike[str]], settings: Settings, candidates: bool, only: Kind | None
) -> Loaded:
    """Load everything; should that raise, path by path, so that only the one at fault is lost."""
    try:
        return load(paths, candidates=candidates, only=only, var_files=settings.var_files)
    except Exception as error:  # loading reports what is wrong with a file itself: this is a mistake of ours
        if len(paths) == 1:
            reason = f"internal error: reading it failed with {_named(error)}"
            return Loaded(unread=[Unread(str(paths[0]), 0, 0, reason)])
    whole = Loaded()
    for path in paths:
        one = _loaded([path], settings, candidates, only)
        whole.templates.extend(one.templates)
        whole.unread.extend(one.unread)
        whole.skipped += one.skipped
        whole.documents.update(one.documents)
        whole.embedded.extend(one.embedded)
    return whole


def _named(error: Exception) -> str:
    """An exception's class and the line of ours that raised it; never its text, which the template may have written."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} ({os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno})"
