"""A fixture says the same in every spelling: YAML or JSON, short form or long, written down again by cfn-flip."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import Fixture, gist, load_fixtures, vet
from tests.turning import TURNS

FIXTURES = load_fixtures()
CARRIED = [fixture for fixture in FIXTURES if fixture.flip is None]
NOT_CARRIED = [fixture for fixture in FIXTURES if fixture.flip is not None]


def turned(fixture: Fixture, turn: str, folder: Path) -> Path:
    """The fixture written down again, in a file of the right kind."""
    rewrite, suffix = TURNS[turn]
    path = folder / (fixture.path.stem + suffix)
    path.write_text(rewrite(fixture.path.read_text(encoding="utf-8")), encoding="utf-8")
    return path


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("fixture", CARRIED, ids=lambda fixture: fixture.name)
def test_spelling_changes_nothing(fixture: Fixture, turn: str, tmp_path: Path) -> None:
    before = vet(fixture.path)
    after = vet(turned(fixture, turn, tmp_path), like=fixture.path)
    assert not after.unread
    assert gist(after.findings) == gist(before.findings)
    assert sorted((e.resource, e.reason) for e in after.undecided) == sorted(
        (e.resource, e.reason) for e in before.undecided
    )


def test_every_fixture_is_really_written_down_again() -> None:
    changed = 0
    for fixture in CARRIED:
        text = fixture.path.read_text(encoding="utf-8")
        turns = sum(rewrite(text) != text for rewrite, _ in TURNS.values())
        assert turns, fixture.name
        changed += turns
    assert changed > 2 * len(CARRIED)


@pytest.mark.parametrize("fixture", NOT_CARRIED, ids=lambda fixture: fixture.name)
def test_exception_is_needed(fixture: Fixture, tmp_path: Path) -> None:
    """cfn-flip fails, or what it makes of the fixture is another template."""
    wanted = gist(vet(fixture.path).findings)
    needed = False
    for turn in TURNS:
        try:
            path = turned(fixture, turn, tmp_path)
        except Exception:  # whatever cfn-flip raises, it does not carry this fixture
            needed = True
            continue
        needed |= gist(vet(path, like=fixture.path).findings) != wanted
    assert needed, f"{fixture.name}: cfn-flip carries it after all"
