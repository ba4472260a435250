"""Parts of a template that AWS::Include fetches when it is deployed.

Source: CloudFormation user guide, transform-aws-include.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.delivery.origins import address_in, marked, owner_of_address
from vetstack.delivery.pinning import pin_of_address
from vetstack.findings import Severity
from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Template
from vetstack.values import Text, Unknown, via_of

INCLUDE: Final = "AWS::Include"


class Included(NamedTuple):
    """A part that is fetched from somebody's bucket."""

    severity: Severity
    at: Position
    resource: str
    message: str
    also: tuple[str, ...]
    guard: Guard


def included(template: Template) -> Iterator[Included]:
    """The parts that whoever owns the bucket can change."""
    for macro in template.macros:
        if macro.name != INCLUDE:
            continue
        for guard, location in template.world.always.over(macro.location):
            whole = marked(location) if isinstance(location, (Text, Unknown)) else None
            address = address_in(whole.text) if whole else None
            if whole is None or address is None or owner_of_address(address, whole, template) != "vendor":
                continue
            pinned = pin_of_address(address).pin
            if pinned != "digest":
                message = (
                    f"This part of the template is fetched from {location} by {INCLUDE}: whoever may write there "
                    "decides what each deployment and update creates. Ask the vendor to write it into the template."
                )
                severity: Severity = "note" if pinned == "version" else "warning"
                yield Included(severity, macro.at, macro.resource, message, via_of(location), guard)
