"""`vetstack stackset`: whether a template can be rolled out as a StackSet, and what that will ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vetstack.commands import terminal
from vetstack.commands.interface import BROKEN, FOUND
from vetstack.commands.options import add_configuration, add_roll_out, add_var_files, settings_of

if TYPE_CHECKING:
    import argparse

    from vetstack.commands.interface import Commands
    from vetstack.fitness import Unit
    from vetstack.reports.stackset import Sheet
    from vetstack.settings import Settings

_ABOUT: Final = """\
Says whether a template can be rolled out over many accounts as a StackSet: with service-managed or
self-managed permissions or a custom execution role, in one region and in many. Then what stops it
or needs care, with lines, and what the roll-out will ask for: capabilities, parameters, the size.
What the stack sets inside a template deploy is judged as they deploy it.
"""

_EXAMPLES: Final = """\
examples:
  vetstack stackset vendor.yaml
  vetstack stackset --regions eu-central-1,eu-west-1 vendor.yaml
  vetstack stackset --format json terraform/onboarding

exit status: 0; 1 when it cannot be rolled out as --stackset and --regions say (by default with
service-managed permissions in many regions); 2 when something could not be read, or wrong usage.
"""


def add(commands: Commands) -> None:
    stackset = commands.add_parser(
        "stackset",
        help="say whether a template can be rolled out as a StackSet",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=terminal.formatter,
        allow_abbrev=False,
    )
    stackset.add_argument("path", metavar="TEMPLATE", help="a template, or a folder to search for templates")
    stackset.add_argument("--format", choices=["text", "json"], default="text", help="how to report (default: text)")
    add_roll_out(stackset)
    add_var_files(stackset)
    add_configuration(stackset)


def run(arguments: argparse.Namespace) -> tuple[str, int]:
    settings = settings_of(arguments)
    from vetstack.fitness import units_of
    from vetstack.load import load
    from vetstack.reports.stackset import Sheet

    loaded = load([arguments.path], var_files=settings.var_files)
    sheet = Sheet(arguments.path, units_of(loaded.templates, settings), loaded.unread)
    failing = any(_fails(unit, settings) for unit in sheet.units)
    return _rendered(sheet, settings, arguments.format), BROKEN if sheet.unread else FOUND if failing else 0


def _fails(unit: Unit, settings: Settings) -> bool:
    """Whether a template cannot be rolled out in the way that the user means, or that its stack set does."""
    model = "self-managed" if settings.stackset == "self-managed" else "service-managed"
    reach = "many" if settings.many_regions else "one"
    return any(
        verdict.answer == "no" and (unit.address is not None or verdict.case == (model, reach))
        for verdict in unit.verdicts
    )


def _rendered(sheet: Sheet, settings: Settings, form: str) -> str:
    if form == "json":
        from vetstack.reports import stackset_json

        return stackset_json.render(sheet, settings)
    from vetstack.reports import stackset
    from vetstack.reports.interface import View

    return stackset.render(sheet, settings, View(True, terminal.width(), terminal.colors(), terminal.encoding()))
