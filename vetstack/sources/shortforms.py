"""CloudFormation's short intrinsics as the long form, so that nothing after this needs to know both."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from vetstack.sources.interface import Node, Scalar, Sequence
from vetstack.sources.place import position_in

_STANDARD: Final = "tag:yaml.org,2002:"
_BARE: Final = frozenset({"Ref", "Condition"})
"""The two intrinsics whose long form has no `Fn::`."""

GET_ATT: Final = "Fn::GetAtt"


@lru_cache(maxsize=64)
def long_form(tag: str) -> str | None:
    """The key that a tag stands for: `Ref`, `Fn::Sub`. None for tags that only name a type (`!!str`, `!`).

    A tag that CloudFormation does not know becomes a function of that name, which no front end knows either.
    """
    name = tag.lstrip("!")
    if not name or name.startswith(_STANDARD):
        return None
    return name if name in _BARE or name.startswith("Fn::") else f"Fn::{name}"


def types_as_text(tag: str) -> bool:
    """Whether a tag says that a scalar is a text whatever it looks like: `!!str`, and the `!` alone."""
    return tag in ("!", f"{_STANDARD}str")


def attribute_path(value: Node) -> Node:
    """The value of a GetAtt: `Role.Arn` as the list [Role, Arn], cut at the first dot. Anything else stays."""
    if not isinstance(value, Scalar) or "." not in value.text:
        return value
    dot = value.text.index(".")
    name = Scalar(value.text[:dot], position_in(value, 0, dot), value.plain)
    attribute = Scalar(value.text[dot + 1 :], position_in(value, dot + 1, len(value.text) - dot - 1), value.plain)
    return Sequence(value.at, [name, attribute])
