"""What a policy hides from a reader of the template: documents, statements and principals that come from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from vetstack.guards import Guard
from vetstack.iam.documents import read_document
from vetstack.iam.trust import ways_in
from vetstack.position import Position
from vetstack.settings import Settings
from vetstack.template import Identity, Template, Undecided
from vetstack.values import Unknown


def unseen_policies(template: Template) -> Iterator[Undecided]:
    """Policies whose document, or a statement of it, only the deployment has: each once, on the policy that is one."""
    held = [(one.resource, one.document, one.guard) for who in template.identities.values() for one in who.attachments]
    loose = [(p.resource.address, p.document, guard) for p in template.policies.values() for guard in p.resource.exists]
    known: dict[tuple[int, Guard], tuple[Unknown, ...]] = {}
    told: set[tuple[Position, Unknown]] = set()
    for address, document, guard in loose + held:
        key = (id(document), guard)
        if key not in known:  # many may hold one document
            known[key] = tuple(unknown for _, unknown in read_document(document, guard).unseen)
        for unknown in known[key]:
            if (unknown.at, unknown) not in told:
                told.add((unknown.at, unknown))
                yield Undecided(unknown.at, address, f"what this policy allows is decided by {_named(unknown)}")


def unseen_trust(identity: Identity, template: Template, settings: Settings) -> Iterator[Undecided]:
    """A trust policy, or a principal of one, that stands in another template."""
    for exists in identity.resource.exists:
        for _, unknown in read_document(identity.trust, exists).unseen:
            yield Undecided(unknown.at, identity.address, f"who may assume this role is decided by {_named(unknown)}")
    for way in ways_in(identity, template, settings):
        hidden = way.tests.hidden
        if way.proof.state == "unseen" and hidden and way.party in ("stranger", "anyone"):
            yield Undecided(
                hidden[0].at, identity.address, f"what this condition asks is decided by {_named(hidden[0])}"
            )
        if way.party == "unseen" and way.proof.state not in ("bound", "nobody"):
            reason = f"whose account {way.principal.value} is stands in another template"
            yield Undecided(way.principal.at, identity.address, reason)


def _named(value: Unknown) -> str:
    return " and ".join(dict.fromkeys(str(hole) for hole in value.holes))
