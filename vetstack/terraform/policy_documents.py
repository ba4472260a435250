"""`data.aws_iam_policy_document` as the document that it makes.

Source: the AWS provider's documentation of the data source, and its `iam_policy_model.go` for how statements merge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.terraform.elements import Spliced, conditional, operand
from vetstack.terraform.written import as_document, like, passed
from vetstack.values import ABSENT, Absent, Alternative, Choice, Items, Map, Text, Unknown, Value, position_of

if TYPE_CHECKING:
    from vetstack.terraform.resources import Declared, Instance
    from vetstack.terraform.workspace import Workspace

PLAIN: Final = {
    "sid": "Sid",
    "effect": "Effect",
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}
"""Arguments of a statement, and what they are called in the document."""

OPPOSITES: Final = {"Action": "NotAction", "Resource": "NotResource", "Principal": "NotPrincipal"}
"""Of each pair a statement has one."""

PRINCIPALS: Final = {"principals": "Principal", "not_principals": "NotPrincipal"}

SOURCES: Final = ("source_json", "source_policy_documents")
OVERRIDES: Final = ("override_policy_documents", "override_json")


def document(declared: Declared, instance: Instance) -> Value:
    """The document of one instance of the data source."""
    work = declared.module.work
    with work.owned(instance.address):
        return document_of(work, declared.properties(instance), declared.block.header_at)


def document_of(work: Workspace, block: Map, at: Position) -> Value:
    """The document that the arguments of a data source make."""
    statements: list[Value] = []
    for name in SOURCES:
        statements = _merged(statements, _of_documents(work, block.child(name)), work.world.always)
    always = work.world.always
    own = [_mapped(one, lambda one: _statement(one, always)) for one in _list(block.child("statement"))]
    statements = _merged(statements, own, work.world.always)
    for name in OVERRIDES:
        statements = _merged(statements, _of_documents(work, block.child(name)), work.world.always)
    version = block.get("version", Text("2012-10-17", at))
    made: dict[str, Value] = {"Version": version, "Statement": Items(statements, at)}
    return Map(made, at, dict.fromkeys(made, at))


def _list(value: Value) -> list[Value]:
    return list(value) if isinstance(value, Items) else [] if isinstance(value, Absent) else [value]


def _mapped(value: Value, change: Callable[[Map], Value]) -> Value:
    """A block, or each alternative of one that only a setting brings, changed."""
    if isinstance(value, Map):
        return change(value)
    if isinstance(value, Choice):
        return like(value, [Alternative(guard, _mapped(one, change)) for guard, one in value.alternatives])
    if isinstance(value, Items):
        return Items([_mapped(one, change) for one in value], value.at, value.via)
    return value


# ---- statements


def _statement(block: Map, always: Guard) -> Value:
    made: dict[str, Value] = {}
    key_at: dict[str, Position] = {}
    for name, own in PLAIN.items():
        if name in block:
            made[own], key_at[own] = _with_variables(block[name]), block.key_at.get(name, block.at)
    if "Effect" not in made:
        made["Effect"], key_at["Effect"] = Text("Allow", block.at), block.at
    for name, own in PRINCIPALS.items():
        if name in block:
            key_at[own] = block.key_at.get(name, block.at)
            made[own] = _principals(_list(block[name]), key_at[own], always)
    if "condition" in block:
        made["Condition"] = _conditions(_list(block["condition"]), block.at, always)
        key_at["Condition"] = block.key_at.get("condition", block.at)
    for own, other in OPPOSITES.items():
        if own in made and other in made and _all_unknown(made[other]):
            del made[other]  # one of the two is null, and a statement that only a variable fills says nothing of which
    return Map(made, block.at, key_at, block.via)


def _all_unknown(value: Value) -> bool:
    """Whether nothing is known of an argument, which may then be null."""
    if isinstance(value, (Items, Map)):
        return all(_all_unknown(one) for one in (value.values() if isinstance(value, Map) else value))
    if isinstance(value, Choice):
        return all(_all_unknown(one) for _, one in value.alternatives)
    return isinstance(value, (Unknown, Absent))


def _with_variables(value: Value) -> Value:
    """`&{aws:username}` is how the data source writes a policy variable."""
    if isinstance(value, Text):
        return Text(value.replace("&{", "${"), value.at, value.via) if "&{" in value else value
    if isinstance(value, Unknown):
        if not any(isinstance(piece, str) and "&{" in piece for piece in value.pieces):
            return value
        pieces = tuple(one.replace("&{", "${") if isinstance(one, str) else one for one in value.pieces)
        return Unknown(pieces, value.at, value.via)
    if isinstance(value, Items):
        return Items([_with_variables(one) for one in value], value.at, value.via)
    if isinstance(value, Choice):
        return like(value, [Alternative(guard, _with_variables(one)) for guard, one in value.alternatives])
    return value


Found = list[tuple["Guard | None", Map]]


def _each(elements: list[Value]) -> Found:
    """The blocks among some elements, each with the guard that brings it, None when it is always there."""
    found: Found = []
    for element in elements:
        if isinstance(element, Map):
            found.append((None, element))
        elif isinstance(element, Choice):
            for guard, one in element.alternatives:
                for inner, block in _each(_list(one)):
                    both = guard if inner is None else guard & inner
                    if both is not None:
                        found.append((both, block))
    return found


def _opened(found: Found, key: str, always: Guard) -> list[tuple[Guard | None, Map, str]]:
    """The blocks with what one argument of theirs, which becomes a key of the document, is under each setting."""
    rows: list[tuple[Guard | None, Map, str]] = []
    for guard, block in found:
        value = block.child(key)
        if not isinstance(value, Choice):
            rows.append((guard, block, "" if isinstance(value, Absent) else str(value)))
            continue
        for inner, one in (guard or always).over(operand(value)):
            rows.append((inner if inner.atoms else None, block, "" if isinstance(one, Absent) else str(one)))
    return rows


def _under(guard: Guard | None, value: Value, at: Position) -> Value:
    return value if guard is None else conditional(guard, value, at)


def _principals(elements: list[Value], at: Position, always: Guard) -> Value:
    """`type` and `identifiers` of each block; with type `*` it is everybody."""
    made: dict[str, list[Value]] = {}
    key_at: dict[str, Position] = {}
    for guard, block, name in _opened(_each(elements), "type", always):
        identifiers = _with_variables(block.child("identifiers"))
        name = "AWS" if "${" in name else name
        if name == "*" and guard is None and not made:
            return Text("*", position_of(identifiers) or block.at)
        name = "AWS" if name == "*" else name
        key_at.setdefault(name, block.key_at.get("type", block.at))
        held = made.setdefault(name, [])
        if guard is None:
            held.extend(_list(identifiers))
        else:
            listed = Items(_list(identifiers), position_of(identifiers) or block.at)
            option = conditional(guard, listed, block.at)
            held.append(Spliced(option.alternatives, option.at) if isinstance(option, Choice) else option)
    return Map({name: Items(values, key_at[name]) for name, values in made.items()}, at, key_at)


def _conditions(elements: list[Value], at: Position, always: Guard) -> Value:
    """`test`, `variable` and `values` of each block; blocks with the same test and variable add their values."""
    tests: dict[str, dict[str, list[tuple[Guard | None, Map]]]] = {}
    for outer, one, test in _opened(_each(elements), "test", always):
        for guard, block, variable in _opened([(outer, one)], "variable", always):
            tests.setdefault(test, {}).setdefault(variable, []).append((guard, block))
    made: dict[str, Value] = {}
    key_at: dict[str, Position] = {}
    for test, variables in tests.items():
        blocks = [one for found in variables.values() for one in found]
        guard, first = blocks[0]
        key_at[test] = first.key_at.get("test", first.at) if guard is None else first.at  # a dynamic block's header
        if len(blocks) == 1:  # then it is the whole test that a setting brings
            inner = _tested(next(iter(variables)), [(None, first)])
            made[test] = _under(guard, Map({inner[0]: inner[1]}, first.at, {inner[0]: inner[2]}), first.at)
            continue
        rows = [_tested(variable, found) for variable, found in variables.items()]
        made[test] = Map({name: value for name, value, _ in rows}, first.at, {name: place for name, _, place in rows})
    unknown = [one for one in elements if isinstance(one, Unknown)]
    if unknown and not made:
        return unknown[0]
    return Map(made, at, key_at)


def _tested(variable: str, found: list[tuple[Guard | None, Map]]) -> tuple[str, Value, Position]:
    """One key of a condition: its name, its values and where it stands."""
    guard, first = found[0]
    at = first.key_at.get("variable", first.at)
    values = _with_variables(first.child("values"))
    if len(found) == 1:
        return variable, _under(guard, values, first.at), at
    every: list[Value] = []
    for held, block in found:
        listed = _list(_with_variables(block.child("values")))
        every.extend(listed if held is None else [conditional(held, Items(listed, block.at), block.at)])
    return variable, Items(every, first.at), at


# ---- other documents


def _of_documents(work: Workspace, value: Value) -> list[Value]:
    """The statements of the documents in a list, or of one document."""
    if isinstance(value, Choice):
        options = [Alternative(g, Items(_of_documents(work, one), value.at)) for g, one in value.alternatives]
        return [Spliced(tuple(options), value.at)]
    if isinstance(value, Items):
        return [statement for one in value for statement in _of_documents(work, one)]
    whole = as_document(value, work.world.always, work.complain)
    if isinstance(whole, Map):
        return [passed(one, *whole.via) for one in _list(whole.child("Statement"))]
    if isinstance(whole, Choice):
        return _of_documents(work, whole)
    return [whole] if isinstance(whole, Unknown) else []


def _merged(statements: list[Value], more: list[Value], always: Guard) -> list[Value]:
    """Statements and further ones, of which one with a Sid takes the place of an earlier one with the same."""
    made = list(statements)
    for one in more:
        sid = _sid(one)
        place = next((n for n, other in enumerate(made) if sid and _sid(other) == sid), None)
        if place is None:
            made.append(one)
        elif isinstance(one, Choice):
            options = [Alternative(g, made[place] if isinstance(v, Absent) else v) for g, v in one.alternatives]
            made[place] = like(one, options)
        else:
            made[place] = one
    return made


def _sid(statement: Value) -> str:
    """The Sid of a statement, "" where it has none."""
    if isinstance(statement, Choice) and not isinstance(statement, Spliced):
        return next((sid for _, one in statement.alternatives if (sid := _sid(one))), "")
    value = statement.child("Sid") if isinstance(statement, Map) else ABSENT
    return str(value) if isinstance(value, Text) else ""
