"""Custom resources that tell a vendor about an account: whom they call, and what they hand over.

Only what the template itself shows counts: a service token of another account, or a function of the template with the
address of a host that is none of AWS's in its code, its environment or the custom resource's own properties.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from vetstack.guards import Guard
from vetstack.leaves import Property, properties_of
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.regional import is_custom
from vetstack.template import Resource, Template, resource_of
from vetstack.values import Text, Unknown, fields_of

_HOST: Final = Regex(r"https?://(?:[^/@\s\"']*@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_AWS: Final = (
    "amazonaws.com", "amazonaws.com.cn", "aws.amazon.com", "api.aws", "amazon.com", "amazontrust.com", "w3.org",
    "python.org", "nodejs.org", "apache.org", "githubusercontent.com", "github.com", "pypi.org",
)  # fmt: skip
"""Ends of the names of hosts that are AWS's, or that code mentions without registering anything there."""

_SENT: Final = Regex(r"""["'](?:POST|PATCH)["']|\.(?:post|patch)\(""")

CODE_LIMIT: Final = 200_000
"""Characters of code that are searched."""

_FUNCTIONS: Final = frozenset({"AWS::Lambda::Function", "AWS::Serverless::Function"})
_IDENTITIES: Final = frozenset({"AWS::IAM::Role", "AWS::IAM::User"})
_ACCOUNT_WIDE: Final = frozenset({*_IDENTITIES, "AWS::IAM::AccessKey", *_FUNCTIONS})
"""Types that say nothing about a region when a reference to them is handed over."""


class Registration(NamedTuple):
    """A custom resource that hands an account to somebody outside, and nothing that tells one region from another.

    whom: who is called, for a message; identities: the roles and users that are handed over; exists: the setting.
    """

    resource: Resource
    exists: Guard
    whom: str
    identities: tuple[str, ...]
    via: tuple[str, ...]


def registrations_in(template: Template) -> Iterator[Registration]:
    custom = [resource for resource in template.resources.values() if is_custom(resource)]
    if not custom:
        return
    by_resource: dict[str, list[Property]] = {}
    for leaf in properties_of(template):
        by_resource.setdefault(leaf.resource.address, []).append(leaf)
    for resource in custom:
        for exists in resource.exists:
            leaves = [leaf for leaf in by_resource.get(resource.address, ()) if leaf.guard & exists is not None]
            yield from _of(template, resource, exists, leaves, by_resource)


def _of(
    template: Template,
    resource: Resource,
    exists: Guard,
    leaves: list[Property],
    by_resource: dict[str, list[Property]],
) -> Iterator[Registration]:
    tokens = [leaf.value for leaf in leaves if leaf.keys == ("ServiceToken",)]
    handed = [leaf for leaf in leaves if leaf.keys != ("ServiceToken",)]
    function = next(filter(None, (_function(template, token) for token in tokens)), None)
    if function:
        own = by_resource.get(function.address, [])
        environment = [leaf for leaf in own if "Environment" in leaf.keys]
        code = [leaf for leaf in own if leaf.keys[-1:] in (("ZipFile",), ("InlineCode",))]
        whom = _host(leaf.value for leaf in (*handed, *environment, *code)) if _sends(code) else ""
        handed = [*handed, *environment]
    else:
        whom = next(filter(None, map(_account, tokens)), "")
    identities = _identities(template, handed)
    if whom and not _tells_regions_apart(template, handed) and (identities or _names_account(handed)):
        via = (function.address,) if function else ()
        yield Registration(resource, exists, whom, identities, via)


def _function(template: Template, token: Text | Unknown) -> Resource | None:
    named = template.resource_named(token)
    return named if named and named.type in _FUNCTIONS else None


def _account(token: Text | Unknown) -> str:
    """The other account whose function is called; empty for one's own, and where the ARN is one of a fixed region."""
    fields = fields_of(token, ":")
    if len(fields) < 6 or len(fields[4]) != 1 or (len(fields[3]) == 1 and isinstance(fields[3][0], str)):
        return ""
    account = fields[4][0]
    if isinstance(account, str):
        return f"account {account}" if account.isdigit() and len(account) == 12 else ""
    return f"the account of {account}" if account.kind == "parameter" else ""


def _host(values: Iterable[Text | Unknown]) -> str:
    for value in values:
        for piece in value.pieces if isinstance(value, Unknown) else (str(value),):
            for found in _HOST.finditer(piece[:CODE_LIMIT]) if isinstance(piece, str) else ():
                name = found[1].lower()
                if not any(name == end or name.endswith(f".{end}") for end in _AWS):
                    return name
    return ""


def _sends(code: Iterable[Property]) -> bool:
    """Whether code hands something over to whomever it calls, as far as it can be seen.

    The answer to CloudFormation, which every such function gives, is a PUT.
    """
    return any(_SENT.search(str(leaf.value)[:CODE_LIMIT]) for leaf in code)


def _holes(leaves: Iterable[Property]) -> Iterator[tuple[str, str]]:
    for leaf in leaves:
        for hole in leaf.value.holes if isinstance(leaf.value, Unknown) else ():
            yield hole.kind, hole.name


def _identities(template: Template, leaves: Iterable[Property]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for kind, name in _holes(leaves):
        resource = template.resource_at(resource_of(name)) if kind == "resource" else None
        if resource and resource.type in _IDENTITIES:
            found[resource.address] = None
    return tuple(found)


def _names_account(leaves: Iterable[Property]) -> bool:
    return any(kind == "own-account" for kind, _ in _holes(leaves))


def _tells_regions_apart(template: Template, leaves: Iterable[Property]) -> bool:
    """Whether what is handed over differs by region: the region itself, or something that is of one."""
    for kind, name in _holes(leaves):
        if kind == "own-region":
            return True
        resource = template.resource_at(resource_of(name)) if kind == "resource" else None
        if resource and resource.type not in _ACCOUNT_WIDE and not is_custom(resource):
            return True
    return False
