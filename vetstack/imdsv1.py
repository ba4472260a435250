"""What is wrong with what a template says about the metadata service of the machines that it starts, as cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.findings import Severity
from vetstack.guards import Guard
from vetstack.instances import FOLLOWS, PROFILES, Followed, followed, walk
from vetstack.machine_images import SPECIFIED, images, made_here, requires_tokens
from vetstack.machines import MACHINE_KINDS, MADE_BY_SERVICE, STARTED
from vetstack.metadata_options import (
    ACCOUNT_DEFAULT,
    NO_OPTIONS,
    OPTION_SETTING,
    OPTIONS,
    Default,
    State,
    by_account,
    hop_limits,
    states,
)
from vetstack.template import Resource, Template, Undecided
from vetstack.values import Absent, Map, Text, Unknown, Value, via_of
from vetstack.verdicts import Case

ASKED: Final = {
    "HttpTokens": "HttpTokens: required",
    "MinimumInstanceMetadataServiceVersion": 'MinimumInstanceMetadataServiceVersion: "2"',
    "DisableIMDSv1": "DisableIMDSv1: true",
    "http_tokens": 'http_tokens = "required"',
    "minimum_instance_metadata_service_version": 'minimum_instance_metadata_service_version = "2"',
}
"""What to ask for, by the option that decides."""

_ACCOUNT_DECIDES: Final = (
    "so the account's default and the image decide: both allow IMDSv1 unless somebody changed them"
)
_NOTEBOOK_DECIDES: Final = "and a notebook instance then answers IMDSv1 as well"

LEFT_TO: Final = {
    "HttpTokens": _ACCOUNT_DECIDES,
    "MinimumInstanceMetadataServiceVersion": _NOTEBOOK_DECIDES,
    "DisableIMDSv1": "and platforms older than Amazon Linux 2023 then answer IMDSv1 as well",
    "http_tokens": _ACCOUNT_DECIDES,
    "minimum_instance_metadata_service_version": _NOTEBOOK_DECIDES,
}
"""Who decides when the option is unset."""

LEFT_OPEN: Final = dict.fromkeys(
    ("AWS::AutoScaling::LaunchConfiguration", "aws_launch_configuration"),
    "which a launch configuration takes for optional",
)
"""Types that decide it themselves when it is unset."""

HOPS: Final = 2
"""Hops that a container on the machine needs: an answer that may travel further can leave the machine."""

STOLEN: Final = "whoever can make such a machine fetch a URL reads the credentials of its role"
READ: Final = (
    "whoever can make such a machine fetch a URL reads its user data, and the credentials of any role it is given"
)


def cases_of(template: Template, resource: Resource, followers: Sequence[Resource]) -> Iterator[Case]:
    for exists in resource.exists:
        for state in states(template, resource, exists):
            yield from _judged(template, resource, exists, state, followers)
        if resource.type in NO_OPTIONS:
            yield from _without_options(template, resource, exists)
        elif resource.type in MADE_BY_SERVICE and _starts_machines(resource, exists):
            yield from _without_template(template, resource, exists)


def _judged(
    template: Template, resource: Resource, exists: Guard, state: State, followers: Sequence[Resource]
) -> Iterator[Case]:
    """What one state of the setting is worth; unset, it is worth what the resource follows, or its image."""
    machines, key, at = STARTED[resource.type], _key(resource), state.at
    stolen = _stolen(resource, state.guard)
    if state.kind == "open":
        message = f'{key} is "{state.value}", which opens IMDSv1 on {machines.called}: {stolen}.'
        yield Case(machines.severity, state.guard, exists, at, f"{message} {_ask(key)}", via_of(state.value))
    elif state.kind in ("given", "overridable"):
        message = f"{key} is whatever {state.value} says, which may open IMDSv1 on {machines.called}: {stolen}."
        severity: Severity = "note" if state.kind == "overridable" else "warning"
        yield Case(severity, state.guard, exists, at, f"{message} {_ask(key)}", via_of(state.value))
    elif state.kind == "unset" and resource.type != ACCOUNT_DEFAULT:
        for guard, default in _unless_followed(template, resource, state.guard):
            if default is None or default.kind == "pinned":
                yield Case(None, guard, exists, at)
                continue
            message = f"{key} is not set, {_left_to(resource, key, default)}. So {stolen}."
            case = Case(machines.severity, guard, exists, at, message, _said_by(default))
            yield from _by_image(template, resource, case, default, followers)
    else:
        yield Case(None, state.guard, exists, at)


def _unless_followed(
    template: Template, resource: Resource, setting: Guard
) -> Iterator[tuple[Guard, Default | None]]:
    """A setting in parts: the account's default, or None where something else says how the machines are started.

    That is reported there, if anything is wrong with it.
    """
    follows = [(each.guard, not isinstance(each.named, Absent)) for each in followed(template, resource, setting)]
    for guard, named in follows if resource.type in FOLLOWS else [(setting, False)]:
        if named:
            yield guard, None
        else:
            yield from ((default.guard, default) for default in by_account(template, resource, guard))


def _left_to(resource: Resource, key: str, default: Default) -> str:
    """Who decides where the option is not set."""
    if default.kind == "open":
        return "and the account's default that this template sets opens IMDSv1, whatever the image asks for"
    return LEFT_OPEN.get(resource.type, LEFT_TO[key])


def _said_by(default: Default) -> tuple[str, ...]:
    return (default.said_by.address,) if default.said_by and default.kind == "open" else ()


def _by_image(
    template: Template, resource: Resource, case: Case, default: Default, followers: Sequence[Resource]
) -> Iterator[Case]:
    """The case over every image that the machines can have: some ask for version 2 by themselves.

    A launch template that names none leaves it to those who follow it. The account's default outweighs the image.
    """
    asked = _ask(_key(resource))
    for guard, image in images(resource, case.guard):
        theirs = [one for user in followers for exists in user.exists for _, one in images(user, exists)]
        found = theirs if isinstance(image, Absent) else [image]
        made = made_here(template, image)
        also = (*case.also, *via_of(image), *([made.address] if made else []))
        if default.kind != "open" and found and all(requires_tokens(template, one) for one in found):
            message = f"{_image_only(resource)} {asked}"
            yield case._replace(severity="note", guard=guard, message=message, also=also)
        else:
            yield case._replace(guard=guard, message=f"{case.message} {asked}", also=also)


def _without_options(template: Template, resource: Resource, exists: Guard) -> Iterator[Case]:
    """Launch specifications: nothing in them can ask for version 2."""
    message = (
        "Launch specifications of a spot fleet cannot require IMDSv2, so the account's default and the image decide: "
        f"both allow IMDSv1 unless somebody changed them. So {STOLEN}."
    )
    asked = "Ask the vendor to start the fleet from a launch template with HttpTokens: required."
    for guard, value, at in walk(exists, resource, *NO_OPTIONS[resource.type]):
        if not isinstance(value, Map):
            yield Case(None, guard, exists, at)
            continue
        for default in by_account(template, resource, guard):
            for inner, image in default.guard.over(value.child(SPECIFIED[resource.type])):
                if default.kind == "pinned":
                    yield Case(None, inner, exists, at)
                elif default.kind == "unset" and requires_tokens(template, image):
                    yield Case("note", inner, exists, at, f"{_image_only(resource)} {asked}", via_of(image))
                else:
                    yield Case(STARTED[resource.type].severity, inner, exists, at, f"{message} {asked}")


def _without_template(template: Template, resource: Resource, exists: Guard) -> Iterator[Case]:
    """What the service's own launch template leaves open, where the resource names none."""
    made, called = MADE_BY_SERVICE[resource.type], STARTED[resource.type].called
    asked = "Ask the vendor for a launch template with HttpTokens: required."
    for each in followed(template, resource, exists):
        if not isinstance(each.named, Absent):
            yield Case(None, each.guard, exists, each.at)
            continue
        open_message = (
            f"No launch template is named, and the one that {made.service} makes may open IMDSv1 on {called}: "
            f"{STOLEN}. {asked}"
        )
        for default in by_account(template, resource, each.guard):
            heeded = default.kind if made.unset else "unset"
            for guard, image in images(resource, default.guard):
                known = heeded == "open" or (isinstance(image, Text) and image.startswith(made.open))
                severity: Severity = "warning" if known else made.otherwise
                if heeded == "pinned":
                    yield Case(None, guard, exists, each.at)
                elif heeded == "unset" and requires_tokens(template, image):
                    yield Case("note", guard, exists, each.at, f"{_image_only(resource)} {asked}")
                else:
                    yield Case(severity, guard, exists, each.at, open_message)


