"""Whether templates can be rolled out as stack sets: under each permission model, in one region and in many.

The rules of the seventh row judge; here their findings are gathered model by model, with what the roll-out will ask
for. A template in a stack set is judged as that one deploys it, every other as if the user made it a stack set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from vetstack.account_bound import given_in, looked_up_in, own_accounts_in
from vetstack.capabilities import IAM, MACROS, NAMED, Need, needs_of
from vetstack.findings import Finding
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.rollouts import ONE_REGION, STACK_SETS, rollout_of
from vetstack.rules import all_rules
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Parameter, Template, Undecided
from vetstack.values import Text

Model = Literal["service-managed", "self-managed", "custom-role"]
Reach = Literal["one", "many"]
Answer = Literal["yes", "with care", "no"]

MODELS: Final[tuple[Model, ...]] = ("service-managed", "self-managed", "custom-role")
REACHES: Final[tuple[Reach, ...]] = ("one", "many")

CENTRAL: Final = "VET709"
REGION_BOUND: Final = "VET704"
STOPS: Final = frozenset({"VET701", "VET703", REGION_BOUND, "VET706", CENTRAL})
"""Rules whose warnings mean that stacks fail whatever is done beside the template. Of the others a customer can take
care: by rolling something out first, giving values account by account, or leaving regions out."""


class Case(NamedTuple):
    """One way of rolling out."""

    model: Model
    reach: Reach


class Verdict(NamedTuple):
    """What comes of one case. findings: those of the unit that count there, by their place in the list."""

    case: Case
    answer: Answer
    findings: tuple[int, ...]


class Asked(NamedTuple):
    """A parameter that has one value for the whole set. per_account: why that cannot be, empty where it can."""

    parameter: Parameter
    required: bool
    per_account: str


class Unit(NamedTuple):
    """One template that can be rolled out, with the stacks inside it.

    address: the stack set that deploys it, None where the user does. needs: the reasons for each capability. makes: the
    stack sets that it would make once more in every account.
    """

    address: str | None
    template: Template
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]
    needs: dict[str, list[Need]]
    asked: tuple[Asked, ...]
    makes: tuple[str, ...]
    undecided: tuple[Undecided, ...]


def units_of(templates: Sequence[Template], settings: Settings) -> list[Unit]:
    """Every template that can be rolled out: those of CloudFormation, and the bodies of stack sets."""
    rules = [rule for rule in all_rules() if 700 <= rule.number < 800 and rule.id not in settings.off]
    asked = settings._replace(stackset="service-managed") if settings.stackset == "off" else settings
    found = []
    for template in templates:
        rollout = rollout_of(template, asked)
        if rollout and rollout.own:
            inside = [one for one in templates if _within(one, template)]
            body = rollout.stack_set is not None
            found.append(_unit(template, inside, rules, asked, body=body))
    return found


def _within(template: Template, unit: Template) -> bool:
    """Whether a template is deployed with a unit: it is that, or a stack inside it."""
    for one in template.around():
        if one is unit:
            return True
        if one.parent and one.outer:
            around = one.outer.resources.get(one.parent)
            if around is None or around.type in STACK_SETS:
                return False
    return False


def _unit(
    template: Template, inside: Sequence[Template], rules: Sequence[Rule], settings: Settings, *, body: bool
) -> Unit:
    numbers: dict[tuple[str, Position, str], int] = {}
    every: list[Finding] = []
    verdicts = []
    for case, findings in _judged(inside, rules, settings, body=body):
        for finding in findings:
            number = numbers.setdefault((finding.rule, finding.at, finding.resource), len(every))
            every[number : number + 1] = [finding]  # the last one, which is that for many regions, says the most
        verdicts.append((case, tuple(numbers[one.rule, one.at, one.resource] for one in findings)))
    makes = tuple(one.address for part in inside for one in part.resources.values() if one.type in STACK_SETS)
    answers = tuple(
        Verdict(case, _answer(case, [every[n] for n in own], every, makes), own) for case, own in verdicts
    )
    needs: dict[str, list[Need]] = {}
    for need in (need for one in inside for need in needs_of(one)):
        needs.setdefault(need.capability, []).append(need)
    if NAMED in needs:
        needs.pop(IAM, None)
    undecided = dict.fromkeys(entry for one in inside for entry in one.undecided)
    parent = template.parent if body else None
    asked = tuple(_asked(template))
    return Unit(parent, template, tuple(every), answers, needs, asked, makes, tuple(undecided))


def _judged(
    templates: Sequence[Template], rules: Sequence[Rule], settings: Settings, *, body: bool
) -> Iterator[tuple[Case, list[Finding]]]:
    """The findings in every case. A custom execution role may do everything, but not in the management account."""
    regions: dict[Reach, tuple[str, ...]] = {
        "one": settings.regions if len(settings.regions) == 1 else (ONE_REGION,),
        "many": settings.regions if len(settings.regions) > 1 else (),
    }
    if body:
        yield _case_of_body(templates, settings), _findings(templates, rules, settings)
        return
    for reach in REACHES:
        there = settings._replace(regions=regions[reach])
        service = _findings(templates, rules, there._replace(stackset="service-managed"))
        own = _findings(templates, rules, there._replace(stackset="self-managed"))
        custom = [finding for finding in own if finding.rule != CENTRAL]
        custom += [finding for finding in service if finding.rule == CENTRAL]
        for model, findings in zip(MODELS, (service, own, custom), strict=True):
            yield Case(model, reach), findings


def _case_of_body(templates: Sequence[Template], settings: Settings) -> Case:
    rollout = rollout_of(templates[0], settings)
    managed = bool(rollout and rollout.service_managed)
    many = bool(rollout and "region" in rollout.spans)
    return Case("service-managed" if managed else "self-managed", "many" if many else "one")


def _findings(templates: Iterable[Template], rules: Sequence[Rule], settings: Settings) -> list[Finding]:
    found = [finding for one in templates for rule in rules for finding in rule.check(one, settings)]
    return sorted(dict.fromkeys(found), key=lambda finding: (finding.order, finding.message))


def _answer(case: Case, findings: Sequence[Finding], every: Sequence[Finding], makes: Sequence[str]) -> Answer:
    """The worst of what counts; notes do not. What selects a finding can be avoided, and a region chosen that fits."""
    warnings = [finding for finding in findings if finding.severity != "note"]
    if any(finding.rule in STOPS and finding.when is None for finding in warnings):
        return "no"
    bound = case.reach == "one" and any(one.rule == REGION_BOUND and one.severity != "note" for one in every)
    return "with care" if warnings or bound or makes else "yes"


def _asked(template: Template) -> Iterator[Asked]:
    """The parameters, required ones first, with what keeps one value from being good for all accounts."""
    bound = {one.parameter.address: f"names {one.what}" for one in given_in(template)}
    bound.update((one.address, "is the account that the stack is in") for one in own_accounts_in(template))
    bound.update((one.parameter.address, "is read from Systems Manager") for one in looked_up_in(template))
    rows = [
        Asked(one, not isinstance(one.default, Text), bound.get(one.address, ""))
        for one in template.parameters.values()
    ]
    yield from (row for row in rows if row.required)
    yield from (row for row in rows if not row.required)


CAPABILITIES: Final = (NAMED, IAM, MACROS)
"""In the order in which reports name them."""
