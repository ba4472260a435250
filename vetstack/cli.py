"""The command line: `vetstack check`, `vetstack rules` and `vetstack explain`.

Exit status: 0 nothing found, 1 findings at or above --fail-on, 2 something could not be read, the usage or the
configuration is wrong, or vetstack itself failed; 2 wins over 1.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from vetstack import __version__
from vetstack.configuration import NAME, ConfigurationError, nearest, regions_from, settings_from
from vetstack.findings import SEVERITIES, Severity
from vetstack.reports import FORMATS, renderer
from vetstack.reports.interface import View
from vetstack.reports.typography import shown
from vetstack.settings import STACK_SETS, Settings

if TYPE_CHECKING:
    from vetstack.review import Review

FOUND: Final = 1
BROKEN: Final = 2

WIDEST: Final = 100
NARROWEST: Final = 40

_ABOUT: Final = """\
Vets the infrastructure templates that a vendor hands you: what does deploying this let the vendor,
or whoever breaks into the vendor, do in your account? Nothing is deployed, fetched or sent.
"""

_EXAMPLES: Final = """\
examples:
  vetstack check vendor.yaml              what to ask the vendor about before you deploy this
  vetstack check --strict templates/      every template in a folder, with the minor points
  vetstack explain VET101                 what a finding means, and what to ask for instead
  vetstack rules                          everything that is looked for

`vetstack check --help` says more.
"""

_CHECK: Final = f"""\
Vets CloudFormation templates (YAML or JSON), Terraform modules, and Terraform plans as JSON. A
folder is searched for templates, which are told apart by what is in them; a folder with .tf files
is one module. A file that is named is vetted whatever it is called.

