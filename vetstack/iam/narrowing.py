"""What the conditions of a trust policy, and its Deny statements, leave of a principal.

Source: IAM user guide, reference_policies_condition-keys and reference_policies_evaluation-logic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vetstack.guards import Guard, without
from vetstack.iam.conditions import Test, Tests, guessable_pattern, spelt_out
from vetstack.iam.documents import Statement
from vetstack.iam.external_id import is_about_external_id
from vetstack.iam.principals import Party, Principal, account_of, party_of, principals_of
from vetstack.records import NamedTuple
from vetstack.settings import Settings
from vetstack.template import Template
from vetstack.values import Hole, Map, Text, Unknown, Value, fields_of, pieces_of

ORGANISATION: Final = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
ALWAYS_PRESENT: Final = frozenset({"aws:principalaccount", "aws:principalarn"})
CALLER: Final = ORGANISATION | ALWAYS_PRESENT | {"aws:sourceaccount", "aws:sourceowner"}
"""Keys that say whose the caller is."""

SAME_AS_OWN: Final = {
    "aws:principalaccount": "${aws:resourceaccount}",
    "aws:principalorgid": "${aws:resourceorgid}",
    "aws:resourceaccount": "${aws:principalaccount}",
    "aws:resourceorgid": "${aws:principalorgid}",
}
"""Keys that, compared with this policy variable, hold for callers of the role's own account or organisation."""

IS_SERVICE: Final = "aws:principalisawsservice"


def relevant(key: str) -> bool:
    """Whether a condition key, in lower case, says something about the ExternalId or whose the caller is."""
    return key in CALLER or key in SAME_AS_OWN or key == IS_SERVICE or is_about_external_id(key)


class Denial(NamedTuple):
    """A Deny on sts:AssumeRole: of whom, and each setting of its condition."""

    statement: Statement
    acts: Sequence[tuple[Guard, bool]]
    principals: Sequence[Principal]
    spared: Sequence[Principal]
    conditions: Sequence[tuple[Guard, Tests]]


def denial_of(statement: Statement, acts: Sequence[tuple[Guard, bool]], template: Template, own: Settings) -> Denial:
    """A Deny statement, read once for all principals. `spared` are those that its NotPrincipal leaves out."""
    trusted = own.trusted_accounts
    named = statement.body.named("NotPrincipal") is not None
    swapped = Statement(statement.effect, statement.guard, _not_principal(statement)) if named else statement
    found = [one for one in principals_of(swapped, template, trusted) if one.party != "service"]
    conditions = spelt_out(statement.part("Condition"), statement.guard, lambda key: True)
    return Denial(statement, acts, () if named else found, found if named else (), conditions)


def _not_principal(statement: Statement) -> Map:
    """The statement's body with those it leaves out as if it named them."""
    body = statement.body
    return Map({"Principal": statement.part("NotPrincipal")}, body.at, body.key_at)


def denied(denials: Sequence[Denial], principal: Principal, given: Guard) -> list[tuple[Guard, list[Sequence[Test]]]]:
    """The Denies that speak of a principal, under each setting of theirs: of each the tests that are left to meet.

    Tests that the principal meets whatever it sends are left out; a Deny without any left denies it everything.
    """
    rows: list[tuple[Guard, list[Sequence[Test]]]] = [(given, [])]
    for denial in denials:
        rows = [row for guard, known in rows for row in _with(denial, principal, guard, known)]
    return rows


def _with(
    denial: Denial, principal: Principal, given: Guard, known: list[Sequence[Test]]
) -> list[tuple[Guard, list[Sequence[Test]]]]:
    rows: list[tuple[Guard, list[Sequence[Test]]]] = []
    left = [given]
    for covering in _covering(denial, principal):
        both = given & covering
        for acts, speaks in denial.acts if both is not None else ():
            inner = both & acts if both is not None and speaks else None
            for guard, tests in denial.conditions if inner is not None else ():
                deep = inner & guard if inner is not None and not tests.hidden else None
                if deep is not None:
                    open_tests = [test for test in tests.tests if not _certain(test, principal)]
                    rows.append((deep, [*known, open_tests]))
                    left = [rest for one in left for rest in without(one, deep)]
    return [*rows, *((rest, known) for rest in left)]


def _covering(denial: Denial, principal: Principal) -> list[Guard]:
    """The settings under which a Deny certainly speaks of a principal."""
    if denial.spared:
        hit = any(_includes(one, principal) or _includes(principal, one) for one in denial.spared)
        return [] if hit else [denial.statement.guard]
    return [one.guard for one in denial.principals if _includes(one, principal)]


