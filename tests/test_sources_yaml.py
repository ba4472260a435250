"""What YAML's sources say: values as written, short intrinsics as long ones, merges, aliases, repeated keys."""

from __future__ import annotations

import pytest

from tests.source_trees import at, key, nodes, plain, scalar, source
from vetstack.sources import events
from vetstack.sources.interface import Document, Mapping, Scalar, Sequence, Unreadable
from vetstack.sources.yaml import read_yaml


@pytest.fixture(params=["libyaml", "pure"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test of this file runs with libyaml and as if PyYAML had been built without it."""
    if request.param == "pure":
        monkeypatch.setattr(events, "CParser", None)
    else:
        assert events.CParser is not None, "these tests need a PyYAML with libyaml"
    return str(request.param)


def read(text: str) -> Document:
    return read_yaml(text, "acme.yaml")


def tree(text: str) -> object:
    return plain(read(text).root)


@pytest.mark.parametrize(
    "written",
    ["2012-10-17", "012345678901", "1:30", "yes", "No", "on", "1e3", "0x1F", "1_000", "3.10", ".inf", "tRue", "="],
)
def test_a_scalar_stays_as_written(written: str) -> None:
    found = scalar(read(f"Version: {written}\n").root, "Version")
    assert (found.text, found.plain, found.null) == (written, True, False)


@pytest.mark.parametrize(
    ("written", "text"), [("true", "true"), ("True", "true"), ("TRUE", "true"), ("False", "false"), ("FALSE", "false")]
)
def test_a_plain_boolean_is_written_out_alike(written: str, text: str) -> None:
    assert tree(f"a: {written}\n") == {"a": text}
    assert tree(f"a: '{written}'\n") == {"a": written}
    assert tree(f"a: !!str {written}\n") == {"a": written}


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL"])
def test_a_plain_null_is_null_and_a_quoted_one_is_text(written: str) -> None:
    found = scalar(read(f"a: {written}\n").root, "a")
    assert (found.text, found.null, found.plain) == (written, True, True)
    quoted = scalar(read(f'a: "{written}"\n').root, "a")
    assert (quoted.text, quoted.null, quoted.plain) == (written, False, False)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref Role", {"Ref": "Role"}),
        ("!Condition Given", {"Condition": "Given"}),
        ("!Sub '${A}'", {"Fn::Sub": "${A}"}),
        ("!GetAtt Role.Arn", {"Fn::GetAtt": ["Role", "Arn"]}),
        ("!GetAtt Stack.Outputs.RoleArn", {"Fn::GetAtt": ["Stack", "Outputs.RoleArn"]}),
        ("!GetAtt [Role, Arn]", {"Fn::GetAtt": ["Role", "Arn"]}),
        ("{'Fn::GetAtt': Stack.Outputs.RoleArn}", {"Fn::GetAtt": ["Stack", "Outputs.RoleArn"]}),
        ("!Join ['-', [!Ref A, b]]", {"Fn::Join": ["-", [{"Ref": "A"}, "b"]]}),
        ("!If [C, !Ref A, !Ref AWS::NoValue]", {"Fn::If": ["C", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]}),
        ("!Transform {Name: Macro}", {"Fn::Transform": {"Name": "Macro"}}),
        ("!Fn::Sub x", {"Fn::Sub": "x"}),
        ("!NoSuchThing x", {"Fn::NoSuchThing": "x"}),
        ("!Ref", {"Ref": ""}),
        ("!Sub '123'", {"Fn::Sub": "123"}),
        ("! text", "text"),
        ("!!str 012", "012"),
        ("!!binary aGk=", "aGk="),
        ("!!map {a: b}", {"a": "b"}),
        ("!<!Ref> Role", {"Ref": "Role"}),
        ("!<tag:acme.example,2000:x> y", {"Fn::tag:acme.example,2000:x": "y"}),
    ],
)
def test_a_short_intrinsic_is_the_same_tree_as_the_long_one(short: str, long: object) -> None:
    assert tree(f"a: {short}\n") == {"a": long}
    assert tree(f"- {short}\n") == [long]


def test_a_tag_on_a_block_and_behind_an_anchor() -> None:
    text = "a: &x !Sub\n  - ${B}\n  - B: c\nd: !If # why\n  - C\n  - *x\n  - !Sub |\n    e\n    f\n"
    sub = {"Fn::Sub": ["${B}", {"B": "c"}]}
    assert tree(text) == {"a": sub, "d": {"Fn::If": ["C", sub, {"Fn::Sub": "e\nf\n"}]}}


def test_what_a_tag_makes_stands_where_the_tag_does() -> None:
    document = read("a:\n  b: !Sub 'x${C}'  # why\n")
    made = at(document.root, "a", "b")
    assert isinstance(made, Mapping)
    assert source(document, made.at) == "!Sub 'x${C}'"
    assert source(document, key(made, "Fn::Sub").at) == "!Sub 'x${C}'"
    assert source(document, at(made, "Fn::Sub").at) == "'x${C}'"


def test_the_parts_of_a_get_att_stand_where_they_are_written() -> None:
    document = read("a: !GetAtt Role.Arn\nb: !GetAtt 'Nested.Outputs.Arn'\nc: {Fn::GetAtt: Role.Arn}\n")
    for name, parts in (("a", ["Role", "Arn"]), ("b", ["Nested", "Outputs.Arn"]), ("c", ["Role", "Arn"])):
        cut = at(document.root, name, "Fn::GetAtt")
        assert isinstance(cut, Sequence)
        assert [source(document, part.at) for part in cut.items] == parts == plain(cut)


def test_a_get_att_without_a_dot_stays() -> None:
    assert tree("a: !GetAtt Role\n") == {"a": {"Fn::GetAtt": "Role"}}


def test_the_last_of_repeated_keys_wins_and_all_are_reported() -> None:
    document = read("a: 1\nb: {c: 2, c: 3}\na: 4\nd:\n  - e: 5\n    e: 6\n    e: 7\na: 8\n")
    assert plain(document.root) == {"a": "8", "b": {"c": "3"}, "d": [{"e": "7"}]}
    found = [(name, first.line, first.column, last.line, last.column) for name, first, last in document.duplicates]
    assert found == [("c", 2, 5, 2, 11), ("a", 1, 1, 8, 1), ("e", 5, 5, 7, 5)]
    assert key(document.root, "a").at.line == 8


def test_merge_keys() -> None:
    text = """\
base: &base {Type: String, Default: a}
other: &other {Default: b, NoEcho: true}
one:
  <<: *base
  Default: own
before:
  Default: own
  <<: *base
many:
  <<: [*base, *other, {Default: c, Extra: d}]
twice:
  <<: *base
  <<: *other
written:
  <<: {Type: Number}
quoted: {"<<": text}
"""
    document = read(text)
    found = plain(document.root)
    assert found["one"] == found["before"] == {"Type": "String", "Default": "own"}
    assert found["many"] == {"Type": "String", "Default": "a", "NoEcho": "true", "Extra": "d"}
    assert found["twice"] == {"Type": "String", "Default": "b", "NoEcho": "true"}
    assert found["written"] == {"Type": "Number"}
    assert found["quoted"] == {"<<": "text"}
    assert document.duplicates == []
    assert key(document.root, "one", "Type").at.line == 1


@pytest.mark.parametrize("value", ["text", "[text]", "[{a: b}, text]", "[[{a: b}]]"])
def test_a_merge_key_takes_only_mappings(value: str) -> None:
    with pytest.raises(Unreadable, match="merge key") as caught:
        read(f"a:\n  b: c\n  <<: {value}\n")
    assert (caught.value.line, caught.value.column) == (3, 7)


def test_aliases_share_nodes() -> None:
    document = read("a: &x {b: c}\nd: *x\ne: [*x, *x]\n&k f: &s g\n*k : *s\n")
    assert plain(document.root) == {"a": {"b": "c"}, "d": {"b": "c"}, "e": [{"b": "c"}] * 2, "f": "g"}
    assert at(document.root, "a") is at(document.root, "d") is at(document.root, "e", 1)


def test_an_anchor_may_be_given_again() -> None:
    assert tree("- &x a\n- *x\n- &x b\n- *x\n") == ["a", "a", "b", "b"]


@pytest.mark.parametrize(
    ("text", "column"), [("a: &x [*x]\n", 8), ("a: &x {b: [*x]}\n", 12), ("a: &x\n  <<: *x\n", 7), ("a: *nowhere\n", 4)]
)
def test_an_alias_of_itself_or_of_nothing_is_unreadable(text: str, column: int) -> None:
    with pytest.raises(Unreadable, match=r"the alias \*") as caught:
        read(text)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("No: a\n", ["No"]),
        ("on: a\nyes: b\n", ["on", "yes"]),
        ("1: a\n01: b\n", ["1", "01"]),
        ("~: a\n", ["~"]),
        ("null: a\n", ["null"]),
        ("True: a\n", ["true"]),
        ("? a\n? b\n", ["a", "b"]),
        ("{a, b: c}\n", ["a", "b"]),
        ("'a b': c\n", ["a b"]),
        ('"": c\n', [""]),
        ("!!str 1: a\n", ["1"]),
        ("? |\n  long\n: a\n", ["long\n"]),
    ],
)
def test_odd_keys_are_texts(text: str, keys: list[str]) -> None:
    root = read(text).root
    assert isinstance(root, Mapping)
    assert list(root.entries) == keys


@pytest.mark.parametrize(
    ("text", "column"),
    [("? [a, b]\n: c\n", 3), ("a: {{ project }}\n", 5), ("? {a: b}\n: c\n", 3), ("!Sub a: b\n", 1), ("[a]: b\n", 1)],
)
def test_a_key_that_is_no_text_is_unreadable(text: str, column: int) -> None:
    with pytest.raises(Unreadable, match="where a key belongs") as caught:
        read(text)
    assert (caught.value.line, caught.value.column) == (1, column)


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "---\n...\n", "--- # a\n---\n"])
def test_an_empty_stream_is_null(text: str) -> None:
    document = read(text)
    assert isinstance(document.root, Scalar) and document.root.null
    assert document.root.at[1:] == (1, 1, 1, 1)
    assert document.extra_documents is None


@pytest.mark.parametrize("text", ["a: b\n", "---\na: b\n", "---\na: b\n...\n", "---\na: b\n---\n", "---\n---\na: b\n"])
def test_empty_documents_beside_the_one_are_passed_over(text: str) -> None:
    document = read(text)
    assert plain(document.root) == {"a": "b"}
    assert document.extra_documents is None


@pytest.mark.parametrize("second", ["c: d", "[c]", "text", "''", "!Ref x", "!Foo"])
def test_a_second_document_is_not_read_but_reported(second: str) -> None:
    document = read(f"a: b\n---\n# and now\n{second}\n")
    assert plain(document.root) == {"a": "b"}
    assert document.extra_documents is not None
    assert (document.extra_documents.line, document.extra_documents.column) == (4, 1)


def test_tabs_that_only_separate_are_read() -> None:
    text = "a:\n  -\tt3.nano\n  -\tt3.micro # why\nb: |\n  -\tkept\n  x\ty\n\t\n\t# note\nc:\td\ne: 'f\tg'\n"
    assert tree(text) == {"a": ["t3.nano", "t3.micro"], "b": "-\tkept\nx\ty\n", "c": "d", "e": "f\tg"}


def test_every_node_of_a_file_carries_its_name() -> None:
    document = read("a: [b, !Sub c, {d: e}]\nf: !GetAtt g.h\n")
    assert {node.at.file for node in nodes(document.root)} == {"acme.yaml"}
    assert (document.file, document.format) == ("acme.yaml", "yaml")
