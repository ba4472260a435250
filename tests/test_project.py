"""What a newcomer meets: the wheel, make's targets, and documentation that the program agrees with."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

import vetstack
from vetstack.reports.prose import explanation
from vetstack.rules import all_rules
from vetstack.rules.interface import Rule

ROOT = Path(__file__).parent.parent
PACKAGES = ("vetstack", "cfn_rules", "checkov_checks")


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), "."]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_engine_and_the_doors_and_nothing_else(wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = (path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    caches = ("__pycache__", ".mypy_cache", ".ruff_cache")
    expected = {str(path) for path in files if not any(part in caches for part in path.parts)}
    assert packed == expected
    assert {"vetstack/py.typed", "vetstack/data/accounts.tsv", "cfn_rules/__init__.py"} <= packed


def test_the_wheel_says_what_it_needs(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = f"vetstack-{vetstack.__version__}.dist-info"
    metadata = archive.read(f"{info}/METADATA").decode().splitlines()
    needed = [line.partition(": ")[2] for line in metadata if line.startswith("Requires-Dist")]
    runtime = {re.split(r"[>=<; ]", line)[0].lower() for line in needed if "extra ==" not in line}
    assert runtime == {"pyyaml", "tomli"}
    extras = {line.partition(": ")[2] for line in metadata if line.startswith("Provides-Extra")}
    assert {"cfn-lint", "checkov", "test", "oracle"} <= extras
    assert "License-Expression: Apache-2.0" in metadata
    assert "vetstack = vetstack.cli:run" in archive.read(f"{info}/entry_points.txt").decode()
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/NOTICE"} <= set(archive.namelist())


def test_the_wheel_works_on_its_own(wheel: Path, tmp_path: Path) -> None:
    """Nothing that a review reads is left behind in the checkout."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    program = (
        f"import sys; sys.path[:] = [p for p in sys.path if p != {str(ROOT)!r}]; sys.path.insert(0, 'installed')\n"
        "from vetstack import cli\nassert 'installed' in cli.__file__\nsys.exit(cli.run())"
    )
    run = subprocess.run(
        [sys.executable, "-P", "-c", program, "check", str(ROOT / "bench" / "small.yaml")]
        if sys.version_info >= (3, 11)
        else [sys.executable, "-c", program, "check", str(ROOT / "bench" / "small.yaml")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
    )
    assert (run.returncode, run.stderr) == (0, "")


def make(*arguments: str, **variables: object) -> subprocess.CompletedProcess[str]:
    assignments = [f"{name}={value}" for name, value in {"ARGS": "", **variables}.items()]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *arguments, *assignments], cwd=ROOT, capture_output=True, text=True, env=environment)


def test_make_prints_its_targets() -> None:
    printed = make().stdout
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    assert {"review", "test", "lint", "bench", "docs", "data"} <= targets
    assert set(re.findall(r"make ([a-z]+)\t", printed)) == targets


@pytest.mark.parametrize(("status", "fails"), [(0, False), (1, False), (2, True)])
def test_make_review_fails_only_when_something_is_unread(tmp_path: Path, status: int, fails: bool) -> None:
    program = tmp_path / "bin" / "vetstack"
    program.parent.mkdir()
    (program.parent / "python").symlink_to("/bin/true")
    program.write_text(f'#!/bin/sh\necho "called with $*"\nexit {status}\n')
    program.chmod(0o755)
    (tmp_path / ".engine").touch()
    run = make("review", VENV=tmp_path, TEMPLATE="one.yaml")
    assert run.stdout.startswith("called with check one.yaml\n"), run.stderr
    assert bool(run.returncode) is fails


def test_the_example_of_make_review_exists() -> None:
    example = re.search(r"^TEMPLATE \?= (.+)$", text_of("Makefile"), re.MULTILINE)
    assert example and (ROOT / example[1]).is_file()


def test_the_changelog_speaks_of_this_version() -> None:
    headings = re.findall(r"^## (\S+)", text_of("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == vetstack.__version__


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    spec = spec_from_file_location("render_docs", ROOT / "tools" / "render_docs.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_documentation_is_what_the_program_says(docs: ModuleType) -> None:
    pages = docs.pages()
    stale = [str(path) for path, text in pages.items() if not (ROOT / path).exists() or text_of(path) != text]
    assert stale == [], "run `make docs`"
    assert {path.name for path in (ROOT / "docs" / "rules").iterdir()} == {
        path.name for path in pages if path.parts[:2] == ("docs", "rules")
    }


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_examples_keep_their_indentation(rule: Rule, docs: ModuleType) -> None:
    """However a rule's source has them: cleandoc, made for docstrings, flattens one that starts behind its quotes."""
    said, page = explanation(rule, 100), docs.rule_page(rule)
    for written in (rule.before, rule.after):
        lines = dedent(written).strip("\n").splitlines()
        assert "".join(f"  {line}".rstrip() + "\n" for line in lines) in said
        assert "".join(f"{line}\n" for line in lines) in page


def test_the_readme_names_every_rule_and_setting() -> None:
    readme = text_of("README.md")
    assert [rule.id for rule in all_rules() if f"| {rule.id} | [{rule.name}](" not in readme] == []
    from vetstack.configuration import _KEYS

    assert [key for key in _KEYS if f"\n{key} = " not in readme] == []
    assert readme.count("<!-- output: vetstack ") >= 2


def commands() -> list[str]:
    """The lines of README's section on commands."""
    block = re.search(r"^## Commands\n\n```sh\n(.*?)^```$", text_of("README.md"), re.MULTILINE | re.DOTALL)
    assert block
    return block[1].splitlines()


TOLD = {
    "vetstack grants": ("NorthwindRole", "PowerUserAccess", "ExternalId bound"),
    "vetstack stackset": ("service-managed", "CAPABILITY_IAM"),
    "vetstack explain": ("VET101",),
    "vetstack rules": ("VET101",),
    "cfn-lint": ("E9102", "E9202"),
}
"""What a command of the README has to say of the example, or at all; the rest finds what the example has."""


@pytest.mark.parametrize("command", commands())
def test_the_commands_of_the_readme_work_as_written(command: str) -> None:
    program, *arguments = shlex.split(command.replace("template.yaml", "docs/example.yaml"))
    start = [sys.executable, "-m", program] if program == "vetstack" else [str(Path(sys.executable).parent / program)]
    run = subprocess.run([*start, *arguments], cwd=ROOT, capture_output=True, text=True)
    wanted = next((told for begins, told in TOLD.items() if command.startswith(begins)), ("VET102", "VET202"))
    assert bool(run.returncode) is command.startswith(("vetstack check", "cfn-lint", "checkov")), run.stderr
    assert all(rule in run.stdout for rule in wanted), run.stdout + run.stderr


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/doors.md"])
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text_of(name)) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []
