"""What a trust statement demands of a token or an assertion from an identity provider.

Sources: IAM user guide, id_roles_create_for-idp_oidc, id_roles_providers_create_oidc and id_roles_create_for-idp_saml;
STS API reference, AssumeRoleWithWebIdentity and AssumeRoleWithSAML, whose requests no AWS credential signs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from vetstack.guards import Guard
from vetstack.iam.conditions import Test, Tests, spelt_out
from vetstack.iam.documents import Statement, read_document
from vetstack.iam.issuers import (
    ALWAYS_THERE,
    ANYBODY,
    ISSUERS,
    OWNER_CLAIMS,
    SAML_PROVIDER_KEYS,
    SESSION_NAME,
    SIGNED,
    Issuer,
    Protocol,
    Provider,
    is_known,
    provider_of,
    split_key,
)
from vetstack.iam.narrowing import Denial, denial_of, denied
from vetstack.iam.principals import Principal, principals_of
from vetstack.iam.subjects import is_anything, names_owner
from vetstack.iam.trust import ASSUME, allows
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.settings import Settings
from vetstack.template import Identity, Template
from vetstack.values import Text, Unknown

ACTIONS: Final[dict[Protocol, str]] = {"OIDC": "sts:AssumeRoleWithWebIdentity", "SAML": "sts:AssumeRoleWithSAML"}

SERVICE_ACCOUNT: Final = "system:serviceaccount:"
"""How the subjects of a cluster's pods begin."""

Missing = Literal["", "provider", "audience", "owner", "guests", "unseen"]
"""What is not asked for. provider: which identity provider it is. audience: whom its token was made for. owner: whose
token it is. guests: that its holder signed in. unseen: the condition, or a part of it, is not in the template."""


class Federated(NamedTuple):
    """One identity provider that one statement lets in, under one setting.

    missing: what is not asked of its token, empty when all is. claim: the key to ask for. at: the value that does not
    do, or where one is missing; value: that value, with its blocks in via.
    """

    principal: Principal
    provider: Provider
    guard: Guard
    protocol: Protocol
    missing: Missing
    claim: str
    at: Position
    value: Text | Unknown | None = None

    @property
    def via(self) -> tuple[str, ...]:
        return self.principal.via + (self.value.via if self.value is not None else ())


class _Asked(NamedTuple):
    """A statement and all that stands between one provider and the role under one setting."""

    statement: Statement
    provider: Provider
    others: frozenset[str]
    tests: tuple[Test, ...]


def federated_ways(identity: Identity, template: Template, settings: Settings) -> Iterator[Federated]:
    """Every way in through an identity provider, bound or not; a bound one misses the empty text."""
    for exists in identity.resource.exists:
        statements = read_document(identity.trust, exists).statements
        for protocol, action in ACTIONS.items():
            lets_in = [one for one in statements if one.effect == "Allow" and _speaks(one, action)]
            denials = [
                _of_federated(denial_of(one, allows(one, action, unknown=False), template, settings))
                for one in (statements if lets_in else ())
                if one.effect == "Deny"
            ]
            for statement in lets_in:
                yield from _of_statement(statement, protocol, denials, template, settings)


def _speaks(statement: Statement, action: str) -> bool:
    return any(allowed for _, allowed in allows(statement, action))


def _of_federated(denial: Denial) -> Denial:
    """A Deny without the accounts that it names: no provider is one of their principals."""
    return denial._replace(principals=[one for one in denial.principals if one.party in ("anyone", "federated")])


def _of_statement(
    statement: Statement, protocol: Protocol, denials: Sequence[Denial], template: Template, settings: Settings
) -> Iterator[Federated]:
    acts = [guard for guard, allowed in allows(statement, ACTIONS[protocol]) if allowed]
    found = [one for one in principals_of(statement, template, settings.trusted_accounts) if _is_federated(one)]
    providers = [_provider(one, template) for one in found]
    assumes = [guard for guard, allowed in allows(statement, ASSUME) if allowed]
    conditions = spelt_out(statement.part("Condition"), statement.guard, _relevant) if found else []
    for principal, provider in zip(found, providers, strict=True):
        for act in acts:
            named = act & principal.guard
            if named is None or (principal.party == "anyone" and any(named & one is not None for one in assumes)):
                continue  # a role that anybody at all may assume is a finding of its own
            for condition, tests in conditions:
                guard = named & condition
                if guard is not None and protocol == _spoken(provider, protocol, statement, tests):
                    others = _others(principal, provider, zip(found, providers, strict=True))
                    yield from _past_denials(statement, principal, provider, others, guard, protocol, tests, denials)


