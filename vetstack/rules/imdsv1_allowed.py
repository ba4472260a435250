"""VET401: machines whose metadata service gives out credentials to anyone who can make them fetch a URL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Final

from vetstack.findings import Finding, Severity
from vetstack.guards import Guard
from vetstack.instances import FOLLOWS, IMAGES, PROFILES, Followed, followed, requires_tokens, walk
from vetstack.machines import MACHINE_KINDS, MADE_BY_SERVICE, STARTED
from vetstack.metadata_options import (
    ACCOUNT_DEFAULT,
    NO_OPTIONS,
    OPTION_SETTING,
    OPTIONS,
    State,
    by_account,
    hop_limits,
    states,
)
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Resource, Template, Undecided
from vetstack.values import Absent, Map, Text, Unknown, Value, via_of
from vetstack.verdicts import Case, worst

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


HOPS: Final = 2
"""Hops that a container on the machine needs: an answer that may travel further can leave the machine."""

STOLEN: Final = "whoever can make such a machine fetch a URL reads the credentials of its role"
READ: Final = (
    "whoever can make such a machine fetch a URL reads its user data, and the credentials of any role it is given"
)


class ImdsV1Allowed(Rule):
    number = 401
    name = "imdsv1-allowed"
    severities = ("error", "warning", "note")
    title = "Instances answer version 1 of the metadata service"
    problem = """
        An EC2 instance asks the instance metadata service for the credentials of its role. Version 1 answers any
        plain GET request from the instance; version 2 first wants a session token, which takes a PUT request with a
        header of its own. Unless HttpTokens is `required`, or the service is switched off, both versions answer.
        Leaving it unset hands the decision to the account's default and to the image, and both allow version 1 unless
        somebody has changed them.
        """
    danger = """
        A product that fetches addresses for its users, a proxy, a scanner or a webhook can usually be talked into
        fetching one more: http://169.254.169.254/. With version 1 that single request returns the access keys of the
        instance's role to whoever asked, and they work from anywhere until they expire. A flaw in the vendor's
        software becomes a way into everything that the role may touch in your account.
        """
    remedy = """
        Ask the vendor for HttpTokens: required wherever the template describes instances: best in one launch template
        that the instances, groups and fleets all use. Launch specifications of spot fleets have no such setting and
        have to give way to a launch template. If nothing on the machine needs metadata, HttpEndpoint: disabled does
        as well. A hop limit of 1, or 2 where containers need it, keeps the answers on the machine.
        """
    before = """
        CollectorTemplate:
          Type: AWS::EC2::LaunchTemplate
          Properties:
            LaunchTemplateData:
              ImageId: !Ref CollectorImage
              InstanceType: t3.small
        """
    after = """
        CollectorTemplate:
          Type: AWS::EC2::LaunchTemplate
          Properties:
            LaunchTemplateData:
              ImageId: !Ref CollectorImage
              InstanceType: t3.small
              MetadataOptions:
                HttpTokens: required
                HttpPutResponseHopLimit: 1
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        followers = _followers(template)
        for resource in template.resources.values():
            if resource.type not in STARTED:
                continue
            others = followers[resource.address]
            for cases, also in ((_cases(template, resource), others), (_hops(resource), [])):
                found = worst(cases)
                if found:
                    at, message, named = found.case.at, found.case.message, (*found.case.also, *also)
                    yield self.finding(found.severity, at, resource.address, message, also=named, when=found.when)

    def undecided(self, template: Template, settings: Settings) -> Iterator[Undecided]:
        for resource in template.resources.values():
            yield from islice(_unseen(template, resource), 1)


def _cases(template: Template, resource: Resource) -> Iterator[Case]:
    for exists in resource.exists:
        for state in states(template, resource, exists):
            yield from _judged(template, resource, exists, state)
        if resource.type in NO_OPTIONS:
            yield from _without_options(template, resource, exists)
        elif resource.type in MADE_BY_SERVICE and _starts_machines(resource, exists):
            yield from _without_template(template, resource, exists)


