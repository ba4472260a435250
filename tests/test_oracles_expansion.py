"""policyuniverse and policy_sentry as independent witnesses: a pattern stands for the same actions.

Over every pattern in every fixture and in all managed policies. They disagree in three ways only, all listed here: they
have actions that AWS has withdrawn since, they lack newer ones, and policy_sentry does not read some wildcards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests import oracles
from vetstack.iam.catalog import expand, policy_document, policy_names

FIXTURES = Path(__file__).parent.parent / "fixtures"
WITNESSES = [pytest.param(name, marks=oracles.needs(name)) for name in ("policyuniverse", "policy-sentry")]

WITHDRAWN: Mapping[str, tuple[str, str]] = {
    "codestar:*": ("policyuniverse policy-sentry", "the service was closed in 2024"),
    "evidently:*": ("policyuniverse policy-sentry", "the service was closed in 2025"),
    "iotevents:*": ("policyuniverse policy-sentry", "the service was closed in 2026"),
    "trustedadvisor:*engagement*": ("policyuniverse policy-sentry", "no longer documented"),
    "application-cost-profiler:*": ("policyuniverse", "the service was closed in 2024"),
    "deepcomposer:*": ("policyuniverse", "the service was closed in 2025"),
    "deeplens:*": ("policyuniverse", "the service was closed in 2024"),
    "deepracer:*": ("policyuniverse", "the service was closed in 2025"),
    "elastic-inference:*": ("policyuniverse", "the service was closed in 2024"),
    "elemental-activations:*": ("policyuniverse", "no longer documented"),
    "elemental-appliances-software:*tag*": ("policyuniverse", "no longer documented"),
    "iot1click:*": ("policyuniverse", "the service was closed in 2024"),
    "iotroborunner:*": ("policyuniverse", "the service was closed"),
    "sagemaker-groundtruth-synthetic:*": ("policyuniverse", "the service was closed"),
    "cloudhsm:*": ("policyuniverse", "CloudHSM Classic was closed; its successor shares the prefix"),
    "dms:*": ("policyuniverse", "schema conversion: no longer documented"),
    "workmail:*": ("policyuniverse", "no longer documented"),
    "sso:*": ("policyuniverse", "no longer documented"),
    "account:*challengequestions": ("policyuniverse", "AWS has no security questions any more"),
    "artifact:*": ("policyuniverse", "replaced by GetReport, GetAgreement and others"),
    "aws-marketplace:*task*": ("policyuniverse", "no longer documented"),
    "bedrock:createagentdraftsnapshot": ("policyuniverse", "never public"),
    "bedrock:queryknowledgebase": ("policyuniverse", "never public"),
    "braket:accessbraketfeature": ("policyuniverse", "no longer documented"),
    "cloud9:validateenvironmentname": ("policyuniverse", "no longer documented"),
    "connect:getfederationtokens": ("policyuniverse", "renamed to connect:GetFederationToken"),
    "iotfleetwise:batch*vehicle": ("policyuniverse", "a batch needs the actions for one vehicle"),
    "route53-recovery-control-config:describeroutingcontrolbyname": ("policyuniverse", "no longer documented"),
    "aws-mcp:*": ("policy-sentry", "replaced by a prefix for each service"),
    "sagemaker-unified-studio-mcp:*": ("policy-sentry", "renamed"),
}
"""Patterns of actions that only a witness has, which witness, and why AWS's reference of today lacks them."""

NEWER = {"policyuniverse": 7360, "policy-sentry": 1982}
"""How many of our actions a witness lacks because its data is older: the one is of 2023, the other some months old."""

NEWER_SERVICES = {"policyuniverse": 102, "policy-sentry": 16}
"""How many whole services are among them."""

NOT_READ: Mapping[str, Callable[[str], object]] = {
    "a wildcard in the service": lambda pattern: set("*?") & set(pattern.partition(":")[0]) and pattern != "*",
    "a service in capitals": lambda pattern: pattern.partition(":")[0] != pattern.partition(":")[0].lower(),
    "`?` without `*`": lambda pattern: "?" in pattern and "*" not in pattern,
}
"""What policy_sentry takes for no pattern, or for one of a service that it does not know."""


