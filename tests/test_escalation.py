"""Ways to the permissions of somebody else: every published path, and what makes the difference to none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path as File
from typing import Any

import pytest

from tests.policies import (
    ADMIN,
    RUN,
    Statement,
    allow,
    degrees,
    deny,
    document,
    escalations,
    findings,
    managed,
    role,
    template,
    trusting,
    when_production,
)  # fmt: skip
from tests.tf import module
from vetstack.findings import Finding
from vetstack.iam.catalog import policy_names
from vetstack.iam.escalation import Path, everybody, paths_of
from vetstack.iam.grants import grants_of_managed
from vetstack.iam.holders import Holder
from vetstack.iam.routes import routes
from vetstack.template import Template

CURATED = File(__file__).parent.parent / "tools" / "curated"

WITHDRAWN = "codestar:"
"""A service that AWS has closed; its actions are in no list of AWS's any more."""


def published() -> dict[str, list[str]]:
    """The actions of every published path by its id."""
    rows = [line.split("\t") for line in (CURATED / "published_paths.tsv").read_text("utf-8").splitlines()]
    sets = {cells[0]: cells[1].split() for cells in rows if not cells[0].startswith("#")}
    return {name: actions for name, actions in sets.items() if WITHDRAWN not in " ".join(actions)}


PUBLISHED = published()
ALIASES = [alias for route in routes() for alias in route.aliases]
PATHFINDING = [name for alias in ALIASES for name in re.findall(r"^pathfinding:(.+)", alias)]


def of(made: Template, address: str = "Worker") -> list[Path]:
    """The paths of an identity that reach further than a change of IAM."""
    (holder,) = [holder for holder, _ in everybody(made) if holder.address == address]
    return [path for path in paths_of(holder, made) if path.category != "iam-write"]


# The table


def test_every_published_path_is_in_the_table() -> None:
    assert len(PUBLISHED) == 114
    smallest = [route.actions for route in routes()]
    assert [name for name, actions in PUBLISHED.items() if not any(one <= set(actions) for one in smallest)] == []
    assert len(set(PATHFINDING)) == 66, "every id of pathfinding.cloud is an alias of one row"


def test_the_table_is_well_formed() -> None:
    assert len({route.id for route in routes()}) == len(routes())
    for route in routes():
        chooses = route.actions & {"iam:PassRole", "sts:AssumeRole"}
        assert ("{}" in route.gives) == bool(chooses), route.id
        assert bool(route.passed_to) == ("iam:PassRole" in chooses), route.id
        assert (route.category == "iam-write") == all(action.startswith("iam:") for action in route.actions), route.id
        assert route.category != "existing-role" or any(need.on for need in route.needs), route.id


# Every published path, alone on `*`, and its twins


def together(actions: list[str]) -> dict[str, Any]:
    return role(document(allow(actions)))


def denied(actions: list[str]) -> dict[str, Any]:
    return role(document(allow(actions), deny(actions)))


def bounded(actions: list[str]) -> dict[str, Any]:
    return role(document(allow(actions)), PermissionsBoundary="arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")


def apart(actions: list[str]) -> dict[str, Any]:
    return role(*(document(allow(action)) for action in actions))


def in_capitals(actions: list[str]) -> dict[str, Any]:
    return role(document(allow([action.upper() for action in actions])))


def by_pattern(actions: list[str]) -> dict[str, Any]:
    return role(document(allow([f"{action[:-4]}??{action[-2:]}*" for action in actions])))


def on_arns(actions: list[str]) -> dict[str, Any]:
    return role(document(allow(actions, "arn:aws:*:*:*:*")))


def when_chosen(actions: list[str]) -> dict[str, Any]:
    return role(document(when_production(allow(actions[0])), allow(actions[1:] or actions)))


VARIANTS: dict[str, tuple[Callable[[list[str]], dict[str, Any]], bool]] = {
    variant.__name__: (variant, found)
    for variant, found in (
        (together, True), (denied, False), (bounded, False), (apart, True), (in_capitals, True), (by_pattern, True),
        (on_arns, True), (when_chosen, True),
    )
}  # fmt: skip


