"""IAM actions: which of them change permissions, and what a pattern such as `iam:Put*Policy` stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

_FLAGS: Final = re.IGNORECASE | re.ASCII | re.DOTALL


def mutating_actions() -> frozenset[str]:
    """Every iam action that changes an identity, a policy or a credential: `iam:PutRolePolicy`.

    Those that AWS lists and that do not only read, less service-linked roles. Source: data/META.json.
    """
    return _group("iam") | _group("iam-tagging")


def tagging_actions() -> frozenset[str]:
    """The `mutating_actions` that only tag: they change permissions where policies ask for tags."""
    return _group("iam-tagging")


def granting_actions() -> frozenset[str]:
    """Actions outside iam that give someone access: resource policies, shares, permission sets, access entries."""
    return _group("grant")


@cache
def _group(name: str) -> frozenset[str]:
    text = (Path(__file__).parent.parent / "data" / "mutating_actions.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return frozenset(action for group, action in rows if group == name)


def matches(pattern: str, action: str) -> bool:
    """Whether an Action element stands for an action: `*` any text, `?` one character, letter case aside."""
    if len(pattern) - pattern.count("*") > len(action):
        return False
    if "*" not in pattern and "?" not in pattern:
        return pattern.lower() == action.lower()
    return _compiled(pattern).fullmatch(action) is not None


def allowed_by(pattern: str, actions: Iterable[str]) -> list[str]:
    """Those actions that an Action element stands for, sorted."""
    return sorted(action for action in actions if matches(pattern, action))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression.

    Each `*` but the last takes the first place that fits, so that time stays in proportion to the two lengths:
    an atomic group, spelt as a lookahead that is then matched again (`(?>` needs Python 3.11).
    """
    first, *rest = (_literal(chunk) for chunk in re.split(r"\*+", pattern))
    if not rest:
        return re.compile(first, _FLAGS)
    *middle, last = rest
    fixed = "".join(f"(?=(?P<g{n}>.*?{chunk}))(?P=g{n})" for n, chunk in enumerate(middle))
    return re.compile(f"{first}{fixed}.*{last}", _FLAGS)


def _literal(chunk: str) -> str:
    return "".join("." if character == "?" else re.escape(character) for character in chunk)
