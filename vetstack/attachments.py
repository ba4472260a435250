"""What both front ends say of attachments: members hold what their group holds, and a policy may stand elsewhere."""

from __future__ import annotations

from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.template import Attachment, Identity, Resource, Template, Undecided
from vetstack.values import Hole, Text, Unknown, Value


def inherit(user: Identity, group: Identity, guard: Guard, resource: Resource) -> None:
    """Give a user what a group holds, under the setting in which a resource puts the one into the other."""
    for one in list(group.attachments):
        both = guard & one.guard
        if both is not None:
            via = (*one.via, group.address, resource.address)
            user.attachments.append(Attachment(one.document, one.arn, both, one.at, one.resource, via))


def note_unknown_policy(template: Template, address: str, element: Value, *, chosen: bool) -> None:
    """Note a managed policy whose document is neither in the template nor one of AWS's own.

    chosen: whether the element is what a deployer puts in the place of a default, which is vetted: their own choice.
    """
    if isinstance(element, Text):
        if ":policy/" in element and ":aws:policy/" not in element:
            note(template, element.at, address, f"the policy {element} is written outside this template")
    elif isinstance(element, Unknown) and not chosen:
        end = element.pieces[-1]
        if isinstance(end, Hole) or ":iam::aws:policy/" not in end:
            deciding = tuple(hole for hole in element.holes if hole.kind != "partition") or element.holes
            named = " and ".join(dict.fromkeys(str(hole) for hole in deciding))
            note(template, element.at, address, f"which policy is attached is decided by {named}")


def note(template: Template, at: Position, address: str, reason: str) -> None:
    """Note something that cannot be seen, once."""
    entry = Undecided(at, address, reason)
    if entry not in template.undecided:
        template.undecided.append(entry)
