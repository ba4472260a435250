"""Who may assume a role, and what each of them has to prove.

A `WayIn` is one Allow statement to one principal under one setting, with the proof of its ExternalId. Rules about
trust only group and word what stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from vetstack.guards import Guard, settings_without, when, without
from vetstack.iam.actions import matches
from vetstack.iam.conditions import Test, guessable_pattern, tests_of
from vetstack.iam.documents import Statement, read_document
from vetstack.iam.external_id import KEY, STATES, Proof, State, prove
from vetstack.iam.principals import Party, Principal, party_of, principals_of
from vetstack.position import Position
from vetstack.settings import Settings
from vetstack.template import Identity, Template
from vetstack.values import Absent, Map, Text, Unknown, Value, fields_of

ASSUME: Final = "sts:AssumeRole"
FEDERATED: Final = ("sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")

STACK_SET_ROLES: Final = ("AWSCloudFormationStackSetExecutionRole", "stacksets-exec-")
"""Names of the roles that StackSets assumes in each target account; StackSets cannot send an ExternalId."""

_ORGANISATION: Final = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
_CALLER: Final = _ORGANISATION | {"aws:principalaccount", "aws:principalarn", "aws:sourceaccount", "aws:sourceowner"}
"""Keys that say whose the caller is."""


class WayIn(NamedTuple):
    """One principal that one Allow statement lets in, under one setting, with what its condition then is."""

    statement: Statement
    principal: Principal
    guard: Guard
    condition: Value
    tests: tuple[Test, ...]
    proof: Proof

    @property
    def party(self) -> Party:
        return self.principal.party


def ways_in(identity: Identity, template: Template, settings: Settings) -> list[WayIn]:
    """Every way to assume a role with `sts:AssumeRole`, its own account's and AWS services' among them."""
    found: list[WayIn] = []
    for exists in identity.resource.exists:
        statements = read_document(identity.trust, exists).statements
        denies = [s for s in statements if s.effect == "Deny"]
        for statement in statements:
            if statement.effect == "Allow":
                found.extend(_of_statement(statement, denies, template, settings))
    return found


def _of_statement(
    statement: Statement, denies: Sequence[Statement], template: Template, settings: Settings
) -> Iterator[WayIn]:
    for acts, allowed in allows(statement, ASSUME):
        if not allowed:
            continue
        for principal in principals_of(statement, template, settings.trusted_accounts):
            named = acts & principal.guard
            if named is None:
                continue
            for guard, condition in named.deep(statement.part("Condition")):
                tests = tests_of(condition)
                narrowed = _narrowed(principal, tests, template, settings)
                for under, denied in _denied(denies, narrowed, guard):
                    proof = prove(tests, denied, template.parameters)
                    if principal.party == "anyone" and narrowed.party == "stranger" and proof.state == "absent":
                        # an organisation is not a caller; only with an ExternalId does it leave nobody else in
                        narrowed = principal if _by_organisation(tests) else narrowed
                    yield WayIn(statement, narrowed, under, condition, tests, proof)


def _by_organisation(tests: Sequence[Test]) -> bool:
    """Whether an organisation is all that narrows a principal: one that is not the customer's leaves it open."""
    keys = {test.named for test in tests if test.named in _CALLER}
    return bool(keys) and keys <= _ORGANISATION


def allows(statement: Statement, action: str) -> list[tuple[Guard, bool]]:
    """Whether a statement speaks of an action, under each of its settings. What is unknown may be the action."""
    found: list[tuple[Guard, bool]] = []
    for guard, patterns in statement.guard.deep(statement.part("Action")):
        if not isinstance(patterns, Absent):
            found.append((guard, _any_matches(patterns, guard, action)))
            continue
        for inner, excluded in guard.deep(statement.part("NotAction")):
            found.append((inner, not isinstance(excluded, Absent) and not _any_matches(excluded, inner, action)))
    return found


def _any_matches(patterns: Value, guard: Guard, action: str) -> bool:
    return any(
        isinstance(one, Unknown) or (isinstance(one, Text) and matches(one.strip(), action))
        for _, one in guard.elements(patterns)
    )


