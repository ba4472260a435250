"""Variables: what they are, what a deployer may give them, and what they come to.

Source: Terraform language documentation, Input Variables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from vetstack.guards import NULL, Atom, Domain, Guard, Part
from vetstack.position import Position
from vetstack.template import Parameter
from vetstack.terraform import tree
from vetstack.terraform.arithmetic import number_of
from vetstack.terraform.blocks import attribute_value
from vetstack.terraform.elements import setting
from vetstack.terraform.evaluator import Scope
from vetstack.terraform.written import passed
from vetstack.values import ABSENT, Absent, Alternative, Choice, Hole, Items, Map, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.terraform.module import Module

ALLOWED_LIMIT: Final = 40
"""Values of a variable that are told apart; of more, the default and, for the rest, an unknown."""

PROBE_LENGTH: Final = 256
"""Longest text that a variable's own validation is tried on: it may hold a pattern that backtracks for ever."""


def type_name(block: tree.Block) -> str:
    """The type of a variable, "any" where it has none: `string`, `list`, `object` …"""
    written = block.body.attributes.get("type")
    expression = written.expression if written else None
    if isinstance(expression, tree.Call):
        return expression.name
    if isinstance(expression, tree.Name):
        return expression.name
    if isinstance(expression, tree.Traversal) and expression.path:
        return expression.path[0]
    if isinstance(expression, tree.Literal):  # as Terraform 0.11 had it
        return expression.text
    return "any"


def _flag(module: Module, block: tree.Block, name: str, otherwise: bool) -> bool:
    written = block.body.attributes.get(name)
    value = module.scope.evaluate(written.expression) if written else ABSENT
    return value == "true" if isinstance(value, Text) else otherwise


def _default(module: Module, name: str, block: tree.Block) -> Value | None:
    """The default, in the shape of the variable's type; None when it has none, ABSENT when that is null.

    What a `terraform.tfvars` in the module says stands in its place: whoever deploys the module fills that file in, so
    it settles nothing.
    """
    written = block.body.attributes.get("default")
    if module.inputs is None:
        for body in module.folder.tfvars.values():
            given = body.attributes.get(name)
            if given is not None and (written is not None or not _to_fill_in(given.expression)):
                written = given
    if written is None:
        return None
    value = passed(module.scope.evaluate(written.expression), f"{module.prefix}var.{name}")
    return shaped(value, block.body.attributes.get("type"), module.scope)


def _to_fill_in(expression: tree.Expression) -> bool:
    """Whether a value is an empty text, which only says where the deployer's own goes."""
    return isinstance(expression, tree.Literal) and expression.kind == "text" and not expression.text.strip()


def given_variable(module: Module, name: str, block: tree.Block, given: Value) -> Value:
    """A variable of a module that is called."""
    if isinstance(given, Absent):
        default = _default(module, name, block)
        given = ABSENT if default is None else default
    return shaped(given, block.body.attributes.get("type"), module.scope)


def root_variable(module: Module, name: str, block: tree.Block) -> Value:
    """A variable that the deployer sets."""
    address = f"var.{name}"
    settled = _settled(module, name)
    if settled is not None:
        value = passed(module.scope.evaluate(settled), address)
        return shaped(value, block.body.attributes.get("type"), module.scope)
    at, world = block.header_at, module.work.world
    hole = Hole("parameter", address)
    free = Unknown((hole,), at, (address,))
    default = _default(module, name, block)
    domain = world.domains.get(address)
    left = Part(f"{address} is left at its default", frozenset())
    if domain and domain.allowed and len(domain.allowed) <= ALLOWED_LIMIT:
        return _among(module, domain.allowed, default, free)
    if default is None:
        return free
    literal = _literal(default)
    known = Atom(address, literal, True) if literal is not None else Atom(f"{address} at its default", None, True)
    kept = Guard(world, (left._replace(atoms=frozenset({known})),))
    other = known._replace(holds=False)
    changed = Guard(world, (Part(str(other) if literal is not None else f"{address} is changed", frozenset({other})),))
    options = [Alternative(kept, default)]
    if world.possible(changed.atoms):
        options.append(Alternative(changed, free))
    return Choice(tuple(options), at, hole)


def _settled(module: Module, name: str) -> tree.Expression | None:
    """What the user says that a variable will be."""
    written = [body.attributes[name] for body in module.folder.settled.values() if name in body.attributes]
    return written[-1].expression if written else None


def _among(module: Module, allowed: tuple[str, ...], default: Value | None, free: Unknown) -> Value:
    """A variable whose values are listed."""
    world, name = module.work.world, free.holes[0].name
    options = []
    for one in allowed:
        atom = Atom(name, one, True)
        guard = setting(world, atom)
        if default is not None and _literal(default) == one:
            guard = Guard(world, (Part(f"{name} is left at its default", frozenset({atom})),))
        if world.possible(guard.atoms):
            value: Value = ABSENT if one == NULL else Text(one, free.at, free.via)
            options.append(Alternative(guard, value))
    return Choice(tuple(options), free.at, free.holes[0]) if len(options) > 1 else options[0].value if options else free


def _literal(value: Value) -> str | None:
    """What atoms call a default: a text, an empty collection, null; None for what has more in it."""
    if isinstance(value, Absent):
        return NULL
    if isinstance(value, (Items, Map)):
        return None if value else ""
    return str(value) if isinstance(value, Text) and len(value) <= PROBE_LENGTH else None


