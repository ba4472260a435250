"""Checkov: every rule is a check, results are on the right resources, and its own options work.

And what is used of Checkov without being documented is as it was.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
from checkov.cloudformation.runner import Runner
from checkov.common.checks_infra.registry import get_graph_checks_registry
from checkov.common.graph.checks_infra.base_check import BaseGraphCheck
from checkov.common.graph.checks_infra.registry import BaseRegistry
from checkov.common.output.record import Record
from checkov.common.output.report import Report
from checkov.runner_filter import RunnerFilter

from tests.hosts import checkov, records, verdicts
from vetstack.rules import all_rules

ONBOARDING = """\
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  WithAgents: {Type: String, Default: 'no'}
  VendorAccount: {Type: String, Default: '123456789012'}
Conditions:
  Agents: !Equals [!Ref WithAgents, 'yes']
Resources:
  Topic:
    Type: AWS::SNS::Topic
  Dormant:
    Type: AWS::EC2::LaunchTemplate
    Condition: Agents
    Properties:
      LaunchTemplateData:
        MetadataOptions: {HttpTokens: optional}
  Known:
    # checkov:skip=VET401:an appliance that cannot do better
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions: {HttpTokens: optional}
  Accepted:
    Type: AWS::EC2::LaunchTemplate
    Metadata:
      checkov:
        skip:
          - {id: VET401, comment: likewise}
    Properties:
      LaunchTemplateData:
        MetadataOptions: {HttpTokens: optional}
  Modern:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions: {HttpTokens: required}
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: https://northwind-templates.s3.amazonaws.com/agents.yaml
  Rollout:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: northwind-rollout
      PermissionModel: SELF_MANAGED
      TemplateBody: |
        Resources:
          Probes:
            Type: AWS::EC2::LaunchTemplate
            Properties:
              LaunchTemplateData:
                MetadataOptions: {HttpTokens: optional}
"""
TRANSFORMED = """\
{"Transform": "AWS::LanguageExtensions",
 "Resources": {
  "First": {"Type": "AWS::SNS::Topic"},
  "Second": {"Type": "AWS::SNS::Topic"}}}
"""
DEEP = """\
Resources:
  One:
    Type: AWS::SNS::Topic
  Other:
    Type: AWS::SNS::Topic
    Metadata:
      Nested: DEPTH
""".replace("DEPTH", "[" * 120 + "]" * 120)
PLAIN = """\
Resources:
  Agents:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions: {HttpTokens: optional}
  Topic:
    Type: AWS::SNS::Topic
