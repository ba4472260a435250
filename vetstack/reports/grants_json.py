"""`vetstack grants --format json`, version 1: keys may be added to it, none is ever taken away.

It is ASCII. Lines and columns count from 1; line 0 of an unread file is the whole of it. Shapes, `?` for what may be
null:

    {"version": 1, "tool": {"name", "version", "data"}, "files": [{"file", "kind"}],
     "identities": [
       {"address", "kind": "role|user|group|permission set|policy", "name"?, "file", "line", "column", "when"?,
        "groups": [],
        "assumed_by": [{"who", "party", "state"?, "why", "when"?, "file"?, "line"?, "column"?}],
        "boundary": [{"policy", "known", "when"?, "file", "line", "column"}],
        "reach": [{"standing": "administrator|power user", "limit"?, "when"?, "file", "line", "column"}],
        "grants": [{"service", "level", "everything", "number", "actions": [], "patterns": [], "resources": [],
                    "limit"?, "when"?, "managed"?, "places": [{"file", "line", "column"}], "through": []}],
        "denied": [{"patterns": [], "resources": [], "asks": [], "when"?, "through": [], "file", "line", "column"}],
        "idle": [{"action", "why": "unknown|resources", "file", "line", "column"}],
        "unseen": [{"reason", "file", "line", "column"}],
        "escalation": [{"id", "degree": "error|warning|note", "gives", "limit"?, "when"?,
                        "steps": [{"action", "resource", "through": [], "file", "line", "column"}]}]}],
     "undecided": [{"file", "line", "column", "resource", "reason"}],
     "unread": [{"file", "line", "column", "reason"}]}

`party` is own, service, aws, federated, anyone, stranger, unseen, member or holder; `state` what is known of the
ExternalId (absent, bypassable, shared, empty-possible, unseen, bound, nobody) or of a provider's token (bound,
provider, audience, owner, guests, unseen). `level` is list, read, data read, write, permissions or tagging. The service
`*` stands for all of them, then `actions` is empty and `number` counts. `everything`: on all resources of their kind.
`limit` is the condition that confines a grant, `when` the setting under which there is one, `managed` the policy of
AWS's that has it, and `asks` are the condition keys of a Deny. `idle` is what a statement names and does not get.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from vetstack import __data__, __version__
from vetstack.guards import when
from vetstack.position import Position

if TYPE_CHECKING:
    from vetstack.iam.abilities import Ability, Denial
    from vetstack.iam.callers import Caller
    from vetstack.iam.escalation import Path
    from vetstack.iam.portraits import Portrait
    from vetstack.reports.grants import Survey

VERSION: Final = 1


def render(survey: Survey) -> str:
    return json.dumps(as_data(survey), indent=2) + "\n"


def as_data(survey: Survey) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "version": VERSION,
        "tool": {"name": "vetstack", "version": __version__, "data": __data__},
        "files": [{"file": file, "kind": kind} for file, kind in survey.files],
        "identities": [_identity(portrait) for portrait in survey.portraits],
        "undecided": [{**_place(one.at), "resource": one.resource, "reason": one.reason} for one in survey.undecided],
        "unread": [
            {"file": one.file, "line": one.line, "column": one.column, "reason": one.reason} for one in survey.unread
        ],
    }


def _identity(portrait: Portrait) -> dict[str, Any]:
    holder = portrait.holder
    resource = holder.subject.resource
    return {
        "address": holder.address,
        "kind": holder.kind,
        "name": portrait.name,
        **_place(resource.at),
        "when": portrait.when,
        "groups": portrait.groups,
        "assumed_by": [_caller(one) for one in portrait.callers],
        "boundary": [
            {"policy": one.said, "known": one.known, "when": one.when, **_place(one.at)} for one in portrait.boundary
        ],
        "reach": [
            {"standing": one.standing, "limit": one.limit, "when": one.when, **_place(one.at)} for one in portrait.reach
        ],
        "grants": [_ability(one) for one in portrait.abilities],
        "denied": [_denial(one) for one in portrait.denials],
        "idle": [{"action": one.written, "why": one.why, **_place(one.at)} for one in portrait.idle],
        "unseen": [{"reason": one.reason, **_place(one.at)} for one in portrait.unseen],
        "escalation": [_path(one, portrait) for one in portrait.escalations],
    }


def _caller(one: Caller) -> dict[str, Any]:
    place = _place(one.at) if one.at else {"file": None, "line": None, "column": None}
    return {"who": one.who, "party": one.party, "state": one.state, "why": one.why, "when": one.when, **place}


def _ability(one: Ability) -> dict[str, Any]:
    return {
        "service": one.service,
        "level": one.depth,
        "everything": one.everything,
        "number": one.number,
        "actions": list(one.actions),
        "patterns": list(one.patterns),
        "resources": list(one.resources),
        "limit": one.limit,
        "when": one.when,
        "managed": one.managed,
        "places": [_place(at) for at in one.places],
        "through": list(one.through),
    }


def _denial(one: Denial) -> dict[str, Any]:
    return {
        "patterns": list(one.patterns),
        "resources": list(one.resources),
        "asks": list(one.asks),
        "when": one.when,
        "through": list(one.through),
        **_place(one.at),
    }


def _path(path: Path, portrait: Portrait) -> dict[str, Any]:
    return {
        "id": path.id,
        "degree": path.degree,
        "gives": path.clause,
        "limit": path.limit.said if path.limit else None,
        "when": when(path.settings, portrait.holder.exists),
        "steps": [
            {
                "action": action,
                "resource": way.resource.written,
                "through": [way.grant.managed] if way.grant.managed else list(way.grant.blocks),
                **_place(way.action.at),
            }
            for action, way in path.steps
        ],
    }


def _place(at: Position) -> dict[str, Any]:
    return {"file": at.file, "line": at.line, "column": at.column}
