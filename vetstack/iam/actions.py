"""IAM actions: which of them change permissions, and what a pattern such as `iam:Put*Policy` stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final

from vetstack.iam.globs import compiled, fits
from vetstack.packs import facts

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
    rows = (line.split("\t") for line in facts("mutating_actions.tsv").splitlines() if not line.startswith("#"))
    return frozenset(action for group, action in rows if group == name)


def matches(pattern: str, action: str) -> bool:
    """Whether an Action element stands for an action: `*` any text, `?` one character, letter case aside."""
    if len(pattern) - pattern.count("*") > len(action):
        return False
    if "?" in pattern or not pattern.isascii():
        return compiled(pattern, ".", _FLAGS).fullmatch(action) is not None
    return fits(pattern.lower(), action.lower())


class ActionPatterns:
    """Many Action elements at once: the names among them, and the patterns by the service that they begin with."""

    __slots__ = ("_names", "_of_service", "_of_many", "_known")

    def __init__(self, patterns: Iterable[str]) -> None:
        self._names: set[str] = set()
        self._of_service: dict[str, list[str]] = {}
        self._of_many: dict[str, list[str]] = {}  # by the first character where that is known
        self._known: dict[str, bool] = {}
        for pattern in patterns:
            if "*" not in pattern and "?" not in pattern and pattern.isascii():
                self._names.add(pattern.lower())
                continue
            service, colon, _ = pattern.partition(":")
            if colon and not set("*?") & set(service):
                self._of_service.setdefault(service.lower(), []).append(pattern)
            else:
                first = pattern[:1].lower()
                self._of_many.setdefault("" if first in ("*", "?") else first, []).append(pattern)

    def match(self, action: str) -> bool:
        """Whether one of them stands for an action."""
        if action.lower() in self._names:
            return True
        if action not in self._known:
            of_service = self._of_service.get(action.partition(":")[0].lower(), ())
            of_many = (*self._of_many.get("", ()), *self._of_many.get(action[:1].lower(), ()))
            self._known[action] = any(matches(one, action) for one in (*of_service, *of_many))
        return self._known[action]


@lru_cache(maxsize=64)
def patterns_of(patterns: tuple[str, ...]) -> ActionPatterns:
    """The elements of one Action or NotAction, as often as the same ones are written."""
    return ActionPatterns(patterns)
