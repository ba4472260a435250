"""What is no HCL: every message names the text that offends and what was expected, and no input costs much."""

from __future__ import annotations

import pytest

from tests.hcl_shapes import Shapes
from vetstack.sources import limits
from vetstack.sources.interface import Unreadable
from vetstack.terraform import tree
from vetstack.terraform.syntax import comments, parse, parse_expression, parse_template


def refused(text: str | bytes) -> tuple[str, int, int]:
    with pytest.raises(Unreadable) as caught:
        parse(text, "acme.tf")
    return caught.value.reason, caught.value.line, caught.value.column


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        # Bodies
        ("a = 1 b = 2", 1, 7, "`b` stands where the end of the line was expected"),
        ("a = 1, b = 2", 1, 6, "`,` stands where the end of the line was expected"),
        ("a =\n  1", 1, 4, "the line ends, but an expression was expected"),
        ("a = 1\n  + 2", 2, 3, "`+` stands where the name of an argument or block was expected"),
        ('"a" = 1', 1, 1, '`"a"` stands where the name of an argument or block was expected'),
        ("a = 1\n\na = 2", 3, 1, "`a` is set a second time; the first is on line 1"),
        ("a b", 1, 4, "the text ends, but the `{` of a block was expected"),
        ("a\n{\n}", 1, 2, "the line ends, but the `=` of an argument `a` or the `{` of a block was expected"),
        ("a : 1", 1, 3, "`:` stands where the `=` of an argument `a` or the `{` of a block was expected"),
        ('a "${b}" {}', 1, 3, "a block's label is a text without `${` and `%{`"),
        ("a { b = 1, c = 2 }", 1, 10, "`,` stands where the `}` of a block that is written on one line was expected"),
        ("a { b {} }", 1, 5, "`b` stands where one argument, or the end of the line behind the block's `{`,"),
        ("a {\n  b = 1 }", 2, 9, "`}` stands where the end of the line was expected"),
        ("a {} b {}", 1, 6, "`b` stands where the end of the line was expected"),
        ('resource "a" "b" {\n  c {\n}\n', 1, 18, "`{` is opened here and never closed"),
        ("a {\n}\n}", 3, 1, "`}` closes nothing"),
        # Brackets
        ("a = [1, 2", 1, 5, "`[` is opened here and never closed"),
        ("a = [\n  1)\n]", 2, 4, "`)` stands where the `]` was expected that closes the `[` of line 1"),
        ('a = "${b]}"', 1, 9, "`]` stands where the `}` was expected that closes the `${` of line 1"),
        ("a = (b ~})", 1, 8, "`~}` stands where the `)` was expected that closes the `(` of line 1"),
        ("a = [1 2]", 1, 8, "`2` stands where a `,` or the `]` of a tuple was expected"),
        ("a = (1, 2)", 1, 7, "`,` stands where the `)` of parentheses was expected"),
        ("a = f(1 2)", 1, 9, "`2` stands where a `,` or the `)` of a function's arguments was expected"),
        ("a = f(b..., c)", 1, 11, "`,` stands where the `)` behind the `...` was expected"),
        ("a = f(,)", 1, 7, "`,` stands where an expression was expected"),
        ("a = {b}", 1, 7, "`}` stands where the `=` between a key and its value was expected"),
        ("a = {b = 1 c = 2}", 1, 12, "`c` stands where a `,`, the end of the line or the `}` of an object was"),
        ("a = {b.2_c = 1}", 1, 9, "`_c` stands where the `=` between a key and its value was expected"),
        # For
        ("a = [for]", 1, 9, "`]` stands where the name of a variable was expected"),
        ("a = [for x, in y : z]", 1, 16, "`y` stands where the `in` of a `for` was expected"),
        ("a = [for x of y : z]", 1, 12, "`of` stands where the `in` of a `for` was expected"),
        ("a = [for x in y z]", 1, 17, "`z` stands where the `:` before a `for` expression's result was expected"),
        ("a = [for x in y : x => x]", 1, 21, "`=>` stands where the `]` of a `for` expression was expected"),
        ("a = {for x in y : x}", 1, 20, "`}` stands where the `=>` between a `for` expression's key and value"),
        ("a = {for = 1}", 1, 10, "`=` stands where the name of a variable was expected"),
        # Operands and operators
        ("a = 1 +", 1, 8, "the text ends, but an expression was expected"),
        ("a = b ? c", 1, 10, "the text ends, but the `:` of a conditional was expected"),
        ("a = b.", 1, 7, "the text ends, but the name of an attribute was expected"),
        ("a = b.*.*", 1, 9, "`*` stands where the name of an attribute was expected"),
        ("a = b[]", 1, 7, "`]` stands where an expression was expected"),
        ("a = b.0.1", 1, 7, "`0.1` is one number; two indices are written [0][1]"),
        ("a = 1.2.3", 1, 5, "`1.2.3` is no number that can be read"),
        ("a = provider::aws", 1, 18, "the text ends, but the `(` of a function's arguments was expected"),
        ("a = ::b()", 1, 5, "`::` stands where an expression was expected"),
        ("a = b & c", 1, 7, "`&` means nothing here: the operator is `&&`"),
        ("a = 'b'", 1, 5, "`'` means nothing here: a text stands in double quotes"),
        ("a = 1;", 1, 6, "`;` means nothing here: each argument stands on a line of its own"),
        ("a\u00a0= 1", 1, 2, "the character U+00A0 means nothing here"),
        ("a = 1\rb = 2", 1, 6, "the character U+000D means nothing here: a line ends with LF or CR LF"),
        ("a = 1 /* b\n", 1, 7, "`/` means nothing here: the comment that `/*` opens is not closed"),
        # Texts
        ('a = "b\nc = "d"', 1, 5, "a text is opened here and not closed on its line"),
        ('a = "b\\', 1, 5, "a text is opened here and not closed on its line"),
        (r'a = "b \q c"', 1, 8, r"`\q` is no escape: \n, \r, \t, \", \\, \uXXXX or \UXXXXXXXX was expected"),
        (r'a = "\ud83d"', 1, 6, r"`\ud83d` is no escape"),
        (r'a = "\U00110000"', 1, 6, r"`\U00110000` is no escape"),
        (r'a = "\u12"', 1, 6, r"`\u` is no escape"),
        ('a = "${b c}"', 1, 10, "`c` stands where the `}` of a sequence (one that is meant as text begins with `$${`"),
        ('a = "${AWS::Region}"', 1, 19, "`}` stands where the `(` of a function's arguments was expected"),
        ('a = "${}"', 1, 8, "`}` stands where an expression was expected"),
        ('a = "${b', 1, 6, "`${` is opened here and never closed"),
        ('a = "${"', 1, 8, "a text is opened here and not closed on its line"),
        ("a = <<EOT\nb\n", 1, 5, "the heredoc that is opened here has no line that holds its closing EOT"),
        ("a = <<EOT\nb\nEOT, 1", 1, 5, "the heredoc that is opened here has no line that holds its closing EOT"),
        ("a = << EOT\nb\nEOT", 1, 5, "`<` means nothing here: a heredoc begins with `<<`, a name and the end of"),
        # Directives
        ('a = "%{ iff b }"', 1, 9, "`iff` stands where one of if, else, endif, for, endfor was expected"),
        ('a = "%{ if b }c"', 1, 6, "`%{ if }` is opened here and has no `%{ endif }`"),
        ('a = "%{ for b in c }d"', 1, 6, "`%{ for }` is opened here and has no `%{ endfor }`"),
        ('a = "%{ endif }"', 1, 6, "there is nothing that this `endif` could belong to"),
        ('a = "b%{ else }"', 1, 7, "there is nothing that this `else` could belong to"),
        ('a = "%{ if b }%{ endfor }"', 1, 15, "`endfor` stands where the `endif` was expected that ends the `if` of"),
        ('a = "%{ for b in c }%{ else }%{ endfor }"', 1, 21, "`else` stands where the `endfor` was expected that"),
        ('a = "%{ if b }%{ else }%{ else }%{ endif }"', 1, 24, "`else` stands where the `endif` was expected that"),
        ('a = "%{ if b c }%{ endif }"', 1, 14, "`c` stands where the `}` of a sequence"),
        # Long texts are cut short
        (f"a = 1 {'b' * 90}", 1, 7, f"`{'b' * 40}…` stands where the end of the line was expected"),
    ],
)
def test_messages_name_the_text_and_what_was_expected(text: str, line: int, column: int, said: str) -> None:
    reason, *at = refused(text)
    assert at == [line, column]
    assert reason.startswith(f"this is not valid HCL: {said}")


