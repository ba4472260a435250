"""Who a configuration makes, and everything that it attaches to them: Terraform's attach points as tables.

Source: the AWS provider's documentation of aws_iam_* and aws_ssoadmin_*.
"""

from __future__ import annotations

from typing import Final

from vetstack.attachments import inherit, note, note_unknown_policy
from vetstack.guards import Guard
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
from vetstack.terraform.written import like, passed
from vetstack.values import (
    ABSENT,
    Absent,
    Alternative,
    Choice,
    Items,
    Map,
    Text,
    Unknown,
    Value,
    position_of,
    via_of,
)


class IdentityType(NamedTuple):
    """How a resource type writes an identity: its argument names, "" where it has none."""

    kind: IdentityKind
    trust: str
    managed: str
    inline: str
    boundary: str


IDENTITIES: Final = {
    "aws_iam_role": IdentityType(
        "role", "assume_role_policy", "managed_policy_arns", "inline_policy", "permissions_boundary"
    ),
    "aws_iam_user": IdentityType("user", "", "", "", "permissions_boundary"),
    "aws_iam_group": IdentityType("group", "", "", "", ""),
    "aws_ssoadmin_permission_set": IdentityType("permission set", "", "", "", ""),
}

INLINE: Final = {
    "aws_iam_role_policy": ("role", "policy"),
    "aws_iam_user_policy": ("user", "policy"),
    "aws_iam_group_policy": ("group", "policy"),
    "aws_ssoadmin_permission_set_inline_policy": ("permission_set_arn", "inline_policy"),
}
"""Resource types that are a policy of one identity: the arguments that name it and that hold the document."""

MANAGED: Final = "aws_iam_policy"

ATTACHMENTS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "aws_iam_role_policy_attachment": (("role",), "policy_arn"),
    "aws_iam_user_policy_attachment": (("user",), "policy_arn"),
    "aws_iam_group_policy_attachment": (("group",), "policy_arn"),
    "aws_iam_policy_attachment": (("roles", "users", "groups"), "policy_arn"),
    "aws_iam_role_policy_attachments_exclusive": (("role_name",), "policy_arns"),
    "aws_iam_user_policy_attachments_exclusive": (("user_name",), "policy_arns"),
    "aws_iam_group_policy_attachments_exclusive": (("group_name",), "policy_arns"),
    "aws_ssoadmin_managed_policy_attachment": (("permission_set_arn",), "managed_policy_arn"),
}
"""Resource types that attach managed policies: the arguments that name the identities and the policies."""

KINDS: Final[dict[str, IdentityKind]] = {
    "role": "role",
    "user": "user",
    "group": "group",
    "permission_set": "permission set",
}
"""What an argument names, by its beginning."""

BOUNDARIES: Final = {"aws_ssoadmin_permissions_boundary_attachment": ("permission_set_arn", "permissions_boundary")}

ELSEWHERE: Final = {"aws_ssoadmin_customer_managed_policy_attachment": "permission_set_arn"}
"""Resource types that attach a policy by a name that each account gives its own meaning."""

MEMBERS: Final = {
    "aws_iam_group_membership": ("group", "users"),
    "aws_iam_user_group_membership": ("groups", "user"),
}
"""Resource types that put users into groups: the arguments that name the groups and the users."""


def add_identities(template: Template) -> None:
    """Fill `template.identities` and `template.policies`."""
    resources = list(template.resources.values())
    for resource in resources:
        if resource.type == MANAGED or resource.type in INLINE:
            key = INLINE[resource.type][1] if resource.type in INLINE else "policy"
            template.policies[resource.address] = StandalonePolicy(resource, _property(resource, key), attached=False)
    for resource in resources:
        shape = IDENTITIES.get(resource.type)
        if shape:
            template.identities[resource.address] = _identity(template, resource, shape)
    for resource in resources:
        if resource.type in INLINE:
            _attach_inline(template, resource)
        elif resource.type in ATTACHMENTS:
            _attach(template, resource)
        elif resource.type in ELSEWHERE:
            _note_elsewhere(template, resource)
        elif resource.type in BOUNDARIES:
            _bound(template, resource)
    for resource in resources:
        if resource.type in MEMBERS:
            _join_groups(template, resource)


