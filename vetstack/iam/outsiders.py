"""Code outside the deploying account that a resource is sent to: a custom resource's, or an invoked function's."""

from __future__ import annotations

from typing import Final

from vetstack.iam.principals import ACCOUNT, party_of
from vetstack.known_accounts import owner_of
from vetstack.settings import Settings
from vetstack.template import Resource, Template
from vetstack.values import Text, Unknown, fields_of

CALLED: Final = {
    "AWS::CloudFormation::CustomResource": "ServiceToken",
    "Custom::": "ServiceToken",
    "aws_lambda_invocation": "function_name",
}
"""Beginnings of types that send their properties to a function or a topic, and the property that names it."""


def outside_service(resource: Resource, template: Template, settings: Settings) -> str | None:
    """The account whose code gets the properties of a resource, as a message calls it; None for one's own.

    Only an account that stands in the ARN counts: of any other nobody can say whose it is.
    """
    named = next((key for start, key in CALLED.items() if resource.type.startswith(start)), None)
    for exists in resource.exists if named else ():
        for found in exists.walk(resource.properties, named or ""):
            if isinstance(found.value, (Text, Unknown)):
                account = outside_account(found.value, template, settings)
                if account:
                    return account
    return None


def outside_account(value: Text | Unknown, template: Template, settings: Settings) -> str | None:
    """The account in an ARN when it is somebody else's, as a message calls it."""
    fields = fields_of(value, ":")
    if len(fields) < 6 or len(fields[4]) != 1 or not ACCOUNT.fullmatch(str(fields[4][0])):
        return None
    party, account = party_of(value, template, settings.trusted_accounts)
    if party != "stranger" or account is None:
        return None
    owner = owner_of(account)
    return f"account {account} ({owner.name})" if owner else f"account {account}"
