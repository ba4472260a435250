"""resource_regions.pack: which resource types of CloudFormation are missing in which regions."""

from __future__ import annotations

from pathlib import Path

from facts.packing import write_pack
from facts.wheels import Wheel

SCHEMAS = "cfnlint/data/schemas/providers/"
ELSEWHERE = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")
"""How the names of regions begin that are in other partitions. A template for customers meets the commercial ones."""

MACROS = "sam"
"""The list of types that a macro of AWS makes others of, in any region."""


def make(folder: Path) -> None:
    """Writes resource_regions.pack. folder: where the wheels are."""
    cfn_lint = Wheel(folder, "cfn-lint")
    lists = {name: frozenset(cfn_lint.json(path)) for name, path in cfn_lint.under(SCHEMAS).items()}
    macros = lists.pop(MACROS)
    here = {name: types | macros for name, types in lists.items() if not name.startswith(ELSEWHERE)}
    sets: dict[str, int] = {}
    texts: dict[str, list[str]] = {}
    for resource_type in sorted(frozenset().union(*here.values())):
        namespace, _, name = resource_type.rpartition("::")
        number = sets.setdefault(_shorter(here, resource_type), len(sets))
        texts.setdefault(namespace, []).append(f"{name}\t{number}")
    packed = {namespace: "\n".join(lines) for namespace, lines in texts.items()}
    packed |= {"regions": "\t".join(sorted(here)), "sets": "\n".join(sets)}
    provenance = {
        "source": f"lists of resource types by region of the package {cfn_lint.words}, which has them from the"
        " CloudFormation registry of each region",
        "source_sha256": [cfn_lint.digest],
        "licence": "MIT-0",
        "date": cfn_lint.json("cfnlint/data/schemas/version.json")["schema_date"][:10],
        "types": sum(map(len, texts.values())),
    }
    write_pack("resource_regions.pack", packed, len(packed), provenance)


def _shorter(here: dict[str, frozenset[str]], resource_type: str) -> str:
    """The regions without a type after `-`, or those that have it after `+`."""
    having = sorted(name for name, types in here.items() if resource_type in types)
    lacking = sorted(here.keys() - set(having))
    return "+" + "\t".join(having) if len(having) < len(lacking) else "-" + "\t".join(lacking)
