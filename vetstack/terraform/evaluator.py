"""Expressions of HCL to values, evaluated as far as the configuration decides them.

Source: Terraform language documentation, Expressions. Which names there are is for `module.py` to say, what functions
give for `functions.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from vetstack import texts
from vetstack.guards import Guard
from vetstack.logic import ALWAYS, NEVER, Truth, atom, constant, either, every
from vetstack.position import Position
from vetstack.terraform import tree
from vetstack.terraform.arithmetic import ARITHMETIC, COMPARED, NOTHING, SOMETHING, calculated, counted, number_of
from vetstack.terraform.comprehensions import for_object, for_tuple
from vetstack.terraform.conditions import boolean, empty, equal, settings, truth_of
from vetstack.terraform.elements import NOT_THERE, conditional, entries, function_of, operand, shown
from vetstack.terraform.templates import render
from vetstack.values import ABSENT, Absent, Alternative, Choice, Hole, Items, Map, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.terraform.module import Module

NAME_LIMIT: Final = 60
"""Characters of an expression that a message shows where it cannot be said more simply."""


LEAVES_LIMIT: Final = 256
"""Alternatives of one value, those of its alternatives included."""


class Scope:
    """What names mean at one place of a module. names: variables of `for`, `each`, `count`, of a template.

    only: no other names are known; failing: what is not there matters, as it does to `try`.
    """

    __slots__ = ("module", "names", "only", "failing")

    def __init__(
        self, module: Module, names: Mapping[str, Value], *, only: bool = False, failing: bool = False
    ) -> None:
        self.module = module
        self.names = names
        self.only = only
        self.failing = failing

    @property
    def always(self) -> Guard:
        return self.module.work.world.always

    def with_names(self, names: Mapping[str, Value]) -> Scope:
        return Scope(self.module, {**self.names, **names}, only=self.only, failing=self.failing)

    def for_try(self) -> Scope:
        """This scope for the arguments of `try`."""
        return Scope(self.module, self.names, only=self.only, failing=True)

    def evaluate(self, expression: tree.Expression) -> Value:
        """What an expression can turn out to be."""
        if not self.module.work.spend():
            return Unknown((Hole("widened", "this configuration"),), expression.at)
        value = _EVALUATE[type(expression)](self, expression)
        if isinstance(value, (Items, Map)) and self.module.work.too_large(value):
            return self.widened(expression.at)
        return value

    def widened(self, at: Position) -> Unknown:
        """In the place of a value that has too much in it."""
        entry = (at, "this value has more in it than is looked at")
        if entry not in self.module.work.world.widened:
            self.module.work.world.widened.append(entry)
        return Unknown((Hole("widened", "this value"),), at)

    def text_of(self, node: tree.Node) -> str:
        """An expression as it is written, on one line, to call a condition by."""
        # ` > ` is how the address of an embedded template ends
        return self.module.work.written_at(node.at, NAME_LIMIT).replace(" > ", ">")

    # ---- texts and names

    def _literal(self, node: tree.Literal) -> Value:
        if node.kind == "null":
            return ABSENT
        if node.kind == "text":
            return render(self, (node,), node.at, node.block)
        return Text(node.text, node.at)

    def _template(self, node: tree.Template) -> Value:
        if len(node.parts) == 1 and isinstance(node.parts[0], tree.Interpolation):
            return self.evaluate(node.parts[0].expression)
        return render(self, node.parts, node.at, node.block)

    def _name(self, node: tree.Name) -> Value:
        return self._traversal(tree.Traversal(node, (), node.at))

    def _traversal(self, node: tree.Traversal) -> Value:
        root = node.root
        if not isinstance(root, tree.Name):
            return self.follow(self.evaluate(root), node.steps, node.at)
        if root.name in self.names:
            return self.follow(self.names[root.name], node.steps, node.at)
        if self.only:
            return Unknown((Hole("function", f"the name {root.name}"),), node.at)
        value, used = self.module.named(node.path, node.at)
        return self.follow(value, node.steps[used:], node.at)

    def follow(self, value: Value, steps: tuple[tree.Step, ...], at: Position) -> Value:
        """What one finds by taking the steps of a traversal from a value."""
        for number, one in enumerate(steps):
            if isinstance(one, tree.Splat):
                return self.follow(self._splat(value, one, at), steps[number + 1 :], at)
            if isinstance(one, tree.GetAttribute):
                value = self.module.attribute_of(value, one.name, at, failing=self.failing)
            else:
                key = self.evaluate(one.key)
                value = self.module.index_of(value, key, at, failing=self.failing)
        return value

    def _splat(self, value: Value, splat: tree.Splat, at: Position) -> Value:
        """Each element of a list; a value that is no list is a list of itself, null is an empty one."""
        value = self.module.instances_of(value, at)
        rows: list[tuple[Guard, Value]] = []
        for guard, whole in self.always.over(value):
            if isinstance(whole, Absent):
                rows.append((guard, Items((), at)))
            elif isinstance(whole, Unknown) and type(whole) is Unknown:
                one = next(entries(guard, whole))[2] if len(whole.pieces) == 1 else whole
                rows.append((guard, Items([self.follow(one, splat.each, at)], at)))
            else:
                elements = whole if isinstance(whole, Items) else [whole]
                rows.append((guard, Items([self._each(one, splat, at) for one in elements], at)))
        return texts.alternatives_to_value(rows, at)

    def _each(self, element: Value, splat: tree.Splat, at: Position) -> Value:
        if isinstance(element, Choice) and not element.hole:
            options = [Alternative(g, self._each_alternative(one, splat, at)) for g, one in element.alternatives]
            return type(element)(tuple(options), at)
        return self.follow(element, splat.each, at)

    def _each_alternative(self, value: Value, splat: tree.Splat, at: Position) -> Value:
        if isinstance(value, Items):
            return Items([self._each(one, splat, at) for one in value], at)
        return value if isinstance(value, Absent) else self.follow(value, splat.each, at)

    # ---- operations

    def _call(self, node: tree.Call) -> Value:
        from vetstack.terraform.functions import call

        return call(self, node)

    def _conditional(self, node: tree.Conditional) -> Value:
        return self.choose(self.truth(node.condition), lambda: self.evaluate(node.then), node.otherwise, node.at)

    def choose(self, truth: Truth, then: Callable[[], Value], otherwise: tree.Expression | None, at: Position) -> Value:
        """One value where a condition holds and another, or none, where it does not."""
        world = self.module.work.world
        yes, no = settings(world, truth.true), settings(world, truth.false)
        options: list[Alternative] = []
        if yes:
            value = then()
            options.extend(Alternative(guard, value) for guard in yes)
        if no:
            value = self.evaluate(otherwise) if otherwise is not None else NOT_THERE
            options.extend(Alternative(guard, value) for guard in no)
        if options and not (yes and no):
            return options[0].value
        if leaves(options, LEAVES_LIMIT) > LEAVES_LIMIT:
            return self.widened(at)
        return Choice(tuple(options), at) if options else NOT_THERE

    def _unary(self, node: tree.Unary) -> Value:
        if node.operator == "!":
            return self._boolean(node)
        value = self.evaluate(node.operand)
        if isinstance(value, Text):
            return Text(value[1:] if value.startswith("-") else f"-{value}", node.at)
        return function_of("-", [value], node.at)

    def _binary(self, node: tree.Binary) -> Value:
        if node.operator not in ARITHMETIC:
            return self._boolean(node)
        rows: list[tuple[Guard, Value]] = []
        for guard, left in self.always.over(self.evaluate(node.left)):
            for inner, right in guard.over(self.evaluate(node.right)):
                rows.append((inner, calculated(node.operator, left, right, node.at)))
        return texts.alternatives_to_value(rows, node.at)

    def _boolean(self, node: tree.Expression) -> Value:
        return boolean(self.module.work.world, self.truth(node), node.at)

    def _parentheses(self, node: tree.Parentheses) -> Value:
        return self.evaluate(node.expression)

    # ---- conditions

    def truth(self, node: tree.Expression) -> Truth:
        """The settings under which a condition holds and those under which it does not."""
        world, name = self.module.work.world, self.condition_name(node)
        if isinstance(node, tree.Parentheses):
            return self.truth(node.expression)
        if isinstance(node, tree.Unary) and node.operator == "!":
            return self.truth(node.operand).negated()
        if isinstance(node, tree.Binary):
            return self._comparison(node, name)
        if isinstance(node, tree.Conditional):
            condition = self.truth(node.condition)
            both = [
                every(world, [condition, self.truth(node.then)], name),
                every(world, [condition.negated(), self.truth(node.otherwise)], name),
            ]
            return either(world, both, name)
        if isinstance(node, tree.Call):
            from vetstack.terraform.functions import truth_of_call

            found = truth_of_call(self, node, name)
            if found is not None:
                return found
        return truth_of(world, self.evaluate(node), name)

    def condition_name(self, node: tree.Node) -> str:
        """What an opaque condition is called; in another module or for another key it is another one."""
        each = self.names.get("each")
        known = [shown(each.child("key"))] if isinstance(each, Map) else []
        place = ", ".join([*([self.module.address] if self.module.address else []), *known])
        return f"{self.text_of(node)} ({place})" if place else self.text_of(node)

    def _comparison(self, node: tree.Binary, name: str) -> Truth:
        world = self.module.work.world
        if node.operator in ("&&", "||"):
            return self._joined(node, name)
        question = counted(node)
        if question:
            return self._length(*question, name)
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        if node.operator in ("==", "!="):
            same = equal(world, left, right, name)
            return same if node.operator == "==" else same.negated()
        if isinstance(left, Text) and isinstance(right, Text):
            one, other = number_of(left), number_of(right)
            if one is not None and other is not None:
                return constant(COMPARED[node.operator](one, other))
        return atom(name, None)

    def _joined(self, node: tree.Binary, name: str) -> Truth:
        """`&&` and `||`, whose right side is not asked where the left one decides."""
        world, decisive = self.module.work.world, NEVER if node.operator == "&&" else ALWAYS
        left = self.truth(node.left)
        if left == decisive:
            return decisive
        return (every if node.operator == "&&" else either)(world, [left, self.truth(node.right)], name)

    def _length(self, collection: tree.Expression, operator: str, number: str, name: str) -> Truth:
        """`length(collection) operator number`, where it only asks whether there is anything."""
        world, value = self.module.work.world, self.evaluate(collection)
        if (operator, number) in NOTHING:
            return empty(world, value, name)
        if (operator, number) in SOMETHING:
            return empty(world, value, name).negated()
        from vetstack.terraform.functions import length

        number_now = length(value, self.always, collection.at)
        options = []
        for guard, one in self.always.over(number_now):
            known = number_of(one) if isinstance(one, Text) else None
            held = constant(COMPARED[operator](known, float(number))) if known is not None else atom(name, None)
            options.append((guard, held))
        true = [guard.atoms | one for guard, held in options for one in held.true]
        false = [guard.atoms | one for guard, held in options for one in held.false]
        return Truth(tuple(filter(world.consistent, true)), tuple(filter(world.consistent, false)))

    # ---- collections

    def _tuple(self, node: tree.Tuple) -> Value:
        return Items([self.evaluate(item) for item in node.items], node.at)

    def _object(self, node: tree.Object) -> Value:
        made: dict[str, Value] = {}
        key_at: dict[str, Position] = {}
        for entry in node.entries:
            value = self.evaluate(entry.value)
            keys = self.keys(entry.key)
            for guard, name in keys:
                made.pop(name, None)
                made[name] = value if len(keys) == 1 else conditional(guard, value, entry.key.at)
                key_at[name] = entry.key.at
        return Map(made, node.at, key_at)

    def keys(self, key: tree.Expression) -> list[tuple[Guard, str]]:
        """A key as text, under each setting; one that only the deployer knows is what names it."""
        if isinstance(key, tree.Literal):
            return [(self.always, key.text)]
        rows = list(self.always.over(operand(self.evaluate(key))))
        return [(guard, "" if isinstance(one, Absent) else str(one)) for guard, one in rows]


def leaves(options: Iterable[Alternative], limit: int) -> int:
    """How many alternatives some have in the end; counting stops at the limit."""
    found = 0
    for _, value in options:
        found += leaves(value.alternatives, limit - found) if isinstance(value, Choice) else 1
        if found > limit:
            break
    return found


_EVALUATE: Final[dict[type, Callable[[Scope, Any], Value]]] = {
    tree.Literal: Scope._literal,
    tree.Template: Scope._template,
    tree.Name: Scope._name,
    tree.Traversal: Scope._traversal,
    tree.Call: Scope._call,
    tree.Conditional: Scope._conditional,
    tree.Unary: Scope._unary,
    tree.Binary: Scope._binary,
    tree.Parentheses: Scope._parentheses,
    tree.Tuple: Scope._tuple,
    tree.Object: Scope._object,
    tree.ForTuple: for_tuple,
    tree.ForObject: for_object,
}
