"""Texts inside texts: where a character of a scalar stands, templates written in a scalar, and comments."""

from __future__ import annotations

import pytest

from tests.source_trees import at, key, nodes, plain, scalar, source
from vetstack.sources.comments import comments
from vetstack.sources.interface import Document, Scalar, Unreadable
from vetstack.sources.json import read_json
from vetstack.sources.place import position_in
from vetstack.sources.read import read, read_text
from vetstack.sources.yaml import read_yaml


def embedded(outer: Document, *path: str | int) -> Document:
    body = scalar(outer.root, *path)
    return read_text(body.text, outer.file, body.at, body.block)


# position_in


@pytest.mark.parametrize(
    "written",
    [
        "a ${B} c",
        "'a ${B} c'",
        '"a ${B} c"',
        "!Sub 'a ${B} c'",
        "|\n    a\n      ${B} c\n\n    d",
        "!Sub |-  # note\n\n    a\n    ${B}",
        "|1\n    a\n    ${B}",
    ],
)
def test_a_stretch_of_a_scalar_is_found_in_the_file(written: str) -> None:
    document = read_yaml(f"x:\n  k: {written}\nz: 1\n", "acme.yaml")
    path = ("x", "k", "Fn::Sub") if written.startswith("!") else ("x", "k")
    found = scalar(document.root, *path)
    place = position_in(found, found.text.index("${B}"), 4)
    assert source(document, place) == "${B}"
    assert position_in(found, found.text.index("B")).end_column == place.column + 3


@pytest.mark.parametrize(
    "written", ["'it''s ${B}'", '"\\ta ${B}"', ">\n    a\n    ${B}", "a\n    ${B}", '"a\n    ${B}"']
)
def test_what_cannot_be_found_stands_where_the_scalar_does(written: str) -> None:
    found = scalar(read_yaml(f"k: {written}\n", "acme.yaml").root, "k")
    assert position_in(found, found.text.index("${B}"), 4) == found.at


def test_a_stretch_of_a_json_string() -> None:
    document = read_json('{"k": "a ${B}", "e": "\\u0061 ${B}"}', "acme.json")
    exact, escaped = scalar(document.root, "k"), scalar(document.root, "e")
    assert source(document, position_in(exact, 2, 4)) == "${B}"
    assert position_in(escaped, 2, 4) == escaped.at


# read_text

OUTER = """\
Resources:
  Rollout:
    Type: AWS::CloudFormation::StackSet
    Properties:
      TemplateBody: |
        # Northwind
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              RoleName: !Sub '${AWS::StackName}-x'
              Description: |
                first
                second
              RoleName: again
        ---
        more: 1
"""


def test_a_template_in_a_block_stands_in_the_outer_file() -> None:
    outer = read_yaml(OUTER, "outer.yaml")
    inner = embedded(outer, "Resources", "Rollout", "Properties", "TemplateBody")
    role = at(inner.root, "Resources", "Role")
    assert plain(role) == {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": "again", "Description": "first\nsecond\n"},
    }
    assert key(inner.root, "Resources", "Role").at[1:] == (8, 11, 8, 15)
    for node in nodes(inner.root):
        if isinstance(node, Scalar) and node.plain:
            assert source(outer, node.at) == node.text
    described = scalar(role, "Properties", "Description")
    assert source(outer, position_in(described, described.text.index("second"), 6)) == "second"
    assert [(name, first.line, last.line) for name, first, last in inner.duplicates] == [("RoleName", 11, 15)]
    assert inner.extra_documents is not None and inner.extra_documents.line == 17
    assert [(comment.text, comment.at.line, comment.at.column) for comment in comments(inner)] == [(" Northwind", 6, 9)]
    assert comments(outer) == []


def test_a_template_in_a_template_in_a_block() -> None:
    text = "a: |\n  b: |\n    c: |\n      d: e\n"
    outer = read_yaml(text, "outer.yaml")
    middle = embedded(outer, "a")
    inner = embedded(middle, "b")
    last = embedded(inner, "c")
    assert scalar(middle.root, "b").block == 4
    assert source(outer, scalar(last.root, "d").at) == "e"


