"""HCL text to tokens: one regular expression for code, one for what stands between the sequences of a template.

Line ends are tokens only where they count: in bodies and between the entries of an object, not inside parentheses,
brackets, `${ }` or a `for` expression. Comments are set aside. What cannot be a token ends the tokens, with a reason.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from vetstack.sources.limits import MAX_TOKENS

NAME: Final = "name"
STRING: Final = "string"
NUMBER: Final = "number"
LINE_END: Final = "end of line"
QUOTE: Final = "opening quote"
HEREDOC: Final = "heredoc"
TEXT: Final = "text"
UNQUOTE: Final = "closing quote"
HEREDOC_END: Final = "end of heredoc"
SEQUENCE_END: Final = "end of sequence"
END: Final = "end"
BROKEN: Final = "broken"
"""Kinds of tokens. A STRING is a quoted text without escapes and sequences, quotes included; any other is a QUOTE, or
a HEREDOC, its TEXTs and sequences, and what closes it. Everything else is its own kind: `{`, `==`, `${`, `%{`."""

NOT_HCL: Final = "this is not valid HCL: "

_NAME: Final = r"[^\W\d][\w-]*"

_TOKEN: Final = re.compile(
    rf"""[ \t]*(?:
    ({_NAME})
    |("[^"\\$%\r\n]*")
    |([0-9]+(?:\.[0-9]+){{0,2}}(?:[eE][-+]?[0-9]+)?)
    |(\r?\n[ \t\r\n]*)
    |(\#[^\n]*|//[^\n]*|/\*(?s:.*?)\*/)
    |([{{(\[])
    |([}})\]]|~\}})
    |(<<-?{_NAME}\r?\n)
    |(==|=>|!=|<=|>=|&&|\|\||::|\.\.\.|/(?!\*)|<(?!<)|[=.,:?*%+>!-])
    |(")
    |(\Z)
    |([^ \t])
    )""",
    re.VERBOSE,
)
_G_NAME, _G_STRING, _G_NUMBER, _G_LINE_END, _G_COMMENT, _G_OPENING, _G_CLOSING, _G_HEREDOC = range(1, 9)
_G_OPERATOR, _G_QUOTE, _G_END, _G_OTHER = range(9, 13)

_KIND: Final = ("", NAME, STRING, NUMBER, LINE_END, "", "", "", HEREDOC, "", QUOTE, END, BROKEN)
"""Kind by group of _TOKEN; "" where the token's text is its kind."""

_QUOTED: Final = re.compile(r'(?:[^"\\$%\r\n]+|\\[^\r\n]|\$\$\{|%%\{|\$(?!\{)|%(?!\{)){1,1000}')
"""What a quoted text may hold between its sequences, or a part of it: without an upper bound a match of megabytes takes
gigabytes to remember."""

_UNQUOTED: Final = re.compile(rf"^[^\S\n]*({_NAME})[^\S\n]*$|\$\$\{{|%%\{{|([$%]\{{~?)", re.MULTILINE)
"""What to look at in a heredoc: a line that may close it, an escaped sequence, the opening of one."""

_SEQUENCE: Final = re.compile(r"[$%]\{~?")

READABLE_NUMBER: Final = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][-+]?[0-9]{1,4})?")
"""A number that whatever computes with it can hold; Terraform itself computes with 150 digits."""

_FILE, _LONE, _BARE = "file", "expression", "template"
_IN_QUOTES, _FOR, _IN_SEQUENCE = '"', "for", "${"
_LINES_COUNT: Final = frozenset({_FILE, "{"})
_CLOSING: Final = {"(": ")", "[": "]", "{": "}", _FOR: "}", _IN_SEQUENCE: "}"}

_LOOKED_AHEAD: Final = 2
"""How many tokens behind the next one a parser may ask for; the END is repeated as often."""

_HINTS: Final = {
    "'": "a text stands in double quotes",
    "`": "a text stands in double quotes",
    ";": "each argument stands on a line of its own",
    "&": "the operator is `&&`",
    "|": "the operator is `||`",
    "/": "the comment that `/*` opens is not closed",
    "<": "a heredoc begins with `<<`, a name and the end of the line",
    "\r": "a line ends with LF or CR LF",
}


