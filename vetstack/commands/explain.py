"""`vetstack explain`: what a rule is about, and what to ask the vendor for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vetstack.commands import terminal
from vetstack.commands.interface import UsageError
from vetstack.configuration import nearest

if TYPE_CHECKING:
    import argparse

    from vetstack.commands.interface import Commands


def add(commands: Commands) -> None:
    explain = commands.add_parser(
        "explain", help="say what a rule is about, and the remedy", formatter_class=terminal.formatter
    )
    explain.add_argument("rule", metavar="RULE", help="a rule's number or name: VET101 or missing-external-id")


def run(arguments: argparse.Namespace) -> tuple[str, int]:
    from vetstack.reports import prose
    from vetstack.rules import all_rules, rule_named

    name: str = arguments.rule
    in_cfn_lint = len(name) == 5 and name[0] in "EWI" and name[1] == "9"
    rule = rule_named(name[2:] if in_cfn_lint else name)
    if rule is None:
        known = [each for rule in all_rules() for each in (rule.name, rule.id)]
        raise UsageError(f'there is no rule "{name}"{nearest(name, known) or "; vetstack rules lists them"}')
    return prose.explanation(rule, terminal.width()), 0
