"""How a template is rolled out: by the stack set that holds it, or as the user's settings say.

A template that stands in a stack set is deployed by that one, whatever is done with the template around it; one that
stands in a stack goes where the template around it goes. A module of Terraform is deployed once.

Sources: CloudFormation's resource reference for AWS::CloudFormation::StackSet, and the AWS provider's documentation of
aws_cloudformation_stack_set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from vetstack.guards import Atom, Atoms, Guard
from vetstack.settings import Settings
from vetstack.stacksets import BOTH, Span
from vetstack.template import Resource, Template
from vetstack.values import Absent, Items, Text, Unknown, Value

Path = tuple[str, ...]


class _StackSetType(NamedTuple):
    """Where a type of stack sets says who deploys it; without: what it does where that is left out."""

    model: str
    without: str | None


STACK_SETS: Final = {
    "AWS::CloudFormation::StackSet": _StackSetType("PermissionModel", None),
    "aws_cloudformation_stack_set": _StackSetType("permission_model", "SELF_MANAGED"),
}

GROUPS: Final = "StackInstancesGroup"
"""Where a stack set of CloudFormation says what its stacks are. Terraform has resources of their own for them."""

_REGIONS: Final = (GROUPS, "*", "Regions")
_ACCOUNTS: Final = (GROUPS, "*", "DeploymentTargets", "Accounts")
_UNITS: Final = (GROUPS, "*", "DeploymentTargets", "OrganizationalUnitIds")

OWN: Final[dict[Span, str]] = {"account": "AWS::AccountId", "region": "AWS::Region"}
"""What guards call the account and the region that a stack stands in."""


class Rollout(NamedTuple):
    """The stacks that one template becomes.

    spans: by what they can differ; service_managed: the settings under which their permissions are service-managed,
    and exists: those that bring them into being; scope: what stands before the names of what is each stack's own.
    """

    spans: frozenset[Span]
    service_managed: tuple[Guard, ...]
    exists: tuple[Guard, ...]
    scope: str = ""


def rollout_of(template: Template, settings: Settings) -> Rollout | None:
    """How a template is rolled out; None where it is deployed once, or where the user means no stack set at all."""
    if settings.stackset == "off":
        return None
    for one in template.around():
        around = one.outer.resources.get(one.parent) if one.outer and one.parent else None
        shape = STACK_SETS.get(around.type) if around else None
        if around and shape:
            spans, service_managed = _spans(around, settings), tuple(_service_managed(around, shape, settings))
            return Rollout(spans, service_managed, around.exists, f"{around.address} > ")
        if one.outer is None and one.kind != "cloudformation":
            return None
    always = (template.world.always,)
    return Rollout(_usual(settings), always if settings.stackset == "service-managed" else (), always)


def _usual(settings: Settings) -> frozenset[Span]:
    return BOTH if settings.many_regions else BOTH - {"region"}


def _service_managed(resource: Resource, shape: _StackSetType, settings: Settings) -> Iterator[Guard]:
    """The settings that choose service-managed permissions; where that is not known, the user's word counts."""
    for exists in resource.exists:
        for found in exists.walk(resource.properties, shape.model):
            model = shape.without if isinstance(found.value, Absent) else found.value
            usual = not isinstance(model, str) and settings.stackset == "service-managed"
            if usual or model == "SERVICE_MANAGED":
                yield found.guard


def _spans(resource: Resource, settings: Settings) -> frozenset[Span]:
    """By what the stacks of a stack set differ, as far as it says which they are."""
    spans = _usual(settings)
    regions = _different(resource, _REGIONS)
    if regions is not None:
        spans = spans | {"region"} if regions else spans - {"region"}
    in_units = any(
        not isinstance(found.value, Absent)
        for exists in resource.exists
        for found in exists.walk(resource.properties, *_UNITS)
    )
    return spans - {"account"} if not in_units and _different(resource, _ACCOUNTS) is False else spans


def _different(resource: Resource, path: Path) -> bool | None:
    """Whether lists at a path have different elements in one setting; None where not all of them can be seen."""
    seen: dict[tuple[Guard, Value], None] = {}
    for exists in resource.exists:
        for found in exists.walk(resource.properties, *path):
            if not isinstance(found.value, Items):
                return None
            elements = [row for row in found.guard.elements(found.value) if isinstance(row[1], (Text, Unknown))]
            if not elements:
                return None
            seen.update(dict.fromkeys(elements))
    rows = list(seen)
    if not rows:
        return None
    return any(
        one != other and guard & another is not None
        for number, (guard, one) in enumerate(rows)
        for another, other in rows[:number]
    )


def homes(rollout: Rollout, guard: Guard, span: Span) -> Atoms:
    """The atoms with which a setting names the one account or region that it holds in, as a home region's does."""
    return frozenset(atom for atom in guard.atoms if atom.holds and _is_about(rollout, atom, span))


def _is_about(rollout: Rollout, atom: Atom, span: Span) -> bool:
    name = atom.name.removeprefix(rollout.scope)
    if not atom.name.startswith(rollout.scope):
        return False
    return name == OWN[span] if atom.literal is not None else f"${{{OWN[span]}}}" in name and " equals " in name


def stays_home(rollout: Rollout, guard: Guard, others: Sequence[Guard], span: Span, apart: frozenset[Span]) -> bool:
    """Whether a setting holds in one account or region, and each of the others in the same, or in no stack beside it.

    apart: what two stacks may differ by for this to matter.
    """
    here = homes(rollout, guard, span)
    if not here:
        return False
    shared = _shared(rollout, guard, apart)
    return all(
        here & homes(rollout, other, span) or not guard.world.possible(shared | _shared(rollout, other, apart))
        for other in others
    )


def _shared(rollout: Rollout, guard: Guard, apart: frozenset[Span]) -> Atoms:
    """What a setting says of every stack of the stack set alike."""
    group = rollout.scope + GROUPS
    return frozenset(
        atom for atom in guard.atoms if atom.name != group and not any(_is_about(rollout, atom, span) for span in apart)
    )
