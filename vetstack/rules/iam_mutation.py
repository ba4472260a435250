"""VET301: an identity that may change IAM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.findings import SEVERITIES, Evidence, Finding, Severity
from vetstack.guards import when
from vetstack.iam.changes import Change, beyond_administrator, changes_by, place_of, said_of, split
from vetstack.iam.held import is_exact
from vetstack.iam.holders import Holder, Told, holders
from vetstack.iam.permissions import elsewhere
from vetstack.iam.powers import SUBJECTS, TO_EVERYTHING
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

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
        that they stand for. Policies of service-linked roles and tags are left out; iam:PassRole on everything is a
        note where it stands alone, and so is what a permissions boundary, a tag or a named policy in the Condition
        holds back. Changes that reach the identity itself are VET303's.
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
            _, found = split(holder, beyond_administrator(holder, changes_by(holder, template)))
            if found:
                finding = self._reported(template, settings, holder, found)
                if told.is_news(holder, finding.when, finding.places):
                    yield finding

    def _reported(self, template: Template, settings: Settings, holder: Holder, found: list[Change]) -> Finding:
        stranger = holder.outside(template, settings)
        judged = [(severity_of(change, stranger), change) for change in found]
        severity = min((one for one, _ in judged), key=SEVERITIES.index)
        worst = [change for one, change in judged if one == severity]
        first = min(worst, key=lambda change: (len(change.way.guard.atoms), _RANK[change.reach], _RANK[change.weight]))
        counted = worst if severity == "note" else [change for one, change in judged if one != "note"]
        place = place_of(first, _alike(first, worst))
        return self.finding(
            severity,
            place,
            holder.address,
            _message(holder.who(template, settings), severity, first, worst),
            also=[block for change in counted for block in (*change.way.grant.blocks, *change.way.action.via)],
            when=when([change.way.guard for change in worst], holder.exists),
            evidence=[Evidence(at, f"allows {one}") for at, one in elsewhere(first, counted) if at != place],
        )


_RANK: Final = {
    "any": 0, "own": 1, "some": 2, "grants": 0, "lifts": 1, "opens": 2, "builds": 3, "changes": 4, "adds": 5,
}  # fmt: skip


def severity_of(change: Change, stranger: bool) -> Severity:
    """How bad one change is, what VET303 reports aside. stranger: whether an outside account may make it."""
    if change.way.limit or change.reach == "own" or change.weight == "adds":
        return "note"  # a user's own password or keys, and what takes permissions from itself
    if change.weight in ("grants", "lifts"):
        return "error" if change.reach == "any" or (stranger and change.target != "policy") else "warning"
    if change.weight == "opens":
        return "warning" if change.reach == "any" or stranger else "note"
    return "warning" if change.reach == "any" and change.target != "other" else "note"


def _message(who: str, severity: Severity, first: Change, worst: Sequence[Change]) -> str:
    begins = who[0].upper() + who[1:]
    may = f"{begins} may use {said_of(first, _alike(first, worst))}"
    if first.way.limit:
        return f"{may}, held back only by {first.way.limit.said}. Check what that lets through."
    return f"{may} on {_where(first, worst)}: {_leads_to(first, _alike(first, worst))} {_ask(severity)}"


def _alike(first: Change, worst: Sequence[Change]) -> list[Change]:
    """The changes that one sentence can speak of: those on the same resources, or all that reach any."""
    if first.reach == "any":
        return [change for change in worst if change.reach == "any" and change.weight == first.weight]
    return [change for change in worst if change.way.resource.written == first.way.resource.written]


def _where(first: Change, worst: Sequence[Change]) -> str:
    if first.reach == "any":
        targets = {change.target for change in _alike(first, worst)}
        named = [said for target, said in ON_ANY.items() if target in targets]
        account = _account(_alike(first, worst))
        of = f" of account {account}" if account else ""
        return f"any {' or '.join(named[:2])}{of}" if named else "the account"
    written = first.way.resource.written
    if first.reach == "own":
        return "itself" if is_exact(first.way.resource) else f"{written}, which includes its own"
    if first.way.resource.covers(SUBJECTS[first.target]):
        return f"what its boundary leaves of {written}"
    return written


def _account(alike: Sequence[Change]) -> str:
    """The one account of which changes name everything, by its number; empty where they leave it open."""
    found = {"".join(one.way.resource.written.split(":", 5)[4:5]) for one in alike}
    return next((one for one in found if len(found) == 1 and one.isdigit()), "")


def _leads_to(change: Change, alike: Sequence[Change]) -> str:
    actions = {one.action for one in alike}
    if change.weight == "grants" and change.reach == "any" and actions & set(TO_EVERYTHING):
        there = "there" if _account(alike) else "of the account"
        return f"that is enough to become administrator {there}."
    if change.weight == "grants":
        return "what is allowed there is then no longer what this template says."
    if change.weight == "lifts":
        return "it takes away the boundary that holds permissions there."
    if change.weight == "opens":
        return "that opens another way in, to roles and services that trust it."
    if change.weight == "builds":
        return "it makes or strips identities and policies that nobody has reviewed."
    if change.weight == "adds":
        return "that alone gives nobody a permission."
    return "it alters or deletes what others rely on."


def _ask(severity: Severity) -> str:
    if severity == "note":
        return "Ask the vendor what it is for."
    return (
        "Ask the vendor to make the roles in this template instead, or for a boundary in an "
        "iam:PermissionsBoundary condition."
    )
