"""VET203: an identity that may do everything with a whole service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from vetstack.findings import Evidence, Finding
from vetstack.guards import Guard, when
from vetstack.iam.breadth import anything_of
from vetstack.iam.grants import Grant, Selection, outside
from vetstack.iam.holders import Holder, holders
from vetstack.iam.managed_policies import TIERS
from vetstack.position import Position
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

QUIET: Final = frozenset(
    {
        "application-autoscaling", "application-signals", "cassandra", "ce", "cloudwatch", "ec2messages", "health",
        "iam", "logs", "pricing", "resource-explorer-2", "resource-groups", "rum", "servicequotas", "ssmmessages",
        "sts", "support", "synthetics", "tag", "trustedadvisor", "wellarchitected", "xray",
    }
)  # fmt: skip
"""Services of which everything is little: prices, telemetry, inventories. iam and sts have rules of their own."""

NAMED: Final = 4
"""Services that a message names; the rest are counted."""

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
        for holder in holders(template):
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
        by_setting: dict[str | None, list[tuple[Guard, Grant, Selection]]] = {}
        for found in _whole_services(holder):
            left = [(rest, grant, one) for guard, grant, one in found for rest in outside(guard, swept)]
            if left:
                by_setting.setdefault(when([guard for guard, _, _ in left], holder.exists), []).extend(left)
        for left in by_setting.values():
            yield self._handed_out(template, settings, holder, sorted(left, key=lambda each: each[2].at))

    def _handed_out(
        self, template: Template, settings: Settings, holder: Holder, found: list[tuple[Guard, Grant, Selection]]
    ) -> Finding:
        services = list(dict.fromkeys(one.written for _, _, one in found))
        named = ", ".join(services[:NAMED])
        more = f" and {len(services) - NAMED} more services" if len(services) > NAMED else ""
        message = f"{named}{more} on every resource: {holder.who(template, settings)} may do everything there. {ASK}"
        first = found[0][2]
        also = [name for _, grant, one in found for name in (*grant.blocks, *one.via)]
        others = {one.at: one.written for _, _, one in found if one.written != first.written}
        evidence = [Evidence(at, f"{written} on every resource") for at, written in others.items()]
        guards = [guard for guard, _, _ in found]
        return self._finding(holder, first.at, message, also, guards, evidence)

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


def _whole_services(holder: Holder) -> list[list[tuple[Guard, Grant, Selection]]]:
    """The selections of each statement that hand out a whole service, with a setting in which they do."""
    found: dict[int, list[tuple[Guard, Grant, Selection]]] = {}
    for grant in holder.grants.allows:
        for selection in grant.actions:
            service = _whole_service(selection)
            if service and not grant.inherited:
                action = f"{service}:*"
                reaching = holder.grants.reaching(grant, anything_of(action))
                for way in holder.grants.through(grant, selection, action, reaching):
                    if way.limit is None:
                        found.setdefault(id(grant.statement.body), []).append((way.guard, grant, selection))
    return list(found.values())


def _whole_service(selection: Selection) -> str | None:
    """The service whose every action one Action element stands for."""
    if selection.negated or len(selection.patterns) != 1:
        return None
    service, colon, rest = selection.patterns[0].partition(":")
    whole = colon and rest and not rest.strip("*") and service.replace("-", "").isalnum()
    return service.lower() if whole and service.lower() not in QUIET else None


def _broad_policies(holder: Holder) -> dict[str, list[tuple[Guard, Grant]]]:
    """AWS's broad policies that leave their holder anything, by name, under each setting."""
    found: dict[str, list[tuple[Guard, Grant]]] = {}
    for grant in holder.grants.allows:
        if grant.managed and TIERS[grant.managed] == "broad" and not grant.inherited:
            for selection in grant.actions:
                action = selection.patterns[0]
                for way in holder.grants.through(grant, selection, action, grant.resources):
                    found.setdefault(grant.managed, []).append((way.guard, grant))
    return found
