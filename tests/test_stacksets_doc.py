"""docs/stacksets.md: every obstacle it lists is shown by a fixture and spared by another, or has a reason why not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.harness import FIXTURES, Expected, read_fixture

DOC = Path(__file__).parent.parent / "docs" / "stacksets.md"
KNOWN = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 30, 31)
NOT_CHECKED = {"S9", "S20"}


class Row(NamedTuple):
    id: str
    rule: str
    shown: str
    silent: str


def rows() -> list[Row]:
    found = []
    for line in DOC.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"S\d+", cells[0]):
            found.append(Row(cells[0], cells[3], cells[4].strip("`"), cells[5].strip("`")))
    return found


def expectations(name: str) -> list[Expected]:
    path = FIXTURES / name
    assert path.exists(), name
    return read_fixture(path).expected


def test_every_obstacle_has_its_row() -> None:
    assert [row.id for row in rows()] == [f"S{number}" for number in KNOWN]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_row_is_shown_and_spared_or_says_why(row: Row) -> None:
    named = re.findall(r"VET7\d\d", row.rule)
    if row.id in NOT_CHECKED:
        assert row.rule.startswith("not checked: ") and not named and not row.shown
    else:
        assert named[0] in {expected.rule for expected in expectations(row.shown)}
        assert row.silent
    if row.silent:
        assert not {expected.rule for expected in expectations(row.silent)} & {*named, "VET703"}
