"""One model of a template for every format: what the rules see.

Front ends build it; nothing here knows YAML, HCL or a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from vetstack.guards import Atoms, Guard, World
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.values import ABSENT, Absent, Hole, Map, Text, Unknown, Value, fields_of, pieces_of

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
    said what it will be; no_echo: whether it is hidden, by `NoEcho` or `sensitive`; description: what the template says
    it is, empty when it says nothing.
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
    description: str = ""


class Output(NamedTuple):
    """An output: `Outputs.Name` or `output.name`, what it gives, and its export name (CloudFormation only).

    sensitive: whether Terraform hides it; CloudFormation hides none.
    """

    address: str
    value: Value
    at: Position
    export: Value = ABSENT
    sensitive: bool = False


class Macro(NamedTuple):
    """Code that rewrites the template at deployment: a transform, by name where it is known.

    resource: the block that calls it, or `Transform`; location: what AWS::Include is told to include.
    """

    name: Value
    at: Position
    resource: str
    location: Value = ABSENT


class Table(NamedTuple):
    """A mapping of CloudFormation: `Mappings.Name`, the keys that it is looked up by first, and all those below."""

    address: str
    keys: tuple[str, ...]
    inner: tuple[str, ...]
    at: Position


class Assertion(NamedTuple):
    """One of a template's Rules, `Rules.Name`: of its ways at least one holds in every deployment."""

    address: str
    ways: tuple[Atoms, ...]
    at: Position


class ModuleCall(NamedTuple):
    """A call of a Terraform module that lies elsewhere.

    source: as it is written; version: the constraint beside it, ABSENT where there is none; at: where the source is.
    """

    address: str
    source: str
    version: Value
    at: Position


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
    """A policy that is a resource of its own.

    attached: whether the template attaches it, to whomever; elsewhere: the settings under which it attaches it to
    something that is not in the template.
    """

    __slots__ = ("resource", "document", "attached", "elsewhere")

    def __init__(
        self, resource: Resource, document: Value, *, attached: bool, elsewhere: tuple[Guard, ...] = ()
    ) -> None:
        self.resource = resource
        self.document = document
        self.attached = attached
        self.elsewhere = elsewhere


MANAGED_POLICIES: Final = {"AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "Path"), "aws_iam_policy": ("name", "path")}
"""Resource types of managed policies, and the properties that make up their ARN."""


Pieces = tuple[str | Hole, ...]
"""A text as known pieces and holes."""


class Template:
    """Everything the rules may ask about one template.

    parent: the address of the resource whose text this template is, when it is embedded, and outer: the template that
    has that resource. file: the path as given.
    texts: of the files that it is written in, those that it reads among them, by their paths.
    derived: what an analysis has worked out about this template, under the name of its module, so that it does so once.
    providers: Terraform's provider blocks, with `provider.aws` for address and type. mappings and assertions: those of
    CloudFormation. size: of CloudFormation's text in bytes, None where it is no text of its own.
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
        self.modules: list[ModuleCall] = []
        self.providers: list[Resource] = []
        self.mappings: dict[str, Table] = {}
        self.assertions: list[Assertion] = []
        self.size: int | None = None
        self.undecided: list[Undecided] = []
        self.texts: dict[str, str] = {}
        self.derived: dict[str, object] = {}
        self._by_arn: tuple[int, dict[Pieces, StandalonePolicy]] = (0, {})

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

    def is_managed(self, policy: StandalonePolicy) -> bool:
        """Whether a policy is a managed one, which has an ARN and can be anybody's."""
        return policy.resource.type in MANAGED_POLICIES

    def name_of(self, policy: StandalonePolicy) -> Value:
        """The fixed name of a managed policy, ABSENT when it has none."""
        return self._arn_part(policy, 0)

    def has_fixed_name(self, policy: StandalonePolicy) -> bool:
        """Whether a managed policy can be attached by whoever knows its name."""
        return not isinstance(self.name_of(policy), Absent)

    def policy_meant(self, value: Value) -> StandalonePolicy | None:
        """The managed policy of this template, or of one around it, that a value means: by reference or by its ARN.

        The account of an ARN does not matter, since only an account's own policies can be used in it; `aws` is AWS.
        """
        referred = self.resource_named(value)
        if referred:
            written = (one.policies.get(referred.address) for one in self.around())
            return next((policy for policy in written if policy and self.is_managed(policy)), None)
        if not isinstance(value, (Text, Unknown)):
            return None
        fields = fields_of(value, ":")
        if len(fields) < 6 or fields[0] != ("arn",) or fields[2] != ("iam",) or fields[4] in (("aws",), ()):
            return None
        return self._policies_by_arn().get(_joined(fields[5:]))

    def policy_named(self, name: Value, path: Value) -> StandalonePolicy | None:
        """The managed policy of this template with a fixed name and path."""
        end = _arn_end(name, path)
        return self._policies_by_arn().get(end) if end else None

    def _policies_by_arn(self) -> dict[Pieces, StandalonePolicy]:
        """The managed policies of this template by what stands after the account in their ARN."""
        count, known = self._by_arn
        if count != len(self.policies):
            known = {}
            for policy in self.policies.values():
                end = _arn_end(self._arn_part(policy, 0), self._arn_part(policy, 1))
                if end:
                    known[end] = policy
            self._by_arn = (len(self.policies), known)
        return known

    def _arn_part(self, policy: StandalonePolicy, part: int) -> Value:
        keys, properties = MANAGED_POLICIES.get(policy.resource.type), policy.resource.properties
        return properties.child(keys[part]) if keys and isinstance(properties, Map) else ABSENT


def _arn_end(name: Value, path: Value) -> Pieces | None:
    """`policy/path/name`, as pieces."""
    if not isinstance(name, (Text, Unknown)) or not isinstance(path, (Text, Unknown, Absent)):
        return None
    before = ("/",) if isinstance(path, Absent) else pieces_of(path)
    return _joined([("policy", *before, *pieces_of(name))])


def _joined(fields: Iterable[Pieces]) -> Pieces:
    """Fields of an ARN as one text, known pieces beside each other made one."""
    made: list[str | Hole] = []
    for number, field in enumerate(fields):
        for piece in (":", *field) if number else field:
            if isinstance(piece, str) and made and isinstance(made[-1], str):
                made[-1] += piece
            else:
                made.append(str(piece) if isinstance(piece, str) else piece)
    return tuple(made)


def resource_of(reference: str) -> str:
    """The address in the name of a "resource" hole: `VendorRole#Arn` and `VendorRole` name `VendorRole`."""
    return reference.partition("#")[0]
