"""VET203: an identity that may do everything with a whole service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from vetstack.findings import Evidence, Finding
from vetstack.guards import Guard, when
from vetstack.iam.breadth import equivalents
from vetstack.iam.destruction import destroying
from vetstack.iam.holders import Holder, Told, holders
from vetstack.iam.permissions import Way, outside
from vetstack.iam.purpose import is_for_services, is_in_its_place, is_its_own
from vetstack.iam.selections import few
from vetstack.iam.services import Whole, whole_services
from vetstack.iam.unscoped import on_everything
from vetstack.position import Position
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Identity, Template

ASSUME: Final = "sts:AssumeRole"

ASK: Final = "Ask the vendor for the actions that the product calls, on the resources that it works with."


class BroadAccess(Rule):
    number = 203
    name = "broad-access"
    severities = ("warning",)
    title = "Somebody may do everything with a whole service"
    problem = """
        The template grants all actions of a service on all its resources, such as `s3:*` or `kms:*` on `*`, or nearly
        all that write; or one of AWS's managed policies that do so for one service or many: job functions such as
        SystemAdministrator, and FullAccess policies. Or it gives a policy that AWS made for one of its own services,
        and that destroys or takes on other roles, to somebody else. A wildcard on named resources is not meant, nor
        one on services that hold nothing, nor a service's policy on the role of that service.
        """
    danger = """
        Everything includes what the product never does: deleting backups and keys, changing who else has access
        through resource policies, reading other teams' data. An attacker who gets hold of the vendor's session uses
        the whole of it. New actions that AWS adds to the service are granted without anybody deciding so.
        """
    remedy = """
        Ask for the actions that the product calls and for the resources it works with: its own buckets, the queue
        that this template makes, whatever carries its tag.
        """
    before = """
        - Effect: Allow
          Action: s3:*
          Resource: "*"
        """
    after = """
        - Effect: Allow
          Action: [s3:GetObject, s3:ListBucket]
          Resource:
            - !GetAtt ExportBucket.Arn
            - !Sub ${ExportBucket.Arn}/*
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        told = Told()
        for holder in holders(template):
            for finding in self._of(template, settings, holder):
                if told.is_news(holder, finding.when, [finding.at, *(one.at for one in finding.evidence)]):
                    yield finding

    def _of(self, template: Template, settings: Settings, holder: Holder) -> Iterator[Finding]:
        swept = [sweep.guard for sweep in holder.sweeps if not sweep.limit]
        wholes = [
            one._replace(guard=rest)
            for one in whole_services(holder.grants)
            for rest in outside(one.guard, swept)
        ]
        yield from self._written_here(template, settings, holder, [one for one in wholes if not one.grant.managed])
        rewriting = equivalents(holder.grants)
        held = dict.fromkeys(grant.managed for grant in holder.grants.allows if grant.managed and not grant.inherited)
        named = {policy: [one for one in wholes if one.grant.managed == policy] for policy in held}
        for policy, found in named.items():
            if policy in rewriting:
                continue
            if found and not _is_its_own(policy, holder):
                yield self._of_aws(template, settings, holder, found)
            elif not found:
                yield from self._misplaced(template, settings, holder, policy, swept)

    def _written_here(
        self, template: Template, settings: Settings, holder: Holder, wholes: list[Whole]
    ) -> Iterator[Finding]:
        """One finding for all services that are handed out whole under the same setting."""
        by_statement: dict[int, list[Whole]] = {}
        for one in wholes:
            by_statement.setdefault(id(one.grant.statement.body), []).append(one)
        by_setting: dict[str | None, list[Whole]] = {}
        for found in by_statement.values():
            by_setting.setdefault(when([one.guard for one in found], holder.exists), []).extend(found)
        for found in by_setting.values():
            yield self._handed_out(template, settings, holder, sorted(found, key=lambda one: one.selection.at))

    def _of_aws(self, template: Template, settings: Settings, holder: Holder, found: list[Whole]) -> Finding:
        first, services = found[0].grant, few((one.service for one in found), "services")
        message = f"{first.managed} lets {holder.who(template, settings)} do everything with {services}. {ASK}"
        return self._finding(holder, first.attachment.at, message, first.blocks, [one.guard for one in found])

    def _misplaced(
        self, template: Template, settings: Settings, holder: Holder, policy: str, swept: list[Guard]
    ) -> Iterator[Finding]:
        """A policy that AWS made for a service of its own, is strong, and is held by somebody else."""
        identity = holder.subject
        if not isinstance(identity, Identity) or not is_for_services(policy) or is_in_its_place(policy, identity):
            return
        ways = list(_strong_ways(holder, policy))
        guards = [rest for _, way in ways for rest in outside(way.guard, swept)]
        if guards:
            first, does = ways[0][1].grant, few(action for action, _ in ways)
            message = (
                f"{policy} is made for a service of AWS's own to hold, and here {holder.who(template, settings)} has "
                f"it, with {does}. {ASK}"
            )
            yield self._finding(holder, first.attachment.at, message, first.blocks, guards)

    def _handed_out(self, template: Template, settings: Settings, holder: Holder, found: list[Whole]) -> Finding:
        first = found[0]
        where = "every resource" if all(one.where is None for one in found) else first.where or "every resource"
        alike = [one for one in found if one.where == first.where]
        named = few((f"nearly {one.named}" if one.nearly else one.named for one in alike), "services")
        message = f"{named} on {where}: {holder.who(template, settings)} may do everything there. {ASK}"
        also = [name for one in found for name in (*one.grant.blocks, *one.selection.via)]
        others = {one.selection.at: one for one in reversed(found) if one.named != first.named}
        evidence = [
            Evidence(at, f"{one.named} on {one.where or 'every resource'}")
            for at, one in sorted(others.items(), key=lambda item: item[0])
            if at != first.selection.at
        ]
        guards = [one.guard for one in found]
        return self._finding(holder, first.selection.at, message, also, guards, evidence)

    def _finding(
        self,
        holder: Holder,
        at: Position,
        message: str,
        also: Iterable[str],
        guards: list[Guard],
        evidence: Iterable[Evidence] = (),
    ) -> Finding:
        setting = when(guards, holder.exists)
        return self.finding("warning", at, holder.address, message, also=also, when=setting, evidence=evidence)


def _is_its_own(policy: str, holder: Holder) -> bool:
    """Whether a service has the policy that AWS made for it, and no code of somebody else's decides what it does."""
    return isinstance(holder.subject, Identity) and is_its_own(policy, holder.subject)


def _strong_ways(holder: Holder, policy: str) -> Iterator[tuple[str, Way]]:
    """What one of AWS's policies grants that leads to other roles, or destroys all of something."""
    for way in holder.grants.ways(ASSUME):
        if way.grant.managed == policy and not way.limit:
            yield ASSUME, way
    for action in destroying():
        for way in on_everything(holder.grants, action):
            if way.grant.managed == policy and not way.limit:
                yield action, way
