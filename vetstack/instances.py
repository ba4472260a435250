"""How a template starts machines: which launch template a resource follows, and what role they get.

Tables by resource type, and the questions that walk them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, cast

from vetstack.guards import DEEP_LIMIT, Guard, Reached
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Resource, Template
from vetstack.values import ABSENT, Absent, Items, Map, Text, Unknown, Value, each, position_of

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
    "aws_gamelift_game_server_group": (("launch_template", BLOCK),),
    "aws_elastic_beanstalk_environment": (("template_name",),),
}
"""Where a type names the launch template, launch configuration or the like that its machines are started from."""

FOLLOWS_FOR_SOME: Final[dict[str, tuple[Path, ...]]] = {
    "AWS::Batch::ComputeEnvironment": (("ComputeResources", "LaunchTemplate", "Overrides", "*"),),
}
"""Where a type may name further launch templates for some of its machines, which decide nothing for the others."""

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
    for_some = FOLLOWS_FOR_SOME.get(resource.type, ())
    for path in (*FOLLOWS.get(resource.type, ()), *for_some):
        for guard, value, at in walk(setting, resource, *path):
            for inner, named in _references(guard, value):
                if path not in for_some or not isinstance(named, Absent):
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
