"""Checkov: what is configured counts, and whatever goes wrong is a failure that says so. All in this process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from checkov.cloudformation.runner import Runner
from checkov.common.checks_infra.registry import get_graph_checks_registry
from checkov.common.output.record import Record
from checkov.common.output.report import Report
from checkov.runner_filter import RunnerFilter

from tests.hosts import CHECKOV, CHECKOV_CHECKS, apart, checkov, untouched, verdicts
from vetstack.rules import all_rules

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
LOOP = """\
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Fleets:
    - Colour
    - [Blue, Green]
    - ${Colour}Agents:
        Type: AWS::EC2::LaunchTemplate
        Properties: {LaunchTemplateData: {MetadataOptions: {
          HttpTokens: optional}}}
"""


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.yaml").write_text(PLAIN)
    return tmp_path


@pytest.fixture
def fresh() -> Iterator[None]:
    """Checkov in this process as it was before our checks came to it."""
    with untouched():
        yield


def run(file: str = "plain.yaml", checks: Sequence[str] = ("VET*",)) -> Report:
    """Checkov's CloudFormation runner over one file, in this process."""
    chosen = RunnerFilter(framework=["cloudformation"], checks=list(checks), show_progress_bar=False)
    report = Runner().run(None, external_checks_dir=[str(CHECKOV_CHECKS)], files=[file], runner_filter=chosen)
    assert isinstance(report, Report)
    return report


def results(found: list[Record]) -> set[tuple[str, str]]:
    return {(record.check_id, record.resource.split(".")[-1]) for record in found}


# What is configured.


@pytest.mark.usefixtures("fresh")
def test_the_configuration_is_the_command_lines(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workplace / "vetstack.toml").write_text('off = ["VET401"]\n')
    report = run()
    assert not report.failed_checks
    assert "VET401" not in {record.check_id for record in report.passed_checks}
    assert ("VET101", "Agents") in results(report.passed_checks)
    monkeypatch.setenv("VETSTACK_CONFIG", "")
    (workplace / "plain.yaml").write_text(PLAIN + "# changed, so that it is vetted again\n")
    assert results(run().failed_checks) == {("VET401", "Agents")}


@pytest.mark.usefixtures("fresh")
def test_a_wrong_configuration_fails_every_resource(workplace: Path) -> None:
    (workplace / "vetstack.toml").write_text("regionz = []\n")
    report = run()
    assert results(report.failed_checks) == {("VET001", "Agents"), ("VET001", "Topic")}
    assert not report.passed_checks
    assert all('did you mean "regions"?' in record.check_name for record in report.failed_checks)


