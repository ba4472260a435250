"""VET704: what works in one region, or in a few, in a template for many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Finding, Severity
from vetstack.guards import Guard, when
from vetstack.leaves import Property, properties_of
from vetstack.records import NamedTuple
from vetstack.regional import NAMED, NAMED_IN_POLICY, Fixed, Place, Reader, fixed, place_of
from vetstack.rollouts import Rollout, homes, own_of, reaches_beyond, rollout_of
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.stacksets import listed
from vetstack.template import Parameter, Table, Template
from vetstack.values import Text, Unknown
from vetstack.verdicts import Case, parameters_by_name

ENOUGH: Final = 10
"""Regions from which on a list of them counts as all that the vendor serves."""

OF_REGION: Final = {"AWS::EC2::AvailabilityZone::Name": "availability zone", "AWS::EC2::Image::Id": "AMI"}
"""Types of parameters whose values one region has, with what these are; also in lists."""


class StackSetRegionBound(Rule):
    number = 704
    name = "stackset-region-bound"
    severities = ("warning", "note")
    title = "The template works in one region, or in a few, and not where a stack set takes it"
    problem = """
        Much of AWS is of one region and can only be used there: availability zones, AMIs, layers and the buckets that
        functions are loaded from, the function behind a custom resource, keys, the targets of rules and alarms. A
        template that names one of these as it is in the vendor's own region, or takes it from a parameter, which has
        one value for the whole stack set, fails in every other region. So does a mapping that lists few regions.
        """
    danger = """
        The roll-out stops in the second region, or is switched to tolerate failures and looks finished: the regions
        that nobody uses, which are the ones that an intruder prefers, stay without the product.
        """
    remedy = """
        Ask the vendor to build names and ARNs from ${AWS::Region} and to keep a copy of code and layers in every
        region, to take images from public parameters of Systems Manager and zones from Fn::GetAZs. A mapping is fine
        when it lists every region that you use. Otherwise roll the template out to the one region that it is for,
        and tell vetstack so with the setting `regions`.
        """
    before = """
        Forwarder:
          Type: AWS::Lambda::Function
          Properties:
            Layers: [arn:aws:lambda:us-east-1:481037652914:layer:northwind:7]
        """
    after = """
        Forwarder:
          Type: AWS::Lambda::Function
          Properties:
            Layers: [!Sub "arn:aws:lambda:${AWS::Region}:481037652914:layer:northwind:7"]
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        rollout = rollout_of(template, settings)
        if rollout is None:
            return
        yield from self._values(template, rollout)
        if rollout.own:
            yield from self._parameters(template, rollout)
        yield from self._tables(template, rollout)
        yield from self._assertions(template, rollout)

    def _values(self, template: Template, rollout: Rollout) -> Iterator[Finding]:
        """One finding for the same values, on the first resource that has them."""
        places: dict[tuple[str, tuple[str, ...]], list[_Used]] = {}
        for used in _used(template, rollout):
            places.setdefault((used.leaf.resource.address, used.leaf.keys), []).append(used)
        grouped: dict[tuple[Reader, frozenset[str]], list[list[_Used]]] = {}
        for ones in places.values():
            values = frozenset(str(one.leaf.value) for one in ones if one.bound)
            grouped.setdefault((ones[0].place.reads, values), []).append(ones)
        for alike in grouped.values():
            resources = {ones[0].leaf.resource.address: ones[0].leaf.resource for ones in alike}
            cases = [
                (ones[0].leaf.resource.address, case) for ones in alike for case in _cases(template, rollout, ones)
            ]
            if cases:
                address, case = min(cases, key=lambda row: row[1].rank)
                worst = [one.guard for _, one in cases if one.rank == case.rank]
                also = (*resources, *(block for _, one in cases for block in one.also))
                severity, selected = case.severity or "note", when(worst, [template.world.always])
                yield self.finding(severity, case.at, address, case.message, also=also, when=selected)

    def _parameters(self, template: Template, rollout: Rollout) -> Iterator[Finding]:
        for parameter in template.parameters.values():
            called = _called(parameter)
            if called and reaches_beyond(rollout, template.world.always, ""):
                users = (one.resource.address for one in properties_of(template) if parameter.address in one.value.via)
                message = (
                    f"{parameter.name} is an {called}, which is of one region, and a stack set gives it one value for "
                    "all: every stack outside that region fails. One region is fine; for more, ask the vendor for "
                    f"{'Fn::GetAZs' if 'zone' in called else 'a public parameter of Systems Manager'} instead."
                )
                yield self.finding("warning", parameter.at, parameter.address, message, also=users)

    def _tables(self, template: Template, rollout: Rollout) -> Iterator[Finding]:
        for table in template.mappings.values():
            regions = _regions(table)
            users = _users(template, rollout, table, regions) if regions else []
            missing = _missing(rollout, regions) if users else None
            if missing is not None:
                message = (
                    f"{table.address.rpartition('.')[2]} is looked up by AWS::Region and lists {listed(regions)} "
                    f"only: {missing}. Ask the vendor to add the regions that you use."
                )
                yield self.finding("warning", table.at, table.address, message, also=users)

    def _assertions(self, template: Template, rollout: Rollout) -> Iterator[Finding]:
        for one in template.assertions:
            atoms = [own_of(rollout, way, "region") for way in one.ways]
            if not all(atoms):
                continue
            literals = {atom.literal for way in atoms for atom in way}
            regions = sorted(literal for literal in literals if literal is not None)
            if None in literals:
                missing: str | None = "every stack outside the one region that is given fails"
                missing = missing if reaches_beyond(rollout, template.world.always, "") else None
            else:
                missing = _missing(rollout, regions)
            if missing is not None:
                lists = f" only {listed(regions)}" if regions else " one region, which a stack set gives to all"
                message = f"This rule admits{lists}: {missing}. Ask the vendor what else would break elsewhere."
                yield self.finding("warning", one.at, one.address, message)