def _others(principal: Principal, provider: Provider, every: Iterable[tuple[Principal, Provider]]) -> frozenset[str]:
    """The issuers that the statement names beside one of its providers, where all are known."""
    if not is_known(provider.issuer):
        return frozenset()
    beside = (two.issuer for one, two in every if one.guard & principal.guard is not None)
    return frozenset(issuer for issuer in beside if issuer and is_known(issuer)) - {str(provider.issuer)}


def _is_federated(principal: Principal) -> bool:
    return principal.party in ("federated", "anyone")


def _provider(principal: Principal, template: Template) -> Provider:
    return Provider(None, ANYBODY) if principal.party == "anyone" else provider_of(principal.value, template)


def _relevant(key: str) -> bool:
    issuer, claim = split_key(key)
    return bool(issuer) or claim == SESSION_NAME or claim.startswith(("saml:", *SIGNED))


def _spoken(provider: Provider, asked: Protocol, statement: Statement, tests: Tests) -> Protocol:
    """The protocol of a provider. Where nothing says it, the action does, or else the keys of the condition."""
    if provider.protocol is not None or provider.issuer == ANYBODY:
        return provider.protocol or asked
    if not all(_speaks(statement, action) for action in ACTIONS.values()):
        return asked
    return "SAML" if any(key.lower().startswith("saml:") for key in tests.keys) else "OIDC"


def _past_denials(
    statement: Statement,
    principal: Principal,
    provider: Provider,
    others: frozenset[str],
    given: Guard,
    protocol: Protocol,
    tests: Tests,
    denials: Sequence[Denial],
) -> Iterator[Federated]:
    for guard, denies in denied(denials, principal, given):
        provider = provider._replace(cluster=_is_cluster(provider, tests.tests))
        asked = _Asked(statement, provider, others, (*tests.tests, *_demanded_by(denies)))
        if not all(denies) or _is_closed(asked):
            continue
        missing, claim, at, value = (_saml if protocol == "SAML" else _oidc)(asked, principal)
        if missing and tests.hidden:
            missing, at = "unseen", tests.hidden[0].at
        yield Federated(principal, provider, guard, protocol, missing, claim, at, value)


def _is_cluster(provider: Provider, tests: Sequence[Test]) -> bool:
    """Whether the provider is a cluster's: by its name or, where the deployment names it, by its subjects."""
    subjects = [str(value) for test in tests if _claim_of(test) == "sub" for value in test.values]
    return provider.cluster or (provider.issuer is None and any(one.startswith(SERVICE_ACCOUNT) for one in subjects))


def _demanded_by(denies: Iterable[Sequence[Test]]) -> Iterator[Test]:
    """Denies of every other value, as the demands that they amount to. A Deny that asks for more than one thing at
    once lets a token through that differs in one of them."""
    for tests in denies:
        if len(tests) == 1 and tests[0].family in ("not-equals", "not-like"):
            family: Literal["equals", "like"] = "equals" if tests[0].family == "not-equals" else "like"
            yield tests[0]._replace(family=family, if_exists=tests[0].for_any, for_all=False)


def _is_closed(asked: _Asked) -> bool:
    """Whether the condition asks for a key that no request through this provider carries."""
    for test in asked.tests:
        if test.family in ("equals", "like") and test.values and not test.if_exists and not test.for_all:
            issuer, claim = split_key(test.key)
            if issuer in asked.others or (asked.provider.issuer == ANYBODY and claim.startswith(SIGNED)):
                return True
    return False


Verdict = tuple[Missing, str, Position, "Text | Unknown | None"]


def _saml(asked: _Asked, principal: Principal) -> Verdict:
    if asked.provider.issuer == ANYBODY:
        if any(_binds(test, asked, test.named) for test in asked.tests if test.named in SAML_PROVIDER_KEYS):
            return "", "", asked.statement.at, None
        return "provider", "", principal.at, None
    audience = [test for test in asked.tests if test.named == "saml:aud"]
    if any(_binds(test, asked, "saml:aud") for test in audience):
        return "", "", asked.statement.at, None
    at, value = _shows(audience, asked, "saml:aud")
    return "audience", "SAML:aud", at, value


