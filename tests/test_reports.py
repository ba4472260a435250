"""Reports: what people and programs are told, and that a hostile template cannot speak in the report's voice."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from vetstack.findings import Evidence, Finding, Severity
from vetstack.load import Unread
from vetstack.position import Position
from vetstack.reports import FORMATS, renderer
from vetstack.reports.interface import View
from vetstack.reports.prose import explanation, rule_list
from vetstack.reports.typography import columns
from vetstack.review import Review
from vetstack.rules import all_rules
from vetstack.settings import Settings
from vetstack.sources.interface import Document, Mapping
from vetstack.suppressions import Suppressed, Suppression, Unheeded
from vetstack.template import Undecided

FILE = "vendor/role.yaml"
SOURCE = """\
Resources:
  VendorRole:
    Type: AWS::IAM::Role
    Properties:
      Path: /acme/
"""
HOSTILE = (
    "a\x1b[2J\x1b]8;;x\x07b\r\nVetted 1 template\n"
    "\u202ec\u2066d\u2028e\x85f\x9b31mg\u200bh\x00i\x7fj\ud800k\u3164l\ufe0fm\t\U000e0041"
)
RAW = re.compile("[^\x20-\x7e\n]")


EMPTY = Review([], [], [], [], [], [], 0, {})


def at(line: int = 5, column: int = 7, end_column: int = 11, file: str = FILE) -> Position:
    return Position(file, line, column, line, end_column)


def finding(severity: Severity = "error", **other: Any) -> Finding:
    said = {"at": at(), "resource": "VendorRole", "message": "Anybody may come in.", **other}
    return Finding("VET101", "missing-external-id", severity, **said)


def review(*findings: Finding, source: str = SOURCE, **other: Any) -> Review:
    document = Document(Mapping(at(1, 1)), FILE, source, "yaml")
    parts = {"files": [(FILE, "cloudformation")], "findings": list(findings), "documents": {FILE: document}, **other}
    return EMPTY._replace(**parts)


def text(own: Review, settings: Settings | None = None, **view: Any) -> str:
    return renderer("text")(own, settings or Settings(), View(**view))


def data(own: Review, settings: Settings | None = None, **view: Any) -> dict[str, Any]:
    report = renderer("json")(own, settings or Settings(), View(**view))
    assert report.isascii()
    made = json.loads(report)
    assert isinstance(made, dict)
    return made


def last(own: Review, settings: Settings | None = None, **view: Any) -> str:
    return text(own, settings, **view).splitlines()[-1]


def request(reason: str = "our own") -> Suppression:
    return Suppression(at(4, 3), ("VET101",), reason, "VendorRole", (4, 5))


# What a person is told


def test_a_finding_in_full() -> None:
    own = review(
        finding(
            when="UseExternalId is false",
            also=("VendorPolicy", "Parameters.Vendor"),
            evidence=(Evidence(at(2, 3), "the role"), Evidence(at(7, file="vendor/b.yaml"), "another file")),
        )
    )
    assert (
        text(own)
        == """\
vendor/role.yaml: 1 finding
  vendor/role.yaml:5:7  error  VET101 missing-external-id  VendorRole
    Anybody may come in.
    when  UseExternalId is false
       5 |       Path: /acme/
         |       ^^^^
    see   line 2: the role
    see   vendor/b.yaml:7: another file
    also  VendorPolicy, Parameters.Vendor

Vetted     1 CloudFormation template: vendor/role.yaml

1 error in 1 template: do not deploy before the vendor has answered.
"""
    )


def test_everything_else_is_stated() -> None:
    own = review(
        finding("note"),
        suppressed=[Suppressed(finding(), request())],
        unheeded=[Unheeded(request(), "not trusted"), Unheeded(request(), "and unknown")],
        undecided=[Undecided(at(3), "Nested", "it is fetched"), Undecided(at(4), "Other", "it is fetched")],
        unread=[
            Unread("vendor/b.yaml", 3, 1, "no YAML"),
            Unread("vendor/c.yaml", 0, 0, "no such file"),
            Unread("vendor/d.yaml", 0, 0, "no such file"),
        ],
        skipped=2,
    )
    settings = Settings(
        frozenset({"111122223333"}), "self-managed", ("eu-west-1",), True, frozenset({"VET001"}), "vetstack.toml"
    )
    assert (
        text(own, settings)
        == """\
Undecided: what is deployed here cannot be seen
  vendor/role.yaml:3, 4  Nested, Other: it is fetched

Unread: this was not vetted
  vendor/b.yaml:3  no YAML
  vendor/c.yaml, vendor/d.yaml  no such file

Suppressed: the template asked for it and is trusted
  vendor/role.yaml:5  error VET101 missing-external-id, VendorRole: line 4 says "our own"

Vetted     1 CloudFormation template: vendor/role.yaml; 2 other files in the folders are no template
Settings   vetstack.toml was read; rules off: VET001 unread; suppressions in the templates count;
           trusted accounts: 111122223333; judged as a self-managed StackSet; regions: eu-west-1
