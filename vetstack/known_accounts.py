"""Whose account an id is, by the public list of known accounts. Loaded when the first rule asks."""

from __future__ import annotations

from functools import cache

from vetstack.packs import facts
from vetstack.records import NamedTuple


class Owner(NamedTuple):
    """name: the vendor or the AWS service, several joined by a comma; aws: whether the account is AWS's own."""

    name: str
    aws: bool


def owner_of(account_id: str) -> Owner | None:
    """The owner of a 12-digit account id; None when the list does not know it.

    Source: fwdcloudsec/known_aws_accounts; the commit stands in data/META.json. Being known is no reason to be trusted.
    """
    line = _lines().get(account_id)
    if line is None:
        return None
    _, kind, name = line.split("\t")
    return Owner(name, kind == "aws")


@cache
def _lines() -> dict[str, str]:
    return {line.partition("\t")[0]: line for line in facts("accounts.tsv").splitlines() if line[:1] != "#"}
