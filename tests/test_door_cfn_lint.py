"""cfn-lint: every rule is there, positions are exact in every format, its own ways of silencing work, ours cannot fail
without a word."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from cfnlint.rules import Rules

from tests.hosts import CFN_LINT, CFN_RULES, ROOT, apart, lint, linted, matches
from vetstack.rules import all_rules

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::LanguageExtensions
Resources:
  Agents:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions: {HttpTokens: optional}
  Fn::ForEach::Workers:
    - Size
    - [Small, Large]
    - Workers${Size}:
        Type: AWS::EC2::LaunchTemplate
        Properties:
          LaunchTemplateData:
            MetadataOptions:
              HttpTokens: optional
  Rollout:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: northwind-rollout
      PermissionModel: SELF_MANAGED
      TemplateBody: |
        Resources:
          Probes:
            Type: AWS::EC2::LaunchTemplate
            Properties:
              LaunchTemplateData:
                MetadataOptions:
                  HttpTokens: optional
"""
FOUND = {("E9401", 8, 39, 8, 47), ("E9401", 17, 27, 17, 35), ("E9401", 30, 31, 30, 39)}
"""Rule, line, column and end of the three findings of VET401: outside, under ForEach, and in an embedded body."""

PLAIN = """\
Resources:
  Agents:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions:
          HttpTokens: optional
  Others:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions:
          HttpTokens: optional
"""


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without a configuration of ours or of cfn-lint's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    (tmp_path / "plain.yaml").write_text(PLAIN)
    return tmp_path


def ids() -> set[str]:
    letters = {"error": "E", "warning": "W", "note": "I"}
    return {f"{letters[severity]}9{rule.number:03}" for rule in all_rules() for severity in rule.severities}


@pytest.mark.parametrize("load", ["directory", "module"])
def test_every_rule_and_severity_is_a_rule_of_cfn_lint(load: str) -> None:
    rules = (
        Rules.create_from_directory(str(CFN_RULES)) if load == "directory" else Rules.create_from_module("cfn_rules")
    )
    assert set(rules) == ids() and {"E9001", "W9002", "E9101"} <= ids()
    for rule in all_rules():
        for severity in rule.severities:
            host = rules[f"{severity[0].upper() if severity != 'note' else 'I'}9{rule.number:03}"]
            assert host.shortdesc == f"{rule.id} {rule.title}"
            assert " ".join(rule.problem.split()) in host.description
            assert host.source_url == rule.uri
            assert rule.name in host.tags
            assert host.severity == {"note": "informational"}.get(severity, severity)


def test_a_checkout_is_enough(workplace: Path) -> None:
    run = apart(CFN_LINT, "t.yaml", "-f", "json", "-a", CFN_RULES, cwd=workplace)
    assert {match[1:6] for match in matches(run.out) if match.rule == "E9401"} == FOUND, run.err


def test_its_name_means_the_folder_within_the_checkout(workplace: Path) -> None:
    run = apart(CFN_LINT, workplace / "plain.yaml", "-f", "json", "-a", "cfn_rules", cwd=ROOT)
    assert [match.line for match in matches(run.out)] == [7, 13], run.err


def in_json(out: str) -> set[tuple[object, ...]]:
    return {match[1:6] for match in matches(out)}


def in_parseable(out: str) -> set[tuple[object, ...]]:
    found = re.findall(r"^t\.yaml:(\d+):(\d+):(\d+):(\d+):(.9\d+):", out, re.MULTILINE)
    return {(rule, *map(int, place)) for *place, rule in found}


def in_pretty(out: str) -> set[tuple[object, ...]]:
    return {(rule, int(line), int(column)) for line, column, rule in re.findall(r"^(\d+):(\d+): +(.9\d+) ", out, re.M)}


def in_junit(out: str) -> set[tuple[object, ...]]:
    found = set()
    for case in ElementTree.fromstring(out).iter("testcase"):
        rule = case.attrib["name"].split()[0]
        for failure in case.iter("failure"):
            place = re.search(r" at t\.yaml:(\d+):(\d+)$", failure.attrib["message"])
            assert place
            found.add((rule, int(place[1]), int(place[2])))
    return {entry for entry in found if entry[0][1] == "9"}


