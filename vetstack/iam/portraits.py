"""Everything there is to say about one identity: who can become it, what it may do, and what of that cannot be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, cast

from vetstack.guards import when
from vetstack.iam.abilities import (
    SHARED_LIMIT,
    WIDE_LIMIT,
    Ability,
    Denial,
    Idle,
    abilities,
    denials,
    idle,
    wide_elements,
)
from vetstack.iam.breadth import sweeps
from vetstack.iam.callers import Caller, callers
from vetstack.iam.documents import read_document
from vetstack.iam.escalation import Path, paths_of
from vetstack.iam.grants import grants_of
from vetstack.iam.holders import Holder, holders
from vetstack.iam.managed_policies import managed_name
from vetstack.iam.permissions import Grants
from vetstack.iam.selections import Selection
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.settings import Settings
from vetstack.template import Attachment, Identity, StandalonePolicy, Template
from vetstack.values import Absent, Text, Unknown, Value

Standing = Literal["administrator", "power user"]


class Boundary(NamedTuple):
    """One alternative of a permissions boundary. known: whether its document is; otherwise it counts as none."""

    said: str
    known: bool
    when: str | None
    at: Position


class Unseen(NamedTuple):
    """Something that is granted, and that the template does not show."""

    reason: str
    at: Position


class Reach(NamedTuple):
    """That a holder reaches over most of AWS, and under which setting and condition."""

    standing: Standing
    limit: str | None
    when: str | None
    at: Position


class Portrait(NamedTuple):
    """One identity, or a policy that somebody outside of the template is given.

    when: the setting that brings it into being, None where it always is; groups: those of the template that it is in,
    whose grants are among its own; escalations: the ways to permissions of somebody else, the worst first.
    """

    holder: Holder
    name: str | None
    when: str | None
    groups: list[str]
    callers: list[Caller]
    boundary: list[Boundary]
    reach: list[Reach]
    abilities: list[Ability]
    denials: list[Denial]
    idle: list[Idle]
    unseen: list[Unseen]
    escalations: list[Path]


def subjects_of(template: Template) -> Iterator[Holder]:
    """Everybody of whom there is a portrait, members who have all from their group among them.

    A policy is one where the template attaches it to somebody who is not in it, or to nobody.
    """
    for identity in template.identities.values():
        yield Holder(identity, grants_of(template, identity), ())
    for holder in holders(template):
        if isinstance(holder.subject, StandalonePolicy) and (holder.subject.elsewhere or not holder.subject.attached):
            yield holder


def portrait_of(holder: Holder, template: Template, settings: Settings) -> Portrait:
    grants = holder.grants
    uncounted = _uncounted(template, grants)
    return Portrait(
        holder,
        _name(holder),
        when(holder.exists, (template.world.always,)),
        _groups(holder, template),
        callers(holder, template, settings),
        list(_boundary(holder, template)),
        list(dict.fromkeys(_reach(holder))),
        abilities(grants, holder.exists, uncounted),
        denials(grants, holder.exists),
        idle(grants, uncounted),
        list(dict.fromkeys(_unseen(holder, template, grants, uncounted))),
        paths_of(holder, template),
    )


def _name(holder: Holder) -> str | None:
    subject = holder.subject
    if not isinstance(subject, Identity):
        return None
    names = (name for exists in holder.exists for _, name in exists.over(subject.name))
    return next((str(name) for name in names if isinstance(name, (Text, Unknown))), None)


def _groups(holder: Holder, template: Template) -> list[str]:
    subject = holder.subject
    via = (name for one in subject.attachments for name in one.via) if isinstance(subject, Identity) else ()
    return list(dict.fromkeys(name for name in via if name in template.identities and name != holder.address))


def _boundary(holder: Holder, template: Template) -> Iterator[Boundary]:
    subject = holder.subject
    if not isinstance(subject, Identity):
        return
    known = {bound.guard for bound in holder.grants.bounds if bound.within is not None}
    for exists in holder.exists:
        for guard, value in exists.over(subject.boundary):
            if not isinstance(value, Absent):
                setting = when([guard], holder.exists)
                yield Boundary(_said_of_boundary(value, template), guard in known, setting, value.at)


def _said_of_boundary(value: Value, template: Template) -> str:
    policy = template.policy_meant(value)
    if policy:
        return policy.resource.address
    if isinstance(value, (Text, Unknown)):
        return managed_name(value) or str(value)
    return "a policy by name"


def _reach(holder: Holder) -> Iterator[Reach]:
    for sweep in sweeps(holder.grants):
        standing: Standing = "administrator" if sweep.lead else "power user"
        limit = sweep.limit.said if sweep.limit else None
        yield Reach(standing, limit, when([sweep.guard], holder.exists), sweep.selection.at)


def _uncounted(template: Template, grants: Grants) -> list[Selection]:
    """The Action elements of a holder that are past what is counted of one, or of all whom the template grants."""
    counted = cast("set[object]", template.derived.setdefault(__name__, set()))
    most = min(SHARED_LIMIT, len(counted) + WIDE_LIMIT)
    left_out: list[Selection] = []
    for one, alike in wide_elements(grants):
        if alike in counted or len(counted) < most:
            counted.add(alike)
        else:
            left_out.append(one)
    return left_out


def _unseen(
    holder: Holder, template: Template, grants: Grants, beyond: Sequence[Selection]
) -> Iterator[Unseen]:
    subject = holder.subject
    if isinstance(subject, Identity):
        for attachment in subject.attachments:
            yield from _hidden_policy(attachment, template, grants)
    if beyond:
        more = f"what {len(beyond)} more patterns such as {beyond[0].written} stand for, which are too many to count"
        yield Unseen(more, beyond[0].at)
    for grant in grants.allows:
        for selection in grant.actions:
            if selection.hidden:
                yield Unseen(f"which actions {selection.written} stands for", selection.at)


def _hidden_policy(attachment: Attachment, template: Template, grants: Grants) -> Iterator[Unseen]:
    if not isinstance(attachment.document, Absent):
        for _, unknown in read_document(attachment.document, attachment.guard).unseen:
            holes = " and ".join(dict.fromkeys(str(hole) for hole in unknown.holes))
            yield Unseen(f"a policy that is decided by {holes}", unknown.at)
        return
    read = {(grant.attachment.at, grant.managed) for grant in (*grants.allows, *grants.denies)}
    for _, arn in attachment.guard.over(attachment.arn):
        if isinstance(arn, (Text, Unknown)):
            name = managed_name(arn)
            if (attachment.at, name) not in read:
                of_aws = ", a policy of AWS's that vetstack does not know" if name and "aws:policy/" in str(arn) else ""
                yield Unseen(f"what {arn} allows{of_aws}", arn.at)
