"""Typography: what has no picture is escaped, words are wrapped, and carets stand below what they mean."""

from __future__ import annotations

import pytest

from vetstack.position import Position
from vetstack.reports.excerpt import underlined
from vetstack.reports.typography import columns, cut, listed, shown, wrapped

FILE = "t.yaml"


def at(line: int, column: int, end_column: int) -> Position:
    return Position(FILE, line, column, line, end_column)


@pytest.mark.parametrize(
    ("given", "out"),
    [
        ("plain", "plain"),
        ("é日本", "é日本"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202e\u2066\u200f\u061c", "\\u202e\\u2066\\u200f\\u061c"),
        ("\u2028\x85\xa0\xad\ufeff", "\\u2028\\x85\\xa0\\xad\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041\U000e0101\ufe0f", "\\U000e0041\\U000e0101\\ufe0f"),
        ("\u3164\u2800", "\\u3164\\u2800"),
    ],
)
def test_what_has_no_picture_is_shown_as_its_escape(given: str, out: str) -> None:
    assert shown(given) == out


def test_an_encoding_that_lacks_a_character_gets_its_escape() -> None:
    assert shown("é日", "iso-8859-1") == "é\\u65e5"
    assert shown("é日", "ascii") == "\\xe9\\u65e5"


# The line with its carets


@pytest.mark.parametrize(
    ("line", "place", "width", "out", "carets"),
    [
        ("  Path: /acme/", at(1, 3, 7), 60, "  Path: /acme/", "  ^^^^"),
        ("\t- Path", at(1, 4, 8), 60, "    - Path", "      ^^^^"),
        ("日本: Path", at(1, 5, 9), 60, "日本: Path", "      ^^^^"),
        ("日本: Path", at(1, 1, 3), 60, "日本: Path", "^^^^"),
        ("e\u0301: Path", at(1, 5, 9), 60, "e\u0301: Path", "   ^^^^"),
        ("a\x1bb: Path", at(1, 6, 10), 60, "a\\x1bb: Path", "        ^^^^"),
        ("Path: x   ", Position(FILE, 1, 1, 4, 2), 60, "Path: x", "^^^^^^^"),
        ("- Path:  # why", Position(FILE, 1, 3, 4, 2), 60, "- Path:  # why", "  ^^^^^"),
        ("Path", at(1, 90, 95), 60, "Path", "    ^"),
        ("Path", at(1, 2, 2), 60, "Path", " ^"),
        ("Path", at(1, 0, 0), 60, "Path", "^"),
        ("a" * 30 + "Path" + "b" * 50, at(1, 31, 35), 30, f"...{'a' * 10}Path{'b' * 10}...", " " * 13 + "^^^^"),
        ("Path" + "b" * 50, at(1, 1, 5), 20, "Path" + "b" * 13 + "...", "^^^^"),
        ("Path" + "b" * 50, at(1, 1, 55), 20, "Path" + "b" * 13 + "...", "^" * 17),
        ("a" * 50 + "Path", at(1, 51, 55), 20, "..." + "a" * 6 + "Path", " " * 9 + "^^^^"),
    ],
)  # fmt: skip
def test_a_line_is_underlined(line: str, place: Position, width: int, out: str, carets: str) -> None:
    assert underlined(line, place, width) == (out, carets)


def test_a_huge_line_is_cut_without_reading_it_all() -> None:
    line = "x" * 5_000_000
    out, carets = underlined(line, at(1, 4_000_001, 4_000_005), 80)
    assert columns(out) <= 80
    assert carets.strip() == "^^^^"
    assert out.startswith("...x")
    assert out.endswith("x...")
    out, carets = underlined("x" + " " * 5_000_000 + "y", Position(FILE, 1, 1, 2, 1), 80)
    assert (out, carets) == ("x" + " " * 76 + "...", "^" * 77)


# Words


def test_wrapping_breaks_between_words_and_only_then_inside() -> None:
    assert wrapped("one two three", 9, "  ") == ["  one two", "  three"]
    assert wrapped("a  b", 9, "> ", "  ") == ["> a b"]
    assert wrapped("x" * 20, 12, "  ") == ["  " + "x" * 10, "  " + "x" * 10]
    assert wrapped("go " + "x" * 12, 12, "  ") == ["  go", "  " + "x" * 10, "  xx"]
    assert wrapped("日本語日本語", 10) == ["日本語日本", "語"]
    assert wrapped("", 10, "  ") == [""]


def test_lists_and_cuts_say_what_they_leave_out() -> None:
    assert listed("abc", 3) == "a, b, c"
    assert listed("abcd", 3) == "a, b, c, and 1 more"
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcdef [... 1 more characters]"
