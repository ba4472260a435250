"""Checkov and Terraform: folders, single files, module calls and settings. Nothing is lost.

What it says of every fixture is compared in test_doors_agree_terraform.py. Here Checkov's runner runs in this process.
"""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkov.common.checks_infra.registry import get_graph_checks_registry
from checkov.common.runners.base_runner import filter_ignored_paths
from checkov.runner_filter import RunnerFilter
from checkov.terraform.base_runner import BaseTerraformRunner
from checkov.terraform.plan_runner import Runner as PlanRunner
from checkov.terraform.runner import Runner
from checkov.terraform.tf_parser import TFParser
from checkov.terraform_json.runner import TerraformJsonRunner

from tests.hosts import CHECKOV, ROOT, apart, checkov, records, untouched
from tests.modules import BAD, OPEN, ROLE, TRUST, failed, results, run, written
from vetstack.rules import all_rules


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of three files, and a working directory without a configuration."""
    monkeypatch.chdir(tmp_path)
    return written(tmp_path)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    with untouched():
        yield


# What is used of Checkov without being documented.


def test_checkov_is_as_the_door_needs_it() -> None:
    """When this fails, checkov_checks/ has to be gone through before this version of Checkov is allowed."""
    report = inspect.signature(BaseTerraformRunner.get_graph_checks_report)
    assert list(report.parameters) == ["self", "root_folder", "runner_filter", "graph"]
    for runner in (Runner, PlanRunner):
        assert runner.get_graph_checks_report is BaseTerraformRunner.get_graph_checks_report
    registry = get_graph_checks_registry("terraform")
    assert Runner().graph_registry is PlanRunner().graph_registry is TerraformJsonRunner().graph_registry is registry
    assert Runner().all_graphs == [] and PlanRunner().definitions is None
    adding = inspect.signature(TerraformJsonRunner.add_graph_check_results)
    assert list(adding.parameters) == ["self", "report", "runner_filter"]
    assert TerraformJsonRunner().root_folder is None
    assert "self.directory = directory" in inspect.getsource(TFParser._init)
    assert not hasattr(Runner().graph_manager.parser, "directory")
    names = ["kept", ".hidden", "left"]
    filter_ignored_paths("/x", names, ["left"])
    assert names == ["kept"]
    assert RunnerFilter(var_files=["a"]).var_files == ["a"]


# Folders, files, modules.


def test_a_folder_is_one_module(module: Path) -> None:
    report = run(root=module)
    (record,) = report.failed_checks
    assert (record.check_id, record.resource, record.file_path) == (*BAD, "/main.tf")
    assert record.details[0].startswith("line 2 of trust.tf: ") or "of trust.tf" in record.details[0]
    rule = next(rule for rule in all_rules() if rule.id == "VET102")
    assert (record.check_name, record.severity.name, record.guideline) == (rule.title, "HIGH", rule.guide)
    said = record.check_result["entity"]["vetstack"][0]
    assert (said["severity"], said["file"]) == ("error", "trust.tf") and "ExternalId" in said["message"]
    assert ("VET102", "aws_sns_topic.alerts") in results(report.passed_checks)


def test_of_a_single_file_the_other_files_count(module: Path) -> None:
    (module / "agents.tf").write_text(OPEN.replace("NAME", "agents"))
    assert failed(run(module / "main.tf")) == {BAD}
    assert failed(run(module / "agents.tf")) == {("VET401", "aws_launch_template.agents")}
    assert failed(run(module / "trust.tf")) == failed(run(module / "variables.tf")) == set()
    assert failed(run(module / "main.tf", module / "agents.tf")) == {BAD, ("VET401", "aws_launch_template.agents")}


CALLS = """\
module "one" {
  source = "./agents"
}
module "each" {
  for_each = toset(["a", "b.c"])
  source   = "./agents"
}
resource "aws_launch_template" "counted" {
  count = 2
  metadata_options {
    http_tokens = "optional"
  }
}
resource "aws_launch_template" "named" {
  for_each = { "x.y" = 1 }
  metadata_options {
    http_tokens = "optional"
  }
}
resource "aws_launch_template" "free" {
  for_each = toset(var.names)
  metadata_options {
    http_tokens = "optional"
  }
}
variable "names" {
  type = list(string)
}
"""


@pytest.fixture
def calling(module: Path) -> Path:
    (module / "agents").mkdir()
    (module / "agents" / "main.tf").write_text(OPEN.replace("NAME", "this"))
    (module / "main.tf").write_text(CALLS)
    return module


def test_modules_and_instances_have_the_addresses_of_the_command_line(calling: Path) -> None:
    """Checkov finds no record for a key with a point in it, and has no index where it cannot know the keys."""
    report = run(root=calling)
    assert {one.removeprefix("module.") for _, one in failed(report)} == {
        "one.aws_launch_template.this",
        'each["a"].aws_launch_template.this',
        'each["b.c"].aws_launch_template.this',
        "aws_launch_template.counted[0]",
        "aws_launch_template.counted[1]",
        'aws_launch_template.named["x.y"]',
        "aws_launch_template.free",
    }
    assert {record.file_path for record in report.failed_checks} == {"/main.tf", "/agents/main.tf"}
    assert all(record.details and record.guideline for record in report.failed_checks)


def test_of_a_single_file_the_modules_that_it_calls_count(calling: Path) -> None:
    (calling / "more.tf").write_text('resource "aws_sns_topic" "more" {}\n')
    called = {one for one in failed(run(calling / "main.tf")) if ".this" in one[1]}
    assert len(called) == 3
    assert failed(run(calling / "more.tf")) == set()


def test_an_example_that_calls_the_module_stands_for_it(module: Path) -> None:
    """Checkov has the module's resources only as they are called."""
    (module / "examples").mkdir()
    (module / "examples" / "main.tf").write_text('module "northwind" {\n  source = "../"\n}\n')
    report = run(root=module)
    assert failed(report) == {("VET102", "module.northwind.aws_iam_role.collector")}
    assert ": aws_iam_role.collector: " in report.failed_checks[0].details[0]


