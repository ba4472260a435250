"""Who a trust policy lets in.

Sources: IAM user guide, reference_policies_elements_principal; the facts about vendors' accounts in data/META.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from vetstack.guards import Guard
from vetstack.iam.documents import Statement
from vetstack.known_accounts import owner_of
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Template, resource_of
from vetstack.values import Absent, Hole, Items, Map, Text, Unknown, Value, fields_of

Party = Literal["own", "service", "aws", "federated", "anyone", "stranger", "unseen", "refused"]
"""own: the deploying account, or one that the user says is theirs. aws: an account of AWS itself. stranger: someone
else's account, or one that only the deployment decides. unseen: it comes from a template that is not here. refused:
malformed, so that AWS rejects the policy and nothing is deployed."""

ACCOUNT: Final = Regex(r"\d{12}")

UNSEEN: Final = frozenset({"AWS::CloudFormation::Stack", "AWS::Serverless::Application", "aws_cloudformation_stack"})
"""Types whose attributes come out of a template that is not here."""

OWN_TYPES: Final = ("AWS::", "aws_", "awscc_")
"""Beginnings of types whose resources are in the deploying account."""

OWN_ATTRIBUTES: Final = ("arn", "accountid", "account_id", "canonicaluserid", "ownerid", "owner_id", "id")
"""Endings, in lower case, of attributes that name the resource itself or its account. Others hold what was put in."""

ANSWERS: Final = ("AWS::CloudFormation::CustomResource", "Custom::", "aws_lambda_invocation")
"""Beginnings of types whose attributes are whatever some code answers."""

OWN_SOURCES: Final = ("data.aws_iam_", "data.aws_organizations_", "data.aws_ssoadmin_", "data.aws_identitystore_")
"""Beginnings of data sources about the deploying account and its organisation."""

SERVICE_ACCOUNTS: Final = (
    "data.aws_billing_service_account.", "data.aws_cloudtrail_service_account.", "data.aws_elb_service_account.",
    "data.aws_redshift_service_account.",
)  # fmt: skip
"""Beginnings of data sources that name accounts of AWS itself."""


class Principal(NamedTuple):
    """One element of a Principal, under one setting. account: its 12 digits where they are known."""

    party: Party
    value: Value
    guard: Guard
    at: Position
    account: str | None = None
    via: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The same for the same principal written twice."""
        return str(self.value)

    @property
    def shown(self) -> str:
        """How a message calls it."""
        if self.party == "anyone":
            return "anybody with an AWS account"
        if self.account:
            owner = owner_of(self.account)
            return f"account {self.account} ({owner.name})" if owner else f"account {self.account}"
        if isinstance(self.value, Unknown):
            names = " and ".join(dict.fromkeys(str(h) for h in self.value.holes if h.kind not in _HARMLESS))
            return f"whoever {names or self.value} names"
        return str(self.value)


_HARMLESS: Final = frozenset({"partition", "url-suffix", "own-region"})


def principals_of(statement: Statement, template: Template, trusted: frozenset[str]) -> Iterator[Principal]:
    """Every principal that an Allow statement can have. trusted: further accounts of the customer's own."""
    for guard, excluded in statement.guard.over(statement.part("NotPrincipal")):
        if not isinstance(excluded, Absent):
            yield Principal("anyone", Text("*", excluded.at), guard, excluded.at)
    for guard, whole in statement.guard.over(statement.part("Principal")):
        if isinstance(whole, Map):
            for key, value in whole.items():
                for inner, element in guard.elements(value):
                    yield from _principal(key.lower(), element, inner, template, trusted)
        else:
            for inner, element in guard.elements(whole):
                yield from _principal("aws", element, inner, template, trusted)


def _principal(
    key: str, element: Value, guard: Guard, template: Template, trusted: frozenset[str]
) -> Iterator[Principal]:
    if isinstance(element, (Absent, Map, Items)) or not isinstance(element, (Text, Unknown)):
        return
    at, via = element.at, element.via
    if key == "service":
        yield Principal("service", element, guard, at, None, via)
    elif key == "federated":
        yield Principal("federated", element, guard, at, None, via)
    elif key in ("aws", "canonicaluser") or "${" in key:  # a key that only the deployment has may be any of them
        party, account = party_of(element, template, trusted)
        yield Principal(party, element, guard, at, account, via)


def party_of(value: Text | Unknown, template: Template, trusted: frozenset[str]) -> tuple[Party, str | None]:
    """Whom an AWS principal names, and the account where it is known."""
    if isinstance(value, Text) and value == "*":
        return "anyone", None
    if isinstance(value, Unknown) and len(value.pieces) == 1:
        return _party_of_hole(value.holes[0], template)
    account = account_of(value)
    if account is None:
        return ("own" if any(piece == "own-account" for piece in _kinds(value)) else "stranger"), None
    if not account:
        return "refused", None  # an empty parameter, or an ARN with no account in it
    if len(account) == 1 and isinstance(account[0], Hole):
        return _party_of_hole(account[0], template)
    text = "".join(piece for piece in account if isinstance(piece, str)).strip()
    if len(account) == 1 and ACCOUNT.fullmatch(text):
        if text in trusted:
            return "own", text
        owner = owner_of(text)
        return ("aws" if owner and owner.aws else "stranger"), text
    if text == "cloudfront":  # an origin access identity: arn:aws:iam::cloudfront:user/…
        return "aws", None
    return ("anyone" if text == "*" else "stranger"), None


def account_of(value: Text | Unknown) -> tuple[str | Hole, ...] | None:
    """What stands for the account in a principal: an ARN's fifth field, or the whole of a bare one.

    Empty where AWS finds none, None where a part that only the deployment has may hold the ARN's colons.
    """
    fields = fields_of(value, ":")
    if fields[0] == ("arn",) and len(fields) >= 6:
        return fields[4]
    if len(fields) == 1:
        return fields[0]
    return () if set(_kinds(value)) <= _HARMLESS else None


def _kinds(value: Text | Unknown) -> list[str]:
    return [hole.kind for hole in value.holes] if isinstance(value, Unknown) else []


def _party_of_hole(hole: Hole, template: Template) -> tuple[Party, str | None]:
    if hole.kind == "own-account":
        return "own", None
    if hole.kind == "resource":
        resource = template.resource_at(resource_of(hole.name))
        if resource is None or resource.type in UNSEEN:
            return "unseen", None
        attribute = hole.name.partition("#")[2].lower()
        named = not attribute or attribute.endswith(OWN_ATTRIBUTES)
        return ("own" if named and is_own(resource.type) else "stranger"), None
    if hole.kind == "applied":
        return "unseen", None
    if hole.kind == "external":
        return _party_of_source(hole.name), None
    return "stranger", None


def _party_of_source(name: str) -> Party:
    """Whom the attribute of a data source of Terraform, or the output of a module that is not here, names."""
    *modules, own = re.split(r"(?=\bdata\.)", name, maxsplit=1)
    if not own.startswith("data."):
        return "unseen"
    if own.startswith(SERVICE_ACCOUNTS):
        return "aws"
    return "own" if own.startswith(OWN_SOURCES) else "stranger"


def is_own(type_name: str) -> bool:
    """Whether the attributes of a type's resources name what is in the deploying account.

    What a custom resource or a function answers, and what another provider makes, its vendor decides.
    """
    return type_name.startswith(OWN_TYPES) and not type_name.startswith(ANSWERS)
