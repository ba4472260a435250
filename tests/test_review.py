"""A review loses nothing: not to a rule that fails, not to a file that cannot be loaded, and says nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import vetstack.load
import vetstack.review
from tests.command import OnEverything, place, template
from vetstack.cli import main
from vetstack.findings import Finding
from vetstack.guards import World
from vetstack.load import Loaded
from vetstack.review import judge, review
from vetstack.settings import Settings
from vetstack.template import Template, Undecided


class Failing(OnEverything):
    """Finds something and then fails, as a mistake of ours would."""

    number = 998
    name = "failing"

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        yield self.finding("error", template.at, "Template", "found before it failed")
        raise RuntimeError("\x1b[31mwritten by the template")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of one's own, and rules that do not change when the real ones do."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(vetstack.review, "all_rules", lambda: (OnEverything(),))
    for name in ("COLUMNS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_rule_that_fails_costs_nothing_but_its_own_rest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vetstack.review, "all_rules", lambda: (Failing(), OnEverything()))
    template(folder, "Error", name="a.yaml")
    template(folder, "Warning", name="b.yaml")
    own = review(["a.yaml", "b.yaml"], Settings())
    assert [(found.at.file, found.rule) for found in own.findings] == [
        ("a.yaml", "VET998"),
        ("a.yaml", "VET999"),
        ("b.yaml", "VET998"),
        ("b.yaml", "VET999"),
    ]
    assert [entry.file for entry in own.unread] == ["a.yaml", "b.yaml"]
    reason = own.unread[0].reason
    assert reason.startswith("internal error: VET998 failing failed with RuntimeError (test_review.py:")
    assert "written by the template" not in reason
    assert main(["check", "a.yaml"]) == 2


def test_a_path_that_cannot_be_loaded_costs_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(paths: list[str], **options: bool) -> Loaded:
        if "a.yaml" in paths:
            raise MemoryError
        return vetstack.load.load(paths, **options)

    monkeypatch.setattr(vetstack.review, "load", failing)
    template(folder, "Error", name="a.yaml")
    template(folder, "Error", name="b.yaml")
    own = review(["a.yaml", "b.yaml"], Settings())
    assert [found.at.file for found in own.findings] == ["b.yaml"]
    ((file, reason),) = [(entry.file, entry.reason) for entry in own.unread]
    assert file == "a.yaml"
    assert reason.startswith("internal error: reading it failed with MemoryError (test_review.py:")


def test_what_is_undecided_is_stated_once_and_in_order() -> None:
    world = World()
    own = Template("t.yaml", "cloudformation", at := place(1), world)
    own.undecided = [Undecided(at, "A", "it is fetched")]
    world.widened = [(place(9), "too many"), (place(9), "too many")]
    verdict = judge(own, [OnEverything()], Settings())
    assert [(entry.resource, entry.reason) for entry in verdict.undecided] == [
        ("A", "it is fetched"),
        ("Template", "too many"),
        ("Template", "too many"),
    ]


def test_what_a_rule_cannot_decide_is_stated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unsure(OnEverything):
        def undecided(self, template: Template, settings: Settings) -> Iterator[Undecided]:
            yield Undecided(place(4), "R0", "it is fetched")

    monkeypatch.setattr(vetstack.review, "all_rules", lambda: (Unsure(),))
    assert [entry.reason for entry in review([template(folder, "Error")], Settings()).undecided] == ["it is fetched"]


def test_undecided_entries_are_not_repeated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = place(1)
    own = Template("t.yaml", "cloudformation", at, World())
    own.undecided = [Undecided(at, "B", "it is fetched"), Undecided(at, "A", "it is fetched")] * 2
    monkeypatch.setattr(vetstack.review, "load", lambda paths, **_: Loaded([own]))
    assert [entry.resource for entry in review(["t.yaml"], Settings()).undecided] == ["A", "B"]


def test_findings_are_sorted_and_files_named_once(folder: Path) -> None:
    template(folder, "Note", "Error", name="b.yaml")
    template(folder, "Warning", name="a.yaml")
    own = review(["b.yaml", "a.yaml", "b.yaml"], Settings())
    assert [(found.at.file, found.at.line) for found in own.findings] == [("a.yaml", 3), ("b.yaml", 3), ("b.yaml", 5)]
    assert [file for file, _ in own.files] == ["b.yaml", "a.yaml"]


def test_a_rule_that_is_off_is_not_asked(folder: Path) -> None:
    own = review([template(folder, "Error")], Settings(off=frozenset({"VET999"})))
    assert own.findings == []
