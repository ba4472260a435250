"""`vetstack grants`: who can become each identity of a template, and what it may do then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vetstack.commands import terminal
from vetstack.commands.interface import BROKEN, UsageError
from vetstack.commands.options import add_configuration, add_var_files, settings_of
from vetstack.configuration import nearest

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from vetstack.commands.interface import Commands
    from vetstack.iam.holders import Holder
    from vetstack.reports.grants import Survey
    from vetstack.template import Template

_ABOUT: Final = """\
Says of each role, user, group and permission set who can become it and what it may do, everything
added up that the template attaches to it: by service and access level, on what, under which
condition and setting, and on which lines. Then what that leads to: the ways in which it gains the
permissions of others.
"""

_EXAMPLES: Final = """\
examples:
  vetstack grants vendor.yaml
  vetstack grants vendor.yaml VendorRole
  vetstack grants --format json terraform/onboarding

exit status: 0, or 2 when something could not be read, there is no such identity, or wrong usage.
"""

NAMED: Final = 12
"""Identities that a message lists."""


def add(commands: Commands) -> None:
    grants = commands.add_parser(
        "grants",
        help="say what each identity may do",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=terminal.formatter,
        allow_abbrev=False,
    )
    grants.add_argument("path", metavar="TEMPLATE", help="a template, or a folder to search for templates")
    grants.add_argument(
        "identity", nargs="?", metavar="IDENTITY", help="its logical id or address, or how that ends (default: each)"
    )
    grants.add_argument("--format", choices=["text", "json"], default="text", help="how to report (default: text)")
    add_var_files(grants)
    add_configuration(grants)


def run(arguments: argparse.Namespace) -> tuple[str, int]:
    settings = settings_of(arguments)
    from vetstack.iam.portraits import portrait_of, subjects_of
    from vetstack.load import load
    from vetstack.reports.grants import Survey

    loaded = load([arguments.path], var_files=settings.var_files)
    everybody = [(holder, template) for template in loaded.templates for holder in subjects_of(template)]
    asked_for = _named(arguments.identity, everybody) if arguments.identity is not None else everybody
    survey = Survey(
        files=list(dict.fromkeys((template.file, template.kind) for template in loaded.templates)),
        portraits=[portrait_of(holder, template, settings) for holder, template in asked_for],
        undecided=list(dict.fromkeys(entry for template in loaded.templates for entry in template.undecided)),
        unread=loaded.unread,
    )
    return _rendered(survey, arguments.format), BROKEN if survey.unread else 0


def _rendered(survey: Survey, form: str) -> str:
    if form == "json":
        from vetstack.reports import grants_json

        return grants_json.render(survey)
    from vetstack.reports import grants_text
    from vetstack.reports.interface import View

    return grants_text.render(survey, View(True, terminal.width(), terminal.colors(), terminal.encoding()))


def _named(wanted: str, everybody: Sequence[tuple[Holder, Template]]) -> list[tuple[Holder, Template]]:
    """The identities with an address or, failing that, the one whose address ends so. Raises UsageError."""
    end = wanted.casefold()
    exact = [one for one in everybody if one[0].address.casefold() == end]
    if exact:
        return exact
    found = [one for one in everybody if end and one[0].address.casefold().endswith(end)]
    addresses = list(dict.fromkeys(holder.address for holder, _ in found or everybody))
    if len(addresses) == 1 and found:
        return found
    listed = ", ".join(addresses[:NAMED]) + (f" and {len(addresses) - NAMED} more" if len(addresses) > NAMED else "")
    if found:
        raise UsageError(f'"{wanted}" is how several identities end: {listed}')
    known = f"; there are {listed}" if listed else ", nor any other"
    raise UsageError(f'there is no identity "{wanted}"{nearest(wanted, addresses) or known}')
