"""What the unknown values of a plan refer to, found through its configuration: resources, data sources, variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.sources.interface import Mapping, Node
from vetstack.terraform.elements import attribute, index
from vetstack.terraform.plan_configuration import Reference, leaves, read_reference
from vetstack.terraform.plan_resources import Planned, below
from vetstack.terraform.references import ACCOUNT, ALWAYS_MADE, HOLES, NAMES, OF_AWS, OWN_ARNS, PARTITION, SECRETS
from vetstack.terraform.workspace import INSTANCES_LIMIT
from vetstack.terraform.written import passed
from vetstack.texts import moved
from vetstack.values import ABSENT, Absent, Hole, Items, Map, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.terraform.plan import Plan

DOCUMENTS: Final = "aws_iam_policy_document"

NOTHING: Final = frozenset({"count", "path", "terraform", "tofu", "self", "each"})
"""First names of references that say nothing of where a value comes from."""


class Place(NamedTuple):
    """Where an expression stands: its module instance, the block around it, and the key of the block's instance."""

    module: str
    block: Mapping | None
    key: str | None


class References:
    """The references of one plan. What depends on itself, as no true plan does, ends as unknown."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[tuple[Reference, str, str | None, str], list[Value]] = {}

    def value(self, expression: Node | None, place: Place, name: str, at: Position, what: str) -> Value:
        """What an expression that only the apply decides comes to.

        name: the argument that it is for; what: the argument's address, for what cannot be told.
        """
        found = self._candidates(expression, place, name, at)
        if len(found) > 1:
            found = [one for one in found if not isinstance(one, Text)] or found
        if len(found) == 1:
            return found[0]
        unknown = [one for one in found if isinstance(one, Unknown)]
        if unknown and len(unknown) == len(found) and all(_is_whole_reference(one) for one in unknown):
            return Items(unknown, at)
        holes = tuple(dict.fromkeys(hole for one in unknown for hole in one.holes))
        if not holes or len(unknown) < len(found):
            holes = (*holes, Hole("applied", what))
        return Unknown(holes, at)

    def _candidates(self, expression: Node | None, place: Place, name: str, at: Position) -> list[Value]:
        if isinstance(expression, Mapping) and "constant_value" in expression:
            return [self._plan.plain(expression.get("constant_value"), at)]
        found = [
            value
            for text in leaves(below(expression, "references"))
            for value in self._of(read_reference(text), place, name, at)
            if not isinstance(value, Absent)
        ]
        return _without_repetition(found)

    def _of(self, reference: Reference, place: Place, name: str, at: Position) -> list[Value]:
        root = reference.base.partition(".")[0]
        if reference.base == "each.value":
            block = place.block
            around = place._replace(block=None)
            return self._candidates(block.get("for_each_expression") if block else None, around, name, at)
        if root in NOTHING:
            return []
        if root in ("var", "module"):
            return self._kept(reference, place, name, at)
        if root == "local":
            prefix = f"{place.module}." if place.module else ""
            return [Unknown((Hole("applied", f"{prefix}{reference.base}"),), at)]
        return self._of_block(reference, place, name, at)

    def _kept(self, reference: Reference, place: Place, name: str, at: Position) -> list[Value]:
        """A variable or an output, looked up once: each may be made of many, and all of those of many more."""
        kept = (reference, place.module, place.key, name)
        if kept not in self._known:
            prefix = f"{place.module}." if place.module else ""
            self._known[kept] = [Unknown((Hole("applied", f"{prefix}{reference.base}"),), at)]  # should it need itself
            if reference.base.startswith("var."):
                value = self._variable(reference.base[4:], place, name, at)
                self._known[kept] = [_stepped(value, reference, at, self._plan.always)]
            else:
                self._known[kept] = self._outputs(reference, place, name, at)
        return [moved(one, at) if type(one) is Unknown else one for one in self._known[kept]]

    def _variable(self, own: str, place: Place, name: str, at: Position) -> Value:
        if not place.module:
            return self._plan.variable(own, at)
        caller, call, key = self._plan.configuration.call(place.module)
        given = below(call, "expressions", own)
        if given is None:
            written = self._plan.configuration.module(place.module)
            default = below(written, "variables", own, "default")
            return self._plan.plain(default, at) if default else ABSENT
        return self.value(given, Place(caller, call, key), name, at, f"{place.module}.var.{own}")

    def _outputs(self, reference: Reference, place: Place, name: str, at: Position) -> list[Value]:
        prefix = f"{place.module}." if place.module else ""
        if not reference.rest:
            return []
        made: list[Value] = []
        for module in self._plan.instances_of_module(prefix + reference.base, reference.key, place.key):
            written = self._plan.configuration.module(module)
            given = below(written, "outputs", reference.rest[0], "expression")
            inner = Place(module, None, None)
            made.append(self.value(given, inner, name, at, f"{module}.{reference.rest[0]}"))
        return made

    # ---- resources and data sources

    def _of_block(self, reference: Reference, place: Place, name: str, at: Position) -> list[Value]:
        found = self._plan.instances(place.module, reference.base, reference.key, place.key)
        data = reference.base.startswith("data.")
        type_name = reference.base.split(".")[1 if data else 0]
        hole = HOLES.get((type_name, reference.rest[0])) if data and reference.rest else None
        if hole is not None:
            return [Unknown((hole,), at)]
        if len(found) > INSTANCES_LIMIT:
            return [Unknown((Hole("resource", reference.base),), at)]
        if data and not found:
            prefix = f"{place.module}." if place.module else ""
            return [Unknown((Hole("external", f"{prefix}{reference.base}#{'.'.join(reference.rest)}"),), at)]
        return [self._attribute(one, reference, name, at) for one in found]

    def _attribute(self, planned: Planned, reference: Reference, name: str, at: Position) -> Value:
        wanted = reference.rest[0] if reference.rest else _guessed(planned, name)
        if planned.data:
            return self._of_data(planned, wanted, at)
        if wanted in NAMES.get(planned.type, ()):
            return Unknown((Hole("resource", planned.address),), at)
        if wanted not in ALWAYS_MADE:
            known = self._plan.properties(planned).child(wanted)
            if isinstance(known, (Text, Map, Items)):
                return passed(known, planned.address)
        kind = "resource" if planned.type.startswith(OF_AWS) else "generated"
        return Unknown((Hole(kind, f"{planned.address}#{wanted}"),), at)

    def _of_data(self, planned: Planned, wanted: str, at: Position) -> Value:
        if planned.type == DOCUMENTS and wanted in ("json", "minified_json"):
            return passed(self._plan.document(planned), planned.address)
        known = self._plan.properties(planned).child(wanted)
        if not isinstance(known, (Absent, Unknown)):
            return passed(known, planned.address)
        if planned.type.startswith("aws_iam_") and wanted in OWN_ARNS:
            hole = Hole("external", f"{planned.address}#{wanted}")
            return Unknown(("arn:", PARTITION, ":iam::", ACCOUNT, ":", hole), at)
        kind = "reference" if planned.type.startswith(SECRETS) else "external"
        return Unknown((Hole(kind, f"{planned.address}#{wanted}"),), at, (planned.address,))


def _guessed(planned: Planned, name: str) -> str:
    """The attribute of a block whose instance is chosen by an expression: then the plan does not say which one."""
    if planned.type == DOCUMENTS:
        return "json"
    return "arn" if "arn" in name or planned.type == "aws_iam_policy" else "id"


def _stepped(value: Value, reference: Reference, at: Position, always: Guard) -> Value:
    """`var.x.name`, `var.x["key"]`."""
    for step in (*(() if reference.key is None else ("[" + reference.key,)), *reference.rest):
        if step.startswith("["):
            value = index(value, Text(step[1:], at), always, at)
        else:
            value = attribute(value, step, always, at)
    return value


def _is_whole_reference(value: Unknown) -> bool:
    """Whether a value is nothing but what a resource of the plan is called."""
    return len(value.pieces) == 1 and value.holes[0].kind == "resource"


def _without_repetition(values: Sequence[Value]) -> list[Value]:
    made: list[Value] = []
    for one in values:
        if not any(one is other or (isinstance(one, (Text, Unknown)) and one == other) for other in made):
            made.append(one)
    return made