def _denied(
    denies: Sequence[Statement], principal: Principal, given: Guard
) -> list[tuple[Guard, list[tuple[Test, ...]]]]:
    """The tests of the Deny statements that speak of the same principal, under each setting of theirs."""
    rows: list[tuple[Guard, list[tuple[Test, ...]]]] = [(given, [])]
    for deny in denies:
        longer: list[tuple[Guard, list[tuple[Test, ...]]]] = []
        for guard, known in rows:
            both = guard & deny.guard
            if both is None or not _covers(deny, principal, both):
                longer.append((guard, known))
                continue
            for acts, denied in allows(deny, ASSUME):
                inner = both & acts
                if inner is not None:
                    for deep, condition in inner.deep(deny.part("Condition")):
                        longer.append((deep, [*known, tests_of(condition)] if denied else known))
            longer.extend((rest, known) for rest in without(guard, deny.guard))
        rows = longer
    return rows


def _covers(deny: Statement, principal: Principal, given: Guard) -> bool:
    """Whether a Deny certainly speaks of a principal: of everybody, or of this one by the same name."""
    for _, whole in given.over(deny.part("Principal")):
        elements = [whole] if not isinstance(whole, dict) else list(whole.values())
        for value in elements:
            for _, element in given.elements(value):
                if isinstance(element, (Text, Unknown)) and str(element) in ("*", principal.key):
                    return True
                if principal.account and isinstance(element, Text) and principal.account in element:
                    return True
    return False


def _narrowed(principal: Principal, tests: Sequence[Test], template: Template, settings: Settings) -> Principal:
    """A principal after what the condition says of the caller: an account, an ARN or an organisation."""
    if principal.party not in ("anyone", "stranger", "unseen"):
        return principal
    for test in tests:
        if test.for_all or test.family not in ("equals", "like") or not test.values:
            continue
        parties = [_party_of_test(test, value, template, settings) for value in test.values]
        if all(party == "own" for party in parties):
            return _as(principal, "own")
        if principal.party == "anyone" and None not in parties:
            principal = _as(principal, "stranger", test.values[0])
    return principal


def _party_of_test(test: Test, value: Text | Unknown, template: Template, settings: Settings) -> Party | None:
    """Who satisfies a test on the caller's identity; None when it says nothing about that."""
    if test.named in _ORGANISATION and not test.if_exists:
        # an organisation that the customer names is the customer's; one written into the template is the vendor's
        if guessable_pattern(value):
            return None
        return "stranger" if isinstance(value, Text) else "own"
    if test.named not in _CALLER:
        return None
    if isinstance(value, Text) and test.named == "aws:principalarn" and "*" in fields_account(value):
        return None
    party, _ = party_of(value, template, settings.trusted_accounts)
    return party if party not in ("anyone", "refused") else None


def fields_account(value: Text | Unknown) -> str:
    """The account field of an ARN as text, holes left out; the whole text when it is no ARN."""
    fields = fields_of(value, ":")
    account = fields[4] if len(fields) > 4 else fields[0]
    return "".join(piece for piece in account if isinstance(piece, str))


def _as(principal: Principal, party: Party, value: Value | None = None) -> Principal:
    return principal._replace(party=party, value=principal.value if value is None else value)


def is_stack_set_role(identity: Identity, way: WayIn) -> bool:
    """Whether StackSets is who comes this way: its well-known role, trusting an account that the customer names."""
    names = [name for _, name in way.guard.over(identity.name)]
    known = bool(names) and all(_text_of(name).startswith(STACK_SET_ROLES) for name in names)
    return known and way.principal.account is None and way.party != "anyone"


def _text_of(name: Value) -> str:
    if isinstance(name, Unknown):
        first = name.pieces[0]
        return first if isinstance(first, str) else ""
    return str(name) if isinstance(name, Text) else ""


