"""One model of a template for every format: what the rules see.

Front ends build it; nothing here knows YAML, HCL or a rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from vetstack.guards import Guard, World
from vetstack.position import Position
from vetstack.values import ABSENT, Hole, Map, Text, Unknown, Value

Kind = Literal["cloudformation", "terraform", "terraform-plan"]
IdentityKind = Literal["role", "user", "group", "permission set"]


class Undecided(NamedTuple):
    """Something the engine could not see: where, on which block, and why."""

    at: Position
    resource: str
    reason: str


class Parameter(NamedTuple):
    """A parameter or variable.

    address: `Parameters.Name` or `var.name`; default: ABSENT when one must be given; allowed: the values it
    is limited to, if they are listed; admits_empty: whether an empty text may be given; settled: whether the user has
    said what it will be.
    """

    address: str
    name: str
    type: str
    default: Value
    allowed: tuple[Text, ...] | None
    admits_empty: bool
    no_echo: bool
    at: Position
    settled: bool = False


class Output(NamedTuple):
    """An output: `Outputs.Name` or `output.name`, what it gives, and its export name (CloudFormation only)."""

    address: str
    value: Value
    at: Position
    export: Value = ABSENT


class Macro(NamedTuple):
    """Code that rewrites the template at deployment: a transform, by name where it is known.

    resource: the block that calls it, or `Transform`.
    """

    name: Value
    at: Position
    resource: str


class Resource:
    """A resource.

    address: a logical id or a Terraform address, with `Outer > ` before it inside an embedded template.
    exists: the settings of which each brings the resource into being; the guard that says nothing when it
    always is. at: its key or block header. attributes: what stands beside the properties (`Metadata`,
    `DependsOn`, `UpdatePolicy`; in Terraform the meta-arguments).
    """

    __slots__ = ("address", "type", "properties", "exists", "at", "attributes")

    def __init__(
        self, address: str, type: str, properties: Value, exists: tuple[Guard, ...], at: Position, attributes: Map
    ) -> None:
        self.address = address
        self.type = type
        self.properties = properties
        self.exists = exists
        self.at = at
        self.attributes = attributes


class Attachment(NamedTuple):
    """One policy that an identity holds, and the element through which it holds it.

    document: the policy's text where the template has it (inline, or a managed policy written here);
    arn: what names a managed policy; either may be ABSENT. resource: the block that attaches;
    via: every other block on the way (the managed policy, the attachment, the parameter).
    """

    document: Value
    arn: Value
    guard: Guard
    at: Position
    resource: str
    via: tuple[str, ...] = ()


class Identity:
    """A role, user, group or permission set with everything that this template attaches to it.

    trust: the trust policy, ABSENT where the kind has none. trust_at: its key. boundary: an ARN or name.
    name: the fixed name, an Unknown or ABSENT.
    """

    __slots__ = ("kind", "resource", "name", "trust", "trust_at", "boundary", "attachments")

    def __init__(
        self, kind: IdentityKind, resource: Resource, name: Value, trust: Value, trust_at: Position, boundary: Value
    ) -> None:
        self.kind = kind
        self.resource = resource
        self.name = name
        self.trust = trust
        self.trust_at = trust_at
        self.boundary = boundary
        self.attachments: list[Attachment] = []

    @property
    def address(self) -> str:
        return self.resource.address


class StandalonePolicy:
    """A policy that is a resource of its own. attached: whether the template attaches it, to whomever."""

    __slots__ = ("resource", "document", "attached")

    def __init__(self, resource: Resource, document: Value, *, attached: bool) -> None:
        self.resource = resource
        self.document = document
        self.attached = attached


class Template:
    """Everything the rules may ask about one template.

    parent: the address of the resource whose text this template is, when it is embedded, and outer: the template that
    has that resource. file: the path as given.
    derived: what an analysis has worked out about this template, under the name of its module, so that it does so once.
    """

    def __init__(self, file: str, kind: Kind, at: Position, world: World, parent: str | None = None) -> None:
        self.outer: Template | None = None
        self.file = file
        self.kind = kind
        self.at = at
        self.world = world
        self.parent = parent
        self.resources: dict[str, Resource] = {}
        self.parameters: dict[str, Parameter] = {}
        self.outputs: dict[str, Output] = {}
        self.identities: dict[str, Identity] = {}
        self.policies: dict[str, StandalonePolicy] = {}
        self.macros: list[Macro] = []
        self.undecided: list[Undecided] = []
        self.derived: dict[str, object] = {}

    def around(self) -> Iterator[Template]:
        """This template, and those that it is embedded in, from the inside out."""
        template: Template | None = self
        while template is not None:
            yield template
            template = template.outer

    def resource_at(self, address: str) -> Resource | None:
        """The resource with an address, here or in a template around this one, whose values may be given to it."""
        found = (template.resources.get(address) for template in self.around())
        return next((resource for resource in found if resource), None)

    def parameter_of(self, hole: Hole) -> Parameter | None:
        """The parameter that a hole is, here or in a template around this one: a hole's name begins with the scope."""
        if hole.kind != "parameter":
            return None
        for template in self.around():
            scope = f"{template.parent} > " if template.parent else ""
            for parameter in template.parameters.values():
                if hole.name in (scope + parameter.name, parameter.address):
                    return parameter
        return None

    def resource_named(self, value: Value) -> Resource | None:
        """The resource that a value refers to, when it is nothing but that reference."""
        if isinstance(value, Unknown) and len(value.holes) == 1 == len(value.pieces):
            hole = value.holes[0]
            if hole.kind == "resource":
                return self.resource_at(resource_of(hole.name))
        return None


def resource_of(reference: str) -> str:
    """The address in the name of a "resource" hole: `VendorRole#Arn` and `VendorRole` name `VendorRole`."""
    return reference.partition("#")[0]


class Embedded(NamedTuple):
    """A template inside a template, for `vetstack.load` to read.

    text: its source where the outer template has it as text; tree: its parsed node where it is written as
    structure; origin: where the text stands in the outer file, and block how its lines are indented there (as in
    `sources.interface.Scalar`); resource: the address it stands on; known: what its parameters are given, world: whose
    guards those values carry; outer_names: what the outer template
    writes into the text, None when it writes nothing (the text stood outside Fn::Sub). outer: the template around it,
    and exists: the settings that bring this one into being, None where that is always.
    """

    text: str | None
    tree: object | None
    origin: Position
    resource: str
    known: dict[str, Value]
    world: World
    block: int | None = None
    outer_names: dict[str, Value] | None = None
    outer: Template | None = None
    exists: tuple[Guard, ...] | None = None