def loud(found: Iterable[Finding]) -> set[str]:
    """The resources of errors and warnings."""
    return {one.resource for one in found if one.severity != "note"}


@pytest.mark.parametrize(("variant", "expected"), VARIANTS.values(), ids=VARIANTS)
def test_every_published_path_is_found_however_it_is_written(
    variant: Callable[[list[str]], dict[str, Any]], expected: bool
) -> None:
    names = {"".join(re.findall("[a-z0-9]", name)): actions for name, actions in PUBLISHED.items()}
    made = template(**{f"R{name}": variant(actions) for name, actions in names.items()})
    found = loud(findings(made, "VET301", "VET302", "VET303"))
    assert {f"R{name}" for name in names} - found == (set() if expected else {f"R{name}" for name in names})


def test_a_published_path_in_two_attachments_names_both() -> None:
    for actions in PUBLISHED.values():
        if len(actions) < 2 or all(action.startswith("iam:") for action in actions):
            continue
        first = managed(allow(actions[0]), Roles=[{"Ref": "Worker"}])
        rest = {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "p",
                "Roles": [{"Ref": "Worker"}],
                "PolicyDocument": document(allow(actions[1:])),
            },
        }
        made = template(Worker=role(), First=first, Rest=rest)
        found = [one for one in findings(made, "VET302", "VET301") if one.severity != "note"]
        assert found, actions
        for path in of(made):
            assert {block for _, way in path.steps for block in way.grant.blocks} <= {"First", "Rest", "Worker"}
            if {"iam:PassRole"} <= path.route.actions:
                (finding,) = [one for one in found if one.rule == "VET302"]
                assert set(finding.also) == {"First", "Rest"}


def test_every_path_of_pathfinding_in_terraform(tmp_path: File) -> None:
    blocks: list[str] = []
    trust = "data.aws_iam_policy_document.trust.json"
    for number, name in enumerate(sorted(set(PATHFINDING))):
        actions = PUBLISHED[name]
        for kind, statements in {
            "open": [allow(actions)],
            "denied": [allow(actions), deny([action.lower() for action in actions])],
        }.items():
            blocks.append(f'resource "aws_iam_role" "{kind}{number}" {{ assume_role_policy = {trust} }}\n')
            blocks.append(
                f'resource "aws_iam_role_policy" "{kind}{number}" {{\n  role = aws_iam_role.{kind}{number}.id\n'
                f"  policy = jsonencode({json.dumps(document(*statements))})\n}}\n"
            )
    blocks.append(
        'data "aws_iam_policy_document" "trust" {\n  statement {\n    actions = ["sts:AssumeRole"]\n'
        '    principals {\n      type = "Service"\n      identifiers = ["lambda.amazonaws.com"]\n    }\n  }\n}\n'
    )
    found = loud(findings(module(tmp_path, "".join(blocks)), "VET301", "VET302", "VET303"))
    assert found == {f"aws_iam_role.open{number}" for number in range(len(set(PATHFINDING)))}


# Settings


def test_halves_that_no_setting_brings_together_are_no_path() -> None:
    otherwise = {"Fn::If": ["InProduction", {"Ref": "AWS::NoValue"}, allow("ec2:RunInstances")]}
    assert degrees(when_production(allow("iam:PassRole")), otherwise) == []
    made = template(Worker=role(document(when_production(allow("iam:PassRole")), allow("ec2:RunInstances"))))
    (finding,) = findings(made, "VET302")
    assert finding.when is not None and "InProduction is true" in finding.when


def test_less_bad_paths_of_other_settings_are_told_besides() -> None:
    statements = [when_production(allow("lambda:UpdateFunctionCode")), allow("codebuild:StartBuild")]
    made = template(Worker=role(document(*statements)))
    found = {finding.severity: finding.when for finding in findings(made, "VET302")}
    assert found.keys() == {"error", "warning"}
    assert "InProduction is true" in str(found["error"]) and "InProduction is true" not in str(found["warning"])


