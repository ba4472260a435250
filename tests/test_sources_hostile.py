"""What cannot be read ends in Unreadable, with a place and a sentence; never in a crash, never in an hour."""

from __future__ import annotations

import gc

import pytest

from tests.source_trees import plain
from vetstack.sources import events
from vetstack.sources.comments import comments
from vetstack.sources.interface import Unreadable
from vetstack.sources.json import read_json
from vetstack.sources.limits import MAX_BYTES, MAX_DEPTH, MAX_NODES, MAX_SEPARATING_TABS
from vetstack.sources.read import read
from vetstack.sources.yaml import read_yaml

DEEP = 100_000


def beginning(text: str) -> str:
    """A short name for a long text."""
    return repr(text[:12])


def failure(data: bytes | str) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(data, "acme.yaml")
    return caught.value


@pytest.mark.parametrize("parser", ["libyaml", "pure"])
@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 2 * DEEP,
        "a: " + "[" * DEEP + "]" * DEEP,
        "a: " + "{b: " * DEEP,
        "- " * DEEP,
        "? " * DEEP,
        "a: " + "!Not [" * DEEP,
        "".join(" " * level + "a:\n" for level in range(2_000)),
        "a: 1\n-\tb\n" + "[" * DEEP,
        "[" * DEEP,
        '{"a":' * DEEP,
        '{"a":[' * DEEP + "]}" * DEEP,
    ],
    ids=beginning,
)
def test_depth(text: str, parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if parser == "pure":
        monkeypatch.setattr(events, "CParser", None)
    found = failure(text)
    if "\t" in text:
        assert "not valid YAML" in found.reason
    else:
        assert f"more than {MAX_DEPTH} lists and mappings" in found.reason
    assert found.line > 0 < found.column


def test_depth_up_to_the_limit_is_read() -> None:
    assert read("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1), "f").format == "yaml"
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f").format == "json"
    assert "more than" in failure("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH).reason
    assert "more than" in failure("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).reason
    short = "!Not [" * (MAX_DEPTH // 2) + "]" * (MAX_DEPTH // 2)
    assert read("- " + short[6:-1], "f").format == "yaml"
    assert "more than" in failure("- " + short).reason


def test_aliases_cannot_build_depth_that_is_not_written() -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 300))
    found = failure(text)
    assert f"more than {MAX_DEPTH}" in found.reason
    assert found.line == MAX_DEPTH


@pytest.mark.parametrize("kind", ["lists", "mappings", "merges"])
def test_an_alias_bomb(kind: str) -> None:
    each = {"lists": "[{}]", "mappings": "{{k: {}}}", "merges": "{{<<: [{}], k{n}: v}}"}[kind]
    lines = ["a0: &a0 {k: v}"]
    for n in range(1, 10):
        aliases = f"*a{n - 1}" if kind == "mappings" else ", ".join([f"*a{n - 1}"] * 9)
        if kind == "mappings":
            aliases = "[" + ", ".join([aliases] * 9) + "]"
        lines.append(f"a{n}: &a{n} " + each.format(aliases, n=n))
    found = failure("\n".join(lines))
    assert "the aliases up to here repeat more than" in found.reason
    assert 4 < found.line < 9


def test_ordinary_aliases_are_no_bomb() -> None:
    text = "base: &base {" + ", ".join(f"k{n}: v" for n in range(20)) + "}\n"
    text += "".join(f"r{n}: {{<<: *base, own: {n}}}\n" for n in range(500))
    assert len(plain(read(text, "f").root)["r499"]) == 21


@pytest.mark.parametrize("opening", ["a: ", '{"a": "', "["])
def test_a_scalar_of_sixty_megabytes(opening: str) -> None:
    found = failure((opening + "x" * 60 * 1024 * 1024).encode())
    assert "larger than 16 MB" in found.reason
    assert (found.line, found.column) == (0, 0)


@pytest.mark.parametrize(
    "text", ["a: " + "x" * (MAX_BYTES - 4), "# " + "x" * (MAX_BYTES - 3), " " * MAX_BYTES], ids=beginning
)
def test_a_file_just_within_the_limit_is_read(text: str) -> None:
    assert read(text, "f").format == "yaml"


@pytest.mark.parametrize(
    "text", ["[" + "1," * (MAX_NODES + 1), "a: [" + "b," * (MAX_NODES + 1), "-\n" * (MAX_NODES + 1)], ids=beginning
)
def test_nodes(text: str) -> None:
    assert f"more than {MAX_NODES:,} keys and values" in failure(text).reason


@pytest.mark.parametrize("unit", ["\\n", "\\u0041", "x"])
@pytest.mark.parametrize("end", ['"}', "", "\n"])
def test_a_json_string_of_megabytes(unit: str, end: str) -> None:
    text = '{"a": "' + unit * 1_000_000 + end
    if end == '"}':
        assert len(plain(read_json(text, "f").root)["a"]) == 1_000_000
    else:
        assert "a string is opened here" in failure(text).reason


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n" + "\t" * 2_000_000 + "x",
        "a: 1\n" + "\t\n" * (MAX_SEPARATING_TABS + 1) + "\tb: 1",
        "a: " + " " * 2_000_000 + "\tb: c: d",
        "a: " + "!x " * 1_000_000,
        "a: " + "&x " * 1_000_000,
        "%" * 1_000_000,
        "x" * 1_000_000 + ": 1",
        '"' * 1_000_001,
        "a: ['" + "''" * 1_000_000,
    ],
    ids=beginning,
)
def test_repetition_costs_no_more_than_its_length(text: str) -> None:
    assert failure(text).line > 0


def test_what_follows_the_first_document_costs_nothing() -> None:
    document = read("a: 1 # note\n---\n" + "[" * DEEP, "f")
    assert document.extra_documents is not None
    assert [comment.text for comment in comments(document)] == [" note"]


@pytest.mark.parametrize(
    ("data", "line", "column", "said"),
    [
        (b"a: b\nc: \xe9\n", 2, 4, "the byte 0xE9 is not UTF-8"),
        ("a: \u00e9\U0001f680".encode() + b"\xff", 1, 6, "the byte 0xFF is not UTF-8"),
        (b"\xef\xbb\xbfa: \xff", 1, 4, "the byte 0xFF is not valid UTF-8"),
        (b"\xff\xfea\x00:\x00 \x00\x00\xd8", 1, 4, "is not valid UTF-16-LE"),
        (b"\xfe\xff\x00a\x00:\x00", 1, 3, "is not valid UTF-16-BE"),
        (b"\x89PNG\r\n\x1a\n", 1, 1, "the byte 0x89 is not UTF-8"),
        ("a: b\n".encode("utf-16-le"), 1, 2, "U+0000 cannot stand in a YAML file; is it binary, or UTF-16"),
        ('{"a": 1}'.encode("utf-16-be"), 1, 1, "U+0000 cannot stand in a YAML file"),
        (b"a: b\nc: d\x07\n", 2, 5, "U+0007"),
        (b"a: 'b\x7f'\n", 1, 6, "U+007F"),
        (b"a: |\n  b\x1b[0m\n", 2, 4, "U+001B"),
        ("# \ufffe\n".encode(), 1, 3, "U+FFFE"),
    ],
)
def test_encodings_that_are_wrong(data: bytes, line: int, column: int, said: str) -> None:
    found = failure(data)
    assert said in found.reason
    assert (found.line, found.column) == (line, column)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", ["a: \u00e9\U0001f680", '{"a": "\u00e9\U0001f680"}'])
def test_encodings_that_are_right(text: str, encoding: str) -> None:
    document = read(text.encode(encoding), "f")
    assert plain(document.root) == {"a": "\u00e9\U0001f680"}
    assert document.text == text
    assert document.root.at[1:3] == (1, 1)


def test_a_str_with_lone_surrogates_becomes_printable() -> None:
    for text in ("a: x\ud83dy\n", '{"a": "x\ud83dy"}'):
        document = read(text, "f")
        assert plain(document.root) == {"a": "x\ufffdy"}
        document.text.encode()


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("a:\n  b: 1\n\tc: 2\n", 3, 1, "a tab stands where YAML only takes spaces"),
        ("a:\n\t- b\n", 2, 1, "a tab stands where YAML only takes spaces"),
        ("a: |\n  b\n\tc\n", 3, 1, "a tab stands where YAML only takes spaces"),
        ("a: 1\n b: 2\n", 2, 3, "a second `: ` stands on this line, or this line is indented"),
        ("a: b: c\n", 1, 5, "a text that holds `: ` needs quotes"),
        ("a: %x\n", 1, 4, "no value can begin with `%`"),
        ("a: @x\n", 1, 4, "no value can begin with `@`"),
        ("{% if x %}\n", 1, 2, "no value can begin with `%`"),
        ("x: 1\na: 'b\nc: d\n", 2, 4, "a quote is opened here and never closed"),
        ("a: [1,\n  2\nb: 3\n", 3, 2, "the closing `]` was expected here to what opens on line 1"),
        ("a: {b: 1\nc: 2\n", 2, 2, "the closing `}` was expected here"),
        ("- a\nb: 1\n", 2, 1, "a list item `- ` was expected here"),
        ("a: 1\n- b\n", 2, 1, "a key was expected here"),
        ("a: - b\n", 1, 4, "a list item `- ` cannot stand here"),
        ('a: "\\q"\n', 1, 5, "a backslash in double quotes"),
        ('a: "\\ud83d\\ude80"\n', 1, 7, "half of a surrogate pair"),
        ("a: !%ed%a0%80 b\n", 1, 4, "an escape that is no character"),
        ("# \u2028x: 'y\n", 1, 7, "a quote is opened here and never closed"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(text: str, line: int, column: int, said: str) -> None:
    found = failure(text)
    assert said in found.reason
    assert (found.line, found.column) == (line, column)


@pytest.mark.parametrize(
    "text", ['a: "\\UFFFFFFFF"\n', "a: !%ed%a0%80 b\n", "%YAML 1." + "1" * 5_000 + "\n---\na: b\n"]
)
def test_errors_that_the_pure_parser_lets_slip(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "CParser", None)
    with pytest.raises(Unreadable, match="not valid YAML"):
        read_yaml(text, "f")


def test_the_garbage_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    read("a: b", "f")
    failure("a: [")
    assert gc.isenabled()
    gc.disable()
    try:
        read('{"a": 1}', "f")
        assert not gc.isenabled()
    finally:
        gc.enable()
