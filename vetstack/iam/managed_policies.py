"""AWS managed policies: how they are named, and what they say.

How far one reaches is nowhere written down: it is asked of its document, like any other's.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from vetstack.iam.resources import covers, token
from vetstack.packs import facts
from vetstack.position import Position
from vetstack.regex import Regex
from vetstack.values import ABSENT, Hole, Items, Map, Text, Unknown, Value, pieces_of

_ARN: Final = Regex(r"(?:^|:):?aws:policy/(?:[^:]*/)?([\w+=,.@-]+)$", re.IGNORECASE)
_PARTITION: Final = Regex(r"^arn:aws[\w-]*:")
_BARE: Final = Regex(r"[\w+=,.@-]+")


def managed_name(arn: Value) -> str | None:
    """The name of the AWS managed policy that an ARN of any partition and path, or a bare name, stands for.

    None for a customer's own policy and for what is not known to its end. A name that AWS has comes in AWS's letter
    case; whether it has one at all says `document_of`.
    """
    text = _text_of(arn)
    if text is None:
        return None
    found = _ARN.search(text)
    name = found[1] if found else text
    if not found and not _BARE.fullmatch(name):
        return None
    return _known(name) or name


def missing_name(arn: Value) -> str | None:
    """The name of a policy that an ARN says is AWS's or that a bare name stands for, and that AWS does not have."""
    name = managed_name(arn)
    return name if name and not _known(name) else None


def document_of(arn: Value, at: Position) -> Value:
    """The document of an AWS managed policy, standing where it is attached; ABSENT for any other."""
    from vetstack.iam.catalog import policy_document

    name = managed_name(arn)
    document = policy_document(name) if name else None
    return ABSENT if document is None else _located(document, at)


@cache
def policies_date() -> str:
    """The day of the newest of the documents: `2026-09-30`."""
    import json

    files: dict[str, dict[str, str]] = json.loads(facts("META.json"))["files"]
    return files["managed_policies.pack"]["date"]


def managed_among(value: Text | Unknown) -> tuple[str, ...]:
    """The policies of AWS's that an ARN in a condition, or a pattern of ARNs, stands for, in any partition."""
    from vetstack.iam.catalog import policy_names, policy_path

    pieces = ("aws" if isinstance(one, Hole) and one.kind == "partition" else one for one in pieces_of(value))
    text = "".join(token(one) if isinstance(one, Hole) else one for one in pieces).strip()
    glob = _PARTITION.sub("arn:aws:", text)
    if not set("*?") & set(glob):
        name = managed_name(value) if ":" in text else None
        return (name,) if name and _known(name) else ()
    names = sorted(policy_names())
    return tuple(name for name in names if covers(glob, f"arn:aws:iam::aws:policy{policy_path(name)}{name}"))


def _text_of(arn: Value) -> str | None:
    if isinstance(arn, Unknown):
        return "".join(piece if isinstance(piece, str) else "\x00" for piece in arn.pieces).strip()
    return str(arn).strip() if isinstance(arn, Text) else None


def _known(name: str) -> str | None:
    """A name as AWS writes it, None when AWS has no such policy."""
    from vetstack.iam.catalog import policy_named  # most templates name no policy of AWS's

    return policy_named(name)


def _located(data: object, at: Position) -> Value:
    if isinstance(data, dict):
        return Map({key: _located(one, at) for key, one in data.items()}, at, dict.fromkeys(data, at))
    if isinstance(data, list):
        return Items([Text(one, at) if isinstance(one, str) else _located(one, at) for one in data], at)
    return Text(str(data).lower() if isinstance(data, bool) else str(data), at)