# Who holds it


def test_halves_from_a_user_and_a_group() -> None:
    made = template(
        Staff={"Type": "AWS::IAM::Group", "Properties": {"Policies": [inline(allow("iam:PassRole"))]}},
        Ann={
            "Type": "AWS::IAM::User",
            "Properties": {"Groups": [{"Ref": "Staff"}], "Policies": [inline(allow("ec2:RunInstances"))]},
        },
    )
    (finding,) = findings(made, "VET302")
    assert (finding.resource, set(finding.also)) == ("Ann", {"Staff"})


def test_halves_from_two_groups() -> None:
    groups = {
        "Passing": {"Type": "AWS::IAM::Group", "Properties": {"Policies": [inline(allow("iam:PassRole"))]}},
        "Running": {"Type": "AWS::IAM::Group", "Properties": {"Policies": [inline(allow("ec2:RunInstances"))]}},
    }
    user = {"Type": "AWS::IAM::User", "Properties": {"Groups": [{"Ref": "Passing"}, {"Ref": "Running"}]}}
    (finding,) = findings(template(**groups, Ann=user), "VET302")
    assert (finding.resource, set(finding.also)) == ("Ann", {"Passing", "Running"})


def test_a_path_of_one_group_is_the_groups() -> None:
    groups = {
        "Both": {
            "Type": "AWS::IAM::Group",
            "Properties": {"Policies": [inline(allow(["iam:PassRole", "ec2:RunInstances"]))]},
        },
        "More": {"Type": "AWS::IAM::Group", "Properties": {"Policies": [inline(allow("s3:GetObject"))]}},
    }
    user = {
        "Type": "AWS::IAM::User",
        "Properties": {"Groups": [{"Ref": "Both"}, {"Ref": "More"}], "Policies": [inline(allow("s3:PutObject"))]},
    }
    assert [f.resource for f in findings(template(**groups, Ann=user), "VET302")] == ["Both"]


def inline(*statements: Statement) -> dict[str, Any]:
    return {"PolicyName": "work", "PolicyDocument": document(*statements)}


def test_a_policy_that_somebody_else_is_given() -> None:
    made = template(Loose=managed(allow(["iam:PassRole", "ec2:RunInstances"])))
    (finding,) = findings(made, "VET302")
    assert (finding.resource, finding.message.startswith("Whoever is given Loose may use iam:PassRole")) == (
        "Loose",
        True,
    )


def test_administrators_and_power_users_are_not_told_of_what_they_have() -> None:
    assert degrees(allow("*")) == []
    assert degrees(ManagedPolicyArns=[ADMIN]) == []
    assert (
        degrees(
            ManagedPolicyArns=["arn:aws:iam::aws:policy/IAMFullAccess", "arn:aws:iam::aws:policy/AWSLambda_FullAccess"]
        )
        == []
    )
    power = {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}
    assert degrees(power) == []
    assert degrees(power, allow("iam:PassRole")) == ["error"]
    assert degrees(power, ManagedPolicyArns=["arn:aws:iam::aws:policy/AWSLambda_FullAccess"]) == ["error"]
    assert degrees(allow("*", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}})) == []
    assert degrees(when_production(allow("*")), allow("lambda:UpdateFunctionCode")) == ["error"]


def test_a_service_with_a_policy_that_aws_made_for_it_is_no_news() -> None:
    policies = ["arn:aws:iam::aws:policy/service-role/AmazonElasticMapReduceRole"]
    for trust, expected in (("elasticmapreduce.amazonaws.com", "note"), ("lambda.amazonaws.com", "error")):
        made = template(Worker=role(trust=trust, ManagedPolicyArns=policies))
        assert [f.severity for f in findings(made, "VET302")] == [expected]


# What a finding says


