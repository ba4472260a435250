"""Whose account an id is, by the public list of known accounts. Loaded when the first rule asks."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple


class Owner(NamedTuple):
    """name: the vendor or the AWS service, several joined by a comma; aws: whether the account is AWS's own."""

    name: str
    aws: bool


def owner_of(account_id: str) -> Owner | None:
    """The owner of a 12-digit account id; None when the list does not know it.

    Source: fwdcloudsec/known_aws_accounts; the commit stands in data/META.json. Being known is no reason to be trusted.
    """
    return _owners().get(account_id)


@cache
def _owners() -> dict[str, Owner]:
    text = (Path(__file__).parent / "data" / "accounts.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {account: Owner(name, kind == "aws") for account, kind, name in rows}
