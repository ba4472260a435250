"""Who can become an identity: the principals that a role's trust policy lets in, the members of a group.

The proofs are those that the rules on trust go by; here they are said of everybody, of who is let in rightly too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.guards import Guard, when
from vetstack.iam.documents import read_document
from vetstack.iam.external_id import State
from vetstack.iam.federation import Missing, federated_ways
from vetstack.iam.holders import Holder
from vetstack.iam.principals import Party, principals_of
from vetstack.iam.selections import few
from vetstack.iam.trust import ASSUME, OUTSIDE, allows, judgements, ways_in
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.settings import Settings
from vetstack.template import Identity, Template
from vetstack.values import Absent

STATES: Final[dict[State, str]] = {
    "absent": "no ExternalId",
    "bypassable": "an ExternalId that can be got past",
    "shared": "an ExternalId that other customers have too",
    "empty-possible": "an ExternalId that may be given empty",
    "unseen": "a condition that cannot be seen",
    "bound": "ExternalId bound",
    "nobody": "denied to everybody",
}
"""What a reader is told of the ExternalId."""

MISSING: Final[dict[Missing, str]] = {
    "": "token bound",
    "provider": "of any provider",
    "audience": "tokens made for anybody",
    "owner": "anybody's tokens",
    "guests": "guests' tokens too",
    "unseen": "a condition that cannot be seen",
}
"""What a reader is told of a provider's token."""

OWN: Final = "this account"
MACHINES: Final = "AWS Lambda, for the function that it is made for"
OTHERS: Final = {
    "user": "whoever has its password or its keys",
    "permission set": "everybody who is assigned it",
    "policy": "whoever it is attached to outside of this template",
}


class Caller(NamedTuple):
    """Somebody who can become an identity.

    who: as a reader is told; party: as in `principals`, or "member" and "holder" where there is no trust policy.
    state: of the ExternalId, or what is missing of the token; asked: the same in words, empty where nothing need be
    asked; why: more on that. when: the setting that lets them in, None where every one does.
    """

    who: str
    party: Party | str
    state: str | None
    asked: str
    why: str
    when: str | None
    at: Position | None


def callers(holder: Holder, template: Template, settings: Settings) -> list[Caller]:
    """Everybody who can become a holder, each once with the worst that is asked of them."""
    subject = holder.subject
    if not isinstance(subject, Identity):
        return [Caller(OTHERS["policy"], "holder", None, "", "", None, None)]
    if subject.kind == "group":
        return list(_members(subject, template))
    if subject.kind != "role":
        return [Caller(OTHERS[subject.kind], "holder", None, "", "", None, None)]
    if isinstance(subject.trust, Absent):
        return [Caller(MACHINES, "service", None, "", "", None, None)]
    found = [*_outside(subject, template, settings), *_tokens(subject, template, settings)]
    return _merged([*found, *_inside(subject, template, settings)], subject.resource.exists)


class _Way(NamedTuple):
    """A caller under one setting."""

    caller: Caller
    guard: Guard


def _outside(identity: Identity, template: Template, settings: Settings) -> Iterator[_Way]:
    judged = {id(way): (one.state, one.why) for one in judgements(identity, template, settings) for way in one.ways}
    for way in ways_in(identity, template, settings):
        principal = way.principal
        if way.party in OUTSIDE - {"refused"}:
            state, why = judged.get(id(way), (way.proof.state, way.proof.why))
            yield _Way(Caller(principal.shown, way.party, state, STATES[state], why, None, principal.at), way.guard)
        elif way.party != "refused":  # a condition leaves only those
            keys = few(test.key for test in way.tests.tests) or "a condition"
            yield _Way(Caller(f"{OWN}, by {keys}", way.party, None, "", "", None, principal.at), way.guard)


def _tokens(identity: Identity, template: Template, settings: Settings) -> Iterator[_Way]:
    for one in federated_ways(identity, template, settings):
        who, state = f"{one.protocol} tokens of {one.principal.value}", one.missing or "bound"
        yield _Way(Caller(who, "federated", state, MISSING[one.missing], "", None, one.principal.at), one.guard)


def _inside(identity: Identity, template: Template, settings: Settings) -> Iterator[_Way]:
    """The account itself and AWS: of whom no ExternalId is asked."""
    for exists in identity.resource.exists:
        for statement in read_document(identity.trust, exists).statements:
            acts = [guard for guard, allowed in allows(statement, ASSUME) if allowed]
            if statement.effect != "Allow" or not acts:
                continue
            for principal in principals_of(statement, template, settings.trusted_accounts):
                if principal.party not in OUTSIDE and principal.party != "federated":
                    shown = principal.shown if principal.party == "aws" else str(principal.value)
                    who = f"{OWN}: {shown}" if principal.party == "own" else shown
                    yield _Way(Caller(who, principal.party, None, "", "", None, principal.at), principal.guard)


def _members(group: Identity, template: Template) -> Iterator[Caller]:
    for identity in template.identities.values():
        if any(group.address in one.via for one in identity.attachments):
            yield Caller(f"its member {identity.address}", "member", None, "", "", None, identity.resource.at)
    yield Caller("whoever else is put into it", "holder", None, "", "", None, None)


def _merged(ways: list[_Way], exists: tuple[Guard, ...]) -> list[Caller]:
    """Those who come the same way under several settings as one."""
    groups: dict[Caller, list[Guard]] = {}
    for way in ways:
        groups.setdefault(way.caller, []).append(way.guard)
    return [caller._replace(when=when(guards, exists)) for caller, guards in groups.items()]
