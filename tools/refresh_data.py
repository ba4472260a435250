"""Makes the facts in vetstack/data/ from where they are published. Never run by vetstack itself.

    python tools/refresh_data.py all                  everything that comes from the pinned packages
    python tools/refresh_data.py paths                one file of those: catalog, policies, mutations, regions,
                                                      serverless, paths
    python tools/refresh_data.py accounts CHECKOUT    a clone of fwdcloudsec/known_aws_accounts

`make data` downloads the packages that facts/requirements.txt pins and runs the first. Each file and its entry in
META.json are byte for byte the same for the same source.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from facts import accounts, catalog, mutations, paths, policies, regions, serverless

WHEELS = Path(__file__).parent.parent / ".venv" / "facts"
FROM_WHEELS = {
    "catalog": catalog.make,
    "policies": policies.make,
    "regions": regions.make,
    "mutations": mutations.make,
    "serverless": serverless.make,
}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in ("all", "paths", *FROM_WHEELS):
        one = commands.add_parser(name)
        one.add_argument("--wheels", type=Path, default=WHEELS, help=f"folder of the packages (default {WHEELS.name})")
        if name in ("all", "paths"):
            one.add_argument("--pathfinding", type=Path, help=f"a clone of {paths.PATHFINDING}, to compare with")
    one = commands.add_parser("accounts")
    one.add_argument("checkout", type=Path, help="a clone, bare or not")
    one.add_argument("--commit", default="HEAD", help="the commit to take (default HEAD)")
    chosen = parser.parse_args(arguments)
    if chosen.command == "accounts":
        accounts.make(chosen.checkout, chosen.commit)
        return
    for name, make in FROM_WHEELS.items():
        if chosen.command in ("all", name):
            make(chosen.wheels)
    if chosen.command in ("all", "paths"):
        paths.make(chosen.wheels, chosen.pathfinding)


if __name__ == "__main__":
    main()
