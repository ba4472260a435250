"""What a template says about the instance metadata service of the machines that it starts.

Facts as tables by resource type, and one question: what can the setting be? Which answers are wrong is for the rules
to say. Which launch template a resource follows instead is in `vetstack.instances`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, cast

from vetstack.guards import Guard, without
from vetstack.instances import BLOCK, walk
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Resource, Template
from vetstack.values import ABSENT, Absent, Map, Text, Unknown, Value, each
from vetstack.verdicts import default_of

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


class OptionList(NamedTuple):
    """Settings in a list: the property that holds it, and the keys of an element."""

    path: str
    namespace: str
    name: str
    value: str


def _ec2(*path: str) -> Options:
    return Options(path, "HttpTokens", "required", "optional", "HttpEndpoint", "HttpPutResponseHopLimit")


def _terraform(*path: str) -> Options:
    return Options(path, "http_tokens", "required", "optional", "http_endpoint", "http_put_response_hop_limit")


ACCOUNT_DEFAULT: Final = "aws_ec2_instance_metadata_defaults"
"""The type that says what instances of a region get which say nothing themselves."""

NO_PREFERENCE: Final = "no-preference"
"""How an account default leaves the decision to the image, as if it were not there."""


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
    "aws_launch_template": _terraform("metadata_options", BLOCK),
    "aws_instance": _terraform("metadata_options", BLOCK),
    "aws_spot_instance_request": _terraform("metadata_options", BLOCK),
    "aws_launch_configuration": _terraform("metadata_options", BLOCK),
    ACCOUNT_DEFAULT: _terraform(),
    "aws_imagebuilder_infrastructure_configuration": Options(
        ("instance_metadata_options", BLOCK), "http_tokens", "required", "optional", hops="http_put_response_hop_limit"
    ),
    "aws_sagemaker_notebook_instance": Options(
        ("instance_metadata_service_configuration", BLOCK), "minimum_instance_metadata_service_version", "2", "1"
    ),
}

_LISTED: Final = OptionList("OptionSettings", "Namespace", "OptionName", "Value")
_LISTED_IN_BLOCKS: Final = OptionList("setting", "namespace", "name", "value")

OPTION_SETTINGS: Final = {
    "AWS::ElasticBeanstalk::Environment": _LISTED,
    "AWS::ElasticBeanstalk::ConfigurationTemplate": _LISTED,
    "aws_elastic_beanstalk_environment": _LISTED_IN_BLOCKS,
    "aws_elastic_beanstalk_configuration_template": _LISTED_IN_BLOCKS,
}
"""Elastic Beanstalk's way: a list of settings, each with a namespace and a name."""

OPTION_SETTING: Final = ("aws:autoscaling:launchconfiguration", "DisableIMDSv1")

NO_OPTIONS: Final[dict[str, Path]] = {
    "AWS::EC2::SpotFleet": ("SpotFleetRequestConfigData", "LaunchSpecifications", "*"),
    "aws_spot_fleet_request": ("launch_specification", "*"),
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
        listed = OPTION_SETTINGS[resource.type]
        for guard, value, at in walk(setting, resource, listed.path):
            yield from _of_settings(template, listed, guard, value, at)


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


def _of_settings(template: Template, listed: OptionList, setting: Guard, value: Value, at: Position) -> Iterator[State]:
    """The elements that may be the one; where a setting leaves it out, it is unset."""
    if isinstance(value, Unknown):
        yield State("hidden", setting, at, value)
        return
    found = False
    for element in each(value):
        alternatives = list(setting.over(element))
        if any(_is_option(listed, one) for _, one in alternatives):
            found = True
            for guard, one in alternatives:
                inside = one.child(listed.value) if isinstance(one, Map) and _is_option(listed, one) else None
                if inside is None:
                    yield State("unset", guard, at, value)
                    continue
                for inner, chosen in guard.over(inside):
                    yield _state(template, inner, chosen, "true", "false", at)
    if not found:
        yield State("unset", setting, at, value)


def _is_option(listed: OptionList, element: Value) -> bool:
    if not isinstance(element, Map):
        return False
    return tuple(element.child(key) for key in (listed.namespace, listed.name)) == OPTION_SETTING


def _state(template: Template, guard: Guard, value: Value, pinned: str, opened: str, missing: Position) -> State:
    if isinstance(value, Absent) or value == NO_PREFERENCE:
        return State("unset", guard, missing, value)
    if isinstance(value, Text):
        return State("pinned" if value.lower() == pinned else "open", guard, value.at, value)
    if isinstance(value, Unknown) and len(value.pieces) == 1 and value.holes[0].kind == "parameter":
        name = value.holes[0].name
        domain = guard.world.domains.get(name)
        if domain and not domain.admits(opened):
            return State("pinned", guard, value.at, value)
        kept = default_of(template, name) == pinned
        return State("overridable" if kept else "given", guard, value.at, value)
    return State("hidden", guard, value.at, value)


class Default(NamedTuple):
    """What the account gives machines that say nothing, where the template sets it: `pinned`, `open`, else `unset`.

    said_by: the resource that does, None where nothing does.
    """

    guard: Guard
    kind: Kind
    said_by: Resource | None


def by_account(template: Template, resource: Resource, setting: Guard) -> Iterator[Default]:
    """A setting in parts: what the template makes the default of the resource's region in each."""
    left = [setting]
    for default in _account_defaults(template, resource):
        both = setting & default.guard
        if both is not None:
            yield default._replace(guard=both)
            left = [rest for one in left for rest in without(one, default.guard)]
    yield from (Default(guard, "unset", None) for guard in left)


def _account_defaults(template: Template, resource: Resource) -> Iterator[Default]:
    options = OPTIONS.get(resource.type)
    if resource.type in (ACCOUNT_DEFAULT, *OPTION_SETTINGS) or (options and options.key != "http_tokens"):
        return
    if __name__ not in template.derived:
        template.derived[__name__] = [one for one in template.resources.values() if one.type == ACCOUNT_DEFAULT]
    for other in cast("list[Resource]", template.derived[__name__]):
        if _region(other) == _region(resource):
            for exists in other.exists:
                for state in states(template, other, exists):
                    if state.kind in ("pinned", "open"):
                        yield Default(state.guard, state.kind, other)


def _region(resource: Resource) -> tuple[str, ...]:
    """What sets the region of a resource apart from the others' of its template."""
    own = resource.properties.child("region") if isinstance(resource.properties, Map) else ABSENT
    return tuple("" if isinstance(one, Absent) else str(one) for one in (own, resource.attributes.child("provider")))


def hop_limits(resource: Resource, setting: Guard) -> Iterator[tuple[Guard, Value]]:
    """How many hops an answer of the service may travel; ABSENT where the resource does not say, or switches it off."""
    options = OPTIONS.get(resource.type)
    if options is None or options.hops is None:
        return
    for guard, value, _ in walk(setting, resource, *options.path):
        if not isinstance(value, Map):
            yield guard, ABSENT
            continue
        for inner, endpoint in guard.over(value.child(options.endpoint) if options.endpoint else ABSENT):
            off = isinstance(endpoint, Text) and endpoint.lower() == "disabled"
            yield from inner.over(ABSENT if off else value.child(options.hops))
