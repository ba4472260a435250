"""VET703: names that can be taken once, in a template that a stack set deploys many times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.findings import Finding, Severity
from vetstack.guards import Guard, when
from vetstack.records import NamedTuple
from vetstack.rollouts import Rollout, rollout_of, stays_home
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.stacksets import PRESCRIBED, GlobalName, Span, names, varies_by
from vetstack.template import Resource, Template
from vetstack.values import Text, Unknown, Value
from vetstack.verdicts import Case, by_default, worst

SPANS: Final[tuple[Span, ...]] = ("account", "region")
BUILT_FROM: Final[dict[Span, str]] = {"account": "${AWS::AccountId}", "region": "${AWS::Region}"}


class StackSetFixedName(Rule):
    number = 703
    name = "stackset-fixed-name"
    severities = ("warning", "note")
    title = "A name that can exist once is fixed in a template for many accounts and regions"
    problem = """
        Some names are unique far beyond the stack: those of IAM, CloudFront, budgets and the like in the whole account,
        over all its regions, and those of S3 buckets in all of AWS. A stack set deploys the same template with the same
        parameter values everywhere, so a name that is written down, or comes from a parameter, is the same every time.
        """
    danger = """
        The first region succeeds and the others fail, or the first account does and the organisation's others do not:
        which of them the vendor's product covers is then a matter of order. Where the failed stacks are tolerated,
        the operation looks finished while accounts are missing from it. And a bucket name that is known in advance can
        be taken by anybody before you deploy.
        """
    remedy = """
        Ask the vendor to leave the name out, so that CloudFormation makes one, or to build it from
        ${AWS::Region}, for buckets from ${AWS::AccountId} and ${AWS::Region}. Where the name has to be known outside,
        a condition can create the resource in one home region only. A stack set of a single region has no trouble
        with names that are unique per account: tell vetstack so with the setting `regions`.
        """
    before = """
        IntegrationRole:
          Type: AWS::IAM::Role
          Properties:
            RoleName: NorthwindIntegration
        """
    after = """
        IntegrationRole:
          Type: AWS::IAM::Role
          Properties:
            RoleName: !Sub NorthwindIntegration-${AWS::Region}
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        rollout = rollout_of(template, settings)
        for resource in template.resources.values() if rollout else ():
            cases = list(_cases(template, resource, rollout)) if rollout else []
            found = worst(cases)
            if found:
                case = found.case
                alike = [one.guard for one in cases if one.rank == case.rank] if found.when else resource.exists
                selected = when(alike, [template.world.always])
                yield self.finding(
                    found.severity, case.at, resource.address, case.message, also=case.also, when=selected
                )


class Named(NamedTuple):
    """A name under one setting; guard, exists: as in a Case."""

    kind: GlobalName
    name: Value
    guard: Guard
    exists: Guard


class Clash(NamedTuple):
    """A name that is taken when the second stack wants it, under one setting.

    same: what the name does not vary by; empty where it varies, but by a stack's name that it cannot be made of.
    given: the parameters that it comes from.
    """

    kind: GlobalName
    name: Text | Unknown
    same: frozenset[Span]
    given: tuple[str, ...]
    guard: Guard
    exists: Guard


def _cases(template: Template, resource: Resource, rollout: Rollout) -> Iterator[Case]:
    """A name that the deployer gives is as bad as the one there is by default: a note where there is none."""
    clashes: list[Clash] = []
    every = [
        Named(kind, name, guard, exists) for exists in resource.exists for kind, guard, name in names(resource, exists)
    ]
    settings: dict[Value, list[Guard]] = {}
    for _, name, guard, _ in every:
        if isinstance(name, (Text, Unknown)):
            settings.setdefault(name, []).append(guard)
    for kind, name, guard, exists in every:
        if isinstance(name, (Text, Unknown)):
            same = _same(rollout, kind, guard, settings[name], varies_by(template, guard, name))
            if same or (kind.lower_case and _has(name, "stack-name")):
                given = tuple(template.parameters[block].name for block in name.via if block in template.parameters)
                clashes.append(Clash(kind, name, same, given, guard, exists))
                continue
        yield Case(None, guard, exists, resource.at)
    usual = any(by_default(template, clash.guard, clash.exists) for clash in clashes)
    for clash in clashes:
        severity: Severity = "warning" if usual or not _has(clash.name, "parameter") else "note"
        yield Case(severity, clash.guard, clash.exists, clash.name.at, _message(clash), clash.name.via)


def _same(
    rollout: Rollout, kind: GlobalName, guard: Guard, settings: Sequence[Guard], varies: frozenset[Span]
) -> frozenset[Span]:
    """What the name would have to vary by and does not. settings: all under which the resource has this very name."""
    needed = (kind.spans & rollout.spans) - varies
    apart = kind.spans - varies
    return frozenset(span for span in needed if not stays_home(rollout, guard, settings, span, apart))


def _has(name: Text | Unknown, hole_kind: str) -> bool:
    return isinstance(name, Unknown) and any(hole.kind == hole_kind for hole in name.holes)


def _message(clash: Clash) -> str:
    kind, same = clash.kind, clash.same
    if not same:
        return (
            f'{kind.says} "{clash.name}", and StackSets calls its stacks "StackSet-…": {kind.plural} admit no capital '
            f"letters, so every stack fails. Ask the vendor {_renamed(clash, kind.spans)}."
        )
    where = " and ".join(span for span in SPANS if span in same)
    fails = kind.breaks or f"in a stack set every {where} after the first fails"
    ask = "One region is fine; for more, ask" if same == {"region"} else "Ask"
    given = f" (a stack set gives {' and '.join(clash.given)} one value for all)" if clash.given else ""
    fixed = kind.fixed or clash.name in PRESCRIBED
    alone = "to create it under a condition on AWS::Region, in one region only"
    return (
        f'{kind.says} "{clash.name}"{_looked_for(clash)} in every {where}{given}, and {kind.plural} are unique in '
        f"{kind.once}: {fails}. {ask} the vendor {alone if fixed else _renamed(clash, same)}."
    )


def _looked_for(clash: Clash) -> str:
    service = PRESCRIBED.get(str(clash.name))
    return f", as {service} wants it," if service else ""


def _renamed(clash: Clash, spans: frozenset[Span]) -> str:
    """How to make a name that varies."""
    built = " and ".join(BUILT_FROM[span] for span in SPANS if span in spans)
    return f"to leave {clash.kind.path[-1]} out or to build it from {built}"
