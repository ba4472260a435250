"""What conditions come to beside the rest of a grant: what a Deny demands of it, and what its holder meets by itself.

`Deny … StringNotEquals` leaves what an Allow with `StringEquals` would have given. A test that its holder can make
true, by a stack or by a tag of its own, confines nobody.
Source: IAM user guide, reference_policies_condition-keys and access_forward_access_sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from vetstack.guards import DEEP_LIMIT, Guard, without
from vetstack.iam.conditions import Family, Test
from vetstack.iam.globs import fits
from vetstack.iam.limits import ONLY_IF_TRUE, Conditions, HandsOut
from vetstack.iam.resources import ANY_NAME, anything_of
from vetstack.values import Text, Unknown

if TYPE_CHECKING:
    from vetstack.iam.permissions import Grants, Way

OPPOSITES: Final[dict[Family, Family]] = {"not-equals": "equals", "not-like": "like"}

VIA: Final = frozenset({"aws:calledvia", "aws:calledviafirst", "aws:calledvialast"})
VIA_ANY: Final = "aws:viaawsservice"
CLOUDFORMATION: Final = "cloudformation.amazonaws.com"

STACKS: Final = (
    ("cloudformation:CreateStack",),
    ("cloudformation:UpdateStack",),
    ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
)
"""Actions, all of a row together, by which whatever a template says is done by CloudFormation for whoever calls it."""

TAGGING: Final = {
    "ec2": "ec2:CreateTags",
    "ec2-instance-connect": "ec2:CreateTags",
    "ecs": "ecs:TagResource",
    "glue": "glue:TagResource",
    "lambda": "lambda:TagResource",
    "sagemaker": "sagemaker:AddTags",
    "ssm": "ec2:CreateTags",
    "states": "states:TagResource",
}
"""What puts a tag on the resources of a service; those of ssm are mostly instances."""

TAKING_OVER: Final = frozenset(
    (
        "ec2:ModifyInstanceAttribute", "ec2-instance-connect:SendSSHPublicKey", "ecs:ExecuteCommand",
        "ecs:UpdateService", "glue:UpdateJob", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration",
        "sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker:UpdateNotebookInstance", "ssm:SendCommand",
        "ssm:StartSession", "states:UpdateStateMachine",
    )
)  # fmt: skip
"""Actions, beside those of IAM, for which it counts that their holder puts the tag that they need: they take over what
runs with the permissions of another. A tag is no small limit to what only stops or deletes."""

TAGGING_IAM: Final = (
    ("InstanceProfile", "iam:TagInstanceProfile", "instance-profile"),
    ("AssumeRole", "iam:TagRole", "role"),
    ("Role", "iam:TagRole", "role"),
    ("AccessKey", "iam:TagUser", "user"),
    ("LoginProfile", "iam:TagUser", "user"),
    ("User", "iam:TagUser", "user"),
    ("Policy", "iam:TagPolicy", "policy"),
)
"""Part of an action's name, what tags what it is done to, and what that is; the first that fits."""

INSTANCES: Final = f"arn:{ANY_NAME}:ec2:{ANY_NAME}:{ANY_NAME}:instance/{ANY_NAME}"

OF_REQUEST: Final = ("aws:requesttag/", "aws:tagkeys")
"""Beginnings of keys by which a statement says which tags may be put."""


WAYS: Final = 8
"""Ways to an action by which a holder meets a condition that are looked at."""

COMPARED_LIMIT: Final = 20_000
"""Comparisons with resource elements of Deny statements; what comes after demands nothing."""

Tested = list[tuple[Guard, Conditions]]
"""What a condition comes to, under each setting."""


