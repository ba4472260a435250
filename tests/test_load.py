"""Which files are templates, which are unread, and what happens to templates inside templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from vetstack.load import Loaded, load

TEMPLATE = "Resources:\n  It:\n    Type: AWS::S3::Bucket\n"


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def told(loaded: Loaded, folder: Path) -> tuple[list[str], list[str], int]:
    """The names of the files vetted and of those unread, and how many were skipped."""
    vetted = [str(Path(t.file).relative_to(folder)) for t in loaded.templates]
    return vetted, [str(Path(u.file).relative_to(folder)) for u in loaded.unread], loaded.skipped


@pytest.mark.parametrize("name", ["a.yaml", "a.txt", "LICENSE", "a.template", "a.py"])
def test_a_template_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TEMPLATE)
    assert told(load([tmp_path]), tmp_path) == ([name], [], 0)


@pytest.mark.parametrize(
    ("name", "content", "outcome"),
    [
        ("docker-compose.yaml", "services:\n  web: {image: nginx}\n", ([], [], 1)),
        ("values.yaml", "{{ jinja }}: [", ([], [], 1)),
        ("broken.yaml", "Resources:\n  A: [AWS::S3::Bucket\n", ([], ["broken.yaml"], 0)),
        ("notes.md", "# AWS::S3::Bucket: {[\n", ([], [], 1)),
        ("handler.py", "TYPE = 'AWS::S3::Bucket' if (a: b\n", ([], [], 1)),
        ("policy.json", '{"Statement": [{"Resource": "AWS::"}]}', ([], [], 1)),
        ("empty.yaml", "", ([], [], 1)),
        ("header.yaml", "AWSTemplateFormatVersion: '2010-09-09'\n", (["header.yaml"], [], 0)),
        ("rendered.template", 'resource "aws_iam_role" "a" {}\n# AWS::\n{', ([], ["rendered.template"], 0)),
    ],
)
def test_in_a_folder_only_what_shows_to_be_a_template_can_be_unread(
    tmp_path: Path, name: str, content: str, outcome: tuple[list[str], list[str], int]
) -> None:
    (tmp_path / name).write_text(content)
    assert told(load([tmp_path]), tmp_path) == outcome


def test_an_escape_hides_no_template(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"Resources": {"A": {"Type": "\\u0041WS::IAM::Role"}}}')
    assert told(load([tmp_path]), tmp_path) == (["a.json"], [], 0)


def test_a_named_file_is_vetted_or_unread(tmp_path: Path) -> None:
    write(tmp_path, compose_DOT_yaml="services: {}\n", t_DOT_yaml=TEMPLATE)
    named = [tmp_path / "compose.yaml", tmp_path / "t.yaml", tmp_path / "missing.yaml"]
    assert told(load(named), tmp_path) == (["t.yaml"], ["compose.yaml", "missing.yaml"], 0)
    assert told(load(named, candidates=True), tmp_path) == (["t.yaml"], ["missing.yaml"], 1)


def test_a_broken_file_loses_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, a_DOT_yaml="Resources: {A: [AWS::\n", b_DOT_yaml=TEMPLATE, c_DOT_json=b"{\x80AWS::")
    vetted, unread, _ = told(load([tmp_path]), tmp_path)
    assert (vetted, unread) == (["b.yaml"], ["a.yaml", "c.json"])


def test_an_unread_file_says_where_and_why(tmp_path: Path) -> None:
    write(tmp_path, a_DOT_yaml="Resources:\n  A:\n    Type: AWS::S3::Bucket\n   B: c\n")
    (unread,) = load([tmp_path / "a.yaml"]).unread
    assert unread.line == 4
    assert unread.reason


def test_a_file_is_vetted_once_and_a_link_out_of_the_folder_not_at_all(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(TEMPLATE)
    folder = write(tmp_path / "given", a_DOT_yaml=TEMPLATE)
    (folder / "same.yaml").symlink_to(folder / "a.yaml")
    (folder / "away.yaml").symlink_to(outside)
    vetted, unread, _ = told(load([folder, folder / "a.yaml"]), folder)
    assert (vetted, unread) == (["a.yaml"], ["away.yaml"])


def test_a_folder_of_terraform_files_is_one_module(tmp_path: Path) -> None:
    write(tmp_path, mod__main_DOT_tf="", mod__iam_DOT_tf="", t_DOT_yaml=TEMPLATE)
    vetted, unread, _ = told(load([tmp_path]), tmp_path)
    assert (vetted, unread) == (["t.yaml", "mod"], [])


STACK_SET = """\
Parameters:
  VendorAccount: {Type: String}
  Prefix: {Type: String, Default: acme}