def test_a_finding_shows_the_chain() -> None:
    first, rest = document(allow("iam:PassRole")), document(allow("s3:GetObject"), allow(RUN))
    made = template(Worker=trusting("arn:aws:iam::481037652914:root", first, rest))
    (finding,) = findings(made, "VET302")
    assert finding.message.startswith(
        "The outside account that may assume Worker may use iam:PassRole, lambda:CreateFunction, "
        "lambda:InvokeFunction on *: it runs its own code as any role that trusts lambda.amazonaws.com."
    )
    assert [one.message for one in finding.evidence] == [
        "allows lambda:CreateFunction on *", "allows lambda:InvokeFunction on *",
    ]  # fmt: skip
    assert finding.at.line < finding.evidence[0].at.line < finding.evidence[1].at.line


def test_the_worst_path_comes_first_and_the_others_are_counted() -> None:
    ((severity, message),) = escalations(allow(["codebuild:StartBuild", "ssm:*", "lambda:*", "ec2:*", "iam:PassRole"]))
    assert severity == "error" and "any role that trusts" in message
    assert re.search(r"Other ways: .*; .*; .*, and \d+ more ways\.", message)
    assert "codebuild" not in message


OTHER_WAYS = {
    "the same": (["ec2:RunInstances", "ec2:RequestSpotInstances"], " So does iam:PassRole + ec2:RequestSpotInstances."),
    "another": (
        ["ec2:RunInstances", "sagemaker:CreateNotebookInstance"],
        " Another way: iam:PassRole + sagemaker:CreateNotebookInstance.",
    ),
    "two of the same": (
        ["sagemaker:CreateNotebookInstance", "sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob"],
        " So do iam:PassRole + sagemaker:Create",
    ),
    "four": (
        ["lambda:UpdateFunctionCode", "ssm:SendCommand", "ssm:StartSession", "cloudformation:UpdateStack",
         "apprunner:UpdateService"],
        "Other ways: ",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("actions", "said"), OTHER_WAYS.values(), ids=OTHER_WAYS)
def test_other_ways_are_said_to_do_the_same_only_where_they_do(actions: list[str], said: str) -> None:
    ((_, message),) = escalations(allow(["iam:PassRole", *actions]))
    assert said in message
    assert "more way" not in message, "the last one is named rather than counted"


# AWS's own policies

UNCONDITIONED = {
    "AIDevOpsAgentActionsPolicy", "AWSCloudFormationFullAccess", "AWSDeepRacerCloudFormationAccessPolicy",
    "AWSElasticBeanstalkService", "AWSSSOMasterAccountAdministrator", "AWSSSOMemberAccountAdministrator",
    "AdministratorAccess", "AdministratorAccess-Amplify", "AmazonDynamoDBFullAccesswithDataPipeline",
    "AmazonElasticMapReduceFullAccess", "AmazonElasticMapReduceRole", "IAMFullAccess", "PowerUserAccess",
    "SecretsManagerReadWrite",
}  # fmt: skip
"""Policies that lead to any permission with a role of one's own choice, Identity Center, IAM or a change set, on `*`
and without a condition."""


def test_the_managed_policies_that_lead_everywhere_without_a_condition() -> None:
    found = set()
    for name in policy_names():
        grants = grants_of_managed(name)
        made = template(Loose=managed(allow("s3:GetObject")))
        holder = Holder(made.policies["Loose"], grants, ())
        if any(_leads_everywhere(path) for path in paths_of(holder, made)):
            found.add(name)
    assert found & UNCONDITIONED == UNCONDITIONED
    assert found - UNCONDITIONED == set()


def _leads_everywhere(path: Path) -> bool:
    strong = path.category in ("pass-role", "iam-write") or path.id in (
        "cloudformation-change-set", "sso-attach-policy", "sso-inline-policy",
    )  # fmt: skip
    free = all(way.conditions.none and way.resource.written == "*" for _, way in path.steps)
    return strong and free and path.degree == "error"
