"""The facts agree with their provenance, and can be read."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

import vetstack
from tests.harness import vet
from vetstack.known_accounts import owner_of
from vetstack.packs import Pack
from vetstack.regions import COMMON, missing_in, regions
from vetstack.reports.interface import View
from vetstack.reports.text import render
from vetstack.settings import Settings

ROOT = Path(__file__).parent.parent
DATA = ROOT / "vetstack" / "data"
META: dict[str, Any] = json.loads((DATA / "META.json").read_text("utf-8"))
LICENCES = {"Apache-2.0", "MIT", "MIT-0"}


def digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def test_every_file_has_its_provenance() -> None:
    assert set(META["files"]) == {path.name for path in DATA.iterdir()} - {"META.json"}
    assert META["date"] == max(entry["date"] for entry in META["files"].values())
    assert vetstack.__data__ == META["date"], "reports name the date of the facts"


def test_all_of_it_stays_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 1_000_000


@pytest.mark.parametrize("name", sorted(META["files"]))
def test_a_file_is_the_one_that_was_made(name: str) -> None:
    entry = META["files"][name]
    content = (DATA / name).read_bytes()
    assert digest(content) == entry["sha256"], "changed by hand: run `make data`"
    assert entry["source"] and entry["licence"] in LICENCES
    assert f"vetstack/data/{name}\n" in (ROOT / "NOTICE").read_text("utf-8")
    if name.endswith(".pack"):
        pack = Pack(name)
        keys = list(pack.keys().values())
        assert len(keys) == entry["rows"] and keys == sorted(keys)
        plain = "".join(f"{key}\n{pack.text(key)}\n" for key in keys)
        assert digest(plain.encode()) == entry["text_sha256"]
    else:
        assert content.count(b"\n") == entry["rows"] + 1


def test_a_pack_is_asked_in_any_letter_case() -> None:
    pack = Pack("actions.pack")
    assert pack.text("S3") == pack.text("s3") is not None
    assert pack.text("") is None and pack.text("nosuch") is None


def test_owners() -> None:
    logs = owner_of("127311923021")
    assert logs and logs.aws and logs.name == "ELB logs"
    rows = [line.split("\t") for line in (DATA / "accounts.tsv").read_text("utf-8").splitlines()[1:]]
    account, _, name = next(row for row in rows if row[1] == "vendor")
    owner = owner_of(account)
    assert owner and not owner.aws and owner.name == name
    assert owner_of("123456789012") is None
    assert owner_of("") is None


def test_the_commercial_regions() -> None:
    assert len(regions()) == 33 and list(regions()) == sorted(regions())
    assert {"us-east-1", "eu-central-1", "ap-southeast-7"} <= set(regions())
    assert not [name for name in regions() if name.startswith(("cn-", "us-gov-", "us-iso"))]


@pytest.mark.parametrize(
    ("resource_type", "missing"),
    [
        ("AWS::IAM::Role", frozenset()),
        ("AWS::Serverless::Function", frozenset()),
        ("AWS::AccessAnalyzer::Analyzer", frozenset()),
        ("AWS::Nowhere::Thing", None),
        ("AWS::IAM::Nothing", None),
        ("aws::iam::role", None),
        ("regions", None),
        ("sets", None),
        ("", None),
    ],
)
def test_where_a_resource_type_is_missing(resource_type: str, missing: frozenset[str] | None) -> None:
    assert missing_in(resource_type) == missing


def test_no_region_lacks_what_nothing_is_read_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vetstack.regions.COMMON", frozenset())
    assert len(COMMON) > 50
    assert [one for one in sorted(COMMON) if missing_in(one) != frozenset()] == []


def test_types_that_few_regions_have_and_types_that_few_lack() -> None:
    few = missing_in("AWS::Chatbot::SlackChannelConfiguration")
    many = missing_in("AWS::AppRunner::Service")
    assert few is not None and many is not None
    assert few < many < set(regions())
    assert "us-east-1" not in few | many


def last_lines(days: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The end of a text report that is made some days after the facts."""
    made = time.mktime(time.strptime(vetstack.__data__, "%Y-%m-%d"))
    monkeypatch.setattr(time, "time", lambda: made + days * 86_400 + 7_200)
    template = tmp_path / "t.yaml"
    template.write_text("Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n", "utf-8")
    text = render(vet(template), Settings(), View(width=200))
    return text.splitlines()[-4:]


@pytest.mark.parametrize(("days", "old"), [(-2, False), (0, False), (180, False), (181, True), (4000, True)])
def test_reports_say_when_the_facts_are_old(
    days: int, old: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = f"what is known of AWS is of {vetstack.__data__}, {days} days ago: use a newer vetstack"
    lines = last_lines(days, monkeypatch, tmp_path)
    assert any(said in line for line in lines) is old
    assert any("Old facts" in line for line in lines) is old
