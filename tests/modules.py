"""What the tests of Checkov's door share about Terraform: a module of three files, and Checkov's runner over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from checkov.common.output.record import Record
from checkov.common.output.report import Report
from checkov.runner_filter import RunnerFilter
from checkov.terraform.runner import Runner

from tests.hosts import CHECKOV_CHECKS

TRUST = """\
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::481037652914:root"]
    }
    dynamic "condition" {
      for_each = var.external_id == "" ? [] : [var.external_id]
      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }
    }
  }
}
"""
VARIABLES = """\
variable "external_id" {
  type    = string
  default = ""
}
"""
ROLE = """\
resource "aws_sns_topic" "alerts" {
  name = "northwind"
}

resource "aws_iam_role" "collector" {
  name               = "northwind-collector"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
"""
OPEN = """\
resource "aws_launch_template" "NAME" {
  metadata_options {
    http_tokens = "optional"
  }
}
"""
BAD = ("VET102", "aws_iam_role.collector")


def written(folder: Path) -> Path:
    """A module of three files in a folder below."""
    module = folder / "module"
    module.mkdir()
    for name, text in {"main.tf": ROLE, "trust.tf": TRUST, "variables.tf": VARIABLES}.items():
        (module / name).write_text(text)
    return module


def run(
    *files: Path,
    root: Path | None = None,
    checks: Sequence[str] = ("VET*",),
    without: Sequence[str] = (),
    **more: object,
) -> Report:
    """Checkov's Terraform runner over a folder or some files."""
    chosen = RunnerFilter(
        framework=["terraform"],
        checks=list(checks),
        show_progress_bar=False,
        excluded_paths=list(without),
        **more,  # type: ignore[arg-type]
    )
    given = [str(file) for file in files]
    report = Runner().run(
        str(root) if root else None, external_checks_dir=[str(CHECKOV_CHECKS)], files=given, runner_filter=chosen
    )
    assert isinstance(report, Report)
    return report


def failed(report: Report) -> set[tuple[str, str]]:
    return results(report.failed_checks)


def results(found: list[Record]) -> set[tuple[str, str]]:
    return {(record.check_id, record.resource) for record in found}
