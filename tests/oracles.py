"""Other people's programs, each in a folder of its own, asked in a process of its own: see `make oracle`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
FOLDER = Path(os.environ.get("VETSTACK_ORACLES", TESTS.parent / ".venv" / "oracles"))


def needs(name: str) -> pytest.MarkDecorator:
    """Leaves out what asks an oracle that is not installed."""
    where = "in neither VETSTACK_ORACLES nor .venv/oracles: `make oracle` puts it there"
    return pytest.mark.skipif(not (FOLDER / name).is_dir(), reason=f"{name} is {where}")


def answer(name: str, question: dict[str, Any]) -> dict[str, Any]:
    """What `tests/iam_oracles.py` says for one of the oracles."""
    command = [sys.executable, str(TESTS / "iam_oracles.py"), name]
    environment = {**os.environ, "PYTHONPATH": str(FOLDER / name)}
    run = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    answered: dict[str, Any] = json.loads(run.stdout)
    return answered
