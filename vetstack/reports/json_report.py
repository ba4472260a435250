"""The report that programs read, version 1: keys may be added to it, none is ever taken away.

It is ASCII, its keys stand in a fixed order and its entries are sorted. Lines and columns count from 1; line 0
of an unread file is the whole of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from vetstack import __data__, __version__
from vetstack.findings import SEVERITIES, Evidence, Finding
from vetstack.position import Position
from vetstack.reports.interface import View, shown_findings
from vetstack.settings import Settings

if TYPE_CHECKING:
    from vetstack.review import Review
    from vetstack.suppressions import Suppression

VERSION: Final = 1


def render(review: Review, settings: Settings, view: View) -> str:
    return json.dumps(as_data(review, settings, view), indent=2) + "\n"


def as_data(review: Review, settings: Settings, view: View) -> dict[str, Any]:
    """The report as plain data."""
    findings = shown_findings(review, view)
    return {
        "version": VERSION,
        "tool": {"name": "vetstack", "version": __version__, "data": __data__},
        "settings": _settings(settings),
        "files": [{"file": file, "kind": kind} for file, kind in review.files],
        "skipped": review.skipped,
        "findings": [_finding(finding) for finding in findings],
        "undecided": [
            {**_place(entry.at), "resource": entry.resource, "reason": entry.reason} for entry in review.undecided
        ],
        "unread": [
            {"file": entry.file, "line": entry.line, "column": entry.column, "reason": entry.reason}
            for entry in review.unread
        ],
        "suppressed": [{**_finding(entry.finding), "suppression": _request(entry.by)} for entry in review.suppressed],
        "unheeded": [{**_request(entry.suppression), "why": entry.why} for entry in review.unheeded],
        "summary": {
            **{severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES},
            "hidden_notes": len(review.findings) - len(findings),
        },
    }


def _settings(settings: Settings) -> dict[str, Any]:
    return {
        "source": settings.source,
        "trusted_accounts": sorted(settings.trusted_accounts),
        "vendor_accounts": sorted(settings.vendor_accounts),
        "stackset": settings.stackset,
        "regions": list(settings.regions),
        "trust_suppressions": settings.trust_suppressions,
        "off": sorted(settings.off),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        **_place(finding.at),
        "end_line": finding.at.end_line,
        "end_column": finding.at.end_column,
        "resource": finding.resource,
        "also": list(finding.also),
        "message": finding.message,
        "when": finding.when,
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {**_place(evidence.at), "message": evidence.message}


def _request(request: Suppression) -> dict[str, Any]:
    return {**_place(request.at), "resource": request.block, "rules": list(request.named), "reason": request.reason}


def _place(at: Position) -> dict[str, Any]:
    return {"file": at.file, "line": at.line, "column": at.column}
