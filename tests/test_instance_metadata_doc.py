"""docs/instance-metadata.md: fixtures show every place of its table and spare it, or the table says why not."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.harness import FIXTURES, read_fixture, vet
from vetstack.findings import Finding
from vetstack.instances import FOLLOWS
from vetstack.load import load
from vetstack.machines import STARTED

DOC = Path(__file__).parent.parent / "docs" / "instance-metadata.md"
NOT_CHECKED = {"serverless"}


class Row(NamedTuple):
    id: str
    types: list[str]
    rule: str
    shown: list[str]
    silent: list[str]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def rows() -> list[Row]:
    found = []
    for line in DOC.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" |")]
        if line.startswith("| ") and len(cells) >= 6 and cells[0] != "id":
            types = [name for name in quoted(cells[1] + cells[2]) if re.match(r"AWS::|aws_|data\.", name)]
            found.append(Row(cells[0], types, cells[3], quoted(cells[4]), quoted(cells[5])))
    return found


@cache
def types_of(name: str) -> dict[str, str]:
    """The types of a fixture's resources by address."""
    templates = load([FIXTURES / name]).templates
    return {resource.address: resource.type for one in templates for resource in one.resources.values()}


@cache
def findings_of(name: str) -> list[Finding]:
    return vet(FIXTURES / name).findings


def reported(name: str, row: Row) -> set[str]:
    """The types that findings of a row's rule are on, or name besides."""
    rule, note = row.rule[:6], row.rule.endswith("a note")
    found = [one for one in findings_of(name) if one.rule == rule and (one.severity == "note" or not note)]
    return {types_of(name).get(address, "") for one in found for address in (one.resource, *one.also)}


def test_every_type_that_the_rules_know_has_a_row() -> None:
    named = {name for row in rows() for name in row.types}
    assert {*STARTED, *FOLLOWS} <= named
    assert {row.id for row in rows() if not row.shown} == NOT_CHECKED


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_row_is_shown_and_spared_or_says_why(row: Row) -> None:
    for name in {*row.shown, *row.silent}:
        assert (FIXTURES / name).exists(), name
    there = {kind for name in row.silent for kind in types_of(name).values()}
    assert set(row.types) <= there, "the silent fixtures have every type"
    for name in row.silent:
        rule = "VET401" if row.id in NOT_CHECKED else row.rule[:6]
        assert rule not in {expected.rule for expected in read_fixture(FIXTURES / name).expected}
        assert not [one for one in findings_of(name) if one.rule == rule]
    if row.id in NOT_CHECKED:
        assert row.rule.startswith("not checked: ")
        return
    shown = [reported(name, row) for name in row.shown]
    assert all(found & set(row.types) for found in shown), "each showing fixture shows something of it"
    assert set(row.types) <= set().union(*shown)


def test_unset_and_optional_are_told_apart() -> None:
    said = {one.resource: one.message for one in findings_of("imdsv1-allowed/instances.yaml")}
    assert "HttpTokens is not set" in said["Bare"]
    assert 'HttpTokens is "optional"' in said["Explicit"]
    modules = {one.resource: one.message for one in findings_of("imdsv1-allowed/instances")}
    assert "http_tokens is not set" in modules["aws_instance.unset"]
    assert 'http_tokens is "optional"' in modules["aws_instance.optional[0]"]


def test_a_bad_launch_template_is_reported_once() -> None:
    found = findings_of("imdsv1-allowed/instances.yaml")
    told = [(one.resource, set(one.also)) for one in found if "BadTemplate" in (one.resource, *one.also)]
    assert told == [("BadTemplate", {"ByBadId", "ByBadName"})]
