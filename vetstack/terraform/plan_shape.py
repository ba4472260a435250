"""What kind of Terraform's JSON a document is: a plan, or something else that one of its commands prints."""

from __future__ import annotations

from typing import Final

from vetstack.sources.interface import Mapping, Node, Scalar

PLAN_KEYS: Final = ("planned_values", "resource_changes", "output_changes")
"""Keys of which a plan has one, beside `format_version`."""

HOW: Final = "vetstack reads plans: terraform show -json PLANFILE"

_STATE: Final = f"this is a state of Terraform, not a plan; {HOW}"

OTHERS: Final = (
    (("serial", "lineage"), _STATE),
    (("format_version", "values"), _STATE),
    (("format_version", "provider_schemas"), f"this holds schemas of Terraform's providers, not a plan; {HOW}"),
    (("format_version", "diagnostics"), f"this is what terraform validate prints, not a plan; {HOW}"),
    (("@level", "@message"), f"this is the log of terraform plan -json, not the plan itself; {HOW}"),
)
"""Keys that tell other outputs of Terraform apart, and what to say of each."""


def is_plan(root: Node) -> bool:
    """Whether this is what `terraform show -json` prints of a plan (OpenTofu's is the same)."""
    if not isinstance(root, Mapping) or not isinstance(root.get("format_version"), Scalar):
        return False
    return any(key in root for key in PLAN_KEYS) or ("configuration" in root and "values" not in root)


def other_output(root: Node) -> str | None:
    """What to tell whoever names another output of Terraform; None for what is none of them."""
    if not isinstance(root, Mapping):
        return None
    return next((said for keys, said in OTHERS if all(key in root for key in keys)), None)
