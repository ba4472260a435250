"""The facts, their provenance, and the tool that makes them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import vetstack
from vetstack.known_accounts import owner_of

ROOT = Path(__file__).parent.parent
DATA = ROOT / "vetstack" / "data"
META: dict[str, Any] = json.loads((DATA / "META.json").read_text("utf-8"))


def test_every_file_has_its_provenance() -> None:
    assert set(META["files"]) == {path.name for path in DATA.iterdir()} - {"META.json"}
    assert META["date"] == max(entry["date"] for entry in META["files"].values())
    assert vetstack.__data__ == META["date"], "reports name the date of the facts"


@pytest.mark.parametrize("name", sorted(META["files"]))
def test_a_file_is_the_one_that_was_made(name: str) -> None:
    entry = META["files"][name]
    text = (DATA / name).read_bytes()
    assert hashlib.sha256(text).hexdigest() == entry["sha256"], "changed by hand: run `make data`"
    assert text.count(b"\n") == entry["rows"] + 1
    assert entry["source"] and entry["licence"] in ("Apache-2.0", "MIT")
    assert f"vetstack/data/{name}" in (ROOT / "NOTICE").read_text("utf-8")


def test_owners() -> None:
    logs = owner_of("127311923021")
    assert logs and logs.aws and logs.name == "ELB logs"
    rows = [line.split("\t") for line in (DATA / "accounts.tsv").read_text("utf-8").splitlines()[1:]]
    account, _, name = next(row for row in rows if row[1] == "vendor")
    owner = owner_of(account)
    assert owner and not owner.aws and owner.name == name
    assert owner_of("123456789012") is None
    assert owner_of("") is None


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """tools/refresh_data.py, writing into tmp_path."""
    spec = spec_from_file_location("refresh_data", ROOT / "tools" / "refresh_data.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "DATA", tmp_path)
    return module


def checkout(folder: Path, accounts: str) -> Path:
    """A repository with one commit that holds accounts.yaml."""
    folder.mkdir()
    (folder / "accounts.yaml").write_text(accounts, "utf-8")
    environment = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "accounts"]):
        subprocess.run(["git", "-C", str(folder), *command], check=True, env=environment)
    return folder


def test_accounts_are_made_from_the_published_list(tool: ModuleType, tmp_path: Path) -> None:
    source = checkout(
        tmp_path / "list",
        "- {name: Northwind, accounts: ['222222222222', '111111111111']}\n"
        "- {name: Queue logs, type: aws, accounts: ['333333333333']}\n"
        "- {name: Acme  Cloud, accounts: ['111111111111']}\n",
    )
    tool.main(["accounts", str(source)])
    made = (tmp_path / "accounts.tsv").read_bytes()
    assert made.decode().splitlines()[1:] == [
        "111111111111\tvendor\tNorthwind, Acme Cloud",
        "222222222222\tvendor\tNorthwind",
        "333333333333\taws\tQueue logs",
    ]
    meta = json.loads((tmp_path / "META.json").read_text("utf-8"))
    assert meta["date"] == meta["files"]["accounts.tsv"]["date"] == "2026-01-02"
    assert len(meta["files"]["accounts.tsv"]["commit"]) == 40
    before = (tmp_path / "META.json").read_bytes()
    tool.main(["accounts", str(source)])
    assert (tmp_path / "accounts.tsv").read_bytes() == made
    assert (tmp_path / "META.json").read_bytes() == before


def test_what_is_no_account_id_is_refused(tool: ModuleType, tmp_path: Path) -> None:
    source = checkout(tmp_path / "list", "- {name: Northwind, accounts: ['12345']}\n")
    with pytest.raises(ValueError, match="'12345' is not an account id"):
        tool.main(["accounts", str(source)])
    assert not (tmp_path / "accounts.tsv").exists()