@pytest.mark.usefixtures("fresh")
def test_notes_fail_only_when_strict(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PLAIN.replace("  Agents", "  # vetstack:ignore[VET401] our own\n  Agents").replace("optional", "required")
    (workplace / "plain.yaml").write_text(text)
    assert not run().failed_checks
    monkeypatch.setenv("VETSTACK_STRICT", "1")
    (record,) = run().failed_checks
    assert (record.check_id, record.severity.name) == ("VET003", "INFO")


# Whatever goes wrong.


@pytest.mark.usefixtures("fresh")
def test_asking_for_some_checks_does_not_hide_that_none_could_run(workplace: Path) -> None:
    (workplace / "vetstack.toml").write_text("regionz = []\n")
    for chosen, failed in (["VET401"], True), (["VET4*", "CKV_AWS_1"], True), (["CKV_AWS_1"], False):
        report = run(checks=chosen)
        assert results(report.failed_checks) == ({("VET001", "Agents"), ("VET001", "Topic")} if failed else set())


@pytest.mark.usefixtures("fresh", "workplace")
def test_a_review_that_fails_fails_every_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("out of\n\x1b[2Jorder")

    monkeypatch.setattr("vetstack.review.review", failing)
    report = run()
    assert results(report.failed_checks) == {("VET001", "Agents"), ("VET001", "Topic")}
    assert not report.passed_checks
    assert r"RuntimeError: out of\n\x1b[2Jorder" in report.failed_checks[0].details[0]


def test_an_engine_that_does_not_load_fails_every_resource(workplace: Path) -> None:
    """A checkout that is broken, or one for a newer Python."""
    checkout = workplace / "checkout"
    shutil.copytree(CHECKOV_CHECKS, checkout / "checkov_checks", ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "vetstack").mkdir()
    (checkout / "vetstack" / "__init__.py").write_text("raise ImportError('half a checkout')\n")
    options = ["--compact", "--check", "VET401"]
    done = checkov("-f", "plain.yaml", *options, cwd=workplace, checks=checkout / "checkov_checks")
    assert done.status == 1, done.err
    assert done.out.count("vetstack cannot be loaded, so nothing was vetted: ImportError: half a checkout") >= 2
    assert "FAILED for resource: AWS::SNS::Topic.Topic" in done.out


def test_an_unknown_checkov_fails_every_resource(workplace: Path) -> None:
    """Should what is not documented be gone, what is documented still says so."""
    gone = "import checkov.main\nimport checkov.common.checks_infra.registry as it\ndel it.get_graph_checks_registry\n"
    options = ["--skip-download", "--framework", "cloudformation", "--external-checks-dir", CHECKOV_CHECKS]
    done = apart(gone + CHECKOV, *options, "-f", "plain.yaml", "-o", "json", cwd=workplace)
    assert done.status == 1, done.err
    ids = {rule.id for rule in all_rules()}
    assert verdicts(done.out, "failed") == {("plain.yaml", id_, name) for id_ in ids for name in ("Agents", "Topic")}


@pytest.mark.usefixtures("fresh", "workplace")
def test_a_graph_that_cannot_be_read_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there is no resource to fail; Checkov itself has to end with an error."""
    monkeypatch.setattr("checkov.common.graph.graph_manager.GraphManager.get_reader_endpoint", lambda _: object())
    with pytest.raises(RuntimeError, match="cannot read the graph"):
        run()


@pytest.mark.usefixtures("fresh")
def test_a_template_of_loops_only_is_not_lost(workplace: Path) -> None:
    """Checkov's graph has nothing of it."""
    (workplace / "plain.yaml").write_text(LOOP)
    report = run()
    assert results(report.failed_checks) == {
        ("VET401", "BlueAgents"),
        ("VET401", "GreenAgents"),
        ("VET701", "Transform"),
    }
    (line,) = {record.file_line_range[0] for record in report.failed_checks if record.check_id == "VET401"}
    assert line == 9 and all(record.details and record.guideline for record in report.failed_checks)
    (workplace / "vetstack.toml").write_text("regionz = []\n")
    (workplace / "plain.yaml").write_text(LOOP + "# changed\n")
    (record,) = run().failed_checks
    assert (record.check_id, record.resource) == ("VET001", "Template")


@pytest.mark.usefixtures("fresh")
def test_what_is_no_template_is_left_alone(workplace: Path) -> None:
    """Checkov takes every file with a key called Resources for a template."""
    (workplace / "plain.yaml").write_text("Resources: {cpu: {Type: limit}, memory: {Type: limit}}\n")
    report = run()
    assert not report.failed_checks and not report.passed_checks


# How it behaves in a process.


@pytest.mark.usefixtures("fresh", "workplace")
def test_being_executed_again_adds_nothing() -> None:
    first, second = run(), run()
    assert results(first.failed_checks) == results(second.failed_checks) == {("VET401", "Agents")}
    assert len(second.failed_checks) == 1 and len(second.failed_checks[0].details) == 1
    ids = [check.id for check in get_graph_checks_registry("cloudformation").checks]
    assert len(ids) == len(set(ids))


@pytest.mark.usefixtures("fresh")
def test_a_file_is_vetted_once_and_again_when_it_changes(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import vetstack.review

    vetted: list[str] = []
    plain = vetstack.review.review

    def counting(paths: list[str], *rest: Any, **named: Any) -> Any:
        vetted.extend(paths)
        return plain(paths, *rest, **named)

    monkeypatch.setattr("vetstack.review.review", counting)
    assert run().failed_checks
    assert vetted == ["plain.yaml"]
    (workplace / "plain.yaml").write_text(PLAIN.replace("optional", "required"))
    assert not run().failed_checks
    assert vetted == ["plain.yaml", "plain.yaml"]


@pytest.mark.usefixtures("fresh")
def test_both_of_checkovs_graph_libraries_are_read(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKOV_GRAPH_FRAMEWORK", "NETWORKX")
    assert results(run().failed_checks) == {("VET401", "Agents")}


@pytest.mark.usefixtures("fresh")
def test_a_templates_own_attributes_are_not_taken_for_checkovs(workplace: Path) -> None:
    """The graph keeps a resource's properties beside what Checkov knows of it, under names that a property may have."""
    tricks = (
        "  Trick:\n    Type: Custom::Trick\n    Properties:\n      ServiceToken: x\n      id_: AWS::SNS::Topic.Topic\n"
    )
    (workplace / "plain.yaml").write_text(PLAIN + tricks + "      Tags: [KeyValue]\n")
    report = run()
    assert ("VET401", "Trick") in results(report.passed_checks)
    assert results(report.failed_checks) == {("VET401", "Agents")}
