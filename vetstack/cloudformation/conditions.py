"""The Conditions and Rules sections: under which settings each condition holds.

Source: CloudFormation user guide, intrinsic-function-reference-conditions and intrinsic-function-reference-rules.
"""

from __future__ import annotations

from collections.abc import Callable

from vetstack.guards import Atom, Atoms, Guard, Part, World
from vetstack.logic import ALWAYS, Truth, atom, constant, either, every
from vetstack.sources.interface import Mapping, Node, Scalar, Sequence
from vetstack.template import Assertion
from vetstack.values import Choice, Items, Text, Unknown, Value

Operand = Callable[[Node], Value]
SHOWN_ATOMS = 3
"""Parameter settings that a message spells out beside a condition's name."""

LISTED_LIMIT = 16
"""Values of a name up to which it is compared with another name value by value."""

COMPARISONS_LIMIT = 1_024
"""Pairs of alternatives that one Fn::Equals compares; past it the condition is opaque."""

NAMED_HOLES = {"parameter", "own-region", "own-account", "partition", "stack-name", "url-suffix"}
"""Kinds of holes that one setting decides for the whole template, so that equality with them is an atom."""


class Conditions:
    """The conditions of one template. scope stands before the name of each: `Outer > ` in an embedded template.

    A hole's name carries its own scope, so that what is asked of an outer parameter is the outer template's to answer.
    """

    def __init__(self, world: World, scope: str, section: Node | None, operand: Operand) -> None:
        self.world = world
        self.scope = scope
        self.operand = operand
        self._section = section if isinstance(section, Mapping) else None
        self._known: dict[str, Truth] = {}
        self._open: set[str] = set()

    def named(self, name: str) -> Truth:
        """The truth of a condition by name. One that is missing or defined by itself is opaque."""
        if name not in self._known:
            node = self._section.get(name) if self._section else None
            if node is None or name in self._open:
                return atom(self.scope + name, None)
            self._open.add(name)
            self._known[name] = self.truth(node, self.scope + name)
            self._open.discard(name)
        return self._known[name]

    def settings(self, name: str, holds: bool) -> tuple[Guard, ...]:
        """The guards under which a named condition has a truth value; none when it never has."""
        truth = self.named(name)
        found = []
        for conjunction in truth.true if holds else truth.false:
            if self.world.possible(conjunction):
                parts = (Part(self._said(name, conjunction, holds), conjunction),) if conjunction else ()
                found.append(Guard(self.world, parts))
        return tuple(found)

    def _said(self, name: str, conjunction: Atoms, holds: bool) -> str:
        plain = f"{name} is {'true' if holds else 'false'}"
        settings = sorted(str(one) for one in conjunction if one.literal is not None)
        if not settings or len(settings) > SHOWN_ATOMS:
            return plain
        return f"{plain} ({', '.join(settings)})"

    def truth(self, node: Node, name: str) -> Truth:
        """The truth of a condition expression; `name` is what to call it where it is opaque."""
        if isinstance(node, Scalar) and node.text in ("true", "false"):
            return constant(node.text == "true")
        if not isinstance(node, Mapping) or len(node.entries) != 1:
            return atom(name, None)
        ((key, value),) = node.entries.values()
        items = value.items if isinstance(value, Sequence) else [value]
        if key.text == "Condition" and isinstance(value, Scalar):
            return self.named(value.text)
        if key.text == "Fn::Equals" and len(items) == 2:
            return self._equal(items[0], items[1], name)
        if key.text == "Fn::Not" and len(items) == 1:
            return self.truth(items[0], _part(name, 0)).negated()
        if key.text in ("Fn::And", "Fn::Or") and items:
            parts = [self.truth(item, _part(name, n)) for n, item in enumerate(items)]
            return (every if key.text == "Fn::And" else either)(self.world, parts, name)
        if key.text == "Fn::Contains" and len(items) == 2 and isinstance(items[0], Sequence):
            options = [self._equal(option, items[1], _part(name, n)) for n, option in enumerate(items[0].items)]
            return either(self.world, options, name)
        return atom(name, None)

    def _equal(self, left: Node, right: Node, name: str) -> Truth:
        """Equality over every alternative of both sides."""
        ones = list(self.world.always.over(self.operand(left)))
        others = self.operand(right)
        if len(ones) * _breadth(others) > COMPARISONS_LIMIT:
            return atom(name, None)
        options: list[Truth] = []
        for guard, one in ones:
            for both, other in guard.over(others):
                same = self._same(one, other, name)
                given = Truth((both.atoms,), ()) if both.atoms else ALWAYS
                options.append(Truth(_joined(given, same.true), _joined(given, same.false)))
        if not options:
            return atom(name, None)
        true = tuple(dict.fromkeys(one for option in options for one in option.true))
        false = tuple(dict.fromkeys(one for option in options for one in option.false))
        return Truth(tuple(filter(self.world.consistent, true)), tuple(filter(self.world.consistent, false)))

    def _same(self, one: Value, other: Value, name: str) -> Truth:
        one, other = _text(one), _text(other)
        if isinstance(one, Text) and isinstance(other, Text):
            return constant(one == other)
        if isinstance(one, Text):
            one, other = other, one
        if isinstance(one, Unknown) and isinstance(other, Text):
            return self._is(one, str(other), name)
        if isinstance(one, Unknown) and isinstance(other, Unknown):
            if one == other:
                return ALWAYS
            listed = self._listed(one, other) or self._listed(other, one)
            if listed:
                return listed
            return atom(f"{self.scope}{min(str(one), str(other))} equals {max(str(one), str(other))}", None)
        return atom(name, None)

    def _listed(self, one: Unknown, other: Unknown) -> Truth | None:
        """Whether a name with few values is the same as another name; None where it has many, or either is no name."""
        names = [value.holes[0].name for value in (one, other) if _is_name(value)]
        domain = self.world.domains.get(names[0]) if len(names) == 2 else None
        if domain is None or domain.allowed is None or len(domain.allowed) > LISTED_LIMIT:
            return None
        first, second = names
        same = (frozenset({Atom(first, v, True), Atom(second, v, True)}) for v in domain.allowed)
        apart = (frozenset({Atom(first, v, True), Atom(second, v, False)}) for v in domain.allowed)
        return Truth(tuple(same), tuple(apart))

    def _is(self, value: Unknown, literal: str, name: str) -> Truth:
        """Whether a partly known text is a literal: an atom where the known text leaves one hole to fill."""
        holes = set(value.holes)
        first, last = value.pieces[0], value.pieces[-1]
        head = first if isinstance(first, str) else ""
        tail = last if isinstance(last, str) else ""
        if not (literal.startswith(head) and literal.endswith(tail)) or len(literal) < len(head) + len(tail):
            return constant(False)
        if len(value.holes) == 1 == len(holes):
            (hole,) = holes
            middle = literal[len(head) : len(literal) - len(tail)]
            if hole.kind in NAMED_HOLES:
                return atom(hole.name, middle)
        if literal == "" and all(hole.kind in NAMED_HOLES for hole in holes):
            return every(self.world, [atom(hole.name, "") for hole in sorted(holes)], name)
        return atom(f'{self.scope}{value} equals "{literal}"', None)

    def assertions(self, section: Node | None) -> list[Assertion]:
        """Take the Rules section into the world: settings that break an assertion cannot be deployed."""
        found: list[Assertion] = []
        if not isinstance(section, Mapping):
            return found
        for key, rule in section.items():
            if not isinstance(rule, Mapping):
                continue
            asserted = rule.get("Assertions")
            entries = asserted.items if isinstance(asserted, Sequence) else []
            claims = [entry.get("Assert") for entry in entries if isinstance(entry, Mapping)]
            parts = [self.truth(c, _part(f"{self.scope}Rules.{key.text}", n)) for n, c in enumerate(claims) if c]
            condition = rule.get("RuleCondition")
            applies = self.truth(condition, f"{self.scope}Rules.{key.text}") if condition else ALWAYS
            kept = either(
                self.world,
                [applies.negated(), every(self.world, parts, f"{self.scope}Rules.{key.text} holds")],
                f"{self.scope}Rules.{key.text} is kept",
            )
            if kept.true and frozenset() not in kept.true:
                self.world.constrain(kept.true)
                found.append(Assertion(f"{self.scope}Rules.{key.text}", kept.true, key.at))
        return found


def _is_name(value: Unknown) -> bool:
    return len(value.pieces) == 1 and value.holes[0].kind in NAMED_HOLES


def _breadth(value: Value) -> int:
    """How many alternatives a value has, in every setting together."""
    if not isinstance(value, Choice):
        return 1
    return sum(_breadth(one) for _, one in value.alternatives)


def _joined(given: Truth, side: tuple[Atoms, ...]) -> tuple[Atoms, ...]:
    return tuple(a | b for a in given.true for b in side)


def _part(name: str, index: int) -> str:
    return f"{name} (part {index + 1})"


def _text(value: Value) -> Value:
    """A list compared with a text is compared as its elements run together."""
    if isinstance(value, Items) and all(isinstance(one, Text) for one in value):
        return Text(",".join(str(one) for one in value), value.at)
    return value
