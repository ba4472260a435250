"""One module: what stands in its files by name, and what its names mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vetstack import texts
from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.terraform import tree
from vetstack.terraform.calls import Call
from vetstack.terraform.elements import Failed, attribute, failed, index
from vetstack.terraform.evaluator import Scope
from vetstack.terraform.resources import Declared, Reference, Target
from vetstack.terraform.written import like, passed
from vetstack.values import ABSENT, Alternative, Choice, Hole, Items, Map, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.terraform.workspace import Folder, Workspace


class Module:
    """A folder of files as one call, or the root of a configuration, sees it.

    address: `module.x`, empty for the root. inputs: what its variables are given, None for the root, where the
    deployer gives them. exists: the settings under which it is called.
    """

    def __init__(
        self,
        work: Workspace,
        folder: Folder,
        address: str,
        inputs: dict[str, Value] | None,
        exists: tuple[Guard, ...],
        depth: int,
    ) -> None:
        self.work = work
        self.folder = folder
        self.address = address
        self.prefix = f"{address}." if address else ""
        self.inputs = inputs
        self.exists = exists
        self.depth = depth
        self.scope = Scope(self, {})
        self.variables: dict[str, tree.Block] = {}
        self.locals: dict[str, tree.Attribute] = {}
        self.outputs: dict[str, tree.Block] = {}
        self.declared: dict[str, Declared] = {}
        self.calls: dict[str, Call] = {}
        self.providers: list[tree.Block] = []
        self._known: dict[str, Value] = {}
        work.take_texts(folder)
        for body in folder.bodies.values():
            self._take(body)

    def _take(self, body: tree.Body) -> None:
        for block in body.blocks:
            labels = block.labels
            if block.type == "locals":
                self.locals.update(block.body.attributes)
            elif block.type in ("resource", "data") and len(labels) == 2:
                made = Declared(self, block)
                self.declared[made.address.removeprefix(self.prefix)] = made
            elif block.type == "variable" and labels:
                self.variables[labels[0]] = block
            elif block.type == "output" and labels:
                self.outputs[labels[0]] = block
            elif block.type == "provider" and labels:
                self.providers.append(block)
            elif block.type == "module" and labels:
                self.calls[labels[0]] = Call(self, block)

    def forget(self) -> None:
        """Evaluate afresh from here on: more is known of what the deployer may set."""
        self._known.clear()

    def targets(self) -> Iterator[Target]:
        yield from self.declared.values()
        yield from self.calls.values()

    # ---- names

    def named(self, path: tuple[str, ...], at: Position) -> tuple[Value, int]:
        """What a path of names means, and how many of the steps behind its first name that took."""
        root, rest = path[0], path[1:]
        if not rest:
            return Unknown((Hole("function", f"the name {root}"),), at), 0
        if root == "var":
            return self._kept(f"var.{rest[0]}", at), 1
        if root == "local":
            return self._kept(f"local.{rest[0]}", at), 1
        if root == "module":
            call = self.calls.get(rest[0])
            return (self._of(call, at) if call else failed(f"module.{rest[0]}", at)), 1
        if root == "path":
            return Text(self.work.root if rest[0] in ("root", "cwd") else self.folder.path, at), 1
        if root in ("terraform", "tofu"):
            return Unknown((Hole("parameter", f"terraform.{rest[0]}"),), at), 1
        if root == "data" and len(rest) > 1:
            return self._block(f"data.{rest[0]}.{rest[1]}", at), 2
        if root in ("each", "count", "self", "data"):
            return Unknown((Hole("function", ".".join(path[:2])),), at), 1
        return self._block(f"{root}.{rest[0]}", at), 1

    def _kept(self, name: str, at: Position) -> Value:
        """A variable or a local, evaluated once; a variable's own value stands where it is used."""
        if name not in self._known:
            self._known[name] = failed(name, at)  # should it depend on itself
            kind, _, own = name.partition(".")
            self._known[name] = self._variable(own, at) if kind == "var" else self._local(own, at)
        value = self._known[name]
        if name.startswith("var.") and self.inputs is None and isinstance(value, (Text, Unknown, Choice)):
            return _moved(value, at)
        return value

    def _local(self, name: str, at: Position) -> Value:
        written = self.locals.get(name)
        if written is None:
            return failed(f"local.{name}", at)
        with self.work.owned(f"{self.prefix}local.{name}"):
            value = self.scope.evaluate(written.expression)
        return passed(value, f"{self.prefix}local.{name}")

    def _variable(self, name: str, at: Position) -> Value:
        from vetstack.terraform.variables import given_variable, root_variable

        block = self.variables.get(name)
        if block is None:
            return failed(f"var.{name}", at)
        if self.inputs is None:
            return root_variable(self, name, block)
        return given_variable(self, name, block, self.inputs.get(name, ABSENT))

    def _block(self, address: str, at: Position) -> Value:
        declared = self.declared.get(address)
        if declared is None:  # it stands in a file that could not be read
            return Unknown((Hole("resource", f"{self.prefix}{address}"),), at)
        return self._of(declared, at)

    def _of(self, target: Target, at: Position) -> Value:
        return Reference(target, None if target.many else target.instances[0], at)

    # ---- steps

    def attribute_of(self, value: Value, name: str, at: Position, *, failing: bool = False) -> Value:
        """`value.name`. failing: keep the settings under which it is not there."""
        if isinstance(value, Reference):
            target, instance = value.target, value.instance
            if instance is None and target.many:  # written for one, as Terraform 0.11 had it, or for a map of them
                all_of_them = target.all(at)
                if isinstance(all_of_them, Map) and name in all_of_them:
                    return all_of_them[name]
                instance = target.instances[0] if target.instances else None
            return target.attribute(instance, name, at)
        if isinstance(value, Choice) and any(isinstance(one, Reference) for _, one in value.alternatives):
            options = [Alternative(guard, self.attribute_of(one, name, at)) for guard, one in value.alternatives]
            return like(value, options)
        return attribute(value, name, self.work.world.always, at, failing=failing)

    def index_of(self, value: Value, key: Value, at: Position, *, failing: bool = False) -> Value:
        """`value[key]`. failing: keep the settings under which it is not there."""
        if isinstance(value, Reference) and value.instance is None:
            if isinstance(key, Choice):
                rows = [(guard, value.target.index(one, at)) for guard, one in self.work.world.always.over(key)]
                kept = rows if failing else [row for row in rows if not isinstance(row[1], Failed)] or rows[:1]
                return texts.alternatives_to_value(kept, at)
            return value.target.index(key, at)
        return index(value, key, self.work.world.always, at, failing=failing)

    def instances_of(self, value: Value, at: Position) -> Value:
        """A reference to a block with `count` or `for_each` as the list or the map that it is."""
        if isinstance(value, Reference) and value.instance is None and value.target.many:
            return value.target.all(at)
        return value

    def output(self, name: str, at: Position) -> Value:
        """What an output gives."""
        key = f"output.{name}"
        if key not in self._known:
            block = self.outputs.get(name)
            given = block.body.attributes.get("value") if block else None
            self._known[key] = failed(f"{self.prefix}{key}", at)
            if given is not None:
                with self.work.owned(f"{self.prefix}{key}"):
                    self._known[key] = self.scope.evaluate(given.expression)
        return self._known[key]


def _moved(value: Text | Unknown | Choice, at: Position) -> Value:
    """A variable's value at the place that uses it; a text of many lines stays where it is written."""
    from vetstack.terraform.written import source_of

    if source_of(value) is not None or (
        isinstance(value, Choice) and any(isinstance(one, (Map, Items)) for _, one in value.alternatives)
    ):
        return value
    return texts.moved(value, at)
