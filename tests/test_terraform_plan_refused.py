"""Plans that are broken or hostile, and what looks like a plan and is none."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harness import load_plans, vet
from tests.plans import change, plan, stranger, vetted, written

ROLE = change("aws_iam_role.vendor", {"name": "vendor", "assume_role_policy": stranger()})

NO_PLANS = {
    "a state": {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}},
    "a state file": {"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "a", "resources": []},
    "schemas": {"format_version": "1.0", "provider_schemas": {}},
    "a validation": {"format_version": "1.0", "valid": True, "diagnostics": []},
    "a line of a log": {"@level": "info", "@message": "Terraform 1.11.4", "type": "version"},
}


@pytest.mark.parametrize("name", NO_PLANS)
def test_other_outputs_are_skipped_unless_they_are_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / "output.json"
    path.write_text(json.dumps(NO_PLANS[name]), encoding="utf-8")
    (entry,) = vet(path).unread
    assert "terraform show -json" in entry.reason
    outcome = vet(tmp_path)
    assert (outcome.unread, outcome.files, outcome.skipped) == ([], [], 1)


def test_plans_in_folders_are_found(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    path = tmp_path / "deep" / "tfplan.json"
    path.write_text(json.dumps(plan([ROLE])), encoding="utf-8")
    outcome = vet(tmp_path)
    assert outcome.files == [(str(path), "terraform-plan")]
    assert [finding.rule for finding in outcome.findings] == ["VET101"]


def test_truncated_plans_are_unread(tmp_path: Path) -> None:
    text = json.dumps(plan([ROLE]), indent=1)
    path = tmp_path / "tfplan.json"
    for end in range(200, len(text) - 1, 97):
        path.write_text(text[:end], encoding="utf-8")
        for given in (path, tmp_path):
            (entry,) = vet(given).unread
            assert entry.line > 1
            assert "internal" not in entry.reason


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("resource_changes", {"a": 1}, "resource_changes is not a list"),
        ("planned_values", "x", "planned_values is not a mapping"),
        ("configuration", [], "configuration is not a mapping"),
        ("format_version", "2.0", "format version 2.0"),
    ],
)
def test_plans_of_another_make_are_unread(key: str, value: Any, said: str, tmp_path: Path) -> None:
    path = tmp_path / "tfplan.json"
    path.write_text(json.dumps(plan([ROLE]) | {key: value}, indent=1), encoding="utf-8")
    for given in (path, tmp_path):
        (entry,) = vet(given).unread
        assert said in entry.reason
        assert entry.line > 1


def test_what_refers_to_itself_ends(tmp_path: Path) -> None:
    own = "data.aws_iam_policy_document.a"
    document = change(own, {"source_policy_documents": [None]}, {"json": True, "source_policy_documents": [True]})
    role = change("module.m.aws_iam_role.a", {"name": "a"}, {"assume_role_policy": True})
    loop = {"references": ["module.m.out", "module.m"]}
    inner = {
        "resources": [written("aws_iam_role.a", assume_role_policy=("var.in", "var.other"))],
        "outputs": {"out": {"expression": {"references": ["var.in", "var.other"]}}},
    }
    modules = {"m": {"source": "./m", "module": inner, "expressions": {"in": loop, "other": loop}}}
    root = change("aws_iam_role.b", {"name": "b"}, {"assume_role_policy": True})
    resources = [written(own, source_policy_documents=f"{own}.json"), written("aws_iam_role.b", assume_role_policy=own)]
    outcome = vetted(plan([document, role, root], resources, modules=modules), tmp_path)
    assert {entry.resource for entry in outcome.undecided} == {"module.m.aws_iam_role.a", "aws_iam_role.b"}


def _mangled(tree: Any, chance: random.Random) -> Any:
    """The same tree in which some values are of another kind."""
    if chance.random() < 0.02:
        return chance.choice([None, True, "", "x", 7, [], {}, [[]], {"references": ["a"]}, ["module."], "a.b[0]"])
    if isinstance(tree, dict):
        return {key: _mangled(one, chance) for key, one in tree.items() if chance.random() > 0.01}
    return [_mangled(one, chance) for one in tree] if isinstance(tree, list) else tree


@pytest.mark.parametrize("fixture", load_plans(), ids=lambda fixture: fixture.name)
def test_no_plan_breaks_the_review(fixture: Any, tmp_path: Path) -> None:
    tree = json.loads(fixture.path.read_text(encoding="utf-8"))
    path = tmp_path / "tfplan.json"
    read = 0
    for seed in range(25):
        path.write_text(json.dumps(_mangled(tree, random.Random(seed))), encoding="utf-8")
        outcome = vet(path)
        read += not outcome.unread
        assert [entry for entry in outcome.unread if "internal" in entry.reason] == []
    assert read > 5


PROBE = """\
import sys
from vetstack.settings import Settings
from vetstack.review import review
outcome = review(sys.argv[1:], Settings())
assert outcome.files and not outcome.unread
print(*(name for name in sys.modules if name.startswith("vetstack.terraform")))
"""


def test_nothing_of_terraform_is_loaded_for_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("Resources: {T: {Type: 'AWS::SNS::Topic'}}\n", encoding="utf-8")
    (tmp_path / "settings.json").write_text('{"a": 1}\n', encoding="utf-8")

    def loaded() -> str:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
        command = [sys.executable, "-c", PROBE, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout

    assert loaded().strip() == ""
    (tmp_path / "tfplan.json").write_text(json.dumps(plan([ROLE])), encoding="utf-8")
    assert "vetstack.terraform.plan" in loaded()
