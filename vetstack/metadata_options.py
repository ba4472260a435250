"""What a template says about the instance metadata service of the machines that it starts.

Facts as tables by resource type, and one question: what can the setting be? Which answers are wrong is for the rules
to say. Which launch template a resource follows instead is in `vetstack.instances`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from vetstack.guards import Guard
from vetstack.instances import walk
from vetstack.position import Position
from vetstack.template import Resource, Template
from vetstack.values import ABSENT, Absent, Map, Text, Unknown, Value, each
from vetstack.verdicts import parameters_by_name

Path = tuple[str, ...]


class Options(NamedTuple):
    """Where a resource type says which versions of the service its machines answer.

    path: to the map of options; key: the one in it that decides; pinned: its value when only version 2 answers;
    opened: its value when version 1 answers too; endpoint, hops: the keys that switch the service off and limit how
    far its answers travel, where there are such.
    """

    path: Path
    key: str
    pinned: str
    opened: str
    endpoint: str | None = None
    hops: str | None = None


def _ec2(*path: str) -> Options:
    return Options(path, "HttpTokens", "required", "optional", "HttpEndpoint", "HttpPutResponseHopLimit")


OPTIONS: Final = {
    "AWS::EC2::LaunchTemplate": _ec2("LaunchTemplateData", "MetadataOptions"),
    "AWS::EC2::Instance": _ec2("MetadataOptions"),
    "AWS::AutoScaling::LaunchConfiguration": _ec2("MetadataOptions"),
    "AWS::EC2::EC2Fleet": _ec2("LaunchTemplateConfigs", "*", "Overrides", "*", "MetadataOptions"),
    "AWS::ImageBuilder::InfrastructureConfiguration": Options(
        ("InstanceMetadataOptions",), "HttpTokens", "required", "optional", hops="HttpPutResponseHopLimit"
    ),
    "AWS::SageMaker::NotebookInstance": Options(
        ("InstanceMetadataServiceConfiguration",), "MinimumInstanceMetadataServiceVersion", "2", "1"
    ),
}

OPTION_SETTINGS: Final = {
    "AWS::ElasticBeanstalk::Environment": ("OptionSettings",),
    "AWS::ElasticBeanstalk::ConfigurationTemplate": ("OptionSettings",),
}
"""Elastic Beanstalk's way: a list of settings, each with a namespace and a name."""

OPTION_SETTING: Final = ("aws:autoscaling:launchconfiguration", "DisableIMDSv1")

NO_OPTIONS: Final[dict[str, Path]] = {
    "AWS::EC2::SpotFleet": ("SpotFleetRequestConfigData", "LaunchSpecifications", "*"),
}
"""Descriptions of machines that have no place for the setting at all."""

Kind = Literal["pinned", "open", "given", "overridable", "unset", "hidden"]


class State(NamedTuple):
    """What the setting is under a guard.

    kind: pinned (version 2 only, or the service is off), open (version 1 by name), given (by a parameter that may open
    it), overridable (given, and pinned unless the deployer changes the default), unset, or hidden (decided by what is
    not in the template). value: what stands there.
    """

    kind: Kind
    guard: Guard
    at: Position
    value: Value


def states(template: Template, resource: Resource, setting: Guard) -> Iterator[State]:
    """Everything that the setting of a resource can be; nothing for a type that has no such setting."""
    options = OPTIONS.get(resource.type)
    if options:
        for guard, value, at in walk(setting, resource, *options.path):
            yield from _of_options(template, options, guard, value, at)
    elif resource.type in OPTION_SETTINGS:
        for guard, value, at in walk(setting, resource, *OPTION_SETTINGS[resource.type]):
            yield from _of_settings(template, guard, value, at)


def _of_options(template: Template, options: Options, setting: Guard, value: Value, at: Position) -> Iterator[State]:
    if not isinstance(value, Map):
        yield State("hidden" if isinstance(value, Unknown) else "unset", setting, at, value)
        return
    for guard, endpoint in setting.over(value.child(options.endpoint) if options.endpoint else ABSENT):
        if isinstance(endpoint, Text) and endpoint.lower() == "disabled":
            yield State("pinned", guard, endpoint.at, endpoint)
            continue
        for inner, tokens in guard.over(value.child(options.key)):
            yield _state(template, inner, tokens, options.pinned, options.opened, at)


def _of_settings(template: Template, setting: Guard, value: Value, at: Position) -> Iterator[State]:
    """The elements that may be the one; where a setting leaves it out, it is unset."""
    if isinstance(value, Unknown):
        yield State("hidden", setting, at, value)
        return
    found = False
    for element in each(value):
        alternatives = list(setting.over(element))
        if any(_is_option(one) for _, one in alternatives):
            found = True
            for guard, one in alternatives:
                inside = one.child("Value") if isinstance(one, Map) and _is_option(one) else None
                if inside is None:
                    yield State("unset", guard, at, value)
                    continue
                for inner, chosen in guard.over(inside):
                    yield _state(template, inner, chosen, "true", "false", at)
    if not found:
        yield State("unset", setting, at, value)


def _is_option(element: Value) -> bool:
    if not isinstance(element, Map):
        return False
    return tuple(element.child(key) for key in ("Namespace", "OptionName")) == OPTION_SETTING


def _state(template: Template, guard: Guard, value: Value, pinned: str, opened: str, missing: Position) -> State:
    if isinstance(value, Absent):
        return State("unset", guard, missing, value)
    if isinstance(value, Text):
        return State("pinned" if value.lower() == pinned else "open", guard, value.at, value)
    if isinstance(value, Unknown) and len(value.pieces) == 1 and value.holes[0].kind == "parameter":
        name = value.holes[0].name
        parameter = parameters_by_name(template).get(name)
        domain = guard.world.domains.get(f"{template.parent} > {name}" if template.parent else name)
        if domain and not domain.admits(opened):
            return State("pinned", guard, value.at, value)
        kept = parameter is not None and parameter.default == pinned
        return State("overridable" if kept else "given", guard, value.at, value)
    return State("hidden", guard, value.at, value)


def hop_limits(resource: Resource, setting: Guard) -> Iterator[tuple[Guard, Text]]:
    """How many hops an answer of the service may travel, where the resource says so and does not switch it off."""
    options = OPTIONS.get(resource.type)
    if options is None or options.hops is None:
        return
    for guard, value, _ in walk(setting, resource, *options.path):
        for inner in _switched_on(options, guard, value) if isinstance(value, Map) else ():
            for narrow, hops in inner.over(value.child(options.hops)) if isinstance(value, Map) else ():
                if isinstance(hops, Text):
                    yield narrow, hops


def _switched_on(options: Options, setting: Guard, value: Map) -> Iterator[Guard]:
    """The settings under which the service answers at all."""
    for guard, endpoint in setting.over(value.child(options.endpoint) if options.endpoint else ABSENT):
        if not (isinstance(endpoint, Text) and endpoint.lower() == "disabled"):
            yield guard
