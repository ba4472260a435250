"""Requests in a template to leave findings out: which are seen, which count, and how the others are reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from vetstack.blocks import Blocks
from vetstack.findings import Finding
from vetstack.load import Loaded, load
from vetstack.position import Position
from vetstack.review import review
from vetstack.rules import all_rules
from vetstack.settings import Settings
from vetstack.suppressions import Outcome, apply_suppressions

FIRST, SECOND = [rule for rule in all_rules() if rule.number >= 100][:2]
TRUSTED = Settings(trust_suppressions=True)

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Vendor:
    Type: String
Resources:
  Before:
    Type: AWS::IAM::Role
    Properties:
      Path: /before/
  Role:{header}
    Type: AWS::IAM::Role{body}
    Properties:{above}
      Path: /acme/{trailing}
  After:
    Type: AWS::IAM::Role
    Properties:
      Path: /after/
"""


def loaded(folder: Path, *, header: str = "", body: str = "", above: str = "", trailing: str = "") -> Loaded:
    path = folder / "t.yaml"
    path.write_text(TEMPLATE.format(header=header, body=body, above=above, trailing=trailing))
    found = load([path])
    assert not found.unread
    assert len(found.templates) == 1
    return found


def finding(own: Loaded, text: str = "/acme/", resource: str = "Role", number: int = FIRST.number) -> Finding:
    """A finding on the line that holds a text."""
    ((file, document),) = own.documents.items()
    line = next(n for n, one in enumerate(document.text.split("\n"), 1) if text in one)
    return Finding(f"VET{number:03}", FIRST.name, "error", Position(file, line, 7, line, 11), resource, "It is so.")


def outcome(own: Loaded, *findings: Finding, settings: Settings = TRUSTED) -> Outcome:
    return apply_suppressions(own.templates, [*own.documents.values(), *own.embedded], findings, settings)


def notes(result: Outcome) -> list[str]:
    return [each.message for each in result.findings if each.rule == "VET003"]


def others(result: Outcome) -> list[Finding]:
    return [each for each in result.findings if each.rule != "VET003"]


ASKS = f"# vetstack:ignore[{FIRST.id}] our own account"

