"""Terminals, encodings and readers that go away: the report is readable in all, and harms none."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import BAD, GOOD, ROOT, run


def on_a_terminal(cwd: Path, **environment: str) -> bytes:
    """What the real command writes to a terminal."""
    ours, theirs = pty.openpty()
    variables = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "TERM": "xterm", **environment}
    command = [sys.executable, "-m", "vetstack", "check", "t.yaml"]
    process = subprocess.Popen(command, cwd=cwd, env=variables, stdout=theirs, stderr=subprocess.STDOUT)
    os.close(theirs)
    written = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # Linux's end of file once the other side is closed
            break
        if not part:
            break
        written += part
    os.close(ours)
    assert process.wait(120) == 1
    return written


def test_colours_are_for_terminals_that_want_them(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(BAD)
    assert b"\x1b[1" in on_a_terminal(tmp_path)
    assert b"\x1b[1" in on_a_terminal(tmp_path, NO_COLOR="")
    assert b"\x1b" not in on_a_terminal(tmp_path, NO_COLOR="1")
    assert b"\x1b" not in on_a_terminal(tmp_path, TERM="dumb")
    assert b"\x1b" not in run("check", "t.yaml", cwd=tmp_path, environment={"TERM": "xterm"}).stdout


def test_a_narrow_terminal_is_kept_to(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(BAD)
    wide = on_a_terminal(tmp_path, NO_COLOR="1", COLUMNS="100").decode().splitlines()
    narrow = on_a_terminal(tmp_path, NO_COLOR="1", COLUMNS="50").decode().splitlines()
    assert max(len(line) for line in narrow[:-1]) <= 50
    assert max(len(line) for line in wide[:-1]) <= 100
    assert len(narrow) > len(wide)


HOSTILE = '"\\u001b[2J\\u202e\\u2028é日本{}"'

ENCODINGS = {
    "C": {"LANG": "C", "LC_ALL": "C"},
    "C without coercion": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "ASCII": {"PYTHONIOENCODING": "ascii:strict"},
    "Latin-1": {"PYTHONIOENCODING": "iso-8859-1:strict"},
    "UTF-8": {"PYTHONIOENCODING": "utf-8:strict"},
}


@pytest.mark.parametrize("environment", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("source", ["yaml", "json"])
def test_no_encoding_and_no_text_makes_it_fail(
    tmp_path: Path, source: str, form: str, environment: dict[str, str]
) -> None:
    raw = "é日\x1b[2J\u202e".encode() + b"\xff." + source.encode()
    name = os.fsdecode(raw)
    server = '"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-0123456789abcdef0"}'
    resource = HOSTILE.format("\\ud800" if source == "json" else "")
    (tmp_path / name).write_text(f'{{"Resources": {{{resource}: {{{server}}}}}}}', "utf-8")
    ran = run("check", "--strict", "--format", form, name, cwd=tmp_path, environment=environment)
    assert (ran.returncode, ran.stderr) == (1, b"")
    assert b"\x1b" not in ran.stdout
    assert "\u202e".encode() not in ran.stdout
    if form == "text":
        assert b"\\udcff." in ran.stdout
    else:
        assert json.loads(ran.stdout)["files"][0]["file"].encode("utf-8", "surrogateescape") == raw


def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path) -> None:
    types = "".join(f"  S{number}:\n    Type: AWS::EC2::Instance\n" for number in range(2_000))
    (tmp_path / "t.yaml").write_text(f"Resources:\n{types}")
    command = [sys.executable, "-m", "vetstack", "check", "--format", "json", "t.yaml"]
    environment = {"PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes) as process:  # type: ignore[call-overload]
        process.stdout.read(10)
        process.stdout.close()
        error = process.stderr.read()
    assert (process.returncode, error) == (1, b"")


def test_a_report_that_cannot_be_written_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(GOOD)
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "vetstack", "check", "t.yaml"]
        environment = {"PYTHONPATH": str(ROOT)}
        ran = subprocess.run(command, cwd=tmp_path, env=environment, stdout=full, stderr=subprocess.PIPE)
    assert ran.returncode == 2
    assert b"the report could not be written" in ran.stderr


def test_a_review_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(GOOD)
    program = (
        "import sys; from vetstack.cli import main; main(['check', 't.yaml']);"
        "print(sorted({'json', 'textwrap', 'shutil', 'tomllib', 'tomli', 'difflib', 'traceback', 'unicodedata',"
        "'importlib.metadata', 'vetstack.reports.json_report', 'vetstack.reports.prose'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert ran.stdout.splitlines()[-1] == "[]", ran.stderr
