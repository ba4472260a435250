"""Who the template makes, and everything that it attaches to them: CloudFormation's attach points as tables.

Sources: CloudFormation's resource reference for AWS::IAM::*, AWS::SSO::PermissionSet and AWS::Serverless::*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, cast

from vetstack.attachments import inherit, note, note_unknown_policy
from vetstack.cloudformation.loops import remainder
from vetstack.cloudformation.parameters import is_list_type
from vetstack.guards import Guard, covered
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import (
    Attachment,
    Identity,
    IdentityKind,
    Resource,
    StandalonePolicy,
    Template,
    resource_of,
)
from vetstack.values import ABSENT, Absent, Items, Map, Text, Unknown, Value, position_of, via_of

if TYPE_CHECKING:
    from vetstack.cloudformation.policy_templates import Refer


class _IdentityType(NamedTuple):
    """How a resource type writes an identity: its property names, "" where it has none."""

    kind: IdentityKind
    name: str
    trust: str
    managed: str
    inline: str
    boundary: str


IDENTITIES: Final = {
    "AWS::IAM::Role": _IdentityType(
        "role", "RoleName", "AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies", "PermissionsBoundary"
    ),
    "AWS::IAM::User": _IdentityType("user", "UserName", "", "ManagedPolicyArns", "Policies", "PermissionsBoundary"),
    "AWS::IAM::Group": _IdentityType("group", "GroupName", "", "ManagedPolicyArns", "Policies", ""),
    "AWS::SSO::PermissionSet": _IdentityType(
        "permission set", "Name", "", "ManagedPolicies", "InlinePolicy", "PermissionsBoundary"
    ),
    # A function without a Role gets one of its own, which takes these; `Policies` mixes names, documents and templates.
    "AWS::Serverless::Function": _IdentityType(
        "role", "", "AssumeRolePolicyDocument", "Policies", "Policies", "PermissionsBoundary"
    ),
    "AWS::Serverless::StateMachine": _IdentityType("role", "", "", "Policies", "Policies", "PermissionsBoundary"),
}

POLICIES: Final = {
    "AWS::IAM::Policy": ("Roles", "Users", "Groups"),
    "AWS::IAM::ManagedPolicy": ("Roles", "Users", "Groups"),
    "AWS::IAM::RolePolicy": ("RoleName",),
    "AWS::IAM::UserPolicy": ("UserName",),
    "AWS::IAM::GroupPolicy": ("GroupName",),
}
"""Resource types that are a policy, and the properties that name whom it is attached to."""

KINDS: Final[dict[str, IdentityKind]] = {
    "Roles": "role",
    "RoleName": "role",
    "Users": "user",
    "UserName": "user",
    "Groups": "group",
    "GroupName": "group",
}
"""What these properties name."""

MEMBERSHIP: Final = "AWS::IAM::UserToGroupAddition"


def add_identities(template: Template, refer: Refer) -> None:
    """Fill `template.identities` and `template.policies`. refer: what `Ref` of a name gives at a place."""
    for resource in template.resources.values():
        if resource.type in POLICIES:
            document = _property(resource, "PolicyDocument")
            template.policies[resource.address] = StandalonePolicy(resource, document, attached=False)
    for resource in template.resources.values():
        shape = IDENTITIES.get(resource.type)
        own = _with_own_role(resource)
        if shape and own:
            template.identities[resource.address] = _identity(template, own, shape, refer)
    for policy in template.policies.values():
        _attach_standalone(template, policy)
    for resource in template.resources.values():
        if resource.type == MEMBERSHIP or resource.type == "AWS::IAM::User":
            _join_groups(template, resource)


def _property(resource: Resource, key: str) -> Value:
    """A property, opened only where the resource's own properties are plain (they are, but for macros)."""
    return resource.properties.child(key) if isinstance(resource.properties, Map) else ABSENT


