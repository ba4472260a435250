"""Every fixture through command line, cfn-lint and Checkov: the same findings, as far as each host can carry them.

Through cfn-lint that is (file, number, severity, line), with unread and undecided counted as 001 and 002; through
Checkov (file, rule, resource) of errors and warnings, where what is about no resource is the file's first resource's.
What a host cannot carry is an exception that its fixture states with the reason (`# doors: checkov no, reason`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import decode

from tests.harness import Fixture, load_fixtures, module_paths
from tests.hosts import CFN_LINT, CFN_RULES, ROOT, Run, apart, checkov, matches, records

Verdicts = dict[str, set[tuple[str, ...]]]
"""File to what is said about it."""

MODULES = tuple(f"{path.relative_to(ROOT)}/" for path in module_paths())

SEVERITIES = {"E": "error", "W": "warning", "I": "note"}


@pytest.fixture(scope="module")
def fixtures() -> dict[str, Fixture]:
    """Every fixture by its path within the project."""
    return {str(fixture.path.relative_to(ROOT)): fixture for fixture in load_fixtures()}


@pytest.fixture(scope="module")
def command_line(fixtures: dict[str, Fixture]) -> dict[str, list[dict[str, Any]]]:
    """What `vetstack check --format json` says about all of them: its lists of findings, undecided and unread."""
    command = [sys.executable, "-m", "vetstack", "check", "--no-config", "--strict", "--format", "json", *fixtures]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 1, run.stderr
    report: dict[str, list[dict[str, Any]]] = json.loads(run.stdout)
    assert {entry["file"] for entry in report["files"]} == set(fixtures)
    return report


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory without a configuration, in which the fixtures lie under the same relative paths."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "fixtures").symlink_to(ROOT / "fixtures")
    return folder


def by_file(entries: Iterable[tuple[str, ...]], fixtures: dict[str, Fixture]) -> Verdicts:
    """What is said about each fixture; the files of the modules among them are left out."""
    verdicts: Verdicts = {file: set() for file in fixtures}
    for file, *said in entries:
        if not file.startswith(MODULES):
            verdicts[file].add(tuple(said))
    return verdicts


def differences(
    expected: Verdicts, found: Verdicts, fixtures: dict[str, Fixture], host: str, read: set[str]
) -> list[str]:
    """What a host says otherwise, and exceptions that are not needed. read: the files that the host came to at all."""
    wrong: list[str] = []
    for file, fixture in fixtures.items():
        same = file in read and expected[file] == found[file]
        if host in fixture.doors:
            wrong += [f"{file}: the exception is not needed"] if same else []
        elif file not in read:
            wrong.append(f"{file}: {host} has not read it")
        else:
            wrong += [f"{file}: {host} does not say {said}" for said in sorted(expected[file] - found[file])]
            wrong += [f"{file}: only {host} says {said}" for said in sorted(found[file] - expected[file])]
    return wrong


def compared(expected: Verdicts, fixtures: dict[str, Fixture], host: str) -> int:
    """How many verdicts are not excepted."""
    return sum(len(said) for file, said in expected.items() if host not in fixtures[file].doors)


# cfn-lint


@pytest.fixture(scope="module")
def cfn_lint(fixtures: dict[str, Fixture], elsewhere: Path) -> Run:
    options = ["--include-checks", "I", "--format", "json", "--append-rules", CFN_RULES]
    return apart(CFN_LINT, *options, "--", *fixtures, cwd=elsewhere)


def test_cfn_lint_says_what_the_command_line_says(
    fixtures: dict[str, Fixture], command_line: dict[str, list[dict[str, Any]]], cfn_lint: Run
) -> None:
    said = [(f["file"], f["rule"][3:], f["severity"], str(f["line"])) for f in command_line["findings"]]
    said += [(u["file"], "002", "warning", str(u["line"])) for u in command_line["undecided"]]
    said += [(u["file"], "001", "error", str(max(u["line"], 1))) for u in command_line["unread"]]
    expected = by_file(said, fixtures)
    ours = [(m.file, m.rule[2:], SEVERITIES[m.rule[0]], str(m.line)) for m in matches(cfn_lint.out)]
    stopped = {m["Filename"] for m in json.loads(cfn_lint.out) if m["Rule"]["Id"] in ("E0000", "E0001")}
    assert differences(expected, by_file(ours, fixtures), fixtures, "cfn-lint", set(fixtures) - stopped) == []
    assert compared(expected, fixtures, "cfn-lint") > 100


# Checkov


@pytest.fixture(scope="module")
def checkov_run(elsewhere: Path) -> Run:
    return checkov("-d", "fixtures", "--framework", "cloudformation", "--check", "VET*", "-o", "json", cwd=elsewhere)


def in_checkov(run: Run, result: str) -> list[tuple[str, str, str]]:
    """(file, rule, logical id) of our records with one result."""
    return [
        (f"fixtures{record['file_path']}", record["check_id"], record["resource"].split(".")[-1])
        for record in records(run.out, result)
    ]


def resource_in(file: str) -> Callable[[str], str]:
    """What stands for the resource of a finding in Checkov: it, what it is embedded in, or the first of the file."""
    template, _ = decode(str(ROOT / file))
    resources = [name for name, body in template["Resources"].items() if isinstance(body, dict)] if template else []

    def resource(address: str) -> str:
        outer = address.partition(" > ")[0]
        return outer if outer in resources or not resources else resources[0]

    return resource


def test_checkov_says_what_the_command_line_says(
    fixtures: dict[str, Fixture], command_line: dict[str, list[dict[str, Any]]], checkov_run: Run
) -> None:
    assert command_line["unread"] == []
    resource = {file: resource_in(file) for file in fixtures}
    said = [
        (f["file"], f["rule"], resource[f["file"]](f["resource"]))
        for f in command_line["findings"]
        if f["severity"] != "note"
    ]
    expected = by_file(said, fixtures)
    passed = in_checkov(checkov_run, "passed")
    failed = in_checkov(checkov_run, "failed")
    read = {file for file, rule, _ in passed if rule == "VET001"}
    assert differences(expected, by_file(failed, fixtures), fixtures, "checkov", read) == [], checkov_run.err
    assert compared(expected, fixtures, "checkov") > 100

    undecided = by_file(
        [(u["file"], "VET002", resource[u["file"]](u["resource"])) for u in command_line["undecided"]], fixtures
    )
    shown = by_file([entry for entry in passed if entry[1] == "VET002"], fixtures)
    carried = {file for file in fixtures if "checkov" not in fixtures[file].doors}
    assert {file: undecided[file] for file in carried} == {file: shown[file] for file in carried}
    assert any(undecided.values())


def test_every_resource_of_a_fixture_has_a_verdict_in_checkov(fixtures: dict[str, Fixture], checkov_run: Run) -> None:
    """Also those that Checkov itself leaves out because their condition is false by default."""
    seen = by_file([entry for entry in in_checkov(checkov_run, "passed") if entry[1] == "VET001"], fixtures)
    count = 0
    for file, fixture in fixtures.items():
        if "checkov" not in fixture.doors:
            template, _ = decode(str(fixture.path))
            assert template
            names = {name for name, body in template["Resources"].items() if isinstance(body, dict)}
            assert {name for _, name in seen[file]} == names, file
            count += len(names)
    assert count > 100
