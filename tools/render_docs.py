"""Writes docs/rules/ and the generated parts of other pages from the program; a test demands that they are current.

In README.md and docs/grants.md the fenced block below `<!-- output: vetstack … -->` is what that command prints, and
the lines between `<!-- rules -->` and `<!-- end of rules -->` are the table of rules.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from vetstack.reports.prose import example, paragraphs
from vetstack.rules import all_rules
from vetstack.rules.interface import Rule

ROOT = Path(__file__).parent.parent
MADE = "<!-- Made by `make docs` from {source}. Do not edit. -->\n"
WITH_OUTPUT = (Path("README.md"), Path("docs/grants.md"))
"""Pages that show what commands print."""

HOST_LETTERS = {"error": "E", "warning": "W", "note": "I"}

_OUTPUT = re.compile(r"(<!-- output: (vetstack .*) -->\n\n```text\n)(?:.*\n)*?(?=```\n)")
_TABLE = re.compile(r"(?<=<!-- rules -->\n\n)(.*\n)*?(?=\n<!-- end of rules -->)")


def pages() -> dict[Path, str]:
    """Every generated page, by its path in the project."""
    rendered = {Path("docs/rules") / f"{rule.name}.md": rule_page(rule) for rule in all_rules()}
    rendered[Path("docs/rules/README.md")] = index_page()
    for page in WITH_OUTPUT:
        rendered[page] = filled_in((ROOT / page).read_text("utf-8"))
    return rendered


def rule_page(rule: Rule) -> str:
    source = f"vetstack/rules/{rule.name.replace('-', '_')}.py"
    return f"""\
{MADE.format(source=source)}
# {rule.id} {rule.name}

{rule.title}.

In cfn-lint: {", ".join(f"{id_} ({severity})" for severity, id_ in cfn_lint_ids(rule))}.

## What is wrong

{prose(rule.problem)}

## How it becomes your incident

{prose(rule.danger)}

## What to ask the vendor for

{prose(rule.remedy)}

### Before

```yaml
{example(rule.before)}
```

### After

```yaml
{example(rule.after)}
```
"""


def prose(text: str) -> str:
    """Paragraphs of a rule, wrapped."""
    wrapper = textwrap.TextWrapper(118, break_long_words=False, break_on_hyphens=False)
    return "\n\n".join(wrapper.fill(paragraph) for paragraph in paragraphs(text))


def index_page() -> str:
    return f"{MADE.format(source='vetstack/rules/')}\n# Rules\n\n{table('')}"


def table(folder: str) -> str:
    """The rules as a Markdown table; folder: where the pages are, as seen from the page that holds it."""
    rows = [
        f"| {rule.id} | [{rule.name}]({folder}{rule.name}.md) | {', '.join(id_ for _, id_ in cfn_lint_ids(rule))}"
        f" | {rule.title} |\n"
        for rule in all_rules()
    ]
    return "| rule | name | in cfn-lint | what it says |\n|---|---|---|---|\n" + "".join(rows)


def cfn_lint_ids(rule: Rule) -> Iterator[tuple[str, str]]:
    """Severity and cfn-lint's id of it: E9101 for VET101 as an error."""
    return ((severity, f"{HOST_LETTERS[severity]}9{rule.number:03}") for severity in rule.severities)


def filled_in(text: str) -> str:
    """A page with its generated parts as they have to be."""
    text = _TABLE.sub(lambda _: table("docs/rules/"), text)
    return _OUTPUT.sub(lambda block: block[1] + output(block[2]), text)


def output(command: str) -> str:
    """What a command of vetstack prints, lines wrapped as in a terminal of 100 columns."""
    arguments = shlex.split(command)[1:]
    program = "import sys; from vetstack.cli import main; sys.exit(main())"
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    if run.returncode not in (0, 1):
        raise RuntimeError(f"{command} ended with status {run.returncode}:\n{run.stderr}")
    return "".join(f"{line.rstrip()}\n" for line in run.stdout.splitlines())


def main() -> None:
    rendered = pages()
    for stale in set((ROOT / "docs" / "rules").glob("*.md")) - {ROOT / path for path in rendered}:
        stale.unlink()
    for path, text in rendered.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")
    print(f"{len(rendered)} pages")


if __name__ == "__main__":
    main()
