"""The verdict on one resource, from what each of its settings makes of it.

A rule judges every alternative of a resource as a `Case`; a review reports the worst one that the template's user
can select, once, and says which setting selects it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from vetstack.findings import SEVERITIES, Severity
from vetstack.guards import Guard, when
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Parameter, Template
from vetstack.values import ABSENT, Map, Text, Value

_VARIABLE: Final = Regex(r"var\.[\w-]+")
_STEP: Final = Regex(r'\.([\w-]+)|\["([^"]*)"\]')
"""A variable of Terraform in the name of a hole, and each step after it."""


class Case(NamedTuple):
    """What one setting makes of a resource.

    severity: None when nothing is wrong with it; guard: the setting; exists: the part of it that brings the resource
    into being, which goes without saying; also: the other blocks that this cause passes through.
    """

    severity: Severity | None
    guard: Guard
    exists: Guard
    at: Position
    message: str = ""
    also: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        """0 for an error and up from there, so that the worst comes first."""
        return len(SEVERITIES) if self.severity is None else SEVERITIES.index(self.severity)


class Worst(NamedTuple):
    """The case to report, and the setting that selects it: None when every setting is as bad."""

    severity: Severity
    case: Case
    when: str | None


def worst(cases: Iterable[Case], given: Guard | None = None) -> Worst | None:
    """The worst case, of equally bad ones that with the simplest setting; None when nothing is wrong in any.

    given: the setting that goes without saying where that is not the resource's existence, which is then said too.
    """
    judged = list(cases)
    if not judged:
        return None
    first = min(judged, key=lambda case: (case.rank, len(case.guard.atoms), len(case.guard.said)))
    if first.severity is None:
        return None
    found = [case.guard for case in judged if case.rank == first.rank]
    if len(found) == len(judged):  # also where the alternatives leave settings out that cannot be deployed
        whenever = [case.exists for case in judged]
        return Worst(first.severity, first, when(whenever, [given]) if given else None)
    usual = [given] if given else list(dict.fromkeys(case.exists for case in judged))
    return Worst(first.severity, first, when(found, usual))


def by_default(template: Template, guard: Guard, exists: Guard) -> bool:
    """Whether a deployer who leaves every parameter alone gets this setting, the resource's existence aside.

    What cannot be told from the parameters' defaults counts as happening.
    """
    parameters = parameters_by_name(template)
    for name, literal, holds in guard.atoms - exists.atoms:
        parameter = parameters.get(name)
        if literal is None or parameter is None or not isinstance(parameter.default, Text):
            continue
        if (str(parameter.default) == literal) != holds:
            return False
    return True


def default_of(template: Template, name: str) -> Value:
    """What a parameter is when nobody sets it, or the part of a variable that `var.name.key` and `["key"]` say.

    ABSENT when it has none.
    """
    parameters = parameters_by_name(template)
    if name in parameters:
        return parameters[name].default
    variable, steps = _VARIABLE.match(name), _STEP.findall(name)
    value = parameters[variable[0]].default if variable and variable[0] in parameters else ABSENT
    for dotted, quoted in steps[1:]:
        value = value.child(dotted or quoted) if isinstance(value, Map) else ABSENT
    return value


def parameters_by_name(template: Template) -> dict[str, Parameter]:
    """The parameters by the name that holes and guards call them, those of the templates around this one among them.

    Inside an embedded template that name begins with the outer resource.
    """
    if __name__ in template.derived:
        return cast("dict[str, Parameter]", template.derived[__name__])
    found: dict[str, Parameter] = {}
    for one in template.around():
        scope = f"{one.parent} > " if one.parent else ""
        for parameter in one.parameters.values():
            found.setdefault(f"{scope}{parameter.name}", parameter)
    template.derived[__name__] = found
    return found
