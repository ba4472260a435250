"""`for` expressions of HCL: the rounds that each setting brings, and what they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vetstack import texts
from vetstack.guards import Guard
from vetstack.logic import ALWAYS, Truth, every
from vetstack.position import Position
from vetstack.terraform import tree
from vetstack.terraform.elements import conditional, entries
from vetstack.values import Absent, Items, Map, Value

if TYPE_CHECKING:
    from vetstack.terraform.evaluator import Scope


def for_tuple(scope: Scope, node: tree.ForTuple) -> Value:
    rows: list[tuple[Guard, Value]] = []
    for guard, whole in _collections(scope, node.collection):
        made = [one for _, one in _iterated(scope, node, guard, whole, node.value)]
        rows.append((guard, Items(made, node.at)))
    return texts.alternatives_to_value(rows, node.at)


def for_object(scope: Scope, node: tree.ForObject) -> Value:
    rows: list[tuple[Guard, Value]] = []
    for guard, whole in _collections(scope, node.collection):
        made: dict[str, Value] = {}
        key_at: dict[str, Position] = {}
        for inside, value in _iterated(scope, node, guard, whole, node.value):
            keys = inside.keys(node.key)
            for inner, name in keys:
                one = value if len(keys) == 1 else conditional(inner, value, node.at)
                if node.grouped:
                    before = made.get(name)
                    one = Items([*(before if isinstance(before, Items) else ()), one], node.at)
                made[name], key_at[name] = one, node.key.at
        rows.append((guard, Map(made, node.at, key_at)))
    return texts.alternatives_to_value(rows, node.at)


def _collections(scope: Scope, node: tree.Expression) -> list[tuple[Guard, Value]]:
    value = scope.module.instances_of(scope.evaluate(node), node.at)
    return list(scope.always.over(value))


def _iterated(
    outer: Scope, node: tree.ForTuple | tree.ForObject, given: Guard, whole: Value, body: tree.Expression
) -> list[tuple[Scope, Value]]:
    """The scope and the value of each round; a round that only a setting brings is a choice with nothing."""
    made: list[tuple[Scope, Value]] = []
    for guard, key, value in entries(given, whole):
        scope = outer.with_names({node.value_name: value, **({node.key_name: key} if node.key_name else {})})
        truth = scope.truth(node.condition) if node.condition is not None else ALWAYS
        if guard is not given:
            held = Truth((guard.atoms,), ())
            truth = Truth(every(outer.module.work.world, [held, truth], "").true, truth.false or (frozenset(),))
        one = scope.choose(truth, lambda scope=scope: scope.evaluate(body), None, node.at)  # type: ignore[misc]
        if not (isinstance(one, Absent) and not truth.true):
            made.append((scope, one))
    return made
