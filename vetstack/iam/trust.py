"""Who may assume a role, and what each of them has to prove.

A `WayIn` is one Allow statement to one principal under one setting, with the proof of its ExternalId. Rules about
trust only group and word what stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.guards import Guard, settings_without, when
from vetstack.iam.actions import matches
from vetstack.iam.conditions import Tests, spelt_out
from vetstack.iam.documents import Statement, read_document
from vetstack.iam.external_id import KEY, STATES, Proof, State, prove
from vetstack.iam.narrowing import ORGANISATION, Denial, denial_of, denied, narrowed, relevant
from vetstack.iam.principals import Party, Principal, principals_of
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.settings import Settings
from vetstack.template import Identity, Template
from vetstack.values import ABSENT, Absent, Choice, Map, Text, Unknown, Value

ASSUME: Final = "sts:AssumeRole"

OUTSIDE: Final = frozenset({"anyone", "stranger", "unseen", "refused"})
"""Parties that trust is asked about; the others are the customer's own, or AWS."""

STACK_SET_ROLE: Final = "AWSCloudFormationStackSetExecutionRole"
STACK_SET_PREFIX: Final = "stacksets-exec-"
"""Names of the roles that StackSets assumes in each target account; StackSets cannot send an ExternalId."""

GIVEN: Final = frozenset({"parameter", "reference", "import"})
"""Kinds of holes that the customer fills."""


class WayIn(NamedTuple):
    """One principal that one Allow statement lets in, under one setting, with what its condition then asks."""

    statement: Statement
    principal: Principal
    guard: Guard
    tests: Tests
    proof: Proof

    @property
    def party(self) -> Party:
        return self.principal.party


def ways_in(identity: Identity, template: Template, settings: Settings) -> list[WayIn]:
    """Every way in with `sts:AssumeRole` that is open to others than the deploying account and AWS."""
    known = template.derived.setdefault(f"{__name__}.ways_in", {})
    assert isinstance(known, dict)
    if identity.address not in known:
        known[identity.address] = _ways_in(identity, template, settings)
    ways: list[WayIn] = known[identity.address]
    return ways


def _ways_in(identity: Identity, template: Template, settings: Settings) -> list[WayIn]:
    found: list[WayIn] = []
    for exists in identity.resource.exists:
        statements = read_document(identity.trust, exists).statements
        denials = [
            denial_of(one, allows(one, ASSUME, unknown=False), template, settings)
            for one in statements
            if one.effect == "Deny"
        ]
        for statement in statements:
            if statement.effect == "Allow":
                found.extend(_of_statement(identity, statement, denials, template, settings))
    return found


def _of_statement(
    identity: Identity, statement: Statement, denials: Sequence[Denial], template: Template, settings: Settings
) -> Iterator[WayIn]:
    acts = [guard for guard, allowed in allows(statement, ASSUME) if allowed]
    principals = [p for p in principals_of(statement, template, settings.trusted_accounts) if p.party in OUTSIDE]
    conditions = spelt_out(statement.part("Condition"), statement.guard, relevant) if acts and principals else []
    for principal in principals:
        for act in acts:
            named = act & principal.guard
            for condition, tests in conditions if named is not None else ():
                guard = named & condition if named is not None else None
                if guard is not None:
                    yield from _past_denials(identity, statement, principal, guard, tests, denials, template, settings)


def _past_denials(
    identity: Identity,
    statement: Statement,
    principal: Principal,
    given: Guard,
    tests: Tests,
    denials: Sequence[Denial],
    template: Template,
    settings: Settings,
) -> Iterator[WayIn]:
    for guard, denies in denied(denials, principal, given):
        proof = prove(tests, denies, template)
        if proof.state == "nobody" and principal.party != "refused":
            continue
        name = next((name for _, name in guard.over(identity.name)), ABSENT)
        left = narrowed(principal, tests.tests, denies, template, settings, name)
        if principal.party == "anyone" and left.party == "stranger" and proof.state == "absent":
            # an organisation is not a caller; only with an ExternalId does it leave nobody else in
            left = principal if _by_organisation(tests) else left
        yield WayIn(statement, left, guard, tests, proof)


def _by_organisation(tests: Tests) -> bool:
    """Whether an organisation is all that narrows a principal: one that is not the customer's leaves it open."""
    return any(test.named in ORGANISATION for test in tests.tests)


