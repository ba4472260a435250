"""`python -m checkov_checks [--trust-suppressions] [Checkov's options] FILE...`, for commit hooks.

It is Checkov with vetstack's checks over those of the files that are templates or plans, and over the modules that the
others of them are a part of. The files are the names of existing files at the end of the line, so the value of an
option that is such a name too is written `--option=value`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from vetstack.load import load
from vetstack.searching import TERRAFORM_SUFFIXES

TRUST = "--trust-suppressions"
FRAMEWORKS = {"cloudformation": "cloudformation", "terraform": "terraform", "terraform-plan": "terraform_plan"}


def command_line(arguments: Sequence[str]) -> list[str] | None:
    """What to call Checkov with, or None when none of the files is a template or might be a broken one.

    Of a module Checkov is given every file: what was not changed may be what the change makes wrong.
    """
    named = 0
    while named < len(arguments) and os.path.isfile(arguments[-1 - named]):
        named += 1
    options, files = arguments[: len(arguments) - named], arguments[len(arguments) - named :]
    modules = {os.path.dirname(file) for file in files if file.endswith(TERRAFORM_SUFFIXES)}
    others = [file for file in files if not file.endswith(TERRAFORM_SUFFIXES)]
    loaded = load(others, candidates=True)
    kinds = {template.file: template.kind for template in loaded.templates}
    broken = {gap.file for gap in loaded.unread}
    wanted = [file for file in others if file in kinds or file in broken]
    wanted += [
        os.path.join(folder, name)
        for folder in sorted(modules)
        for name in sorted(os.listdir(folder or os.curdir))
        if name.endswith(TERRAFORM_SUFFIXES)
    ]
    if not wanted:
        return None
    frameworks = {FRAMEWORKS[kinds.get(file, "cloudformation")] for file in others if file in wanted}
    if modules:
        frameworks |= {"terraform", "terraform_json"}
    passed_on = [option for option in options if option not in (TRUST, "--")]
    given = [word for file in wanted for word in ("--file", file)]
    shape = ["--quiet", "--compact", "--skip-download", "--framework", *sorted(frameworks)]
    return [*shape, "--external-checks-dir", str(Path(__file__).parent), *passed_on, *given]


def main() -> int | None:
    arguments = command_line(sys.argv[1:])
    if arguments is None:
        return 0
    if TRUST in sys.argv:
        os.environ["VETSTACK_TRUST_SUPPRESSIONS"] = "1"
    # what is in none of Checkov's graphs is nobody's failure; vetstack itself says so of modules
    os.environ.setdefault("CKV_PARSE_ERROR_FAIL", "true")
    from checkov.main import Checkov

    return Checkov(argv=arguments).run()


if __name__ == "__main__":
    sys.exit(main())