"""


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.yaml").write_text(PLAIN)
    return tmp_path


# What is used of Checkov without being documented.


def test_checkov_is_as_the_door_needs_it() -> None:
    """When this fails, checkov_checks/ has to be gone through before this version of Checkov is allowed."""
    assert list(inspect.signature(BaseGraphCheck.run).parameters) == ["self", "graph_connector"]
    made = vars(BaseGraphCheck())
    assert {"id", "bc_id", "name", "severity", "guideline", "sub_checks", "attribute", "resource_types"} <= set(made)
    registry = get_graph_checks_registry("cloudformation")
    assert isinstance(registry, BaseRegistry) and isinstance(registry.checks, list)
    source = inspect.getsource(BaseRegistry.run_check_parallel)
    assert "passed, failed, unknown = check.run(graph_connector)" in source
    assert list(inspect.signature(RunnerFilter.notify_external_check).parameters) == ["check_id"]
    report = inspect.signature(Runner.get_graph_checks_report)
    assert list(report.parameters) == ["self", "root_folder", "runner_filter"]
    assert {"details", "severity", "check_result", "check_class"} <= set(inspect.signature(Record).parameters)
    runner = Runner()
    assert runner.graph_registry is registry and runner.definitions_raw == {}
    assert callable(runner.graph_manager.get_reader_endpoint) and callable(Report("cloudformation").add_record)


# All of it at once, from a checkout, with nothing of ours installed, in all of Checkov's processes.


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("everything")
    for name, text in {"onboarding.yaml": ONBOARDING, "transformed.json": TRANSFORMED, "deep.template": DEEP}.items():
        (folder / name).write_text(text)
    done = checkov("-d", ".", "-o", "json", cwd=folder)
    assert done.status == 1, done.err
    return done.out


def test_every_rule_is_a_check(everything: str) -> None:
    """A check that did not load would leave no record of any kind."""
    seen = {record["check_id"] for kind in ("passed", "failed", "skipped") for record in records(everything, kind)}
    assert seen == {rule.id for rule in all_rules()}


def test_findings_fail_the_right_resources(everything: str) -> None:
    failed = verdicts(everything, "failed")
    assert {("onboarding.yaml", "VET401", name) for name in ("Dormant", "Rollout")} == {
        verdict for verdict in failed if verdict[1] == "VET401"
    }
    assert {verdict for verdict in failed if verdict[1] == "VET701"} == {
        ("onboarding.yaml", "VET701", "Nested"),
        ("onboarding.yaml", "VET701", "Rollout"),
        ("transformed.json", "VET701", "First"),
    }
    passed = verdicts(everything, "passed")
    assert {("onboarding.yaml", "VET401", "Modern"), ("onboarding.yaml", "VET401", "Topic")} <= passed
    assert not failed & passed


def test_checkovs_skips_are_honoured(everything: str) -> None:
    skipped = {
        (record["resource"].split(".")[-1], record["check_result"]["suppress_comment"])
        for record in records(everything, "skipped")
    }
    assert skipped == {("Known", "an appliance that cannot do better"), ("Accepted", "likewise")}


def test_what_is_unread_fails_and_passes_nothing(everything: str) -> None:
    failed, passed = verdicts(everything, "failed"), verdicts(everything, "passed")
    assert {verdict[1:] for verdict in failed if verdict[0] == "deep.template"} == {
        ("VET001", "One"),
        ("VET001", "Other"),
    }
    assert not [verdict for verdict in passed if verdict[0] == "deep.template"]
    (reason,) = {tuple(r["details"]) for r in records(everything, "failed") if r["check_id"] == "VET001"}
    assert "inside one another" in reason[0]


def test_what_is_undecided_passes_and_says_why(everything: str) -> None:
    (record,) = [record for record in records(everything, "passed") if record["check_id"] == "VET002"]
    assert record["resource"] == "AWS::CloudFormation::Stack.Nested"
    assert record["details"][0].startswith("line 39: the template at https://northwind-templates")


def test_a_record_carries_severity_guideline_and_what_was_found(everything: str) -> None:
    (record,) = [
        r for r in records(everything, "failed") if r["check_id"] == "VET401" and r["resource"].endswith(".Dormant")
    ]
    rule = next(rule for rule in all_rules() if rule.number == 401)
    assert (record["check_name"], record["severity"], record["guideline"]) == (rule.title, "HIGH", rule.guide)
    (said,) = record["check_result"]["entity"]["vetstack"]
    assert said["line"] == 15 and said["severity"] == "error" and "HttpTokens" in said["message"]
    assert record["details"] == [f"line 15: {said['message']}"]
    severities = {r["check_id"]: r["severity"] for r in records(everything, "failed")}
    assert severities["VET701"] == "MEDIUM"


# Options of Checkov's.


def test_the_command_line_output_says_what_was_found(workplace: Path) -> None:
    done = checkov("-f", "plain.yaml", "--check", "VET401", "--compact", cwd=workplace)
    assert done.status == 1, done.err
    assert "FAILED for resource: AWS::EC2::LaunchTemplate.Agents" in done.out
    assert 'Details: line 6: HttpTokens is "optional"' in done.out
    assert "VET101" not in done.out and "CKV" not in done.out


def test_sarif_stays_valid_and_names_the_rule(workplace: Path) -> None:
    """Checkov writes a record's details into SARIF as attachments without an artifact, which the format forbids."""
    done = checkov("-f", "plain.yaml", "-o", "sarif", "--output-file-path", ".", "--skip-check", "CKV*", cwd=workplace)
    (ran,) = json.loads((workplace / "results_sarif.sarif").read_text())["runs"]
    (result,) = ran["results"]
    rule = next(rule for rule in all_rules() if rule.number == 401)
    assert (result["ruleId"], result["message"]["text"], result["attachments"]) == ("VET401", rule.title, []), done.err
    assert (ran["tool"]["driver"]["rules"][0]["name"], result["level"]) == (rule.title, "error")


def test_a_skipped_check_is_not_run(workplace: Path) -> None:
    done = checkov("-f", "plain.yaml", "--skip-check", "VET401,CKV*", "-o", "json", cwd=workplace)
    assert done.status == 0 and not records(done.out, "failed")
    assert ("plain.yaml", "VET101", "Topic") in verdicts(done.out, "passed")