def in_sarif(out: str) -> set[tuple[object, ...]]:
    found = set()
    for result in json.loads(out)["runs"][0]["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        place = (region[key] for key in ("startLine", "startColumn", "endLine", "endColumn"))
        found.add((result["ruleId"], *place))
    return {entry for entry in found if entry[0][1] == "9"}


@pytest.mark.parametrize("reader", [in_json, in_parseable, in_pretty, in_junit, in_sarif])
def test_positions_are_exact_in_every_format(reader: object) -> None:
    assert callable(reader)
    name = reader.__name__.removeprefix("in_")
    if name == "sarif":
        pytest.importorskip("sarif_om", reason="cfn-lint's extra `sarif` is not installed")
    found = {entry for entry in reader(lint("--format", name, "t.yaml").out) if entry[0] == "E9401"}
    assert found == {entry[: len(next(iter(found)))] for entry in FOUND}


def test_a_template_from_a_pipe_is_vetted(workplace: Path) -> None:
    """cfn-lint then has no file; what it has read is vetted and placed by its own knowledge of lines."""
    run = apart(CFN_LINT, "-f", "json", "-a", CFN_RULES, cwd=workplace, stdin=TEMPLATE)
    lines = [match.line for match in matches(run.out) if match.rule == "E9401"]
    assert sorted(lines) == [8, 17, 23], run.err
    clean = TEMPLATE.replace("optional", "required")
    run = apart(CFN_LINT, "-f", "json", "-a", CFN_RULES, cwd=workplace, stdin=clean)
    assert "E9401" not in run.out and "W9701" in run.out


def with_metadata(where: str, rule: str) -> str:
    """PLAIN with cfn-lint's own way of silencing a rule, for the template or for its first resource."""
    said = f"Metadata: {{cfn-lint: {{config: {{ignore_checks: [{rule}]}}}}}}\n"
    if where == "template":
        return said + PLAIN
    return PLAIN.replace("    Properties:\n", f"    {said}    Properties:\n", 1)


@pytest.mark.parametrize(
    ("options", "text", "lines"),
    [
        ([], PLAIN, [7, 13]),
        (["--ignore-checks", "E9401"], PLAIN, []),
        (["--ignore-checks", "E9"], PLAIN, []),
        ([], with_metadata("template", "E9401"), []),
        (["--mandatory-checks", "E9"], with_metadata("template", "E9401"), [8, 14]),
        ([], with_metadata("resource", "E9401"), [14]),
        (["--mandatory-checks", "E9401"], with_metadata("resource", "E9401"), [8, 14]),
    ],
    ids=["nothing", "-i", "-i prefix", "template", "template -m", "resource", "resource -m"],
)
def test_cfn_lints_own_ways_of_silencing(workplace: Path, options: list[str], text: str, lines: list[int]) -> None:
    (workplace / "plain.yaml").write_text(text)
    assert [match.line for match in linted(*options, "--", "plain.yaml")] == lines


def test_mandatory_checks_leave_an_untrusted_template_no_way_out(workplace: Path) -> None:
    """The way of docs/doors.md. A template that cfn-lint cannot expand reaches no rule, and can silence even that."""
    silent = "Metadata: {cfn-lint: {config: {ignore_checks: [E, W], include_checks: [I], ignore_bad_template: true}}}\n"
    mandatory = ["--mandatory-checks", "E0", "E9", "W9", "--format", "parseable", "--", "plain.yaml"]
    (workplace / "plain.yaml").write_text(silent + PLAIN)
    assert lint(*mandatory).out.count(":E9401:") == 2
    loop = "  Fn::ForEach::Twice:\n    - N\n    - ['1', '1']\n    - Topic${N}: {Type: AWS::SNS::Topic}\n"
    taken = "  Topic1: {Type: AWS::SNS::Topic}\n"
    (workplace / "plain.yaml").write_text(silent + "Transform: AWS::LanguageExtensions\n" + PLAIN + taken + loop)
    assert lint("plain.yaml").status == 0
    assert ":E0001:" in lint(*mandatory).out


def test_notes_are_shown_when_asked_for(workplace: Path) -> None:
    (workplace / "plain.yaml").write_text(PLAIN.replace("  Agents", "  # vetstack:ignore[VET401] ours\n  Agents"))
    assert {match.rule for match in linted("plain.yaml")} == {"E9401"}
    assert {match.rule for match in linted("--include-checks", "I", "--", "plain.yaml")} == {"E9401", "I9003"}


def test_undecided_and_unread_are_matches(workplace: Path) -> None:
    stack = (
        "  Nested:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: https://acme.example/t\n"
    )
    (workplace / "plain.yaml").write_text(PLAIN + stack)
    assert [match.line for match in linted("plain.yaml") if match.rule == "W9002"] == [17]
    deep = "  Deep:\n    Type: AWS::SNS::Topic\n    Metadata:\n      Nested: " + "[" * 120 + "]" * 120 + "\n"
    (workplace / "plain.yaml").write_text(PLAIN + deep)
    (match,) = linted("plain.yaml")
    assert (match.rule, match.line) == ("E9001", 17) and "inside one another" in match.message


def test_the_configuration_is_the_command_lines(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workplace / "vetstack.toml").write_text('off = ["imdsv1-allowed"]\n')
    assert linted("plain.yaml") == []
    monkeypatch.setenv("VETSTACK_CONFIG", "")
    assert len(linted("plain.yaml")) == 2
    (workplace / "vetstack.toml").rename(workplace / "ours.toml")
    monkeypatch.setenv("VETSTACK_CONFIG", "ours.toml")
    assert linted("plain.yaml") == []
    monkeypatch.delenv("VETSTACK_CONFIG")
    (workplace / "vetstack.toml").write_text('of = ["imdsv1-allowed"]\n')
    (match,) = linted("plain.yaml")
    assert match.rule == "E9001" and 'did you mean "off"?' in match.message


def test_a_review_that_fails_is_a_match(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("out of\n\x1b[2Jorder")

    monkeypatch.setattr("vetstack.review.review", failing)
    run = lint("-f", "json", "plain.yaml")
    (match,) = matches(run.out)
    assert match.rule == "E9001" and r"RuntimeError: out of\n\x1b[2Jorder" in match.message
    assert run.status == 2


def test_an_engine_that_does_not_load_is_a_match(workplace: Path) -> None:
    """A checkout that is broken, or one for a newer Python."""
    checkout = workplace / "checkout"
    shutil.copytree(CFN_RULES, checkout / "cfn_rules", ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "vetstack").mkdir()
    (checkout / "vetstack" / "__init__.py").write_text("raise ImportError('half a checkout')\n")
    run = apart(CFN_LINT, "plain.yaml", "-f", "json", "-a", checkout / "cfn_rules", cwd=workplace)
    (match,) = matches(run.out)
    assert match.rule == "E9001" and "half a checkout" in match.message and run.status == 2


def test_a_resource_cannot_silence_what_is_not_its_own(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """cfn-lint drops a match that has no path as soon as any resource ignores its rule."""
    (workplace / "plain.yaml").write_text(with_metadata("resource", "E9001"))
    monkeypatch.setattr("vetstack.review.review", lambda *_: 1 / 0)
    assert [match.rule for match in linted("plain.yaml")] == ["E9001"]


def test_a_template_cannot_write_lines_of_the_report(workplace: Path) -> None:
    (workplace / "plain.yaml").write_text(
        "Resources:\n  Nested:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n"
        r'      TemplateURL: "https://acme.example/\nplain.yaml:1:1:1:1:E9401:forged\e[2J"' + "\n"
    )
    out = lint("-f", "parseable", "plain.yaml").out
    assert r"\nplain.yaml:1:1:1:1:E9401:forged\x1b[2J" in out
    assert all(re.match(r"plain\.yaml:\d+:\d+:\d+:\d+:[EW]\d+:", line) for line in out.splitlines())


def test_a_template_is_vetted_once_for_all_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    import vetstack.review

    vetted, plain = [], vetstack.review.review

    def counting(paths: list[str], *rest: object) -> object:
        vetted.extend(paths)
        return plain(paths, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("vetstack.review.review", counting)
    assert len(linted("plain.yaml", "t.yaml")) >= 5
    assert vetted == ["plain.yaml", "t.yaml"]


def test_as_a_program_it_lints_templates_only(workplace: Path) -> None:
    from cfn_rules.__main__ import command_line

    (workplace / "docker-compose.yaml").write_text("services: {web: {image: acme/web}}\n")
    (workplace / "broken.yaml").write_text("Resources: {Role: {Type: AWS::IAM::Role\n")
    (workplace / "rules.txt").write_text("")
    assert command_line(["docker-compose.yaml"]) is None
    assert command_line([]) is None
    files = ["plain.yaml", "docker-compose.yaml", "broken.yaml"]
    start = ["--append-rules", str(CFN_RULES)]
    assert command_line(files) == [*start, "--", "plain.yaml", "broken.yaml"]
    assert command_line(["-i", "W2", "E3", "--", *files]) == [
        *start,
        "-i",
        "W2",
        "E3",
        "--",
        "plain.yaml",
        "broken.yaml",
    ]
    options = ["--trust-suppressions", "--custom-rules=rules.txt"]
    assert command_line([*options, "plain.yaml"]) == [*start, "--custom-rules=rules.txt", "--", "plain.yaml"]


@pytest.mark.parametrize(("trust", "rules"), [("", ["E9401", "E9401"]), ("--trust-suppressions", ["E9401"])])
def test_as_a_program_it_can_trust_suppressions(workplace: Path, trust: str, rules: list[str]) -> None:
    (workplace / "plain.yaml").write_text(
        PLAIN.replace("  Agents", "  # vetstack:ignore[VET401] our own tool\n  Agents")
    )
    program = f"sys.path.insert(0, {str(ROOT)!r})\nimport runpy\nrunpy.run_module('cfn_rules', run_name='__main__')\n"
    run = apart(program, *trust.split(), "--format=json", "plain.yaml", cwd=workplace)
    assert [match.rule for match in matches(run.out)] == rules, run.err


def test_a_template_that_stands_where_cfn_lint_expects_rules_gets_a_sentence(workplace: Path) -> None:
    run = apart(CFN_LINT, "-a", CFN_RULES, "plain.yaml", cwd=workplace)
    assert run.status == 1
    assert "write: cfn-lint plain.yaml -a cfn_rules" in run.err
    assert "Traceback" not in run.err
