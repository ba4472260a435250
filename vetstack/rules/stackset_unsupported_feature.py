"""VET701: what a stack set refuses to deploy, and what nobody can deploy as it was published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.capabilities import IAM, MACROS, NAMED, Need, acknowledged, needs_of
from vetstack.findings import Finding
from vetstack.guards import when
from vetstack.publishing import Unpublished, unpublished_in
from vetstack.rollouts import STACK_SETS, Rollout, rollout_of
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.stacksets import REFUSED
from vetstack.template import Macro, Resource, Template
from vetstack.values import ABSENT, Absent, Text, Unknown
from vetstack.verdicts import Case, by_default, worst

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
    title = "The template cannot run as a stack set"
    problem = """
        A roll-out over an organisation is a stack set with service-managed permissions. Under its default execution
        role it refuses templates that use transforms and other macros (also AWS's own, such as AWS::Serverless and
        AWS::LanguageExtensions, and whichever capabilities are acknowledged), that register a macro, and that create
        nested stacks or stack sets. A stack set that does not acknowledge the capabilities of its body cannot be made.
        And under any permissions a template fails that still has a path on its author's disk in it, code that only
        holds the place of the real one, or markers that a tool should have replaced.
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
        then need CAPABILITY_AUTO_EXPAND) or give the stack set a custom execution role template. Paths and markers are
        gone from a template that has been packaged (`aws cloudformation package`, `sam package`).
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
        if rollout is None:
            return
        unpublished = list(unpublished_in(template))
        if rollout.service_managed:
            yield from self._macros(template, when(rollout.service_managed, rollout.exists))
        refused: set[str] = set()
        for resource in template.resources.values():
            for finding in self._refused(template, rollout, resource, unpublished):
                refused.add(resource.address)
                yield finding
        others = [one for one in unpublished if one.resource.address not in refused or not one.local]
        yield from self._unpublished(template, others)
        if rollout.stack_set and rollout.own:
            yield from self._unacknowledged(template, rollout, rollout.stack_set)

    def _refused(
        self, template: Template, rollout: Rollout, resource: Resource, unpublished: list[Unpublished]
    ) -> Iterator[Finding]:
        refused = REFUSED.get(resource.type)
        ones = [one & managed for one in resource.exists for managed in rollout.service_managed]
        exists = [both for both in ones if both is not None]
        if refused and exists:
            local = next((one.local for one in unpublished if one.resource is resource and one.local), "")
            path = f', from "{local}", a path on the disk of whoever wrote this,' if local else ""
            message = f"This creates {refused}{path}{'' if path else ','} {REFUSAL}. {ASKED[resource.type]}."
            at = resource.attributes.key_at.get("Type", resource.at)
            yield self.finding("warning", at, resource.address, message, when=when(exists, [template.world.always]))

    def _unpublished(self, template: Template, found: list[Unpublished]) -> Iterator[Finding]:
        """What nobody can deploy, each cause once: where it is if nothing is set, or where it is first."""
        always = template.world.always
        grouped: dict[str, list[Unpublished]] = {}
        for one in found:
            grouped.setdefault(one.cause, []).append(one)
        for ones in grouped.values():
            first = next((one for one in ones if by_default(template, one.guard, always)), ones[0])
            selected = when([one.guard for one in ones], [always])
            also = [one.resource.address for one in ones]
            yield self.finding(
                "warning", first.at, first.resource.address, f"{first.says}.", also=also, when=selected
            )

    def _unacknowledged(self, template: Template, rollout: Rollout, stack_set: Resource) -> Iterator[Finding]:
        """Capabilities that a stack set does not acknowledge although its body needs them."""
        needs = list(needs_of(template))
        key = STACK_SETS[stack_set.type].capabilities
        managed = set(rollout.service_managed)
        cases = []
        for exists in stack_set.exists:
            for found in exists.walk(stack_set.properties, key):
                listed = [one for _, one in found.guard.elements(found.value)]
                given = [str(one) for one in listed if isinstance(one, Text)]
                missing = _missing(needs, given, macros=not managed) if len(given) == len(listed) else None
                at = found.at if found.value is not ABSENT and found.at else stack_set.at
                if missing is None:
                    cases.append(Case(None, found.guard, exists, at))
                    continue
                message = (
                    f"This stack set does not acknowledge {missing.capability}, which its template needs: "
                    f"{missing.address} {missing.because}. Making the stack set fails: ask the vendor to add "
                    f"{missing.capability} to {key}."
                )
                cases.append(Case("warning", found.guard, exists, at, message, (missing.address,)))
        verdict = worst(cases)
        if verdict:
            case = verdict.case
            yield self.finding("warning", case.at, stack_set.address, case.message, also=case.also, when=verdict.when)

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


def _missing(needs: list[Need], given: list[str], *, macros: bool) -> Need | None:
    """The first need of the widest capability that is not given; those for macros count only where these may run."""
    for capability in (NAMED, IAM, MACROS) if macros else (NAMED, IAM):
        if not acknowledged(capability, given):
            for need in needs:
                if need.capability == capability:
                    return need
    return None
