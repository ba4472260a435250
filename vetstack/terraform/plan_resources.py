"""The resources and data sources of a plan: what each will be, under the address that the plan gives it.

Source: Terraform's documentation of its JSON output format, versions 0.x and 1.x.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.position import Position
from vetstack.sources.interface import Mapping, Node, Scalar, Sequence, Unreadable

GONE: Final = frozenset({"delete", "forget"})
"""Actions after which nothing of a resource is left in the configuration's care."""

SHAPES: Final[dict[str, type[Mapping] | type[Sequence]]] = {
    "planned_values": Mapping,
    "resource_changes": Sequence,
    "deferred_changes": Sequence,
    "configuration": Mapping,
    "prior_state": Mapping,
    "variables": Mapping,
}
"""What stands under the keys of a plan that are read here."""


class Planned:
    """A resource or a data source as it will be.

    module: the address of the module instance that it is in, "" for the root; key: what tells it apart from its
    siblings, None when it has none. values: what is known of it; unknown: true wherever only the apply decides, None
    where the plan does not say. sensitive: true where a value may be hidden. at: its address in the plan. existed:
    whether it is there already, so that its values are also what the provider found.
    """

    __slots__ = ("address", "module", "data", "type", "name", "key", "values", "unknown", "sensitive", "at", "existed")

    def __init__(
        self, entry: Mapping, module: str, values: Mapping, unknown: Node | None, sensitive: Node | None
    ) -> None:
        address = entry.get("address")
        self.address = text_in(entry, "address")
        self.module = module
        self.data = text_in(entry, "mode") == "data"
        self.type = text_in(entry, "type")
        self.name = text_in(entry, "name")
        index = entry.get("index")
        self.key = index.text if isinstance(index, Scalar) and not index.null else None
        self.values = values
        self.unknown = unknown
        self.sensitive = sensitive
        self.at: Position = address.at if address else entry.at
        self.existed = isinstance(below(entry, "change", "before"), Mapping)

    @property
    def base(self) -> str:
        """What its module calls it: `aws_iam_role.vendor`, `data.aws_iam_policy.admin`."""
        return f"{'data.' if self.data else ''}{self.type}.{self.name}"


def text_in(mapping: Mapping, key: str) -> str:
    """The text under a key, "" where there is none."""
    value = mapping.get(key)
    return value.text if isinstance(value, Scalar) and not value.null else ""


def below(mapping: Node | None, *path: str) -> Node | None:
    """What stands at a path of keys, None where the path ends early."""
    for key in path:
        mapping = mapping.get(key) if isinstance(mapping, Mapping) else None
    return mapping


def entries_of(node: Node | None) -> Iterator[Mapping]:
    """The mappings in a list."""
    if isinstance(node, Sequence):
        yield from (one for one in node.items if isinstance(one, Mapping))


def check_shape(root: Mapping) -> None:
    """Raises Unreadable where a plan is not made as plans are, or is of a version that nobody knows yet."""
    version = root.get("format_version")
    if isinstance(version, Scalar) and version.text.partition(".")[0] not in ("0", "1"):
        said = f"this plan has format version {version.text}; versions 0 and 1 are read"
        raise Unreadable(said, version.at.line, version.at.column)
    for key, shape in SHAPES.items():
        node = root.get(key)
        if node is not None and not isinstance(node, shape) and not (isinstance(node, Scalar) and node.null):
            wanted = "a mapping" if shape is Mapping else "a list"
            raise Unreadable(f"this is no plan as Terraform writes it: {key} is not {wanted}", node.at.line, 1)


def planned(root: Mapping) -> dict[str, Planned]:
    """Everything that will be there, and every data source that was or will be read, by address."""
    found: dict[str, Planned] = {}
    gone: set[str] = set()
    changes = [*entries_of(root.get("resource_changes"))]
    changes += [one for entry in entries_of(root.get("deferred_changes")) if (one := _deferred(entry)) is not None]
    for entry in changes:
        _take_change(entry, found, gone)
    for values in (below(root, "planned_values"), below(root, "prior_state", "values")):
        for module, entry in _in_modules(below(values, "root_module")):
            inner = entry.get("values")
            address = text_in(entry, "address")
            of_past = values is not below(root, "planned_values")
            if not isinstance(inner, Mapping) or address in gone or (of_past and text_in(entry, "mode") != "data"):
                continue
            if address not in found:
                found[address] = Planned(entry, module, inner, None, entry.get("sensitive_values"))
    return found


def _deferred(entry: Mapping) -> Mapping | None:
    change = entry.get("resource_change")
    return change if isinstance(change, Mapping) else None


def _take_change(entry: Mapping, found: dict[str, Planned], gone: set[str]) -> None:
    change = entry.get("change")
    address = text_in(entry, "address")
    if not isinstance(change, Mapping) or "deposed" in entry:
        return
    listed = change.get("actions")
    actions = {one.text for one in listed.items if isinstance(one, Scalar)} if isinstance(listed, Sequence) else set()
    after = change.get("after")
    if (actions and actions <= GONE) or not isinstance(after, Mapping):
        gone.add(address)
        return
    unknown = change.get("after_unknown")
    made = Planned(entry, text_in(entry, "module_address"), after, unknown, change.get("after_sensitive"))
    found[address] = made


def _in_modules(root: Node | None) -> Iterator[tuple[str, Mapping]]:
    """The address of each module instance with each of its resources."""
    waiting = [root]
    while waiting:
        module = waiting.pop(0)
        if isinstance(module, Mapping):
            address = text_in(module, "address")
            yield from ((address, entry) for entry in entries_of(module.get("resources")))
            waiting.extend(entries_of(module.get("child_modules")))
