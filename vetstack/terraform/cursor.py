"""Where a parser stands among the tokens of an HCL text, how deep it is, and what it says when it cannot go on."""

from __future__ import annotations

from typing import Final

from vetstack.sources.interface import Unreadable
from vetstack.sources.limits import MAX_DEPTH
from vetstack.terraform.lexer import BROKEN, END, LINE_END, NOT_HCL, Tokens
from vetstack.terraform.node import Source

_SHOWN: Final = 40
"""Characters of an offending text that a message repeats."""


class Cursor:
    """The parser's place: `here` is the token to be read next.

    depth: how many nodes stand around it. deepest: the most that stand around any node of the expression that is
    being read, itself included; an operator read later puts one more around what stands before it.
    """

    __slots__ = ("source", "tokens", "kinds", "texts", "starts", "here", "depth", "deepest")

    def __init__(self, source: Source, tokens: Tokens, depth: int = 0) -> None:
        self.source = source
        self.tokens = tokens
        self.kinds = tokens.kinds
        self.texts = tokens.texts
        self.starts = tokens.starts
        self.here = 0
        self.depth = depth
        self.deepest = depth

    def since(self, first: int) -> tuple[Source, int, int]:
        """From the first character of a token to the last one that has been read."""
        last = self.here - 1
        return self.source, self.starts[first], self.starts[last] + len(self.texts[last])

    def take(self, kind: str, wanted: str) -> str:
        """Pass a token of some kind and return its text. wanted: what a message calls it."""
        if self.kinds[self.here] != kind:
            raise self.expected(wanted)
        self.here += 1
        return self.texts[self.here - 1]

    # Depth

    def descend(self) -> None:
        """Go a level deeper; the caller takes `depth` back."""
        self.depth += 1
        if self.depth > self.deepest:
            self.deepest = self.depth
            self.check_depth()

    def check_depth(self) -> None:
        if self.deepest > MAX_DEPTH:
            start = self.starts[min(self.here, len(self.starts) - 1)]
            raise self.wrong(f"more than {MAX_DEPTH} blocks and expressions stand inside one another", start)

    # Failures

    def expected(self, wanted: str) -> Unreadable:
        """What to say when something else stands here than what was expected."""
        kind, text, start = self.kinds[self.here], self.texts[self.here], self.starts[self.here]
        if kind == BROKEN:
            reason, start, opened = self.tokens.failure
            if opened is not None:
                reason = f"{reason} of line {self.source.position(opened, opened).line}"
            return self.wrong(reason, start)
        if kind == END:
            if self.tokens.unclosed is not None:
                start = self.tokens.unclosed
                bracket = self.source.text[start : start + 2]
                bracket = bracket if bracket in ("${", "%{") else bracket[0]
                return self.invalid(f"`{bracket}` is opened here and never closed", start)
            return self.invalid(f"the text ends, but {wanted} was expected", start)
        if kind == LINE_END:
            return self.invalid(f"the line ends, but {wanted} was expected", start)
        return self.invalid(f"{shown(text)} stands where {wanted} was expected", start)

    def invalid(self, reason: str, index: int) -> Unreadable:
        return self.wrong(NOT_HCL + reason, index)

    def wrong(self, reason: str, index: int) -> Unreadable:
        at = self.source.position(index, index)
        return Unreadable(reason, at.line, at.column)


def shown(text: str) -> str:
    """A text as a message repeats it: what of its first line is not too long."""
    line = text.partition("\n")[0]
    return f"`{line}`" if len(line) <= _SHOWN else f"`{line[:_SHOWN]}…`"
