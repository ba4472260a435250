"""The Parameters section: what each parameter is, and which values a deployer may give it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from vetstack.cloudformation import patterns
from vetstack.guards import Domain
from vetstack.regex import Regex
from vetstack.sources.interface import Mapping, Node, Scalar, Sequence
from vetstack.template import Parameter
from vetstack.values import ABSENT, Items, Text, Value

_NUMBER = Regex(r"[+-]?\d{1,30}(\.\d{0,30})?")

ALLOWED_LIMIT: Final = 40
"""AllowedValues that are told apart. Of a longer list those are that grant by themselves; the rest is an unknown."""

GRANTING_LIMIT: Final = 120
"""How many of these; past it none is."""

_GRANTING: Final = Regex(r"arn:|\*|[a-z]:[A-Z]|\d{12}")
"""What ARNs, wildcards, actions and accounts are known by: regions, sizes and versions of anything have none of it."""

_EXISTING: Final = ("AWS::", "List<AWS::")
"""Beginnings of types whose value must be the name or id of something that exists in the account, so never empty."""


def is_list_type(type_name: str) -> bool:
    """Whether a Ref to a parameter of this type gives a list."""
    return type_name == "CommaDelimitedList" or type_name.startswith("List<") or "<List<" in type_name


def is_looked_up(type_name: str) -> bool:
    """Whether the value given is the name of a Systems Manager parameter that holds the value."""
    return type_name.startswith("AWS::SSM::Parameter::Value<")


def told_apart(allowed: Collection[str]) -> list[str]:
    """The AllowedValues that a review looks at one by one."""
    granting = [str(one) for one in allowed if _GRANTING.search(one)]
    if len(granting) > GRANTING_LIMIT:
        granting = []
    return [str(one) for one in allowed] if len(allowed) - len(granting) <= ALLOWED_LIMIT else granting


def read_parameter(name: str, key: Scalar, node: Node, scope: str) -> Parameter:
    """One entry of the section; what is malformed in it counts as not given."""
    body = node if isinstance(node, Mapping) else Mapping(node.at)
    via = (f"{scope}Parameters.{name}",)
    type_name = _scalar(body, "Type") or "String"
    default: Value = ABSENT
    given = body.get("Default")
    if isinstance(given, Scalar) and not given.null:
        default = Text(given.text, given.at, via)
    allowed = body.get("AllowedValues")
    return Parameter(
        address=via[0],
        name=name,
        type=type_name,
        default=default,
        allowed=tuple(Text(one.text, one.at, via) for one in allowed.items if isinstance(one, Scalar))
        if isinstance(allowed, Sequence)
        else None,
        admits_empty=_admits(body)(""),
        no_echo=(_scalar(body, "NoEcho") or "").lower() == "true",
        at=key.at,
        description=_scalar(body, "Description") or "",
    )


def domain_of(parameter: Parameter, node: Node) -> Domain:
    """What a Ref to the parameter admits.

    A list parameter's AllowedValues bind its elements, and those of one that is looked up bind the name of what
    holds the value, so the whole is left open.
    """
    body = node if isinstance(node, Mapping) else Mapping(node.at)
    if is_looked_up(parameter.type):
        return Domain(None, _is_given)
    if is_list_type(parameter.type):
        return Domain(None, lambda value: True)
    allowed = tuple(str(one) for one in parameter.allowed) if parameter.allowed is not None else None
    return Domain(allowed, _admits(body))


def as_value(parameter: Parameter, text: Text) -> Value:
    """A text given to the parameter, as a Ref sees it."""
    if not is_list_type(parameter.type):
        return text
    parts = [part.strip() for part in text.split(",")] if text else []
    return Items([Text(part, text.at, text.via) for part in parts], text.at, text.via)


def _scalar(body: Mapping, key: str) -> str | None:
    node = body.get(key)
    return node.text if isinstance(node, Scalar) and not node.null else None


def _is_given(value: str) -> bool:
    return value != ""


def _admits(body: Mapping) -> Callable[[str], bool]:
    allowed = body.get("AllowedValues")
    listed = {one.text for one in allowed.items if isinstance(one, Scalar)} if isinstance(allowed, Sequence) else None
    shortest, longest = _length(body, "MinLength", 0), _length(body, "MaxLength", None)
    pattern = _scalar(body, "AllowedPattern")
    type_name = _scalar(body, "Type") or "String"
    smallest, largest = _number(body, "MinValue"), _number(body, "MaxValue")
    exists = type_name.startswith(_EXISTING)

    def admits(value: str) -> bool:
        if listed is not None:
            return value in listed
        if exists and not value:
            return False
        if type_name == "Number" and not _is_number_between(smallest, value, largest):
            return False
        if len(value) < (shortest or 0) or (longest is not None and len(value) > longest):
            return False
        return pattern is None or patterns.admits(pattern, value)

    return admits


def _length(body: Mapping, key: str, otherwise: int | None) -> int | None:
    written = _scalar(body, key)
    return int(written) if written and written.isdigit() and len(written) < 9 else otherwise


def _number(body: Mapping, key: str) -> float | None:
    written = _scalar(body, key)
    return float(written) if written and _NUMBER.fullmatch(written) else None


def _is_number_between(smallest: float | None, value: str, largest: float | None) -> bool:
    if not _NUMBER.fullmatch(value):
        return False
    return (smallest is None or float(value) >= smallest) and (largest is None or float(value) <= largest)
