"""`vetstack check`: the review of templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vetstack.commands import terminal
from vetstack.commands.interface import BROKEN, FOUND
from vetstack.commands.options import add_configuration, add_roll_out, add_var_files, settings_of
from vetstack.configuration import NAME
from vetstack.findings import SEVERITIES, Severity
from vetstack.reports import FORMATS, renderer
from vetstack.reports.interface import View

if TYPE_CHECKING:
    import argparse

    from vetstack.commands.interface import Commands
    from vetstack.review import Review

_ABOUT: Final = f"""\
Vets CloudFormation templates (YAML or JSON), Terraform modules, and Terraform plans as JSON. A
folder is searched for templates, which are told apart by what is in them; a folder with .tf files
is one module. A file that is named is vetted whatever it is called.

A template is untrusted: comments in it that ask for findings to be left out are reported, and
count only with --trust-suppressions. {NAME} is read from the working directory (if that
is the vendor's own folder, say --no-config), never from the folder that is vetted.
"""

_EXAMPLES: Final = """\
examples:
  vetstack check vendor.yaml
  vetstack check terraform/onboarding
  vetstack check --format json templates/ > report.json
  vetstack check --fail-on error vendor.yaml          exit 0 when there are only warnings
  vetstack check --stackset off vendor.yaml           it will be deployed once, not as a StackSet
  vetstack check --trust-suppressions *.template      on your own templates, as a commit hook

exit status: 0 nothing found; 1 findings at or above --fail-on; 2 something could not be read, or
wrong usage.
"""


def add(commands: Commands) -> None:
    check = commands.add_parser(
        "check",
        help="vet templates",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=terminal.formatter,
        allow_abbrev=False,
    )
    check.add_argument("paths", nargs="+", metavar="PATH", help="a template, or a folder to search for templates")
    check.add_argument("--format", choices=list(FORMATS), default="text", help="how to report (default: text)")
    check.add_argument("--strict", action="store_true", help="show notes too, not only errors and warnings")
    check.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        default="warning",
        help="the mildest finding that makes the exit status 1 (default: warning); note implies --strict",
    )
    add_roll_out(check)
    add_var_files(check)
    check.add_argument(
        "--trust-suppressions",
        action="store_true",
        help="let the template leave findings out; for the template's own author",
    )
    check.add_argument(
        "--candidates",
        action="store_true",
        help="skip files that are no templates even when they are named; for commit hooks",
    )
    add_configuration(check)


def run(arguments: argparse.Namespace) -> tuple[str, int]:
    settings = settings_of(arguments)
    from vetstack.review import review

    outcome = review(arguments.paths, settings, candidates=arguments.candidates)
    strict = arguments.strict or arguments.fail_on == "note"
    view = View(strict, terminal.width(), terminal.colors(), terminal.encoding())
    return renderer(arguments.format)(outcome, settings, view), exit_status(outcome, arguments.fail_on)


def exit_status(outcome: Review, fail_on: Severity) -> int:
    """What a review comes to for the shell."""
    if outcome.unread:
        return BROKEN
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return FOUND if any(finding.severity in failing for finding in outcome.findings) else 0
