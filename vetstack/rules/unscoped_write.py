"""VET205: an identity that may write to everything of a kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from vetstack.findings import Evidence, Finding, Severity
from vetstack.guards import Guard, when
from vetstack.iam.destruction import destroying
from vetstack.iam.holders import Holder, Told, holders
from vetstack.iam.permissions import Way
from vetstack.iam.purpose import acts_for_itself, is_for_services, is_in_its_place
from vetstack.iam.reach import Spoken
from vetstack.iam.routes import routes
from vetstack.iam.safeguards import losses
from vetstack.iam.selections import few
from vetstack.iam.unscoped import on_everything, on_what, unscoped_writes
from vetstack.records import NamedTuple
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Identity, Template

ASK: Final = "Ask the vendor to name what the product writes to, or to demand its tag in a condition."

PLACES: Final = 4
"""Other statements that a finding points at."""


class Write(NamedTuple):
    """One action that changes or destroys, in a setting, through a way."""

    action: str
    guard: Guard
    way: Way


class UnscopedWrite(Rule):
    number = 205
    name = "unscoped-write"
    severities = ("warning", "note")
    title = "Somebody may change or destroy what is not theirs"
    problem = """
        The template allows write actions on everything of a kind although AWS lets them be restricted to named
        resources: `ec2:TerminateInstances`, `s3:DeleteObject` or `kms:ScheduleKeyDeletion` on `*`. Those that destroy
        or overwrite data, keys, backups, logs or machines are a warning, the rest is a note; with a role that runs
        nobody's code, an AWS service's own, the former are a note too. Actions that AWS cannot restrict, that make
        something new, or that every agent needs are left out, and so is what a condition on a tag confines.
        """
    danger = """
        What can be done to the product's own resources can be done to all others: a flaw in the vendor's code, or
        whoever takes over its side, deletes the customer's databases and then the snapshots that would bring them
        back. No read permission is needed to do that harm.
        """
    remedy = """
        Ask for the resources by name or prefix, or for a condition on a tag that only the product's own resources
        carry, as in the example.
        """
    before = """
        - Effect: Allow
          Action: [ec2:TerminateInstances, ec2:DeleteVolume]
          Resource: "*"
        """
    after = """
        - Effect: Allow
          Action: [ec2:TerminateInstances, ec2:DeleteVolume]
          Resource: "*"
          Condition:
            StringEquals:
              aws:ResourceTag/managed-by: acme
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        told = Told()
        for holder in holders(template):
            writes = list(_writes(holder))
            for policy in dict.fromkeys(one.way.grant.managed for one in writes):
                found = [one for one in writes if one.way.grant.managed == policy]
                finding = self._reported(template, settings, holder, policy, found)
                if told.is_news(holder, finding.when, [finding.at, *(e.at for e in finding.evidence)]):
                    yield finding

    def _reported(
        self, template: Template, settings: Settings, holder: Holder, policy: str | None, found: list[Write]
    ) -> Finding:
        worst = [one for one in found if one.action in destroying()]
        by_aws = isinstance(holder.subject, Identity) and acts_for_itself(holder.subject)
        severity: Severity = "warning" if worst and not by_aws else "note"
        shown = worst or found
        shown.sort(key=lambda one: (len(one.guard.atoms), one.way.action.at, one.action))
        first = shown[0]
        at = first.way.grant.attachment.at if policy else first.way.action.at
        others = {one.way.action.at: one for one in reversed(found) if not policy}
        return self.finding(
            severity,
            at,
            holder.address,
            f"{_said(shown, policy)}: {holder.who(template, settings)} may {_does(shown)}{_loophole(shown)}. {ASK}",
            also=[block for one in shown for block in (*one.way.grant.blocks, *one.way.action.via)],
            when=when([one.guard for one in shown], holder.exists),
            evidence=[
                Evidence(place, f"{one.action} on {on_what([one.way.resource])}")
                for place, one in sorted(others.items(), key=lambda item: item[0])
                if place != at
            ][:PLACES],
        )


def _writes(holder: Holder) -> Iterator[Write]:
    """What a holder may write to everything of a kind, what rules on whole services say aside."""
    spoken = Spoken(holder)
    for action in destroying().keys() - losses().keys():
        for way in on_everything(holder.grants, action):
            if not way.limit and not _is_usual(way.grant.managed, holder):
                yield from (Write(action, guard, way) for guard in spoken.left(action, way))
    if isinstance(holder.subject, Identity) and acts_for_itself(holder.subject):
        return
    for action, way in unscoped_writes(holder.grants):
        if action not in destroying() and not _is_said(action, way):
            yield from (Write(action, guard, way) for guard in spoken.left(action, way))


def _is_said(action: str, way: Way) -> bool:
    """Whether the element that allows an action allows one with a rule of its own: it takes a safeguard away, or leads
    to other permissions in one step."""
    return any(way.action.takes_action(one) for one in _with_rules().get(action.partition(":")[0], ()))


@cache
def _with_rules() -> dict[str, tuple[str, ...]]:
    """By service, the actions that other rules report."""
    steps = {step for route in routes() if len(route.actions) == 1 for step in route.actions}
    found: dict[str, tuple[str, ...]] = {}
    for action in sorted(losses().keys() | steps):
        service = action.partition(":")[0]
        found[service] = (*found.get(service, ()), action)
    return found


def _is_usual(policy: str | None, holder: Holder) -> bool:
    """Whether one of AWS's policies is where AWS wants it, or made for a service and reported where it is not."""
    identity = holder.subject
    if not policy or not isinstance(identity, Identity):
        return False
    return is_in_its_place(policy, identity) or is_for_services(policy)


def _said(found: Sequence[Write], policy: str | None) -> str:
    actions = list(dict.fromkeys(one.action for one in found))
    named = few(actions)
    return f"{policy} allows {named}" if policy else f"{named} on {on_what(one.way.resource for one in found)}"


def _loophole(found: Sequence[Write]) -> str:
    """What to say of a condition on a tag that whatever has no tag passes."""
    tests = (test for one in found for test in one.way.conditions.tests)
    open_ones = (test.key for test in tests if "resourcetag/" in test.named and (test.if_exists or test.for_all))
    key = next(open_ones, None)
    return f": what has no tag {key.partition('/')[2]} passes the condition" if key else ""


def _does(found: Sequence[Write]) -> str:
    kinds = dict.fromkeys(destroying()[one.action] for one in found if one.action in destroying())
    if kinds:
        return f"destroy or overwrite {few(kinds, 'kinds')} that are not the product's"
    return "change what is not the product's"
