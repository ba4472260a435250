"""Properties of sources: JSON says what json says, positions show their tokens, nothing but Unreadable is raised."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.source_trees import described, nodes, plain, source
from vetstack.sources import events
from vetstack.sources.comments import comments
from vetstack.sources.interface import Document, Mapping, Scalar, Unreadable
from vetstack.sources.json import read_json, read_strict_json
from vetstack.sources.limits import MAX_DEPTH
from vetstack.sources.read import read, read_text
from vetstack.sources.yaml import read_yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "<<",
        "null",
        "true",
        "~",
        "!Ref",
        "a.b",
        "# no",
        "${A}",
        "\\",
        '"',
        "\U0001f680",
        "\x7f",
        "\u2028",
        "'",
        "-",
        ": ",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
STYLES = st.sampled_from([{}, {"indent": 2}, {"ensure_ascii": False}, {"separators": (",", ":")}, {"indent": "\t"}])


def as_texts(value: Any) -> Any:
    """A JSON value with every scalar as it is written."""
    if isinstance(value, dict):
        return {key: as_texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_texts(inner) for inner in value]
    return value if isinstance(value, str) else json.dumps(value)


@given(VALUES, STYLES)
def test_json_is_what_json_says(value: Any, style: dict[str, Any]) -> None:
    text = json.dumps(value, **style)
    document = read_strict_json(text, "f")
    assert plain(document.root) == as_texts(value)
    assert document.duplicates == []


@given(VALUES, STYLES)
def test_json_is_the_same_tree_as_yaml_where_libyaml_reads_it(value: Any, style: dict[str, Any]) -> None:
    text = json.dumps(value, **style)
    try:
        as_yaml = read_yaml(text, "f")
    except Unreadable:
        assert read_json(text, "f").format == "json"
        return
    as_json = read_json(text, "f")
    if "\x85" in text or "\u2028" in text or "\u2029" in text:  # line breaks in a quoted scalar, says YAML 1.1
        return
    assert described(as_yaml.root) == described(as_json.root)


def starts_with_its_token(document: Document, node: Scalar) -> bool:
    written = source(document, node.at)
    if node.block is not None:
        return written.startswith("|")
    if node.plain and not written.startswith("!"):
        return written.lower() == node.text.lower() or "\n" in written
    return written[:1] in "\"'>|!"


@given(VALUES, STYLES)
def test_every_scalar_of_json_stands_where_its_token_does(value: Any, style: dict[str, Any]) -> None:
    document = read_json(json.dumps(value, **style), "f")
    for node in nodes(document.root):
        written = source(document, node.at)
        if isinstance(node, Scalar):
            assert written == node.text if node.plain else json.loads(written) == node.text
        else:
            assert written[0] + written[-1] == ("{}" if isinstance(node, Mapping) else "[]")


@given(VALUES, st.booleans() | st.none(), st.sampled_from([None, '"', "'", "|", ">"]), st.sampled_from(["\n", "\r\n"]))
def test_yaml_is_what_the_base_loader_says(value: Any, flow: bool | None, style: str | None, line_end: str) -> None:
    text = yaml.dump(value, default_flow_style=flow, default_style=style, allow_unicode=True, Dumper=yaml.SafeDumper)
    data = text.replace("\n", line_end)
    try:
        expected = yaml.load(data, yaml.BaseLoader)
    except yaml.YAMLError:
        return
    document = read_yaml(data, "f")
    assert plain(document.root) == expected
    if not any(odd in data for odd in "\x85\u2028\u2029\ufeff"):
        assert all(starts_with_its_token(document, node) for node in nodes(document.root) if isinstance(node, Scalar))


TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Description: Northwind Observability \u2013 read access \U0001f680
Parameters:
  ExternalId: {Type: String, MinLength: 8, Default: ""}
Conditions:
  Given: !Not [!Equals [!Ref ExternalId, '']] # why
Common: &common
  Tags: [{Key: a, Value: "b\\tc"}]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      <<: *common
      RoleName: !Sub '${AWS::StackName}-it''s'
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::012345678901:root"}
            Condition: !If [Given, {StringEquals: {sts:ExternalId: !Ref ExternalId}}, !Ref AWS::NoValue]
      Policies:
      -\tPolicyName: inline
      - !Transform {Name: Acme}
  Rollout:
    Type: AWS::CloudFormation::StackSet
    Properties:
      TemplateBody: |
        {"Resources": {"Inner": {"Type": "AWS::SNS::Topic", "Name": "\\ud83d\\ude80"}}}
      Folded: >-
        one
        two
Outputs:
  Arn: {Value: !GetAtt Role.Arn}
"""
PIECES = [
    *"[]{}:,-?!&*#|>'\"%@`\\\t\r\n \0\x07\x7f\x85\u2028\ufeff\ud800\U0001f680=<",
    *("<<: *common", "&a ", "*a ", "!Sub ", "!!binary ", "---\n", "...\n", "? ", "- ", ": ", " #", "\\ud83d", "|+2\n"),
]


