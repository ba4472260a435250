"""What the tests of the command line share: templates, rules that do not change, and the real command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from vetstack.findings import Finding, Severity
from vetstack.position import Position
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

ROOT = Path(__file__).parent.parent

GOOD = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Topic:
    Type: AWS::SNS::Topic
"""
BAD = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Server:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      InstanceType: t3.small
"""


class OnEverything(Rule):
    """Finds fault with every resource of a type that its severity is named after."""

    number: ClassVar[int] = 999
    name: ClassVar[str] = "on-everything"
    severities: ClassVar[tuple[Severity, ...]] = ("error", "warning", "note")
    title = problem = danger = remedy = before = after = "A rule of the tests."

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        for severity in self.severities:
            for resource in template.resources.values():
                if resource.type.lower().endswith(severity):
                    yield self.finding(severity, resource.at, resource.address, f"{settings.stackset} it is.")


def template(folder: Path, *types: str, name: str = "t.yaml") -> str:
    resources = "".join(f"  R{number}:\n    Type: AWS::Acme::{type}\n" for number, type in enumerate(types))
    (folder / name).write_text(f'AWSTemplateFormatVersion: "2010-09-09"\nResources:\n{resources}')
    return name


def place(line: int) -> Position:
    return Position("t.yaml", line, 1, line, 2)


def run(*arguments: str, cwd: Path, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """The real command, with the real rules."""
    variables = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], **(environment or {})}
    command = [sys.executable, "-m", "vetstack", *arguments]
    return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, timeout=120)
