"""`vetstack stackset --format json`, version 1: keys may be added to it, none is ever taken away.

It is ASCII. Lines and columns count from 1; line 0 of an unread file is the whole of it. Shapes, `?` for what may be
null:

    {"version": 1, "tool": {"name", "version", "data"}, "regions": [],
     "templates": [
       {"file", "line", "stack_set"?, "size"?,
        "verdicts": [{"permissions": "service-managed|self-managed|custom-role", "regions": "one|many",
                      "answer": "yes|with care|no", "findings": [0]}],
        "findings": [{"rule", "name", "severity", "line", "column", "resource", "also": [], "message", "when"?}],
        "capabilities": [{"name", "because": [{"resource", "reason"}]}],
        "parameters": [{"name", "line", "required", "no_echo", "per_account"?}],
        "undecided": [{"line", "resource", "reason"}]}],
     "unread": [{"file", "line", "column", "reason"}]}

`stack_set` is the resource that deploys a template, null where the user does. The findings of a verdict are numbers in
the template's list.
"""

from __future__ import annotations

import json
from typing import Any, Final

from vetstack import __data__, __version__
from vetstack.findings import Finding
from vetstack.fitness import CAPABILITIES, Unit
from vetstack.reports.stackset import Sheet
from vetstack.settings import Settings

VERSION: Final = 1


def render(sheet: Sheet, settings: Settings) -> str:
    return json.dumps(as_data(sheet, settings), indent=2) + "\n"


def as_data(sheet: Sheet, settings: Settings) -> dict[str, Any]:
    """The sheet as plain data."""
    return {
        "version": VERSION,
        "tool": {"name": "vetstack", "version": __version__, "data": __data__},
        "regions": list(settings.regions),
        "templates": [_unit(unit) for unit in sheet.units],
        "unread": [
            {"file": entry.file, "line": entry.line, "column": entry.column, "reason": entry.reason}
            for entry in sheet.unread
        ],
    }


def _unit(unit: Unit) -> dict[str, Any]:
    return {
        "file": unit.template.file,
        "line": unit.template.at.line,
        "stack_set": unit.address,
        "size": unit.template.size,
        "verdicts": [
            {
                "permissions": verdict.case.model,
                "regions": verdict.case.reach,
                "answer": verdict.answer,
                "findings": list(verdict.findings),
            }
            for verdict in unit.verdicts
        ],
        "findings": [_finding(finding) for finding in unit.findings],
        "capabilities": [
            {
                "name": name,
                "because": [{"resource": need.address, "reason": need.because} for need in unit.needs[name]],
            }
            for name in CAPABILITIES
            if name in unit.needs
        ],
        "parameters": [
            {
                "name": one.parameter.name,
                "line": one.parameter.at.line,
                "required": one.required,
                "no_echo": one.parameter.no_echo,
                "per_account": one.per_account or None,
            }
            for one in unit.asked
        ],
        "undecided": [
            {"line": entry.at.line, "resource": entry.resource, "reason": entry.reason} for entry in unit.undecided
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        "line": finding.at.line,
        "column": finding.at.column,
        "resource": finding.resource,
        "also": list(finding.also),
        "message": finding.message,
        "when": finding.when,
    }