Resources:
  Everywhere:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: everywhere
      Parameters:
        - {ParameterKey: Account, ParameterValue: !Ref VendorAccount}
      TemplateBody: %s
"""


def inner(tmp_path: Path, body: str) -> Loaded:
    path = tmp_path / "t.yaml"
    path.write_text(STACK_SET % body)
    return load([path])


def test_a_template_in_a_block_scalar_keeps_its_lines_and_its_givens(tmp_path: Path) -> None:
    loaded = inner(
        tmp_path,
        """|
        Parameters:
          Account: {Type: String}
          Name: {Type: String, Default: reader}
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              RoleName: !Ref Name
              Description: !Ref Account
        """,
    )
    outer, embedded = loaded.templates
    role = embedded.resources["Everywhere > Role"]
    assert embedded.parent == "Everywhere"
    assert role.at.line == 16
    assert role.properties["RoleName"] == "reader"  # given nothing, it keeps its default: nobody is asked
    assert str(role.properties["Description"]) == "${VendorAccount}"
    assert role.properties["Description"].via == ("Parameters.VendorAccount", "Everywhere > Parameters.Account")
    assert role.properties["Description"].at.line == 20


def test_what_the_outer_template_writes_into_a_body_is_known_there(tmp_path: Path) -> None:
    loaded = inner(
        tmp_path,
        """!Sub |
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              RoleName: !Sub '${!AWS::Region}-${VendorAccount}'
              Path: /${Prefix}/
              Description: '${!Kept}'
        """,
    )
    role = loaded.templates[1].resources["Everywhere > Role"]
    properties = role.properties
    assert str(properties["RoleName"]) == "${AWS::Region}-${VendorAccount}"
    assert {str(value) for _, value in role.exists[0].over(properties["Path"])} == {"/acme/", "/${Prefix}/"}
    assert properties["Description"] == "${Kept}"


@pytest.mark.parametrize(
    "body",
    [
        """'{"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x",}}}}'""",
        "{Fn::ToJsonString: {Resources: {Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: x}}}}}",
    ],
)
def test_other_ways_to_embed_a_body(tmp_path: Path, body: str) -> None:
    loaded = inner(tmp_path, body)
    role = loaded.templates[1].resources["Everywhere > Role"]
    assert (role.properties["RoleName"], role.at.line) == ("x", 11)


def test_an_embedded_template_that_cannot_be_read_is_unread_at_its_line(tmp_path: Path) -> None:
    loaded = inner(tmp_path, "|\n        Resources:\n          A: [AWS::\n")
    assert len(loaded.templates) == 1
    assert [(u.line >= 12, "Everywhere" in u.reason) for u in loaded.unread] == [(True, True)]


def test_a_template_elsewhere_is_undecided(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(
        "Resources:\n  A:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n"
        "      TemplateURL: https://example.com/a.yaml\n"
    )
    (entry,) = load([path]).templates[0].undecided
    assert (entry.at.line, entry.resource) == (5, "A")
    assert "https://example.com/a.yaml" in entry.reason


def test_resources_that_are_no_mapping_are_undecided_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE + "  Odd: [a]\n  Null:\n  Text: hello\n")
    template = load([path]).templates[0]
    assert list(template.resources) == ["It"]
    assert [entry.resource for entry in template.undecided] == ["Odd", "Null", "Text"]