def test_the_first_of_two_failures_is_reported() -> None:
    assert refused("a = 1 2\nb = 'c'")[1] == 1
    assert refused("a = [1)\nb = c d")[1] == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'a = "\xff"', "the byte 0xFF is not UTF-8"),
        (b"a = 1\n" + b" " * limits.MAX_BYTES, "the file is larger than 16 MB"),
    ],
)
def test_what_is_no_text_or_too_long(data: bytes, said: str) -> None:
    assert said in refused(data)[0]


# Depth

MANY, SOME = 100_000, 10_000
TOO_DEEP = {
    "parentheses": "a = " + "(" * MANY + "1" + ")" * MANY,
    "tuples": "a = " + "[" * MANY + "]" * MANY,
    "objects": "a = " + "{b=" * SOME + "1" + "}" * SOME,
    "blocks": "a {\n" * SOME + "}\n" * SOME,
    "interpolations": "a = " + '"${' * MANY + "1" + '}"' * MANY,
    "heredocs": "a = " + "<<E\n${" * SOME + "1" + "}\nE\n" * SOME,
    "directives": 'a = "' + "%{if b}" * SOME + "%{endif}" * SOME + '"',
    "directives of a heredoc": "a = <<E\n" + "%{for b in c}" * SOME + "%{endfor}" * SOME + "\nE\n",
    "minus": "a = " + "-" * MANY + "1",
    "not": "a = " + "!" * SOME + "b",
    "operators": "a = " + "1 + " * SOME + "1",
    "operators of all levels": "a = " + "1 || 1 && 1 == 1 < 1 + 1 * " * SOME + "1",
    "conditionals": "a = " + "b ? 1 : " * SOME + "1",
    "conditionals on the left": "a = " + "b ? " * SOME + "1" + " : 1" * SOME,
    "calls": "a = " + "f(" * SOME + "1" + ")" * SOME,
    "indices": "a = " + "b[" * SOME + "1" + "]" * SOME,
    "splats": "a = b" + "[*]" * SOME,
    "for expressions": "a = " + "[for b in " * SOME + "c" + " : b]" * SOME,
    "for expressions of objects": "a = " + "{for b in " * SOME + "c" + " : b => b}" * SOME,
    "steps behind parentheses": "a = " + "(" * SOME + "b" + ")[0]" * SOME,
    "a little of everything": "a = " + '[{b = f("${-(c ? d + 1 : g[' * SOME + "0" + '])}")}]' * SOME,
}