class Judgement(NamedTuple):
    """The worst state of the ExternalId that one statement leaves to other accounts, and the ways in that have it.

    when: the setting that selects it, None when every setting does.
    """

    state: State
    why: str
    statement: Statement
    ways: tuple[WayIn, ...]
    when: str | None
    dropped_at: Position | None = None

    @property
    def at(self) -> Position:
        """The narrowest node to edit: the value, or the condition or statement that lacks one."""
        return self.dropped_at or self.ways[0].proof.at or self.statement.part_at("Condition")

    @property
    def principals(self) -> str:
        """The other accounts as a message calls them, three at the most."""
        known = {name for way in self.ways if way.principal.account for name in way.principal.via}
        everyone = [way.principal for way in self.ways]
        told = [one for one in everyone if one.account or not known.intersection(one.via)]
        names = list(dict.fromkeys(one.shown for one in told))
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return ", ".join(names[:3]) + more

    @property
    def subject(self) -> str:
        """The other accounts where a sentence begins with them."""
        return self.principals[:1].upper() + self.principals[1:]

    @property
    def chosen_by_deployer(self) -> bool:
        """Whether every one of them is an account that a parameter names, with no default that says whose."""
        values = [way.principal.value for way in self.ways]
        return all(isinstance(one, Unknown) and any(hole.kind == "parameter" for hole in one.holes) for one in values)

    @property
    def via(self) -> tuple[str, ...]:
        """The other blocks that the cause passes through."""
        return tuple(name for way in self.ways for name in (*way.principal.via, *way.proof.via))


def judgements(identity: Identity, template: Template, settings: Settings) -> list[Judgement]:
    """One judgement on each statement that lets another account in, the settings' worst counting."""
    known = template.derived.setdefault(__name__, {})
    assert isinstance(known, dict)
    if identity.address not in known:
        known[identity.address] = _judge(identity, template, settings)
    judged: list[Judgement] = known[identity.address]
    return judged


def _judge(identity: Identity, template: Template, settings: Settings) -> list[Judgement]:
    every = ways_in(identity, template, settings)
    ways = [way for way in every if way.party == "stranger" and not is_stack_set_role(identity, way)]
    deployable = settings_without(identity.resource.exists, [way.guard for way in every if way.party == "refused"])
    opened = {way.principal.at for way in every if way.party == "anyone"}  # reported as that, under another setting
    by_statement: dict[Position, list[tuple[State, str, WayIn]]] = {}
    for way in ways:
        if way.principal.at not in opened:
            state, why = _state(way, ways)
            by_statement.setdefault(way.statement.at, []).append((state, why, way))
    found = []
    for entries in by_statement.values():
        worst, why, _ = min(entries, key=lambda entry: STATES.index(entry[0]))
        chosen = [way for state, _, way in entries if state == worst]
        setting = when([way.guard for way in chosen], deployable)
        place = _dropped_at(chosen[0], ways) if chosen[0].proof.state == "absent" else None
        found.append(Judgement(worst, why, chosen[0].statement, tuple(chosen), setting, place))
    return found


def _dropped_at(way: WayIn, ways: Sequence[WayIn]) -> Position | None:
    """Where a setting drops the key alone out of its operator's block, which is still there."""
    for other in ways:
        if other.statement.at == way.statement.at and isinstance(way.condition, Map):
            for test in other.tests:
                if test.named == KEY and isinstance(way.condition.child(test.operator), Map):
                    return test.at if test.at.line == test.key_at.line else test.key_at
    return None


def _state(way: WayIn, ways: Sequence[WayIn]) -> tuple[State, str]:
    """The state of a way in; one that another setting asks an ExternalId of has one that can be switched off."""
    proof = way.proof
    if proof.state == "absent":
        for other in ways:
            same = other.principal.key == way.principal.key and other.proof.state != "absent"
            if same and way.guard & other.guard is None:
                return "bypassable", "whoever deploys it can switch the ExternalId off"
    return proof.state, proof.why


def is_vendor_trusted(identity: Identity, template: Template, settings: Settings) -> bool:
    """Whether somebody outside the deploying account may assume the identity under some setting."""
    if identity.kind != "role":
        return False
    return any(way.party in ("stranger", "anyone") for way in ways_in(identity, template, settings))
