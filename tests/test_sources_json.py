"""JSON's sources: what every JSON writer writes is read, and what is almost JSON is read as YAML."""

from __future__ import annotations

import json

import pytest

from tests.source_trees import at, plain, scalar, source
from vetstack.sources.interface import Document, Unreadable
from vetstack.sources.json import read_json
from vetstack.sources.read import read


def tree(text: str) -> object:
    document = read_json(text, "acme.json")
    assert document.format == "json"
    return plain(document.root)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r'"\ud83d\ude80"', "\U0001f680"),
        (r'"\ud83d"', "\ufffd"),
        (r'"\ude80\ud83d"', "\ufffd\ufffd"),
        (r'"\ud83dx\ude80"', "\ufffdx\ufffd"),
        (r'"\ud83d\ud83d\ude80"', "\ufffd\U0001f680"),
        (r'"\"\\\/\b\f\n\r\t\u0041\u00e9"', '"\\/\b\f\n\r\tA\u00e9'),
        (r'"\\u0041"', "\\u0041"),
        ('"\x7f\x80\x85\u2028\ufeff"', "\x7f\x80\x85\u2028\ufeff"),
        ('"\U0001f680"', "\U0001f680"),
        ('""', ""),
        (r'"\u0000"', "\0"),
    ],
)
def test_strings(written: str, text: str) -> None:
    assert tree(written) == text
    assert tree(f"[{written}]") == [text]
    assert tree(f"{{{written} : {written}}}") == {text: text}
    text.encode()  # printable: no surrogate is left


@pytest.mark.parametrize("written", ["0", "-0", "12", "-1.50", "1e3", "1E-30", "0.1e+2", "012345678901"[:1], "true"])
def test_numbers_and_words_stay_as_written(written: str) -> None:
    document = read_json(f"[{written}]", "acme.json")
    found = scalar(document.root, 0)
    assert (found.text, found.plain, found.null) == (written, True, False)


def test_null_is_null_and_its_text_is_not() -> None:
    document = read_json('[null, "null", "true"]', "acme.json")
    assert [(scalar(document.root, i).null, scalar(document.root, i).plain) for i in range(3)] == [
        (True, True),
        (False, False),
        (False, False),
    ]


def test_space_wherever_json_takes_it() -> None:
    assert tree(' \r\n\t{ "a"\n\t:\n[ ] ,\r"b" : { } , "c":[ 1 , { } ]\n}\n ') == {"a": [], "b": {}, "c": ["1", {}]}


def test_keys_of_any_length() -> None:
    assert tree(json.dumps({"k" * 5_000: "v", "\n" * 2_000: "w"})) == {"k" * 5_000: "v", "\n" * 2_000: "w"}


def test_get_att_is_cut_as_in_yaml() -> None:
    assert (
        tree('{"Fn::GetAtt": "Role.Arn"}') == tree('{"Fn::GetAtt": ["Role", "Arn"]}') == {"Fn::GetAtt": ["Role", "Arn"]}
    )


def test_merge_keys_are_keys() -> None:
    assert tree('{"<<": {"a": 1}}') == {"<<": {"a": "1"}}


def test_the_last_of_repeated_keys_wins_and_all_are_reported() -> None:
    document = read_json('{"a": 1,\n "b": {"c": 2, "c": 3},\n "a": 4, "\\u0061": 5}', "acme.json")
    assert plain(document.root) == {"a": "5", "b": {"c": "3"}}
    found = [(name, first.line, first.column, last.line, last.column) for name, first, last in document.duplicates]
    assert found == [("c", 2, 8, 2, 16), ("a", 1, 2, 3, 10)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1,}', {"a": "1"}),
        ('{"a": [1, 2, ], }', {"a": ["1", "2"]}),
        ('{"a": 1, # why\n "b": 2}', {"a": "1", "b": "2"}),
        ("{'a': 1}", {"a": "1"}),
        ("{a: b}", {"a": "b"}),
        ('{"a": 012345678901}', {"a": "012345678901"}),
        ('{"a": !Ref b}', {"a": {"Ref": "b"}}),
        ("[a, b]", ["a", "b"]),
        ('{"a":\t1,\n\t"b": [1,]}', {"a": "1", "b": ["1"]}),
    ],
)
def test_what_is_almost_json_is_read_as_yaml(text: str, value: object) -> None:
    document = read(text.encode(), "acme.template")
    assert (document.format, plain(document.root)) == ("yaml", value)


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ('{"a": 1 "b": 2}', 1, 9, "valid JSON: a `,` or the closing `}` was expected"),
        ('{\n  "a": 1\n  "b": 2\n}', 3, 3, "valid JSON: a `,` or the closing `}` was expected"),
        ('{"a" 1}', 1, 2, "valid JSON: this key has no `:` behind it"),
        ('{"a\\n" 1}', 1, 2, "valid JSON: this key has no `:` behind it"),
        ('{"a": "b', 1, 7, "valid JSON: a string is opened here and not closed on its line"),
        ('{"a": ["b\\\n", "c]}', 1, 8, "valid JSON: a string is opened here and not closed on its line"),
        ('{"a": 1', 1, 8, "valid JSON: the text ends, but a `,` or the closing `}` was expected"),
        ("[1,\n", 2, 1, "valid JSON: the text ends, but a value was expected"),
        ('["\\x"]', 1, 3, "valid JSON: `\\x` is no escape that JSON knows"),
        ('["a\\n\\u12g4"]', 1, 6, "valid JSON: `\\u` is no escape that JSON knows"),
        ('{"\x01": 1}', 1, 3, "valid JSON: the control character U+0001 cannot stand in a string"),
        ('{"a": 1,,}', 1, 9, "valid JSON: a key in double quotes was expected"),
        # A comment, a bare word or a comma that YAML takes: then what YAML says is the one to be told.
        ('{"a": 1, # c\n "b": 2,\n "c": [1 2], "d": }}', 3, 20, "valid YAML: the document has ended"),
        (
            '{a: 1,\n "c": ["x" "y"]}',
            2,
            12,
            "valid YAML: a `,` or the closing `]` was expected here to what opens on line 2",
        ),
        ("{{ template }}", 1, 2, "a list or a mapping stands where a key belongs"),
    ],
)
def test_the_error_that_helps_is_the_one_reported(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text.encode(), "acme.json")
    assert said in caught.value.reason
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_mapping_that_starts_a_yaml_file_need_not_be_json() -> None:
    document: Document = read(b"{a: 1}\n# note\n", "acme.yaml")
    assert document.format == "yaml"
    assert source(document, at(document.root, "a").at) == "1"
