"""The command line: exit statuses, what goes to which stream, and every option."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import vetstack.review
from tests.command import BAD, GOOD, OnEverything, run, template
from vetstack import __version__
from vetstack.cli import main
from vetstack.rules import all_rules
from vetstack.rules.interface import Rule

BROKEN = "AWSTemplateFormatVersion: [\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of one's own, and rules that do not change when the real ones do."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(vetstack.review, "all_rules", lambda: (OnEverything(),))
    for name in ("COLUMNS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


# Exit statuses


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"t.yaml": GOOD}, 0),
        ({"t.yaml": BAD}, 1),
        ({"t.yaml": BROKEN}, 2),
        ({"a.yaml": BROKEN, "t.yaml": BAD}, 2),
        ({"a.yaml": BROKEN, "t.yaml": GOOD}, 2),
        ({"compose.yaml": "services: {}\n"}, 0),
        ({}, 0),
    ],
    ids=["nothing found", "a finding", "unread", "unread and a finding", "unread and nothing", "no template", "empty"],
)
def test_the_exit_status_of_a_folder(tmp_path: Path, files: dict[str, str], status: int) -> None:
    (tmp_path / "templates").mkdir()
    for name, content in files.items():
        (tmp_path / "templates" / name).write_text(content)
    ran = run("check", "templates", cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (status, b"")
    assert run("check", "--format", "json", "templates", cwd=tmp_path).returncode == status


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("check",),
        ("check", "--fail-on", "never", "t.yaml"),
        ("check", "--format", "xml", "t.yaml"),
        ("check", "--unknown", "t.yaml"),
        ("check", "--regions", "Frankfurt", "t.yaml"),
        ("check", "--config", "missing.toml", "t.yaml"),
        ("check", "--config", "x.toml", "--no-config", "t.yaml"),
        ("check", "--str", "t.yaml"),
        ("check", "missing.yaml"),
        ("explain",),
        ("explain", "no-such-rule"),
        ("frobnicate",),
    ],
)
def test_wrong_usage_is_status_two(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "t.yaml").write_text(GOOD)
    ran = run(*arguments, cwd=tmp_path)
    assert ran.returncode == 2
    assert b"No errors" not in ran.stdout
    assert ran.stdout + ran.stderr != b""


@pytest.mark.parametrize(
    ("types", "fail_on", "status"),
    [
        (("Error",), "error", 1),
        (("Warning", "Note"), "error", 0),
        (("Warning",), "warning", 1),
        (("Note",), "warning", 0),
        (("Note",), "note", 1),
        (("Error", "Note"), "note", 1),
        (("Nothing",), "note", 0),
    ],
)
def test_fail_on_sets_the_mildest_that_fails(folder: Path, types: tuple[str, ...], fail_on: str, status: int) -> None:
    assert main(["check", "--fail-on", fail_on, template(folder, *types)]) == status


def test_without_fail_on_warnings_fail_and_notes_do_not(folder: Path) -> None:
    assert main(["check", template(folder, "Warning")]) == 1
    assert main(["check", "--strict", template(folder, "Note")]) == 0


def test_fail_on_note_shows_the_notes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = template(folder, "Note")
    main(["check", name])
    assert "VET999" not in capsys.readouterr().out
    main(["check", "--fail-on", "note", name])
    assert "note  VET999" in capsys.readouterr().out


def test_any_other_failure_is_status_two(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing() -> tuple[Rule, ...]:
        raise RuntimeError("\x1b[31mforged")

    monkeypatch.setattr(vetstack.review, "all_rules", failing)
    assert main(["check", template(folder, "Nothing")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "\x1b" not in err
    assert err.endswith("internal error (RuntimeError): nothing was vetted; please report it\n")


# Options


def test_json_is_all_there_is_on_standard_output(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "json", template(folder, "Error", "Note")]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    made: dict[str, Any] = json.loads(out)
    assert [found["severity"] for found in made["findings"]] == ["error"]
    assert made["tool"]["version"] == __version__


def test_options_win_over_the_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "vetstack.toml").write_text('stackset = "off"\nregions = ["us-east-1"]\n')
    name = template(folder, "Error")
    main(["check", "--format", "json", name])
    settings = json.loads(capsys.readouterr().out)["settings"]
    assert (settings["stackset"], settings["regions"], settings["source"]) == ("off", ["us-east-1"], "vetstack.toml")
    main(["check", "--format", "json", "--stackset", "self-managed", "--regions", "eu-west-1, eu-west-3", name])
    made = json.loads(capsys.readouterr().out)
    assert (made["settings"]["stackset"], made["settings"]["regions"]) == ("self-managed", ["eu-west-1", "eu-west-3"])
    assert made["findings"][0]["message"] == "self-managed it is."


def test_the_configuration_that_was_read_is_always_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = next(rule for rule in all_rules() if rule.number >= 100)
    (folder / "vetstack.toml").write_text(f'off = ["{rule.name}"]\ntrust-suppressions = true\n')
    name = template(folder, "Nothing")
    main(["check", name])
    out = capsys.readouterr().out
    assert f"vetstack.toml was read; rules off: {rule.id} {rule.name}; suppressions in the templates count" in " ".join(
        out.split()
    )
    assert out.endswith("No errors or warnings in 1 template with 1 rule off.\n")
    main(["check", "--no-config", name])
    assert "vetstack.toml" not in capsys.readouterr().out


def test_the_vetted_folder_does_not_configure_its_own_review(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "vendor").mkdir()
    (folder / "vendor" / "vetstack.toml").write_text('stackset = "off"\n')
    template(folder, "Error", name="vendor/t.yaml")
    main(["check", "vendor"])
    assert "service-managed it is." in capsys.readouterr().out


def test_a_wrong_configuration_stops_everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "vetstack.toml").write_text('stackset = "off"\n\n"trust-\\u202esuppressions" = true\n')
    assert main(["check", template(folder, "Error")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith('vetstack: vetstack.toml:1: unknown key "trust-\\u202esuppressions": did you mean ')


def test_suppressions_count_only_when_they_are_trusted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = next(rule for rule in all_rules() if rule.number >= 100)
    (folder / "t.yaml").write_text(
        f"Resources:\n  # vetstack:ignore[{rule.id}] the vendor says so\n  Topic: {{Type: AWS::SNS::Topic}}\n"
    )
    main(["check", "t.yaml"])
    out = capsys.readouterr().out
    assert "Ignored    1 suppression in the templates was not honoured: t.yaml:2" in out
    assert "Not shown  1 note; --strict shows it" in out
    main(["check", "--strict", "t.yaml"])
    assert "note  VET003 untrusted-suppression  Topic" in capsys.readouterr().out
    main(["check", "--trust-suppressions", "t.yaml"])
    assert "Settings   suppressions in the templates count" in capsys.readouterr().out


def test_candidates_that_are_no_templates_are_skipped(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "compose.yaml").write_text("services: {}\n")
    name = template(folder, "Nothing")
    assert main(["check", name, "compose.yaml"]) == 2
    assert main(["check", "--candidates", name, "compose.yaml"]) == 0
    assert "1 other file" in capsys.readouterr().out


# Rules and help


def test_rules_are_listed_for_people_and_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    listed = capsys.readouterr().out
    assert main(["rules", "--format", "json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["version"] == 1
    assert [rule["rule"] for rule in made["rules"]] == [rule.id for rule in all_rules()]
    assert all(f"{rule['rule']} {rule['name']} (" in listed for rule in made["rules"])
    assert all(rule[field] for rule in made["rules"] for field in ("title", "problem", "danger", "remedy", "after"))


@pytest.mark.parametrize("name", ["VET002", "vet002", "2", "002", "undecided", "Undecided", "W9002"])
def test_a_rule_is_explained_by_any_of_its_names(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["explain", name])
    if name == "2":  # three digits, as everywhere
        assert status == 2
    else:
        assert status == 0
        assert capsys.readouterr().out.startswith("VET002 undecided (warning)\n")


def test_a_wrong_name_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "undecide"]) == 2
    assert capsys.readouterr() == ("", 'vetstack: there is no rule "undecide": did you mean "undecided"?\n')


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"vetstack {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--help"], ("examples:", "vetstack check vendor.yaml", "vetstack explain VET101")),
        (["check", "--help"], ("exit status: 0 nothing found", "--trust-suppressions", "--fail-on", "vetstack.toml")),
    ],
)
def test_help_has_examples(arguments: list[str], said: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    out = capsys.readouterr().out
    assert caught.value.code == 0
    assert [text for text in said if text not in out] == []
    assert max(len(line) for line in out.splitlines()) <= 100
