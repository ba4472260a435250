"""How a template is rolled out: by the stack set that holds it, or as the user's settings say.

A template that stands in a stack set is deployed by that one, whatever is done with the template around it; one that
stands in a stack goes where the template around it goes. A module of Terraform is deployed once.

Sources: CloudFormation's resource reference for AWS::CloudFormation::StackSet, and the AWS provider's documentation of
aws_cloudformation_stack_set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.guards import Atom, Atoms, Guard
from vetstack.records import NamedTuple
from vetstack.settings import Settings
from vetstack.stacksets import BOTH, Span
from vetstack.template import Resource, Template
from vetstack.values import Absent, Items, Map, Text, Unknown, Value

Path = tuple[str, ...]


class _StackSetType(NamedTuple):
    """Where a type of stack sets says who deploys it; without: what it does where that is left out.

    capabilities: where it says what has been acknowledged; regions: where its stacks are.
    """

    model: str
    without: str | None
    capabilities: str
    regions: Path | None


GROUPS: Final = "StackInstancesGroup"
"""Where a stack set of CloudFormation says what its stacks are. Terraform has resources of their own for them."""

_REGIONS: Final = (GROUPS, "*", "Regions")

STACK_SETS: Final = {
    "AWS::CloudFormation::StackSet": _StackSetType("PermissionModel", None, "Capabilities", _REGIONS),
    "aws_cloudformation_stack_set": _StackSetType("permission_model", "SELF_MANAGED", "capabilities", None),
}

_ACCOUNTS: Final = (GROUPS, "*", "DeploymentTargets", "Accounts")
_UNITS: Final = (GROUPS, "*", "DeploymentTargets", "OrganizationalUnitIds")

INSTANCES: Final = {
    "aws_cloudformation_stack_set_instance": (("region",), ("stack_set_instance_region",)),
    "aws_cloudformation_stack_instances": (("regions", "*"),),
}
"""Resources of Terraform that say where stacks of a stack set are, which they name, and where they say it."""

OWN: Final[dict[Span, str]] = {"account": "AWS::AccountId", "region": "AWS::Region"}
"""What guards call the account and the region that a stack stands in."""


class Rollout(NamedTuple):
    """The stacks that one template becomes.

    spans: by what they can differ; service_managed: the settings under which their permissions are service-managed,
    and exists: those that bring them into being; scope: what stands before the names of what is each stack's own.
    regions: where they are, None where that is not known. own: whether the template is what the stack set deploys
    itself, and not a stack inside that. stack_set: the resource that deploys it, None where the user does.
    """

    spans: frozenset[Span]
    service_managed: tuple[Guard, ...]
    exists: tuple[Guard, ...]
    scope: str = ""
    regions: frozenset[str] | None = None
    own: bool = True
    stack_set: Resource | None = None


def rollout_of(template: Template, settings: Settings) -> Rollout | None:
    """How a template is rolled out; None where it is deployed once, or where the user means no stack set at all.

    What the user means is asked of a template that stands in no stack set: the others are deployed by theirs.
    """
    for one in template.around():
        around = one.outer.resources.get(one.parent) if one.outer and one.parent else None
        shape = STACK_SETS.get(around.type) if around else None
        if around and shape:
            service_managed = tuple(_service_managed(around, shape, settings))
            return Rollout(
                _spans(around, settings, one.outer),
                service_managed,
                around.exists,
                f"{around.address} > ",
                _regions(around, settings, one.outer),
                one is template,
                around,
            )
        if one.outer is None and one.kind != "cloudformation":
            return None
    if settings.stackset == "off":
        return None
    always = (template.world.always,)
    managed = always if settings.stackset == "service-managed" else ()
    return Rollout(_usual(settings), managed, always, "", _named(settings), template.outer is None)


ONE_REGION: Final = "the one that fits"
"""What stands for a region in the settings that is one, and whichever the template works in."""


def _named(settings: Settings) -> frozenset[str] | None:
    return frozenset(settings.regions) - {ONE_REGION} or None


def _regions(resource: Resource, settings: Settings, around: Template | None) -> frozenset[str] | None:
    """The regions that a stack set names, in any setting; None unless it names all of them."""
    shape = STACK_SETS[resource.type]
    if shape.regions is None:
        placed = _placed(resource, around) if around else []
        known = frozenset(str(one) for one in placed if isinstance(one, Text))
        return known if placed and len(known) == len(set(placed)) else _named(settings)
    found: set[str] = set()
    for exists in resource.exists:
        for one in exists.walk(resource.properties, *shape.regions):
            for _, region in one.guard.elements(one.value):
                if not isinstance(region, Text):
                    return None
                found.add(str(region))
    return frozenset(found) or _named(settings)


def _usual(settings: Settings) -> frozenset[Span]:
    return BOTH if settings.many_regions else BOTH - {"region"}


def _service_managed(resource: Resource, shape: _StackSetType, settings: Settings) -> Iterator[Guard]:
    """The settings that choose service-managed permissions; where that is not known, the user's word counts."""
    for exists in resource.exists:
        for found in exists.walk(resource.properties, shape.model):
            model = shape.without if isinstance(found.value, Absent) else found.value
            usual = not isinstance(model, str) and settings.stackset != "self-managed"
            if usual or model == "SERVICE_MANAGED":
                yield found.guard


def _placed(resource: Resource, around: Template) -> list[Text | Unknown]:
    """The regions that Terraform's resources name for the stacks of a stack set; none where they do not say it all."""
    found: list[Text | Unknown] = []
    for one in around.resources.values():
        if one.type not in INSTANCES or not isinstance(one.properties, Map):
            continue
        name = one.properties.child("stack_set_name")
        if around.resource_named(name) is not resource and not _is_called(resource, name):
            continue
        lists = any("*" in path for path in INSTANCES[one.type])  # then what is given may be the whole of them
        values = [
            reached.value
            for exists in one.exists
            for path in INSTANCES[one.type]
            for reached in exists.walk(one.properties, *path)
            if not isinstance(reached.value, Absent)
        ]
        for value in values:
            given = isinstance(value, Unknown) and all(hole.kind == "parameter" for hole in value.holes) and not lists
            if not isinstance(value, (Text, Unknown)) or not (given or isinstance(value, Text)):
                return []
            found.append(value)
        if not values:
            return []
    return found


def _is_called(resource: Resource, name: Value) -> bool:
    own = resource.properties.child("name") if isinstance(resource.properties, Map) else None
    return isinstance(own, (Text, Unknown)) and own == name


def _spans(resource: Resource, settings: Settings, around: Template | None) -> frozenset[Span]:
    """By what the stacks of a stack set differ, as far as it says which they are."""
    spans = _usual(settings)
    placed = _placed(resource, around) if around and STACK_SETS[resource.type].regions is None else []
    regions = len(set(placed)) > 1 if placed else _different(resource, _REGIONS)
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
    return own_of(rollout, guard.atoms, span)


def own_of(rollout: Rollout, atoms: Atoms, span: Span) -> Atoms:
    """Those of some atoms that name the one account or region that they hold in."""
    return frozenset(atom for atom in atoms if atom.holds and _is_about(rollout, atom, span))


def reaches_beyond(rollout: Rollout, guard: Guard, region: str) -> bool:
    """Whether, under a setting, stacks stand outside a region; one without a name can be any, but is only one."""
    here = homes(rollout, guard, "region")
    if here:
        named = {atom.literal for atom in here if atom.literal is not None}
        return bool(region and named) and region not in named
    if rollout.regions is not None:
        return bool(rollout.regions - {region}) if region else len(rollout.regions) > 1
    return "region" in rollout.spans


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
