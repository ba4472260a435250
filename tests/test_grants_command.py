"""`vetstack grants`: who can become an identity, what it may do, and how that is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cfn import template_of
from tests.command import run
from tests.policies import all_but, allow, deny, document, managed, role, template
from tests.tf import module
from vetstack.cli import main
from vetstack.iam.abilities import DEPTHS, EVERY, Ability
from vetstack.iam.portraits import Portrait, portrait_of, subjects_of
from vetstack.settings import Settings
from vetstack.template import Template

STRANGER = "arn:aws:iam::604917283056:root"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def portraits(made: Template) -> dict[str, Portrait]:
    return {holder.address: portrait_of(holder, made, Settings()) for holder in subjects_of(made)}


def of_worker(*statements: Any, **others: Any) -> Portrait:
    return portraits(template(Worker=role(document(*statements)), **others))["Worker"]


def gist(portrait: Portrait) -> set[tuple[str, str, int, bool]]:
    """(service, level, number of actions, whether on everything) of all that is allowed."""
    return {(one.service, one.depth, one.number, one.everything) for one in portrait.abilities}


def only(portrait: Portrait) -> Ability:
    (ability,) = portrait.abilities
    return ability


# What somebody may do


def test_actions_are_told_apart_by_level() -> None:
    actions = ["s3:GetObject", "s3:GetBucketPolicy", "s3:PutObject", "s3:PutBucketPolicy", "s3:ListBucket"]
    assert gist(of_worker(allow(actions))) == {
        ("s3", "data read", 1, True),
        ("s3", "read", 1, True),
        ("s3", "write", 1, True),
        ("s3", "permissions", 1, True),
        ("s3", "list", 1, True),
    }


def test_named_resources_are_not_everything() -> None:
    made = only(of_worker(allow("sqs:SendMessage", ["arn:aws:sqs:*:*:acme-a", "arn:aws:sqs:*:*:acme-b"])))
    assert (made.everything, made.resources) == (False, ("arn:aws:sqs:*:*:acme-a", "arn:aws:sqs:*:*:acme-b"))
    assert only(of_worker(allow("sqs:SendMessage", "arn:aws:sqs:*:*:*"))).everything


def test_a_pattern_stays_as_it_is_written_beside_what_it_stands_for() -> None:
    made = only(of_worker(allow("sqs:Send*")))
    assert (made.patterns, made.actions) == (("sqs:Send*",), ("sqs:SendMessage",))


def test_what_is_denied_or_outside_the_boundary_is_not_there() -> None:
    limits = managed(allow(["sqs:*", "sns:*"]))
    worker = role(document(allow(["sqs:SendMessage", "sns:Publish", "ec2:RunInstances"]), deny("sns:*")))
    worker["Properties"]["PermissionsBoundary"] = {"Ref": "Limits"}
    made = portraits(template(Worker=worker, Limits=limits))["Worker"]
    assert [one.actions for one in made.abilities] == [("sqs:SendMessage",)]
    assert [(one.said, one.known) for one in made.boundary] == [("Limits", True)]
    assert [one.patterns for one in made.denials] == [("sns:*",)]


def test_a_boundary_that_somebody_else_decides_bounds_nothing() -> None:
    worker = role(document(allow("ec2:RunInstances")), PermissionsBoundary={"Ref": "Boundary"})
    made = portraits(template(Worker=worker))["Worker"]
    assert [(one.said, one.known) for one in made.boundary] == [("${Boundary}", False)]
    assert only(made).actions == ("ec2:RunInstances",)


def test_conditions_and_settings_part_what_is_allowed() -> None:
    tagged = allow("ec2:StopInstances", Condition={"StringEquals": {"aws:ResourceTag/a": "b"}})
    optional = {"Fn::If": ["InProduction", allow("ec2:StartInstances"), {"Ref": "AWS::NoValue"}]}
    made = {one.actions: (one.limit, one.when) for one in of_worker(tagged, optional).abilities}
    assert made == {
        ("ec2:StopInstances",): ("a condition on aws:ResourceTag/a", None),
        ("ec2:StartInstances",): (None, 'InProduction is true (Stage is "production")'),
    }


def test_what_both_sides_of_a_setting_give_is_given_in_every_setting() -> None:
    either = {"Fn::If": ["InProduction", allow("sqs:SendMessage", "arn:aws:sqs:*:*:a"), allow("sqs:SendMessage")]}
    by_scope = {one.everything: one.when for one in of_worker(either).abilities}
    assert by_scope[True] == 'InProduction is false (Stage is not "production")'
    same = {"Fn::If": ["InProduction", allow(["sqs:SendMessage"]), allow(["sqs:SendMessage", "sqs:SendMessage"])]}
    assert only(of_worker(same)).when is None


def test_what_is_allowed_on_everything_is_not_repeated_for_less() -> None:
    assert gist(of_worker(allow("sqs:SendMessage"), allow("sqs:SendMessage", "arn:aws:sqs:*:*:a"))) == {
        ("sqs", "write", 1, True)
    }


def test_every_service_is_counted_and_not_listed() -> None:
    made = of_worker(all_but(["iam:*", "sts:*"]))
    assert {one.service for one in made.abilities} == {EVERY}
    assert {one.patterns for one in made.abilities} == {("all but iam:*, sts:*",)}
    assert sum(one.number for one in made.abilities) > 10_000
    assert all(one.actions == () for one in made.abilities)


def test_an_action_on_what_it_cannot_be_used_on_gives_nothing() -> None:
    made = of_worker(allow(["s3:ListAllMyBuckets", "s3:NoSuchThing", "s3:ListBucket"], "arn:aws:s3:::acme"))
    assert only(made).actions == ("s3:ListBucket",)
    assert {(one.written, one.why) for one in made.idle} == {
        ("s3:ListAllMyBuckets", "resources"),
        ("s3:NoSuchThing", "unknown"),
    }


def test_a_policy_of_aws_is_read_and_named() -> None:
    made = role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"])
    found = portraits(template(Worker=made))["Worker"].abilities
    assert found
    assert {(one.managed, one.patterns) for one in found} == {("AmazonSQSReadOnlyAccess", ("AmazonSQSReadOnlyAccess",))}
    assert {one.service for one in found} >= {"sqs"}


def test_what_the_template_does_not_show_is_said() -> None:
    attached = [{"Ref": "Boundary"}, "arn:aws:iam::123456789012:policy/own"]
    made = role(document(allow({"Ref": "Name"})), ManagedPolicyArns=attached)
    unseen = [one.reason for one in portraits(template(Worker=made))["Worker"].unseen]
    assert unseen == [
        "what ${Boundary} allows",
        "what arn:aws:iam::123456789012:policy/own allows",
        "which actions ${Name} stands for",
    ]


def test_a_member_has_what_its_groups_have() -> None:
    policies = [{"PolicyName": "p", "PolicyDocument": document(allow("sqs:SendMessage"))}]
    team = {"Type": "AWS::IAM::Group", "Properties": {"Policies": policies}}
    ada = {"Type": "AWS::IAM::User", "Properties": {"Groups": [{"Ref": "Team"}]}}
    found = portraits(template(Team=team, Ada=ada))
    assert only(found["Ada"]).actions == ("sqs:SendMessage",)
    assert (found["Ada"].groups, found["Team"].groups) == (["Team"], [])
    assert [one.who for one in found["Team"].callers] == ["its member Ada", "whoever else is put into it"]


def test_a_policy_that_nobody_holds_has_a_portrait_and_one_that_is_attached_has_none() -> None:
    loose, held = managed(allow("sqs:SendMessage")), managed(allow("sns:Publish"), Roles=[{"Ref": "Worker"}])
    found = portraits(template(Worker=role(), Loose=loose, Held=held))
    assert set(found) == {"Worker", "Loose"}
    assert [one.who for one in found["Loose"].callers] == ["whoever it is attached to outside of this template"]


def test_a_chain_leads_from_the_holder_through_each_permission() -> None:
    made = of_worker(allow("iam:PassRole"), allow(["lambda:CreateFunction", "lambda:InvokeFunction"]))
    path = next(one for one in made.escalations if len(one.steps) > 1)
    assert {action for action, _ in path.steps} >= {"iam:PassRole", "lambda:CreateFunction"}


# Who can become it


def trusting(*statements: Any) -> Portrait:
    made = role()
    made["Properties"]["AssumeRolePolicyDocument"] = document(*statements)
    return portraits(template(Worker=made))["Worker"]


def trust(principal: Any, action: str = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


BOUND = {"StringEquals": {"sts:ExternalId": {"Ref": "Name"}}}

CALLERS = {
    "outside": (trust({"AWS": STRANGER}), "stranger", "absent", "account 604917283056"),
    "bound": (trust({"AWS": STRANGER}, Condition=BOUND), "stranger", "empty-possible", "account 604917283056"),
    "anybody": (trust("*"), "anyone", "absent", "anybody with an AWS account"),
    "service": (trust({"Service": "ec2.amazonaws.com"}), "service", None, "ec2.amazonaws.com"),
    "account": (
        trust({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}),
        "own",
        None,
        "this account: arn:aws:iam::${AWS::AccountId}:root",
    ),
    "token": (
        trust({"Federated": "accounts.google.com"}, "sts:AssumeRoleWithWebIdentity"),
        "federated",
        "audience",
        "OIDC tokens of accounts.google.com",
    ),
}


@pytest.mark.parametrize(("statement", "party", "state", "who"), CALLERS.values(), ids=CALLERS)
def test_who_can_become_a_role(statement: dict[str, Any], party: str, state: str | None, who: str) -> None:
    (caller,) = trusting(statement).callers
    assert (caller.party, caller.state, caller.who) == (party, state, who)


def test_a_setting_that_drops_the_external_id_is_named() -> None:
    optional = {"Fn::If": ["InProduction", BOUND, {"Ref": "AWS::NoValue"}]}
    found = {one.state: one.when for one in trusting(trust({"AWS": STRANGER}, Condition=optional)).callers}
    assert found["bypassable"] == 'InProduction is false (Stage is not "production")'


def test_who_is_denied_is_not_there() -> None:
    service = trust({"Service": "ec2.amazonaws.com"})
    stranger = trust({"AWS": STRANGER})
    assert [one.party for one in trusting(service, stranger, {**stranger, "Effect": "Deny"}).callers] == ["service"]


def test_a_module_of_terraform_has_portraits_too(tmp_path: Path) -> None:
    made = module(
        tmp_path,
        """
        resource "aws_iam_user" "reader" {
          name = "reader"
        }
        resource "aws_iam_user_policy" "reader" {
          user   = aws_iam_user.reader.name
          policy = jsonencode({Statement = [{Effect = "Allow", Action = "sqs:ReceiveMessage", Resource = "*"}]})
        }
        """,
    )
    found = portraits(made)["aws_iam_user.reader"]
    assert (found.name, only(found).actions, only(found).depth) == ("reader", ("sqs:ReceiveMessage",), "data read")


# How it is shown

VENDOR = f"""\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  ExternalId: {{Type: String, MinLength: 8}}
Resources:
  VendorRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {{AWS: "{STRANGER}"}}
            Action: sts:AssumeRole
            Condition: {{StringEquals: {{sts:ExternalId: !Ref ExternalId}}}}
      Policies:
        - PolicyName: work
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: [sqs:SendMessage, sqs:ReceiveMessage]
                Resource: !Sub arn:aws:sqs:${{AWS::Region}}:${{AWS::AccountId}}:acme-*
              - Effect: Allow
                Action: lambda:UpdateFunctionCode
                Resource: "*"
  OtherRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: sts:AssumeRole}}]
