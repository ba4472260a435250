"""VET301: an identity that may change IAM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.findings import SEVERITIES, Evidence, Finding, Severity
from vetstack.guards import Guard, when
from vetstack.iam.changes import Change, changes_by
from vetstack.iam.holders import Holder, Told, holders
from vetstack.iam.permissions import outside
from vetstack.iam.powers import SUBJECTS, TO_EVERYTHING, TO_ITSELF
from vetstack.position import Position
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

NAMED: Final = 3
"""Actions that a message names; the rest are counted."""

PLACES: Final = 4
"""Other statements that a finding points at."""

ON_ANY: Final = {
    "role": "role",
    "user": "user",
    "policy": "policy",
    "group": "group",
    "instance-profile": "instance profile",
    "saml-provider": "SAML provider",
    "oidc-provider": "OIDC provider",
}


class IamMutation(Rule):
    number = 301
    name = "iam-mutation"
    severities = ("error", "warning", "note")
    title = "Somebody may change who can do what"
    problem = """
        The template lets an identity write to IAM: attach or rewrite policies, change who may assume a role, make
        keys and passwords, add users to groups, or create and delete identities. All of its policies are taken
        together, wherever in the template they are attached, and wildcards such as `iam:Put*` count for every action
        that they stand for. Policies of service-linked roles, tags and iam:PassRole are left out; what a permissions
        boundary, a tag or a named policy in the Condition holds back is a note.
        """
    danger = """
        Permission to change permissions is every permission. Whoever may attach a policy to a role that they can use,
        or to their own, becomes administrator in one call; so does who takes over the vendor's side, or the Lambda
        function that this role belongs to. What you approve today stops being what the vendor may do tomorrow, and
        no update of the template is needed for it.
        """
    remedy = """
        Ask for the roles and policies to be made by the template itself, where you can read them. Where a product has
        to make roles at run time, ask for an `iam:PermissionsBoundary` condition with a boundary that you own, for
        resources under a path or prefix that holds nothing else, and never its own role. To attach one known policy,
        an `iam:PolicyARN` condition that names it is enough.
        """
    before = """
        - Effect: Allow
          Action: [iam:CreateRole, iam:AttachRolePolicy, iam:PutRolePolicy]
          Resource: "*"
        """
    after = """
        - Effect: Allow
          Action: [iam:CreateRole, iam:AttachRolePolicy, iam:PutRolePolicy]
          Resource: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/acme/agents/*
          Condition:
            StringEquals:
              iam:PermissionsBoundary: !Ref AgentBoundary
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        told = Told()
        for holder in holders(template):
            found = _beyond_administrator(holder, list(changes_by(holder, template)))
            if found:
                finding = self._reported(template, settings, holder, found)
                if told.is_news(holder, finding.when, [finding.at, *(one.at for one in finding.evidence)]):
                    yield finding

    def _reported(self, template: Template, settings: Settings, holder: Holder, found: list[Change]) -> Finding:
        stranger = holder.outside(template, settings)
        judged = [(severity_of(change, stranger), change) for change in found]
        severity = min((one for one, _ in judged), key=SEVERITIES.index)
        worst = [change for one, change in judged if one == severity]
        first = min(worst, key=lambda change: (len(change.way.guard.atoms), _RANK[change.reach], _RANK[change.weight]))
        counted = worst if severity == "note" else [change for one, change in judged if one != "note"]
        return self.finding(
            severity,
            _place(first, worst),
            holder.address,
            _message(holder.who(template, settings), severity, first, worst),
            also=[block for change in counted for block in (*change.way.grant.blocks, *change.way.action.via)],
            when=when([change.way.guard for change in worst], holder.exists),
            evidence=_elsewhere(first, counted),
        )


_RANK: Final = {"any": 0, "own": 1, "some": 2, "grants": 0, "lifts": 1, "opens": 2, "builds": 3, "changes": 4}


def _beyond_administrator(holder: Holder, found: list[Change]) -> list[Change]:
    """The changes that no sweep reports already: through a managed policy, or as part of being administrator.

    What a star leaves of the account's own settings, when all else is denied, leads nowhere.
    """
    leading = [sweep for sweep in holder.sweeps if sweep.lead]
    free = tuple(dict.fromkeys(sweep.guard for sweep in leading if not sweep.limit))
    told = {id(sweep.selection) for sweep in leading}
    left: dict[Guard, bool] = {}
    kept: list[Change] = []
    for change in found:
        if change.way.grant.managed or (change.way.limit and id(change.way.action) in told):
            continue
        if change.target == "other" and change.way.action.sweeping:
            continue
        guard = change.way.guard
        if guard not in left:
            left[guard] = bool(outside(guard, free))
        if left[guard]:
            kept.append(change)
    return kept


def _place(first: Change, worst: Sequence[Change]) -> Position:
    """The first of the actions that the message is about, in the statement that it is about."""
    body = first.way.grant.statement.body
    return min(change.way.action.at for change in _alike(first, worst) if change.way.grant.statement.body is body)


def severity_of(change: Change, stranger: bool) -> Severity:
    """How bad one change is. stranger: whether an account that is not the customer's may make it."""
    if change.way.limit:
        return "note"
    if change.weight in ("grants", "lifts"):
        if change.reach == "own" and not _to_itself(change):
            return "note"  # a user's own password or keys
        on_self = change.reach in ("any", "own")
        return "error" if on_self or (stranger and change.target != "policy") else "warning"
    if change.weight == "opens":
        return "warning" if change.reach == "any" or stranger else "note"
    return "warning" if change.reach == "any" and change.target != "other" else "note"


def _to_itself(change: Change) -> bool:
    """Whether a change of what is its own makes more of a holder; a role can let others in besides."""
    return change.action in TO_ITSELF or change.weight == "lifts" or change.target == "role"


def _message(who: str, severity: Severity, first: Change, worst: Sequence[Change]) -> str:
    begins = who[0].upper() + who[1:]
    may = f"{begins} may use {_actions(first, worst)}"
    if first.way.limit:
        return f"{may}, held back only by {first.way.limit.said}. Check what that lets through."
    return f"{may} on {_where(first, worst)}: {_leads_to(first, _alike(first, worst))} {_ask(severity)}"


def _alike(first: Change, worst: Sequence[Change]) -> list[Change]:
    """The changes that one sentence can speak of: those on the same resources, or all that reach any."""
    if first.reach == "any":
        return [change for change in worst if change.reach == "any" and change.weight == first.weight]
    return [change for change in worst if change.way.resource.written == first.way.resource.written]


def _actions(first: Change, worst: Sequence[Change]) -> str:
    """The first few actions, those that lead furthest before the rest, and the pattern that they stand for."""
    order = {action: place for place, action in enumerate(TO_EVERYTHING)}
    alike = {change.action: change for change in _alike(first, worst)}
    actions = sorted(alike, key=lambda action: (order.get(action, len(order)), action))
    named = ", ".join(actions[:NAMED])
    more = f" and {len(actions) - NAMED} more" if len(actions) > NAMED else ""
    selection = first.way.action
    pattern = selection.written if "*" in selection.written and not selection.negated else ""
    return f"{pattern} ({named}{more})" if pattern else f"{named}{more}"


def _where(first: Change, worst: Sequence[Change]) -> str:
    if first.reach == "any":
        targets = {change.target for change in _alike(first, worst)}
        named = [said for target, said in ON_ANY.items() if target in targets]
        return f"any {' or '.join(named[:2])}" if named else "the account"
    written = first.way.resource.written
    if first.reach == "own":
        return f"{written}, which includes its own"
    if first.way.resource.covers(SUBJECTS[first.target]):
        return f"what its boundary leaves of {written}"
    return written


def _leads_to(change: Change, alike: Sequence[Change]) -> str:
    actions = {one.action for one in alike}
    if change.reach == "own" and actions & TO_ITSELF:
        return "it can give itself any permission."
    if change.weight == "grants" and change.reach == "any" and actions & set(TO_EVERYTHING):
        return "that is enough to become administrator of the account."
    if change.weight == "grants":
        return "what is allowed there is then no longer what this template says."
    if change.weight == "lifts":
        return "it takes away the boundary that holds permissions there."
    if change.weight == "opens":
        return "that opens another way in, to roles and services that trust it."
    if change.weight == "builds":
        return "it makes or strips identities and policies that nobody has reviewed."
    return "it alters or deletes what others rely on."


def _ask(severity: Severity) -> str:
    if severity == "note":
        return "Ask the vendor what it is for."
    return (
        "Ask the vendor to make the roles in this template instead, or for a boundary in an "
        "iam:PermissionsBoundary condition."
    )


def _elsewhere(first: Change, counted: Sequence[Change]) -> list[Evidence]:
    """The other statements that allow changes of IAM, each at its first action."""
    seen = {id(first.way.grant.statement.body)}
    found: list[Evidence] = []
    for change in counted:
        body = id(change.way.grant.statement.body)
        if body not in seen:
            seen.add(body)
            found.append(Evidence(change.way.action.at, f"allows {change.action} besides"))
    return found[:PLACES]
