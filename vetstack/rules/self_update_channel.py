"""VET603: ways in which the vendor replaces what was deployed, later and without asking."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from vetstack.carriers import LETS_IN, carries_code, runs_documents
from vetstack.findings import Evidence, Finding, Severity
from vetstack.guards import when
from vetstack.iam.holders import Holder, holders
from vetstack.iam.updates import Open, channels_of, runs_code
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Resource, Template

NAMED: Final = 3
"""Actions and resources that a message names."""

PLACES: Final = 4

ASK: Final = "Ask the vendor for updates as new versions of the template."


class SelfUpdateChannel(Rule):
    number = 603
    name = "self-update-channel"
    severities = ("error", "warning", "note")
    title = "The vendor can replace what was deployed, without a new template"
    problem = """
        Something in the template lets code be exchanged after it was reviewed: the vendor's role may update the
        function, the service or the stack that it deployed, the product's own role may update itself, a function's
        permissions let another account change it, or a schedule fetches and runs whatever the vendor has published.
        """
    danger = """
        The review covers the first minute. From then on the vendor, or an attacker inside the vendor, decides what
        runs with the permissions that were granted, in every customer's account at once and without a deployment
        that anybody would notice. Supply-chain attacks use just such channels.
        """
    remedy = """
        Ask the vendor for updates as new versions of the template that you deploy. Where the product has to update
        itself, ask for a switch that is off by default, for signed releases (code signing of Lambda), and for a
        channel that can only choose between versions which you have admitted.
        """
    before = """
        - Effect: Allow
          Action: [lambda:InvokeFunction, lambda:UpdateFunctionCode]
          Resource: !GetAtt Collector.Arn
        """
    after = """
        - Effect: Allow
          Action: lambda:InvokeFunction
          Resource: !GetAtt Collector.Arn
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        told: set[str] = set()
        for holder in holders(template):
            for finding in self._by_identity(holder, template, settings):
                told.add(holder.address)
                yield finding
        for resource in template.resources.values():
            if resource.type in LETS_IN:
                yield from self._by_permission(resource, template, settings)
        yield from self._by_document(template)
        yield from self._by_schedule(template)
        yield from self._by_call(template, told)

    def _by_identity(self, holder: Holder, template: Template, settings: Settings) -> Iterator[Finding]:
        outside = holder.outside(template, settings)
        if not outside and not runs_code(holder):
            return
        found = [one for one in channels_of(holder, template) if outside or (one.own and not one.channel.starts)]
        if not found:
            return
        worse = [one for one in found if one.own and not one.channel.among] if outside else []
        told = worse or found
        severity: Severity = "error" if worse else "warning"
        first = min(told, key=lambda one: len(one.guard.atoms))
        held = first.held[0].way
        also = [block for one in told for block in (*_blocks(one), *one.reached)]
        places = dict.fromkeys(
            Evidence(one.held[0].way.action.at, f"and {_actions([one])}") for one in found if one is not first
        )
        yield self.finding(
            severity, held.action.at, holder.address, _message(holder, told, first, outside, template, settings),
            also=also, when=when([one.guard for one in told], [template.world.always]),
            evidence=[place for place in places if place.at != held.action.at][:PLACES],
        )  # fmt: skip

    def _by_permission(self, resource: Resource, template: Template, settings: Settings) -> Iterator[Finding]:
        from vetstack.delivery.invocations import permitted
        from vetstack.verdicts import worst

        cases = [one for exists in resource.exists for one in permitted(resource, exists, template, settings)]
        found = worst(cases, template.world.always)
        if found:
            case = found.case
            yield self.finding(found.severity, case.at, resource.address, case.message, also=case.also, when=found.when)

    def _by_document(self, template: Template) -> Iterator[Finding]:
        if not runs_documents(template):
            return
        from vetstack.delivery.runbooks import given_code

        for given in given_code(template):
            if given.scheduled:
                message = (
                    f"By a schedule {given.document} runs {given.source} on machines, as it is at that time. {ASK}"
                )
                selected = when([given.guard], [template.world.always])
                yield self.finding("warning", given.at, given.resource, message, also=given.via, when=selected)

    def _by_schedule(self, template: Template) -> Iterator[Finding]:
        if not carries_code(template):
            return
        from vetstack.delivery.remote_code import remote_code

        for address, every in remote_code(template).items():
            found = [remote for remote in every if remote.scheduled and remote.severity != "note"]
            if not found:
                continue
            first = min(found, key=lambda remote: (len(remote.guards[0].atoms), remote.at))
            message = f"By a schedule {first.source} is fetched again and {first.how}, as it is at that time. {ASK}"
            guards = [guard for remote in found for guard in remote.guards]
            selected = when(guards, [template.world.always])
            yield self.finding("warning", first.reported_at, address, message, when=selected)

    def _by_call(self, template: Template, told: Collection[str]) -> Iterator[Finding]:
        """Code that a schedule runs and that itself replaces code. told: the roles of which that has been said."""
        if not carries_code(template):
            return
        from vetstack.code.identities import roles_of
        from vetstack.code.reported import evidence_of, made_by, named
        from vetstack.delivery.schedules import REPLACING, is_scheduled, replaces

        for resource, every in made_by(template, REPLACING):
            made = [one for one in every if replaces(one.call)]
            said = any(role in told for role in roles_of(template, resource))
            if not made or said or not is_scheduled(template, resource):
                continue
            first = min(made, key=lambda one: (len(one.script.guard.atoms), one.at))
            message = (
                f"By a schedule {first.where} replaces what runs: {named(made)}. What it is replaced by is whatever "
                f"the vendor has published at that time. {ASK}"
            )
            yield self.finding(
                "warning", first.at, resource.address, message,
                when=when([guard for one in made for guard in one.guards], [template.world.always]),
                evidence=evidence_of(made, first.call.at),
            )  # fmt: skip


def _message(
    holder: Holder, told: Sequence[Open], first: Open, outside: bool, template: Template, settings: Settings
) -> str:
    who = holder.who(template, settings)
    on = first.held[0].way.resource.written
    limit = first.held[0].way.limit
    where = f"on {on}" + (f", under {limit.said}" if limit else "")
    reached = list(dict.fromkeys(address for one in told for address in one.reached))
    what = f", that is {', '.join(reached[:NAMED])}" if reached else ", its own stack" if first.itself else ""
    does = " and ".join(dict.fromkeys(one.channel.does for one in told[:NAMED]))
    begin = f"{who[:1].upper()}{who[1:]} can {does}: {_actions(told)} {where}{what}."
    if outside:
        ask = "Ask the vendor for new versions of the template instead."
        return f"{begin} What was reviewed is then no longer what runs. {ask}"
    return (
        f"{begin} So the product updates itself, to whatever its vendor publishes. Ask the vendor for a switch that is "
        "off by default, and for new versions of the template instead."
    )


def _actions(told: Sequence[Open]) -> str:
    actions = list(dict.fromkeys(action for one in told for action in one.channel.actions))
    more = f" and {len(actions) - NAMED} more" if len(actions) > NAMED else ""
    return ", ".join(actions[:NAMED]) + more


def _blocks(one: Open) -> list[str]:
    return [
        block for held in one.held for block in (*held.way.grant.blocks, *held.way.action.via, *held.way.resource.via)
    ]
