"""Nodes to values: every intrinsic function of CloudFormation, evaluated as far as the template decides it.

Source: CloudFormation user guide, intrinsic-function-reference and pseudo-parameter-reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from vetstack import texts
from vetstack.cloudformation import text as intrinsics
from vetstack.cloudformation.conditions import Conditions
from vetstack.cloudformation.loops import LOOP, entries
from vetstack.cloudformation.mappings import TRANSFORM, find_in_map, open_mappings
from vetstack.cloudformation.parameters import as_value, is_looked_up, told_apart
from vetstack.cloudformation.strings import DOCUMENT_KEYS, document
from vetstack.embedding import Embedded
from vetstack.guards import Atom, Guard, Part, World
from vetstack.position import Position
from vetstack.sources.interface import Mapping, Node, Scalar, Sequence
from vetstack.template import Macro, Parameter, Undecided
from vetstack.values import ABSENT, Absent, Alternative, Choice, Hole, Items, Map, Text, Unknown, Value

PSEUDO: Final = {
    "AWS::AccountId": "own-account",
    "AWS::Region": "own-region",
    "AWS::Partition": "partition",
    "AWS::URLSuffix": "url-suffix",
    "AWS::StackName": "stack-name",
    "AWS::StackId": "stack-id",
    "AWS::NotificationARNs": "function",
}

ONE_STACK: Final = frozenset({"AWS::CloudFormation::Stack", "aws_cloudformation_stack"})
"""Types that make their template one stack, where they stand themselves."""

_VARIABLE = re.compile(r"\$\{(!?)([^{}]*)\}")

_OWN_OF_STACK: Final = frozenset({"stack-name", "stack-id"})
_OWN_OF_INSTANCE: Final = _OWN_OF_STACK | {"own-account", "own-region"}
"""What each instance of a stack set has of its own; a nested stack shares account and region with the outer one."""


class Resolver:
    """Resolves the nodes of one template.

    known: what the parameters of an embedded template are given, None at the top level, where the deployer gives
    them. outer_names: values that an outer template writes into this one's text. logical_ids: the resources there are.
    exists: the settings that bring the template into being.
    """

    def __init__(
        self,
        world: World,
        scope: str,
        parameters: dict[str, Parameter],
        root: Mapping,
        outer: Embedded | None,
    ) -> None:
        self.world = world
        self.scope = scope
        self.parameters = parameters
        self.known = outer.known if outer else None
        self.outer_names = (outer.outer_names or {}) if outer else {}
        self.exists = (world.always,) if outer is None or outer.exists is None else outer.exists
        self._own = _own_of(outer)
        mappings = root.get("Mappings")
        self.mappings = mappings if isinstance(mappings, Mapping) else Mapping(root.at)
        self.open_mappings = open_mappings(self.mappings)
        resources = root.get("Resources")
        self.logical_ids = set(resources.entries) if isinstance(resources, Mapping) else set()
        self.conditions = Conditions(world, scope, root.get("Conditions"), self.operand)
        self.macros: list[Macro] = []
        self.undecided: list[Undecided] = []
        self.owner = f"{scope}Template"
        self.loop: dict[str, Value] = {}
        self._functions: dict[str, Callable[[Node, Position], Value]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": lambda node, at: find_in_map(self, node, at) or self.malformed("Fn::FindInMap", at),
            "Fn::ImportValue": self._import,
            "Fn::Base64": lambda node, at: self.resolve(node),  # rules read the code, not its encoding
            "Fn::ToJsonString": lambda node, at: self.resolve(node),  # likewise the structure
            "Fn::Length": self._length,
            "Fn::Cidr": lambda node, at: Unknown((Hole("function", "Fn::Cidr"),), at),
            "Fn::GetAZs": lambda node, at: Unknown((Hole("function", "Fn::GetAZs"),), at),
            TRANSFORM: self._transform,
        }

    def resolve(self, node: Node | None) -> Value:
        """What a node can turn out to be; None is ABSENT."""
        if node is None:
            return ABSENT
        if isinstance(node, Scalar):
            return ABSENT if node.null else intrinsics.literal(node.text, node.at)
        if isinstance(node, Sequence):
            items = (self.resolve(item) for item in node.items)
            return Items([item for item in items if not isinstance(item, Absent)], node.at)
        if len(node.entries) == 1:
            ((key, value),) = node.entries.values()
            function = self._functions.get(key.text)
            if function:
                return function(value, node.at)
        return self._map(node)

    def operand(self, node: Node) -> Value:
        """A node as a condition compares it: a parameter is its name, whatever its default."""
        if isinstance(node, Mapping) and len(node.entries) == 1 and "Ref" in node:
            name = node.get("Ref")
            parameter = self.parameters.get(name.text) if isinstance(name, Scalar) else None
            if parameter and self.known is None and not is_looked_up(parameter.type):
                return self._free(parameter, node.at)
        return self.resolve(node)

    def _map(self, node: Mapping) -> Value:
        made: dict[str, Value] = {}
        key_at: dict[str, Position] = {}
        for key, value in node.items():
            if key.text == TRANSFORM:  # what it adds is noted where macros are
                continue
            if key.text.startswith(LOOP):
                for name, at, resolved in entries(self, key, value):
                    made[name], key_at[name] = resolved, at
                continue
            is_document = key.text in DOCUMENT_KEYS
            resolved = document(self, value, self.exists) if is_document else self.resolve(value)
            if not isinstance(resolved, Absent):
                made[key.text], key_at[key.text] = resolved, key.at
        return Map(made, node.at, key_at)

    # ---- references

    def _ref(self, node: Node, at: Position) -> Value:
        name = self.resolve(node)
        return self.reference(str(name), at) if isinstance(name, Text) else self.malformed("Ref", at)

    def reference(self, name: str, at: Position) -> Value:
        """What `Ref: name` and `${name}` give."""
        if name == "AWS::NoValue":
            return ABSENT
        for named in (self.loop, self.outer_names):
            if name in named:
                return texts.moved(named[name], at)
        if name in PSEUDO:
            own = self.scope if PSEUDO[name] in self._own else ""
            return Unknown((Hole(PSEUDO[name], own + name),), at)
        parameter = self.parameters.get(name)
        if parameter:
            return self._parameter(parameter, at)
        if name in self.logical_ids or self.loop:
            return Unknown((Hole("resource", self.scope + name),), at)
        return Unknown((Hole("parameter", self.scope + name),), at)

    def _free(self, parameter: Parameter, at: Position) -> Unknown:
        return Unknown((Hole("parameter", self.scope + parameter.name),), at, (parameter.address,))

    def _parameter(self, parameter: Parameter, at: Position) -> Value:
        free = self._free(parameter, at)
        if self.known is not None:
            return self._passed(parameter, self.known.get(parameter.name, ABSENT), free)
        name = self.scope + parameter.name
        domain = self.world.domains.get(name)
        allowed = parameter.allowed if is_looked_up(parameter.type) else domain.allowed if domain else None
        if allowed and len(told := told_apart(allowed)) == len(allowed):
            options = [self._when(name, one, self._given(parameter, Text(one, at))) for one in told]
            return Choice(tuple(options), at, free.holes[0]) if len(options) > 1 else options[0].value
        some = told_apart(parameter.allowed or ()) if not is_looked_up(parameter.type) else []
        if some:  # of a list that is too long to tell apart, or of the elements that a list is made of
            return self._some(parameter, free, some)
        if not isinstance(parameter.default, Text):
            return free
        default = str(parameter.default)
        left = self.setting(f"{parameter.name} is left at its default", Atom(name, default, True))
        other = Atom(name, default, False)
        changed = self.setting(str(other), other)
        at_default = self._given(parameter, Text(default, at))
        options = [Alternative(left, at_default), Alternative(changed, free)]
        return Choice(tuple(options), at, free.holes[0])

    def _some(self, parameter: Parameter, free: Unknown, told: list[str]) -> Value:
        """The default and some other values that a parameter can have, and for all the rest an unknown."""
        name, default = self.scope + parameter.name, parameter.default
        literals = dict.fromkeys([str(default), *told] if isinstance(default, Text) else told)
        options = [self._when(name, one, self._given(parameter, Text(one, free.at))) for one in literals]
        others = frozenset(Atom(name, one, False) for one in literals)
        rest = Guard(self.world, (Part(f"{parameter.name} is something else", others),))
        return Choice((*options, Alternative(rest, free)), free.at, free.holes[0])

    def _passed(self, parameter: Parameter, given: Value, free: Unknown) -> Value:
        """What the outer template gives a parameter; its default where it gives nothing."""
        if isinstance(given, Choice):
            options = (Alternative(guard, self._passed(parameter, one, free)) for guard, one in given.alternatives)
            return Choice(tuple(options), free.at)
        if isinstance(given, Absent):
            given = parameter.default
        if isinstance(given, Absent):
            return free
        if isinstance(given, Text):
            return self._given(parameter, Text(given, free.at, given.via))
        return texts.moved(given, free.at, free.via)

    def _given(self, parameter: Parameter, text: Text) -> Value:
        via = text.via if parameter.address in text.via else (*text.via, parameter.address)
        if is_looked_up(parameter.type):
            return Unknown((Hole("reference", f"ssm:{text}"),), text.at, via)
        return as_value(parameter, Text(text, text.at, via))

    def _when(self, name: str, literal: str, value: Value) -> Alternative:
        atom = Atom(name, literal, True)
        return Alternative(self.setting(str(atom), atom), value)

    def setting(self, text: str, atom: Atom) -> Guard:
        return Guard(self.world, (Part(text, frozenset({atom})),))

    def _get_att(self, node: Node, at: Position) -> Value:
        parts = [self.resolve(item) for item in node.items] if isinstance(node, Sequence) else []
        if len(parts) != 2 or not isinstance(parts[0], Text):
            return self.malformed("Fn::GetAtt", at)
        attribute = str(parts[1]) if isinstance(parts[1], (Text, Unknown)) else "?"
        return self._attribute(str(parts[0]), attribute, at)

    def _attribute(self, name: str, attribute: str, at: Position) -> Value:
        return Unknown((Hole("resource", f"{self.scope}{name}#{attribute}"),), at)

    def _import(self, node: Node, at: Position) -> Value:
        name = self.resolve(node)
        shown = str(name) if isinstance(name, (Text, Unknown)) else "a computed name"
        return Unknown((Hole("import", shown),), at)

    # ---- texts

    def _sub(self, node: Node, at: Position) -> Value:
        parts = node.items if isinstance(node, Sequence) else [node]
        template = parts[0] if parts else node
        if not isinstance(template, Scalar) or len(parts) > 2:
            return self.malformed("Fn::Sub", at)
        variables = parts[1] if len(parts) == 2 else None
        if variables is not None and not isinstance(variables, Mapping):
            return self.malformed("Fn::Sub", at)
        return self.substituted(template.text, variables, at)

    def substituted(self, template: str, variables: Mapping | None, at: Position) -> Value:
        """A text with each `${…}` in it replaced; one that is nothing but a variable stands where that is written."""
        whole = _VARIABLE.fullmatch(template)
        if whole and not whole[1] and variables is not None and whole[2].strip() in variables:
            value = self.resolve(variables.get(whole[2].strip()))
            if isinstance(value, (Text, Unknown)):
                return value
        parts: list[Value] = []
        end = 0
        for found in _VARIABLE.finditer(template):
            parts.append(intrinsics.literal(template[end : found.start()], at))
            end = found.end()
            name = found[2].strip()
            if found[1]:
                parts.append(Text(f"${{{name}}}", at))
            elif variables is not None and name in variables:
                parts.append(self.resolve(variables.get(name)))
            elif "." in name and name not in self.loop and name not in self.outer_names:
                logical_id, _, attribute = name.partition(".")
                parts.append(self._attribute(logical_id, attribute, at))
            else:
                parts.append(self.reference(name, at))
        parts.append(intrinsics.literal(template[end:], at))
        return texts.concatenate(parts, self.world.always, at)

    def _join(self, node: Node, at: Position) -> Value:
        if not isinstance(node, Sequence) or len(node.items) != 2 or not isinstance(node.items[0], Scalar):
            return self.malformed("Fn::Join", at)
        return texts.join(node.items[0].text, self.resolve(node.items[1]), self.world.always, at)

    def _split(self, node: Node, at: Position) -> Value:
        if not isinstance(node, Sequence) or len(node.items) != 2 or not isinstance(node.items[0], Scalar):
            return self.malformed("Fn::Split", at)
        return intrinsics.split(node.items[0].text, self.resolve(node.items[1]), self.world.always, at)

    def _select(self, node: Node, at: Position) -> Value:
        if not isinstance(node, Sequence) or len(node.items) != 2:
            return self.malformed("Fn::Select", at)
        index, elements = (self.resolve(item) for item in node.items)
        return intrinsics.select(index, elements, self.world.always, at)

    def _length(self, node: Node, at: Position) -> Value:
        elements = self.resolve(node)
        if isinstance(elements, Items):
            return Text(str(len(elements)), at)
        return Unknown((Hole("function", "Fn::Length"),), at)

    # ---- choices

    def _if(self, node: Node, at: Position) -> Value:
        return self.branches(node, at, lambda branch, _: self.resolve(branch))

    def branches(self, node: Node, at: Position, read: Callable[[Node, tuple[Guard, ...]], Value]) -> Value:
        """Fn::If over what `read` makes of each branch and of the settings that choose it."""
        if not isinstance(node, Sequence) or len(node.items) != 3 or not isinstance(node.items[0], Scalar):
            return self.malformed("Fn::If", at)
        name = node.items[0].text
        options = [
            Alternative(guard, value)
            for holds, branch in ((True, node.items[1]), (False, node.items[2]))
            for guards in [self.conditions.settings(name, holds)]
            for value in [read(branch, guards)]
            for guard in guards
        ]
        if len(options) == 1 and not options[0].guard.atoms:
            return options[0].value
        return Choice(tuple(options), at)

    # ---- macros and loops

    def _transform(self, node: Node, at: Position) -> Value:
        name = self.macro_name(node)
        return Unknown((Hole("external", str(name) if isinstance(name, (Text, Unknown)) else "by a transform"),), at)

    def macro_name(self, node: Node) -> Value:
        """Which macro the argument of an Fn::Transform calls; ABSENT where it says none."""
        called = node.items[0] if isinstance(node, Sequence) and node.items else node
        return self.resolve(called.get("Name")) if isinstance(called, Mapping) else ABSENT

    def malformed(self, function: str, at: Position) -> Value:
        self.undecided.append(Undecided(at, self.owner, f"{function} is not written as CloudFormation expects it"))
        return Unknown((Hole("function", function),), at)


def _own_of(outer: Embedded | None) -> frozenset[str]:
    """The kinds of pseudo parameters that mean something else in an embedded template than around it."""
    if outer is None:
        return frozenset()
    resource = outer.outer.resources.get(outer.resource) if outer.outer else None
    one_stack = resource is not None and resource.type in ONE_STACK
    return _OWN_OF_STACK if one_stack else _OWN_OF_INSTANCE
