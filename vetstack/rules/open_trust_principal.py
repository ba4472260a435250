"""A role that anybody with an AWS account may assume."""

from __future__ import annotations

from collections.abc import Iterator

from vetstack.findings import Evidence, Finding
from vetstack.guards import when
from vetstack.iam.trust import ways_in
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
        'The trust policy\'s principal is "*", or everybody but a few (NotPrincipal), and no condition narrows it to the'
        " customer's own account or organisation or to an ARN that somebody controls."
    )
    danger = (
        "Whoever learns the role's name, which stands in the vendor's public template, assumes it from any AWS account in"
        " the world. An ExternalId does not help: AWS does not treat it as a secret, and it appears in logs and consoles."
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
            demanded = all(way.proof.state in ("bound", "shared", "empty-possible") for way in ways)
            but = " Its ExternalId is no secret and does not close it." if demanded else ""
            places = list(dict.fromkeys(way.principal.at for way in ways))
            yield self.finding(
                "error",
                places[0],
                identity.address,
                f"Anybody with an AWS account can assume {identity.address}: nothing limits who the caller is.{but} Ask the"
                " vendor to name its account or role as the principal.",
                also=[name for way in ways for name in way.principal.via],
                when=when([way.guard for way in ways], identity.resource.exists),
                evidence=[Evidence(at, "open to anybody as well") for at in places[1:]],
            )
