"""VET203: an identity that may do everything with a whole service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from vetstack.findings import Evidence, Finding
from vetstack.guards import Guard, when
from vetstack.iam.holders import Holder, Told, holders
from vetstack.iam.managed_policies import TIERS
from vetstack.iam.permissions import Grant, outside
from vetstack.iam.resources import anything_of
from vetstack.iam.selections import few
from vetstack.iam.services import Whole, whole_services
from vetstack.position import Position
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

ASK: Final = "Ask the vendor for the actions that the product calls, on the resources that it works with."


class BroadAccess(Rule):
    number = 203
    name = "broad-access"
    severities = ("warning",)
    title = "Somebody may do everything with a whole service"
    problem = """
        The template grants all actions of a service on all its resources, such as `s3:*` or `kms:*` on `*`, or one of
        AWS's managed policies that do so for one service or many: job functions such as SystemAdministrator, and
        FullAccess policies. A wildcard on named resources is not meant, nor one on services that hold nothing.
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
        yield from self._whole_services(template, settings, holder, swept)
        for name, found in _broad_policies(holder).items():
            guards = [rest for guard, _ in found for rest in outside(guard, swept)]
            if guards:
                held = found[0][1].attachment
                message = f"{name} lets {holder.who(template, settings)} do far more than one product needs. {ASK}"
                yield self._finding(holder, held.at, message, found[0][1].blocks, guards)

    def _whole_services(
        self, template: Template, settings: Settings, holder: Holder, swept: list[Guard]
    ) -> Iterator[Finding]:
        """One finding for all services that are handed out whole under the same setting."""
        by_statement: dict[int, list[Whole]] = {}
        for one in whole_services(holder.grants):
            by_statement.setdefault(id(one.grant.statement.body), []).append(one)
        by_setting: dict[str | None, list[Whole]] = {}
        for found in by_statement.values():
            left = [one._replace(guard=rest) for one in found for rest in outside(one.guard, swept)]
            if left:
                by_setting.setdefault(when([one.guard for one in left], holder.exists), []).extend(left)
        for left in by_setting.values():
            yield self._handed_out(template, settings, holder, sorted(left, key=lambda one: one.selection.at))

    def _handed_out(self, template: Template, settings: Settings, holder: Holder, found: list[Whole]) -> Finding:
        first = found[0]
        where = "every resource" if all(one.where is None for one in found) else first.where or "every resource"
        alike = [one for one in found if one.where == first.where]
        named = few((one.named for one in alike), "services")
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


def _broad_policies(holder: Holder) -> dict[str, list[tuple[Guard, Grant]]]:
    """AWS's broad policies that leave their holder anything, by name, under each setting."""
    found: dict[str, list[tuple[Guard, Grant]]] = {}
    for grant in holder.grants.allows:
        if grant.managed and TIERS[grant.managed] == "broad" and not grant.inherited:
            for selection in grant.actions:
                action = selection.patterns[0]
                for way in holder.grants.on(grant, selection, action, anything_of(action)):
                    found.setdefault(grant.managed, []).append((way.guard, grant))
    return found