def _with_own_role(resource: Resource) -> Resource | None:
    """The resource in the settings that give it a role of its own: a serverless one has none where it names a Role."""
    if not resource.type.startswith("AWS::Serverless::"):
        return resource
    given = _property(resource, "Role")
    exists = [guard for one in resource.exists for guard, role in one.over(given) if isinstance(role, Absent)]
    if not exists:
        return None
    made = Resource(
        resource.address, resource.type, resource.properties, tuple(exists), resource.at, resource.attributes
    )
    return resource if made.exists == resource.exists else made


def _key_at(resource: Resource, key: str) -> Position:
    properties = resource.properties
    return properties.key_at.get(key, resource.at) if isinstance(properties, Map) else resource.at


def _identity(template: Template, resource: Resource, shape: _IdentityType, refer: Refer) -> Identity:
    identity = Identity(
        kind=shape.kind,
        resource=resource,
        name=_property(resource, shape.name) if shape.name else ABSENT,
        trust=_property(resource, shape.trust) if shape.trust else ABSENT,
        trust_at=_key_at(resource, shape.trust) if shape.trust else resource.at,
        boundary=_property(resource, shape.boundary) if shape.boundary else ABSENT,
    )
    for exists in resource.exists:
        if shape.managed:
            _attach_managed(template, identity, exists, _property(resource, shape.managed), refer)
        if shape.inline and shape.inline != shape.managed:
            _attach_inline(identity, exists, _property(resource, shape.inline))
        if resource.type == "AWS::SSO::PermissionSet":
            _note_outside(template, identity, _property(resource, "CustomerManagedPolicyReferences"))
    return identity


def _attach_managed(template: Template, identity: Identity, exists: Guard, value: Value, refer: Refer) -> None:
    """Policies by reference, ARN or name; in SAM's `Policies` documents and policy templates too."""
    for guard, element in exists.elements(value):
        at = position_of(element) or identity.resource.at
        if isinstance(element, Map):
            for inner, document in _documents(template, identity, guard, element, refer):
                identity.attachments.append(Attachment(document, ABSENT, inner, at, identity.address))
            continue
        policy = template.policy_meant(element)
        if policy:
            policy.attached = True
            attachment = Attachment(
                policy.document, element, guard, at, identity.address, (policy.resource.address, *via_of(element))
            )
        else:
            attachment = Attachment(ABSENT, element, guard, at, identity.address, via_of(element))
            note_unknown_policy(template, identity.address, element, chosen=_has_default(template, element))
        identity.attachments.append(attachment)


def _documents(
    template: Template, identity: Identity, guard: Guard, element: Map, refer: Refer
) -> Iterable[tuple[Guard, Value]]:
    """The documents that an element of a list of policies stands for: itself, or what SAM makes of it."""
    if element.named("Statement"):
        return [(guard, element)]
    from vetstack.cloudformation.policy_templates import documents_of  # which only templates of SAM's have

    return documents_of(template, identity.address, guard, element, refer)


def _attach_inline(identity: Identity, exists: Guard, value: Value) -> None:
    """`Policies`, a list of named documents; a permission set's `InlinePolicy` is the document itself."""
    for guard, element in exists.elements(value):
        at = position_of(element) or identity.resource.at
        if isinstance(element, Map) and "PolicyDocument" in element:
            document = element["PolicyDocument"]
            at = element.key_at.get("PolicyDocument", at)
        else:
            document = element
        identity.attachments.append(Attachment(document, ABSENT, guard, at, identity.address))


def _attach_standalone(template: Template, policy: StandalonePolicy) -> None:
    """A policy resource to each identity that it names; for one that is not in this template it is elsewhere."""
    resource = policy.resource
    at = _key_at(resource, "PolicyDocument")
    for exists in resource.exists:
        for key in POLICIES[resource.type]:
            meant: dict[str, tuple[Identity, list[Guard]]] = {}
            for guard, target in exists.elements(_property(resource, key)):
                policy.attached = True
                found = identities_meant(template, guard, target, KINDS[key])
                policy.elsewhere += tuple(remainder(guard, tuple(inner for inner, _ in found)))
                for inner, identity in found:
                    meant.setdefault(identity.address, (identity, []))[1].append(inner)
            for identity, guards in meant.values():
                for both in _together(exists, guards, identity.resource.exists):
                    one = Attachment(policy.document, ABSENT, both, at, resource.address, (resource.address,))
                    identity.attachments.append(one)


