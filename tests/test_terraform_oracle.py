"""python-hcl2 as an independent witness: whatever it sees in an HCL text, we see, in the same places."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hcl_samples import ONLY_OURS, ONLY_THEIRS, SAMPLES, SEEN_OTHERWISE
from tests.hcl_shapes import Shapes
from vetstack.sources.interface import Unreadable
from vetstack.sources.text import decode
from vetstack.terraform.syntax import parse

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
NAMED = os.environ.get("VETSTACK_ORACLE")
FOLDERS = [Path(NAMED)] if NAMED else [ROOT / ".oracle", ROOT / ".venv" / "oracles" / "python-hcl2"]
ORACLE = next((folder for folder in FOLDERS if (folder / "hcl2").is_dir()), None)

pytestmark = pytest.mark.skipif(
    ORACLE is None,
    reason="python-hcl2 is in none of VETSTACK_ORACLE, .oracle and .venv/oracles: `make oracle` puts it there",
)


def witnessed(texts: dict[str, str]) -> dict[str, Any]:
    """What python-hcl2 sees in some texts, in a process of its own."""
    command = [sys.executable, str(ROOT / "tests" / "hcl_oracle.py")]
    environment = {**os.environ, "PYTHONPATH": str(ORACLE)}
    run = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, env=environment, check=True)
    seen: dict[str, Any] = json.loads(run.stdout)
    assert seen.keys() == texts.keys()
    return seen


def ours(text: str) -> dict[str, Any]:
    try:
        return Shapes(text).body(parse(text, "acme.tf"))
    except Unreadable as error:
        return {"error": error.reason}


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    return witnessed(SAMPLES | ONLY_OURS | ONLY_THEIRS | SEEN_OTHERWISE)


@pytest.mark.parametrize("name", SAMPLES)
def test_we_agree_on_the_samples(name: str, samples: dict[str, Any]) -> None:
    assert "error" not in samples[name]
    assert ours(SAMPLES[name]) == samples[name]


@pytest.mark.parametrize("name", ONLY_OURS)
def test_what_only_we_read_is_still_that(name: str, samples: dict[str, Any]) -> None:
    assert "error" in samples[name]
    assert "error" not in ours(ONLY_OURS[name])


@pytest.mark.parametrize("name", ONLY_THEIRS)
def test_what_only_they_read_is_still_that(name: str, samples: dict[str, Any]) -> None:
    assert "error" not in samples[name]
    assert "error" in ours(ONLY_THEIRS[name])


@pytest.mark.parametrize("name", SEEN_OTHERWISE)
def test_what_we_see_otherwise_is_still_that(name: str, samples: dict[str, Any]) -> None:
    own = ours(SEEN_OTHERWISE[name])
    assert "error" not in samples[name] and "error" not in own
    assert samples[name] != own


def test_we_agree_on_every_fixture() -> None:
    """Each that python-hcl2 can read: the same blocks, labels, arguments, lines and expressions."""
    paths = [path for path in FIXTURES.rglob("*") if path.suffix in (".tf", ".tofu", ".tfvars")]
    texts = {str(path.relative_to(FIXTURES)): decode(path.read_bytes()) for path in paths}
    assert texts
    seen = witnessed(texts)
    wrong = [name for name, text in texts.items() if "error" not in seen[name] and ours(text) != seen[name]]
    assert wrong == []
    assert sum("error" in one for one in seen.values()) <= len(texts) // 10
