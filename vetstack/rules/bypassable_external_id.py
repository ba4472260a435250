"""An ExternalId that a caller, or whoever deploys the template, gets past."""

from __future__ import annotations

from collections.abc import Iterator

from vetstack.findings import Evidence, Finding
from vetstack.iam.trust import Judgement, judgements
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template


class BypassableExternalId(Rule):
    """Asks of every ExternalId condition whether a request without it, or with any other, still passes."""

    number = 102
    name = "bypassable-external-id"
    severities = ("error", "note")
    title = "An ExternalId is asked for but does not have to be right"
    problem = (
        "The trust policy mentions sts:ExternalId in a way that does not bind it: an operator that is true when the"
        " key is missing (…IfExists, ForAllValues, StringNotEquals), a wildcard, a value that is empty or cannot be an"
        " ExternalId, a misspelt key, or a setting of the template that drops the condition."
    )
    danger = (
        "It looks protected in a review and is not: a caller who leaves the ExternalId out, or guesses one, assumes the"
        " role, so the confused deputy works as if there were no condition."
    )
    remedy = (
        "Ask the vendor for StringEquals on sts:ExternalId, always present, with a required parameter (MinLength or"
        " AllowedPattern) or a generated value, and for the removal of the switch that turns it off."
    )
    before = """\
Condition: !If
  - UseExternalId
  - StringEquals: {sts:ExternalId: !Ref ExternalId}
  - !Ref AWS::NoValue
"""
    after = """\
Condition:
  StringEquals:
    sts:ExternalId: !Ref ExternalId  # a parameter with MinLength and without a Default
"""

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        for identity in template.identities.values():
            judged = judgements(identity, template, settings)
            weak = [one for one in judged if one.state == "bypassable"]
            if weak:
                first, *others = weak
                yield self.finding(
                    "error",
                    first.at,
                    identity.address,
                    _message(identity.address, first),
                    also=[name for one in weak for name in one.via],
                    when=first.when,
                    evidence=[Evidence(one.at, f"for {one.principals}: {one.why}") for one in others],
                )
                continue
            open_ended = next((one for one in judged if one.state == "empty-possible"), None)
            if open_ended:
                yield self.finding(
                    "note",
                    open_ended.at,
                    identity.address,
                    f"The template accepts an empty text for {open_ended.why}, which {identity.address} then demands as"
                    " its ExternalId. Ask for a constraint that refuses one: MinLength or AllowedPattern, in"
                    " Terraform a validation.",
                    also=open_ended.via,
                    when=open_ended.when,
                )


def _message(address: str, judgement: Judgement) -> str:
    return (
        f"{judgement.subject} can get past the ExternalId of {address}: {judgement.why}. Anyone who names this"
        " role to the vendor as their own can then act here. Ask for StringEquals on sts:ExternalId that no setting"
        " removes, with a value that only you are given."
    )
