"""A role that another account may assume without any ExternalId."""

from __future__ import annotations

from collections.abc import Iterator

from vetstack.findings import Evidence, Finding
from vetstack.iam.trust import Judgement, judgements
from vetstack.iam.unseen import unseen_trust
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template, Undecided


class MissingExternalId(Rule):
    """Asks of every statement that lets another account in whether it demands an ExternalId."""

    number = 101
    name = "missing-external-id"
    severities = ("error",)
    title = "A role trusts another account without an ExternalId"
    problem = (
        "The trust policy lets an account that is not the customer's assume the role, and no condition demands an"
        " sts:ExternalId. Conditions on the organisation, the caller's ARN, its address, MFA or TLS do not replace it:"
        " they describe the vendor, not which customer the vendor is acting for."
    )
    danger = (
        "The vendor's systems assume roles for all its customers with the same identity. Another customer who gives the"
        " vendor this role's ARN as its own makes the vendor act here on its behalf: the confused deputy. A role ARN is"
        " an account number and a name that stands in the vendor's public template."
    )
    remedy = (
        "Ask the vendor for a condition StringEquals on sts:ExternalId whose value the vendor generates and gives to"
        " this customer alone, and for confirmation that its side refuses roles that can be assumed without it."
    )
    before = """\
- Effect: Allow
  Principal:
    AWS: arn:aws:iam::999988887777:root
  Action: sts:AssumeRole
"""
    after = """\
- Effect: Allow
  Principal:
    AWS: arn:aws:iam::999988887777:root
  Action: sts:AssumeRole
  Condition:
    StringEquals:
      sts:ExternalId: !Ref ExternalId
"""

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        for identity in template.identities.values():
            bare = [one for one in judgements(identity, template, settings) if one.state == "absent"]
            if not bare:
                continue
            first, *others = bare
            yield self.finding(
                "error",
                first.at,
                identity.address,
                _message(identity.address, first),
                also=[name for one in bare for name in one.via],
                when=first.when,
                evidence=[Evidence(one.at, f"no ExternalId for {one.principals} either") for one in others],
            )

    def undecided(self, template: Template, settings: Settings) -> Iterator[Undecided]:
        for identity in template.identities.values():
            yield from unseen_trust(identity, template, settings)


def _message(address: str, judgement: Judgement) -> str:
    keys = list(dict.fromkeys(key for way in judgement.ways for key in way.tests.keys))
    but = f" Its condition on {', '.join(keys)} does not tell the vendor's customers apart." if keys else ""
    own = " Unless the account that you will enter there is your own, ask" if judgement.chosen_by_deployer else " Ask"
    return (
        f"{judgement.subject} can assume {address} without an ExternalId, so anyone who names this role to the vendor"
        f" as their own can act here through it.{but}{own} for StringEquals on sts:ExternalId with a value that only"
        " you are given."
    )
