"""Runs the hosts of the doors: cfn-lint in this process, and both as a user would who has nothing of ours installed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CFN_RULES = ROOT / "cfn_rules"
CHECKOV_CHECKS = ROOT / "checkov_checks"

WITHOUT_VETSTACK = """\
import importlib.util, os, sys
root = sys.argv.pop(1)
sys.path[:] = [path for path in sys.path if os.path.realpath(path or os.curdir) != root]
assert importlib.util.find_spec("vetstack") is None, "vetstack is installed"
"""
"""Makes a process one of an environment in which vetstack is not installed, nor found through PYTHONPATH."""

CFN_LINT = "from cfnlint.runner.cli import main\nmain()\n"
CHECKOV = "from checkov.main import Checkov\nsys.exit(Checkov(argv=sys.argv[1:]).run())\n"


class Run(NamedTuple):
    status: int
    out: str
    err: str


def apart(
    program: str, *arguments: str | Path, cwd: Path, stdin: str = "", env: Mapping[str, str] | None = None
) -> Run:
    """Run a host's program in a process of its own that cannot import vetstack from anywhere but a checkout."""
    command = [sys.executable, "-c", WITHOUT_VETSTACK + program, str(ROOT), *map(str, arguments)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
    run = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, env=environment)
    return Run(run.returncode, run.stdout, run.stderr)


def lint(*arguments: str | Path, rules: str | Path = CFN_RULES) -> Run:
    """cfn-lint with our rules, in this process: `lint("-f", "json", file)`."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner.cli import Runner

    out = io.StringIO()
    status: object = 0
    with contextlib.redirect_stdout(out):
        try:
            Runner(ConfigMixIn([f"--append-rules={rules}", *map(str, arguments)])).cli()
        except SystemExit as end:
            status = end.code
    return Run(int(status or 0), out.getvalue(), "")


class Match(NamedTuple):
    """One match of cfn-lint. Lines and columns from 1."""

    file: str
    rule: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str


def matches(out: str) -> list[Match]:
    """Our matches in what `cfn-lint -f json` printed."""
    found = []
    for match in json.loads(out):
        start, end = match["Location"]["Start"], match["Location"]["End"]
        place = (start["LineNumber"], start["ColumnNumber"], end["LineNumber"], end["ColumnNumber"])
        found.append(Match(match["Filename"], match["Rule"]["Id"], *place, match["Message"]))
    return [match for match in found if match.rule[1] == "9"]


def linted(*arguments: str | Path) -> list[Match]:
    """Our matches when cfn-lint runs in this process."""
    return matches(lint("--format", "json", *arguments).out)


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """Checkov in this process as it is before our checks come to it, and as it was afterwards."""
    from checkov.cloudformation.runner import Runner as CloudFormation
    from checkov.common.checks_infra.registry import get_graph_checks_registry
    from checkov.terraform.base_runner import BaseTerraformRunner
    from checkov.terraform_json.runner import TerraformJsonRunner

    registries = [get_graph_checks_registry(framework) for framework in ("cloudformation", "terraform")]
    before = [list(registry.checks) for registry in registries]
    methods = [
        (CloudFormation, "get_graph_checks_report"),
        (BaseTerraformRunner, "get_graph_checks_report"),
        (TerraformJsonRunner, "add_graph_check_results"),
    ]
    plain = [getattr(*method) for method in methods]
    try:
        yield
    finally:
        for registry, checks in zip(registries, before, strict=True):
            registry.checks[:] = checks
        for (owner, name), method in zip(methods, plain, strict=True):
            setattr(owner, name, method)


def checkov(*arguments: str | Path, cwd: Path, checks: Path = CHECKOV_CHECKS, **named: Any) -> Run:
    """Checkov with our checks, in a process of its own. Never fetches anything."""
    options = ["--skip-download", "--external-checks-dir", str(checks)]
    return apart(CHECKOV, *options, *arguments, cwd=cwd, **named)


def records(out: str, result: str) -> list[dict[str, Any]]:
    """Our records in what `checkov -o json` printed. result: `failed`, `passed` or `skipped`."""
    reports = json.loads(out)
    found = []
    for report in reports if isinstance(reports, list) else [reports]:
        if "results" in report:
            found += [r for r in report["results"][f"{result}_checks"] if r["check_id"].startswith("VET")]
    return found


def verdicts(out: str, result: str) -> set[tuple[str, str, str]]:
    """(file name, id, logical id) of our records."""
    return {(Path(r["file_path"]).name, r["check_id"], r["resource"].split(".")[-1]) for r in records(out, result)}
