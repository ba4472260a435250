"""How a template starts machines: which launch template a resource follows, and from which image.

Tables by resource type, and the questions that walk them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, cast

from vetstack.guards import DEEP_LIMIT, Guard, Reached
from vetstack.position import Position
from vetstack.template import Resource, Template, resource_of
from vetstack.values import ABSENT, Absent, Items, Map, Text, Unknown, Value, each, position_of
from vetstack.verdicts import parameters_by_name

Path = tuple[str, ...]

BLOCK: Final = "{}"
"""The step into a nested block of Terraform, of which there is a list: each of its elements, or the lack of any."""

_MIXED: Final = ("mixed_instances_policy", BLOCK, "launch_template", BLOCK)

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
    "aws_instance": (("launch_template", BLOCK),),
    "aws_spot_instance_request": (("launch_template", BLOCK),),
    "aws_autoscaling_group": (
        ("launch_template", BLOCK),
        ("launch_configuration",),
        (*_MIXED, "launch_template_specification", BLOCK),
        (*_MIXED, "override", "*", "launch_template_specification", BLOCK),
    ),
    "aws_ec2_fleet": (("launch_template_config", "*", "launch_template_specification", BLOCK),),
    "aws_spot_fleet_request": (("launch_template_config", "*", "launch_template_specification", BLOCK),),
    "aws_eks_node_group": (("launch_template", BLOCK),),
    "aws_batch_compute_environment": (("compute_resources", BLOCK, "launch_template", BLOCK),),
    "aws_elastic_beanstalk_environment": (("template_name",),),
}
"""Where a type names the launch template, launch configuration or the like that its machines are started from."""

OWN_NAMES: Final[dict[str, str | None]] = {
    "AWS::EC2::LaunchTemplate": "LaunchTemplateName",
    "AWS::AutoScaling::LaunchConfiguration": "LaunchConfigurationName",
    "AWS::EC2::Instance": None,
    "AWS::ElasticBeanstalk::ConfigurationTemplate": None,
    "aws_launch_template": "name",
    "aws_launch_configuration": "name",
    "aws_instance": None,
    "aws_elastic_beanstalk_configuration_template": "name",
}
"""What can be followed, and the property that names it for those who do not refer to it."""

_REFERENCES: Final = (
    "LaunchTemplateId", "LaunchTemplateName", "Id", "Name", "launch_template_id", "launch_template_name", "id", "name",
)  # fmt: skip
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
    "aws_launch_template": ("image_id",),
    "aws_instance": ("ami",),
    "aws_spot_instance_request": ("ami",),
    "aws_launch_configuration": ("image_id",),
    "aws_spot_fleet_request": ("launch_specification", "*", "ami"),
    "aws_eks_node_group": ("ami_type",),
    "aws_batch_compute_environment": ("compute_resources", BLOCK, "ec2_configuration", BLOCK, "image_type"),
    "aws_elastic_beanstalk_environment": ("solution_stack_name",),
    "aws_elastic_beanstalk_configuration_template": ("solution_stack_name",),
}
"""Where a type names the image, or the family of images, of its machines."""

PROFILES: Final[dict[str, Path]] = {
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData", "IamInstanceProfile"),
    "AWS::EC2::Instance": ("IamInstanceProfile",),
    "AWS::AutoScaling::LaunchConfiguration": ("IamInstanceProfile",),
    "aws_launch_template": ("iam_instance_profile", BLOCK),
    "aws_instance": ("iam_instance_profile",),
    "aws_spot_instance_request": ("iam_instance_profile",),
    "aws_launch_configuration": ("iam_instance_profile",),
}
"""Where a type may give its machines a role, or leave them without one."""

_AL2023: Final = re.compile(
    r"/aws/service/\S*(al2023|amazon-linux-2023)|^AL2023_|^E[CK]S_AL2023|Amazon Linux 2023|^al2023-ami-", re.IGNORECASE
)
"""Names of AWS's own AL2023 images: public parameter paths, EKS AmiType, Batch ImageType, Beanstalk platforms, and
beginnings of the images' own names."""

_IMAGE_NAMES: Final[dict[str, tuple[Path, ...]]] = {
    "aws_ssm_parameter": (("name",),),
    "aws_ami": (("name_regex",), ("filter", BLOCK, "values", "*")),
}
"""Where data sources of Terraform say which image they look up."""

