"""VET305: an identity that may switch off what records or protects the account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.findings import SEVERITIES, Evidence, Finding, Severity
from vetstack.guards import when
from vetstack.iam.held import (
    Held,
    OnWhat,
    Reach,
    actions_said,
    blocks_of,
    held_by,
    is_whole,
    on_everything,
    place_of,
    subjects_of,
    where_said,
)
from vetstack.iam.holders import Holder, Told, holders
from vetstack.iam.permissions import Subjects, elsewhere
from vetstack.iam.resources import glob_of_subject, names_parameter, overlap
from vetstack.iam.safeguards import MADE_BY, WELL_KNOWN, Loss, losses
from vetstack.iam.selections import Selection
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

LOST: Final[dict[Loss, str]] = {
    "records": "whatever is done after that is neither recorded nor noticed.",
    "rules": "what your organisation forbids its accounts is then allowed.",
    "protection": "what protects data or watches over it is then gone.",
    "edge": "what keeps resources from the Internet is then gone.",
    "traces": "what has been recorded can be deleted.",
    "little": "it makes them weaker.",
}
"""What comes of it, by what is lost."""

FOR_STRANGERS: Final = frozenset({"edge", "traces"})
"""Losses of which nobody needs to hear who may assume the role inside the account."""


class GuardrailRemoval(Rule):
    number = 305
    name = "guardrail-removal"
    severities = ("error", "warning", "note")
    title = "Somebody may switch off what records or protects the account"
    problem = """
        The template lets an identity stop or delete what watches over an account: trails, GuardDuty, Security Hub,
        AWS Config, analyzers, flow logs; what protects data: blocks on public access, keys, backup locks, firewalls;
        or the policies by which the organisation restrains its accounts. On a trail or a detector that the template
        itself makes this is not reported. Boundaries and policies of identities are VET301's and VET303's.
        """
    danger = """
        Switching off the records is the first thing that an intruder does, and what they do next is seen by nobody.
        Products that set up monitoring often ask for everything that their service has, the Stop and Delete
        actions among it, on the trail and the detector that your own team relies on.
        """
    remedy = """
        Ask what the product calls these actions for. To set monitoring up it needs Create and Put actions, to read
        findings only Get and List. What it made itself can be named, or recognised by its tag. In an organisation, a
        service control policy that denies these actions to everybody but your security team protects you besides.
        """
    before = """
        - Effect: Allow
          Action: [cloudtrail:CreateTrail, cloudtrail:UpdateTrail, cloudtrail:StopLogging, cloudtrail:DeleteTrail]
          Resource: "*"
        """
    after = """
        - Effect: Allow
          Action: [cloudtrail:GetTrail, cloudtrail:GetTrailStatus]
          Resource: "*"
        - Effect: Allow
          Action: cloudtrail:DeleteTrail
          Resource: !GetAtt AcmeTrail.Arn
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        told = Told()
        on_what = _on_what(template)
        for holder in holders(template):
            found = held_by(holder, losses(), on_what)
            stranger = bool(found) and holder.outside(template, settings)
            judged = [(severity_of(one, stranger), one) for one in found]
            # of a service in which everything is little, nothing little is worth a word
            judged = [(severity, one) for severity, one in judged if severity != "note" or _is_worth(one, stranger)]
            if judged:
                finding = self._reported(holder, holder.who(template, settings), judged)
                if told.is_news(holder, finding.when, finding.places):
                    yield finding

    def _reported(self, holder: Holder, who: str, judged: Sequence[tuple[Severity, Held]]) -> Finding:
        severity = min((one for one, _ in judged), key=SEVERITIES.index)
        worst = sorted((one for judgement, one in judged if judgement == severity), key=_order)
        counted = worst if severity == "note" else [one for judgement, one in judged if judgement != "note"]
        first = min(worst, key=lambda one: (len(one.way.guard.atoms), _order(one)))
        place = place_of(first, worst)
        return self.finding(
            severity,
            place,
            holder.address,
            _message(who, severity, first, sorted(counted, key=_order)),
            also=blocks_of(counted),
            when=when([one.way.guard for one in worst], holder.exists),
            evidence=[Evidence(at, f"allows {one}") for at, one in elsewhere(first, counted) if at != place],
        )


def _on_what(template: Template) -> OnWhat:
    """On how much an element reaches: all of a kind, what AWS sets up under a known name, what a parameter names."""
    made = {
        service
        for service, types in MADE_BY.items()
        if any(resource.type.startswith(types) for resource in template.resources.values())
    }

    def reached(action: str, resource: Selection) -> tuple[Reach, Subjects] | None:
        everything = on_everything(action, resource)
        if everything:
            return everything
        kinds = [glob_of_subject(subject) for subject in subjects_of(action)]
        for subject in WELL_KNOWN:
            if resource.covers(subject) and any(overlap(glob_of_subject(subject), kind) for kind in kinds):
                return ("known", (subject,))
        if losses()[action] == "records" and action.partition(":")[0] not in made:
            named = (pattern for pattern in resource.patterns if names_parameter(pattern))
            if not resource.negated and any(overlap(pattern, kind) for pattern in named for kind in kinds):
                return ("given", ())
        return None

    return reached


def severity_of(held: Held, stranger: bool) -> Severity:
    """How bad one action is. stranger: whether an account that is not the customer's may use it."""
    loss = losses()[held.action]
    if held.way.limit or held.reach == "given" or loss == "little" or (loss in FOR_STRANGERS and not stranger):
        return "note"
    if loss == "traces" and is_whole(held.way.action):
        return "note"  # `logs:*` is what products write to send their own logs
    return "error" if stranger and loss in ("records", "rules") else "warning"


def _is_worth(held: Held, stranger: bool) -> bool:
    """Whether something little is worth a word: not when all of its service is handed out."""
    return not is_whole(held.way.action) or (stranger and losses()[held.action] == "traces")


def _order(held: Held) -> int:
    return list(losses()).index(held.action)


def _message(who: str, severity: Severity, first: Held, counted: Sequence[Held]) -> str:
    may = f"{who[0].upper()}{who[1:]} may use {actions_said(first, counted)}"
    if first.way.limit:
        return f"{may}, held back only by {first.way.limit.said}. Check what that lets through."
    may = f"{may} on {where_said(first, counted)}: {LOST[losses()[first.action]]}"
    if severity == "note":
        return f"{may} Ask the vendor what it is for."
    return (
        f"{may} Ask the vendor which of these actions the product calls, and for them to be confined to what it made"
        " itself; to read and to set up it does not need them."
    )