def _oidc(asked: _Asked, principal: Principal) -> Verdict:
    fitting = [test for test in asked.tests if _fits(test, asked.provider)]
    if asked.provider.issuer == ANYBODY and not any(_demands(test, asked) for test in fitting if _issuer_of(test)):
        return "provider", "", principal.at, None
    issuer = _issuer(asked.provider, fitting)
    audience = [test for test in asked.tests if _claim_of(test) == issuer.audience and _issuer_of(test)]
    if not any(_binds(test, asked, "aud") for test in audience if test in fitting):
        at, value = _shows(audience, asked, "aud")
        return "audience", issuer.audience, at, value
    claims = [test for test in fitting if _claim_of(test) in (*OWNER_CLAIMS, issuer.owner)]
    if issuer.guests and not any(_binds(test, asked, "sub") for test in claims if _claim_of(test) == "sub"):
        if any(_binds(test, asked, "amr") and "unauthenticated" not in _texts(test) for test in _named(fitting, "amr")):
            return "", "", asked.statement.at, None
        at, value = _shows(_named(asked.tests, "amr"), asked, "amr")
        return "guests", "amr", at, value
    if any(_binds(test, asked, _claim_of(test)) for test in claims):
        return "", "", asked.statement.at, None
    tried = [test for test in asked.tests if _issuer_of(test) and _claim_of(test) != issuer.audience]
    at, value = _shows(sorted(tried, key=lambda test: _claim_of(test) != "sub"), asked, "sub")
    return "owner", "sts:RoleSessionName" if issuer.owner == SESSION_NAME else issuer.owner, at, value


def _issuer(provider: Provider, fitting: Sequence[Test]) -> Issuer:
    """How the provider's tokens are told apart; where it is not known, the keys of the condition say whose they are."""
    names = {provider.issuer} if is_known(provider.issuer) else {_issuer_of(test) for test in fitting} - {""}
    return ISSUERS.get(names.pop() or "", Issuer()) if len(names) == 1 else Issuer()


def _fits(test: Test, provider: Provider) -> bool:
    """Whether a key is one of the provider's, as far as both are spelt out."""
    issuer = _issuer_of(test)
    return not issuer or not is_known(issuer) or not is_known(provider.issuer) or issuer == provider.issuer


def _issuer_of(test: Test) -> str:
    return split_key(test.key)[0]


def _claim_of(test: Test) -> str:
    return split_key(test.key)[1]


def _named(tests: Iterable[Test], claim: str) -> list[Test]:
    return [test for test in tests if _claim_of(test) == claim]


def _texts(test: Test) -> set[str]:
    return {str(value).lower() for value in test.values}


def _demands(test: Test, asked: _Asked) -> bool:
    """Whether the operator keeps out a token with another value, and one without the claim.

    An operator that only the deployment has is the customer's to choose.
    """
    if "${" in test.operator:
        return True
    numeric = test.operator.lower().rpartition(":")[2] == "numericequals"
    if not test.values or (test.family not in ("equals", "like") and not numeric):
        return False
    present = any(one.family == "null" and one.named == test.named and _texts(one) == {"false"} for one in asked.tests)
    return present or not (test.for_all or (test.if_exists and _claim_of(test) not in ALWAYS_THERE))


def _binds(test: Test, asked: _Asked, claim: str) -> bool:
    return _demands(test, asked) and not any(_is_open(test, value, claim) for value in test.values)


def _is_open(test: Test, value: Text | Unknown, claim: str) -> bool:
    pattern = test.family == "like"
    if claim in ("aud", "amr") or claim.startswith("saml:"):
        return is_anything(value, pattern=pattern)
    return not names_owner(claim, value, pattern=pattern)


def _shows(tests: Sequence[Test], asked: _Asked, claim: str) -> tuple[Position, Text | Unknown | None]:
    """Where it shows that a claim is not bound: the value that does not do, or else the condition or statement."""
    for test in tests:
        for value in test.values:
            if _is_open(test, value, claim):
                return (test.at if value.via else value.at), value
    return (tests[0].at if tests else asked.statement.part_at("Condition")), None
