"""VET804: a trusted account that the customer has not declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Finding
from vetstack.guards import when
from vetstack.iam.trust import WayIn, ways_in
from vetstack.known_accounts import owner_of
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Identity, Template

SHOWN: Final = 3
"""How many accounts a message names."""


class UnnamedVendor(Rule):
    number = 804
    name = "unnamed-vendor"
    severities = ("note",)
    title = "A trusted account has not been declared as the vendor's"
    problem = """
        A role lets an account in that is neither your own nor among the vendor-accounts of vetstack.toml. Twelve digits
        say nothing of whose they are: that the vendor's name stands on the page from which the template came is no
        proof. An account that the public list of known accounts has is named in the message.
        """
    danger = """
        A template that was tampered with, or copied from a guide with the author's own account in it, works like the
        real one and lets somebody else in. Later, when the vendor moves to another account, nobody notices a template
        that trusts one more.
        """
    remedy = """
        Ask the vendor, on a channel of its own, from which accounts it works, and declare these:
        vendor-accounts = ["…"] in vetstack.toml. From then on this note tells you of any other.
        """
    before = """
        # vetstack.toml
        vendor-accounts = []
        """
    after = """
        # vetstack.toml
        vendor-accounts = ["999988887777"]   # Northwind Observability, by their security page
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        """Each account once, with the first role that trusts it."""
        told: set[str] = set()
        for identity in template.identities.values():
            ways = list(_undeclared(identity, template, settings))
            accounts = [account for account in dict.fromkeys(account for account, _ in ways) if account not in told]
            if accounts:
                told.update(accounts)
                new = [way for account, way in ways if account in accounts]
                yield self.finding(
                    "note",
                    new[0].principal.at,
                    identity.address,
                    _message(accounts, identity),
                    also=[name for way in new for name in way.principal.via],
                    when=when([way.guard for way in new], identity.resource.exists),
                )


def _undeclared(identity: Identity, template: Template, settings: Settings) -> Iterator[tuple[str, WayIn]]:
    for way in ways_in(identity, template, settings) if identity.kind == "role" else ():
        account = way.principal.account
        if way.party == "stranger" and account and account not in settings.vendor_accounts:
            yield account, way


def _message(accounts: list[str], identity: Identity) -> str:
    name = identity.address.rpartition(" > ")[2]
    listed = ", ".join(accounts[:SHOWN]) + (f" and {len(accounts) - SHOWN} more" if len(accounts) > SHOWN else "")
    one = len(accounts) == 1
    owners = dict.fromkeys(owner.name for account in accounts if (owner := owner_of(account)))
    known = f" The public list of accounts says {' and '.join(owners)}: is that who you deal with?" if owners else ""
    return (
        f"{name} can be assumed from account{'' if one else 's'} {listed}, not among your vendor-accounts.{known}"
        f" Once you know whose {'it is' if one else 'they are'}, say so in vetstack.toml."
    )