@pytest.mark.parametrize("name", TOO_DEEP)
def test_depth_is_limited(name: str) -> None:
    reason, line, column = refused(TOO_DEEP[name])
    assert reason == "more than 100 blocks and expressions stand inside one another"
    assert line >= 1 and column >= 1


def test_what_stands_alone_is_limited_too() -> None:
    for read in (parse_expression, parse_template):
        with pytest.raises(Unreadable, match="more than 100"):
            read(TOO_DEEP["interpolations"].partition("= ")[2], "acme.json")
    with pytest.raises(Unreadable, match="more than 100"):
        parse_expression("((((1))))", "acme.json", depth=97)
    assert isinstance(parse_expression("((1))", "acme.json", depth=97), tree.Parentheses)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "(" * 99 + "1" + ")" * 99,
        "a = " + "[" * 100 + "]" * 100,
        "a = " + "1 + " * 99 + "1",
        "a = " + "b ? 1 : " * 98 + "1",
        "a = " + "-" * 99 + "1",
        "a = " + '"${' * 99 + "1" + '}"' * 99,
        "b {\n" * 99 + "a = 1\n" + "}\n" * 99,
        "a = [" + "1 + 2, " * 1_000 + "]",
        'a = "' + "%{if b}x%{endif}" * 1_000 + '"',
        "a = b" + ".c[0]" * 1_000,
    ],
)
def test_what_is_just_not_too_deep_is_read_and_can_be_walked(text: str) -> None:
    body = parse(text, "acme.tf")
    while body.blocks:
        body = body.blocks[0].body
    assert Shapes(text).expression(body.attributes["a"].expression)