def _property(resource: Resource, key: str) -> Value:
    return resource.properties.child(key) if isinstance(resource.properties, Map) and key else ABSENT


def _key_at(resource: Resource, key: str) -> Position:
    properties = resource.properties
    return properties.key_at.get(key, resource.at) if isinstance(properties, Map) else resource.at


def _identity(template: Template, resource: Resource, shape: IdentityType) -> Identity:
    identity = Identity(
        kind=shape.kind,
        resource=resource,
        name=_property(resource, "name"),
        trust=_signed(_property(resource, shape.trust), ()),
        trust_at=_key_at(resource, shape.trust),
        boundary=_property(resource, shape.boundary),
    )
    for exists in resource.exists:
        for guard, element in exists.elements(_property(resource, shape.managed)):
            _attach_managed(template, identity, element, guard, resource)
        for guard, element in exists.elements(_property(resource, shape.inline)):
            if isinstance(element, Map) and "policy" in element:
                at = element.key_at.get("policy", element.at)
                document = element["policy"]
                attachment = Attachment(document, ABSENT, guard, at, identity.address, _via(document))
                identity.attachments.append(attachment)
    return identity


def _signed(trust: Value, via: tuple[str, ...]) -> Value:
    """A trust policy whose principals name the blocks that it came through, so that what is said of them does."""
    if isinstance(trust, Choice):
        options = [Alternative(guard, _signed(one, via)) for guard, one in trust.alternatives]
        return like(trust, options)
    if isinstance(trust, Items):
        return Items([_signed(one, (*via, *trust.via)) for one in trust], trust.at, trust.via)
    if not isinstance(trust, Map):
        return trust
    via = (*via, *trust.via)
    made: dict[str, Value] = dict(trust)
    for name in trust:
        if name.lower() == "statement":
            made[name] = _signed(trust[name], via)
        elif name.lower() in ("principal", "notprincipal"):
            made[name] = _signed_principal(trust[name], via)
    return Map(made, trust.at, trust.key_at, trust.via)


def _signed_principal(value: Value, via: tuple[str, ...]) -> Value:
    if isinstance(value, Map):
        made = {key: _signed_principal(one, via) for key, one in value.items()}
        return Map(made, value.at, value.key_at, value.via)
    if isinstance(value, Items):
        return Items([_signed_principal(one, via) for one in value], value.at, value.via)
    if isinstance(value, Choice):
        return like(value, [Alternative(guard, _signed_principal(one, via)) for guard, one in value.alternatives])
    return passed(value, *via)


def _via(value: Value) -> tuple[str, ...]:
    """The blocks that a document came through; of alternatives, all of theirs."""
    if isinstance(value, (Text, Map, Items, Unknown)):
        return via_of(value)
    if isinstance(value, Absent):
        return ()
    return tuple(dict.fromkeys(name for _, one in value.alternatives for name in _via(one)))


# ---- policies


def _attach_inline(template: Template, resource: Resource) -> None:
    """A policy of one identity; one that is not in this configuration is left out."""
    named, key = INLINE[resource.type]
    policy = template.policies[resource.address]
    for exists in resource.exists:
        for guard, target in exists.elements(_property(resource, named)):
            policy.attached = True
            identity = _identity_meant(template, target, _kind_of(named))
            if identity is None:
                policy.elsewhere += (guard,)
                continue
            for both in _together(guard, identity):
                via = (resource.address, *_via(policy.document))
                identity.attachments.append(
                    Attachment(policy.document, ABSENT, both, _key_at(resource, key), resource.address, via)
                )


def _attach(template: Template, resource: Resource) -> None:
    """Managed policies to each identity that is named."""
    named, key = ATTACHMENTS[resource.type]
    for exists in resource.exists:
        for name in named:
            for guard, target in exists.elements(_property(resource, name)):
                identity = _identity_meant(template, target, KINDS.get(name)) or _outside(
                    template, resource, target, name
                )
                for inner, element in guard.elements(_property(resource, key)):
                    for both in _together(inner, identity):
                        _attach_managed(template, identity, element, both, resource)