PLACES = {
    "on the line": {"trailing": f"  {ASKS}"},
    "above the line": {"above": f"\n      {ASKS}"},
    "at the top of a block of comments above": {"above": f"\n      {ASKS}\n      # and more\n# of it"},
    "on the header of the resource": {"header": f" {ASKS}"},
    "with spaces": {"trailing": f"  #  vetstack:ignore[ {FIRST.id.lower()} , {FIRST.name} ]  our own account"},
    "by number": {"trailing": f"  # vetstack:ignore[{FIRST.number}]: our own account"},
    "in a list of mappings": {
        "body": f"\n    Metadata: {{vetstack: {{ignore: [{{rule: {FIRST.id}, reason: our own account}}]}}}}"
    },
    "in one mapping": {
        "body": f"\n    Metadata: {{vetstack: {{ignore: {{rule: {FIRST.id}, reason: our own account}}}}}}"
    },
    "by rule": {"body": f"\n    Metadata:\n      vetstack:\n        ignore:\n          {FIRST.name}: our own account"},
    "of several rules": {
        "body": f"\n    Metadata: {{vetstack: {{ignore: {{rule: [{FIRST.id}], reason: our own account}}}}}}"
    },
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_trusted_request_leaves_the_finding_out(tmp_path: Path, place: dict[str, str]) -> None:
    own = loaded(tmp_path, **place)
    result = outcome(own, finding(own))
    assert result.findings == []
    assert result.unheeded == []
    ((left_out, by),) = result.suppressed
    assert left_out == finding(own)
    assert by.reason == "our own account"
    assert by.block == "Role"


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_an_untrusted_request_leaves_nothing_out_and_is_reported(tmp_path: Path, place: dict[str, str]) -> None:
    own = loaded(tmp_path, **place)
    result = outcome(own, finding(own), settings=Settings())
    assert others(result) == [finding(own)]
    assert result.suppressed == []
    (note,) = [each for each in result.findings if each.rule == "VET003"]
    assert (note.name, note.severity, note.resource) == ("untrusted-suppression", "note", "Role")
    assert '"our own account"' in note.message
    assert "not trusted" in note.message
    (evidence,) = note.evidence
    assert evidence.at == finding(own).at
    (unheeded,) = result.unheeded
    assert unheeded.suppression.at == note.at


@pytest.mark.parametrize(
    "place",
    [
        {"above": f"\n      {ASKS}\n"},  # an empty line between
        {"body": f"  {ASKS}"},
        {"above": f'\n      Tags:\n        - "x\n\n      {ASKS}"'},
        {"above": f"\n      PermissionsBoundary: |\n        {ASKS}"},
    ],
    ids=["an empty line between", "another line", "in a quoted text", "in a block scalar"],
)
def test_a_request_elsewhere_is_about_something_else(tmp_path: Path, place: dict[str, str]) -> None:
    own = loaded(tmp_path, **place)
    assert others(outcome(own, finding(own))) == [finding(own)]


def test_a_request_above_the_header_is_about_the_whole_resource_and_no_other(tmp_path: Path) -> None:
    text = TEMPLATE.format(header="", body="", above="", trailing="").replace("  Role:", f"  {ASKS}\n  Role:")
    (tmp_path / "t.yaml").write_text(text)
    own = load([tmp_path / "t.yaml"])
    elsewhere = [finding(own, "/before/", "Before"), finding(own, "/after/", "After")]
    result = outcome(own, *elsewhere, finding(own))
    assert others(result) == elsewhere
    assert [entry.finding for entry in result.suppressed] == [finding(own)]


def test_metadata_is_about_its_own_resource_and_what_is_embedded_in_it(tmp_path: Path) -> None:
    own = loaded(tmp_path, body=f"\n    Metadata: {{vetstack: {{ignore: {{{FIRST.id}: our own account}}}}}}")
    inner = finding(own, "/after/", "Role > Inner")
    apart = [finding(own, "/after/", "RoleTwo > Inner"), finding(own, "/acme/", "After")]
    result = outcome(own, inner, *apart)
    assert [entry.finding for entry in result.suppressed] == [inner]
    assert others(result) == apart


def test_another_rule_is_not_silenced(tmp_path: Path) -> None:
    own = loaded(tmp_path, trailing=f"  {ASKS}")
    other = finding(own, number=SECOND.number)
    result = outcome(own, other)
    assert others(result) == [other]
    assert any(f"no finding of {FIRST.id} here needs it" in note for note in notes(result))


def test_several_rules_in_one_comment(tmp_path: Path) -> None:
    own = loaded(tmp_path, trailing=f"  # vetstack:ignore[{FIRST.id}, {SECOND.name}] our own account")
    result = outcome(own, finding(own), finding(own, number=SECOND.number))
    assert result.findings == []
    assert len(result.suppressed) == 2


@pytest.mark.parametrize(
    "place",
    [
        {"trailing": f"  # vetstack:ignore[{FIRST.id}]"},
        {"trailing": f"  # vetstack:ignore[{FIRST.id}] --"},
        {"body": f"\n    Metadata: {{vetstack: {{ignore: [{{rule: {FIRST.id}}}]}}}}"},
        {"body": f'\n    Metadata: {{vetstack: {{ignore: {{{FIRST.id}: ""}}}}}}'},
        {"body": f"\n    Metadata: {{vetstack: {{ignore: {{{FIRST.id}: !Ref Vendor}}}}}}"},
    ],
)
def test_without_a_reason_it_does_not_count_even_when_trusted(tmp_path: Path, place: dict[str, str]) -> None:
    own = loaded(tmp_path, **place)
    result = outcome(own, finding(own))
    assert others(result) == [finding(own)]
    assert len(result.unheeded) == 1
    (note,) = notes(result)
    assert "it gives no reason" in note


@pytest.mark.parametrize(
    ("asks", "said"),
    [
        ("vetstack:ignore[VET999] because", 'there is no rule "VET999"'),
        ("vetstack:ignore[*] because", 'there is no rule "*"'),
        ("vetstack:ignore[VET001] because", "VET001 is about the review itself and cannot be suppressed"),
        ("vetstack:ignore[undecided] because", "VET002 is about the review itself"),
        ("vetstack:ignore[untrusted-suppression] because", "VET003 is about the review itself"),
        (f"vetstack:ignore {FIRST.id} because", "it is not understood"),
        ("vetstack:ignore[] because", "it is not understood"),
        ("vetstack:ignore", "it is not understood"),
    ],
)
def test_what_names_no_rule_is_reported(tmp_path: Path, asks: str, said: str) -> None:
    own = loaded(tmp_path, trailing=f"  # {asks}")
    result = outcome(own, finding(own))
    assert others(result) == [finding(own)]
    (note,) = notes(result)
    assert said in note
    assert "needs it" not in note
    assert len(result.unheeded) == 1


@pytest.mark.parametrize("ignore", ["[VET101]", "VET101", "true", "[{rule: {a: b}, reason: x}]", "[]"])
def test_metadata_that_is_not_understood_never_silences(tmp_path: Path, ignore: str) -> None:
    own = loaded(tmp_path, body=f"\n    Metadata: {{vetstack: {{ignore: {ignore}}}}}")
    result = outcome(own, finding(own))
    assert others(result) == [finding(own)]
    assert all("it is not understood; write `ignore: " in note for note in notes(result))
    assert len(notes(result)) == (0 if ignore == "[]" else 1)


def test_an_unused_request_is_a_note_unless_the_rule_is_off(tmp_path: Path) -> None:
    own = loaded(tmp_path, trailing=f"  {ASKS}")
    (note,) = notes(outcome(own))
    assert f"no finding of {FIRST.id} here needs it" in note
    off = Settings(trust_suppressions=True, off=frozenset({FIRST.id}))
    assert outcome(own, settings=off).findings == []


def test_json_has_no_comments_but_has_metadata(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(
        '{"Resources": {"Role": {"Type": "AWS::IAM::Role",'
        '"Properties": {"Path": "/acme/ # vetstack:ignore[VET999] x"},'
        f'\n"Metadata": {{"vetstack": {{"ignore": [{{"rule": "{FIRST.id}", "reason": "our own account"}}]}}}}}}}}}}'
    )
    own = load([path])
    result = outcome(own, finding(own))
    assert result.findings == []
    assert len(result.suppressed) == 1


def test_comments_are_only_looked_for_where_the_mark_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(document: object) -> list[object]:
        raise AssertionError("the tokens were read again")

    monkeypatch.setattr("vetstack.sources.comments.comments", never)
    own = loaded(tmp_path, trailing="  # vetstack is fine")
    assert outcome(own, finding(own)).findings == [finding(own)]


def test_many_requests_and_findings_are_matched_in_linear_time(tmp_path: Path) -> None:
    """Twenty thousand of each: pairwise, it would not end while the tests run."""
    number = 20_000
    lines = "\n".join(f"  {ASKS}\n  P{index}: {{Type: String}}" for index in range(number))
    path = tmp_path / "t.yaml"
    path.write_text(f"Parameters:\n{lines}\nResources:\n  Role: {{Type: AWS::IAM::Role}}\n")
    own = load([path])
    at = own.templates[0].parameters.values()
    found = [Finding(FIRST.id, FIRST.name, "error", each.at, each.address, "It is so.") for each in at]
    assert len(found) == number
    result = outcome(own, *found)
    assert result.findings == []
    assert len(result.suppressed) == number


def test_a_place_belongs_to_the_last_block_that_begins_before_it(tmp_path: Path) -> None:
    own = loaded(tmp_path)
    blocks = Blocks(own.templates)
    at = finding(own).at
    assert blocks.at(at) == "Role"
    assert blocks.at(at._replace(line=1)) == "Template"
    assert blocks.at(next(iter(own.templates[0].parameters.values())).at) == "Parameters.Vendor"
    assert blocks.at(own.templates[0].resources["Role"].at) == "Role"
    assert blocks.at(at._replace(file="another.yaml")) == "Template"


@pytest.mark.parametrize("suppressing", ["a.yaml", "b.yaml"])
@pytest.mark.parametrize("how", ["metadata", "comment"])
def test_a_request_in_one_file_does_not_speak_of_another(tmp_path: Path, suppressing: str, how: str) -> None:
    metadata = "    Metadata: {vetstack: {ignore: {VET201: a sandbox}}}\n" if how == "metadata" else ""
    comment = "  # vetstack:ignore[VET201] a sandbox\n" if how == "comment" else ""
    for name in ("a.yaml", "b.yaml"):
        asked = name == suppressing
        (tmp_path / name).write_text(
            f"Resources:\n{comment if asked else ''}  G:\n    Type: AWS::IAM::Group\n{metadata if asked else ''}"
            "    Properties:\n      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]\n"
        )
    outcome = review([tmp_path / "a.yaml", tmp_path / "b.yaml"], Settings(trust_suppressions=True))
    assert [Path(finding.at.file).name for finding in outcome.findings] == [
        name for name in ("a.yaml", "b.yaml") if name != suppressing
    ]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_comment_inside_an_embedded_template_is_heard(tmp_path: Path, trusted: bool) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(
        "Resources:\n  S:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      TemplateBody: |\n"
        "        Resources:\n          G:\n            Type: AWS::IAM::Group\n            Properties:\n"
        "              ManagedPolicyArns:\n                # vetstack:ignore[VET201] a sandbox\n"
        "                - arn:aws:iam::aws:policy/AdministratorAccess\n"
    )
    outcome = review([path], Settings(trust_suppressions=trusted))
    found = [(finding.rule, finding.at.line) for finding in outcome.findings if finding.rule != "VET701"]
    assert found == ([] if trusted else [("VET003", 11), ("VET201", 12)])
    assert len(outcome.suppressed) == trusted