@pytest.mark.parametrize(
    ("outer", "place"),
    [
        ('k: \'{"a": "b"}\'\n', "exact"),
        ("k: '{a: b}'\n", "exact"),
        ("k: !Sub '{a: b}'\n", "exact"),
        ('k: "{\\"a\\": \\"b\\"}"\n', "whole"),
        ('{"k": "{\\"a\\": \\"b\\"}"}\n', "whole"),
        ("k: >\n  a:\n\n    b\n", "whole"),
        ("k: '\n\n  a: b'\n", "whole"),
    ],
)
def test_a_quoted_template_is_exact_or_stands_where_its_scalar_does(outer: str, place: str) -> None:
    document = read(outer, "outer.yaml")
    path = ("k", "Fn::Sub") if "!Sub" in outer else ("k",)
    inner = embedded(document, *path)
    value = scalar(inner.root, "a")
    assert value.text == "b"
    if place == "exact":
        assert source(document, value.at).strip('"') == "b"
    else:
        assert value.at == scalar(document.root, *path).at == inner.root.at


@pytest.mark.parametrize(
    ("outer", "line", "column"),
    [("k: |\n  a: b\n  c: [d\n", 4, 3), ("x: 1\nk: '{a: b]'\n", 2, 10), ('x: 1\nk: "\\ta: ["\n', 2, 4)],
)
def test_what_is_wrong_inside_is_told_in_the_outer_file(outer: str, line: int, column: int) -> None:
    document = read_yaml(outer, "outer.yaml")
    with pytest.raises(Unreadable) as caught:
        embedded(document, "k")
    assert caught.value.line == line
    assert caught.value.column == column


def test_a_text_without_an_origin_is_a_file_of_its_own() -> None:
    inner = read_text("a: b\n", "inner.yaml", None, None)
    assert scalar(inner.root, "a").at == ("inner.yaml", 1, 4, 1, 5)


def test_aliased_nodes_move_once() -> None:
    outer = read_yaml("k: |\n  a: &x {b: c}\n  d: *x\n  e: {<<: *x}\n", "outer.yaml")
    inner = embedded(outer, "k")
    for path in ("a", "d", "e"):
        assert source(outer, scalar(inner.root, path, "b").at) == "c"


# comments


def test_comments_are_what_stands_between_tokens() -> None:
    text = """\
# first
a: 'x # y'  # behind quotes
b: "x # y"
c: |  # in a header
  x # y
  # z
 # less indented
d: x#y
e: plain # behind plain
f: !Sub # behind a tag
  x
g: [1, # in a flow
  2]#touching
h: &anchor # behind an anchor
  i: *anchor2
""".replace("  i: *anchor2\n", "  i: multi\n    line # behind lines\n")
    text += "'j # k': 1\nm: {dup: 'a # b', dup: 2} # \u00fc\U0001f680\n#\nn: >-\n  folded # text\n#last"
    found = comments(read_yaml(text, "acme.yaml"))
    assert [(comment.at.line, comment.text, comment.trailing) for comment in found] == [
        (1, " first", False),
        (2, " behind quotes", True),
        (4, " in a header", True),
        (7, " less indented", False),
        (9, " behind plain", True),
        (10, " behind a tag", True),
        (12, " in a flow", True),
        (13, "touching", True),
        (14, " behind an anchor", True),
        (16, " behind lines", True),
        (18, " \u00fc\U0001f680", True),
        (19, "", False),
        (22, "last", False),
    ]
    lines = text.split("\n")
    for comment in found:
        assert lines[comment.at.line - 1][comment.at.column - 1 : comment.at.end_column - 1] == "#" + comment.text


def test_comments_of_a_file_with_tabs_and_crlf() -> None:
    document = read_yaml("a:\r\n  -\tb # one\r\n\t# two\r\n  - |\r\n    # no\r\n\r\n# three\r\n", "acme.yaml")
    assert [(comment.text, comment.at.line) for comment in comments(document)] == [
        (" one", 2),
        (" two", 3),
        (" three", 7),
    ]


def test_only_comments_that_hold_something() -> None:
    document = read_yaml("# a\nb: c # vetstack:x\nd: 'vetstack:y'\n# vetstack:z\n", "acme.yaml")
    assert [comment.text for comment in comments(document, "vetstack:")] == [" vetstack:x", " vetstack:z"]
    assert comments(document, "elsewhere") == []


@pytest.mark.parametrize("text", ["a: b\n", '{"a": "# b"}'])
def test_no_tokens_are_read_where_no_comment_can_be(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    document = read(text, "acme.yaml")
    monkeypatch.setattr("vetstack.sources.events.events_of", None)
    assert comments(document) == []


def test_comments_end_with_what_was_read() -> None:
    document = read_yaml("a: b # one\n---\nc: d # two\n---\n'e # f\n", "acme.yaml")
    assert [comment.text for comment in comments(document)][:1] == [" one"]
    assert " f" not in [comment.text for comment in comments(document)]
