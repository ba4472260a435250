"""vetstack's door to cfn-lint: one cfn-lint rule for every vetstack rule and severity, made from the registry.

cfn-lint executes this file by its path (`-a cfn_rules`) without making it a module, so nothing here may rely on
`sys.modules`, and every rule class among its names is registered. VET101 is E9101 as an error, W9101 as a warning and
I9101 as a note. A template is vetted once for all of them. Whatever goes wrong ends in E9001, never in silence.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnlint.template import Template

    from vetstack.review import Review
    from vetstack.rules.interface import Rule

UNREAD, UNDECIDED = "E9001", "W9002"
LETTERS = {"error": "E", "warning": "W", "note": "I"}
SECTIONS = ("Parameters", "Outputs", "Conditions", "Mappings", "Rules")
NOWHERE = ["Resources"]
"""The path of what belongs to no resource. Never empty: cfn-lint drops a match without a path as soon as one resource
of the template ignores its rule."""

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
try:
    from vetstack.configuration import settings_from
    from vetstack.position import Position
    from vetstack.reports.typography import shown
    from vetstack.review import review
    from vetstack.rules import all_rules
    from vetstack.settings import Settings

    RULES: tuple[Rule, ...] = all_rules()
    FAILURE = None
except Exception as error:  # a rule must be there all the same, to say that nothing is vetted
    RULES = ()
    FAILURE = f"vetstack cannot be loaded, so nothing was vetted: {type(error).__name__}: {error}"
finally:
    del sys.path[0]


def taken_for_rules(words: list[str]) -> str | None:
    """The template in a command line that cfn-lint's `-a`, which takes every word after it, takes for rules."""
    for number, word in enumerate(words):
        if word in ("-a", "--append-rules"):
            for taken in words[number + 1 :]:
                if taken.startswith("-"):
                    break
                if os.path.isfile(taken) and not taken.endswith(".py"):
                    return taken
    return None


if template := taken_for_rules(sys.argv[1:]):
    # cfn-lint is about to fail with a traceback that does not say why
    raise SystemExit(f"cfn-lint takes every word after -a for rules; write: cfn-lint {template} -a cfn_rules")


def identifier(rule: str, severity: str) -> str:
    """cfn-lint's id of one rule's findings of one severity: E9101 for VET101 as an error."""
    return f"{LETTERS[severity]}9{rule.removeprefix('VET')}"


def path_to(resource: str) -> list[str]:
    """Where in the template a finding belongs; the `ignore_checks` of a resource's Metadata go by it."""
    outer = resource.partition(" > ")[0]
    section, dot, name = outer.partition(".")
    if outer == "Transform":
        return [outer]
    if dot and section in SECTIONS:
        return [section, name]
    return NOWHERE if outer in ("", "Template") else ["Resources", outer]


class InFile:
    """Places findings in the file that cfn-lint reads, by the engine's own positions."""

    def __init__(self, file: str) -> None:
        self._file = file

    def match(self, resource: str, message: str, at: Position) -> RuleMatch:
        if at.file != self._file:  # a template beside this one, which cfn-lint cannot point into
            return RuleMatch(path_to(resource), shown(f"{message} [{at.file}:{at.line}]"))
        location = (at.line - 1, at.column - 1, at.end_line - 1, at.end_column - 1)
        return RuleMatch(path_to(resource), shown(message), location=location)


class Written:
    """A template that cfn-lint has from a pipe, written out again with one key or element a line.

    text: JSON. A finding is placed by the path of the line it is on, for which cfn-lint knows where it came from.
    """

    def __init__(self, template: Any) -> None:
        self._paths: list[list[str | int]] = [[]]
        self.text = "".join(self._written(template, []))

    def match(self, resource: str, message: str, at: Position) -> RuleMatch:
        return RuleMatch(self._paths[at.line - 1] or NOWHERE, shown(message))

    def _written(self, node: Any, path: list[str | int]) -> Iterator[str]:
        if isinstance(node, dict):
            yield "{"
            for number, (key, value) in enumerate(node.items()):
                yield from self._line(number, [*path, key])
                yield f"{json.dumps(str(key))}: "
                yield from self._written(value, [*path, key])
            yield "}"
        elif isinstance(node, list):
            yield "["
            for number, item in enumerate(node):
                yield from self._line(number, [*path, number])
                yield from self._written(item, [*path, number])
            yield "]"
        else:
            yield json.dumps(node, default=str)

    def _line(self, number: int, path: list[str | int]) -> Iterator[str]:
        self._paths.append(path)
        yield ",\n" if number else "\n"