def mutated(text: str, dice: random.Random) -> str:
    """A text with a few pieces put in, cut out, doubled or moved."""
    for _ in range(dice.randint(1, 6)):
        start = dice.randrange(len(text) + 1)
        end = min(len(text), start + dice.choice((0, 0, 1, 2, 10, 80)))
        middle = dice.choice(("", dice.choice(PIECES), dice.choice(PIECES) * 3, text[start:end] * 2))
        text = text[:start] + middle + text[end:]
    return text


@pytest.mark.parametrize("parser", ["libyaml", "pure"])
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_whatever_is_read_ends_in_a_document_or_in_unreadable(
    parser: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if parser == "pure":
        monkeypatch.setattr(events, "CParser", None)
    original = TEMPLATE if form == "yaml" else json.dumps(plain(read(TEMPLATE, "f").root), indent=1)
    dice = random.Random(f"{parser} {form}")
    read_well = 0
    for _ in range(300):
        text = mutated(original, dice)
        data = text.encode("utf-8", "surrogatepass") if dice.random() < 0.5 else text
        if isinstance(data, bytes) and dice.random() < 0.2:
            data = data[: dice.randrange(len(data) + 1)] + bytes([dice.randrange(256)])
        try:
            document = read(data, "f")
        except Unreadable as error:
            assert error.reason and error.line >= 0
            continue
        read_well += 1
        for node in nodes(document.root):
            file, line, column, end_line, end_column = node.at
            assert file == "f" and (1, 1) <= (line, column) <= (end_line, end_column)
            assert source(document, node.at) is not None
            if isinstance(node, Scalar) and "\n" in node.text:
                embed(node)
        comments(document)
    assert read_well > 10


def embed(body: Scalar) -> None:
    try:
        inner = read_text(body.text, "f", body.at, body.block)
    except Unreadable as error:
        assert body.at.line <= error.line <= body.at.end_line + body.text.count("\n")
    else:
        assert inner.root.at.line >= body.at.line


@given(st.integers(1, 60), st.sampled_from(["[", "{a: ", "- ", "!Not [", '{"a": ']))
def test_depth_is_never_more_than_the_limit(levels: int, opening: str) -> None:
    closing = {"[": "]", "{": "}", "-": "", "!": "]"}[opening[0]]
    text = opening * levels + "x" + closing * levels
    tree_levels = levels * (2 if opening[0] == "!" else 1)
    if tree_levels > MAX_DEPTH:
        with pytest.raises(Unreadable):
            read_yaml(text, "f")
        return
    depth, node = 0, read_yaml(text, "f").root
    while not isinstance(node, Scalar):
        depth += 1
        node = next(iter(node.items()))[1] if isinstance(node, Mapping) else node.items[0]
    assert depth == tree_levels
