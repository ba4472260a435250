"""What exists in one account only, or has to be rolled out there first: how a template takes it in.

Tables of parameter types and of properties, and the questions that walk them.

Sources: CloudFormation user guide, cloudformation-supplied-parameter-types (values are checked against the account),
dynamic-references, intrinsic-function-reference-importvalue; the resource types' own API references for which
properties name something of the same account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from vetstack.flows import in_trust
from vetstack.guards import Atoms
from vetstack.leaves import Property, properties_of
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Assertion, Parameter, Template
from vetstack.values import Hole, Text, Unknown, fields_of, pieces_of

PUBLIC: Final = "/aws/service/"
"""What the names of parameters begin with that AWS keeps in every account."""

TYPES: Final = {
    "AWS::EC2::Instance::Id": "an instance",
    "AWS::EC2::KeyPair::KeyName": "a key pair",
    "AWS::EC2::SecurityGroup::GroupName": "a security group",
    "AWS::EC2::SecurityGroup::Id": "a security group",
    "AWS::EC2::Subnet::Id": "a subnet",
    "AWS::EC2::Volume::Id": "a volume",
    "AWS::EC2::VPC::Id": "a VPC",
    "AWS::Route53::HostedZone::Id": "a hosted zone",
}
"""Types of parameters whose values are looked up in the account; also in lists."""

_LOOKED_UP: Final = ("AWS::SSM::Parameter::Value<", "AWS::SSM::Parameter::Name", "List<AWS::SSM::Parameter::Name>")
"""Beginnings of types that Systems Manager is asked for by name, in the account and region of every stack."""

PROPERTIES: Final = {
    "VpcId": "a VPC",
    "VPCId": "a VPC",
    "VpcIdentifier": "a VPC",
    "SubnetId": "a subnet",
    "SubnetIds": "a subnet",
    "Subnets": "a subnet",
    "VPCZoneIdentifier": "a subnet",
    "VpcSubnetIds": "a subnet",
    "SecurityGroupId": "a security group",
    "SecurityGroupIds": "a security group",
    "SecurityGroups": "a security group",
    "VpcSecurityGroupIds": "a security group",
    "SourceSecurityGroupId": "a security group",
    "DestinationSecurityGroupId": "a security group",
    "RouteTableId": "a route table",
    "RouteTableIds": "a route table",
    "KeyName": "a key pair",
    "HostedZoneId": "a hosted zone",
    "FileSystemId": "a file system",
    "TransitGatewayId": "a transit gateway",
}
"""Properties, of AWS's own types, that name something of the account and region that the resource is in."""

_ID: Final = Regex(r"(?:vpc|subnet|sg|rtb|eni|eipalloc|igw|nat|fs|tgw|vpce|acl)-[0-9a-f]{8,17}|Z[0-9A-Z]{12,31}")
"""Ids that AWS hands out once."""

OF_ROLE: Final = frozenset({"role", "instance-profile"})
_POLICY: Final = frozenset({"policy"})
OWN_ARNS: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(
        (
            "Role", "RoleArn", "RoleARN", "TaskRoleArn", "ExecutionRoleArn", "ServiceRole", "ServiceRoleArn",
            "IamRole", "NodeRole", "JobRoleArn", "IamInstanceProfile", "AutomationRoleArn", "LambdaExecutionRole",
        ),
        OF_ROLE,
    ),
    "ManagedPolicyArns": _POLICY,
    "PermissionsBoundary": _POLICY,
}  # fmt: skip
"""Properties that take a role or a policy of the account that the resource is in, and what these are in an ARN."""

_ACROSS: Final = frozenset(
    {
        "AliasTarget", "AssumeRolePolicyDocument", "Environment", "Input", "Parameters", "PolicyDocument", "Stages",
        "Tags",
    }
)  # fmt: skip
"""Keys below which something else than the resource's own service reads the value, or may be another account's."""

_REFERENCE: Final = Regex(r"\{\{resolve:(?:ssm|ssm-secure|secretsmanager):")
_DOTS: Final = Regex(r"[:.].*")

NAMED_BY: Final = {
    "AWS::SSM::Parameter": "Name",
    "AWS::SecretsManager::Secret": "Name",
}
"""Types that a dynamic reference can name, and their property with the name."""


class Given(NamedTuple):
    """A parameter that names something of one account. what: that, with its article."""

    parameter: Parameter
    what: str
    required: bool


def given_in(template: Template) -> Iterator[Given]:
    """The parameters whose value means something in one account only, each once."""
    used = dict(_named_by_use(template))
    for parameter in template.parameters.values():
        what = of_type(parameter.type) or used.get(parameter.address, "")
        if what:
            yield Given(parameter, what, bool(of_type(parameter.type)) or not isinstance(parameter.default, Text))


def of_type(kind: str) -> str:
    """What a parameter of a type names; empty where it is nothing of an account's."""
    return TYPES.get(kind.removeprefix("List<").removesuffix(">"), "")


def _named_by_use(template: Template) -> Iterator[tuple[str, str]]:
    """Parameters that are handed to a property as they are."""
    for leaf in properties_of(template):
        what = PROPERTIES.get(leaf.keys[-1]) if leaf.keys and leaf.resource.type.startswith("AWS::") else None
        value = leaf.value
        if what and isinstance(value, Unknown) and len(value.pieces) == 1 and value.holes[0].kind == "parameter":
            for block in value.via:
                parameter = template.parameters.get(block)
                if parameter and not (isinstance(parameter.default, Text) and parameter.default):
                    yield block, what


_OWN_NAMES: Final = frozenset({
    "accountid", "awsaccount", "awsaccountid", "currentaccountid", "customeraccount", "customeraccountid",
    "customerawsaccountid", "deploymentaccountid", "myaccountid", "stackaccountid", "targetaccountid", "thisaccountid",
    "youraccountid", "yourawsaccountid",
})  # fmt: skip
_OWN: Final = Regex(
    r"\b(?:this|the current|the same) (?:aws )?account\b|\byour (?:own )?aws account\b|"
    r"\baccount\b[^.;]{0,30}?\b(?:in|into|to)? ?(?:which|where)\b[^.;]{0,60}?"
    r"\b(?:deploy\w*|install\w*|creat\w*|launch\w*|runs?|stack)\b",
    re.IGNORECASE,
)
_ANOTHER: Final = Regex(
    r"\b(?:manage\w*|management|master|payer|root|audit|security|log\w*|central\w*|delegated|organi[sz]ation\w*|hub"
    r"|vendor|trust\w*|external|other|peer|shared|admin\w*)\b",
    re.IGNORECASE,
)
"""What says of an account that it is one for all stacks."""


def own_accounts_in(template: Template) -> Iterator[Parameter]:
    """Required parameters that say that they are the account of the stack, and that no trust is for."""
    trusting = in_trust(template)
    for parameter in template.parameters.values():
        named = parameter.name.replace("_", "").replace("-", "").lower() in _OWN_NAMES
        if not named or isinstance(parameter.default, Text) or parameter.address in trusting:
            continue
        said = parameter.description[:400]
        if _OWN.search(said) and not _ANOTHER.search(said):
            yield parameter


class LookedUp(NamedTuple):
    """A parameter that is read from the account's own ones in Systems Manager.

    name: of that, empty if not known; public: whether it is more likely one that AWS keeps in every account.
    """

    parameter: Parameter
    name: str
    public: bool


def looked_up_in(template: Template) -> Iterator[LookedUp]:
    """The parameters of that kind which may be somebody's own, each once."""
    for parameter in template.parameters.values():
        if not parameter.type.startswith(_LOOKED_UP):
            continue
        names = parameter.allowed or ((parameter.default,) if isinstance(parameter.default, Text) else ())
        own = [str(name) for name in names if not name.startswith(PUBLIC)]
        if own or not names:
            yield LookedUp(parameter, own[0] if own else "", not own and "AWS::EC2::Image::Id" in parameter.type)


class Taken(NamedTuple):
    """Something that a resource takes from what is there before it. name: of the export, or of the reference."""

    leaf: Property
    name: str