class Vetted:
    """What vetstack says about the template at hand, asked once for all rules."""

    def __init__(self) -> None:
        self._template: Template | None = None
        self._matches: dict[str, list[RuleMatch]] = {}

    def matches(self, template: Template) -> dict[str, list[RuleMatch]]:
        """The matches in one template by cfn-lint's id. Never raises: cfn-lint's id for that is easily switched off."""
        if self._template is not template:
            try:
                self._matches = vet(template)
            except Exception as error:
                reason = FAILURE or f"vetstack failed, so nothing was vetted: {type(error).__name__}: {error}"
                self._matches = {UNREAD: [RuleMatch(NOWHERE, reason.encode("unicode_escape").decode())]}
            self._template = template
        return self._matches


def vet(template: Template) -> dict[str, list[RuleMatch]]:
    """Vet the file that cfn-lint reads or, where there is none, what cfn-lint has read from a pipe."""
    config = os.environ.get("VETSTACK_CONFIG")
    settings = Settings() if config == "" else settings_from(config, os.getcwd())
    if os.environ.get("VETSTACK_TRUST_SUPPRESSIONS") == "1":
        settings = settings._replace(trust_suppressions=True)
    if template.filename:
        return sorted_out(review([template.filename], settings), InFile(template.filename))
    written = Written(template.template)
    with tempfile.TemporaryDirectory(prefix="vetstack-") as folder:
        file = Path(folder, "standard-input.json")
        file.write_text(written.text, encoding="utf-8")
        return sorted_out(review([file], settings), written)


def sorted_out(outcome: Review, places: InFile | Written) -> dict[str, list[RuleMatch]]:
    """A review's findings, undecided and unread entries as matches, by cfn-lint's id."""
    matches: dict[str, list[RuleMatch]] = {}
    for finding in outcome.findings:
        message = f"{finding.message} (when {finding.when})" if finding.when else finding.message
        match = places.match(finding.resource, message, finding.at)
        matches.setdefault(identifier(finding.rule, finding.severity), []).append(match)
    for entry in outcome.undecided:
        matches.setdefault(UNDECIDED, []).append(places.match(entry.resource, entry.reason, entry.at))
    for gap in outcome.unread:
        line, column = max(gap.line, 1), max(gap.column, 1)
        at = Position(gap.file, line, column, line, column + 1)
        matches.setdefault(UNREAD, []).append(places.match("Template", gap.reason, at))
    return matches


VETTED = Vetted()


class VetstackRule(CloudFormationLintRule):
    """What the rules have in common. It has no id, so cfn-lint leaves it out."""

    def match(self, cfn: Template) -> list[RuleMatch]:
        return VETTED.matches(cfn).get(self.id, [])


def classes() -> dict[str, type[VetstackRule]]:
    """The rules by cfn-lint's id. E9001 is always among them."""
    made = {UNREAD: made_class(UNREAD, "vetstack could not vet the template", FAILURE or "", "", "unread")}
    for rule in RULES:
        for severity in rule.severities:
            id_ = identifier(rule.id, severity)
            prose = " ".join(f"{rule.problem} {rule.danger}".split())
            made[id_] = made_class(id_, f"{rule.id} {rule.title}", prose, rule.uri, rule.name)
    return made


def made_class(id_: str, title: str, prose: str, url: str, name: str) -> type[VetstackRule]:
    texts = {"id": id_, "shortdesc": title, "description": prose, "source_url": url, "tags": ["vetstack", name]}
    return type(id_, (VetstackRule,), texts)


CLASSES = classes()
globals().update(CLASSES)
