"""VET709: what works in an organisation's management account only, or is there before there are stack sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Finding, Severity
from vetstack.guards import Guard, when
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.rollouts import Rollout, homes, rollout_of
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Resource, Template
from vetstack.values import Absent, Text

Path = tuple[str, ...]

DELEGATED: Final = "the management account, or the one that it has delegated this to,"
MANAGEMENT: Final = "the management account"


class Central(NamedTuple):
    """What one account of an organisation does for all. who: may do it; path: the property that makes it so, if one."""

    who: str
    path: Path = ()
    values: frozenset[str] = frozenset({"true", "True"})


_OF_ORGANIZATION: Final = frozenset({"ORGANIZATION", "ORGANIZATION_UNUSED_ACCESS", "ORGANIZATION_INTERNAL_ACCESS"})

CENTRAL: Final = {
    "AWS::Organizations::Account": Central(MANAGEMENT),
    "AWS::Organizations::Organization": Central(MANAGEMENT),
    "AWS::Organizations::OrganizationalUnit": Central(MANAGEMENT),
    "AWS::Organizations::Policy": Central(DELEGATED),
    "AWS::Organizations::ResourcePolicy": Central(MANAGEMENT),
    "AWS::CloudTrail::Trail": Central(DELEGATED, ("IsOrganizationTrail",)),
    "AWS::CloudTrail::EventDataStore": Central(DELEGATED, ("OrganizationEnabled",)),
    "AWS::Config::OrganizationConfigRule": Central(DELEGATED),
    "AWS::Config::OrganizationConformancePack": Central(DELEGATED),
    "AWS::Config::ConfigurationAggregator": Central(DELEGATED, ("OrganizationAggregationSource",), frozenset()),
    "AWS::AccessAnalyzer::Analyzer": Central(DELEGATED, ("Type",), _OF_ORGANIZATION),
    "AWS::SSO::Application": Central(DELEGATED),
    "AWS::SSO::Assignment": Central(DELEGATED),
    "AWS::SSO::Instance": Central(DELEGATED),
    "AWS::SSO::InstanceAccessControlAttributeConfiguration": Central(DELEGATED),
    "AWS::SSO::PermissionSet": Central(DELEGATED),
    "AWS::ControlTower::EnabledBaseline": Central(MANAGEMENT),
    "AWS::ControlTower::EnabledControl": Central(MANAGEMENT),
    "AWS::ControlTower::LandingZone": Central(MANAGEMENT),
    "AWS::Detective::OrganizationAdmin": Central(MANAGEMENT),
    "AWS::SecurityHub::DelegatedAdmin": Central(MANAGEMENT),
    "AWS::SecurityHub::OrganizationConfiguration": Central(DELEGATED),
    "AWS::FMS::Policy": Central(DELEGATED),
    "AWS::FMS::NotificationChannel": Central(DELEGATED),
    "AWS::BillingConductor::BillingGroup": Central(MANAGEMENT),
    "AWS::CE::CostCategory": Central(MANAGEMENT),
}
"""By resource type. Without values, a property makes it so by being there."""

PERMISSION_ROLES: Final = {
    "AWSCloudFormationStackSetAdministrationRole": "the role with which stack sets are administered",
    "AWSCloudFormationStackSetExecutionRole": "the role with which stack sets deploy",
}
"""Roles that self-managed permissions need before there can be a stack set. Source: stacksets-prereqs-self-managed."""


class StackSetManagementAccount(Rule):
    number = 709
    name = "stackset-management-account"
    severities = ("warning", "note")
    title = "The template belongs into the management account, where a stack set does not go"
    problem = """
        Resources of Organizations, organisation trails, permission sets and delegated administrators can be made in the
        management account, or in one that it has delegated this to. In every other account they fail, and a stack set
        with service-managed permissions never deploys to the management account. And the roles that self-managed
        permissions work with have to exist before the first stack set does: none can bring them along.
        """
    danger = """
        Whatever the template does in the management account it does for the whole organisation: a vendor's role that is
        rolled out together with it ends up in the account that no service control policy binds.
        """
    remedy = """
        Ask the vendor for two templates: what is for the organisation, to be deployed once, as a stack, in the
        management or the delegated administrator account, and what is for every account. A condition on AWS::AccountId
        separates them too, with self-managed permissions.
        """
    before = """
        Trail:
          Type: AWS::CloudTrail::Trail
          Properties:
            IsOrganizationTrail: true
        """
    after = """
        Trail:
          Type: AWS::CloudTrail::Trail
          Condition: InManagementAccount
          Properties:
            IsOrganizationTrail: true
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        rollout = rollout_of(template, settings)
        if rollout is None:
            return
        for resource in template.resources.values():
            yield from self._central(template, rollout, resource)
            yield from self._permission_role(template, rollout, resource)

    def _central(self, template: Template, rollout: Rollout, resource: Resource) -> Iterator[Finding]:
        central = CENTRAL.get(resource.type)
        if central is None:
            return
        found = [
            (guard, at) for guard, at in _settings(resource, central) if not homes(rollout, guard, "account")
        ]
        if not found:
            return
        never = " Service-managed permissions never deploy there." if rollout.service_managed else ""
        message = (
            f"Only {central.who} can make {_called(resource, central)}: in every other account the stack fails.{never} "
            "Deploy it once, as a stack, in that account, or ask the vendor for a condition on AWS::AccountId."
        )
        selected = when([guard for guard, _ in found], [template.world.always])
        yield self.finding("warning", found[0][1], resource.address, message, when=selected)

    def _permission_role(self, template: Template, rollout: Rollout, resource: Resource) -> Iterator[Finding]:
        """Service-managed permissions need neither of the roles, so that there it is no more than odd."""
        for exists in resource.exists if resource.type == "AWS::IAM::Role" else ():
            for name in exists.walk(resource.properties, "RoleName"):
                called = PERMISSION_ROLES.get(str(name.value)) if isinstance(name.value, Text) else None
                if called and isinstance(name.value, Text):
                    severity: Severity = "note" if rollout.service_managed else "warning"
                    message = (
                        f"This is {called} under self-managed permissions: it has to be there before any stack set, so "
                        "that none can create it. Deploy the template as a stack, in each account by itself."
                    )
                    selected = when([name.guard], [template.world.always])
                    yield self.finding(severity, name.value.at, resource.address, message, when=selected)
                    return


def _settings(resource: Resource, central: Central) -> Iterator[tuple[Guard, Position]]:
    """The settings in which a resource is one for the whole organisation, and what says so."""
    for exists in resource.exists:
        if not central.path:
            yield exists, resource.attributes.key_at.get("Type", resource.at)
            continue
        for found in exists.walk(resource.properties, *central.path):
            chosen = str(found.value) in central.values if isinstance(found.value, Text) else not central.values
            if chosen and not isinstance(found.value, Absent):
                yield found.guard, found.at or resource.at


def _called(resource: Resource, central: Central) -> str:
    if not central.path:
        return f"an {resource.type}"
    return f"an {resource.type} of this kind"
