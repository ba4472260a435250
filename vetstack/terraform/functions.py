"""Calls of functions: what every call has in common, and the few whose arguments are not simply evaluated.

The functions themselves are tables in the modules beside this one. Source: Terraform language documentation, Functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from vetstack import texts
from vetstack.guards import Guard
from vetstack.logic import Truth, constant, either, every
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.terraform.conditions import boolean, equal, truth_of
from vetstack.terraform.elements import Failed, Spliced, failed, function_of, plain_lists
from vetstack.values import Choice, Items, Map, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.terraform import tree
    from vetstack.terraform.evaluator import Scope

ALTERNATIVES_LIMIT: Final = 64
"""Combinations of alternatives of its arguments that a function is asked for; of more, its value is unknown."""


class Given(NamedTuple):
    """One call with its arguments evaluated."""

    scope: Scope
    name: str
    arguments: Sequence[Value]
    at: Position

    @property
    def always(self) -> Guard:
        return self.scope.always

    def unknown(self) -> Unknown:
        """What the function gives when its arguments are not known well enough."""
        return function_of(self.name, self.arguments, self.at)


Function = Callable[[Given], "Value | None"]
"""A function of evaluated arguments; None when they are not known well enough."""


def call(scope: Scope, node: tree.Call) -> Value:
    """What a call gives."""
    name = node.name.removeprefix("core::")
    if name == "try":
        return _try(scope, node)
    if name in ("can", "contains", "alltrue", "anytrue"):
        truth = truth_of_call(scope, node, scope.condition_name(node))
        if truth is not None:
            return boolean(scope.module.work.world, truth, node.at)
    arguments = [scope.evaluate(one) for one in node.arguments]
    if not node.spread:
        return apply(Given(scope, name, arguments, node.at))
    rows: list[tuple[Guard, Value]] = []
    for guard, last in scope.always.over(arguments[-1]):
        for inner, more in _spread(guard, last):
            rows.append((inner, apply(Given(scope, name, [*arguments[:-1], *more], node.at))))
    return texts.alternatives_to_value(rows, node.at)


def _spread(guard: Guard, last: Value) -> list[tuple[Guard, list[Value]]]:
    if isinstance(last, Items):
        lists = plain_lists(guard, last)
        if lists is not None:
            return lists
    return [(guard, [last])]


def apply(given: Given) -> Value:
    """What a function gives for evaluated arguments."""
    from vetstack.terraform.functions_collections import COLLECTIONS
    from vetstack.terraform.functions_files import FILES
    from vetstack.terraform.functions_texts import TEXTS

    name = given.name.rpartition("::")[2]
    if given.scope.module.work.too_large(*given.arguments):
        return given.scope.widened(given.at)
    whole = COLLECTIONS.get(name)
    if whole is not None:
        found = whole(given)
        return found if found is not None else given.unknown()
    plain = TEXTS.get(name) or FILES.get(name)
    return for_each_alternative(given, plain) if plain is not None else given.unknown()


def for_each_alternative(given: Given, function: Function) -> Value:
    """A function of arguments without alternatives, for every combination of theirs that some setting allows."""
    rows: list[tuple[Guard, list[Value]]] = [(given.always, [])]
    for argument in given.arguments:
        rows = [(inner, [*before, one]) for guard, before in rows for inner, one in guard.over(argument)]
        if len(rows) > ALTERNATIVES_LIMIT:
            return given.unknown()
    made: list[tuple[Guard, Value]] = []
    for guard, arguments in rows:
        one = given._replace(arguments=arguments)
        wrong = next((argument for argument in arguments if isinstance(argument, Failed)), None)
        found = wrong if wrong is not None else function(one)
        made.append((guard, found if found is not None else one.unknown()))
    return texts.alternatives_to_value(made, given.at)


# ---- arguments that are not simply evaluated


def _try(scope: Scope, node: tree.Call) -> Value:
    """The first argument that can be evaluated, under each setting."""
    left: list[Guard] = [scope.always]
    rows: list[tuple[Guard, Value]] = []
    scope = scope.for_try()
    for expression in node.arguments:
        value = scope.evaluate(expression)
        again: list[Guard] = []
        for guard in left:
            for inner, one in guard.over(value):
                if isinstance(one, Failed):
                    again.append(inner)
                else:
                    rows.append((inner, value if inner is guard and not isinstance(value, Choice) else one))
        left = again
        if not left:
            break
    if not isinstance(scope.evaluate(node.arguments[0]), Choice) and len(rows) == 1:
        return rows[0][1]
    return texts.alternatives_to_value(rows, node.at) if rows else failed("try", node.at)


def truth_of_call(scope: Scope, node: tree.Call, name: str) -> Truth | None:
    """The settings under which a call gives true; None for a function that is not made to be asked so."""
    world = scope.module.work.world
    if node.spread:
        return None
    if node.name == "can" and len(node.arguments) == 1:
        return _can(scope, node.arguments[0], name)
    if node.name == "contains" and len(node.arguments) == 2:
        whole, wanted = (scope.evaluate(one) for one in node.arguments)
        options = []
        for guard, one in scope.always.over(whole):
            held = (
                either(world, [_contains_one(scope, element, wanted, name) for element in one], name)
                if isinstance(one, Items)
                else truth_of(world, failed(name, node.at), name)
            )
            options.append((guard, held))
        return together(scope, options)
    if node.name in ("alltrue", "anytrue") and len(node.arguments) == 1:
        value = scope.evaluate(node.arguments[0])
        if isinstance(value, Items):
            parts = [truth_of(world, one, name) for one in value]
            return (every if node.name == "alltrue" else either)(world, parts, name)
    if node.name in ("tobool", "nonsensitive", "sensitive") and len(node.arguments) == 1:
        return scope.truth(node.arguments[0])
    return None


def together(scope: Scope, options: list[tuple[Guard, Truth]]) -> Truth:
    """The truth of alternatives, each under its guard."""
    world = scope.module.work.world
    true = [guard.atoms | one for guard, held in options for one in held.true]
    false = [guard.atoms | one for guard, held in options for one in held.false]
    return Truth(
        tuple(one for one in dict.fromkeys(true) if world.consistent(one)),
        tuple(one for one in dict.fromkeys(false) if world.consistent(one)),
    )


def _contains_one(scope: Scope, element: Value, wanted: Value, name: str) -> Truth:
    if isinstance(element, Spliced):
        return truth_of(scope.module.work.world, failed(name, element.at), name)
    return equal(scope.module.work.world, element, wanted, name)


def _can(scope: Scope, expression: tree.Expression, name: str) -> Truth:
    """Whether an expression can be evaluated: one of which a part is unknown is left open."""
    options = []
    for guard, one in scope.always.over(scope.evaluate(expression)):
        if isinstance(one, Failed):
            held = constant(False)
        elif isinstance(one, Unknown):
            held = truth_of(scope.module.work.world, failed(name, one.at), name)
        else:
            held = constant(True)
        options.append((guard, held))
    return together(scope, options)


def length(value: Value, always: Guard, at: Position) -> Value:
    """How many elements a collection has, or characters a text."""
    rows: list[tuple[Guard, Value]] = []
    for guard, whole in always.over(value):
        if isinstance(whole, Items):
            lists = plain_lists(guard, whole)
            if lists is not None:
                rows.extend((inner, Text(str(len(items)), at)) for inner, items in lists)
                continue
        known = isinstance(whole, (Text, Map))
        rows.append((guard, Text(str(len(whole)), at) if known else function_of("length", [whole], at)))  # type: ignore[arg-type]
    return texts.alternatives_to_value(rows, at)