def test_a_directive_that_ends_nothing_does_not_make_room() -> None:
    assert "there is nothing" in refused('a = "' + "%{endif}" * 200 + "${" + "(" * 250 + '"')[0]


# Size


def test_the_number_of_tokens_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vetstack.terraform.lexer.MAX_TOKENS", 20)
    assert parse("a = [" + "1," * 7 + "]\n", "acme.tf").attributes
    for text in ("a = [" + "1," * 9 + "]", 'a = "' + "${1}" * 9 + '"', "a = <<E\n" + "${1}" * 9 + "\nE", "# c\n" * 21):
        reason, line, _ = refused(text)
        assert reason == "the file holds more than 20 words and signs"
        assert line in (1, 2)


@pytest.mark.parametrize("digits", ["1" * 401, "1e10000", "0." + "1" * 401])
def test_numbers_that_nothing_can_compute_with(digits: str) -> None:
    assert refused(f"a = {digits}")[0].endswith("is no number that can be read")


MEGABYTES = 2_000_000


LARGE = {
    "a heredoc": "a = <<EOT\n" + ("x" * 99 + "\n") * (MEGABYTES // 100) + "EOT\n",
    "an indented heredoc": "a = <<-EOT\n" + "  x\n" * (MEGABYTES // 4) + "  EOT\n",
    "a heredoc of names": "a = <<EOT\n" + "EO\n" * (MEGABYTES // 3) + "EOT\n",
    "a heredoc of blanks": "a = <<EOT\n" + " " * MEGABYTES + "!\nEOT\n",
    "a heredoc of signs": "a = <<EOT\n" + "$" * MEGABYTES + "\nEOT\n",
    "a text": 'a = "' + "x" * MEGABYTES + '"',
    "a text of escapes": 'a = "' + "\\n" * (MEGABYTES // 2) + '"',
    "a text of escaped sequences": 'a = "' + "$${" * (MEGABYTES // 3) + '"',
    "a list": "a = [\n" + '"northwind-observability",\n' * 100_000 + "]",
    "an object": "a = {\n" + '"northwind" = { a = 1 }\n' * 50_000 + "}",
    "a comment": "/*" + "*" * MEGABYTES + "*/",
    "comments": "# c\n" * (MEGABYTES // 8),
    "nothing": "\n" * MEGABYTES + " " * MEGABYTES,
}
LARGE_AND_WRONG = {
    "a text": 'a = "' + "x" * MEGABYTES,
    "quotes": "a = " + '"b' * (MEGABYTES // 2),
    "a heredoc": "a = <<EOT\n" + "EO\n" * (MEGABYTES // 3),
    "heredocs": "a = " + "<<" * (MEGABYTES // 2),
    "a marker": "a = <<" + "b" * MEGABYTES,
    "comments": "a = " + "/* " * (MEGABYTES // 3),
    "a number": "a = " + "1." * (MEGABYTES // 2),
    "a name": "a-" * (MEGABYTES // 2),
    "zeros": "\0" * MEGABYTES,
    "returns": "\r" * MEGABYTES,
    "brackets": "}" * MEGABYTES,
}


@pytest.mark.parametrize("name", LARGE)
def test_large_files_are_read(name: str) -> None:
    assert parse(LARGE[name], "acme.tf").blocks == ()


@pytest.mark.parametrize("name", LARGE_AND_WRONG)
def test_large_files_that_are_wrong_are_refused(name: str) -> None:
    assert len(refused(LARGE_AND_WRONG[name])[0]) < 300


def test_many_comments_on_one_line() -> None:
    found = comments("/**/" * 50_000, "acme.tf")
    assert (len(found), found[0].trailing, found[1].trailing) == (50_000, False, True)
