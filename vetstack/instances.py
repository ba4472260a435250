"""How a template starts machines: which launch template a resource follows, and from which image.

Tables by resource type, and the questions that walk them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.template import Resource, Template
from vetstack.values import ABSENT, Absent, Map, Text, Unknown, Value
from vetstack.verdicts import parameters_by_name

Path = tuple[str, ...]


FOLLOWS: Final[dict[str, tuple[Path, ...]]] = {
    "AWS::EC2::Instance": (("LaunchTemplate",),),
    "AWS::AutoScaling::AutoScalingGroup": (
        ("LaunchTemplate",),
        ("LaunchConfigurationName",),
        ("InstanceId",),
        ("MixedInstancesPolicy", "LaunchTemplate", "LaunchTemplateSpecification"),
        ("MixedInstancesPolicy", "LaunchTemplate", "Overrides", "*", "LaunchTemplateSpecification"),
    ),
    "AWS::EC2::EC2Fleet": (("LaunchTemplateConfigs", "*", "LaunchTemplateSpecification"),),
    "AWS::EC2::SpotFleet": (
        ("SpotFleetRequestConfigData", "LaunchTemplateConfigs", "*", "LaunchTemplateSpecification"),
    ),
    "AWS::EKS::Nodegroup": (("LaunchTemplate",),),
    "AWS::Batch::ComputeEnvironment": (("ComputeResources", "LaunchTemplate"),),
    "AWS::GameLift::GameServerGroup": (("LaunchTemplate",),),
    "AWS::ElasticBeanstalk::Environment": (("TemplateName",),),
}
"""Where a type names the launch template, launch configuration or the like that its machines are started from."""

OWN_NAMES: Final[dict[str, str | None]] = {
    "AWS::EC2::LaunchTemplate": "LaunchTemplateName",
    "AWS::AutoScaling::LaunchConfiguration": "LaunchConfigurationName",
    "AWS::EC2::Instance": None,
    "AWS::ElasticBeanstalk::ConfigurationTemplate": None,
}
"""What can be followed, and the property that names it for those who do not refer to it."""

_REFERENCES: Final = ("LaunchTemplateId", "LaunchTemplateName", "Id", "Name")
"""The keys of a launch template specification that say which one, as the services spell them."""

IMAGES: Final[dict[str, Path]] = {
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData", "ImageId"),
    "AWS::EC2::Instance": ("ImageId",),
    "AWS::AutoScaling::LaunchConfiguration": ("ImageId",),
    "AWS::EC2::SpotFleet": ("SpotFleetRequestConfigData", "LaunchSpecifications", "*", "ImageId"),
    "AWS::EKS::Nodegroup": ("AmiType",),
    "AWS::Batch::ComputeEnvironment": ("ComputeResources", "Ec2Configuration", "*", "ImageType"),
    "AWS::ElasticBeanstalk::Environment": ("SolutionStackName",),
    "AWS::ElasticBeanstalk::ConfigurationTemplate": ("SolutionStackName",),
}
"""Where a type names the image, or the family of images, of its machines."""

PROFILES: Final[dict[str, Path]] = {
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData", "IamInstanceProfile"),
    "AWS::EC2::Instance": ("IamInstanceProfile",),
    "AWS::AutoScaling::LaunchConfiguration": ("IamInstanceProfile",),
}
"""Where a type may give its machines a role, or leave them without one."""

_AL2023: Final = re.compile(
    r"/aws/service/\S*(al2023|amazon-linux-2023)|^AL2023_|^E[CK]S_AL2023|Amazon Linux 2023", re.IGNORECASE
)
"""Names of AWS's own AL2023 images: public parameter paths, EKS AmiType, Batch ImageType, Beanstalk platforms."""


class Followed(NamedTuple):
    """What a resource starts its machines from under one setting.

    named: what names it, ABSENT when nothing does; resource: it, when this template writes it.
    """

    guard: Guard
    named: Value
    resource: Resource | None
    at: Position


def followed(template: Template, resource: Resource, setting: Guard) -> Iterator[Followed]:
    """The launch templates and the like that a resource follows; one with `named` ABSENT for a path that has none."""
    for path in FOLLOWS.get(resource.type, ()):
        for guard, value, at in walk(setting, resource, *path):
            for inner, named in _references(guard, value):
                yield from _resolved(template, inner, named, at)


def walk(setting: Guard, resource: Resource, *path: str) -> Iterator[tuple[Guard, Value, Position]]:
    """`Guard.walk` over a resource's properties: what is missing from all of them is missing from their key, or header.

    The position is that of the value, or of the last key on the way to where it is missing.
    """
    whole = getattr(resource.properties, "at", None)
    outermost = resource.attributes.key_at.get("Properties") or resource.at
    for found in setting.walk(resource.properties, *path):
        missing = isinstance(found.value, Absent) and found.at in (whole, None)
        yield found.guard, found.value, outermost if missing or found.at is None else found.at


def _references(guard: Guard, value: Value) -> Iterator[tuple[Guard, Value]]:
    """What a specification refers to: the id or the name in a map, or a plain value itself."""
    if not isinstance(value, Map):
        yield guard, value
        return
    key = next((key for key in _REFERENCES if key in value), None)
    yield from guard.over(value[key] if key else ABSENT)


def _resolved(template: Template, guard: Guard, named: Value, at: Position) -> Iterator[Followed]:
    direct = template.resource_named(named)
    if direct is not None:
        yield Followed(guard, named, direct if direct.type in OWN_NAMES else None, at)
        return
    matches = list(_called(template, guard, named)) if isinstance(named, (Text, Unknown)) else []
    for inner, resource in matches:
        yield Followed(inner, named, resource, at)
    if not matches:
        yield Followed(guard, named, None, at)


def _called(template: Template, guard: Guard, name: Text | Unknown) -> Iterator[tuple[Guard, Resource]]:
    """The resources of this template whose own name is the same text, or is put together in the same way."""
    for resource in template.resources.values():
        own = OWN_NAMES.get(resource.type)
        for exists in resource.exists if own else ():
            both = guard & exists
            if own and both is not None:
                yield from ((g, resource) for g, value, _ in walk(both, resource, own) if value == name)


def requires_tokens(template: Template, image: Value) -> bool:
    """Whether an image is one of AWS's AL2023 images, which ask for IMDSv2 unless told otherwise."""
    if isinstance(image, Text):
        return bool(_AL2023.search(image))
    if not isinstance(image, Unknown):
        return False
    return any(_AL2023.search(name) for name in (str(image), *_looked_up(template, image)))


def _looked_up(template: Template, image: Unknown) -> Iterator[str]:
    """The defaults of the parameters in it: of one with a looked-up type, the path where the image's id is found."""
    parameters = parameters_by_name(template)
    for hole in image.holes:
        parameter = parameters.get(hole.name) if hole.kind == "parameter" else None
        if parameter and isinstance(parameter.default, Text):
            yield str(parameter.default)