_MADE_WITH: Final[dict[str, tuple[str, str]]] = {"aws_ami": ("imds_support", "v2.0")}
"""Resources that are images, and the argument with which one asks for IMDSv2."""


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

    The step BLOCK goes into nested blocks. The position is that of the value, or of the last key on the way to where
    it is missing.
    """
    whole = getattr(resource.properties, "at", None)
    outermost = resource.attributes.key_at.get("Properties") or resource.at
    for found in _steps(Reached(setting, resource.properties, None), path):
        missing = isinstance(found.value, Absent) and found.at in (whole, None)
        yield found.guard, found.value, outermost if missing or found.at is None else found.at


def _steps(here: Reached, path: Path) -> Iterator[Reached]:
    """`Guard.walk`, and through the nested blocks between its paths."""
    if BLOCK not in path:
        yield from _walked(here, path)
        return
    cut = path.index(BLOCK)
    for found in _walked(here, path[:cut]):
        if isinstance(found.value, (Absent, Unknown)):
            yield found
            continue
        for guard, blocks in _present(found.guard, list(each(found.value))):
            for block in blocks:
                yield from _steps(Reached(guard, block, position_of(block)), path[cut + 1 :])
            if not blocks:
                yield Reached(guard, ABSENT, found.at)


def _walked(here: Reached, path: Path) -> Iterator[Reached]:
    for found in here.guard.walk(here.value, *path):
        yield found if path else found._replace(at=here.at or found.at)


def _present(guard: Guard, elements: Sequence[Value]) -> list[tuple[Guard, list[Value]]]:
    """The elements that are there under each setting, lists among them spliced in."""
    rows: list[tuple[Guard, list[Value]]] = [(guard, [])]
    for element in elements:
        longer: list[tuple[Guard, list[Value]]] = []
        for outer, kept in rows:
            for inner, one in outer.over(element):
                if isinstance(one, Items):
                    longer += [(narrow, [*kept, *more]) for narrow, more in _present(inner, one)]
                else:
                    longer.append((inner, kept if isinstance(one, Absent) else [*kept, one]))
        rows = longer[:DEEP_LIMIT]
    return rows


def _references(guard: Guard, value: Value) -> Iterator[tuple[Guard, Value]]:
    """What a specification refers to: the id or the name in a map, or a plain value itself; empty, to none."""
    key = next((key for key in _REFERENCES if key in value), None) if isinstance(value, Map) else None
    for inner, named in guard.over(value[key] if isinstance(value, Map) and key else value):
        yield inner, ABSENT if isinstance(named, Map) or named == "" else named


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
    for given, resource in _own_names(template).get(name, ()):
        both = guard & given
        if both is not None:
            yield both, resource


def _own_names(template: Template) -> dict[Value, list[tuple[Guard, Resource]]]:
    """What can be followed in a template by each name, and under which settings it has that name."""
    if __name__ not in template.derived:
        template.derived[__name__] = _read_names(template)
    return cast("dict[Value, list[tuple[Guard, Resource]]]", template.derived[__name__])


def _read_names(template: Template) -> dict[Value, list[tuple[Guard, Resource]]]:
    found: dict[Value, list[tuple[Guard, Resource]]] = {}
    for resource in template.resources.values():
        own = OWN_NAMES.get(resource.type)
        for exists in resource.exists if own else ():
            for guard, value, _ in walk(exists, resource, own) if own else ():
                if isinstance(value, (Text, Unknown)):
                    found.setdefault(value, []).append((guard, resource))
    return found


def requires_tokens(template: Template, image: Value) -> bool:
    """Whether an image is one of AWS's AL2023 images, which ask for IMDSv2 unless told otherwise."""
    if isinstance(image, Text):
        return bool(_AL2023.search(image))
    if not isinstance(image, Unknown):
        return False
    return _is_made_so(template, image) or any(
        _AL2023.search(name) for name in (str(image), *_looked_up(template, image))
    )


def _is_made_so(template: Template, image: Unknown) -> bool:
    """Whether the image is one that the template makes, always with IMDSv2."""
    resource = template.resource_named(image)
    key, wanted = _MADE_WITH.get(resource.type if resource else "", ("", ""))
    if resource is None or not key:
        return False
    return all(value == wanted for exists in resource.exists for _, value, _ in walk(exists, resource, key))


def _looked_up(template: Template, image: Unknown) -> Iterator[str]:
    """The defaults of the parameters in it: of one with a looked-up type, the path where the image's id is found.

    Of a data source, what it asks for.
    """
    parameters = parameters_by_name(template)
    for hole in image.holes:
        source = template.resource_at(resource_of(hole.name))
        if source is not None:
            for path in _IMAGE_NAMES.get(source.type.removeprefix("data."), ()):
                for exists in source.exists:
                    yield from (str(value) for _, value, _ in walk(exists, source, *path) if isinstance(value, Text))
        parameter = parameters.get(hole.name) if hole.kind == "parameter" else None
        if parameter and isinstance(parameter.default, Text):
            yield str(parameter.default)
