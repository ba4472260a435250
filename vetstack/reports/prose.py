"""What a rule says of itself, for `vetstack rules` and `vetstack explain`."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import cleandoc
from textwrap import dedent
from typing import Any, Final

from vetstack.reports.typography import wrapped
from vetstack.rules.interface import Rule

ROWS: Final = (
    "the review itself",
    "trust",
    "grants",
    "IAM mutation and escalation",
    "instance metadata",
    "credentials",
    "updates and remote code",
    "StackSets",
    "onboarding quality",
)
"""What the first digit of a rule's number stands for."""

_PROSE: Final = (
    ("What is wrong", "problem"),
    ("How it becomes your incident", "danger"),
    ("What to ask the vendor for", "remedy"),
)
_EXAMPLES: Final = (("Before", "before"), ("After", "after"))


def rule_list(rules: Iterable[Rule], width: int) -> str:
    """Every rule on a line or two, by row."""
    lines: list[str] = []
    row = -1
    for rule in rules:
        if rule.number // 100 != row:
            row = rule.number // 100
            lines += ["", f"{row}xx {ROWS[row] if row < len(ROWS) else ''}".rstrip()]
        lines.append(f"  {rule.id} {rule.name} ({', '.join(rule.severities)})")
        lines += wrapped(rule.title, width, "         ")
    return "\n".join(lines[1:]) + "\n"


def explanation(rule: Rule, width: int) -> str:
    """One rule in full: what is wrong, why it matters, and the remedy with an example."""
    lines = [f"{rule.id} {rule.name} ({', '.join(rule.severities)})", *wrapped(rule.title, width)]
    for heading, field in _PROSE:
        lines += ["", heading]
        for paragraph in paragraphs(getattr(rule, field)):
            lines += wrapped(paragraph, width, "  ")
    for heading, field in _EXAMPLES:
        lines += ["", heading, *(f"  {line}".rstrip() for line in example(getattr(rule, field)).splitlines())]
    return "\n".join(lines) + "\n"


def paragraphs(text: str) -> list[str]:
    """A text as written in a rule's source, its paragraphs (parted by an empty line) each on one line."""
    return [" ".join(paragraph.split()) for paragraph in cleandoc(text).split("\n\n") if paragraph.strip()]


def example(text: str) -> str:
    """An example as written in a rule's source, indented only as far as its lines differ."""
    return dedent(text).strip("\n")


def as_data(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """The rules as plain data, prose included."""
    return [
        {
            "rule": rule.id,
            "name": rule.name,
            "severities": list(rule.severities),
            "title": rule.title,
            **{field: "\n\n".join(paragraphs(getattr(rule, field))) for _, field in _PROSE},
            **{field: example(getattr(rule, field)) for _, field in _EXAMPLES},
        }
        for rule in rules
    ]