def _together(exists: Guard, guards: list[Guard], others: tuple[Guard, ...]) -> Iterator[Guard]:
    """Some settings of what exists, each with each of the others; as one where between them they leave nothing out."""
    for other in others:
        whole = exists & other
        if whole is not None and len(guards) > 1 and covered(whole, guards):
            yield whole
        else:
            yield from (both for guard in guards if (both := guard & other) is not None)


def identities_meant(
    template: Template, guard: Guard, target: Value, kind: IdentityKind
) -> list[tuple[Guard, Identity]]:
    """Whom of this template a policy names under a setting: by Ref, by Sub of a Ref, or by the same name."""
    if isinstance(target, Unknown) and len(target.pieces) == 1 and target.holes[0].kind == "resource":
        address = resource_of(target.holes[0].name)
        made = (one.identities.get(address) for one in template.around())
        return [(guard, identity) for identity in made if identity][:1]
    named = _by_name(template).get((kind, target), []) if isinstance(target, (Text, Unknown)) else []
    return [(both, identity) for given, identity in named if (both := guard & given) is not None]


def _by_name(template: Template) -> dict[tuple[IdentityKind, Value], list[tuple[Guard, Identity]]]:
    """The identities of a template by each name that one can have, with the settings under which it has that."""
    if __name__ not in template.derived:
        found: dict[tuple[IdentityKind, Value], list[tuple[Guard, Identity]]] = {}
        for identity in template.identities.values():
            for guard, name in template.world.always.over(identity.name):
                if isinstance(name, (Text, Unknown)):
                    found.setdefault((identity.kind, name), []).append((guard, identity))
        template.derived[__name__] = found
    return cast("dict[tuple[IdentityKind, Value], list[tuple[Guard, Identity]]]", template.derived[__name__])


def _join_groups(template: Template, resource: Resource) -> None:
    """A group's policies are its members' too."""
    members = _property(resource, "Users") if resource.type == MEMBERSHIP else None
    groups = _property(resource, "GroupName" if resource.type == MEMBERSHIP else "Groups")
    for exists in resource.exists:
        pairs: dict[tuple[str, str], tuple[Identity, Identity, list[Guard]]] = {}
        for outer, group_name in exists.elements(groups):
            for given, group in identities_meant(template, outer, group_name, "group"):
                for guard, user in _members(template, resource, given, members):
                    key = (group.address, user.address)
                    pairs.setdefault(key, (group, user, []))[2].append(guard)
        for group, user, guards in pairs.values():
            for guard in _together(exists, guards, user.resource.exists):
                inherit(user, group, guard, resource)


def _members(
    template: Template, resource: Resource, given: Guard, members: Value | None
) -> Iterator[tuple[Guard, Identity]]:
    """Who is put into a group under a setting: those of a list, or the user that the resource itself is."""
    own = template.identities.get(resource.address)
    if members is None and own:
        yield given, own
    for guard, member in given.elements(ABSENT if members is None else members):
        yield from identities_meant(template, guard, member, "user")


def _has_default(template: Template, element: Value) -> bool:
    """Whether it is what a deployer puts in the place of a default, which is vetted: their own choice, not unseen.

    One of the values that a parameter allows is the vendor's.
    """
    given = [template.parameters[name] for name in via_of(element) if name in template.parameters]
    return any(isinstance(one.default, Text) and (one.allowed is None or is_list_type(one.type)) for one in given)


def _note_outside(template: Template, identity: Identity, references: Value) -> None:
    if isinstance(references, (Items, Unknown)):
        note(template, references.at, identity.address, "its customer managed policies are written elsewhere")
