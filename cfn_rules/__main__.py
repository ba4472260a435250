"""`python -m cfn_rules [--trust-suppressions] [cfn-lint's options] FILE...`, for commit hooks.

It is cfn-lint with vetstack's rules over those of the files that are templates: a hook is handed every staged file that
might be one. The files are the names of existing files at the end of the line, so the value of an option that is such a
name too is written `--option=value`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from vetstack.load import load
from vetstack.searching import TERRAFORM_SUFFIXES

TRUST = "--trust-suppressions"


def command_line(arguments: Sequence[str]) -> list[str] | None:
    """What to call cfn-lint with, or None when none of the files is a template or might be a broken one.

    Raises SystemExit, with what to do instead, for Terraform.
    """
    named = 0
    while named < len(arguments) and os.path.isfile(arguments[-1 - named]):
        named += 1
    options, files = arguments[: len(arguments) - named], arguments[len(arguments) - named :]
    modules = [file for file in files if file.endswith(TERRAFORM_SUFFIXES)]
    if modules:
        raise SystemExit(
            f"cfn-lint reads CloudFormation, and {modules[0]} is Terraform: `vetstack check {modules[0]}` vets it, and "
            "so does Checkov with checkov_checks/ (docs/doors.md)"
        )
    loaded = load(files, candidates=True)
    templates = {template.file for template in loaded.templates if template.kind == "cloudformation"}
    templates |= {gap.file for gap in loaded.unread}
    wanted = [file for file in files if file in templates]
    passed_on = [option for option in options if option not in (TRUST, "--")]
    return ["--append-rules", str(Path(__file__).parent), *passed_on, "--", *wanted] if wanted else None


def main() -> None:
    arguments = command_line(sys.argv[1:])
    if arguments is None:
        return
    if TRUST in sys.argv:
        os.environ["VETSTACK_TRUST_SUPPRESSIONS"] = "1"
    from cfnlint.runner.cli import main as cfn_lint

    sys.argv = ["cfn-lint", *arguments]
    cfn_lint()


if __name__ == "__main__":
    main()
