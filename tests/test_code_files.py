"""Files of code beside a template are read within the folder given, and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.carried import template_in
from vetstack.code import files
from vetstack.code.files import scripts_beside
from vetstack.code.gaps import gaps_in
from vetstack.load import load
from vetstack.review import review
from vetstack.settings import Settings

SAM = """\
Resources:
  It:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./src
      Handler: app.handler
      Runtime: python3.12
  Other:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./src
      Handler: other.handler
      Runtime: python3.12
"""
GRANTS = "import boto3\n\n\nboto3.client('iam').create_role()\n"


def found(folder: Path) -> dict[str, str]:
    """Whose code each file is that was read."""
    (template,) = load([folder]).templates
    return {os.path.relpath(str(one.file), folder): one.resource for one in scripts_beside(template)}


def test_a_folder_of_sources(tmp_path: Path) -> None:
    template_in(
        tmp_path,
        SAM,
        **{"src__app.py": GRANTS, "src__other.py": GRANTS, "src__lib__common.py": GRANTS, "src__notes.md": "# x\n"},
        **{"src__node_modules__dep.js": "x", "src__tests__test_app.py": GRANTS, "elsewhere__b.py": GRANTS},
    )
    assert found(tmp_path) == {"src/app.py": "It", "src/other.py": "Other", "src/lib/common.py": "It"}


def test_a_finding_stands_where_the_template_names_the_file(tmp_path: Path) -> None:
    template_in(tmp_path, SAM, **{"src__app.py": GRANTS})
    (finding,) = [one for one in review([tmp_path], Settings()).findings if one.rule == "VET306"]
    assert (Path(finding.at.file).name, finding.at.line, finding.resource) == ("t.yaml", 5, "It")
    assert f"{tmp_path / 'src' / 'app.py'}, line 4" in finding.message
    assert [(Path(one.at.file).name, one.at.line) for one in finding.evidence] == [("app.py", 4)]


def test_a_named_template_reads_beside_itself_and_not_above(tmp_path: Path) -> None:
    inner = tmp_path / "templates"
    template_in(inner, SAM.replace("./src", "../src"))
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(GRANTS)
    (template,) = load([inner / "t.yaml"]).templates
    assert scripts_beside(template) == ()
    (template,) = load([tmp_path]).templates
    assert [one.resource for one in scripts_beside(template)] == ["It"]


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text(GRANTS)
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "a.py").write_text(GRANTS)
    folder = tmp_path / "given"
    template_in(folder, SAM, **{"src__app.py": "x = 1\n"})
    (folder / "src" / "link.py").symlink_to(tmp_path / "secret.py")
    (folder / "src" / "folder").symlink_to(tmp_path / "away")
    assert found(folder) == {"src/app.py": "It"}
    (folder / "src").rename(folder / "kept")
    (folder / "src").symlink_to(tmp_path / "away")
    assert found(folder) == {}


@pytest.mark.parametrize("uri", ["s3://acme/code.zip", "/etc", "missing", "'${Where}'", "''"])
def test_what_is_not_beside_the_template_is_passed_over(tmp_path: Path, uri: str) -> None:
    template = template_in(tmp_path, SAM.replace("./src", uri))
    assert scripts_beside(template) == ()
    assert gaps_in(template) == ()


def test_too_many_and_too_large_files_are_undecided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FILES_LIMIT", 2)
    monkeypatch.setattr(files, "FILE_LIMIT", 40)
    sources = {"app": "x", "b": "y" * 50, "c": "z", "d": "w"}
    template = template_in(tmp_path, SAM, **{f"src__{name}.py": text for name, text in sources.items()})
    assert [Path(str(one.file)).name for one in scripts_beside(template)] == ["app.py", "c.py"]
    assert {gap.reason.rpartition("/")[2] for gap in gaps_in(template)} == {"b.py", "d.py"}
    assert [one for one in review([tmp_path], Settings()).undecided if "beside this template" in one.reason]


ZIP = """\
resource "aws_lambda_function" "it" {
  filename = "${path.module}/code.zip"
  handler  = "app.handler"
  runtime  = "python3.12"
  role     = "arn:aws:iam::123456789012:role/a"
}
"""


def test_a_zip_is_read(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("app.py", GRANTS)
        archive.writestr("boto3/client.py", GRANTS)
        archive.writestr("data.bin", b"\0")
    template = template_in(tmp_path, ZIP, "main.tf")
    (one,) = scripts_beside(template)
    assert (Path(str(one.file)).name, one.resource) == ("app.py", "aws_lambda_function.it")
    (finding,) = [one for one in review([tmp_path], Settings()).findings if one.rule == "VET306"]
    assert (Path(finding.at.file).name, finding.at.line) == ("main.tf", 2)


def test_a_zip_that_is_none_or_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "code.zip").write_bytes(b"")
    assert gaps_in(template_in(tmp_path, ZIP, "main.tf")) == ()
    with ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("app.py", GRANTS)
    whole = (tmp_path / "code.zip").read_bytes()
    (tmp_path / "code.zip").write_bytes(whole.replace(b"create_role", b"create_rule", 1))
    (gap,) = gaps_in(template_in(tmp_path, ZIP, "main.tf"))
    assert gap.reason.endswith("code.zip was not read")


TERRAFORM = """\
data "archive_file" "it" {
  type        = "zip"
  source_file = "${path.module}/src/app.py"
  output_path = "${path.module}/out.zip"
}
resource "aws_lambda_function" "it" {
  s3_bucket        = "acme"
  s3_key           = "out.zip"
  source_code_hash = data.archive_file.it.output_base64sha256
  role             = "arn:aws:iam::123456789012:role/a"
}
data "archive_file" "written" {
  type        = "zip"
  output_path = "${path.module}/written.zip"
  source {
    filename = "app.py"
    content  = "import boto3\\nboto3.client('iam').create_user()"
  }
}
resource "aws_s3_object" "written" {
  bucket = "acme"
  key    = "written.zip"
  source = data.archive_file.written.output_path
}
resource "null_resource" "it" {
  provisioner "local-exec" {
    command = "cd ${path.module} && bash ./run.sh && echo /etc/passwd ../outside.sh"
  }
  provisioner "remote-exec" {
    script = "${path.module}/remote.sh"
  }
}
data "external" "it" {
  program = ["python3", "${path.module}/query.py"]
}
"""


def test_terraform_names_its_files_in_many_ways(tmp_path: Path) -> None:
    (tmp_path / "outside.sh").write_text("aws iam create-role\n")
    folder = tmp_path / "module"
    beside = {"src__app.py": GRANTS, "run.sh": "ls\n", "remote.sh": "ls\n", "query.py": "x = 1\n"}
    template_in(folder, TERRAFORM, "main.tf", **beside)
    assert found(folder) == {
        "src/app.py": "aws_lambda_function.it",
        "run.sh": "null_resource.it",
        "remote.sh": "null_resource.it",
        "query.py": "data.external.it",
    }
    said = {one.resource for one in review([folder], Settings()).findings if one.rule == "VET306"}
    assert said == {"aws_lambda_function.it", "aws_s3_object.written"}