def imports_in(template: Template) -> Iterator[Taken]:
    for leaf in properties_of(template):
        for hole in leaf.value.holes if isinstance(leaf.value, Unknown) else ():
            if hole.kind == "import":
                yield Taken(leaf, hole.name)


def references_in(template: Template) -> Iterator[Taken]:
    """Dynamic references by name. One to a resource of the template is found wherever that is.

    A parameter that is read from Systems Manager is one as well, and is told of as a parameter.
    """
    own = _own_names(template)
    read = {one.address for one in template.parameters.values() if one.type.startswith(_LOOKED_UP)}
    for leaf in properties_of(template):
        for name in _references(leaf.value) if not read.intersection(leaf.value.via) else ():
            bare = _DOTS.sub("", name.partition(":")[2].removeprefix("arn:"))
            if not bare.startswith(PUBLIC) and bare not in own:
                yield Taken(leaf, name)


def _own_names(template: Template) -> set[str]:
    found: set[str] = set()
    for resource in template.resources.values():
        key = NAMED_BY.get(resource.type)
        for exists in resource.exists if key else ():
            values = [one.value for one in exists.walk(resource.properties, key or "")]
            found.update(str(value) for value in values if isinstance(value, (Text, Unknown)))
    return found


def _references(value: Text | Unknown) -> Iterator[str]:
    """The references in a text, `ssm:/acme/key` or, where the name is put together, as they are written."""
    if isinstance(value, Text):
        return
    for piece in value.pieces:
        if isinstance(piece, Hole) and piece.kind == "reference" and not piece.name.startswith("ssm:" + PUBLIC):
            yield piece.name
    if not any(isinstance(piece, str) and _REFERENCE.search(piece) for piece in value.pieces):
        return
    pieces = pieces_of(value)
    for number, piece in enumerate(pieces):
        if not isinstance(piece, str) or not _REFERENCE.search(piece) or "}}" in piece[piece.rindex("{{resolve:") :]:
            continue
        inside = [one for one in pieces[number + 1 :] if isinstance(one, Hole)][:1]
        if inside and inside[0].kind in ("parameter", "stack-name"):
            yield f"{piece[piece.rindex('{{resolve:') + 10 :]}${{{inside[0].shown}}}"


class Foreign(NamedTuple):
    """A value that is written down and means something in one account only."""

    leaf: Property
    what: str


def written_in(template: Template) -> Iterator[Foreign]:
    """Ids of the network, and ARNs of roles and policies where only the account's own will do."""
    for leaf in properties_of(template):
        if not leaf.keys or not leaf.resource.type.startswith("AWS::") or _ACROSS.intersection(leaf.keys):
            continue
        key, value = leaf.keys[-1], leaf.value
        if key in PROPERTIES and isinstance(value, Text) and _ID.fullmatch(value):
            yield Foreign(leaf, PROPERTIES[key])
        kinds = OWN_ARNS.get(key)
        if kinds and _account_of(value, kinds):
            yield Foreign(leaf, "a policy" if kinds is _POLICY else "a role")


def _account_of(value: Text | Unknown, kinds: frozenset[str]) -> str:
    """The account that an IAM ARN of some kinds has in it, where it is written down."""
    fields = fields_of(value, ":")
    if len(fields) != 6 or fields[2] != ("iam",) or len(fields[4]) != 1 or not fields[5]:
        return ""
    account, first = fields[4][0], fields[5][0]
    known = isinstance(account, str) and account.isdigit() and len(account) == 12
    return str(account) if known and isinstance(first, str) and first.partition("/")[0] in kinds else ""


class Asserted(NamedTuple):
    """A rule of the template that admits one account. parameter: the one that has to name it, None if none does."""

    assertion: Assertion
    parameter: Parameter | None


def asserted_in(template: Template, own: Callable[[Atoms], Atoms]) -> Iterator[Asserted]:
    """Rules that hold in one account only; own: which of some atoms name the account of the stack."""
    for assertion in template.assertions:
        ways = [own(way) for way in assertion.ways]
        if all(ways):
            names = {name for way in ways for atom in way for name in atom.name.split(" equals ")}
            named = (one for one in template.parameters.values() if f"${{{one.name}}}" in names)
            yield Asserted(assertion, next(named, None))