Ignored    1 suppression in the templates was not honoured: vendor/role.yaml:4
Not shown  1 note; --strict shows it

No errors or warnings beside 1 suppressed in 1 template with 1 rule off, 2 undecided, 3 unread: \
do not deploy what has not been vetted.
"""
    )


UNDECIDED = [Undecided(at(3), "Nested", "it is fetched")]
UNREAD = [Unread("vendor/b.yaml", 3, 1, "no YAML")]


@pytest.mark.parametrize(
    ("own", "line"),
    [
        (review(), "No errors or warnings in 1 template."),
        (review(finding("warning")), "1 warning in 1 template: ask the vendor before you deploy."),
        (
            review(finding(), finding("warning"), finding("warning"), undecided=UNDECIDED, unread=UNREAD),
            "1 error, 2 warnings in 1 template, 1 undecided, 1 unread: do not deploy before the vendor has answered.",
        ),
        (
            review(undecided=UNDECIDED),
            "No errors or warnings in 1 template, 1 undecided: look at what is undecided yourself before you deploy.",
        ),
        (
            review(finding("warning"), unread=UNREAD),
            "1 warning in 1 template, 1 unread: do not deploy what has not been vetted.",
        ),
        (EMPTY._replace(unread=UNREAD), "1 unread: do not deploy what has not been vetted."),
        (EMPTY._replace(skipped=3), "Nothing was vetted: none of 3 files is a template."),
        (EMPTY, "Nothing was vetted: there is no template."),
    ],
)  # fmt: skip
def test_the_last_line_can_be_acted_on(own: Review, line: str) -> None:
    assert last(own) == line
    assert ("clean" in line) is False


def test_the_last_line_counts_templates_with_findings() -> None:
    own = review(finding(), finding(at=at(file="folder/main.tf")))
    folders = [("folder", "terraform"), ("fold", "terraform")]
    own = own._replace(files=[(FILE, "cloudformation"), *folders, ("x.yaml", "cloudformation")])
    assert last(own).startswith("2 errors in 2 of 4 templates:")


def test_notes_are_shown_only_when_strict() -> None:
    own = review(finding("note"))
    assert "VET101" not in text(own)
    assert last(own, strict=True) == "1 note in 1 template."
    assert "VET101" in text(own, strict=True)
    assert last(review(), strict=True) == "No findings in 1 template."
    assert data(own)["findings"] == []
    assert data(own)["summary"] == {"error": 0, "warning": 0, "note": 0, "hidden_notes": 1}
    assert len(data(own, strict=True)["findings"]) == 1


def test_findings_are_grouped_by_file() -> None:
    other = at(file="vendor/b.yaml")
    report = text(review(finding(at=other), finding("warning", at=other), finding()))
    headings = [line for line in report.splitlines() if line.endswith(("finding", "findings"))]
    assert headings == ["vendor/b.yaml: 2 findings", "vendor/role.yaml: 1 finding"]


@pytest.mark.parametrize("line", [0, 6, 400])
def test_a_line_that_is_not_there_has_no_excerpt(line: int) -> None:
    report = text(review(finding(at=at(line))))
    assert " | " not in report
    assert f"{FILE}:{line}:7" in report


def test_colours_only_when_asked_for() -> None:
    own = review(finding(), undecided=UNDECIDED)
    colored = text(own, color=True)
    assert "\x1b[1;31merror\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == text(own)


@pytest.mark.parametrize("width", [40, 57, 80, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = "word " * 50 + "x" * 300 + "日本語" * 80
    own = review(
        finding(message=long, when=long, resource="R" * 255, also=(long,) * 20, evidence=(Evidence(at(), long),) * 9),
        finding(at=at(file="a b/" + "c" * 200), resource="r " * 90),
        source=f"\n\n\n\n      Path: {long}\n",
        undecided=[Undecided(at(), long, long)],
        unread=[Unread("a file " * 40, 3, 3, long)],
        suppressed=[Suppressed(finding(resource=long), request(long))],
    )
    lines = text(own, width=width).splitlines()
    assert len(lines) > 60
    assert [line for line in lines[:-1] if columns(line) > width] == []


def test_a_location_is_one_word_however_long() -> None:
    file = "/".join(["a-rather-long-name-of-a-folder"] * 6)
    assert f"  {file}:5:7" in text(review(finding(at=at(file=file)))).splitlines()


# What a program is told


def test_json_is_version_one() -> None:
    own = review(
        finding(when="X is false", also=("P",), evidence=(Evidence(at(2, 3, 4), "see"),)),
        undecided=UNDECIDED,
        unread=UNREAD,
    )
    made = data(own)
    assert made["version"] == 1
    assert set(made["tool"]) == {"name", "version", "data"}
    assert made["tool"]["name"] == "vetstack"
    assert made["files"] == [{"file": FILE, "kind": "cloudformation"}]
    assert made["findings"] == [
        {
            "rule": "VET101",
            "name": "missing-external-id",
            "severity": "error",
            "file": FILE,
            "line": 5,
            "column": 7,
            "end_line": 5,
            "end_column": 11,
            "resource": "VendorRole",
            "also": ["P"],
            "message": "Anybody may come in.",
            "when": "X is false",
            "evidence": [{"file": FILE, "line": 2, "column": 3, "message": "see"}],
        }
    ]
    assert made["undecided"] == [
        {"file": FILE, "line": 3, "column": 7, "resource": "Nested", "reason": "it is fetched"}
    ]
    assert made["unread"] == [{"file": "vendor/b.yaml", "line": 3, "column": 1, "reason": "no YAML"}]


def test_json_states_settings_and_suppressions() -> None:
    unheeded_one = Unheeded(request(""), "no reason")
    own = review(suppressed=[Suppressed(finding(), request())], unheeded=[unheeded_one], skipped=4)
    made = data(own, Settings(off=frozenset({"VET401", "VET102"}), source="vetstack.toml"))
    assert made["settings"] == {
        "source": "vetstack.toml",
        "trusted_accounts": [],
        "vendor_accounts": [],
        "stackset": "service-managed",
        "regions": [],
        "trust_suppressions": False,
        "off": ["VET102", "VET401"],
    }
    (left_out,) = made["suppressed"]
    assert left_out["rule"] == "VET101"
    assert left_out["suppression"] == {
        "file": FILE, "line": 4, "column": 3, "resource": "VendorRole", "rules": ["VET101"], "reason": "our own"
    }  # fmt: skip
    (unheeded,) = made["unheeded"]
    assert (unheeded["why"], unheeded["reason"]) == ("no reason", "")
    assert made["skipped"] == 4


def test_json_holds_everything_that_text_cuts() -> None:
    message = "m" * 20_000
    own = review(finding(message=message))
    assert data(own)["findings"][0]["message"] == message
    assert "[... 18,500 more characters]" in " ".join(text(own).split())


# What a hostile template can do


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "iso-8859-1"])
def test_a_template_cannot_write_to_the_terminal(encoding: str) -> None:
    own = review(
        finding(
            message=HOSTILE,
            when=HOSTILE,
            resource=HOSTILE,
            also=(HOSTILE,),
            at=at(column=1, file=HOSTILE),
            evidence=(Evidence(at(file=HOSTILE), HOSTILE),),
        ),
        finding(),
        source=f"\n\n\n\n{HOSTILE[:8]}{HOSTILE[40:]}Path\n",
        undecided=[Undecided(at(file=HOSTILE), HOSTILE, HOSTILE)],
        unread=[Unread(HOSTILE, 1, 1, HOSTILE)],
        suppressed=[Suppressed(finding(resource=HOSTILE), request(HOSTILE))],
        unheeded=[Unheeded(Suppression(at(file=HOSTILE), (HOSTILE,), HOSTILE, HOSTILE), HOSTILE)],
    )
    own.files.append((HOSTILE, "cloudformation"))
    report = text(own, Settings(source=HOSTILE), strict=True, encoding=encoding)
    assert RAW.findall(report) == []
    assert report.count("\\x1b[2J") >= 10
    assert [line for line in report.splitlines() if line.startswith("Vetted 1 template")] == []
    assert json.loads(renderer("json")(own, Settings(), View()))["findings"][0]["message"] == HOSTILE


def test_what_the_terminal_cannot_show_is_escaped_before_it_is_measured() -> None:
    own = review(finding(message="é日本 is it", at=at(column=7)), source="\n\n\n\n  é日: Path\n")
    report = text(own, encoding="ascii")
    assert report.isascii()
    assert "    \\xe9\\u65e5\\u672c is it\n" in report
    assert "       5 |   \\xe9\\u65e5: Path\n         |               ^^^^\n" in report


def test_a_padded_name_cannot_begin_a_line() -> None:
    """Were the terminal to wrap, spaces in a name would put the rest of it into its first column."""
    own = review(finding(resource=" " * 70 + "No findings in 1 template."))
    forged = [line for line in text(own, width=80).splitlines() if line.startswith("No findings")]
    assert forged == []


# Rules in words


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_every_rule_explains_itself(rule: Any) -> None:
    said = explanation(rule, 80)
    assert said.startswith(f"{rule.id} {rule.name} (")
    for heading in ("What is wrong", "How it becomes your incident", "What to ask the vendor for", "Before", "After"):
        assert f"\n\n{heading}\n  " in said
    prose = said[: said.index("\n\nBefore\n")]
    assert [line for line in prose.splitlines()[1:] if len(line) > 80] == []


def test_the_list_has_every_rule_once() -> None:
    names = re.findall(r"^  (VET\d{3}) ", rule_list(all_rules(), 80), re.MULTILINE)
    assert names == [rule.id for rule in all_rules()]


def test_every_format_has_a_renderer() -> None:
    folder = Path(__file__).parent.parent / "vetstack" / "reports"
    assert all((folder / f"{module.rpartition('.')[2]}.py").exists() for module in FORMATS.values())
    assert all(renderer(name)(review(), Settings(), View()).endswith("\n") for name in FORMATS)
