"""What a review says: findings, and the evidence that goes with them."""

from __future__ import annotations

from typing import Final, Literal

from vetstack.position import Position
from vetstack.records import NamedTuple

Severity = Literal["error", "warning", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")
"""Worst first."""


class Evidence(NamedTuple):
    """Another place that a reviewer has to look at to believe the finding."""

    at: Position
    message: str


class Finding(NamedTuple):
    """One thing that is wrong with one resource.

    rule: `VET101`; when: the setting that selects it, None when every setting does; also: the other blocks
    that the cause passes through.
    """

    rule: str
    name: str
    severity: Severity
    at: Position
    resource: str
    message: str
    also: tuple[str, ...] = ()
    when: str | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def places(self) -> tuple[Position, ...]:
        """Where a reviewer has to look."""
        return (self.at, *(one.at for one in self.evidence))

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """What findings are sorted by: file, line, column, rule, resource."""
        return (self.at.file, self.at.line, self.at.column, self.rule, self.resource)
