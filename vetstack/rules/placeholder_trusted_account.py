"""A role that trusts an account number from the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Finding, Severity
from vetstack.guards import when
from vetstack.iam.trust import WayIn, ways_in
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

PLACEHOLDERS: Final = frozenset(
    {
        "012345678901",
        "012345678910",
        "098765432109",
        "098765432101",
        "111122223333",
        "111222333444",
        "121212121212",
        "123123123123",
        "123412341234",
        "123456789000",
        "123456789010",
        "123456789012",
        "210987654321",
        "222233334444",
        "333344445555",
        "444455556666",
        "555566667777",
        "666677778888",
        "777788889999",
        "888899990000",
        "987654321098",
        "999988887777",
        *(digit * 12 for digit in "0123456789"),
    }
)
"""Account numbers that AWS's documentation uses as examples, and those that people make up."""


class PlaceholderTrustedAccount(Rule):
    """Asks of every account that a role trusts whether it is an example nobody replaced."""

    number = 106
    name = "placeholder-trusted-account"
    severities = ("warning", "note")
    title = "A role trusts a placeholder account"
    problem = (
        "The account that the trust policy names, itself or as a parameter's default, is an example from documentation."
        " It is not the vendor's, but it may well be somebody's."
    )
    danger = (
        "A customer who deploys the template as it is gives a stranger the role that was meant for the vendor. The"
        " owner of such a number gets these offers from many templates."
    )
    remedy = "Ask the vendor for its real account number, as a literal or as a required parameter without a default."
    before = """\
VendorAccountId:
  Type: String
  Default: "123456789012"
"""
    after = """\
VendorAccountId:
  Type: String
  AllowedPattern: "[0-9]{12}"
"""

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        for identity in template.identities.values():
            ways = [
                way
                for way in ways_in(identity, template, settings)
                if way.principal.account in PLACEHOLDERS and way.party == "stranger"
            ]
            if ways:
                yield self._found(identity.address, ways, when([w.guard for w in ways], identity.resource.exists))

    def _found(self, address: str, ways: list[WayIn], setting: str | None) -> Finding:
        bound = all(way.proof.state == "bound" for way in ways)
        severity: Severity = "note" if bound else "warning"
        effect = (
            "; the ExternalId keeps its owner out, but the vendor as well"
            if bound
            else ": deployed like this, a stranger gets the role"
        )
        principal = ways[0].principal
        source = f" (from {principal.via[0]})" if principal.via else ""
        return self.finding(
            severity,
            principal.at,
            address,
            f"{address} trusts {principal.account}{source}, an example number that belongs to nobody the template means"
            f"{effect}. Ask the vendor for its real account.",
            also=[name for way in ways for name in (*way.principal.via, *way.statement.via)],
            when=setting,
        )
