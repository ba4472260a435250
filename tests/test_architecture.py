"""The engine's parts import only what the design lets them, and a review loads no more than it needs."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from vetstack.regex import Regex

ENGINE = Path(__file__).parent.parent / "vetstack"

EVERYWHERE = {"position", "records", "regex"}
VALUES = {"values", "guards", "logic", "texts"}
FRONT_END = {"sources", "template", "embedding", "attachments", *VALUES}

FOR_RULES = {"template", "known_accounts", "regions", "findings", "settings", *VALUES}
RULES_SHARE = {
    "imdsv1", "instances", "machine_images", "machines", "metadata_options", "stacksets", "verdicts", "rollouts",
    "capabilities", "leaves", "publishing", "regional", "registrations", "account_bound", "flows",
}  # fmt: skip
"""What several rules ask of a template, and how they come to a verdict."""

MAY_IMPORT: dict[str, set[str]] = {
    **dict.fromkeys(EVERYWHERE, set()),
    "values": {"guards"},
    "guards": {"values"},
    "logic": VALUES,
    "texts": VALUES,
    "findings": set(),
    "searching": set(),
    "settings": set(),
    "known_accounts": {"packs"},
    "packs": set(),
    "regions": {"packs"},
    "template": VALUES,
    "attachments": {"template", *VALUES},
    "embedding": {"template", *VALUES},
    "sources": {"yaml"},
    "cloudformation": {"packs", *FRONT_END},
    "terraform": FRONT_END,
    "load": {"searching", "carriers", "cloudformation", "terraform", "code", *FRONT_END} - {"attachments"},
    "carriers": {"template", *VALUES},
    "code": {"carriers", "instances", "sources", "template", "findings", *VALUES},
    "iam": {"template", "known_accounts", "packs", "settings", *VALUES},
    "delivery": {"iam", "carriers", "code", *RULES_SHARE, *FOR_RULES},
    "credentials": {*RULES_SHARE, *FOR_RULES},
    "leftovers": {"carriers", "code", *RULES_SHARE, *FOR_RULES},
    "rules": {"iam", "carriers", "code", "credentials", "delivery", "leftovers", *RULES_SHARE, *FOR_RULES},
    **dict.fromkeys(RULES_SHARE, RULES_SHARE | FOR_RULES),
}
"""Part of the engine to the parts it may import, itself and EVERYWHERE aside. The parts that are not
listed stand at the end of the stream (review, reports, command line) and may import any other."""

OUTSIDE = {"yaml", "cfnlint", "checkov", "hcl2", "cfn_flip", "rich", "jinja2"}
"""Packages outside the standard library that are worth a rule: a part imports them if its row says so."""


def part_of(module: str) -> str:
    """`vetstack.rules.interface` is part `rules`."""
    return module.split(".")[1]


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Modules that a tree imports anywhere, and the line; what stands under TYPE_CHECKING is none at run time."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            assert node.module
            if node.module == "vetstack":
                yield from ((f"vetstack.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module, node.lineno
        yield from imports(node)


def modules() -> list[Path]:
    return sorted(path for path in ENGINE.rglob("*.py") if path != ENGINE / "__init__.py")


def own_part(path: Path) -> str:
    return path.relative_to(ENGINE).parts[0].removesuffix(".py")


def breaches(part: str, source: str) -> list[str]:
    """Imports of a module that its part may not have."""
    allowed = MAY_IMPORT.get(part)
    found = []
    for name, line in imports(ast.parse(source)):
        root = name.split(".")[0]
        if root == "vetstack" and not part_of(name).startswith("__"):
            wanted = part_of(name)
            fine = allowed is None or wanted in allowed | EVERYWHERE | {part}
        else:
            wanted = root
            fine = root not in OUTSIDE or root in (allowed or set())
        if not fine:
            found.append(f"line {line}: {part} imports {wanted}")
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ENGINE)))
def test_a_part_imports_only_what_it_may(path: Path) -> None:
    assert breaches(own_part(path), path.read_text("utf-8")) == []


def test_every_listed_part_but_those_to_come_exists() -> None:
    """So that a renamed folder does not escape the table."""
    missing = set(MAY_IMPORT) - {own_part(path) for path in modules()}
    assert missing <= {"terraform"}


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("rules", "from vetstack.sources.interface import Node"),
        ("rules", "import yaml"),
        ("values", "import vetstack.template"),
        ("cloudformation", "from vetstack import rules"),
        ("iam", "def late() -> None:\n    from vetstack.findings import Finding"),
        ("reports", "import cfnlint.rules"),
        ("cli", "from checkov.common import models"),
    ],
)
def test_a_breach_is_seen(part: str, source: str) -> None:
    assert len(breaches(part, source)) == 1


SMALL = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Topic:
    Type: AWS::SNS::Topic
"""

