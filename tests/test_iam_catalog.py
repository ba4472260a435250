"""AWS's actions and managed policies, as the data has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetstack.iam.actions import granting_actions, matches, mutating_actions
from vetstack.iam.catalog import (
    Action,
    action_named,
    actions_of,
    expand,
    is_known_service,
    policy_document,
    policy_names,
    policy_path,
    services,
    unknown,
)

EVERY = tuple(expand("*"))


def names(pattern: str) -> list[str]:
    return [action.name for action in expand(pattern)]


def test_the_services() -> None:
    assert {"s3", "iam", "execute-api", "bedrock-agentcore"} <= services()
    assert is_known_service("S3") and not is_known_service("s3:") and not is_known_service("")
    assert len(EVERY) == len({action.name for action in EVERY}) == sum(len(actions_of(one)) for one in services())


@pytest.mark.parametrize(
    ("name", "level", "resources"),
    [
        ("s3:GetObject", "read", ("arn:*:s3:*:*:accesspoint/*/object/*", "arn:*:s3:::*/*")),
        ("s3:ListAllMyBuckets", "list", ()),
        ("iam:PassRole", "permissions", ("arn:*:iam::*:role/*",)),
        ("iam:CreateUser", "permissions", ("arn:*:iam::*:user/*",)),
        ("iam:CreateServiceLinkedRole", "write", ("arn:*:iam::*:role/*",)),
        ("iam:TagRole", "tagging", ("arn:*:iam::*:role/*",)),
        ("lambda:UpdateFunctionCode", "write", ("arn:*:lambda:*:*:function:*",)),
        ("sqs:CreateQueue", "write", ("arn:*:sqs:*:*:*",)),
    ],
)
def test_an_action(name: str, level: str, resources: tuple[str, ...]) -> None:
    expected = Action(name, level, resources)  # type: ignore[arg-type]
    assert action_named(name.upper()) == action_named(name.lower()) == expected
    service, _, own = name.lower().partition(":")
    assert actions_of(service.upper())[own] == expected


def test_the_types_that_an_action_must_have_come_first() -> None:
    started = action_named("ec2:RunInstances")
    assert started and started.resources[0] == "arn:*:ec2:*::image/*"
    assert "arn:*:ec2:*:*:key-pair/*" in started.resources[5:]


@pytest.mark.parametrize("text", ["s3:GetObjec", "nosuch:GetObject", "s3", "", ":", "s3:", "*", "s3:*", "a:b:c"])
def test_what_is_no_action(text: str) -> None:
    assert action_named(text) is None


def test_no_service_has_no_actions() -> None:
    assert actions_of("nosuch") == {}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("iam:Attach*Policy", ["iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy"]),
        ("IAM:putrolepolicy", ["iam:PutRolePolicy"]),
        ("iam:Put?olePolicy", ["iam:PutRolePolicy"]),
        ("i?m:PassRole", ["iam:PassRole"]),
        ("*:PassRole", ["iam:PassRole"]),
        ("ia*:Pas*Role", ["iam:PassRole"]),
        ("*?:PassRole", ["iam:PassRole"]),
        ("*PassRole", ["datazone:ValidatePassRole", "iam:PassRole"]),
        ("iam?PassRole", ["iam:PassRole"]),
        ("iam:PassRole?", []),
        ("iam", []),
        ("iam:", []),
        ("", []),
        ("iam:*:PassRole", []),
        ("nosuch:*", []),
        ("iam:Pas\u017fRole", []),
    ],
)
def test_what_a_pattern_stands_for(pattern: str, expected: list[str]) -> None:
    assert names(pattern) == expected


@pytest.mark.parametrize("pattern", ["*", "**", "*:*", "*:**", "?*", "?*:*"])
def test_patterns_for_everything(pattern: str) -> None:
    assert tuple(expand(pattern)) == EVERY


@given(st.text("iamIAM*?:sgetGET3", max_size=8))
def test_a_pattern_expands_to_what_it_matches(pattern: str) -> None:
    assert list(expand(pattern)) == [action for action in EVERY if matches(pattern, action.name)]


def test_unknown_patterns() -> None:
    assert list(unknown(["s3:Foo", "s3:get*", "nosuch:*", "*", "s3:Foo*"])) == ["s3:Foo", "nosuch:*", "s3:Foo*"]


def test_the_lists_of_actions_name_existing_ones() -> None:
    assert {action.name for action in EVERY} >= mutating_actions() | granting_actions()


def test_managed_policies() -> None:
    assert len(policy_names()) == 1582
    administrator = policy_document("ADMINISTRATORACCESS")
    assert administrator and administrator == policy_document("AdministratorAccess")
    assert administrator["Statement"] == [{"Action": "*", "Effect": "Allow", "Resource": "*"}]
    assert policy_document("arn:aws:iam::aws:policy/AdministratorAccess") is None
    assert policy_document("NoSuchAccess") is None and policy_document("") is None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ReadOnlyAccess", "/"),
        ("systemadministrator", "/job-function/"),
        ("AWSLambdaBasicExecutionRole", "/service-role/"),
        ("AWSSupportServiceRolePolicy", "/aws-service-role/"),
        ("IAMAuditRootUserCredentials", "/root-task/"),
    ],
)
def test_the_path_of_a_managed_policy(name: str, path: str) -> None:
    assert policy_path(name) == path


def test_a_policy_that_is_not_there_has_no_path() -> None:
    with pytest.raises(KeyError):
        policy_path("NoSuchAccess")


def test_every_managed_policy_can_be_read() -> None:
    for name in policy_names():
        document = policy_document(name)
        assert document and document["Statement"], name


PROBE = """\
import json, sys
from vetstack.iam import catalog
from vetstack import packs
seen = [sorted(sys.modules)]
catalog.action_named("s3:GetObject")
list(catalog.expand("S3:Get*"))
list(catalog.expand("iam:PassRole"))
print(json.dumps({
    "before": [name for name in ("zlib", "json") if name in seen[0]],
    "services": catalog._of_service.cache_info().currsize,
    "blocks": packs._block.cache_info().misses,
}))
"""


def test_only_what_is_asked_for_is_read() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    probe = PROBE.replace("import json, sys\n", "import sys\n").replace("print(", "import json\nprint(")
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, env=environment, check=True)
    found = json.loads(run.stdout)
    assert found["services"] == 2 and found["blocks"] == 2
    assert found["before"] == [name for name in ("zlib", "json") if name in loaded_at_start()]


def loaded_at_start() -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())
