"""Lines and columns are those of an editor, whatever the file's encoding, line ends and odd characters."""

from __future__ import annotations

import pytest

from tests.source_trees import at, key, nodes, scalar, source
from vetstack.sources import events
from vetstack.sources.interface import Document, Scalar
from vetstack.sources.json import read_json
from vetstack.sources.yaml import read_yaml

TEMPLATE = """\
# Acme's role
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  ExternalId: {Type: String, "Default": "a \\"b\\""}
Conditions:
  Given: !Not [!Equals [!Ref ExternalId, '']]   # why
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName:   !Sub   '${AWS::StackName}-it''s'
      Description: words that
        go on
      Empty:
      Tags:
      - Key: k
        Value:

      -
      - !If # which
        - Given
        - &anchored [a,
                     b]
        - *anchored
      Document: |
        {
          "Version": "2012-10-17"
        }


      Folded: !Sub >-   # folded
        one
        two

    # the end
  Last: ~
"""


@pytest.fixture(params=["libyaml", "pure"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure":
        monkeypatch.setattr(events, "CParser", None)


def read(text: str | bytes) -> Document:
    return read_yaml(text, "acme.yaml")


PLACES: list[tuple[tuple[str | int, ...], str]] = [
    (("AWSTemplateFormatVersion",), "'2010-09-09'"),
    (("Parameters", "ExternalId"), '{Type: String, "Default": "a \\"b\\""}'),
    (("Parameters", "ExternalId", "Default"), '"a \\"b\\""'),
    (("Conditions", "Given"), "!Not [!Equals [!Ref ExternalId, '']]"),
    (("Conditions", "Given", "Fn::Not"), "[!Equals [!Ref ExternalId, '']]"),
    (("Conditions", "Given", "Fn::Not", 0, "Fn::Equals", 0), "!Ref ExternalId"),
    (("Conditions", "Given", "Fn::Not", 0, "Fn::Equals", 0, "Ref"), "ExternalId"),
    (("Conditions", "Given", "Fn::Not", 0, "Fn::Equals", 1), "''"),
    (("Resources", "Role", "Type"), "AWS::IAM::Role"),
    (("Resources", "Role", "Properties", "RoleName"), "!Sub   '${AWS::StackName}-it''s'"),
    (("Resources", "Role", "Properties", "RoleName", "Fn::Sub"), "'${AWS::StackName}-it''s'"),
    (("Resources", "Role", "Properties", "Description"), "words that\n        go on"),
    (("Resources", "Role", "Properties", "Empty"), ""),
    (("Resources", "Role", "Properties", "Tags", 0), "Key: k\n        Value:"),
    (("Resources", "Role", "Properties", "Tags", 1), ""),
    (
        ("Resources", "Role", "Properties", "Tags", 2),
        "!If # which\n        - Given\n        - &anchored [a,\n                     b]\n        - *anchored",
    ),
    (
        ("Resources", "Role", "Properties", "Tags", 2, "Fn::If"),
        "- Given\n        - &anchored [a,\n                     b]\n        - *anchored",
    ),
    (("Resources", "Role", "Properties", "Tags", 2, "Fn::If", 1), "[a,\n                     b]"),
    (
        ("Resources", "Role", "Properties", "Document"),
        '|\n        {\n          "Version": "2012-10-17"\n        }',
    ),
    (("Resources", "Role", "Properties", "Folded"), "!Sub >-   # folded\n        one\n        two"),
    (("Resources", "Role", "Properties", "Folded", "Fn::Sub"), ">-   # folded\n        one\n        two"),
    (("Resources", "Last"), "~"),
]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize(
    "before", ["", "# \U0001f680 Zo\u00eb\n", "# \u4e2d\x85 \u2028 \u2029 \ufeff\n"], ids=["ascii", "astral", "odd"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_value_spans_what_is_written(line_end: str, before: str, encoding: str) -> None:
    if "\x85" in before:  # libyaml ends the comment there, so the rest of its line has to be one too
        before = before.replace("\x85 \u2028 \u2029 ", "\x85#\u2028#\u2029#")
    document = read((before + TEMPLATE).replace("\n", line_end).encode(encoding))
    for path, written in PLACES:
        assert source(document, at(document.root, *path).at) == written, path
    names = [
        (node.text, source(document, node.at))
        for node in nodes(document.root)
        if isinstance(node, Scalar) and node.plain and not node.null and "\n" not in source(document, node.at)
    ]
    assert len(names) == 32
    for text, written in names:
        assert written.strip('"') == text or written.startswith("!") and text.startswith(("Fn::", "Ref"))


def test_a_collection_ends_with_its_last_value() -> None:
    document = read("a:\n  b:\n    - c\n    - d: e\n\n\n  # note\n\nf: g\n")
    assert at(document.root, "a").at[1:] == (2, 3, 4, 11)
    assert at(document.root, "a", "b").at[1:] == (3, 5, 4, 11)
    assert document.root.at[1:] == (1, 1, 9, 5)


def test_a_value_that_touches_its_anchor() -> None:
    found = scalar(read("a: &x:b\n").root, "a")
    assert (found.text, found.at[1:]) == (":b", (1, 6, 1, 8))


def test_a_missing_value_stands_behind_its_key() -> None:
    document = read("? a\n? b # note\n\nc:   # note\nd: {e, f: , g : }\nh:\n  -\n  - i\n")
    places = {name: scalar(document.root, name).at[1:] for name in "abc"}
    assert places == {"a": (1, 4, 1, 4), "b": (2, 4, 2, 4), "c": (4, 3, 4, 3)}
    assert scalar(document.root, "d", "e").at[1:] == (5, 6, 5, 6)
    assert scalar(document.root, "d", "f").at.line == 5
    assert scalar(document.root, "h", 0).at[1:] == (7, 4, 7, 4)


@pytest.mark.parametrize(
    ("header", "body", "text", "block", "end"),
    [
        ("|", "    a\n     b\n", "a\n b\n", 4, (3, 7)),
        ("|-", "  a\n\n\n", "a", 2, (2, 4)),
        ("|+", "  a\n\n\n", "a\n\n\n", 2, (2, 4)),
        ("|2", "    a\n", "  a\n", 2, (2, 6)),
        ("|", "\n   \n    a\n", "\n\na\n", 4, (4, 6)),
        ("| # note", "  a # b\n", "a # b\n", 2, (2, 8)),
        ("|", "", "", None, (1, 5)),
        (">", "    a\n    b\n", "a b\n", None, (3, 6)),
    ],
)
def test_a_block_scalar_knows_its_indentation_and_ends_with_its_text(
    header: str, body: str, text: str, block: int | None, end: tuple[int, int]
) -> None:
    for tag in ("", "!Sub "):
        found = scalar(read(f"k: {tag}{header}\n{body}").root, "k", *["Fn::Sub"] * bool(tag))
        moved = len(tag) if end[0] == 1 else 0
        assert (found.text, found.block, found.plain) == (text, block, False)
        assert found.at[1:] == (1, 4 + len(tag), end[0], end[1] + moved)


def test_a_key_of_json_and_its_value() -> None:
    text = '{\n  "a" \n : [1,\n  {"b\\u00e9":null}\n] ,"\U0001f680":"\u4e2d" }'
    document = read_json(text, "acme.json")
    assert document.root.at[1:] == (1, 1, 5, 13)
    assert source(document, key(document.root, "a").at) == '"a"'
    assert source(document, at(document.root, "a").at) == '[1,\n  {"b\\u00e9":null}\n]'
    assert source(document, at(document.root, "a", 1, "b\u00e9").at) == "null"
    assert source(document, at(document.root, "\U0001f680").at) == '"\u4e2d"'