PROBE = """\
import contextlib, io, sys
before = set(sys.modules)
from vetstack import cli
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
    cli.main(["check", sys.argv[1]])
sys.stderr.write("\\n".join(sorted(set(sys.modules) - before)))
sys.stdout.write(out.getvalue())
"""

HEAVY = {
    "asyncio", "cfnlint", "checkov", "concurrent", "email", "hcl2", "html", "http", "importlib.metadata",
    "ipaddress", "jinja2", "json", "logging", "multiprocessing", "pathlib", "pkgutil", "rich", "socket", "subprocess",
    "tempfile", "tomli", "tomllib", "typing_extensions", "unittest", "urllib.parse", "urllib.request", "xml", "zipfile",
    "zlib",
}  # fmt: skip

OF_OTHERS = (
    "vetstack.code.", "vetstack.delivery.", "vetstack.iam.federation", "vetstack.iam.passing", "vetstack.iam.victims",
    "vetstack.imdsv1", "vetstack.instances", "vetstack.machine", "vetstack.metadata_options", "vetstack.terraform.",
)  # fmt: skip
"""Beginnings of modules that only templates need with code, artifacts, machines, tokens or passed roles in them."""

GRANTING = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::481037652914:root"}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: metrics
          PolicyDocument: {Statement: [{Effect: Allow, Action: "cloudwatch:ListMetrics", Resource: "*"}]}
"""


@pytest.mark.parametrize(("text", "finds"), [(SMALL, ""), (GRANTING, "VET101")])
def test_a_small_check_loads_nothing_heavy(text: str, finds: str, tmp_path: Path) -> None:
    """Start-up is most of what a commit hook waits for."""
    template = tmp_path / "small.yaml"
    template.write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(ENGINE.parent)}
    command = [sys.executable, "-c", PROBE, str(template)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=True)
    loaded = set(run.stderr.split())
    assert "vetstack.review" in loaded, run.stderr
    assert "1 CloudFormation template" in run.stdout or finds in run.stdout
    assert finds in run.stdout
    assert loaded & HEAVY == set()
    assert [module for module in loaded if module.startswith(OF_OTHERS)] == []


def test_quick_looks_miss_no_type() -> None:
    """Where they see nothing, a rule reads nothing more."""
    from vetstack import carriers, instances, machines, metadata_options
    from vetstack.delivery import artifacts, lookups, runbooks
    from vetstack.rules import imdsv1_allowed

    named = (artifacts.IMAGES, artifacts.OBJECTS, artifacts.ADDRESSES, artifacts.REPOSITORIES, artifacts.DOCUMENTS)
    assert {lookups.AMI_LOOKUP}.union(*named) <= carriers.NAMERS
    assert runbooks.RUNS.keys() <= carriers.RUNNERS
    followed = (instances.FOLLOWS, instances.FOLLOWS_FOR_SOME)
    options = (metadata_options.OPTIONS, metadata_options.OPTION_SETTINGS, metadata_options.NO_OPTIONS)
    assert set().union(machines.STARTED, machines.MADE_BY_SERVICE, *followed, *options) == imdsv1_allowed.MACHINES


def expressions(value: object) -> Iterator[Regex]:
    if isinstance(value, Regex):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from expressions(one)


def test_every_expression_is_one() -> None:
    """They are compiled when they are first used, which may be in nobody's test."""
    names = [".".join(path.relative_to(ENGINE.parent).with_suffix("").parts) for path in modules()]
    every = [(name, one) for name in names for one in expressions(list(vars(import_module(name)).values()))]
    assert len(every) > 100
    assert [name for name, one in every if not one.compiled] == []


def test_records_are_made_in_the_quick_way() -> None:
    slow = re.compile(r"^from typing import .*\bNamedTuple\b", re.MULTILINE)
    assert [path.name for path in modules() if slow.search(path.read_text("utf-8"))] == []


OPENED = """\
import contextlib, io, os, sys
opened = set()
def watch(event, arguments):
    if event == "open" and os.path.join("vetstack", "data") in str(arguments[0]):
        opened.add(os.path.basename(str(arguments[0])))
sys.addaudithook(watch)
from vetstack import cli
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    cli.main(["check", sys.argv[1]])
print(*sorted(opened))
"""


def test_a_small_check_reads_only_the_facts_that_it_needs(tmp_path: Path) -> None:
    """The facts are most of what is installed: actions and policies are read for a template that grants something."""
    template = tmp_path / "small.yaml"
    template.write_text(SMALL)
    environment = {**os.environ, "PYTHONPATH": str(ENGINE.parent)}
    command = [sys.executable, "-c", OPENED, str(template)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=True)
    assert set(run.stdout.split()) == set()
