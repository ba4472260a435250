"""Every fixture says exactly what is expected of it, on the lines where it is expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import (
    ONBOARDING,
    SIDECAR,
    Expected,
    Fixture,
    load_fixtures,
    load_plans,
    mismatches,
    read_fixture,
    vet,
)
from vetstack.load import load
from vetstack.rollouts import STACK_SETS
from vetstack.rules import all_rules, rule_named
from vetstack.settings import Settings

ABOUT_THE_REVIEW = 100
"""Rules below this number are about the review itself and have no fixtures of their own."""

FIXTURES = load_fixtures()
BY_NAME = {fixture.name: fixture for fixture in FIXTURES}


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.name)
def test_fixture_says_what_is_expected(fixture: Fixture) -> None:
    wrong = mismatches(fixture, vet(fixture.path))
    assert not wrong, "\n".join([fixture.name, *wrong])


@pytest.mark.parametrize("rule", [rule for rule in all_rules() if rule.number >= ABOUT_THE_REVIEW], ids=lambda r: r.id)
def test_rule_has_fixtures_that_it_must_and_must_not_report(rule: object) -> None:
    name, identifier = rule.name, rule.id  # type: ignore[attr-defined]
    own = [fixture for fixture in FIXTURES if fixture.path.parent.name == name]
    assert any(e.rule == identifier for fixture in own for e in fixture.expected), f"{name}: no fixture expects it"
    assert any(all(e.rule != identifier for e in fixture.expected) for fixture in own), f"{name}: no clean fixture"


def test_folders_are_rules() -> None:
    strange = {f.path.parent.name for f in FIXTURES if not rule_named(f.path.parent.name)} - {ONBOARDING}
    assert not strange


def test_clean_fixtures_expect_nothing_from_the_rule_that_they_are_about() -> None:
    clean = [fixture for fixture in FIXTURES if fixture.path.stem.endswith("_clean")]
    assert len(clean) >= 25
    assert [fixture.name for fixture in clean if fixture.expected] == []


def test_expected_severities_are_those_of_the_rule() -> None:
    severities = {rule.id: rule.severities for rule in all_rules()}
    for fixture in FIXTURES:
        for expected in fixture.expected:
            assert expected.rule in severities, f"{fixture.name}: there is no {expected.rule}"
            assert expected.severity in (None, *severities[expected.rule]), f"{fixture.name}: {expected}"


def test_onboarding_templates_are_of_the_size_of_real_ones() -> None:
    onboarding = [fixture for fixture in FIXTURES if fixture.path.parent.name == ONBOARDING]
    lines = {fixture.name: len(fixture.path.read_text(encoding="utf-8").splitlines()) for fixture in onboarding}
    assert len(onboarding) >= 8
    assert {name: count for name, count in lines.items() if not 150 <= count <= 400} == {}
    assert sum(fixture.path.suffix == ".json" for fixture in onboarding) >= 2


def test_every_sidecar_has_its_fixture() -> None:
    beside = [fixture.path.with_name(fixture.path.stem + SIDECAR) for fixture in [*FIXTURES, *load_plans()]]
    root = FIXTURES[0].path.parent.parent
    assert [path for path in root.glob(f"*/*{SIDECAR}") if path not in beside] == []


def test_stack_set_rules_are_silent_when_no_stack_set_is_meant() -> None:
    asked = 0
    for fixture in FIXTURES:
        findings = [f for f in vet(fixture.path, Settings(stackset="off")).findings if f.rule.startswith("VET7")]
        bodies = {
            resource.address
            for template in (load([fixture.path]).templates if findings else ())
            for resource in template.resources.values()
            if resource.type in STACK_SETS
        }
        said = [f for f in findings if f.resource.partition(" > ")[0] not in bodies]
        asked += any(e.rule.startswith("VET7") for e in fixture.expected)
        assert not said, fixture.name
    assert asked >= 15


def test_one_region_leaves_account_wide_names_alone() -> None:
    fixture = BY_NAME["stackset-fixed-name/iam_names.yaml"]
    assert [f for f in vet(fixture.path).findings if f.rule == "VET703"]
    assert not [f for f in vet(fixture.path, Settings(regions=("eu-west-1",))).findings if f.rule == "VET703"]


def test_trusted_account_is_ones_own() -> None:
    fixture = BY_NAME["missing-external-id/account_root_no_condition.yaml"]
    assert [f.rule for f in vet(fixture.path).findings] == ["VET101"]
    assert not vet(fixture.path, Settings(trusted_accounts=frozenset({"481037652914"}))).findings


def test_embedded_findings_name_both_resources_and_lines_of_the_outer_file() -> None:
    fixture = BY_NAME["onboarding/organization_rollout.yaml"]
    lines = fixture.path.read_text(encoding="utf-8").splitlines()
    inner = [finding for finding in vet(fixture.path).findings if " > " in finding.resource]
    assert {finding.resource for finding in inner} == {"MemberRoles > MemberReader", "MemberRoles > MemberResponder"}
    assert all(finding.rule in lines[finding.at.line - 1] for finding in inner)


def test_harness_reads_comments(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(
        "# flip: no, it is only an example\n"
        "# expect@9: VET101 error\n"
        "# doors: checkov no, it has no resource\n"
        "A: 1  # expect: VET102 note when B is false (C is empty) also Parameters.C, VET103\n"
        "Fn::Transform: {}  # expect: VET701 # expect-undecided\n"
        "D: '# nothing'\n",
        encoding="utf-8",
    )
    fixture = read_fixture(path)
    assert fixture.expected == [
        Expected("VET101", 9, "error"),
        Expected("VET102", 4, "note", "B is false (C is empty)", "Parameters.C"),
        Expected("VET103", 4),
        Expected("VET701", 5),
    ]
    assert fixture.undecided == {5}
    assert fixture.flip == "it is only an example"
    assert fixture.doors == {"checkov": "it has no resource"}


@pytest.mark.parametrize(
    "line", ["A: # expect VET101", "A: # expect: missing-external-id", "A: # expect: VET101 fatal", "# flip: maybe"]
)
def test_harness_refuses_what_it_cannot_read(tmp_path: Path, line: str) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"no expectation can be read|says `no, reason`"):
        read_fixture(path)


def test_harness_notices_what_is_missing_and_what_is_too_much() -> None:
    fixture = BY_NAME["missing-external-id/account_root_no_condition.yaml"]
    outcome = vet(fixture.path)
    line = fixture.expected[0].line
    assert mismatches(fixture, outcome) == []
    assert mismatches(Fixture(fixture.path), outcome)[0].startswith(f"{line}: unexpected VET101 error")
    wished = Fixture(fixture.path, [*fixture.expected, Expected("VET102", line)], {line})
    assert mismatches(wished, outcome) == [f"{line}: missing VET102", f"{line}: missing undecided"]
    milder = Fixture(fixture.path, [Expected("VET101", line, "note")])
    assert mismatches(milder, outcome) == [f"{line}: missing VET101 note"]