# ---- what a deployer may give


def read_parameter(module: Module, name: str, block: tree.Block) -> Parameter:
    """A root variable as the rules see it; what it admits becomes part of the world."""
    address, world = f"var.{name}", module.work.world
    nullable = _flag(module, block, "nullable", True)
    kind = type_name(block)
    default = _default(module, name, block)
    tests = _validations(block)
    # that somebody says `null` where the default is something else is possible, but nobody's idea
    admits = _admits(module, name, kind, nullable and (default is None or isinstance(default, Absent)), tests)
    listed = (("true", "false", NULL) if isinstance(default, Absent) else ("true", "false")) if kind == "bool" else None
    world.domains[address] = Domain(listed, admits)
    for test in tests:
        truth = module.scope.truth(test)
        if truth.true and frozenset() not in truth.true:
            world.constrain(tuple(setting(world, *one).atoms for one in truth.true))
    return Parameter(
        address=address,
        name=address,
        type=kind,
        default=ABSENT if default is None else default,
        allowed=_listed(world.domains[address].allowed, block.header_at, address),
        admits_empty=False,
        no_echo=_flag(module, block, "sensitive", False),
        at=block.header_at,
        settled=_settled(module, name) is not None,
        description=_words(module, block, "description"),
    )


def _words(module: Module, block: tree.Block, name: str) -> str:
    """An argument that is plain text, empty where it is none."""
    value = attribute_value(module.scope, block.body, name)
    return str(value) if isinstance(value, Text) else ""


def _listed(allowed: tuple[str, ...] | None, at: Position, address: str) -> tuple[Text, ...] | None:
    return tuple(Text(one, at, (address,)) for one in allowed if one != NULL) if allowed else None


def admits_empty(module: Module, parameter: Parameter) -> bool:
    """Whether an empty text may be given, now that all that is asked of variables is known."""
    if parameter.type not in ("string", "any"):
        return False
    world = module.work.world
    domain = world.domains[parameter.name]
    return domain.admits("") and world.possible(frozenset({Atom(parameter.name, "", True)}))


def _validations(block: tree.Block) -> list[tree.Expression]:
    conditions = [one.body.attributes.get("condition") for one in block.body.blocks if one.type == "validation"]
    return [one.expression for one in conditions if one is not None]


def _admits(
    module: Module, name: str, kind: str, nullable: bool, tests: list[tree.Expression]
) -> Callable[[str], bool]:
    """Whether a value passes a variable's own validation, which is tried on it."""
    known: dict[str, bool] = {}

    def admits(literal: str) -> bool:
        if literal not in known:
            known[literal] = True
            known[literal] = _fits(kind, nullable, literal) and _passes(module, name, kind, literal, tests)
        return known[literal]

    return admits


def _fits(kind: str, nullable: bool, literal: str) -> bool:
    if literal == NULL:
        return nullable
    if kind == "number":
        return number_of(literal) is not None
    return kind != "bool" or literal in ("true", "false")


def _passes(module: Module, name: str, kind: str, literal: str, tests: list[tree.Expression]) -> bool:
    if len(literal) > PROBE_LENGTH:
        return True
    at = module.variables[name].header_at
    value: Value = Text(literal, at)
    if literal == NULL:
        value = ABSENT
    elif literal == "" and kind not in ("string", "any"):
        value = Items((), at)
    scope = Scope(module, {"var": Map({name: value}, at, {})})
    return all(scope.truth(test).true for test in tests)


# ---- types


def shaped(value: Value, written: tree.Attribute | None, scope: Scope) -> Value:
    """A value as its variable's type has it: attributes of an object that are left out get their defaults."""
    return _shaped(value, written.expression, scope) if written is not None else value


def _shaped(value: Value, type: tree.Expression, scope: Scope) -> Value:
    if isinstance(value, Choice):
        options = tuple(Alternative(guard, _shaped(one, type, scope)) for guard, one in value.alternatives)
        return Choice(options, value.at, value.hole) if not hasattr(value, "source") else value
    if not isinstance(type, tree.Call) or not type.arguments:
        return value
    inner = type.arguments[0]
    if type.name == "object" and isinstance(inner, tree.Object) and isinstance(value, Map):
        return _as_object(value, inner, scope)
    if type.name in ("list", "set", "tuple") and isinstance(value, Items) and not isinstance(inner, tree.Tuple):
        return Items([_shaped(one, inner, scope) for one in value], value.at, value.via)
    if type.name == "map" and isinstance(value, Map):
        made = {key: _shaped(one, inner, scope) for key, one in value.items()}
        return Map(made, value.at, value.key_at, value.via)
    return value


def _as_object(value: Map, type: tree.Object, scope: Scope) -> Value:
    made: dict[str, Value] = dict(value)
    for entry in type.entries:
        if not isinstance(entry.key, tree.Literal):
            continue
        key, inner = entry.key.text, entry.value
        optional = isinstance(inner, tree.Call) and inner.name == "optional" and inner.arguments
        if isinstance(inner, tree.Call) and optional:
            given = made.get(key, ABSENT)
            if isinstance(given, Absent) and len(inner.arguments) > 1:
                given = passed(scope.evaluate(inner.arguments[1]), *value.via)
            made[key] = _shaped(given, inner.arguments[0], scope)
        elif key in made:
            made[key] = _shaped(made[key], inner, scope)
    return Map(made, value.at, value.key_at, value.via)
