"""Which capabilities a template needs to be acknowledged, and because of what.

Sources: CloudFormation API reference, CreateStackSet and CreateStack, Capabilities; user guide,
using-iam-capabilities. AWS SAM developer guide: a function that is given no role gets one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from vetstack.guards import Guard
from vetstack.records import NamedTuple
from vetstack.template import Macro, Resource, Template
from vetstack.values import Absent, Text, Unknown

IAM: Final = "CAPABILITY_IAM"
NAMED: Final = "CAPABILITY_NAMED_IAM"
MACROS: Final = "CAPABILITY_AUTO_EXPAND"

IAM_TYPES: Final[dict[str, str | None]] = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::GroupPolicy": None,
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::RolePolicy": None,
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserPolicy": None,
    "AWS::IAM::UserToGroupAddition": None,
}
"""Types that have to be acknowledged, and the property with which their name is."""

ROLE_MADE: Final = {
    "AWS::Serverless::Function": "Role",
    "AWS::Serverless::StateMachine": "Role",
    "AWS::Serverless::Application": None,
}
"""Types of SAM that make an IAM role, unless the property names one."""


class Need(NamedTuple):
    """A capability that a block makes necessary, under a setting; because: what it does, for a message to say of it."""

    capability: str
    address: str
    because: str
    setting: Guard


def needs_of(template: Template) -> Iterator[Need]:
    """Every reason for a capability, in the order in which they stand."""
    for macro in template.macros:
        yield Need(MACROS, macro.resource, _calls(macro), template.world.always)
    for resource in template.resources.values():
        for exists in resource.exists:
            yield from _of_resource(resource, exists)


def _calls(macro: Macro) -> str:
    named = isinstance(macro.name, (Text, Unknown))
    return f"calls the macro {macro.name}" if named else "calls a macro"


def _of_resource(resource: Resource, exists: Guard) -> Iterator[Need]:
    address, kind = resource.address, resource.type
    if kind in ROLE_MADE:
        role = ROLE_MADE[kind]
        for found in exists.walk(resource.properties, role) if role else ():
            if isinstance(found.value, Absent):
                yield Need(IAM, address, "gets a role from AWS::Serverless", found.guard)
        if role is None:
            yield Need(MACROS, address, "is a nested application", exists)
    if kind not in IAM_TYPES:
        return
    named = IAM_TYPES[kind]
    if named is None:
        yield Need(IAM, address, f"is an {kind}", exists)
        return
    for found in exists.walk(resource.properties, named):
        if isinstance(found.value, Absent):
            yield Need(IAM, address, f"is an {kind}", found.guard)
        else:
            yield Need(NAMED, address, f"is an {kind} with a name of its own", found.guard)


def acknowledged(capability: str, given: Iterable[str]) -> bool:
    """Whether a list of capabilities covers one."""
    names = set(given)
    return capability in names or (capability == IAM and NAMED in names)
