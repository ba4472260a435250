"""Intrinsics that put texts together and take them apart, on values of any kind."""

from __future__ import annotations

from typing import Final

from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.regex import Regex
from vetstack.texts import alternatives_to_value, derived, made, moved
from vetstack.values import Hole, Items, Text, Unknown, Value, fields_of

_NO_SEPARATOR: Final = frozenset({"own-account", "own-region", "partition", "url-suffix"})
"""Holes whose value is one word: letters, digits, hyphens and (the suffix) dots."""

_DYNAMIC = Regex(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]*)\}\}")


def literal(text: str, at: Position) -> Text | Unknown:
    """A text as written; a dynamic reference in it is a hole."""
    if "{{resolve:" not in text:
        return Text(text, at)
    pieces: list[str | Hole] = []
    end = 0
    for found in _DYNAMIC.finditer(text):
        pieces += [text[end : found.start()], Hole("reference", f"{found[1]}:{found[2]}")]
        end = found.end()
    pieces.append(text[end:])
    return made(tuple(pieces), at, ())


def _stack_id(hole: Hole) -> dict[str, tuple[str | Hole, ...]]:
    """What stands between the separators of a stack's id: arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/GUID."""
    scope = hole.name.removesuffix("AWS::StackId")
    region, account = Hole("own-region", f"{scope}AWS::Region"), Hole("own-account", f"{scope}AWS::AccountId")
    return {
        ":": ("arn", Hole("partition", "AWS::Partition"), "cloudformation", region, account, hole),
        "/": (Hole("function", "AWS::StackId"), Hole("stack-name", f"{scope}AWS::StackName"), hole),
    }


def split(separator: str, source: Value, always: Guard, at: Position) -> Value:
    """Fn::Split. A text with a hole that may hold the separator becomes wholly unknown."""
    rows: list[tuple[Guard, Value]] = []
    for guard, text in always.over(source):
        if isinstance(text, Text) and separator:
            rows.append((guard, Items([Text(part, at, text.via) for part in text.split(separator)], at, text.via)))
        elif isinstance(text, Unknown) and separator and all(hole.kind in _NO_SEPARATOR for hole in text.holes):
            parts = [made(field, at, text.via) for field in fields_of(text, separator)]
            rows.append((guard, Items(parts, at, text.via)))
        elif isinstance(text, Unknown) and separator in (":", "/") and _is_stack_id(text):
            fields = _stack_id(text.holes[0])[separator]
            rows.append((guard, Items([made((part,), at, ()) for part in fields], at)))
        else:
            rows.append((guard, derived(text, at)))
    return alternatives_to_value(rows, at)


def _is_stack_id(text: Unknown) -> bool:
    """Whether a value is the whole of the stack's id; a piece of it has no separators left."""
    return len(text.pieces) == 1 and text.holes[0].kind == "stack-id" and not text.via


def select(index: Value, elements: Value, always: Guard, at: Position) -> Value:
    """Fn::Select. An index out of range fails the deployment, so nothing of it is a value."""
    rows: list[tuple[Guard, Value]] = []
    for guard, number in always.over(index):
        for inner, whole in guard.over(elements):
            if isinstance(whole, Items) and isinstance(number, Text) and number.isdigit():
                position = int(number) if len(number) < 9 else len(whole)
                rows.extend(inner.over(whole[position]) if position < len(whole) else [])
            elif isinstance(whole, Items):
                rows.extend((deep, one) for element in whole for deep, one in inner.over(element))
            else:
                rows.append((inner, derived(whole, at)))
    if not rows:
        return Unknown((Hole("function", "Fn::Select"),), at)
    return alternatives_to_value([(guard, moved(value, at)) for guard, value in rows], at)
