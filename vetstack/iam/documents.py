"""Policy documents: statements as AWS reads them, each located, each under the setting that puts it there.

Source: IAM user guide, reference_policies_grammar. Key names have no letter case for IAM; a `Statement` may be one
object instead of a list.
"""

from __future__ import annotations

from typing import Literal

from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.values import ABSENT, Absent, Hole, Map, Text, Unknown, Value

Effect = Literal["Allow", "Deny"]


class Statement(NamedTuple):
    """One statement under one guard. Its parts may still hold choices: read them with `guard.over` and friends.

    via: the blocks that it, or the whole document, came through.
    """

    effect: Effect
    guard: Guard
    body: Map
    via: tuple[str, ...] = ()

    @property
    def at(self) -> Position:
        return self.body.at

    def part(self, name: str) -> Value:
        """`Principal`, `NotAction`, `Condition` …, in any letter case; ABSENT when it is not there."""
        return part_of(self.body, name)

    def part_at(self, name: str) -> Position:
        """Where the key of a part stands, or the statement itself."""
        spelt = self.body.named(name)
        return self.body.key_at.get(spelt, self.at) if spelt is not None else self.at


class Document(NamedTuple):
    """The statements of a policy, and the parts of it that cannot be seen."""

    statements: tuple[Statement, ...]
    unseen: tuple[tuple[Guard, Unknown], ...]


def read_document(document: Value, given: Guard) -> Document:
    """Every statement that the document can hold under a setting."""
    statements: list[Statement] = []
    unseen: list[tuple[Guard, Unknown]] = []
    for guard, whole in given.over(document):
        if isinstance(whole, Unknown):
            unseen.append((guard, whole))
        elif isinstance(whole, Text):
            unseen.append((guard, _unreadable(whole)))
        if not isinstance(whole, Map):
            continue
        for inner, body in guard.elements(part_of(whole, "Statement")):
            if isinstance(body, Unknown):
                unseen.append((inner, body))
            elif isinstance(body, Text):
                unseen.append((inner, _unreadable(body)))
            elif isinstance(body, Map):
                if any("${" in key for key in body):
                    unseen.append((inner, Unknown((Hole("function", "a key that the deployment names"),), body.at)))
                statements.extend(_under_each_effect(body, inner, (*whole.via, *body.via)))
    return Document(tuple(statements), tuple(unseen))


def _under_each_effect(body: Map, given: Guard, via: tuple[str, ...]) -> list[Statement]:
    found: list[Statement] = []
    for guard, effect in given.over(part_of(body, "Effect")):
        if isinstance(effect, Text) and effect.strip().lower() == "deny":
            found.append(Statement("Deny", guard, body, via))
        elif not isinstance(effect, Absent):  # an unknown effect may be an Allow
            found.append(Statement("Allow", guard, body, via))
    return found


def part_of(body: Map, name: str) -> Value:
    """A value of a map by an IAM key name, whatever its letter case."""
    spelt = body.named(name)
    return body[spelt] if spelt is not None else ABSENT


def _unreadable(text: Text) -> Unknown:
    """A text where AWS expects an object: what it will be taken for is not to be seen here."""
    return Unknown((Hole("function", "a text that is no policy"),), text.at, text.via)
