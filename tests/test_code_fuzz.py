"""Reading code never raises, whatever it is given, and each of its readers ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.carried import script
from vetstack.code.interface import Language
from vetstack.code.lines import Lines
from vetstack.code.programs import calls_in
from vetstack.code.shell import commands_in
from vetstack.code.userdata import decoded
from vetstack.position import Position

PIECES = st.sampled_from(
    [
        "aws iam create-role", "boto3.client('iam')", ".create_role(", "new IAM()", "new AWS.IAM(", "Command(",
        "import {", "} from '@aws-sdk/client-iam'", "$(", ")", "`", "'", '"', "\\", "\n", "<<EOF", "\nEOF\n",
        "<<-'E'", "|", ";", "&&", "sh -c ", "eval ", "* * * * * ", "#", "/*", "*/", "//", '"""', "${A}", "${", "}",
        "{", "<(", "((", "$((", "@\"\n", "<#", "#>", "iex ", "= ", "def f():", "print 'x'", "\t", "\r\n", "\0", "é",
        "\u2028", "=>", "case a in b)", "esac",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join)
LANGUAGES: tuple[Language, ...] = ("python", "javascript", "shell", "powershell", "other")


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=120)
@given(text=TEXTS)
def test_no_code_makes_a_reader_fail(language: Language, text: str) -> None:
    one = script(f"aws\n{text}", language)
    places = set(one.lines)
    assert all(call.at in places and ":" in call.action for call in calls_in(one))
    assert all(command.at in places and command.words for command in commands_in(one))
    assert isinstance(decoded(text), str)


@settings(max_examples=150)
@given(text=TEXTS, source=TEXTS, line=st.integers(1, 5), length=st.integers(0, 20))
def test_every_line_of_a_code_has_a_place(text: str, source: str, line: int, length: int) -> None:
    lines = source.splitlines() or [""]
    first = min(line, len(lines))
    at = Position("f", first, 1, min(first + length, len(lines)), 1)
    found = Lines({"f": source}).of(text, at)
    assert len(found) >= 1
    assert all(1 <= place.line <= max(len(lines), 1) for place in found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "piece",
    ["$(", "(", "`", '"', '\\"', "/*", "<#", "'", "sh -c '", "<<E\n", "a.", "f()", "\n ", "{", "import {", '@"\n'],
)
def test_endless_repetition_ends(language: Language, piece: str) -> None:
    """Twenty thousand of anything is read in one go: a reader that looks back at each of them would take minutes."""
    one = script("aws boto3\n" + piece * 20_000, language)
    assert len(calls_in(one)) <= 2_000
    assert len(commands_in(one)) <= 50_000
