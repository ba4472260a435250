"""A role that an identity provider's tokens open without saying whose."""

from __future__ import annotations

from collections.abc import Iterator

from vetstack.findings import Evidence, Finding, Severity
from vetstack.guards import when
from vetstack.iam.federation import Federated, federated_ways
from vetstack.iam.principals import ACCOUNT
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template


class UnboundFederatedTrust(Rule):
    """Asks of every federated principal whether audience and subject of its token are both bound."""

    number = 105
    name = "unbound-federated-trust"
    severities = ("error", "note")
    title = "A federated role does not say whose token it accepts"
    problem = (
        "The trust policy accepts tokens of an identity provider without holding both the audience (aud) and the"
        " subject (sub) to fixed values, or with a wildcard that does not fix the organisation or repository."
    )
    danger = (
        "A public issuer signs tokens for all its users. Without a subject, any repository, tenant or customer of that"
        " issuer can exchange its own token for this role."
    )
    remedy = (
        "Ask for StringEquals on the issuer's aud and sub; StringLike only with a prefix that ends after the"
        " organisation, repository or tenant (repo:acme/agent:*). For SAML ask for StringEquals on SAML:aud."
    )
    before = """\
Condition:
  StringEquals:
    token.actions.githubusercontent.com:aud: sts.amazonaws.com
"""
    after = """\
Condition:
  StringEquals:
    token.actions.githubusercontent.com:aud: sts.amazonaws.com
    token.actions.githubusercontent.com:sub: repo:acme/agent:ref:refs/heads/main
"""

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        for identity in template.identities.values():
            loose = [way for way in federated_ways(identity, template, settings) if way.missing]
            if not loose:
                continue
            severity = min((_severity(way) for way in loose), key=("error", "note").index)
            worst = [way for way in loose if _severity(way) == severity]
            places = list(dict.fromkeys(way.at for way in worst))
            yield self.finding(
                severity,
                places[0],
                identity.address,
                _message(identity.address, worst[0]),
                also=[name for way in worst for name in way.principal.via],
                when=when([way.guard for way in worst], identity.resource.exists),
                evidence=[Evidence(at, "not bound here either") for at in places[1:]],
            )


def _severity(way: Federated) -> Severity:
    """STS itself holds an assertion of an own-account SAML provider to its recipient; OIDC has no such check."""
    if way.protocol == "SAML" and not _foreign(way):
        return "note"
    return "error"


def _foreign(way: Federated) -> bool:
    return ACCOUNT.fullmatch(str(way.principal.value).split(":")[4]) is not None if _is_arn(way) else False


def _is_arn(way: Federated) -> bool:
    return str(way.principal.value).count(":") >= 5


def _message(address: str, way: Federated) -> str:
    if way.protocol == "SAML":
        return (
            f"{address} accepts assertions of {way.principal.value} without a condition on SAML:aud. Ask for"
            " StringEquals on SAML:aud with the AWS sign-in address."
        )
    what = "whom its token was made for (aud)" if way.missing == "aud" else "whose token it is (sub)"
    return (
        f"{address} accepts tokens of {way.principal.value} without fixing {what}, so other users of that issuer can"
        " assume it. Ask for conditions that fix both aud and sub, down to the organisation or repository."
    )