A template is untrusted: comments in it that ask for findings to be left out are reported, and
count only with --trust-suppressions. {NAME} is read from the working directory (if that
is the vendor's own folder, say --no-config), never from the folder that is vetted.
"""

_CHECK_EXAMPLES: Final = """\
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Raises SystemExit where argparse does: after --help and --version, and for wrong usage."""
    arguments = _parser().parse_args(argv)
    try:
        text, status = _COMMANDS[arguments.command](arguments)
    except ConfigurationError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # never a status that could be taken for a verdict
        return _fail(error)
    return _write(text, status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vetstack", description=_ABOUT, epilog=_EXAMPLES, formatter_class=_help, allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"vetstack {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")

    check = commands.add_parser(
        "check",
        help="vet templates",
        description=_CHECK,
        epilog=_CHECK_EXAMPLES,
        formatter_class=_help,
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
    check.add_argument(
        "--stackset",
        choices=STACK_SETS,
        help="how the template will be rolled out over your accounts (default: service-managed)",
    )
    check.add_argument(
        "--regions",
        metavar="A,B",
        help="the regions that it will be deployed to, parted by commas (default: several, whichever)",
    )
    check.add_argument(
        "--var-file",
        action="append",
        default=[],
        metavar="FILE",
        help="what the variables of Terraform modules will be set to (.tfvars or .tfvars.json); may be repeated",
    )
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
    configuration = check.add_mutually_exclusive_group()
    configuration.add_argument("--config", metavar="FILE", help=f"read this {NAME} and no other")
    configuration.add_argument("--no-config", action="store_true", help=f"read no {NAME} at all")

    rules = commands.add_parser("rules", help="list everything that is looked for", formatter_class=_help)
    rules.add_argument("--format", choices=["text", "json"], default="text", help="how to list (default: text)")

    explain = commands.add_parser("explain", help="say what a rule is about, and the remedy", formatter_class=_help)
    explain.add_argument("rule", metavar="RULE", help="a rule's number or name: VET101 or missing-external-id")
    return parser


def _help(prog: str) -> argparse.HelpFormatter:
    """A formatter of known width: left to itself it asks shutil for one, for every argument, help or no help."""
    return argparse.RawDescriptionHelpFormatter(prog, width=_width())


def _check(arguments: argparse.Namespace) -> tuple[str, int]:
    settings = _settings(arguments)
    from vetstack.review import review

    outcome = review(arguments.paths, settings, candidates=arguments.candidates)
    strict = arguments.strict or arguments.fail_on == "note"
    view = View(strict, _width(), _colors(), _encoding())
    return renderer(arguments.format)(outcome, settings, view), exit_status(outcome, arguments.fail_on)


def exit_status(outcome: Review, fail_on: Severity) -> int:
    """What a review comes to for the shell."""
    if outcome.unread:
        return BROKEN
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return FOUND if any(finding.severity in failing for finding in outcome.findings) else 0


def _settings(arguments: argparse.Namespace) -> Settings:
    """The configuration, with what the command line says instead. Raises ConfigurationError."""
    settings = Settings() if arguments.no_config else settings_from(arguments.config, os.getcwd())
    if arguments.var_file:
        settings = settings._replace(var_files=tuple(arguments.var_file))
    if arguments.trust_suppressions:
        settings = settings._replace(trust_suppressions=True)
    if arguments.stackset:
        settings = settings._replace(stackset=arguments.stackset)
    if arguments.regions is not None:
        try:
            regions = regions_from([name.strip() for name in arguments.regions.split(",") if name.strip()])
        except ValueError as error:
            raise ConfigurationError(f"--regions: {error}") from None
        settings = settings._replace(regions=regions)
    return settings


def _rules(arguments: argparse.Namespace) -> tuple[str, int]:
    from vetstack.reports import prose
    from vetstack.rules import all_rules

    if arguments.format == "json":
        import json

        return json.dumps({"version": 1, "rules": prose.as_data(all_rules())}, indent=2) + "\n", 0
    return prose.rule_list(all_rules(), _width()), 0


def _explain(arguments: argparse.Namespace) -> tuple[str, int]:
    from vetstack.reports import prose
    from vetstack.rules import all_rules, rule_named

    name: str = arguments.rule
    in_cfn_lint = len(name) == 5 and name[0] in "EWI" and name[1] == "9"
    rule = rule_named(name[2:] if in_cfn_lint else name)
    if rule is None:
        known = [each for rule in all_rules() for each in (rule.name, rule.id)]
        raise ConfigurationError(f'there is no rule "{name}"{nearest(name, known) or "; vetstack rules lists them"}')
    return prose.explanation(rule, _width()), 0


_COMMANDS: Final = {"check": _check, "rules": _rules, "explain": _explain}


def _encoding() -> str:
    return getattr(sys.stdout, "encoding", None) or "ascii"


def _colors() -> bool:
    """Whether to colour: only for a terminal that can, and not when NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width() -> int:
    """Columns of a line: the terminal's, within what is comfortable to read."""
    said = os.environ.get("COLUMNS", "")
    wide = int(said) if said.isascii() and said.isdigit() else 0
    if not wide and sys.stdout.isatty():
        try:
            wide = os.get_terminal_size(sys.stdout.fileno()).columns
        except OSError:
            wide = 80
    return min(max(wide or WIDEST, NARROWEST), WIDEST)


def _write(text: str, status: int) -> int:
    """Print a report whatever the terminal's encoding; a reader that has gone away (`| head`) is no failure."""
    encoding = _encoding()
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer goes nowhere, or Python tries again at its end and fails with a status of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            return _refuse(f"the report could not be written: {error.strerror}")
    return status


def _refuse(reason: str) -> int:
    sys.stderr.write(f"vetstack: {shown(reason, 'ascii')}\n")
    return BROKEN


def _fail(error: Exception) -> int:
    """Report a mistake of vetstack's own. What the template says may be in it, so it is escaped like anything else."""
    from traceback import format_exception

    for block in format_exception(type(error), error, error.__traceback__):
        for line in block.splitlines():
            sys.stderr.write(shown(line, "ascii") + "\n")
    return _refuse(f"internal error ({type(error).__name__}): nothing was vetted; please report it")