def _starts_machines(resource: Resource, exists: Guard) -> bool:
    """Whether it starts EC2 instances: an unmanaged compute environment or one of Fargate does not."""
    path = MACHINE_KINDS.get(resource.type)
    if path is None:
        return True
    kinds = [value for _, value, _ in walk(exists, resource, *path)]
    return any(not isinstance(kind, Absent) and not str(kind).upper().startswith("FARGATE") for kind in kinds)


def hops_of(resource: Resource) -> Iterator[Case]:
    for exists in resource.exists:
        for guard, hops in hop_limits(resource, exists):
            if not isinstance(hops, Text) or not hops.isdigit() or int(hops) <= HOPS:
                yield Case(None, guard, exists, resource.at)
                continue
            message = (
                f"The hop limit is {hops}: answers of the metadata service can reach containers and hosts beyond "
                f"{STARTED[resource.type].called}. Ask the vendor for 1, or for 2 where containers need metadata."
            )
            yield Case("note", guard, exists, hops.at, message, hops.via)


def followers_in(template: Template) -> dict[str, list[Resource]]:
    """By address, the resources whose machines have the metadata options that stand there."""
    found: dict[str, list[Resource]] = defaultdict(list)
    for resource in template.resources.values():
        for each in _followed(template, resource):
            if each.resource is not None and resource not in found[each.resource.address]:
                found[each.resource.address].append(resource)
    return found


