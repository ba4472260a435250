"""Nested templates in files beside the one that names them: read as what they become, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from vetstack.load import NESTED_LIMIT, load
from vetstack.review import Review, review
from vetstack.settings import Settings

CHILD = """\
Parameters:
  ExternalId: {Type: String, Default: ''}
  Policy: {Type: String, Default: arn:aws:iam::aws:policy/SecurityAudit}
Conditions:
  HasId: !Not [!Equals [!Ref ExternalId, '']]
Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: [!Ref Policy]
      AssumeRolePolicyDocument:
        Statement:
          Effect: Allow
          Principal: {AWS: 'arn:aws:iam::464622532012:root'}
          Action: sts:AssumeRole
          Condition: !If [HasId, {StringEquals: {sts:ExternalId: !Ref ExternalId}}, !Ref AWS::NoValue]
"""


def parent(*stacks: str) -> str:
    return "Parameters:\n  Token: {Type: String, MinLength: 8}\nResources:\n" + "".join(stacks)


def stack(name: str, location: str, *parameters: str, kind: str = "AWS::CloudFormation::Stack") -> str:
    key = "Location" if "Serverless" in kind else "TemplateURL"
    given = "      Parameters:\n" + "".join(f"        {one}\n" for one in parameters) if parameters else ""
    return f"  {name}:\n    Type: {kind}\n    Properties:\n      {key}: {location}\n{given}"


def wrote(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def said(outcome: Review, *rules: str) -> set[tuple[str, str, str]]:
    return {(one.rule, one.resource, Path(one.at.file).name) for one in outcome.findings if one.rule in rules}


def reasons(outcome: Review) -> list[str]:
    return [entry.reason for entry in outcome.undecided]


@pytest.mark.parametrize("kind", ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"])
def test_a_file_beside_is_vetted_as_what_its_parent_makes_of_it(tmp_path: Path, kind: str) -> None:
    given = ["ExternalId: !Ref Token", "Policy: arn:aws:iam::aws:policy/AdministratorAccess"]
    nested = stack("Child", "./parts/child.yaml", *given, kind=kind)
    wrote(tmp_path, parent_yaml=parent(nested), parts__child_yaml=CHILD)
    outcome = review([tmp_path / "parent.yaml"], Settings())
    assert said(outcome, "VET102", "VET201") == {("VET201", "Child > Reader", "child.yaml")}
    assert reasons(outcome) == []


def test_a_folder_says_once_what_is_wrong_with_the_file_itself(tmp_path: Path) -> None:
    both = [stack(name, "child.yaml", "ExternalId: !Ref Token") for name in ("One", "Two")]
    admin = CHILD.replace("SecurityAudit", "AdministratorAccess")
    wrote(tmp_path, parent_yaml=parent(*both), child_yaml=admin)
    found = {("VET102", "Reader", "child.yaml"), ("VET201", "Reader", "child.yaml")}
    assert said(review([tmp_path], Settings()), "VET101", "VET102", "VET201") == found


def test_two_parents_that_make_the_same_of_a_file_are_told_once(tmp_path: Path) -> None:
    both = [stack(name, "child.yaml") for name in ("One", "Two")]
    wrote(tmp_path, parent_yaml=parent(*both), child_yaml=CHILD)
    found = {("VET102", "Reader", "child.yaml"), ("VET101", "One > Reader", "child.yaml")}
    assert said(review([tmp_path], Settings()), "VET101", "VET102") == found


def test_a_folder_says_what_only_the_parent_makes_of_a_file(tmp_path: Path) -> None:
    admin = "Policy: arn:aws:iam::aws:policy/AdministratorAccess"
    wrote(tmp_path, parent_yaml=parent(stack("Child", "child.yaml", admin)), child_yaml=CHILD)
    assert ("VET201", "Child > Reader") in {row[:2] for row in said(review([tmp_path], Settings()), "VET201")}


def test_what_is_not_beside_is_undecided(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text(CHILD)
    wrote(
        tmp_path,
        given__parent_yaml=parent(
            stack("Out", "../elsewhere.yaml"),
            stack("Absolute", str(elsewhere)),
            stack("Missing", "missing.yaml"),
            stack("Itself", "parent.yaml"),
            stack("Remote", "https://acme.s3.amazonaws.com/child.yaml"),
            stack("Broken", "broken.yaml"),
            stack("Other", "other.yaml"),
        ),
        given__broken_yaml="Resources: [",
        given__other_yaml="just: data\n",
    )
    (tmp_path / "given" / "link.yaml").symlink_to(elsewhere)
    outcome = review([tmp_path / "given" / "parent.yaml"], Settings())
    assert said(outcome, "VET102") == set()
    found = {entry.resource: entry.reason for entry in outcome.undecided}
    assert set(found) == {"Out", "Absolute", "Missing", "Itself", "Remote", "Broken", "Other"}
    assert "outside the folder given" in found["Out"] and "outside the folder given" in found["Absolute"]
    assert "names itself" in found["Itself"]
    assert "No such file" in found["Missing"]
    assert "no template" in found["Other"]


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text(CHILD)
    wrote(tmp_path, given__parent_yaml=parent(stack("Child", "link.yaml")))
    (tmp_path / "given" / "link.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    assert "outside the folder given" in " ".join(reasons(review([tmp_path / "given" / "parent.yaml"], Settings())))


def test_files_that_name_each_other_many_times_end(tmp_path: Path) -> None:
    for own in range(6):
        others = [stack(f"S{n}", f"t{n}.yaml") for n in range(6) if n != own]
        (tmp_path / f"t{own}.yaml").write_text(parent(*others, *[one.replace("  S", "  T", 1) for one in others]))
    loaded = load([tmp_path])
    assert loaded.nested > NESTED_LIMIT
    assert len(loaded.templates) <= NESTED_LIMIT + 6
    assert any("more than" in gap.reason for template in loaded.templates for gap in template.undecided)
