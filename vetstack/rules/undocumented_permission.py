"""VET802: permissions for the vendor that nothing in the template explains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.findings import Finding
from vetstack.iam.documents import Statement, read_document
from vetstack.iam.trust import is_vendor_trusted
from vetstack.regex import Regex
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Attachment, Identity, Template
from vetstack.values import Choice, Map, Text, Unknown, Value

SAYS_NOTHING: Final = Regex(r"(VisualEditor|Stmt|Statement|Sid|Policy)?[\d_-]*", re.IGNORECASE)
"""Sids that a console or a generator has made up."""

DESCRIPTIONS: Final = ("Description", "description")


class UndocumentedPermission(Rule):
    number = 802
    name = "undocumented-permission"
    severities = ("note",)
    title = "Permissions for the vendor say nothing about what they are for"
    problem = """
        Statements for a role that the vendor may assume have no Sid, or one that a console made up, and the policy that
        they stand in has no description. Comments are not looked at: they are gone once the policy is in the account,
        and JSON has none.
        """
    danger = """
        Whoever reviews the role in a year, or decides which permission can go, has to guess what breaks. So nothing is
        ever taken away, and what the vendor no longer needs is there for whoever gets into its account.
        """
    remedy = """
        Ask the vendor for a Sid on every statement that names the feature it serves, or for one policy per feature with
        a description.
        """
    before = """
        - Effect: Allow
          Action: ec2:DescribeInstances
          Resource: "*"
        """
    after = """
        - Sid: InventoryOfInstances
          Effect: Allow
          Action: ec2:DescribeInstances
          Resource: "*"
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        for identity in template.identities.values():
            if not is_vendor_trusted(identity, template, settings):
                continue
            statements = _statements(identity, template)
            bare = [one for one, explained in statements.values() if not explained]
            if bare:
                message = _message(identity, len(bare), len(statements))
                also = [name for one in bare for name in one.via]
                yield self.finding("note", bare[0].at, identity.address, message, also=also)


def _statements(identity: Identity, template: Template) -> dict[object, tuple[Statement, bool]]:
    """The Allow statements of an identity by where they stand, and whether something explains each."""
    found: dict[object, tuple[Statement, bool]] = {}
    for attachment in identity.attachments:
        described = _is_described(attachment, template)
        for statement in read_document(attachment.document, attachment.guard).statements:
            if statement.effect == "Allow":
                found.setdefault(statement.at, (statement, described or _says_something(statement.part("Sid"))))
    return found


def _says_something(sid: Value) -> bool:
    if isinstance(sid, Text):
        return not SAYS_NOTHING.fullmatch(sid.strip())
    return isinstance(sid, (Unknown, Choice))


def _is_described(attachment: Attachment, template: Template) -> bool:
    """Whether one of the policies that the attachment brings has a description."""
    for address in (attachment.resource, *attachment.via):
        resource = template.resource_at(address)
        if resource is not None and address in template.policies and isinstance(resource.properties, Map):
            texts = (resource.properties.get(key) for key in DESCRIPTIONS)
            if any(isinstance(text, Text) and text.strip() for text in texts):
                return True
    return False


def _message(identity: Identity, bare: int, all_of_them: int) -> str:
    name = identity.address.rpartition(" > ")[2]
    if all_of_them == 1:
        count = "The only statement"
    elif bare == all_of_them:
        count = f"All {bare} statements" if bare > 2 else "Both statements"
    else:
        count = f"{bare} of the {all_of_them} statements"
    have = "has" if bare == 1 else "have"
    return (
        f"{count} that {name} gives to the vendor {have} neither a Sid nor a description that says why. Ask which"
        " feature needs what."
    )