class Tokens:
    """Kind, text and index of each token, in parallel; the last is END.

    comments: from index to index. failure: why a BROKEN token is none, its index, and that of the bracket that its
    reason ends by naming, if it does. unclosed: where the bracket stands that is still open at the end.
    """

    __slots__ = ("kinds", "texts", "starts", "comments", "failure", "unclosed")

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.comments: list[tuple[int, int]] = []
        self.failure: tuple[str, int, int | None] = ("", 0, None)
        self.unclosed: int | None = None

    def add(self, kind: str, text: str, start: int) -> None:
        self.kinds.append(kind)
        self.texts.append(text)
        self.starts.append(start)


def tokens_of_file(text: str) -> Tokens:
    """The tokens of a whole file."""
    return _Lexer(text, _FILE).tokens


def tokens_of_expression(text: str) -> Tokens:
    """The tokens of an expression that stands alone, in which line ends mean nothing."""
    return _Lexer(text, _LONE).tokens


def tokens_of_template(text: str) -> Tokens:
    """The tokens of a template that stands alone, without quotes and escapes: a string of JSON, a template file."""
    return _Lexer(text, _BARE).tokens


class _Lexer:
    """open: what encloses the place that is read, innermost last: a bracket, `for` for the brace of one, `${` for
    either sequence, a quote, or `<` and the marker of a heredoc. opened: where each of them begins."""

    def __init__(self, text: str, whole: str) -> None:
        self.text = text
        self.tokens = Tokens()
        self.open = [whole]
        self.opened = [0]
        index = 0
        while index >= 0:
            around = self.open[-1]
            if around == _IN_QUOTES:
                index = self._quoted(index)
            elif around[0] == "<":
                index = self._unquoted(index, around[1:])
            elif around == _BARE:
                index = self._unquoted(index, "")
            else:
                index = self._code(index)
        for _ in range(_LOOKED_AHEAD):
            self.tokens.add(END, "", len(text))

    # Code. Each of these returns the index to go on from in another way of reading, or -1 at the end.

    def _code(self, index: int) -> int:
        """Read up to where a template begins or goes on."""
        tokens, counts = self.tokens, self.open[-1] in _LINES_COUNT
        kinds, texts, starts = tokens.kinds, tokens.texts, tokens.starts
        for found in islice(_TOKEN.finditer(self.text, index), max(MAX_TOKENS - len(kinds), 0)):
            group = found.lastindex or 0
            if group == _G_COMMENT:
                tokens.comments.append(found.span(group))
                continue
            if group == _G_LINE_END and not (counts and kinds and kinds[-1] != LINE_END):
                continue
            word = found[group]
            kinds.append(_KIND[group] or word)
            texts.append(word)
            starts.append(found.start(group))
            if group == _G_NAME:
                if word == "for" and self._opens_for():
                    counts = False
            elif group == _G_OPENING:
                self._enter(word)
                counts = word == "{"
            elif group == _G_CLOSING:
                if not self._close(word):
                    return -1
                if kinds[-1] == SEQUENCE_END:
                    return found.end()
                counts = self.open[-1] in _LINES_COUNT
            elif group >= _G_QUOTE or group == _G_HEREDOC:
                return self._leave_code(group, word, found.end())
        return self._broken(f"the file holds more than {MAX_TOKENS:,} words and signs", starts[-1] if starts else 0)

    def _enter(self, opening: str) -> None:
        """Something opens with the token that was added last."""
        self.open.append(opening)
        self.opened.append(self.tokens.starts[-1])

    def _close(self, closing: str) -> bool:
        """A closing bracket was added; whether it is the one that closes what is open."""
        around, kinds = self.open[-1], self.tokens.kinds
        wanted = _CLOSING.get(around)
        if around == _IN_SEQUENCE and closing == "~}":
            wanted = closing
        if closing != wanted:
            self._mismatched(closing, wanted)
            return False
        if around == _IN_SEQUENCE:
            kinds[-1] = SEQUENCE_END
        self.open.pop()
        self.opened.pop()
        return True

    def _opens_for(self) -> bool:
        """Whether the `for` that was added last begins a `for` expression in braces; if so, line ends count no more.

        A brace behind a name or a label, where lines count, is a block's, in which `for` would be an argument.
        """
        kinds = self.tokens.kinds
        brace = len(kinds) - (3 if kinds[-2:-1] == [LINE_END] else 2)
        if brace < 0 or kinds[brace] != "{" or self.open[-1] != "{":
            return False
        if brace and self.open[-2] in _LINES_COUNT and kinds[brace - 1] in (NAME, STRING, UNQUOTE):
            return False
        self.open[-1] = _FOR
        if kinds[-2] == LINE_END:
            for row in (kinds, self.tokens.texts, self.tokens.starts):
                del row[-2]
        return True

    def _leave_code(self, group: int, word: str, end: int) -> int:
        """Act on a token after which code is read no further, which was added last."""
        if group == _G_QUOTE:
            self._enter(_IN_QUOTES)
            return end
        if group == _G_HEREDOC:
            self.tokens.texts[-1] = word = word.rstrip()
            self._enter("<" + word.lstrip("<-"))
            return end
        if group == _G_OTHER:
            shown = f"`{word}`" if word.isprintable() else f"the character U+{ord(word):04X}"
            hint = f": {_HINTS[word]}" if word in _HINTS else ""
            return self._invalid(f"{shown} means nothing here{hint}", end - len(word))
        if len(self.opened) > 1:
            self.tokens.unclosed = self.opened[-1]
        return -1

    # Templates

    def _quoted(self, index: int) -> int:
        """Read a quoted text up to its closing quote or its next sequence."""
        end = index
        while found := _QUOTED.match(self.text, end):
            end = found.end()
        if end > index:
            self.tokens.add(TEXT, self.text[index:end], index)
        sequence = _SEQUENCE.match(self.text, end)
        if sequence:
            return self._sequence(sequence)
        if self.text[end : end + 1] != '"':
            return self._invalid("a text is opened here and not closed on its line", self.opened[-1])
        self.tokens.add(UNQUOTE, '"', end)
        self.open.pop()
        self.opened.pop()
        return end + 1

    def _unquoted(self, index: int, marker: str) -> int:
        """Read a heredoc up to its marker or its next sequence; without a marker, a text that ends where all ends."""
        text, add = self.text, self.tokens.add
        for found in _UNQUOTED.finditer(text, index):
            group = found.lastindex
            if group == 2 or (group == 1 and found[1] == marker):
                if found.start() > index:
                    add(TEXT, text[index : found.start()], index)
                if group == 2:
                    return self._sequence(found)
                add(HEREDOC_END, marker, found.start(1))
                self.open.pop()
                self.opened.pop()
                return found.end(1)
        if marker:
            said = f"the heredoc that is opened here has no line that holds its closing {marker} and nothing else"
            return self._invalid(said, self.opened[-1])
        if len(text) > index:
            add(TEXT, text[index:], index)
        add(END, "", len(text))
        return -1

    def _sequence(self, found: re.Match[str]) -> int:
        """Enter a sequence by its opening, which ends a match."""
        opening = found[found.lastindex or 0]
        self.tokens.add(opening[:2], opening, found.end() - len(opening))
        self._enter(_IN_SEQUENCE)
        return found.end()

    # Failures

    def _mismatched(self, closing: str, wanted: str | None) -> None:
        start, opened = self.tokens.starts[-1], self.opened[-1]
        if wanted is None:
            self._invalid(f"`{closing}` closes nothing", start)
            return
        opening = _SEQUENCE.match(self.text, opened)
        shown = opening[0] if opening else self.text[opened]
        self._invalid(f"`{closing}` stands where the `{wanted}` was expected that closes the `{shown}`", start, opened)

    def _invalid(self, reason: str, index: int, opened: int | None = None) -> int:
        return self._broken(f"{NOT_HCL}{reason}", index, opened)

    def _broken(self, reason: str, index: int, opened: int | None = None) -> int:
        if self.tokens.kinds and self.tokens.starts[-1] == index:
            self.tokens.kinds[-1] = BROKEN
        else:
            self.tokens.add(BROKEN, "", index)
        self.tokens.add(END, "", len(self.text))
        self.tokens.failure = (reason, index, opened)
        return -1
