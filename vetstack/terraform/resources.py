"""Resource and data blocks: their instances by `count` and `for_each`, and what a reference to one gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from vetstack import texts
from vetstack.guards import DEEP_LIMIT, Guard, covered, without
from vetstack.position import Position
from vetstack.terraform import tree
from vetstack.terraform.blocks import attribute_value, body_map
from vetstack.terraform.elements import NOT_THERE, SetItems, conditional, entries, failed
from vetstack.terraform.evaluator import Scope
from vetstack.terraform.workspace import INSTANCES_LIMIT
from vetstack.values import ABSENT, Absent, Alternative, Choice, Hole, Items, Map, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.terraform.module import Module

META: Final = frozenset({"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection"})
"""What stands in a resource block beside its properties: the meta-arguments."""

ANY: Final = "*"
"""The key of an instance that stands for however many there will be."""


class Reference(Unknown):
    """A resource, a data source or a module call that is referred to, before an attribute of it is named."""

    __slots__ = ("target", "instance")

    def __init__(self, target: Target, instance: Instance | None, at: Position) -> None:
        address = instance.address if instance else target.address
        super().__init__((Hole("resource", address),), at)
        self.target = target
        self.instance = instance


class Instance:
    """One instance of a block. key: what tells it apart, None when it is the only one; exists: as for Resource."""

    __slots__ = ("address", "key", "scope", "exists")

    def __init__(self, address: str, key: Value | None, scope: Scope, exists: tuple[Guard, ...]) -> None:
        self.address = address
        self.key = key
        self.scope = scope
        self.exists = exists


class Target:
    """A block that may have many instances."""

    def __init__(self, module: Module, block: tree.Block, name: str) -> None:
        self.module = module
        self.block = block
        self.address = module.prefix + name
        self._instances: list[Instance] | None = None
        self._open = False

    @property
    def many(self) -> bool:
        """Whether an index follows its name."""
        return "count" in self.block.body.attributes or "for_each" in self.block.body.attributes

    @property
    def instances(self) -> list[Instance]:
        """Its instances; one of which nothing is known while its own number depends on it."""
        if self._instances is None:
            if self._open:
                return [self._instance(Unknown((Hole("function", self.address),), self.block.at), ABSENT, [])]
            self._open = True
            with self.module.work.owned(self.address):
                self._instances = self._found()
            self._open = False
        return self._instances

    def _found(self) -> list[Instance]:
        attributes = self.block.body.attributes
        always = self.module.work.world.always
        if "count" in attributes:
            return self._counted(self.module.scope.evaluate(attributes["count"].expression), always)
        if "for_each" in attributes:
            return self._each(self.module.scope.evaluate(attributes["for_each"].expression), always)
        return [Instance(self.address, None, self.module.scope, self.module.exists)]

    def _counted(self, value: Value, always: Guard) -> list[Instance]:
        found: dict[str, list[Guard]] = {}
        for guard, one in always.over(value):
            text = {"true": "1", "false": "0"}.get(one, one) if isinstance(one, Text) else "1"
            number = int(text) if text.isdigit() and len(text) < 9 else 1
            for index in range(min(number, INSTANCES_LIMIT)):
                found.setdefault(str(index), []).append(guard)
        return [self._instance(Text(key, self.block.at), ABSENT, guards) for key, guards in found.items()]

    def _each(self, value: Value, always: Guard) -> list[Instance]:
        found: dict[str, tuple[Value, list[tuple[Guard, Value]]]] = {}
        for guard, whole in always.over(self.module.instances_of(value, self.block.at)):
            whole = _as_set(whole)
            for inner, key, one in entries(guard, whole):
                name = str(key) if isinstance(key, Text) and "${" not in key else ANY
                if len(found) < INSTANCES_LIMIT or name in found:
                    found.setdefault(name, (key, []))[1].append((inner, one))
        made = []
        for key, rows in found.values():
            chosen = texts.alternatives_to_value(rows, self.block.at)
            made.append(self._instance(key, chosen, [guard for guard, _ in rows]))
        return made

    def _instance(self, key: Value, value: Value, guards: list[Guard]) -> Instance:
        world = self.module.work.world
        if not isinstance(key, Text) or "${" in key:
            address = f"{self.address}[{ANY}]"
        else:
            address = f"{self.address}[{key}]" if isinstance(value, Absent) else f'{self.address}["{key}"]'
        names: dict[str, Value] = (
            {"count": Map({"index": key}, self.block.at, {})}
            if "count" in self.block.body.attributes
            else {"each": Map({"key": key, "value": value}, self.block.at, {})}
        )
        own = (world.always,) if not guards or covered(world.always, guards) else tuple(guards)
        exists = tuple(both for outer in self.module.exists for guard in own if (both := outer & guard) is not None)
        return Instance(address, key, self.module.scope.with_names(names), exists)

    # ---- references

    def index(self, key: Value, at: Position) -> Value:
        """`address[key]`; of a key that is not there, the instance that stands for any."""
        if not isinstance(key, Text):
            return Reference(self, self._for_any(key), at)
        for instance in self.instances:
            if isinstance(instance.key, Text) and instance.key == key:
                return Reference(self, instance, at)
        other = next((one for one in self.instances if not isinstance(one.key, Text)), None)
        if other is None and self._dynamic:
            return failed(f"{self.address}[{key}]", at)
        return Reference(self, other, at)

    @property
    def _dynamic(self) -> bool:
        return bool(self.instances) and self.many

    def _for_any(self, key: Value) -> Instance | None:
        same = [one for one in self.instances if one.key == key]
        return (same or self.instances or [None])[0]  # type: ignore[list-item]

    def all(self, at: Position) -> Value:
        """Every instance: a list for `count`, a map for `for_each`, the block itself where there is but one."""
        if not self.many:
            return Reference(self, self.instances[0] if self.instances else None, at)
        made: list[tuple[str, Value]] = []
        for one in self.instances:
            reference = Reference(self, one, at)
            key = str(one.key) if isinstance(one.key, Text) else ANY
            made.append((key, self._existing(one, reference, at)))
        if "count" in self.block.body.attributes:
            return Items([one for _, one in made], at)
        return Map(dict(made), at, {})

    def _existing(self, instance: Instance, reference: Value, at: Position) -> Value:
        if len(instance.exists) == 1:
            return conditional(instance.exists[0], reference, at)
        left = [self.module.work.world.always]
        for guard in instance.exists:
            left = [rest for one in left for rest in without(one, guard)]
        if not left or len(left) > DEEP_LIMIT:
            return reference
        options = [Alternative(guard, reference) for guard in instance.exists]
        return Choice((*options, *(Alternative(rest, NOT_THERE) for rest in left)), at)

    def attribute(self, instance: Instance | None, name: str, at: Position) -> Value:
        """`address.name`."""
        raise NotImplementedError


def _as_set(value: Value) -> Value:
    """The elements of a list that stands in `for_each` are their own keys."""
    return SetItems(value, value.at, value.via) if isinstance(value, Items) else value


class Declared(Target):
    """A resource or a data source."""

    def __init__(self, module: Module, block: tree.Block) -> None:
        self.mode: Literal["resource", "data"] = "data" if block.type == "data" else "resource"
        self.type = block.labels[0]
        name = ".".join(block.labels[:2])
        super().__init__(module, block, f"data.{name}" if self.mode == "data" else name)
        self._known: dict[tuple[str, str], Value] = {}

    def attribute(self, instance: Instance | None, name: str, at: Position) -> Value:
        from vetstack.terraform.references import attribute_of

        key = (instance.address if instance else "", name)
        if key not in self._known:
            self._known[key] = failed(f"{self.address}.{name}", at)  # should it depend on itself
            with self.module.work.owned(instance.address if instance else self.address):
                self._known[key] = attribute_of(self, instance, name, at)
        return texts.moved(self._known[key], at) if type(self._known[key]) is Unknown else self._known[key]

    def written(self, instance: Instance | None, name: str) -> Value:
        """An attribute as the block gives it; ABSENT when it does not."""
        if instance is None:
            return ABSENT
        return attribute_value(instance.scope, self.block.body, name)

    def properties(self, instance: Instance) -> Map:
        """The arguments of one instance."""
        with self.module.work.owned(instance.address):
            return body_map(instance.scope, self.block.body, self.block.header_at, META)

    def meta(self, instance: Instance) -> Map:
        """The meta-arguments of one instance that are blocks: `lifecycle`, `provisioner`."""
        own = tuple(one for one in self.block.body.blocks if one.type in ("provisioner", "connection", "lifecycle"))
        return body_map(instance.scope, tree.Body(own, {}, self.block.at, False), self.block.header_at)
