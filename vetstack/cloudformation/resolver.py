"""Nodes to values: every intrinsic function of CloudFormation, evaluated as far as the template decides it.

Source: CloudFormation user guide, intrinsic-function-reference and pseudo-parameter-reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from vetstack import texts
from vetstack.cloudformation import text as intrinsics
from vetstack.cloudformation.conditions import NAMED_HOLES, Conditions
from vetstack.cloudformation.parameters import as_value, is_looked_up
from vetstack.cloudformation.strings import parsed_document
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

ALLOWED_LIMIT: Final = 40
"""AllowedValues that are told apart; a longer list is the default and, for the rest, an unknown."""

_VARIABLE = re.compile(r"\$\{(!?)([^{}]*)\}")
_LOOP = "Fn::ForEach::"


class Resolver:
    """Resolves the nodes of one template.

    known: what the parameters of an embedded template are given, None at the top level, where the deployer gives
    them. outer_names: values that an outer template writes into this one's text. logical_ids: the resources there are.
    """

    def __init__(
        self,
        world: World,
        scope: str,
        parameters: dict[str, Parameter],
        root: Mapping,
        known: dict[str, Value] | None,
        outer_names: dict[str, Value],
    ) -> None:
        self.world = world
        self.scope = scope
        self.parameters = parameters
        self.known = known
        self.outer_names = outer_names
        mappings = root.get("Mappings")
        self.mappings = mappings if isinstance(mappings, Mapping) else Mapping(root.at)
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
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": self._import,
            "Fn::Base64": lambda node, at: self.resolve(node),  # rules read the code, not its encoding
            "Fn::ToJsonString": lambda node, at: self.resolve(node),  # likewise the structure
            "Fn::Length": self._length,
            "Fn::Cidr": lambda node, at: Unknown((Hole("function", "Fn::Cidr"),), at),
            "Fn::GetAZs": lambda node, at: Unknown((Hole("function", "Fn::GetAZs"),), at),
            "Fn::Transform": self._transform,
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
            if isinstance(name, Scalar) and name.text in self.parameters and self.known is None:
                return Unknown((Hole("parameter", name.text),), node.at)
        return self.resolve(node)

    def _map(self, node: Mapping) -> Value:
        entries: dict[str, Value] = {}
        key_at: dict[str, Position] = {}
        for key, value in node.items():
            if key.text == "Fn::Transform":
                self._transform(value, key.at)
                continue
            if key.text.startswith(_LOOP):
                for name, at, resolved in self.expand(key, value, self.resolve):
                    entries[name], key_at[name] = resolved, at
                continue
            resolved = parsed_document(self, key.text, value) or self.resolve(value)
            if not isinstance(resolved, Absent):
                entries[key.text], key_at[key.text] = resolved, key.at
        return Map(entries, node.at, key_at)

    # ---- references

    def _ref(self, node: Node, at: Position) -> Value:
        name = self.resolve(node)
        return self.reference(str(name), at) if isinstance(name, Text) else self._malformed("Ref", at)

    def reference(self, name: str, at: Position) -> Value:
        """What `Ref: name` and `${name}` give."""
        if name == "AWS::NoValue":
            return ABSENT
        for named in (self.loop, self.outer_names):
            if name in named:
                return texts.moved(named[name], at)
        if name in PSEUDO:
            return Unknown((Hole(PSEUDO[name], name),), at)
        parameter = self.parameters.get(name)
        if parameter:
            return self._parameter(parameter, at)
        if name in self.logical_ids or self.loop:
            return Unknown((Hole("resource", self.scope + name),), at)
        return Unknown((Hole("parameter", name),), at)

    def _parameter(self, parameter: Parameter, at: Position) -> Value:
        free = Unknown((Hole("parameter", parameter.name),), at, (parameter.address,))
        if self.known is not None:
            given = self.known.get(parameter.name, parameter.default)
            if isinstance(given, Absent):
                return free
            if isinstance(given, Text):
                given = self._given(parameter, given, at)
            return texts.moved(given, at, (parameter.address,))
        name = self.scope + parameter.name
        domain = self.world.domains.get(name)
        allowed = domain.allowed if domain else None
        if allowed and len(allowed) <= ALLOWED_LIMIT:
            options = [self._when(name, one, self._given(parameter, Text(one, at), at)) for one in allowed]
            return Choice(tuple(options), at, free.holes[0]) if len(options) > 1 else options[0].value
        if not isinstance(parameter.default, Text):
            return free
        default = str(parameter.default)
        left = self._setting(f"{parameter.name} is left at its default", Atom(name, default, True))
        other = Atom(name, default, False)
        changed = self._setting(str(other), other)
        options = [Alternative(left, self._given(parameter, parameter.default, at)), Alternative(changed, free)]
        return Choice(tuple(options), at, free.holes[0])

    def _given(self, parameter: Parameter, text: Text, at: Position) -> Value:
        via = (parameter.address,)
        if is_looked_up(parameter.type):
            return Unknown((Hole("reference", f"ssm:{text}"),), at, via)
        return as_value(parameter, Text(text, at, via))

    def _when(self, name: str, literal: str, value: Value) -> Alternative:
        atom = Atom(name, literal, True)
        return Alternative(self._setting(str(atom), atom), value)

    def _setting(self, text: str, atom: Atom) -> Guard:
        return Guard(self.world, (Part(text, frozenset({atom})),))

    def _get_att(self, node: Node, at: Position) -> Value:
        parts = [self.resolve(item) for item in node.items] if isinstance(node, Sequence) else []
        if len(parts) != 2 or not isinstance(parts[0], Text):
            return self._malformed("Fn::GetAtt", at)
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
            return self._malformed("Fn::Sub", at)
        variables = parts[1] if len(parts) == 2 else None
        if variables is not None and not isinstance(variables, Mapping):
            return self._malformed("Fn::Sub", at)
        return self.substituted(template.text, variables, at)

    def substituted(self, template: str, variables: Mapping | None, at: Position) -> Value:
        """A text with each `${…}` in it replaced."""
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
            return self._malformed("Fn::Join", at)
        return texts.join(node.items[0].text, self.resolve(node.items[1]), self.world.always, at)

    def _split(self, node: Node, at: Position) -> Value:
        if not isinstance(node, Sequence) or len(node.items) != 2 or not isinstance(node.items[0], Scalar):
            return self._malformed("Fn::Split", at)
        return intrinsics.split(node.items[0].text, self.resolve(node.items[1]), self.world.always, at)

    def _select(self, node: Node, at: Position) -> Value:
        if not isinstance(node, Sequence) or len(node.items) != 2:
            return self._malformed("Fn::Select", at)
        index, elements = (self.resolve(item) for item in node.items)
        return intrinsics.select(index, elements, self.world.always, at)

    def _length(self, node: Node, at: Position) -> Value:
        elements = self.resolve(node)
        if isinstance(elements, Items):
            return Text(str(len(elements)), at)
        return Unknown((Hole("function", "Fn::Length"),), at)

    # ---- choices

    def _if(self, node: Node, at: Position) -> Value:
        if not isinstance(node, Sequence) or len(node.items) != 3 or not isinstance(node.items[0], Scalar):
            return self._malformed("Fn::If", at)
        name = node.items[0].text
        options = [
            Alternative(guard, value)
            for holds, branch in ((True, node.items[1]), (False, node.items[2]))
            for value in [self.resolve(branch)]
            for guard in self.conditions.settings(name, holds)
        ]
        if len(options) == 1 and not options[0].guard.atoms:
            return options[0].value
        return Choice(tuple(options), at)

    def _find_in_map(self, node: Node, at: Position) -> Value:
        items = node.items if isinstance(node, Sequence) else []
        if len(items) < 3:
            return self._malformed("Fn::FindInMap", at)
        rows: list[tuple[Guard, Value]] = []
        name = self.resolve(items[0])
        for outer, map_name in self._keys(name, self.mappings, self.world.always):
            top = self.mappings.get(map_name)
            via = (f"{self.scope}Mappings.{map_name}",)
            for first, key in self._keys(self.resolve(items[1]), top, outer):
                inner = top.get(key) if isinstance(top, Mapping) else None
                for guard, last in self._keys(self.resolve(items[2]), inner, first):
                    found = inner.get(last) if isinstance(inner, Mapping) else None
                    if found is not None:
                        rows.append((guard, _through(self.resolve(found), at, via)))
        if len(items) == 4 and isinstance(items[3], Mapping) and "DefaultValue" in items[3]:
            rows.extend(self.world.always.over(self.resolve(items[3].get("DefaultValue"))))
        if not rows:
            return Unknown((Hole("function", "Fn::FindInMap"),), at)
        return texts.alternatives_to_value(rows, at)

    def _keys(self, key: Value, table: Node | None, given: Guard) -> list[tuple[Guard, str]]:
        """The keys of a mapping that a value can be: all of them, each under its setting, when it is unknown."""
        found: list[tuple[Guard, str]] = []
        for guard, one in given.over(key):
            if isinstance(one, Text):
                found.append((guard, str(one)))
            elif isinstance(one, Unknown) and isinstance(table, Mapping):
                found.extend(self._each_key(one, table, guard))
        return found

    def _each_key(self, key: Unknown, table: Mapping, given: Guard) -> list[tuple[Guard, str]]:
        if len(key.pieces) != 1 or key.holes[0].kind not in NAMED_HOLES:
            return [(given, name) for name in table.entries]
        found = []
        for name in table.entries:
            atom = Atom(self.conditions.name_of(key.holes[0]), name, True)
            guard = given & self._setting(str(atom), atom)
            if guard is not None:
                found.append((guard, name))
        return found

    # ---- macros and loops

    def _transform(self, node: Node, at: Position) -> Value:
        called = node.items[0] if isinstance(node, Sequence) and node.items else node
        name = self.resolve(called.get("Name")) if isinstance(called, Mapping) else ABSENT
        self.macros.append(Macro(name, at, self.owner))
        shown = str(name) if isinstance(name, (Text, Unknown)) else "that is called here"
        self.undecided.append(Undecided(at, self.owner, f"the transform {shown} writes this part when it is deployed"))
        return Unknown((Hole("external", shown),), at)

    def expand(self, key: Scalar, node: Node, inner: Callable[[Node], Value]) -> list[tuple[str, Position, Value]]:
        """`Fn::ForEach::Loop: [identifier, collection, {key: body}]` as the entries that it stands for.

        A collection that only the deployer knows gives one entry, with the identifier left in its key.
        """
        self.macros.append(Macro(Text("Fn::ForEach", key.at), key.at, self.owner))
        items = node.items if isinstance(node, Sequence) else []
        if len(items) != 3 or not isinstance(items[0], Scalar) or not isinstance(items[2], Mapping):
            self._malformed("Fn::ForEach", key.at)
            return []
        identifier, made = items[0].text, []
        before = self.loop
        for element in self._collection(items[1], identifier):
            self.loop = {**before, identifier: element, f"&{identifier}": element}
            for inner_key, body in items[2].items():
                if inner_key.text.startswith(_LOOP):
                    made.extend(self.expand(inner_key, body, inner))
                    continue
                name = self.substituted(inner_key.text.replace("&{", "${&"), None, inner_key.at)
                made.append((str(name), inner_key.at, inner(body)))
        self.loop = before
        return made

    def _collection(self, node: Node, identifier: str) -> list[Value]:
        for _, whole in self.world.always.over(self.resolve(node)):
            if isinstance(whole, Items):  # the default, or the list as written
                return [one for element in whole for _, one in self.world.always.over(element)]
        return [Unknown((Hole("function", identifier),), node.at)]

    def _malformed(self, function: str, at: Position) -> Value:
        self.undecided.append(Undecided(at, self.owner, f"{function} is not written as CloudFormation expects it"))
        return Unknown((Hole("function", function),), at)


def _through(value: Value, at: Position, via: tuple[str, ...]) -> Value:
    """A mapping's entry at the place that looks it up."""
    if isinstance(value, Items):
        return Items([_through(one, at, via) for one in value], at, via)
    return texts.moved(value, at, via)