class _Used(NamedTuple):
    """A value that stands where a region matters, and under the setting that it does in, what region it is bound to."""

    leaf: Property
    place: Place
    guard: Guard
    bound: Fixed | None


def _used(template: Template, rollout: Rollout) -> Iterator[_Used]:
    """The values that are of one region, those aside that a parameter or a mapping is reported for."""
    told = {one.address for one in template.parameters.values() if rollout.own and _called(one)}
    told.update(table.address for table in template.mappings.values() if _regions(table))
    spread = _spread(template)
    for leaf in properties_of(template):
        place = place_of(leaf)
        if place is NAMED_IN_POLICY and leaf.resource.address in spread:
            continue
        if place is None or told.intersection(leaf.value.via):
            continue
        for guard, bound in fixed(leaf, place):
            yield _Used(leaf, place, guard, bound)


def _spread(template: Template) -> set[str]:
    """The resources whose policies name things of the account's own in several regions, and so mean what they say."""
    regions: dict[str, set[str]] = {}
    for leaf in properties_of(template):
        named = NAMED_IN_POLICY.reads(leaf.value) if place_of(leaf) is NAMED_IN_POLICY else None
        if named:
            regions.setdefault(leaf.resource.address, set()).add(named.region)
    return {address for address, named in regions.items() if len(named) > 1}


def _cases(template: Template, rollout: Rollout, ones: list[_Used]) -> Iterator[Case]:
    """What is wrong with the values at one place of a resource, in the settings in which it is."""
    bad = [
        (one, one.bound) for one in ones if one.bound and reaches_beyond(rollout, one.guard, one.bound.region)
    ]
    written = {block for one, _ in bad if isinstance(one.leaf.value, Text) for block in one.leaf.value.via}
    for one, bound in bad:
        value = one.leaf.value
        severity = _severity(template, value, written)
        if severity:
            message = _message(template, one.place, value, bound)
            yield Case(severity, one.guard, one.leaf.exists, value.at, message, value.via)


def _severity(template: Template, value: Text | Unknown, written: set[str]) -> Severity | None:
    """What a deployer gives is a note where nothing has to be given, and nothing where there is a good default.

    written: the parameters whose default is as bad.
    """
    for hole in value.holes if isinstance(value, Unknown) else ():
        parameter = parameters_by_name(template).get(hole.name) if hole.kind == "parameter" else None
        if parameter and isinstance(parameter.default, Text) and parameter.address not in written:
            return None if parameter.default else "note"
    return "warning"


def _message(template: Template, place: Place, value: Text | Unknown, bound: Fixed) -> str:
    given = [template.parameters[block].name for block in value.via if block in template.parameters]
    by = f" (a stack set gives {' and '.join(given)} one value for all)" if given else ""
    where = f"is in {bound.region}" if bound.region else "is the same in every region"
    fails = f"every stack outside {bound.region or 'its region'} {place.fails}"
    bare = isinstance(value, Unknown) and len(value.pieces) == 1 == len(given)
    called = f"that {given[0]} gives" if bare else f'"{value}"'
    return (
        f'{place.says} {called} {where}{by}, and {place.needs}: {fails}. {bound.region or "One region"} is fine; for '
        f"more, ask the vendor {place.instead}."
    )


def _called(parameter: Parameter) -> str:
    kind = parameter.type.removeprefix("List<").removesuffix(">")
    return OF_REGION.get(kind, "")


# ---- lists of regions


def _regions(table: Table) -> list[str]:
    """The regions that a mapping is looked up by, in the first or in the second place; none where it is not."""
    for keys in (table.keys, table.inner):
        regions = [key for key in keys if NAMED.fullmatch(key)]
        if regions and len(regions) * 2 > len(keys):
            return regions
    return []


def _users(template: Template, rollout: Rollout, table: Table, regions: list[str]) -> list[str]:
    """The resources that look a mapping up by the region of their stack, those aside that stay in one region.

    Where one region is left, by the mapping or by what else limits them, the lookup has one value and shows no guard.
    """
    domain = template.world.domains.get(f"{rollout.scope}AWS::Region")
    limited = len(regions) == 1 or (domain is not None and domain.allowed is not None)
    users: dict[str, None] = {}
    for leaf in properties_of(template):
        if table.address not in leaf.value.via or homes(rollout, leaf.exists, "region"):
            continue
        if limited or homes(rollout, leaf.guard, "region"):
            users[leaf.resource.address] = None
    return [] if any(_has_default(template, rollout, user) for user in users) else list(users)


def _has_default(template: Template, rollout: Rollout, user: str) -> bool:
    """Whether a lookup of a resource has a value for other regions, which AWS::LanguageExtensions lets it have."""
    if not any(macro.name == "AWS::LanguageExtensions" for macro in template.macros):
        return False
    name = f"{rollout.scope}AWS::Region"
    return any(
        leaf.resource.address == user and any(atom.name == name and not atom.holds for atom in leaf.guard.atoms)
        for leaf in properties_of(template)
    )


def _missing(rollout: Rollout, regions: list[str]) -> str | None:
    """What happens outside some regions; None where no stack is there, or where they are as good as all."""
    if rollout.regions is not None:
        others = sorted(rollout.regions.difference(regions))
        return f"the stacks in {listed(others)} fail" if others else None
    if "region" not in rollout.spans or len(regions) >= ENOUGH:
        return None
    return "every stack elsewhere fails"
