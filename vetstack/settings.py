"""What the user has set for a review: the same in every door."""

from __future__ import annotations

from typing import Final, Literal

from vetstack.records import NamedTuple

StackSet = Literal["service-managed", "self-managed", "off"]
STACK_SETS: Final[tuple[StackSet, ...]] = ("service-managed", "self-managed", "off")


class Settings(NamedTuple):
    """trusted_accounts: 12-digit ids of the customer's own, beside the deploying account. stackset: the
    permission model that templates must be fit for. regions: those that they are rolled out to; empty means more
    than one. trust_suppressions: whether what the template says of itself counts. off: ids of rules that are off.
    source: the configuration file that was read, for the reports to name; None when there was none. var_files: files
    that say what Terraform's variables will be, as its own --var-file has them; of two the last counts.
    vendor_accounts: ids of the vendor's that the customer knows of. They are trusted no further for it.
    """

    trusted_accounts: frozenset[str] = frozenset()
    stackset: StackSet = "service-managed"
    regions: tuple[str, ...] = ()
    trust_suppressions: bool = False
    off: frozenset[str] = frozenset()
    source: str | None = None
    var_files: tuple[str, ...] = ()
    vendor_accounts: frozenset[str] = frozenset()

    @property
    def many_regions(self) -> bool:
        return len(self.regions) != 1
