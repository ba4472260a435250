"""VET702: macros, types and modules that every account and region has to have before a template works there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Finding, Severity
from vetstack.guards import settings_without, when
from vetstack.rollouts import Rollout, rollout_of
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Macro, Resource, Template
from vetstack.values import Text, Unknown

AWS_MACROS: Final = ("AWS::", "Fn::ForEach")
"""Beginnings of the names of macros that every account has."""

KNOWN_TYPES: Final = ("AWS::", "Custom::", "Alexa::")
"""Beginnings of the names of types that every account has."""

MODULE: Final = "::MODULE"

ACTIVATES: Final = {
    "AWS::CloudFormation::TypeActivation": "TypeName",
    "AWS::CloudFormation::ResourceVersion": "TypeName",
    "AWS::CloudFormation::ModuleVersion": "ModuleName",
    "AWS::CloudFormation::PublicTypeVersion": "TypeName",
}
"""Types that bring another one into being, and their property with its name."""


class StackSetNeedsMacro(Rule):
    number = 702
    name = "stackset-needs-macro"
    severities = ("warning", "note")
    title = "The template needs a macro, type or module that accounts do not have by themselves"
    problem = """
        A macro that is not AWS's own, a resource type of somebody else's and a module are looked up in the account and
        region that a stack is made in, and they are looked up in each of them again. Where one has not been registered
        or activated, nothing of the template can be deployed.
        """
    danger = """
        The macro's function, or the type's handler, is code of the vendor's that runs in every account during every
        deployment and may rewrite whatever is deployed there, also what others deploy. Spreading it over an
        organisation in order to make one template work is a larger decision than the template.
        """
    remedy = """
        Ask the vendor for the template as it is after processing, with types of AWS only. Where macros, types or
        modules have to stay, roll them out in a stack set of its own first, with self-managed permissions, pin their
        version, and vet their code as part of the product.
        """
    before = """
        Resources:
          Monitor:
            Type: Northwind::Monitors::Monitor
        """
    after = """
        Resources:
          Monitor:
            Type: AWS::CloudWatch::Alarm
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        rollout = rollout_of(template, settings)
        if rollout is not None:
            yield from self._macros(template, rollout)
            yield from self._types(template)

    def _macros(self, template: Template, rollout: Rollout) -> Iterator[Finding]:
        """One finding for each macro. Where service-managed permissions refuse it anyway, it is no more than a note."""
        grouped: dict[str, list[Macro]] = {}
        for macro in template.macros:
            called = _called(macro)
            if called:
                grouped.setdefault(called, []).append(macro)
        allowed = settings_without(rollout.exists, rollout.service_managed)
        refused = bool(rollout.service_managed) and when(rollout.service_managed, rollout.exists) is None
        for called, macros in grouped.items():
            first = macros[0]
            message = (
                f"The macro {called} is none of AWS's: self-managed permissions, or a custom execution role, need it "
                "registered in every account and region, and CAPABILITY_AUTO_EXPAND. Ask the vendor for the template "
                "as it is after processing."
            )
            also = [macro.resource for macro in macros]
            selected = None if refused else when(allowed, rollout.exists)
            severity: Severity = "note" if refused else "warning"
            yield self.finding(severity, first.at, first.resource, message, also=also, when=selected)

    def _types(self, template: Template) -> Iterator[Finding]:
        """One finding for each type, on the first resource of it."""
        grouped: dict[str, list[Resource]] = {}
        for resource in template.resources.values():
            if "::" in resource.type and (
                resource.type.endswith(MODULE) or not resource.type.startswith(KNOWN_TYPES)
            ):
                grouped.setdefault(resource.type, []).append(resource)
        own = _activated(template) if grouped else set()
        for kind, resources in grouped.items():
            if kind in own:
                continue
            first, called = resources[0], "module" if kind.endswith(MODULE) else "type"
            message = (
                f"{kind} is a {called} that an account does not have until it is activated or registered there: in "
                f"every account and region without it the stack fails. Roll the {called} out first, or ask the vendor "
                "for types of AWS only."
            )
            at = first.attributes.key_at.get("Type", first.at)
            exists = [guard for resource in resources for guard in resource.exists]
            also = [one.address for one in resources]
            selected = when(exists, [template.world.always])
            yield self.finding("warning", at, first.address, message, also=also, when=selected)


def _called(macro: Macro) -> str:
    """The name of a macro, empty where it is one of AWS's or has none."""
    if isinstance(macro.name, Text):
        return "" if macro.name.startswith(AWS_MACROS) else str(macro.name)
    if isinstance(macro.name, Unknown):
        first = macro.name.pieces[0]
        return "" if isinstance(first, str) and first.startswith(AWS_MACROS) else str(macro.name)
    return ""


def _activated(template: Template) -> set[str]:
    """The types that the template activates itself."""
    found: set[str] = set()
    for resource in template.resources.values():
        key = ACTIVATES.get(resource.type)
        for exists in resource.exists if key else ():
            found.update(str(one.value) for one in exists.walk(resource.properties, key or "") if one.value)
    return found