def _includes(outer: Principal, inner: Principal) -> bool:
    """Whether everyone that one principal names is named by another too: by the same text, or by its account."""
    if outer.party == "anyone" or outer.key == inner.key:
        return True
    whole = str(outer.value).endswith(":root") or ":" not in str(outer.value)
    if not whole or not isinstance(outer.value, (Text, Unknown)) or not isinstance(inner.value, (Text, Unknown)):
        return False
    account = account_of(outer.value)
    return bool(account) and account == account_of(inner.value)


def _certain(test: Test, principal: Principal) -> bool:
    """Whether a principal meets a test whatever it sends."""
    if test.named == IS_SERVICE:
        return bool(test.values) and all(str(value).lower() == "false" for value in test.values)
    if principal.party != "stranger" or not isinstance(principal.value, (Text, Unknown)) or not test.values:
        return False
    if test.family in ("not-equals", "not-like") and test.named in CALLER:
        return test.named in ORGANISATION or all(_own_account(value) for value in test.values)
    if test.family in ("equals", "like") and test.named in ALWAYS_PRESENT:
        account = account_of(principal.value)
        return any(_is_all_of(value, account) for value in test.values)
    return False


def _own_account(value: Text | Unknown) -> bool:
    pieces = account_of(value) or ()
    return any(isinstance(piece, Hole) and piece.kind == "own-account" for piece in pieces) or (
        isinstance(value, Text) and value.lower() == "${aws:resourceaccount}"
    )


def _is_all_of(value: Text | Unknown, account: tuple[str | Hole, ...] | None) -> bool:
    """Whether a pattern of accounts or ARNs takes in everyone of an account."""
    if not account or account_of(value) != account:
        return False
    text = str(value)
    return ":" not in text or text.rpartition(":")[2] == "*"


def narrowed(
    principal: Principal,
    tests: Sequence[Test],
    denies: Sequence[Sequence[Test]],
    template: Template,
    own: Settings,
    itself: Value,
) -> Principal:
    """A principal after what is demanded of the caller: an account, an ARN or an organisation that it must be.

    itself: the name of the role whose trust this is; a caller that must be the role itself is one's own.
    """
    for test in tests:
        if test.for_all or test.family not in ("equals", "like") or not test.values:
            continue
        if test.if_exists and test.named not in ALWAYS_PRESENT:
            continue  # a caller without the key passes
        if test.named == "aws:principalarn" and all(_is_role(value, itself) for value in test.values):
            return principal._replace(party="own")
        principal = _by(principal, test, template, own)
    for tests_left in denies:
        if principal.party == "anyone" and len(tests_left) == 1 and tests_left[0].family in ("not-equals", "not-like"):
            after = _by(principal, tests_left[0], template, own)
            principal = after if after.party == "own" else principal
    return principal


def _is_role(value: Text | Unknown, name: Value) -> bool:
    """Whether an ARN is that of a role of a name, in no account that the template writes out."""
    if not isinstance(name, (Text, Unknown)) or any(isinstance(piece, str) for piece in account_of(value) or ("",)):
        return False
    last = fields_of(value, ":")[-1]
    head = last[0] if last and isinstance(last[0], str) else ""
    _, slash, rest = head.rpartition("/")
    return bool(slash) and tuple(piece for piece in (rest, *last[1:]) if piece != "") == pieces_of(name)


def _by(principal: Principal, test: Test, template: Template, own: Settings) -> Principal:
    if principal.party not in ("anyone", "stranger", "unseen"):
        return principal
    if test.named in ORGANISATION and principal.party != "anyone":
        return principal  # an organisation does not make a named account one's own
    found = [_caller(test, value, template, own) for value in test.values]
    if found and all(party == "own" for party, _ in found):
        return principal._replace(party="own")
    if principal.party == "anyone" and all(party is not None for party, _ in found):
        value = test.values[0]
        return principal._replace(party="stranger", value=value, at=value.at, account=found[0][1])
    return principal


def _caller(test: Test, value: Text | Unknown, template: Template, own: Settings) -> tuple[Party | None, str | None]:
    """Who meets a test on the caller, and the account where it is known; None when it says nothing about that."""
    if SAME_AS_OWN.get(test.named) == str(value).lower():
        return "own", None
    if test.named not in CALLER:
        return None, None
    if test.named in ORGANISATION:
        if test.family == "like" and guessable_pattern(value):
            return None, None
        # an organisation that the customer names is the customer's; one written into the template is the vendor's
        custom = isinstance(value, Unknown) and any(hole.kind == "resource" for hole in value.holes)
        return ("stranger" if isinstance(value, Text) or custom else "own"), None
    account = account_of(value)
    text = "".join(piece for piece in account or () if isinstance(piece, str))
    if test.family == "like" and ("*" in text or "?" in text):
        return None, None
    party, number = party_of(value, template, own.trusted_accounts)
    return (party, number) if party not in ("anyone", "refused") else (None, None)