"""


@pytest.fixture
def vendor(folder: Path) -> str:
    (folder / "t.yaml").write_text(VENDOR)
    return "t.yaml"


def shown(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(["grants", *arguments]) == status
    out, err = capsys.readouterr()
    assert err == ""
    return out


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(shown(capsys, "--format", "json", *arguments))
    return made


def test_the_text_says_who_what_and_where(vendor: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, vendor, "VendorRole")
    assert text.splitlines()[0] == "VendorRole  role  t.yaml:5"
    assert "assumed by  account 604917283056, ExternalId bound (line 11)" in text
    assert "lambda: write: UpdateFunctionCode on * (line 22)" in text
    assert "sqs: data read: ReceiveMessage on acme-* (line 19)" in text
    assert "leads to    VendorRole -> lambda:UpdateFunctionCode on * (line 22) -> " in text
    assert "OtherRole" not in text
    assert text.endswith("\n\n1 role.\n")


def test_json_has_what_its_docstring_promises(vendor: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = as_json(capsys, vendor)
    assert (made["version"], made["files"]) == (1, [{"file": "t.yaml", "kind": "cloudformation"}])
    assert [one["address"] for one in made["identities"]] == ["VendorRole", "OtherRole"]
    identity = made["identities"][0]
    assert identity["assumed_by"][0]["state"] == "bound"
    queue = [one for one in identity["grants"] if one["service"] == "sqs"]
    assert {one["level"] for one in queue} == {"data read", "write"} <= set(DEPTHS)
    assert [(place["file"], place["line"]) for place in queue[0]["places"]] == [("t.yaml", 19)]
    assert queue[0]["through"] == ["VendorRole"]
    assert [step["action"] for step in identity["escalation"][0]["steps"]] == ["lambda:UpdateFunctionCode"]


def test_every_key_of_the_report_is_documented(folder: Path, vendor: str, capsys: pytest.CaptureFixture[str]) -> None:
    from vetstack.reports import grants_json

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for one in value.values() for key in keys(one)}
        return {key for one in value for key in keys(one)} if isinstance(value, list) else set()

    assert grants_json.__doc__
    (folder / "broken.yaml").write_text("Resources: {A: {Type: AWS::SNS::Topic\n")
    assert main(["grants", "--format", "json", "."]) == 2
    made = json.loads(capsys.readouterr().out)
    assert made["unread"]
    assert keys(made) <= set(re.findall(r'"(\w+)"', grants_json.__doc__))


NAMES = {
    "as it is": ("VendorRole", ["VendorRole"]),
    "any letter case": ("vendorrole", ["VendorRole"]),
    "its end": ("ndorRole", ["VendorRole"]),
}


@pytest.mark.parametrize(("wanted", "expected"), NAMES.values(), ids=NAMES)
def test_an_identity_is_found_by_its_name(
    vendor: str, capsys: pytest.CaptureFixture[str], wanted: str, expected: list[str]
) -> None:
    assert [one["address"] for one in as_json(capsys, vendor, wanted)["identities"]] == expected


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("Role", '"Role" is how several identities end: VendorRole, OtherRole'),
        ("VendorRoel", 'there is no identity "VendorRoel": did you mean "VendorRole"?'),
        ("xyz", 'there is no identity "xyz"; there are VendorRole, OtherRole'),
        ("", 'there is no identity ""; there are VendorRole, OtherRole'),
    ],
)
def test_a_name_that_fits_none_or_several_is_refused(
    vendor: str, capsys: pytest.CaptureFixture[str], wanted: str, reason: str
) -> None:
    assert main(["grants", vendor, wanted]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"vetstack: {reason}\n")


def test_what_is_unread_is_status_two_and_the_rest_is_shown(
    folder: Path, vendor: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.yaml").write_text("Resources: {A: {Type: AWS::SNS::Topic\n")
    text = shown(capsys, ".", status=2)
    assert "VendorRole" in text
    assert "Unread: nothing is known of this" in text
    assert text.endswith("2 roles; 1 unread.\n")
    assert main(["grants", "missing.yaml"]) == 2


def test_a_folder_without_a_template_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty").mkdir()
    assert shown(capsys, "empty") == "Nothing was read: there is no template.\n"


def test_a_template_without_identities_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "t.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n")
    assert shown(capsys, "t.yaml") == "Nobody is granted anything.\n"


def test_what_a_template_says_cannot_pass_for_the_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "arn:aws:sqs:*:*:\x1b[2J\u202eforged\nVendorRole  role  t.yaml:1"
    resources = {
        "Worker": role(document(allow("sqs:SendMessage", hostile), deny("sqs:\x07", hostile))),
        "Other": role(document(allow("no\x1b[31m:such", hostile)), RoleName="\x1b[31m"),
    }
    (folder / "t.json").write_text(json.dumps({"Resources": resources}))
    text = shown(capsys, "t.json")
    assert text.replace("\n", "").isprintable()
    assert [line for line in text.splitlines() if line.startswith("VendorRole")] == []
    made = shown(capsys, "--format", "json", "t.json")
    assert made.isascii()
    assert "\x1b" not in made


@pytest.mark.parametrize("columns", ["40", "100", "1000"])
def test_no_line_is_wider_than_it_may_be(
    vendor: str, columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert max(map(len, shown(capsys, vendor).splitlines())) <= min(int(columns), 100)


def test_options_of_the_real_command(folder: Path) -> None:
    (folder / "main.tf").write_text(
        'variable "action" {}\nresource "aws_iam_user" "a" {}\n'
        'resource "aws_iam_user_policy" "a" {\n  user = aws_iam_user.a.name\n'
        '  policy = jsonencode({Statement = [{Effect = "Allow", Action = var.action, Resource = "*"}]})\n}\n'
    )
    (folder / "own.tfvars").write_text('action = "sqs:SendMessage"\n')
    open_ended = run("grants", ".", cwd=folder)
    assert (open_ended.returncode, open_ended.stderr) == (0, b"")
    assert b"which actions ${var.action} stands for" in open_ended.stdout
    settled = run("grants", "--var-file", "own.tfvars", ".", cwd=folder)
    assert b"sqs: write: SendMessage on *" in settled.stdout
    assert run("grants", cwd=folder).returncode == 2
    assert run("grants", "--config", "missing.toml", ".", cwd=folder).returncode == 2


def test_identities_of_embedded_templates_are_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner = json.dumps({"Resources": {"Inner": role(document(allow("sqs:SendMessage")))}})
    outer = {"Resources": {"Roll": {"Type": "AWS::CloudFormation::StackSet", "Properties": {"TemplateBody": inner}}}}
    (folder / "t.json").write_text(json.dumps(outer))
    (identity,) = as_json(capsys, "t.json", "inner")["identities"]
    assert identity["address"] == "Roll > Inner"


def test_reading_a_template_changes_nothing_in_it() -> None:
    made = template_of(VENDOR)
    first = {name: gist(one) for name, one in portraits(made).items()}
    assert {name: gist(one) for name, one in portraits(made).items()} == first
