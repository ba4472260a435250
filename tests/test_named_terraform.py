"""Files of Terraform by name, what a commit hook names, variables that the user sets, and requests in comments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import ROOT, run
from vetstack.review import Review, review
from vetstack.settings import Settings

ROLE = """\
variable "external_id" {
  type    = string
  default = ""
}
resource "aws_iam_role" "collector" {
  name               = "northwind-collector"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
"""
TRUST = """\
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::481037652914:root"]
    }
    dynamic "condition" {
      for_each = var.external_id == "" ? [] : [1]
      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [var.external_id]
      }
    }
  }
}
"""
CALL = 'module "northwind" {\n  source = "../northwind"\n}\n'
DECLARED = Settings(vendor_accounts=frozenset({"481037652914"}))
ASKS = "# vetstack:ignore[VET102] agreed with the customer\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a module of two files, and one that calls it."""
    for name, text in {"northwind/main.tf": ROLE, "northwind/trust.tf": TRUST, "stack/main.tf": CALL}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(outcome: Review) -> list[tuple[str, str]]:
    return [(finding.rule, finding.resource) for finding in outcome.findings if finding.severity != "note"]


@pytest.mark.usefixtures("folder")
def test_a_named_file_stands_for_its_module_once() -> None:
    outcome = review(["northwind/main.tf", "northwind/trust.tf", "./northwind/main.tf"], Settings())
    assert found(outcome) == [("VET102", "aws_iam_role.collector")]
    assert (outcome.files, outcome.unread) == ([("northwind", "terraform")], [])


@pytest.mark.usefixtures("folder")
def test_only_a_hook_looks_beside_the_folder_of_a_named_file() -> None:
    outcome = review(["stack/main.tf"], Settings())
    assert found(outcome) == [] and "lies outside" in outcome.undecided[0].reason
    own = review(["stack/main.tf"], Settings(), candidates=True)
    assert found(own) == [("VET101", "module.northwind.aws_iam_role.collector")] and not own.undecided
    both = review(["stack/main.tf", "northwind/trust.tf"], Settings(), candidates=True)
    assert found(both) == [("VET101", "module.northwind.aws_iam_role.collector")]


def test_a_named_file_that_another_one_replaces_is_unread(folder: Path) -> None:
    (folder / "northwind" / "trust.tofu").write_text(TRUST)
    (gap,) = review(["northwind/trust.tofu"], Settings()).unread
    assert gap.file == "northwind/trust.tofu" and "in the place of this one" in gap.reason


def test_only_terraform_is_read_when_nothing_else_is_wanted(folder: Path) -> None:
    (folder / "template.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n")
    assert {kind for _, kind in review(["."], Settings()).files} == {"terraform", "cloudformation"}
    assert {kind for _, kind in review(["."], Settings(), only="terraform").files} == {"terraform"}


def test_a_review_says_where_the_block_of_an_entry_stands(folder: Path) -> None:
    (finding,) = review(["northwind"], DECLARED).findings
    outcome = review(["northwind"], Settings())
    assert Path(finding.at.file).name == "trust.tf"
    assert (outcome.blocks[finding].file, outcome.blocks[finding].line) == ("northwind/main.tf", 5)


def test_a_var_file_settles_what_a_variable_is(folder: Path) -> None:
    (folder / "a.tfvars").write_text('external_id = ""\nunknown = 1\n')
    (folder / "b.tfvars.json").write_text('{"external_id": "a1b2-c3d4-e5f6"}')
    (without,) = review(["northwind"], DECLARED).findings
    assert without.when
    (empty,) = review(["northwind"], DECLARED._replace(var_files=("a.tfvars",))).findings
    assert empty.when is None
    assert found(review(["northwind"], Settings(var_files=("a.tfvars", "b.tfvars.json")))) == []
    (missing,) = review(["northwind"], Settings(var_files=("c.tfvars",))).unread
    assert missing.file == "c.tfvars" and "cannot be opened" in missing.reason


def test_the_command_line_takes_var_files(folder: Path) -> None:
    (folder / "customer.tfvars").write_text('external_id = "a1b2-c3d4-e5f6"\n')
    assert run("check", "northwind", cwd=folder).returncode == 1
    assert run("check", "northwind", "--var-file", "customer.tfvars", cwd=folder).returncode == 0
    assert run("check", "northwind", "--var-file", "nothing.tfvars", cwd=folder).returncode == 2


@pytest.mark.parametrize(("file", "more"), [("main.tf", ""), ("main.tf", "# and more about it\n"), ("trust.tf", "")])
def test_requests_in_comments_count_at_the_line_and_at_the_block(folder: Path, file: str, more: str) -> None:
    """Which are in two files here."""
    (finding,) = review(["northwind"], DECLARED).findings
    path = folder / "northwind" / file
    lines = path.read_text().splitlines(keepends=True)
    lines.insert((finding.at.line if file == "trust.tf" else 5) - 1, ASKS + more)
    path.write_text("".join(lines))
    trusted = review(["northwind"], Settings(trust_suppressions=True))
    assert found(trusted) == [] and [entry.finding.rule for entry in trusted.suppressed] == ["VET102"]
    untrusted = review(["northwind"], DECLARED)
    assert sorted(finding.rule for finding in untrusted.findings) == ["VET003", "VET102"]


def test_the_hook_of_cfn_lint_sends_terraform_elsewhere(folder: Path) -> None:
    command = [sys.executable, "-m", "cfn_rules", "northwind/main.tf"]
    done = subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "northwind/main.tf is Terraform: `vetstack check northwind/main.tf`" in done.stderr
