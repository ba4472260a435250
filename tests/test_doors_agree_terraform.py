"""Every module among the fixtures through command line and Checkov: the same findings on the same addresses.

What is compared is (file, rule, resource) of errors and warnings, by the file in which the resource's block stands.
Where Checkov knows a resource without its index it stands for all of them; what is about no resource is the first one's
of its file; what Checkov has no resource for has a record of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Fixture, load_modules, load_plans
from tests.hosts import ROOT, Run, checkov, records
from vetstack.review import Review, review
from vetstack.settings import Settings

Said = tuple[str, str, str]
"""File below the project, rule, resource."""


@pytest.fixture(scope="module")
def fixtures() -> dict[str, Fixture]:
    """Every module by its path within the project."""
    return {str(fixture.path.relative_to(ROOT)): fixture for fixture in load_modules()}


@pytest.fixture(scope="module")
def engine(fixtures: dict[str, Fixture]) -> Review:
    """What vetstack says about all of them, which is what its command line says."""
    command = [sys.executable, "-m", "vetstack", "check", "--no-config", "--strict", "--format", "json", *fixtures]
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    report = json.loads(run.stdout)
    assert report["unread"] == []
    outcome = review([str(ROOT / path) for path in fixtures], Settings(), only="terraform")
    # A template that a module reads and that is a file of its own is told of once, as the one or as the other.
    shown = {(f["file"], f["line"], f["rule"]) for f in report["findings"]}
    own = {(str(Path(f.at.file).relative_to(ROOT)), f.at.line, f.rule) for f in outcome.findings}
    assert own <= shown and len(own) > 100
    return outcome


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Checkov over all of them, from a working directory without a configuration."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "fixtures").symlink_to(ROOT / "fixtures")
    return checkov("-d", "fixtures", "--framework", "terraform", "--check", "VET*", "-o", "json", cwd=folder)


def said_by(run: Run, result: str) -> set[Said]:
    found = records(run.out, result)
    return {(str(Path(r["file_abs_path"]).resolve().relative_to(ROOT)), r["check_id"], r["resource"]) for r in found}


class Resources:
    """The resources that Checkov knows: all those for which VET001 passed."""

    def __init__(self, run: Run) -> None:
        self._files: dict[str, dict[str, int]] = {}
        for record in records(run.out, "passed"):
            if record["check_id"] == "VET001":
                file = str(Path(record["file_abs_path"]).resolve().relative_to(ROOT))
                self._files.setdefault(file, {})[record["resource"]] = record["file_line_range"][0]

    def __len__(self) -> int:
        return sum(map(len, self._files.values()))

    def standing_for(self, file: str, address: str) -> set[str]:
        known = self._files.get(file, {})
        outer = address.partition(" > ")[0]
        if outer in known:
            return {outer}
        plain = {one for one in known if without_indexes(one) == without_indexes(outer)}
        kind = re.sub(r"^(module\.[^.]+\.)*", "", without_indexes(outer)).partition(".")[0]
        if plain or "_" in kind or not known:
            return plain or {outer}
        return {min(known, key=lambda one: known[one])}


def without_indexes(address: str) -> str:
    return re.sub(r'\[("[^"]*"|[^]]*)\]', "", address)


def expected(entries: Iterable[Any], outcome: Review, resources: Resources) -> set[Said]:
    found = set()
    for entry in entries:
        block = outcome.blocks.get(entry, entry.at)
        file = str(Path(block.file).relative_to(ROOT))
        found |= {(file, getattr(entry, "rule", "VET002"), one) for one in resources.standing_for(file, entry.resource)}
    return found


def test_checkov_says_what_the_command_line_says(fixtures: dict[str, Fixture], engine: Review, host: Run) -> None:
    resources = Resources(host)
    assert len(resources) > 100, host.err
    wrong = expected([f for f in engine.findings if f.severity != "note"], engine, resources)
    excepted = tuple(f"{path}/" for path, fixture in fixtures.items() if "checkov" in fixture.doors)
    failed = said_by(host, "failed")
    differing = {one for one in wrong ^ failed if not one[0].startswith(excepted or ("\0",))}
    assert sorted(differing) == [], [(one, one in failed) for one in sorted(differing)]
    assert len({one for one in wrong if not one[0].startswith(excepted or ("\0",))}) > 100
    for path in excepted:
        assert any(one[0].startswith(path) for one in wrong ^ failed), f"{path}: the exception is not needed"


def test_what_is_undecided_passes_in_checkov(engine: Review, host: Run) -> None:
    shown = {one for one in said_by(host, "passed") if one[1] == "VET002"}
    undecided = expected(engine.undecided, engine, Resources(host))
    assert undecided and shown == undecided


# Plans


@pytest.fixture(scope="module")
def plans() -> list[str]:
    return [str(fixture.path) for fixture in load_plans()]


@pytest.fixture(scope="module")
def host_on_plans(plans: list[str], tmp_path_factory: pytest.TempPathFactory) -> Run:
    files = [word for plan in plans for word in ("-f", plan)]
    options = ["--framework", "terraform_plan", "--check", "VET*", "-o", "json"]
    return checkov(*files, *options, cwd=tmp_path_factory.mktemp("elsewhere"))


def test_checkov_says_of_plans_what_the_command_line_says(plans: list[str], host_on_plans: Run) -> None:
    outcome = review(plans, Settings())
    assert outcome.unread == []
    resources = Resources(host_on_plans)
    wrong = expected([f for f in outcome.findings if f.severity != "note"], outcome, resources)
    assert wrong == said_by(host_on_plans, "failed"), host_on_plans.err
    assert len(wrong) >= len(plans) > 5
