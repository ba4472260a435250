"""What a value of a claim says about whose token it is."""

from __future__ import annotations

import pytest

from vetstack.iam.issuers import split_key
from vetstack.iam.subjects import is_anything, names_owner
from vetstack.position import Position
from vetstack.values import Hole, Text, Unknown

AT = Position("template.yaml", 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        ("*", False),
        ("*:ref:refs/heads/main", False),
        ("?epo:acme/agent:*", False),
        ("repo:*", False),
        ("repo:acme*", False),
        ("repo:acme/*", True),
        ("repo:acme/agent:*", True),
        ("Tenant:*", False),
        ("oauth2:*", False),
        ("7f3a5c1e-2b4d:*", True),
        ("agent.acme.example:*", True),
        ("org/*", False),
        ("org/1234/*", True),
        ("org/1234/project:*", True),
        ("1234/*", True),
        ("sc://*", False),
        ("sc://acme/*", True),
        ("system:serviceaccount:*", False),
        ("system:serviceaccount:kes*", False),
        ("system:serviceaccount:kestrel:*", True),
        ("arn:aws:iam::*:role/agent", False),
        ("arn:aws:iam::418273645091:role/*", True),
        ("environment:production:*", False),
        ("environment:production:repo:acme/agent:*", True),
        ("environment:production:repo:*", False),
        ("context:*:repo:acme/agent", False),
        ("amzn1.account.*", False),
        ("repo:${*}", True),
        ("${oidc.acme.example:sub}", False),
        ("account:${aws:ResourceAccount}:*", True),
    ],
)
def test_a_pattern_of_subjects_names_an_owner_or_nobody(subject: str, named: bool) -> None:
    assert names_owner("sub", Text(subject, AT), pattern=True) is named


@pytest.mark.parametrize(
    ("claim", "value", "named"),
    [
        ("sub", "repo:*", True),  # no token has an asterisk there
        ("sub", "environment:production", False),
        ("sub", "112233445566", True),
        ("repository", "acme/agent", True),
        ("sub", "${oidc.acme.example:sub}", False),
    ],
)
def test_a_fixed_value_names_an_owner_unless_everybody_can_have_it(claim: str, value: str, named: bool) -> None:
    assert names_owner(claim, Text(value, AT), pattern=False) is named


@pytest.mark.parametrize(
    ("claim", "value", "named"),
    [
        ("repository", "acme/*", True),
        ("repository", "*/agent", False),
        ("repository_id", "12*", False),
        ("email", "*@acme.example", True),
        ("email", "agent@*", False),
        ("user_email", "*", False),
    ],
)
def test_a_pattern_of_another_claim_names_an_owner_or_nobody(claim: str, value: str, named: bool) -> None:
    assert names_owner(claim, Text(value, AT), pattern=True) is named


@pytest.mark.parametrize(("after", "named"), [("/*", True), ("*", False), (":*", True)])
def test_a_part_that_the_deployment_fixes_is_a_name_when_it_ends_before_the_wildcard(after: str, named: bool) -> None:
    subject = Unknown(("repo:", Hole("parameter", "Organization"), after), AT)
    assert names_owner("sub", subject, pattern=True) is named


def test_only_wildcards_and_the_callers_own_variables_are_anything() -> None:
    assert is_anything(Text("*?", AT), pattern=True)
    assert is_anything(Text("${oidc.acme.example:aud}", AT), pattern=False)
    assert not is_anything(Text("*", AT), pattern=False)
    assert not is_anything(Text("sts*", AT), pattern=True)


@pytest.mark.parametrize(
    ("key", "issuer", "claim"),
    [
        ("token.actions.githubusercontent.com:SUB", "token.actions.githubusercontent.com", "sub"),
        ("oidc.acme.example/org/1:oidc.acme.example/project-id", "oidc.acme.example/org/1", "project-id"),
        ("oidc.acme.example/:aud", "oidc.acme.example", "aud"),
        ("aws:PrincipalArn", "", "aws:principalarn"),
        ("SAML:aud", "", "saml:aud"),
    ],
)
def test_a_key_is_its_issuer_and_a_claim(key: str, issuer: str, claim: str) -> None:
    assert split_key(key) == (issuer, claim)
