"""How far each of AWS's managed policies reaches, asked of its document as rules ask it of a role."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from vetstack.iam.breadth import equivalents, sweeps
from vetstack.iam.grants import grants_of_managed
from vetstack.iam.limits import Kind
from vetstack.iam.services import whole_services

Tier = Literal["administrator", "equivalent", "power", "broad"]
"""administrator: every action. equivalent: a step away from every action, because it rewrites IAM. power: nearly every
action but IAM's. broad: everything in a service that holds data or runs code."""

TOO_WIDE: Final[dict[Kind, tuple[Tier, ...]]] = {
    "boundary": ("administrator", "equivalent"),
    "policy": ("administrator", "equivalent", "power", "broad"),
}
"""Tiers of AWS's policies that are no limit: a boundary within which anybody becomes administrator, and policies that
hand out more than a product needs."""


@cache
def tier_of_policy(name: str) -> Tier | None:
    """The tier of one of AWS's policies; None when it is in none, or AWS does not have it."""
    grants = grants_of_managed(name)
    swept = [sweep for sweep in sweeps(grants) if not sweep.limit]
    if swept:
        return "administrator" if any(sweep.lead for sweep in swept) else "power"
    if equivalents(grants):
        return "equivalent"
    return "broad" if whole_services(grants) else None
