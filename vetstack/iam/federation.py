"""What a trust statement demands of a token from an identity provider.

Sources: IAM user guide, id_roles_create_for-idp_oidc, id_roles_providers_create_oidc and id_roles_create_for-idp_saml;
GitHub's and other issuers' documentation of their subject claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from vetstack.guards import Guard
from vetstack.iam.conditions import Test, tests_of
from vetstack.iam.documents import Statement, read_document
from vetstack.iam.principals import Principal, principals_of
from vetstack.iam.trust import allows
from vetstack.position import Position
from vetstack.settings import Settings
from vetstack.template import Identity, Template
from vetstack.values import Hole, Text, Unknown, pieces_of

OIDC: Final = "sts:AssumeRoleWithWebIdentity"
SAML: Final = "sts:AssumeRoleWithSAML"

CLAIMS: Final = frozenset(
    {
        "sub",
        "oaud",
        "email",
        "amr",
        "job_workflow_ref",
        "repository",
        "repository_id",
        "repository_owner",
        "repository_owner_id",
        "enterprise_id",
        "app_id",
        "user_id",
    }
)
"""Claims that say whose token it is, any of which, fixed, keeps the issuer's other users out."""

SCHEME_WORDS: Final = frozenset(
    {
        "repo",
        "organization",
        "org",
        "project_path",
        "project",
        "system",
        "serviceaccount",
        "repository_owner",
        "workspace",
    }
)
"""Words of a subject that every user of the issuer has in theirs."""


class Federated(NamedTuple):
    """One identity provider that one statement lets in. missing: what its token is not held to; at: where it shows."""

    statement: Statement
    principal: Principal
    guard: Guard
    protocol: Literal["OIDC", "SAML"]
    missing: str
    at: Position


def federated_ways(identity: Identity, template: Template, settings: Settings) -> Iterator[Federated]:
    """Every way in through an identity provider, bound or not; a bound one misses the empty text."""
    for exists in identity.resource.exists:
        for statement in read_document(identity.trust, exists).statements:
            if statement.effect != "Allow":
                continue
            for action, protocol in ((OIDC, "OIDC"), (SAML, "SAML")):
                for acts, allowed in allows(statement, action):
                    if allowed:
                        yield from _of_protocol(statement, acts, protocol, template, settings)


def _of_protocol(
    statement: Statement, acts: Guard, protocol: str, template: Template, settings: Settings
) -> Iterator[Federated]:
    for principal in principals_of(statement, template, settings.trusted_accounts):
        named = acts & principal.guard
        if principal.party != "federated" or named is None or _speaks(principal) not in (protocol, None):
            continue
        for guard, condition in named.deep(statement.part("Condition")):
            tests = tests_of(condition)
            if protocol == "SAML":
                missing, at = _saml(tests, statement)
                yield Federated(statement, principal, guard, "SAML", missing, at)
            else:
                missing, at = _oidc(tests, statement, principal)
                yield Federated(statement, principal, guard, "OIDC", missing, at)


def _speaks(principal: Principal) -> str | None:
    """Which protocol a provider's ARN says it speaks."""
    text = str(principal.value)
    if ":saml-provider/" in text:
        return "SAML"
    return "OIDC" if ":oidc-provider/" in text else None


def _saml(tests: Sequence[Test], statement: Statement) -> tuple[str, Position]:
    bound = any(test.named == "saml:aud" and _demands(test) for test in tests)
    return ("" if bound else "SAML:aud"), statement.part_at("Condition")


def _oidc(tests: Sequence[Test], statement: Statement, principal: Principal) -> tuple[str, Position]:
    audience = [test for test in tests if test.named.endswith(":aud")]
    claims = [test for test in tests if test.named.rpartition(":")[2] in CLAIMS]
    if not any(_demands(test) and not _open_values(test, _matches_anything) for test in audience):
        at = audience[0].at if audience else statement.part_at("Condition")
        return "aud", at
    if "cognito-identity" in str(principal.value):  # an identity pool's tokens are told apart by their audience
        return "", statement.at
    if any(_demands(test) and not _open_values(test, _open_subject) for test in claims):
        return "", statement.at
    return "sub", claims[0].at if claims else statement.part_at("Condition")


def _demands(test: Test) -> bool:
    """Whether the operator keeps out a token with another value; a token always has these claims."""
    return test.family in ("equals", "like") and not test.for_all and bool(test.values)


def _open_values(test: Test, is_open: object) -> bool:
    assert callable(is_open)
    return test.family == "like" and any(is_open(value) for value in test.values)


def _matches_anything(value: Text | Unknown) -> bool:
    return isinstance(value, Text) and not value.strip("*?")


def _open_subject(value: Text | Unknown) -> bool:
    """Whether a pattern lets in subjects of others: before its first wildcard no whole segment names somebody."""
    fixed: list[str | Hole] = []
    for piece in pieces_of(value):
        if isinstance(piece, Hole):
            fixed.append(piece)
            continue
        head, wildcard, _ = _cut(piece)
        fixed.append(head)
        if wildcard:
            break
    else:
        return False  # no wildcard at all
    segments = re.split(r"[:/]", "".join("\0" if isinstance(piece, Hole) else piece for piece in fixed))
    return not any(segment and segment.lower() not in SCHEME_WORDS for segment in segments[:-1])


def _cut(text: str) -> tuple[str, str, str]:
    found = re.search(r"[*?]", text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")
