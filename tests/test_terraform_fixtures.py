"""Every module among the fixtures says what is expected of it, in the files and on the lines where it is expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import ONBOARDING, SIDECAR, Expected, Fixture, load_modules, mismatches, read_module, vet
from vetstack.rules import all_rules, rule_named
from vetstack.rules.interface import Rule

ABOUT_THE_REVIEW = 100
"""Rules below this number are about the review itself and have no fixtures of their own."""

MODULES = load_modules()
RULES = [rule for rule in all_rules() if rule.number >= ABOUT_THE_REVIEW]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_module_says_what_is_expected(module: Fixture) -> None:
    wrong = mismatches(module, vet(module.path))
    assert not wrong, "\n".join([module.name, *wrong])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_has_modules_that_it_must_and_must_not_report(rule: Rule) -> None:
    own = [module for module in MODULES if module.path.parent.name == rule.name]
    assert any(e.rule == rule.id for module in own for e in module.expected), f"{rule.name}: no module expects it"
    assert any(module.path.name.endswith("_clean") for module in own), f"{rule.name}: no clean module"


def test_clean_modules_expect_nothing_at_all() -> None:
    clean = [module for module in MODULES if module.path.name.endswith("_clean")]
    assert len(clean) >= len(RULES)
    assert [module.name for module in clean if module.expected] == []


def test_expectations_are_of_rules_and_severities_that_there_are() -> None:
    severities = {rule.id: rule.severities for rule in all_rules()}
    assert {module.path.parent.name for module in MODULES if not rule_named(module.path.parent.name)} == {ONBOARDING}
    for module in MODULES:
        for expected in module.expected:
            assert expected.severity in (None, *severities[expected.rule]), f"{module.name}: {expected}"


def test_onboarding_modules_are_of_the_size_of_real_ones() -> None:
    lines = {
        module.name: sum(len(file.read_text(encoding="utf-8").splitlines()) for file in module.path.rglob("*.tf"))
        for module in MODULES
        if module.path.parent.name == ONBOARDING
    }
    assert len(lines) >= 8
    assert {name: count for name, count in lines.items() if not 150 <= count <= 600} == {}


def test_every_sidecar_stands_beside_its_file() -> None:
    alone = [
        sidecar
        for module in MODULES
        for sidecar in module.path.rglob(f"*{SIDECAR}")
        if not [file for file in sidecar.parent.glob(f"{sidecar.name.removesuffix(SIDECAR)}.*") if file != sidecar]
    ]
    assert alone == []


def test_harness_reads_all_files_of_a_module(tmp_path: Path) -> None:
    (tmp_path / "modules" / "role").mkdir(parents=True)
    (tmp_path / "main.tf").write_text('# expect@4: VET101\nmodule "role" {}  # expect-undecided\n', encoding="utf-8")
    (tmp_path / "modules" / "role" / "main.tf").write_text("# expect: VET201 error when x\n", encoding="utf-8")
    (tmp_path / "more.tf.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "more.tf.expect.json").write_text('{"expect": [{"rule": "VET401", "line": 1}]}\n', encoding="utf-8")
    (tmp_path / "policy.json").write_text("# expect: VET301, which nobody reads here\n", encoding="utf-8")
    module = read_module(tmp_path)
    assert module.expected == [
        Expected("VET101", 4, file="main.tf"),
        Expected("VET201", 1, "error", "x", file="modules/role/main.tf"),
        Expected("VET401", 1, file="more.tf.json"),
    ]
    assert module.undecided == {("main.tf", 2)}


def test_harness_tells_the_same_line_of_two_files_apart() -> None:
    module = next(module for module in MODULES if module.expected)
    outcome = vet(module.path)
    assert mismatches(module, outcome) == []
    first = module.expected[0]
    elsewhere = Fixture(module.path, [Expected(first.rule, first.line, file="elsewhere.tf"), *module.expected[1:]])
    assert f"elsewhere.tf:{first.line}: missing {first.rule}" in mismatches(elsewhere, outcome)