def _judged(template: Template, resource: Resource, exists: Guard, state: State) -> Iterator[Case]:
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
        message = f"{key} is not set, {LEFT_TO[key]}. So {stolen}."
        for guard, elsewhere in _decided_elsewhere(template, resource, state.guard):
            if elsewhere:  # reported there, if anything is wrong with it
                yield Case(None, guard, exists, at)
            else:
                yield from _by_image(template, resource, Case(machines.severity, guard, exists, at, message))
    else:
        yield Case(None, state.guard, exists, at)


def _decided_elsewhere(template: Template, resource: Resource, setting: Guard) -> Iterator[tuple[Guard, bool]]:
    """A setting in parts: whether something else says how the machines are started, or what they get by default."""
    follows = [(each.guard, not isinstance(each.named, Absent)) for each in followed(template, resource, setting)]
    for guard, named in follows if resource.type in FOLLOWS else [(setting, False)]:
        if named:
            yield guard, True
        else:
            yield from by_account(template, resource, guard)


def _by_image(template: Template, resource: Resource, case: Case) -> Iterator[Case]:
    """The case over every image that the machines can have: some ask for version 2 by themselves."""
    asked = _ask(_key(resource))
    path = IMAGES.get(resource.type)
    if path is None:
        yield case._replace(message=f"{case.message} {asked}")
        return
    for guard, image, _ in walk(case.guard, resource, *path):
        if requires_tokens(template, image):
            message = f"{_image_only(resource)} {asked}"
            yield case._replace(severity="note", guard=guard, message=message, also=via_of(image))
        else:
            yield case._replace(guard=guard, message=f"{case.message} {asked}")


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
        for outer, required in by_account(template, resource, guard):
            for inner, image in outer.over(value.child(IMAGES[resource.type][-1])):
                if required:
                    yield Case(None, inner, exists, at)
                elif requires_tokens(template, image):
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
        for guard, image, _ in walk(each.guard, resource, *IMAGES[resource.type]):
            if requires_tokens(template, image):
                message = f"{_image_only(resource)} {asked}"
                yield Case("note", guard, exists, each.at, message)
                continue
            known = isinstance(image, Text) and image.startswith(made.open)
            severity: Severity = "warning" if known else made.otherwise
            message = (
                f"No launch template is named, and the one that {made.service} makes may open IMDSv1 on {called}: "
                f"{STOLEN}. {asked}"
            )
            yield Case(severity, guard, exists, each.at, message)


def _starts_machines(resource: Resource, exists: Guard) -> bool:
    """Whether it starts EC2 instances: an unmanaged compute environment or one of Fargate does not."""
    path = MACHINE_KINDS.get(resource.type)
    if path is None:
        return True
    kinds = [value for _, value, _ in walk(exists, resource, *path)]
    return any(not isinstance(kind, Absent) and not str(kind).upper().startswith("FARGATE") for kind in kinds)


def _hops(resource: Resource) -> Iterator[Case]:
    for exists in resource.exists:
        for guard, hops in hop_limits(resource, exists):
            far = hops.isdigit() and int(hops) > HOPS
            message = (
                f"The hop limit is {hops}: answers of the metadata service can reach containers and hosts beyond "
                f"{STARTED[resource.type].called}. Ask the vendor for 1, or for 2 where containers need metadata."
            )
            yield Case("note" if far else None, guard, exists, hops.at, message, hops.via)


def _followers(template: Template) -> dict[str, list[str]]:
    """By address, the resources whose machines have the metadata options that stand there."""
    found: dict[str, list[str]] = defaultdict(list)
    for resource in template.resources.values():
        for each in _followed(template, resource):
            if each.resource is not None:
                found[each.resource.address].append(resource.address)
    return found


def _followed(template: Template, resource: Resource) -> Iterator[Followed]:
    """What a resource follows wherever it says nothing itself."""
    if resource.type not in FOLLOWS:
        return
    for exists in resource.exists:
        own = list(states(template, resource, exists))
        for guard in [state.guard for state in own if state.kind == "unset"] if own else [exists]:
            yield from followed(template, resource, guard)


def _unseen(template: Template, resource: Resource) -> Iterator[Undecided]:
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