@cache
def patterns_of_policies() -> frozenset[str]:
    found = set()
    for name in policy_names():
        document = policy_document(name)
        assert document
        statements: Any = document["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            for key in {"Action", "NotAction"} & statement.keys():
                found.update([statement[key]] if isinstance(statement[key], str) else statement[key])
    return frozenset(found)


@cache
def patterns_of_fixtures() -> frozenset[str]:
    """Whatever looks like an action in the text of a fixture: some are none, which is as good."""
    found = {"*"}
    for path in FIXTURES.rglob("*"):
        if path.is_file():
            found.update(re.findall(r"(?<![\w:/.-])[\w*?-]+:[\w*?]+", path.read_text("utf-8", "replace"), re.ASCII))
    return frozenset(found)


def wildcards(patterns: Iterable[str]) -> list[str]:
    return sorted(pattern for pattern in patterns if set("*?") & set(pattern))


def ours(pattern: str) -> set[str]:
    return {action.name.lower() for action in expand(pattern)}


@cache
def witnessed(name: str) -> tuple[frozenset[str], Mapping[str, frozenset[str]]]:
    """Every action that a witness knows, and what it expands each pattern to."""
    answer = oracles.answer(name, {"patterns": wildcards(patterns_of_policies() | patterns_of_fixtures())})
    return frozenset(answer["known"]), {pattern: frozenset(one) for pattern, one in answer["expanded"].items()}


def test_there_is_something_to_compare() -> None:
    assert len(wildcards(patterns_of_policies())) > 1000
    assert {"*", "iam:Put?olePolicy"} <= patterns_of_fixtures()
    assert len(wildcards(patterns_of_fixtures())) > 50


@pytest.mark.parametrize("name", WITNESSES)
def test_patterns_stand_for_the_same_actions(name: str) -> None:
    """Of those actions that both know."""
    known, expanded = witnessed(name)
    common = known & ours("*")
    disagreed = {pattern for pattern, theirs in expanded.items() if ours(pattern) & common != theirs & common}
    if name == "policyuniverse":
        assert disagreed == set()
        return
    reasons = {pattern: [why for why, holds in NOT_READ.items() if holds(pattern)] for pattern in disagreed}
    assert [pattern for pattern, why in reasons.items() if not why] == []
    assert {why for whys in reasons.values() for why in whys} == NOT_READ.keys(), "a reason that explains nothing"
    assert disagreed & patterns_of_policies() == {"Discovery:*"}
    for pattern in disagreed:
        assert expanded[pattern] & common < ours(pattern), pattern


@pytest.mark.parametrize("name", WITNESSES)
def test_an_action_that_only_they_have_was_withdrawn(name: str) -> None:
    gone = witnessed(name)[0] - ours("*")
    explained = set()
    for pattern, (witnesses, _) in WITHDRAWN.items():
        if name in witnesses.split():
            matched = {action for action in gone if re.fullmatch(pattern.replace("*", ".*"), action)}
            assert matched, f"{pattern} explains nothing"
            explained |= matched
    assert gone - explained == set()


@pytest.mark.parametrize("name", WITNESSES)
def test_an_action_that_only_we_have_is_newer(name: str) -> None:
    known = witnessed(name)[0]
    newer = ours("*") - known
    assert len(newer) == NEWER[name]
    services = {action.partition(":")[0] for action in newer} - {action.partition(":")[0] for action in known}
    assert len(services) == NEWER_SERVICES[name]


@oracles.needs("policy-sentry")
@oracles.needs("policyuniverse")
def test_what_policy_sentry_lacks_is_newer_than_both() -> None:
    """But for one action, which AWS had, withdrew and has again."""
    before, after = witnessed("policyuniverse")[0], witnessed("policy-sentry")[0]
    assert (before - after) & ours("*") == {"dms:getmetadatamodel"}
