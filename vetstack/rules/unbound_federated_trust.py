"""A role that an identity provider's tokens open without saying whose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vetstack.findings import Evidence, Finding, Severity
from vetstack.guards import when
from vetstack.iam.documents import read_document
from vetstack.iam.principals import ACCOUNT
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Identity, Template, Undecided
from vetstack.values import Items, Text, Unknown

if TYPE_CHECKING:
    from vetstack.iam.federation import Federated

OF_CREDENTIALS: Final = frozenset({"sts:assumerole", "sts:setsourceidentity", "sts:tagsession"})
"""Actions of trust policies whose requests are signed with credentials of AWS, not with somebody's token."""


class UnboundFederatedTrust(Rule):
    """Asks of every federated principal whether audience and subject of its token are both bound."""

    number = 105
    name = "unbound-federated-trust"
    severities = ("error", "warning", "note")
    title = "A federated role does not say whose token it accepts"
    problem = (
        "The trust policy accepts tokens of an identity provider without holding both the audience (aud) and the"
        " subject (sub) to fixed values, or with a wildcard that does not fix the organisation or repository; or it"
        " accepts tokens of any identity provider at all."
    )
    danger = (
        "A public issuer signs tokens for all its users. Without a subject, any repository, tenant or customer of that"
        " issuer can exchange its own token for this role. The tokens of an EKS cluster reach only the pods of that"
        " cluster, which makes it a warning."
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
            loose = [way for way in _ways(identity, template, settings) if way.missing not in ("", "unseen")]
            if not loose:
                continue
            severity = min((_severity(way) for way in loose), key=self.severities.index)
            worst = [way for way in loose if _severity(way) == severity]
            places = list(dict.fromkeys(way.at for way in worst))
            yield self.finding(
                severity,
                places[0],
                identity.address,
                _message(identity.address, worst[0]),
                also=[name for way in worst for name in way.via],
                when=when([way.guard for way in worst], identity.resource.exists),
                evidence=[Evidence(at, "not bound here either") for at in places[1:]],
            )

    def undecided(self, template: Template, settings: Settings) -> Iterator[Undecided]:
        for identity in template.identities.values():
            for way in _ways(identity, template, settings):
                if way.missing == "unseen":
                    reason = "what this condition asks of a token is decided at deployment"
                    yield Undecided(way.at, identity.address, reason)


def _ways(identity: Identity, template: Template, settings: Settings) -> Iterator[Federated]:
    documents = (read_document(identity.trust, exists) for exists in identity.resource.exists)
    actions = (statement.part("Action") for document in documents for statement in document.statements)
    named = (one for action in actions for one in (action if isinstance(action, Items) else (action,)))
    if all(isinstance(one, Text) and one.strip().lower() in OF_CREDENTIALS for one in named):
        return
    from vetstack.iam.federation import federated_ways  # few roles are for tokens

    yield from federated_ways(identity, template, settings)


def _severity(way: Federated) -> Severity:
    """How far the role is open.

    A cluster's tokens get only its own pods; guests are meant to be; STS itself holds an assertion of an own-account
    SAML provider to its recipient, while it has no such check for OIDC.
    """
    if way.missing == "provider":
        return "error"
    if way.missing == "guests" or (way.protocol == "SAML" and not _foreign(way)):
        return "note"
    return "warning" if way.provider.cluster else "error"


def _foreign(way: Federated) -> bool:
    fields = str(way.principal.value).split(":")
    return len(fields) > 5 and ACCOUNT.fullmatch(fields[4]) is not None


def _message(address: str, way: Federated) -> str:
    accepts = f"{address} accepts {'assertions' if way.protocol == 'SAML' else 'tokens'} of {way.principal.value}"
    if way.missing == "provider":
        return (
            f"{address} accepts {_ANY_PROVIDER[way.protocol]}, so anybody can assume it. Ask for the provider's ARN as"
            " the Federated principal, with conditions on its aud and sub."
        )
    if way.protocol == "SAML":
        return (
            f"{accepts} without a condition that fixes SAML:aud. Ask for StringEquals on SAML:aud with the AWS sign-in"
            " address."
        )
    if way.missing == "guests":
        return (
            f"{accepts} also for people who did not sign in, if the identity pool has guests. Ask for"
            " ForAnyValue:StringLike on amr with authenticated, unless the role is for guests."
        )
    whose = "any pod of that cluster" if way.provider.cluster else "other users of that issuer"
    what = "whom its token was made for" if way.missing == "audience" else "whose token it is"
    return (
        f"{accepts} without fixing {what} ({way.claim}{_as_written(way)}), so {whose} can assume it."
        f" Ask for conditions that fix {_BOTH[way.provider.cluster]}."
    )


_ANY_PROVIDER = {
    "OIDC": "tokens of any OIDC provider, public ones and identity pools of strangers among them",
    "SAML": "assertions of any SAML provider, which everybody with an AWS account can make",
}

_BOTH = {
    False: "both audience and subject, down to the organisation or repository",
    True: "both aud and sub, down to the namespace and service account",
}


def _as_written(way: Federated) -> str:
    """The value that does not do, where there is one to show."""
    return f" is {way.value}" if way.value is not None and not isinstance(way.value, Unknown) else ""