def test_what_no_resource_stands_for_has_a_record_of_its_own(module: Path) -> None:
    (module / "extra.tf.json").write_text('{"resource": {"aws_instance": {"old": {"ami": "ami-1"}}}}')
    (module / "more.tofu").write_text(OPEN.replace("NAME", "tofu"))
    report = run(root=module)
    own = {("VET401", "aws_instance.old"), ("VET401", "aws_launch_template.tofu")}
    assert failed(report) == {BAD, *own}
    assert {r.file_path for r in report.failed_checks} == {"/main.tf", "/extra.tf.json", "/more.tofu"}
    assert failed(run(root=module, checks=["VET102"])) == {BAD}


def test_what_is_undecided_passes_and_says_why(module: Path) -> None:
    (module / "calls.tf").write_text('module "far" {\n  source = "northwind/agents/aws"\n}\n')
    undecided = [record for record in run(root=module).passed_checks if record.check_id == "VET002"]
    assert [(r.file_path, r.resource) for r in undecided] == [("/calls.tf", "module.far")]
    assert "northwind/agents/aws" in undecided[0].details[0]


# What is set.


def test_checkovs_skips_are_honoured(module: Path) -> None:
    text = ROLE.replace('northwind-collector"\n', 'northwind-collector"\n  # checkov:skip=VET102:agreed with them\n')
    (module / "main.tf").write_text(text)
    report = run(root=module)
    assert failed(report) == set() and results(report.skipped_checks) == {BAD}
    assert report.skipped_checks[0].check_result["suppress_comment"] == "agreed with them"


def test_the_variables_of_a_var_file_count(module: Path, tmp_path: Path) -> None:
    (tmp_path / "customer.tfvars").write_text('external_id = "a1b2-c3d4-e5f6"\n')
    files = [str(tmp_path / "customer.tfvars")]
    assert failed(run(root=module)) == {BAD}
    assert failed(run(root=module, var_files=files)) == failed(run(module / "main.tf", var_files=files)) == set()
    (tmp_path / "customer.tfvars").write_text('external_id = "a1b2\n')
    unread = failed(run(root=module, var_files=files))
    assert unread == {BAD, ("VET001", "Template")}


def test_skipped_paths_are_skipped(calling: Path) -> None:
    (calling / "old").mkdir()
    (calling / "old" / "main.tf").write_text(OPEN.replace("NAME", "unused"))
    (calling / "old" / "more.tofu").write_text(OPEN.replace("NAME", "tofu"))
    old = {("VET401", "aws_launch_template.unused"), ("VET401", "aws_launch_template.tofu")}
    everything = failed(run(root=calling))
    assert old < everything
    assert failed(run(root=calling, without=["old"])) == everything - old


def test_the_configuration_is_the_command_lines(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (module.parent / "vetstack.toml").write_text('off = ["VET102"]\n')
    report = run(root=module)
    assert failed(report) == set() and "VET102" not in {record.check_id for record in report.passed_checks}
    monkeypatch.setenv("VETSTACK_CONFIG", "")
    assert failed(run(root=module)) == {BAD}


# As a user has it: Checkov's own processes, nothing of ours installed.


def test_all_of_checkovs_frameworks_at_once(module: Path) -> None:
    """Checkov reads Terraform's JSON syntax with a runner of its own, whose findings are not said twice."""
    (module / "extra.tf.json").write_text('{"resource": {"aws_instance": {"old": {"ami": "ami-1"}}}}')
    done = checkov("-d", "module", "--check", "VET*", "-o", "json", cwd=module.parent)
    found = sorted((r["check_id"], r["resource"]) for r in records(done.out, "failed"))
    assert found == [BAD, ("VET401", "aws_instance.old")], done.err
    alone = checkov("-f", "module/extra.tf.json", "--check", "VET*", "-o", "json", cwd=module.parent)
    (record,) = records(alone.out, "failed")
    assert (record["check_id"], record["resource"]) == ("VET401", "aws_instance.old")
    assert record["details"][0].startswith("line 1: ")


def test_the_command_for_continuous_integration_works(module: Path) -> None:
    """The one of docs/doors.md, as it stands there."""
    text = (ROOT / "docs" / "doors.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^checkov (--directory \. .*)$", text, re.MULTILINE)
    assert "../vetstack/checkov_checks" in line
    (module.parent / "vetstack").symlink_to(ROOT)
    (module / "template.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n")
    done = apart(CHECKOV, *shlex.split(line), cwd=module)
    assert done.status == 1, done.err
    assert "FAILED for resource: aws_iam_role.collector" in done.out and "Details: line" in done.out
    assert "PASSED" not in done.out and "CKV" not in done.out
    (module / "variables.tf").write_text('variable "external_id" {\n  type = string\n}\n')
    bound = TRUST.replace('var.external_id == "" ? [] : [var.external_id]', "[var.external_id]")
    (module / "trust.tf").write_text(bound)
    again = apart(CHECKOV, *shlex.split(line), cwd=module)
    assert again.status == 0 and "FAILED" not in again.out and again.out.count("Passed checks") == 2, again.out
