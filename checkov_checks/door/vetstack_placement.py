"""To which of Checkov's resources each thing goes that vetstack says.

Nothing of Checkov's or of the engine's is used here: vetstack_scans.py brings both together.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

UNREAD = "VET001"

_INDEX = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]')
_MODULES = re.compile(r"^(?:module\.[^.]+\.)+")
_NO_RESOURCE = ("var", "local", "output", "module", "data", "provider")


class Remark(NamedTuple):
    """One thing that vetstack says about a resource.

    line: 0 for the whole file. file, resource: where that is and what it is about, when not the resource at hand.
    """

    severity: str
    line: int
    message: str
    file: str = ""
    resource: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else ""
        where += f" of {self.file}" if self.file else ""
        return ": ".join(part for part in (where.strip(), self.resource, self.message) if part)

    @property
    def fails(self) -> bool:
        return self.severity != "note" or os.environ.get("VETSTACK_STRICT") == "1"


class Said(NamedTuple):
    """A remark with where the engine puts it.

    address: of the outer block, "" for what is about a whole file. file, line: where that block stands, as a real path.
    at: the real path that the remark's line is one of.
    """

    rule: str
    file: str
    line: int
    address: str
    at: str
    remark: Remark


class Vertex(NamedTuple):
    """A resource of Checkov's. file: real path. address: a logical id or Terraform address. name: what its record calls
    it. entity: what Checkov needs for the record.
    """

    file: str
    address: str
    name: str
    line: int
    entity: dict[str, Any]


class Verdict(NamedTuple):
    """What one review says. read: the real paths of the files that were vetted. off: rules that are switched off.

    failed: why nothing was vetted, "" otherwise.
    """

    read: frozenset[str]
    off: frozenset[str]
    said: tuple[Said, ...]
    failed: str = ""


class Placement:
    """Which remarks go to which of Checkov's resources.

    modules: whether they are Terraform's, where a file is a part of its folder and an address has modules and indexes.
    told: remarks by rule and the resource's file and name. left: what is about none of the resources that there are.
    """

    def __init__(self, vertices: Iterable[Vertex], *, modules: bool) -> None:
        self.told: dict[tuple[str, str, str], list[Remark]] = {}
        self.left: list[Said] = []
        self.read: set[str] = set()
        self.off: set[str] = set()
        self._modules = modules
        self._files: dict[str, list[Vertex]] = {}
        self._folders: dict[str, list[Vertex]] = {}
        for vertex in vertices:
            self._files.setdefault(vertex.file, []).append(vertex)
            self._folders.setdefault(os.path.dirname(vertex.file), []).append(vertex)

    def take(self, verdict: Verdict, files: Iterable[str]) -> None:
        """Put each remark of a verdict where it belongs. files: real paths that it ought to be about."""
        self.read |= verdict.read
        self.off |= verdict.off
        for said in verdict.said:
            found = (self._of_module if self._modules else self._of_template)(said)
            for vertex in found:
                self._tell(vertex, said.rule, seen_from(vertex.file, vertex.address, said))
            if not found:
                self.left.append(said)
        reason = verdict.failed or "vetstack does not take this file for a template"
        for file in files:
            if file not in verdict.read:
                for vertex in self._files.get(file, ()):
                    if (UNREAD, vertex.file, vertex.name) not in self.told:
                        self._tell(vertex, UNREAD, Remark("error", 0, reason))
                if verdict.failed and not (self._around(file) if self._modules else self._files.get(file)):
                    self.left.append(Said(UNREAD, file, 0, "", file, Remark("error", 0, reason)))

    def about(self, rule: str, vertex: Vertex) -> list[Remark]:
        return self.told.get((rule, vertex.file, vertex.name), [])

    def _around(self, file: str) -> list[Vertex]:
        """What stands in the folder that a file is in, or that it is."""
        return self._folders.get(file if os.path.isdir(file) else os.path.dirname(file), [])

    def _tell(self, vertex: Vertex, rule: str, remark: Remark) -> None:
        told = self.told.setdefault((rule, vertex.file, vertex.name), [])
        if remark not in told:
            told.append(remark)

    def _of_template(self, said: Said) -> list[Vertex]:
        """The resource itself or the first of its file; all of them when the file was not vetted."""
        own = self._files.get(said.file, [])
        if not said.address and said.file not in self.read:
            return own
        return [vertex for vertex in own if vertex.address == said.address] or own[:1]

    def _of_module(self, said: Said) -> list[Vertex]:
        """The resource by its address; or with what calls the module that was vetted, or without what Checkov does not
        see calling it; and all that without indexes.

        What is about no resource is the first one's of its file, and of its module call. What could not be read is on
        the account of every resource of its folder.
        """
        if not said.address:
            return self._around(said.file)
        own = self._files.get(said.file, [])
        for plain in (str, without_indexes):
            wanted = plain(said.address)
            for same in (str.__eq__, ends_with):
                found = [vertex for vertex in own if same(plain(vertex.address), wanted)]
                if found:
                    return found
        if is_resource(said.address):
            return []
        calls = _MODULES.match(without_indexes(said.address))
        called = [v for v in own if without_indexes(v.address).startswith(calls[0])] if calls else []
        return sorted(called or own, key=lambda vertex: vertex.line)[:1]


def seen_from(file: str, address: str, said: Said) -> Remark:
    """A remark as the record of one resource tells it."""
    file = "" if said.at == file else os.path.relpath(said.at, os.path.dirname(file))
    resource = "" if said.address in ("", address, "Template") else said.address
    return said.remark._replace(file=file, resource=resource)


def ends_with(one: str, other: str) -> bool:
    """Whether one of two addresses is the other with calls of modules before it."""
    return one.endswith(f".{other}") or other.endswith(f".{one}")


def without_indexes(address: str) -> str:
    """`module.m["a"].aws_iam_role.x[0]` as `module.m.aws_iam_role.x`."""
    return _INDEX.sub("", address)


def is_resource(address: str) -> bool:
    """Whether a Terraform address is that of a resource."""
    kind, dot, _ = _MODULES.sub("", without_indexes(address)).partition(".")
    return bool(dot) and kind not in _NO_RESOURCE
