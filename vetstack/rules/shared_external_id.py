"""An ExternalId that every customer of the vendor has."""

from __future__ import annotations

from collections.abc import Iterator

from vetstack.findings import Evidence, Finding
from vetstack.iam.trust import judgements
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template


class SharedExternalId(Rule):
    """Asks of every ExternalId that binds whether its value is one customer's own."""

    number = 103
    name = "shared-external-id"
    severities = ("error",)
    title = "An ExternalId is the same for every customer"
    problem = (
        "The value that the trust policy demands is written into the template: a literal, a mapping, a parameter's"
        " default or a short list of allowed values. Every customer who deploys it has the same one."
    )
    danger = (
        "An ExternalId tells the vendor's customers apart. With one for all, the vendor's systems send it for each of"
        " them, and another customer who names this role to the vendor reaches it."
    )
    remedy = (
        "Ask the vendor for an ExternalId that it generates for this customer alone, given as a required parameter"
        " without a default, or for one that the deployment generates (a piece of AWS::StackId) and reports to the"
        " vendor."
    )
    before = """\
StringEquals:
  sts:ExternalId: acme-monitoring
"""
    after = """\
StringEquals:
  sts:ExternalId: !Ref ExternalId
"""

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        for identity in template.identities.values():
            shared = [one for one in judgements(identity, template, settings) if one.state == "shared"]
            if not shared:
                continue
            first, *others = shared
            yield self.finding(
                "error",
                first.at,
                identity.address,
                f"The ExternalId of {identity.address} does not tell this customer from the vendor's others:"
                f" {first.why}. Another customer of {first.principals} who names this role as their own reaches it."
                " Ask for a value that the vendor generates for you alone.",
                also=[name for one in shared for name in one.via],
                when=first.when,
                evidence=[Evidence(one.at, f"for {one.principals}: {one.why}") for one in others],
            )