def _together(guard: Guard, identity: Identity) -> list[Guard]:
    found = (guard & exists for exists in identity.resource.exists)
    return [both for both in found if both is not None]


def _outside(template: Template, resource: Resource, target: Value, argument: str) -> Identity:
    """An identity that is made elsewhere: the attachment stands for it."""
    made = Identity(_kind_of(argument) or "role", resource, target, ABSENT, resource.at, ABSENT)
    return template.identities.setdefault(resource.address, made)


def _attach_managed(template: Template, identity: Identity, element: Value, guard: Guard, resource: Resource) -> None:
    """One managed policy by reference, ARN or name."""
    at = position_of(element) or resource.at
    own = () if resource.address == identity.address else (resource.address,)
    policy = _policy_meant(template, element)
    if policy is None:
        via = (*own, *_via(element))
        identity.attachments.append(Attachment(ABSENT, element, guard, at, resource.address, via))
        note_unknown_policy(template, resource.address, element, chosen=_has_default(template, element))
        return
    policy.attached = True
    for exists in policy.resource.exists:
        both = guard & exists
        if both is not None:
            via = tuple(dict.fromkeys((*own, policy.resource.address, *_via(policy.document), *_via(element))))
            identity.attachments.append(Attachment(policy.document, element, both, at, resource.address, via))


def _policy_meant(template: Template, element: Value) -> StandalonePolicy | None:
    """The managed policy of this configuration that an element names: by reference, by ARN or by its fixed name."""
    meant = template.policy_meant(element)
    if meant or not isinstance(element, Text) or not element or ":" in element:
        return meant
    for policy in template.policies.values():
        own = _property(policy.resource, "name")
        if policy.resource.type == MANAGED and isinstance(own, Text) and own == element:
            return policy
    return None


def _kind_of(argument: str) -> IdentityKind | None:
    return next((kind for start, kind in KINDS.items() if argument.startswith(start)), None)


def _identity_meant(template: Template, target: Value, kind: IdentityKind | None = None) -> Identity | None:
    """The identity that is named: by reference to it, to its name or its ARN, or by its fixed name and kind."""
    if isinstance(target, Unknown) and len(target.pieces) == 1 and target.holes[0].kind == "resource":
        found = template.identities.get(resource_of(target.holes[0].name))
        if found:
            return found
    if isinstance(target, (Text, Unknown)):
        for identity in template.identities.values():
            if identity.name == target and not isinstance(identity.name, Absent) and kind in (None, identity.kind):
                return identity
    return None


def _bound(template: Template, resource: Resource) -> None:
    named, key = BOUNDARIES[resource.type]
    for exists in resource.exists:
        for _, target in exists.elements(_property(resource, named)):
            identity = _identity_meant(template, target)
            if identity:
                identity.boundary = _property(resource, key)


# ---- groups


def _join_groups(template: Template, resource: Resource) -> None:
    """A group's policies are its members' too."""
    to, who = MEMBERS[resource.type]
    for exists in resource.exists:
        for outer, group_name in exists.elements(_property(resource, to)):
            group = _identity_meant(template, group_name, "group")
            if group is None:
                continue
            for guard, user_name in outer.elements(_property(resource, who)):
                user = _identity_meant(template, user_name, "user")
                if user is not None:
                    inherit(user, group, guard, resource)


# ---- what cannot be seen


def _has_default(template: Template, element: Value) -> bool:
    """Whether it is what a deployer puts in the place of a default, which is vetted: their own choice, not unseen."""
    holes = element.holes if isinstance(element, Unknown) else ()
    named = (".".join(hole.name.partition("[")[0].split(".")[:2]) for hole in holes if hole.kind == "parameter")
    given = (template.parameters.get(name) for name in (*via_of(element), *named))
    return any(parameter is not None and not isinstance(parameter.default, Absent) for parameter in given)


def _note_elsewhere(template: Template, resource: Resource) -> None:
    note(template, resource.at, resource.address, "this customer managed policy is written elsewhere")
