"""What a review comes to: what was vetted and under which settings, and one line that a person can act on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vetstack import __data__
from vetstack.findings import SEVERITIES
from vetstack.reports.interface import View, shown_findings
from vetstack.reports.typography import counted, listed
from vetstack.rules import rule_named
from vetstack.settings import Settings

if TYPE_CHECKING:
    from vetstack.review import Review
    from vetstack.template import Kind

_KINDS: Final = {
    "cloudformation": "CloudFormation template",
    "terraform": "Terraform module",
    "terraform-plan": "Terraform plan",
}

FRESH: Final = 180
"""For how many days the facts count as fresh. AWS adds actions and changes its policies every week."""


def summary(review: Review, settings: Settings, view: View) -> list[tuple[str, str]]:
    """Facts about the review, each with its label; none is left out because it is unwelcome."""
    facts = [("Vetted", _vetted(review))]
    changed = list(_changed(settings))
    if changed:
        facts.append(("Settings", "; ".join(changed)))
    if review.unheeded:
        requests = list(dict.fromkeys(entry.suppression for entry in review.unheeded))
        places = listed((f"{request.at.file}:{request.at.line}" for request in requests), 4)
        verb = "was" if len(requests) == 1 else "were"
        number = counted(len(requests), "suppression")
        facts.append(("Ignored", f"{number} in the templates {verb} not honoured: {places}"))
    hidden = len(review.findings) - len(shown_findings(review, view))
    if hidden:
        facts.append(("Not shown", f"{counted(hidden, 'note')}; --strict shows {'it' if hidden == 1 else 'them'}"))
    if (days := age_of_facts()) > FRESH:
        facts.append(("Old facts", f"what is known of AWS is of {__data__}, {days} days ago: use a newer vetstack"))
    return facts


def age_of_facts() -> int:
    """How many days ago the newest source of the facts in vetstack/data was published."""
    year, month, day = (int(part) for part in __data__.split("-"))
    return int((time.time() - time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))) // 86_400)


def _vetted(review: Review) -> str:
    kinds = Counter(kind for _, kind in review.files)
    said = []
    for kind, number in kinds.items():
        files = listed(file for file, own in review.files if own == kind)
        said.append(f"{counted(number, _KINDS[kind])}: {files}")
    if not said:
        said.append("nothing")
    if review.skipped:
        said.append(f"{counted(review.skipped, 'other file')} in the folders {_be(review.skipped)} no template")
    return "; ".join(said)


def _changed(settings: Settings) -> Iterator[str]:
    """The file that was read and every setting that is not as it is by default: a reviewer has to know them."""
    if settings.source is not None:
        yield f"{settings.source} was read"
    if settings.off:
        yield f"rules off: {', '.join(_with_name(rule) for rule in sorted(settings.off))}"
    if settings.trust_suppressions:
        yield "suppressions in the templates count"
    if settings.trusted_accounts:
        yield f"trusted accounts: {', '.join(sorted(settings.trusted_accounts))}"
    if settings.vendor_accounts:
        yield f"vendor accounts: {', '.join(sorted(settings.vendor_accounts))}"
    if settings.stackset == "off":
        yield "not judged as a StackSet"
    elif settings.stackset != Settings().stackset:
        yield f"judged as a {settings.stackset} StackSet"
    if settings.regions:
        yield f"regions: {', '.join(settings.regions)}"


def _with_name(rule: str) -> str:
    known = rule_named(rule)
    return f"{rule} {known.name}" if known else rule


def verdict(review: Review, settings: Settings, view: View) -> str:
    """The last line: how much there is to act on, and what to do about it."""
    if not review.files and not review.unread:
        none = f"none of {counted(review.skipped, 'file')} is a template" if review.skipped else "there is no template"
        return f"Nothing was vetted: {none}."
    said = [_found(review, settings, view)] if review.files else []
    if review.undecided:
        said.append(f"{len(review.undecided):,} undecided")
    if review.unread:
        said.append(f"{len(review.unread):,} unread")
    advice = _advice(review)
    return f"{', '.join(said)}{': ' if advice else ''}{advice}."


def _found(review: Review, settings: Settings, view: View) -> str:
    """How many findings there are in how many templates; or that there are none, and what that leaves out."""
    findings = shown_findings(review, view)
    total = len(review.files)
    if findings:
        severities = Counter(finding.severity for finding in findings)
        numbers = [counted(severities[severity], severity) for severity in SEVERITIES if severities[severity]]
        where = {finding.at.file for finding in findings}
        hit = sum(file in where or _holds(file, kind, where) for file, kind in review.files)
        return f"{', '.join(numbers)} in {'1 template' if total == 1 else f'{hit:,} of {total:,} templates'}"
    none = "No findings" if view.strict else "No errors or warnings"
    beside = f" beside {len(review.suppressed):,} suppressed" if review.suppressed else ""
    switched = f" with {counted(len(settings.off), 'rule')} off" if settings.off else ""
    return f"{none}{beside} in {counted(total, 'template')}{switched}"


def _holds(folder: str, kind: Kind, files: set[str]) -> bool:
    """Whether one of some files is in a folder that was vetted as one template."""
    return kind == "terraform" and any(file.startswith(folder.rstrip("/") + "/") for file in files)


def _advice(review: Review) -> str:
    severities = {finding.severity for finding in review.findings}
    if "error" in severities:
        return "do not deploy before the vendor has answered"
    if review.unread:
        return "do not deploy what has not been vetted"
    if "warning" in severities:
        return "ask the vendor before you deploy"
    if review.undecided:
        return "look at what is undecided yourself before you deploy"
    return ""


def _be(number: int) -> str:
    return "is" if number == 1 else "are"
