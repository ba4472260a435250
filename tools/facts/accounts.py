"""accounts.tsv: which account is whose, from a clone of fwdcloudsec/known_aws_accounts."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import yaml

from facts.packing import write_table


def make(checkout: Path, commit: str) -> None:
    """Writes accounts.tsv: account, `aws` or `vendor`, names. Raises CalledProcessError without the commit."""
    source = git(checkout, "show", f"{commit}:accounts.yaml")
    names: dict[str, dict[str, None]] = {}
    own: set[str] = set()
    for entry in yaml.safe_load(source):
        for account in entry["accounts"]:
            if len(account) != 12 or not account.isdigit():
                raise ValueError(f"{entry['name']}: {account!r} is not an account id")
            names.setdefault(account, {})[" ".join(entry["name"].split())] = None
            if entry.get("type") == "aws":
                own.add(account)
    rows = [f"{account}\t{'aws' if account in own else 'vendor'}\t{', '.join(names[account])}" for account in names]
    provenance = {
        "source": "accounts.yaml of the repository fwdcloudsec/known_aws_accounts",
        "commit": git(checkout, "rev-parse", f"{commit}^{{commit}}").decode().strip(),
        "source_sha256": hashlib.sha256(source).hexdigest(),
        "licence": "Apache-2.0",
        "date": git(checkout, "log", "-1", "--format=%cs", commit).decode().strip(),
    }
    write_table("accounts.tsv", rows, provenance)


def git(checkout: Path, *arguments: str) -> bytes:
    """What git prints about a clone."""
    return subprocess.run(["git", "-C", str(checkout), *arguments], check=True, capture_output=True).stdout