class Demands:
    """What conditions come to beside the rest of some grants, worked out once for each question."""

    __slots__ = ("asking", "_grants", "_demanded", "_opening", "_compared")

    def __init__(self, grants: Grants) -> None:
        self.asking = tuple(deny for deny in grants.denies if any(one.tests for _, one in deny.conditions))
        self._grants = grants
        self._demanded: dict[tuple[str, tuple[str, ...], bool], tuple[tuple[Guard, Test], ...]] = {}
        self._opening: dict[Openings, tuple[Guard, ...]] = {}
        self._compared = 0

    def tested(
        self, given: Guard, conditions: Conditions, action: str, globs: tuple[str, ...], spellings: bool
    ) -> Tested:
        """A condition of an Allow with what Deny demands besides, and without what the holder meets by itself.

        globs: what the action is to be used on; spellings: whether those are spellings of one and the same.
        """
        rows = [(given, conditions)]
        for setting, demand in self._demanded_of(action, globs, spellings) if self.asking else ():
            rows = _split(rows, setting, demand, Conditions.having)
        return [row for guard, known in rows for row in self._opened(guard, known, action)]

    def _opened(self, given: Guard, conditions: Conditions, action: str) -> Tested:
        rows = [(given, conditions)]
        for test in conditions.tests:
            for setting in self._opening_of(test, action):
                rows = _split(rows, setting, test, Conditions.without)
        return rows

    def _opening_of(self, test: Test, action: str) -> tuple[Guard, ...]:
        """The settings in which whoever has these grants makes a test hold by itself."""
        key = openings(test, action)
        if not key:
            return ()
        if key not in self._opening:
            self._opening[key] = ()  # while it is being asked: what opens a test must not need that test
            self._opening[key] = opened(key, self._free)
        return self._opening[key]

    def _free(self, action: str, subject: str | None) -> Iterator[Way]:
        """The ways to an action that nothing confines, nor any Deny that asks for something."""
        if not any(one.takes_action(action) for deny in self.asking for one in deny.actions):
            yield from islice((way for way in self._grants.ways(action, subject) if not way.limit), WAYS)

    def _demanded_of(self, action: str, globs: tuple[str, ...], spellings: bool) -> tuple[tuple[Guard, Test], ...]:
        """What Deny statements demand of a request, and in which settings: those that stop all that lacks it."""
        key = (action, globs, spellings)
        if key not in self._demanded:
            self._demanded[key] = tuple(dict.fromkeys(self._demands(action, globs, spellings)))
        return self._demanded[key]

    def _demands(self, action: str, globs: tuple[str, ...], spellings: bool) -> Iterator[tuple[Guard, Test]]:
        for deny in self.asking:
            taking = [one for one in deny.actions if one.takes_action(action)]
            demands = [
                (guard, demand)
                for guard, each in (deny.conditions if taking else ())
                if (demand := demand_of(each, action, self._grants.hands_out))
            ]
            for target in deny.resources if demands else ():
                self._compared += 1
                if self._compared <= COMPARED_LIMIT and target.takes_away(globs, spellings):
                    settings = [both for one in taking if (both := one.guard & target.guard)]
                    for guard, demand in demands:
                        yield from ((inner, demand) for one in settings if (inner := one & guard))


def _split(rows: Tested, setting: Guard, test: Test, changed: Callable[[Conditions, Test], Conditions]) -> Tested:
    """Each row in two: changed where a setting holds, as it is where that does not; all as they are if that is many."""
    found: Tested = []
    for guard, conditions in rows:
        both = guard & setting
        if both is None:
            found.append((guard, conditions))
        else:
            found.append((both, changed(conditions, test)))
            found += ((rest, conditions) for rest in without(guard, setting))
    return found if len(found) <= DEEP_LIMIT else rows


def demand_of(conditions: Conditions, action: str, hands_out: HandsOut) -> Test | None:
    """What a request must be like that a Deny with these conditions does not stop; None when that confines little."""
    if conditions.hidden or len(conditions.tests) != 1:
        return None
    test = conditions.tests[0]
    family = OPPOSITES.get(test.family)
    if family is None or test.for_any:
        return None
    operator = test.operator.rpartition(":")[2].replace("Not", "").replace("not", "").removesuffix("IfExists")
    opposite = test._replace(operator=operator, family=family, if_exists=False, for_all=False)
    return opposite if Conditions((opposite,), False).limit_on(action, hands_out) else None


Openings = tuple[tuple[tuple[str, str | None], ...], ...]
"""Rows of actions with what each must be usable on, None for anything."""


def openings(test: Test, action: str) -> Openings:
    """The actions, with what they must be usable on, by which whoever may use all of a row makes a test hold."""
    if _is_via(test):
        return tuple(tuple((one, None) for one in row) for row in STACKS)
    if "resourcetag/" in test.named and test.family in ("equals", "like"):
        tagging = _tagging(action)
        return ((tagging,),) if tagging else ()
    return ()


def _is_via(test: Test) -> bool:
    if test.named == VIA_ANY:
        return VIA_ANY in ONLY_IF_TRUE and any(str(value).lower() == "true" for value in test.values)
    return test.named in VIA and test.family in ("equals", "like") and any(map(_is_cloudformation, test.values))


def _is_cloudformation(value: Text | Unknown) -> bool:
    return isinstance(value, Text) and fits(value.lower(), CLOUDFORMATION)


def _tagging(action: str) -> tuple[str, str] | None:
    service, _, name = action.partition(":")
    if service.lower() == "iam":
        found = next((one for one in TAGGING_IAM if one[0] in name), None)
        return (found[1], f"arn:{ANY_NAME}:iam:{ANY_NAME}:{ANY_NAME}:{found[2]}/{ANY_NAME}") if found else None
    if action not in TAKING_OVER:
        return None
    tagging = TAGGING[service]
    return tagging, INSTANCES if tagging == TAGGING["ec2"] else anything_of(tagging)


def opened(rows: Openings, free: Callable[[str, str | None], Iterator[Way]]) -> tuple[Guard, ...]:
    """The settings in which a holder may use all of a row. free: asks for what it may do without a condition."""
    found: list[Guard] = []
    for row in rows:
        guards: list[Guard] | None = None
        for name, subject in row:
            ways = [way.guard for way in free(name, subject) if not _chooses_tags(way)]
            guards = ways if guards is None else [both for one in guards for way in ways if (both := one & way)]
        found += guards or ()
    return tuple(dict.fromkeys(found))


def _chooses_tags(way: Way) -> bool:
    return any(test.named.startswith(OF_REQUEST) for test in way.conditions.tests)
