"""The tables that are kept by hand in tools/curated/, and what has to hold of them.

Tab-separated lines; `#` begins a line that is a comment.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

CURATED = Path(__file__).parent.parent / "curated"


def rows(name: str) -> list[list[str]]:
    """The cells of each row. Raises ValueError for a row that comes twice."""
    lines = [line for line in (CURATED / name).read_text("utf-8").splitlines() if line and line[0] != "#"]
    if twice := sorted({line for line in lines if lines.count(line) > 1}):
        raise ValueError(f"curated/{name}: twice: {', '.join(twice)}")
    return [line.split("\t") for line in lines]


def actions_listed(name: str) -> set[str]:
    """The first cell of each row, where it is an action."""
    return {cells[0] for cells in rows(name)}


def check_actions(name: str, named: Iterable[str], known: dict[str, dict[str, Any]]) -> None:
    """Raises ValueError for actions of a table that AWS does not list, or writes otherwise."""
    listed = {f"{service}:{entry['name']}" for service, entries in known.items() for entry in entries.values()}
    if unlisted := sorted(set(named) - listed):
        raise ValueError(f"curated/{name}: not among AWS's actions: {', '.join(unlisted)}")