def allows(statement: Statement, action: str, *, unknown: bool = True) -> list[tuple[Guard, bool]]:
    """Whether a statement speaks of an action, under each of its settings.

    unknown: whether an element that only the deployment has counts as speaking of it: yes for what an Allow lets
    in, no for what a Deny keeps out.
    """
    found: list[tuple[Guard, bool]] = []
    for guard, patterns in statement.guard.deep(statement.part("Action")):
        if not isinstance(patterns, Absent):
            found.append((guard, _any_matches(patterns, guard, action, unknown)))
            continue
        for inner, excluded in guard.deep(statement.part("NotAction")):
            leaves = not isinstance(excluded, Absent) and not _any_matches(excluded, inner, action, not unknown)
            found.append((inner, leaves))
    return found


def _any_matches(patterns: Value, guard: Guard, action: str, unknown: bool) -> bool:
    return any(
        unknown if isinstance(one, Unknown) else isinstance(one, Text) and matches(one.strip(), action)
        for _, one in guard.elements(patterns)
    )


def is_stack_set_role(identity: Identity, way: WayIn) -> bool:
    """Whether StackSets is who comes this way: its well-known role, trusting an account that the customer names."""
    names = [_text_of(name) for _, name in way.guard.over(identity.name)]
    known = bool(names) and all(name == STACK_SET_ROLE or name.startswith(STACK_SET_PREFIX) for name in names)
    value = way.principal.value
    given = isinstance(value, Unknown) and any(hole.kind in GIVEN for hole in value.holes)
    return known and given and way.party != "anyone"


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
        through = (name for way in self.ways for name in (*way.principal.via, *way.proof.via))
        return (*through, *self.statement.via)


def judgements(identity: Identity, template: Template, settings: Settings) -> list[Judgement]:
    """One judgement on each statement that lets another account in, the settings' worst counting."""
    known = template.derived.setdefault(f"{__name__}.judgements", {})
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
    asking: dict[str, list[WayIn]] = {}
    for way in ways:
        if way.proof.state != "absent":
            asking.setdefault(way.principal.key, []).append(way)
    by_statement: dict[Position, list[tuple[State, str, WayIn]]] = {}
    for way in ways:
        if way.principal.at not in opened:
            state, why = _state(way, asking.get(way.principal.key, ()))
            by_statement.setdefault(way.statement.at, []).append((state, why, way))
    found = []
    for entries in by_statement.values():
        worst, why, _ = min(entries, key=lambda entry: STATES.index(entry[0]))
        chosen = [way for state, _, way in entries if state == worst]
        setting = when([way.guard for way in chosen], deployable)
        first = chosen[0]
        dropped = _dropped_at(first, asking.get(first.principal.key, ())) if first.proof.state == "absent" else None
        found.append(Judgement(worst, why, first.statement, tuple(chosen), setting, dropped))
    return found


def _dropped_at(way: WayIn, asking: Sequence[WayIn]) -> Position | None:
    """Where a setting drops the key alone out of its operator's block, which is still there."""
    for other in asking:
        for test in other.tests.tests if other.statement.at == way.statement.at else ():
            if test.named == KEY:
                for _, condition in way.guard.over(way.statement.part("Condition")):
                    block = condition.child(test.operator) if isinstance(condition, Map) else None
                    if isinstance(condition, Map) and isinstance(block, Choice):
                        return condition.key_at[test.operator]
                    if isinstance(block, Map):
                        return test.at if test.at.line == test.key_at.line else test.key_at
    return None


def _state(way: WayIn, asking: Sequence[WayIn]) -> tuple[State, str]:
    """The state of a way in; one that another setting asks an ExternalId of has one that can be switched off."""
    if way.proof.state == "absent" and any(way.guard & other.guard is None for other in asking):
        return "bypassable", "whoever deploys it can switch the ExternalId off"
    return way.proof.state, way.proof.why


def is_vendor_trusted(identity: Identity, template: Template, settings: Settings) -> bool:
    """Whether somebody outside the deploying account may assume the identity under some setting."""
    if identity.kind != "role":
        return False
    return any(way.party in ("stranger", "anyone") for way in ways_in(identity, template, settings))
