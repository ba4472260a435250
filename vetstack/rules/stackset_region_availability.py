"""VET707: resource types that some of the regions do not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Finding
from vetstack.guards import Guard, when
from vetstack.regions import missing_in
from vetstack.rollouts import Rollout, homes, rollout_of
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.stacksets import listed
from vetstack.template import Resource, Template

OF_EVERY_ACCOUNT: Final = frozenset(
    {
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
        "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
        "us-east-2", "us-west-1", "us-west-2",
    }
)  # fmt: skip
"""Regions that are switched on without being asked for. Source: Account Management guide, manage-acct-regions."""

EVERYWHERE: Final = ("AWS::IAM::", "Custom::", "AWS::CloudFormation::CustomResource")
"""Beginnings of types that no region lacks, for which nothing has to be looked up."""


class StackSetRegionAvailability(Rule):
    number = 707
    name = "stackset-region-availability"
    severities = ("warning", "note")
    title = "A region of the roll-out does not have a resource type of the template"
    problem = """
        Of about 1,900 resource types only some 620 exist in every commercial region. A stack set creates the same
        resources in each region that it is rolled out to; where CloudFormation does not know a type, the stack fails.
        As long as vetstack is not told the regions, it looks at those that every account has without opting in.
        """
    danger = """
        The regions that lack services are the newest and least used ones. When the roll-out fails there, they are
        usually taken off the list, and an intruder who works in one of them is not seen.
        """
    remedy = """
        Tell vetstack the regions of your roll-out with the setting `regions`; what the type is missing in is then a
        warning. Ask the vendor for a condition that leaves the resource out in regions without it, or deny the use of
        these regions to the whole organisation.
        """
    before = """
        Detector:
          Type: AWS::GuardDuty::Detector
        """
    after = """
        Conditions:
          Supported: !Equals [!Ref AWS::Region, eu-west-1]
        Resources:
          Detector:
            Type: AWS::GuardDuty::Detector
            Condition: Supported
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        """One finding for each type, on the first resource of it."""
        rollout = rollout_of(template, settings)
        if rollout is None:
            return
        grouped: dict[str, list[Resource]] = {}
        for resource in template.resources.values():
            if resource.type.startswith("AWS::") and not resource.type.startswith(EVERYWHERE):
                grouped.setdefault(resource.type, []).append(resource)
        for kind, resources in grouped.items():
            yield from self._of_type(template, rollout, kind, resources)

    def _of_type(self, template: Template, rollout: Rollout, kind: str, resources: list[Resource]) -> Iterator[Finding]:
        lacking = missing_in(kind)
        where = _targets(rollout)
        if not lacking or not lacking & where:
            return
        ones = [
            (resource, guard)
            for resource in resources
            for guard in resource.exists
            if _reached(rollout, guard, where) & lacking
        ]
        if not ones:
            return
        first = ones[0][0]
        missing = sorted(frozenset().union(*(_reached(rollout, guard, where) & lacking for _, guard in ones)))
        known = rollout.regions is not None
        have = f"{listed(missing)} {'does' if len(missing) == 1 else 'do'} not have {kind}"
        message = (
            f"{have}: the stacks there fail. Leave the region out, or ask the vendor for a condition that leaves the "
            "resource out there."
            if known
            else f"{have}, nor do {len(lacking - where)} of the regions that an account has to opt into: should the "
            "roll-out reach there, the stacks fail. Say which regions you use with the setting regions."
        )
        at = first.attributes.key_at.get("Type", first.at)
        also = [resource.address for resource, _ in ones]
        selected = when([guard for _, guard in ones], [template.world.always])
        yield self.finding("warning" if known else "note", at, first.address, message, also=also, when=selected)


def _targets(rollout: Rollout) -> frozenset[str]:
    """The regions that stacks can be in; those of every account where nobody has said which.

    One that is not known by name is none.
    """
    if rollout.regions is not None:
        return rollout.regions
    return OF_EVERY_ACCOUNT if "region" in rollout.spans else frozenset()


def _reached(rollout: Rollout, guard: Guard, where: frozenset[str]) -> frozenset[str]:
    """Those of some regions in which a setting holds. A home region that is given is one that the deployer knows."""
    here = homes(rollout, guard, "region")
    if here:
        return where & {atom.literal for atom in here if atom.literal is not None}
    name = f"{rollout.scope}AWS::Region"
    return where - {atom.literal for atom in guard.atoms if atom.name == name and atom.literal and not atom.holds}
