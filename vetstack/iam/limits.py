"""Conditions of an Allow statement: which of them take the power out of a grant, and which only look as if they did.

A condition on who calls, when and from where (MFA, an address, a region, tags of the caller) leaves the grant what it
is: the vendor who meets it may do all of it. What limits a grant is a condition on what is acted upon, such as a
resource's tag, a boundary that must be set, or the one policy that may be attached.
Source: IAM user guide, reference_policies_elements_condition_operators and reference_policies_condition-keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal

from vetstack.iam.conditions import Test, tests_of
from vetstack.iam.powers import SUBJECTS
from vetstack.iam.resources import covers, glob_of
from vetstack.records import NamedTuple
from vetstack.values import Map, Text, Unknown, Value

Kind = Literal["boundary", "policy", "tag", "service", "other", "undecided"]

CALLER_KEYS: Final = (
    "aws:currenttime", "aws:epochtime", "aws:tokenissuetime", "aws:multifactorauth", "aws:principal", "aws:userid",
    "aws:username", "aws:useragent", "aws:referer", "aws:requestedregion", "aws:securetransport", "aws:sourceip",
    "aws:sourcevpc", "aws:vpcsourceip", "aws:vpce", "aws:ec2instancesource", "aws:resourceaccount", "aws:resourceorg",
    "aws:sourceidentity", "aws:assumedroot", "aws:federatedprovider", "kms:calleraccount", "lambda:sourcefunctionarn",
    "s3:authtype", "s3:resourceaccount", "s3:signature", "s3:tlsversion",
)  # fmt: skip
"""Beginnings of keys about the caller, the moment, the way there or the account: they leave the grant what it is."""

NAMING: Final = frozenset({"bool", "numericequals", "ipaddress", "binaryequals"})
"""Operators beside those on texts and ARNs that name what they let through. Others let through all but something."""

TAGGING_REQUESTS: Final = ("create", "tag", "upload")
"""Beginnings of the names of actions whose request can carry tags."""


KINDS: Final[dict[str, Kind]] = {
    "iam:permissionsboundary": "boundary",
    "iam:policyarn": "policy",
    "iam:awsservicename": "service",
    "iam:passedtoservice": "service",
    "aws:calledvia": "service",
    "aws:calledviafirst": "service",
    "aws:calledvialast": "service",
    "aws:viaawsservice": "service",
    "kms:grantisforawsresource": "service",
}
"""Keys that confine a grant in a way of their own; any other key is `other`."""


ONLY_IF_TRUE: Final = frozenset({"aws:viaawsservice", "kms:grantisforawsresource"})
"""Keys of which the opposite confines nothing."""

NAMING_POLICIES: Final[dict[str, Kind]] = {"iam:permissionsboundary": "boundary", "iam:policyarn": "policy"}
"""Keys whose values are policies, and what those are to whoever gets them."""

class Limit(NamedTuple):
    """What a condition confines a grant to, and how to say it."""

    kind: Kind
    said: str


HandsOut = Callable[[Text | Unknown, Kind], bool]
"""Tells whether a value names a policy, of the template or of AWS's, that is no limit as a boundary or attached."""


class Conditions(NamedTuple):
    """A Condition without choices: its tests, all of which must hold, and whether part of it cannot be seen."""

    tests: tuple[Test, ...]
    hidden: bool

    @property
    def policies(self) -> Iterator[tuple[Kind, Text | Unknown]]:
        """The policies that they name, as boundaries or as what may be attached."""
        for test in self.tests:
            if test.named in NAMING_POLICIES:
                yield from ((NAMING_POLICIES[test.named], value) for value in test.values)

    @property
    def never(self) -> bool:
        """Whether they hold in no request: a list of values to be one of, with none in it."""
        return any(_names(one) and not (one.values or one.if_exists or one.for_all) for one in self.tests)

    def having(self, test: Test) -> Conditions:
        """They and one more test."""
        return self._replace(tests=(*self.tests, test))

    def without(self, test: Test) -> Conditions:
        """The rest of them."""
        return self._replace(tests=tuple(one for one in self.tests if one is not test))

    @property
    def none(self) -> bool:
        return not self.tests and not self.hidden

    def limit_on(self, action: str, hands_out: HandsOut) -> Limit | None:
        """What they confine an action to; None when they leave the grant what it is."""
        if self.hidden:
            return Limit("undecided", "a condition that is decided at deployment")
        return next((limit for limit in (_limit(test, action, hands_out) for test in self.tests) if limit), None)


def read_conditions(condition: Value) -> Conditions:
    """The Condition of a statement, in which no choice is left."""
    blocks = condition.values() if isinstance(condition, Map) else (condition,)
    return Conditions(tests_of(condition), any(isinstance(block, Unknown) for block in blocks))


def _limit(test: Test, action: str, hands_out: HandsOut) -> Limit | None:
    key = test.named
    tag = "resourcetag/" in key
    if not tag and (key.startswith(CALLER_KEYS) or _is_provider(key)):
        return None
    if test.family == "null":
        return _null(test)
    absent_passes = test.if_exists or test.for_all
    if not _names(test) or (absent_passes and not _always_there(key, action)):
        return None
    if key.startswith(("aws:requesttag/", "aws:tagkeys")):
        name = action.partition(":")[2].lower()
        return None if name.startswith(TAGGING_REQUESTS) else Limit("tag", f"a condition on {test.key}")
    if key in ONLY_IF_TRUE and "true" not in [str(value).lower() for value in test.values]:
        return None
    if not tag and any(_lets_all_through(value) for value in test.values):
        return None
    kind = NAMING_POLICIES.get(key)
    if kind == "boundary" and any(covers(glob_of(value), SUBJECTS["policy"]) for value in test.values):
        return None
    if kind and any(hands_out(value, kind) for value in test.values):
        return None
    return Limit("tag" if tag else KINDS.get(key, "other"), f"a condition on {test.key}")


def _names(test: Test) -> bool:
    """Whether a test names what it lets through."""
    operator = test.operator.lower().rpartition(":")[2].removesuffix("ifexists")
    return test.family in ("equals", "like") or operator in NAMING


def _null(test: Test) -> Limit | None:
    """`Null: {key: false}` demands that a key is there: only tagged resources then."""
    demanded = any(str(value).strip().lower() == "false" for value in test.values)
    return Limit("tag", f"a condition on {test.key}") if demanded and "resourcetag/" in test.named else None


def _is_provider(key: str) -> bool:
    """A key of an identity provider (`token.actions.githubusercontent.com:sub`) speaks of the caller."""
    return "." in key.partition(":")[0]


def _always_there(key: str, action: str) -> bool:
    """Whether the requests of an action always carry a key, so that `IfExists` makes no difference."""
    return key == "iam:policyarn" and action.lower().startswith(("iam:attach", "iam:detach"))


def _lets_all_through(value: Text | Unknown) -> bool:
    return isinstance(value, Text) and not value.strip("*?: ").lower().removeprefix("arn").strip("*?: ")
