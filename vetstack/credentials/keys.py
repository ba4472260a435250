"""Credentials that work until somebody deletes them: where they come from and where they go.

Sources: IAM user guide, id_credentials_access-keys and best-practices; the AWS provider's documentation of its types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.credentials.exposures import MADE
from vetstack.credentials.names import READ, words_of
from vetstack.credentials.secret_values import Secret, plain_name, secrets
from vetstack.flows import Use, references_to, uses
from vetstack.guards import Guard, Reached
from vetstack.leaves import Leaf
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Parameter, Resource, Template
from vetstack.values import ABSENT, Absent, Map, Text, Unknown, Value


class KeyType(NamedTuple):
    """A type that makes a credential.

    verb: what the resource does with it, and until: when that ends, as a message says them; user: whose it is; path:
    the property that makes it, empty where the resource does; given: the key below it that says what it is, if any.
    """

    verb: str
    called: str
    user: str
    until: str = "it is deleted"
    path: str = ""
    given: str = ""


_CHANGED: Final = "it is changed or deleted"
KEY_TYPES: Final = {
    "AWS::IAM::AccessKey": KeyType("is", "an access key", "UserName"),
    "AWS::IAM::User": KeyType("has", "a console password", "UserName", _CHANGED, "LoginProfile", "Password"),
    "aws_iam_access_key": KeyType("is", "an access key", "user"),
    "aws_iam_user_login_profile": KeyType("makes", "a console password", "user", _CHANGED),
    "aws_iam_service_specific_credential": KeyType("makes", "a password for one service", "user_name", _CHANGED),
}

CUSTOM: Final = ("Custom::", "AWS::CloudFormation::CustomResource", "aws_lambda_invocation")
OF_AWS: Final = ("AWS::", "aws_", "awscc_", "provider.", "data.")
"""Beginnings of types whose resources stay in the account. Another provider's are its vendor's."""

KEPT: Final = {
    "AWS::SecretsManager::Secret": "a secret",
    "aws_secretsmanager_secret_version": "a secret",
    "AWS::SSM::Parameter": "a Systems Manager parameter",
    "aws_ssm_parameter": "a Systems Manager parameter",
    "AWS::Lambda::Function": "a function",
    "aws_lambda_function": "a function",
}

_OF_AWS: Final = Regex(r"\b(aws|amazon|iam)\b.*\b(secret|access)\b.*\bkey\b|\bsecret access key\b", re.IGNORECASE)


class Key(NamedTuple):
    """A credential that the template makes.

    owner: the user, as a message calls it; pgp: the key that it is encrypted for, where the template says whose;
    given: what the template says that it is; guards: the settings that make it.
    """

    resource: Resource
    at: Position
    kind: KeyType
    owner: str
    owner_block: str
    pgp: str
    goes: tuple[Leaf, ...]
    given: Value
    guards: tuple[Guard, ...]


class AskedFor(NamedTuple):
    """A secret access key of AWS that the deployer has to give, with the parameter of its id where there is one."""

    secret: Secret
    id: Parameter | None
    goes: tuple[Use, ...]


def keys_made(template: Template) -> Iterator[Key]:
    """The credentials that a template makes, each once."""
    for resource in template.resources.values():
        kind = KEY_TYPES.get(resource.type)
        properties = resource.properties
        if kind is None or not isinstance(properties, Map) or (kind.path and kind.path not in properties):
            continue
        given = list(_given(resource, kind))
        if not given:
            continue
        at = properties.key_at.get(kind.path, resource.at) if kind.path else resource.at
        secret = MADE.get(resource.type, frozenset())
        goes = [leaf for leaf, attribute in references_to(template, resource.address) if attribute in secret]
        user, pgp = properties.child(kind.user), properties.child("pgp_key")
        owner = resource if kind.path else template.resource_named(user)
        yield Key(
            resource,
            at,
            kind,
            owner.address if owner else _shown(user),
            owner.address if owner else "",
            str(pgp) if isinstance(pgp, Text) else "",
            tuple({leaf.block: leaf for leaf in goes}.values()),
            next((one.value for _, one in given), ABSENT),
            tuple(guard for guard, _ in given),
        )


def _given(resource: Resource, kind: KeyType) -> Iterator[tuple[Guard, Reached]]:
    """The settings in which a resource makes a credential, each with what the template says that it is."""
    for exists in resource.exists:
        for made in exists.walk(resource.properties, *((kind.path,) if kind.path else ())):
            if not isinstance(made.value, Absent):
                below = (kind.given,) if kind.given else ()
                yield from ((one.guard, one) for one in made.guard.walk(made.value, *below))


def _shown(value: Value) -> str:
    return str(value) if isinstance(value, (Text, Unknown)) else ""


def keys_asked_for(template: Template) -> Iterator[AskedFor]:
    """The secret access keys of AWS among the parameters, by use, name or description."""
    known, going = secrets(template), uses(template)
    for address, parameter in template.parameters.items():
        if address in known and _is_secret_key(parameter, going.get(address, [])):
            yield AskedFor(known[address], _id_of(template, parameter), tuple(going.get(address, ())))


def _is_secret_key(parameter: Parameter, going: list[Use]) -> bool:
    words = words_of(plain_name(parameter))
    if "secret" not in words or "key" not in words[words.index("secret") :]:
        return False
    if words[-3:] == ("secret", "access", "key") or "aws" in words or _OF_AWS.search(parameter.description[:READ]):
        return True
    return any(_is_use_of_aws(use) for use in going)


def _is_use_of_aws(use: Use) -> bool:
    resource = use.leaf.resource
    if resource is not None and resource.type == "provider.aws":
        return use.leaf.name == "secret_key"
    return words_of(use.introduced_by or use.leaf.name)[-3:] == ("secret", "access", "key")


def _id_of(template: Template, secret: Parameter) -> Parameter | None:
    """The parameter of the key's id: `AwsAccessKeyId` beside `AwsSecretAccessKey`."""
    for parameter in template.parameters.values():
        words = words_of(plain_name(parameter))
        named = words[-3:] == ("access", "key", "id") or (words[-2:] == ("access", "key") and "secret" not in words)
        if named and parameter.address != secret.address:
            return parameter
    return None


