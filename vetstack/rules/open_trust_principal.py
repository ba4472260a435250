"""A role that anybody with an AWS account may assume."""

from __future__ import annotations

from collections.abc import Iterator

from vetstack.findings import Evidence, Finding
from vetstack.guards import when
from vetstack.iam.trust import WayIn, ways_in
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template


class OpenTrustPrincipal(Rule):
    """Asks of every trust policy whether its principal is everybody, with nothing that narrows it."""

    number = 104
    name = "open-trust-principal"
    severities = ("error",)
    title = "A role can be assumed by anybody"
    problem = (
        'The principal of the trust policy is "*", or everybody but a few (NotPrincipal); no condition narrows it to'
        " the customer's own account or organisation or to an ARN that somebody controls."
    )
    danger = (
        "Whoever learns the role's name, which stands in the vendor's public template, assumes it from any AWS"
        " account in the world. An ExternalId does not help: AWS does not treat it as a secret, and it appears in"
        " logs and consoles."
    )
    remedy = "Ask the vendor to name the account or, better, the role of theirs that will assume this role."
    before = """\
Principal: "*"
Action: sts:AssumeRole
"""
    after = """\
Principal:
  AWS: arn:aws:iam::999988887777:role/collector
Action: sts:AssumeRole
"""

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        for identity in template.identities.values():
            ways = [way for way in ways_in(identity, template, settings) if way.party == "anyone"]
            if not ways:
                continue
            places = list(dict.fromkeys(way.principal.at for way in ways))
            yield self.finding(
                "error",
                places[0],
                identity.address,
                f"Anybody with an AWS account can assume {identity.address}: {_why(ways)}."
                " Ask the vendor to name its account or role as the principal.",
                also=[name for way in ways for name in (*way.principal.via, *way.statement.via)],
                when=when([way.guard for way in ways], identity.resource.exists),
                evidence=[Evidence(at, "open to anybody as well") for at in places[1:]],
            )


def _why(ways: list[WayIn]) -> str:
    """What stands in the condition instead of something that says who the caller is."""
    if all(way.proof.state != "absent" for way in ways):
        return "an ExternalId alone does not say who the caller is, and is no secret"
    keys = list(dict.fromkeys(key for way in ways for key in way.tests.keys))
    if any(key.lower().startswith("aws:principalorg") for key in keys):
        return "its condition names an organisation that is not yours"
    return f"its condition on {', '.join(keys)} does not say who the caller is" if keys else "nothing limits who may"
