"""VET701: what a stack set with service-managed permissions refuses to deploy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Finding
from vetstack.guards import when
from vetstack.rollouts import rollout_of
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.stacksets import REFUSED
from vetstack.template import Macro, Template
from vetstack.values import Absent, Text, Unknown

TOP: Final = "Transform"
"""What a macro is called by when the whole template goes through it."""

SECTIONS: Final = frozenset({"Conditions", "Mappings", "Metadata", "Outputs", "Parameters", "Resources", "Rules"})
"""What a macro is called by when it writes entries of a whole section."""

LOOP: Final = "Fn::ForEach"
LANGUAGE_EXTENSIONS: Final = "AWS::LanguageExtensions"

REFUSAL: Final = (
    "which a stack set with service-managed permissions refuses under its default execution role; it works with a "
    "custom execution role template or with self-managed permissions"
)

ASKED: Final = {
    "AWS::CloudFormation::Macro": "Ask the vendor to process their templates before they hand them out",
    "AWS::CloudFormation::Stack": "Ask the vendor for one template that holds these resources itself",
    "AWS::Serverless::Application": "Ask the vendor for one template that holds these resources itself",
    "AWS::CloudFormation::StackSet": (
        "Deploy this template once, as a stack of the administrator account, or ask the vendor for the stack set's "
        "body on its own"
    ),
}


class StackSetUnsupportedFeature(Rule):
    number = 701
    name = "stackset-unsupported-feature"
    severities = ("warning",)
    title = "The template cannot run as a service-managed stack set"
    problem = """
        A roll-out over an organisation is a stack set with service-managed permissions. Under its default execution
        role it refuses templates that use transforms and other macros (also AWS's own, such as AWS::Serverless and
        AWS::LanguageExtensions, and whichever capabilities are acknowledged), that register a macro, and that create
        nested stacks or stack sets.
        """
    danger = """
        The template deploys into the one account in which it is tried, and fails in every account once it is rolled
        out. Under time pressure that is usually worked around by hand: with wider permissions for the role that
        deploys, or with an administrator running the vendor's template account by account, unreviewed and unequal.
        Until then the accounts that the product was bought to watch are not watched.
        """
    remedy = """
        Ask the vendor for a template without them: the processed template in place of the transform, the resources
        themselves in place of nested stacks. A template that creates a stack set belongs into the administrator
        account, once, as an ordinary stack. Where the feature has to stay, use self-managed permissions (transforms
        then need CAPABILITY_AUTO_EXPAND) or give the stack set a custom execution role template.
        """
    before = """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Forwarder:
            Type: AWS::Serverless::Function
            Properties:
              Policies: [AWSLambdaBasicExecutionRole]
        """
    after = """
        Resources:
          ForwarderRole:
            Type: AWS::IAM::Role
          Forwarder:
            Type: AWS::Lambda::Function
            Properties:
              Role: !GetAtt ForwarderRole.Arn
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        rollout = rollout_of(template, settings)
        if rollout is None or not rollout.service_managed:
            return
        yield from self._macros(template, when(rollout.service_managed, rollout.exists))
        for resource in template.resources.values():
            refused = REFUSED.get(resource.type)
            ones = [one & managed for one in resource.exists for managed in rollout.service_managed]
            exists = [both for both in ones if both is not None]
            if refused and exists:
                selected = when(exists, [template.world.always])
                message = f"This creates {refused}, {REFUSAL}. {ASKED[resource.type]}."
                at = resource.attributes.key_at.get("Type", resource.at)
                yield self.finding("warning", at, resource.address, message, when=selected)

    def _macros(self, template: Template, selected: str | None) -> Iterator[Finding]:
        """One finding per macro and block that calls it; loops go with the transform that they need."""
        extended = next((macro for macro in template.macros if macro.name == LANGUAGE_EXTENSIONS), None)
        loops = [macro.resource for macro in template.macros if macro.name == LOOP]
        seen: set[tuple[str, str]] = set()
        for macro in template.macros:
            called = _called(macro)
            if (macro.resource, called) in seen or (macro.name == LOOP and extended):
                continue
            seen.add((macro.resource, called))
            also = loops if macro is extended else ()
            ask = "Ask the vendor for the template as it is after processing"
            message = f"{_rewritten(macro)} is rewritten by {_described(called)}, {REFUSAL}. {ask}."
            yield self.finding("warning", macro.at, macro.resource, message, also=also, when=selected)


def _rewritten(macro: Macro) -> str:
    block = macro.resource.rpartition(" > ")[2]
    if block in SECTIONS:
        return f"The section {block}"
    return "The template" if block == TOP else block


def _called(macro: Macro) -> str:
    if isinstance(macro.name, Absent):
        return "a macro without a name"
    return str(macro.name) if isinstance(macro.name, (Text, Unknown)) else "a macro that a setting selects"


def _described(called: str) -> str:
    if called == LOOP:
        return "Fn::ForEach, a macro of AWS"
    if called.startswith("AWS::"):
        return f"{called}, a macro of AWS"
    return f"{called}, a macro of the account that it is deployed into"