def _followed(template: Template, resource: Resource) -> Iterator[Followed]:
    """What a resource follows wherever it says nothing itself."""
    if resource.type not in FOLLOWS:
        return
    for exists in resource.exists:
        own = list(states(template, resource, exists))
        for guard in [state.guard for state in own if state.kind == "unset"] if own else [exists]:
            yield from followed(template, resource, guard)


def unseen_of(template: Template, resource: Resource) -> Iterator[Undecided]:
    """Settings that something outside the template decides."""
    for exists in resource.exists:
        for state in states(template, resource, exists):
            if state.kind == "hidden":
                reason = f"{_key(resource)} depends on {_shown(state.value)}, so it is not known whether IMDSv1 is off"
                yield Undecided(state.at, resource.address, reason)
    for each in _followed(template, resource):
        if each.resource is None and not isinstance(each.named, Absent):
            reason = f"it starts instances from {_shown(each.named)}, which this template does not describe"
            yield Undecided(each.at, resource.address, f"{reason}: it is not known whether IMDSv1 is off there")


def _shown(value: Value) -> str:
    """What something depends on, for a message."""
    if isinstance(value, Unknown):
        return " and ".join(str(hole) for hole in dict.fromkeys(value.holes))
    return f'"{value}"' if isinstance(value, Text) else "something"


def _stolen(resource: Resource, setting: Guard) -> str:
    """What version 1 gives away: of a machine that is given no role here, more cannot be said."""
    path = PROFILES.get(resource.type)
    if path and all(isinstance(value, Absent) for _, value, _ in walk(setting, resource, *path)):
        return READ
    return STOLEN


def _image_only(resource: Resource) -> str:
    return f"Nothing but an Amazon Linux 2023 image makes {STARTED[resource.type].called} ask for IMDSv2."


def _key(resource: Resource) -> str:
    options = OPTIONS.get(resource.type)
    return options.key if options else OPTION_SETTING[1]


def _ask(key: str) -> str:
    return f"Ask the vendor for {ASKED[key]}."
