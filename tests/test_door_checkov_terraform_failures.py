"""Checkov and Terraform: whatever goes wrong is a failure that says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts import CHECKOV, CHECKOV_CHECKS, apart, untouched, verdicts
from tests.modules import BAD, ROLE, failed, run, written
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


def test_a_file_that_cannot_be_read_fails_its_folder(module: Path) -> None:
    (module / "broken.tf").write_text('resource "aws_iam_role" "half" {\n')
    report = run(root=module)
    resources = {("VET001", "aws_iam_role.collector"), ("VET001", "aws_sns_topic.alerts")}
    assert resources == {one for one in failed(report) if one[0] == "VET001"}
    assert all("broken.tf" in r.details[0] for r in report.failed_checks if r.check_id == "VET001")
    assert {one for one in failed(run(module / "main.tf")) if one[0] == "VET001"} == resources


def test_nothing_but_a_broken_file_is_no_success(module: Path) -> None:
    """Checkov's graph has nothing of it."""
    for name in ("main.tf", "trust.tf", "variables.tf"):
        (module / name).unlink()
    (module / "broken.tf").write_text('resource "aws_iam_role" "half" {\n')
    (record,) = run(root=module, checks=["VET401"]).failed_checks
    assert (record.check_id, record.resource, record.file_path) == ("VET001", "Template", "/broken.tf")


def test_a_wrong_configuration_fails_every_resource(module: Path) -> None:
    (module.parent / "vetstack.toml").write_text("regionz = []\n")
    report = run(root=module, checks=["VET401"])
    assert failed(report) == {("VET001", "aws_iam_role.collector"), ("VET001", "aws_sns_topic.alerts")}
    assert not report.passed_checks
    assert all('did you mean "regions"?' in record.check_name for record in report.failed_checks)


def test_a_review_that_fails_fails_every_resource(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("vetstack.review.review", failing)
    for report in (run(root=module), run(module / "main.tf")):
        assert failed(report) == {("VET001", "aws_iam_role.collector"), ("VET001", "aws_sns_topic.alerts")}
        assert not report.passed_checks and "RuntimeError: out of order" in report.failed_checks[0].details[0]


def test_a_folder_without_terraform_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vetstack.toml").write_text("regionz = []\n")
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    report = run(root=tmp_path)
    assert not report.failed_checks and not report.passed_checks


def test_an_unknown_checkov_fails_every_resource(module: Path) -> None:
    """Should what is not documented be gone, what is documented still says so."""
    gone = "import checkov.main\nimport checkov.common.checks_infra.registry as it\ndel it.get_graph_checks_registry\n"
    options = ["--skip-download", "--framework", "terraform", "--external-checks-dir", CHECKOV_CHECKS]
    done = apart(gone + CHECKOV, *options, "-d", "module", "-o", "json", cwd=module.parent)
    assert done.status == 1, done.err
    ids = {rule.id for rule in all_rules()}
    assert verdicts(done.out, "failed") == {("main.tf", id_, name) for id_ in ids for name in ("collector", "alerts")}


def test_what_a_module_writes_is_not_taken_for_checkovs(module: Path) -> None:
    """The graph keeps a resource's arguments beside what Checkov knows of it, under names that an argument may have."""
    tricks = '  __address__ = "aws_sns_topic.alerts"\n  file_path_ = "/elsewhere.tf"\n  id_ = "x"\n  name '
    before, name, after = ROLE.rpartition("  name ")
    (module / "main.tf").write_text(before + tricks + after)
    assert name
    assert BAD in failed(run(root=module))


def test_being_executed_again_adds_nothing(module: Path) -> None:
    first, second = run(root=module), run(root=module)
    assert failed(first) == failed(second) == {BAD}
    assert len(second.failed_checks) == 1 and len(second.failed_checks[0].details) == len(
        first.failed_checks[0].details
    )
