"""From which image the machines of a template are started, and whether that image asks for IMDSv2 by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.guards import Guard
from vetstack.instances import BLOCK, Path, walk
from vetstack.regex import Regex
from vetstack.template import Resource, Template, resource_of
from vetstack.values import ABSENT, Absent, Text, Unknown, Value
from vetstack.verdicts import parameters_by_name

_COMPUTE: Final = ("compute_resources", BLOCK)
_PLATFORM: Final = (("SolutionStackName",), ("PlatformArn",))
_PLATFORM_IN_TERRAFORM: Final = (("solution_stack_name",), ("platform_arn",))

IMAGES: Final[dict[str, tuple[Path, ...]]] = {
    "AWS::EC2::LaunchTemplate": (("LaunchTemplateData", "ImageId"),),
    "AWS::EC2::Instance": (("ImageId",),),
    "AWS::AutoScaling::LaunchConfiguration": (("ImageId",),),
    "AWS::EKS::Nodegroup": (("AmiType",),),
    "AWS::Batch::ComputeEnvironment": (
        ("ComputeResources", "ImageId"),
        ("ComputeResources", "Ec2Configuration", "*", "ImageIdOverride"),
        ("ComputeResources", "Ec2Configuration", "*", "ImageType"),
    ),
    "AWS::ElasticBeanstalk::Environment": _PLATFORM,
    "AWS::ElasticBeanstalk::ConfigurationTemplate": _PLATFORM,
    "aws_launch_template": (("image_id",),),
    "aws_instance": (("ami",),),
    "aws_spot_instance_request": (("ami",),),
    "aws_launch_configuration": (("image_id",),),
    "aws_eks_node_group": (("ami_type",),),
    "aws_batch_compute_environment": (
        (*_COMPUTE, "image_id"),
        (*_COMPUTE, "ec2_configuration", BLOCK, "image_id_override"),
        (*_COMPUTE, "ec2_configuration", BLOCK, "image_type"),
    ),
    "aws_elastic_beanstalk_environment": _PLATFORM_IN_TERRAFORM,
    "aws_elastic_beanstalk_configuration_template": _PLATFORM_IN_TERRAFORM,
}
"""Where a type names the image, or the family of images, of its machines: of several places the first that does."""

SPECIFIED: Final = {"AWS::EC2::SpotFleet": "ImageId", "aws_spot_fleet_request": "ami"}
"""The key of the image in each launch specification of a type."""

_AL2023: Final = Regex(
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


def images(resource: Resource, setting: Guard) -> Iterator[tuple[Guard, Value]]:
    """What the image of a resource's machines can be, ABSENT where it names none."""
    yield from _first(setting, resource, IMAGES.get(resource.type, ()))


def _first(setting: Guard, resource: Resource, paths: Sequence[Path]) -> Iterator[tuple[Guard, Value]]:
    if not paths:
        yield setting, ABSENT
        return
    for guard, value, _ in walk(setting, resource, *paths[0]):
        if isinstance(value, Absent):
            yield from _first(guard, resource, paths[1:])
        else:
            yield guard, value


def requires_tokens(template: Template, image: Value) -> bool:
    """Whether an image is one of AWS's AL2023 images, which ask for IMDSv2 unless told otherwise."""
    if isinstance(image, Text):
        return bool(_AL2023.search(image))
    if not isinstance(image, Unknown):
        return False
    return _is_made_so(template, image) or any(
        _AL2023.search(name) for name in (str(image), *_looked_up(template, image))
    )


def made_here(template: Template, image: Value) -> Resource | None:
    """The resource of this template that an image is."""
    resource = template.resource_named(image)
    return resource if resource and resource.type in _MADE_WITH else None


def _is_made_so(template: Template, image: Unknown) -> bool:
    """Whether the image is one that the template makes, always with IMDSv2."""
    resource = made_here(template, image)
    if resource is None:
        return False
    key, wanted = _MADE_WITH[resource.type]
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
