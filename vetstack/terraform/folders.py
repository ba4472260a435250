"""The folders of Terraform files under one that the user named: what is in each, and which of them are roots.

A folder that another one calls as a module is vetted as it is called, and not once more by itself. What a vendor
shows in `examples` or tries in `tests` calls the module that the customer is handed: that is a root all the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.sources.interface import Document, Mapping, Unreadable
from vetstack.sources.text import decode
from vetstack.terraform.calls import is_local, source_of_call
from vetstack.terraform.tree import Body
from vetstack.terraform.workspace import Folder

NATIVE: Final = (".tf", ".tofu")
JSON: Final = (".tf.json", ".tofu.json")
TRIED: Final = frozenset({"example", "examples", "test", "tests", "fixtures", "e2e"})
"""Folders whose modules show or try the ones that they call."""


class Broken(NamedTuple):
    """A file that could not be read: line and column from 1, 0 for the whole file."""

    file: str
    line: int
    column: int
    reason: str


class Folders:
    """What lies under a folder, read when it is asked for.

    unread: files that could not be read so far. documents: the texts of those that could, for reports.
    """

    def __init__(self, given: str, var_files: Sequence[str] = ()) -> None:
        self.given = given
        self._var_files = var_files
        self.unread: list[Broken] = []
        self.documents: dict[str, Document] = {}
        self._known: dict[str, Folder | None] = {}
        self._apart: set[str] = set()

    def folder(self, path: str) -> Folder | None:
        """The files of one folder; None when it holds none of Terraform's."""
        real = os.path.realpath(path)
        if real not in self._known:
            self._known[real] = self._read(path)
        return self._known[real]

    def roots(self, paths: Sequence[str]) -> list[Folder]:
        """Those of some folders that none of the others calls, with what the user says that variables will be."""
        found = [folder for path in paths if (folder := self.folder(path)) is not None]
        called = {os.path.realpath(one) for folder in found for one in self._calls(folder)}
        roots = [folder for folder in found if os.path.realpath(folder.path) not in called]
        self._apart = {os.path.realpath(folder.path) for folder in roots or found}
        settled: dict[str, Body] = {}
        for file in self._var_files:
            self._open(os.path.normpath(file), settled)
        return [folder._replace(settled=settled) for folder in roots or found]

    def apart(self, path: str) -> bool:
        """Whether a folder is a root, so that what calls it does not report it."""
        return os.path.realpath(path) in self._apart

    def _calls(self, folder: Folder) -> Iterator[str]:
        for body in folder.bodies.values():
            for block in body.blocks:
                source = source_of_call(block) if block.type == "module" else None
                if source is not None and is_local(source):
                    path = os.path.normpath(os.path.join(folder.path, source))
                    if not self._tries(folder.path, path):
                        yield path

    def _tries(self, caller: str, called: str) -> bool:
        """Whether a call leads out of a folder of examples or tests."""
        parts = os.path.relpath(os.path.realpath(caller), os.path.realpath(self.given)).split(os.sep)
        for number, part in enumerate(parts):
            if part in TRIED:
                around = os.path.join(os.path.realpath(self.given), *parts[: number + 1])
                return not os.path.realpath(called).startswith(around + os.sep)
        return False

    # ---- files

    def _read(self, path: str) -> Folder | None:
        try:
            names = sorted(os.listdir(path))
        except OSError:
            return None
        own = [name for name in names if name.endswith((*NATIVE, *JSON)) and not self._is_twin(name, names)]
        if not own:
            return None
        before = len(self.unread)
        bodies: dict[str, Body] = {}
        for name in sorted(own, key=lambda name: "override" in name):  # which Terraform reads last
            self._take(path, name, bodies)
        broken = len(self.unread) > before
        tfvars: dict[str, Body] = {}
        for name in _setting_variables(names):
            self._take(path, name, tfvars)
        texts = {file: self.documents[file].text for file in (*bodies, *tfvars)}
        return Folder(os.path.normpath(path), bodies, texts, tfvars, broken)

    def _is_twin(self, name: str, names: Sequence[str]) -> bool:
        """Whether a `.tofu` file stands beside the `.tf` file that it is read instead of by one of the two tools."""
        stem, found, rest = name.partition(".tofu")
        return bool(found) and f"{stem}.tf{rest}" in names

    def _take(self, path: str, name: str, into: dict[str, Body]) -> None:
        file = os.path.normpath(os.path.join(path, name))
        real, given = os.path.realpath(file), os.path.realpath(self.given)
        if not real.startswith(given.rstrip(os.sep) + os.sep):
            self.unread.append(Broken(file, 0, 0, "this link leads out of the folder given"))
            return
        self._open(file, into)

    def _open(self, file: str, into: dict[str, Body]) -> None:
        try:
            with open(file, "rb") as handle:
                data = handle.read()
            into[file] = self._parsed(data, file)
        except OSError as error:
            self.unread.append(Broken(file, 0, 0, f"cannot be opened: {error.strerror or error}"))
        except Unreadable as error:
            self.unread.append(Broken(file, error.line, error.column, error.reason))

    def _parsed(self, data: bytes, file: str) -> Body:
        if file.endswith(".json"):
            from vetstack.sources.json import read_strict_json
            from vetstack.terraform import json_syntax

            document = read_strict_json(decode(data), file)
            self.documents[file] = document
            return json_syntax.read(document)
        from vetstack.terraform.syntax import parse

        text = decode(data)
        body = parse(text, file)
        self.documents[file] = Document(Mapping(Position(file, 1, 1, 1, 1)), file, text, "hcl")
        return body


def _setting_variables(names: Sequence[str]) -> list[str]:
    """The files of a folder that set variables, in the order in which they are read."""
    first = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in names]
    return first + [name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
