"""`vetstack rules`: everything that is looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vetstack.commands import terminal

if TYPE_CHECKING:
    import argparse

    from vetstack.commands.interface import Commands


def add(commands: Commands) -> None:
    rules = commands.add_parser(
        "rules", help="list everything that is looked for", formatter_class=terminal.formatter
    )
    rules.add_argument("--format", choices=["text", "json"], default="text", help="how to list (default: text)")


def run(arguments: argparse.Namespace) -> tuple[str, int]:
    from vetstack.reports import prose
    from vetstack.rules import all_rules

    if arguments.format == "json":
        import json

        return json.dumps({"version": 1, "rules": prose.as_data(all_rules())}, indent=2) + "\n", 0
    return prose.rule_list(all_rules(), terminal.width()), 0
