"""What one small template costs: vetstack against a plain YAML parse, cfn-lint and Checkov, in one run.

    make bench [ARGS="TEMPLATE --rounds 20"]

It counts the processor time of each process, user and system together, in turns, and prints medians and ratios:
ratios carry over from one machine to another, times do not.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

BIN = Path(sys.executable).parent
SMALL = Path(__file__).parent / "small.yaml"
LOAD = """\
import sys, yaml
yaml.CSafeLoader.add_multi_constructor("!", lambda loader, tag, node: getattr(loader, f"construct_{node.id}")(node))
yaml.load(open(sys.argv[1], "rb"), Loader=yaml.CSafeLoader)
"""
"""The least that any program does that reads a template; short intrinsics are read as what they are applied to."""


class Contender(NamedTuple):
    """command: to run before the template's path; statuses: the exit statuses of a run that did its work;
    share: one in how many rounds it takes part in.
    """

    name: str
    command: tuple[str, ...]
    statuses: frozenset[int]
    share: int = 1


VETSTACK = Contender("vetstack check", (str(BIN / "vetstack"), "check"), frozenset({0, 1}))
PARSE = Contender("import yaml, CSafeLoader", (sys.executable, "-c", LOAD), frozenset({0}))
CFN_LINT = Contender("cfn-lint", (str(BIN / "cfn-lint"),), frozenset({0, 2, 4, 6, 8, 10, 12, 14}), 4)
CHECKOV = Contender(
    "checkov",
    (str(BIN / "checkov"), "--framework", "cloudformation", "--skip-download", "--compact", "-f"),
    frozenset({0, 1}),
    4,
)
CONTENDERS = (PARSE, VETSTACK, CFN_LINT, CHECKOV)


def cost(contender: Contender, template: Path) -> float:
    """Seconds of processor time that one run takes. Raises RuntimeError when it did not do its work."""
    process = subprocess.Popen(
        [*contender.command, str(template)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in contender.statuses:
        raise RuntimeError(f"{contender.name} ended with status {process.returncode}:\n{said.decode()}")
    return usage.ru_utime + usage.ru_stime


def measure(contenders: Sequence[Contender], template: Path, rounds: int) -> dict[str, list[float]]:
    """Costs by name. The contenders take turns, so that what slows the machine down slows them all."""
    for contender in contenders:
        cost(contender, template)  # compiles and caches what later runs find
    costs: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for turn in range(rounds):
        for contender in contenders:
            if turn % contender.share == 0:
                costs[contender.name].append(cost(contender, template))
    return costs


def report(costs: dict[str, list[float]]) -> str:
    medians = {name: statistics.median(all_) for name, all_ in costs.items()}
    own = medians[VETSTACK.name]
    lines = [f"{'':26}{'median':>9}{'runs':>6}   to vetstack"]
    lines += [
        f"{name:26}{median * 1000:6.0f} ms{len(costs[name]):6}{median / own:13.2f}" for name, median in medians.items()
    ]
    bounds = [(f"vetstack / {PARSE.name}", own / medians[PARSE.name], "at most", 4)]
    if CFN_LINT.name in medians:
        bounds.append((f"{CFN_LINT.name} / vetstack", medians[CFN_LINT.name] / own, "at least", 8))
    for name, ratio, word, bound in bounds:
        kept = ratio <= bound if word == "at most" else ratio >= bound
        lines.append(f"{name}: {ratio:.2f}, wanted {word} {bound}: {'kept' if kept else 'MISSED'}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("template", nargs="?", type=Path, default=SMALL, help="default bench/small.yaml")
    parser.add_argument("--rounds", type=int, default=20, help="default 20; the hosts take part in every fourth")
    parser.add_argument("--without-hosts", action="store_true", help="leave cfn-lint and Checkov out")
    chosen = parser.parse_args()
    contenders = CONTENDERS[:2] if chosen.without_hosts else CONTENDERS
    print(report(measure(contenders, chosen.template, chosen.rounds)))


if __name__ == "__main__":
    main()
