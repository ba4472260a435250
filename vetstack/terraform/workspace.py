"""What the modules of one configuration share: its settings, the files it may read, and what could not be seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from vetstack.guards import World
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Template, Undecided
from vetstack.values import Absent, Choice, Items, Map, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.terraform.tree import Body

NODES_LIMIT: Final = 400_000
"""Expressions that are evaluated for one configuration, each time that a loop or a module call comes back to one."""

INSTANCES_LIMIT: Final = 64
"""Instances of one resource or module that are told apart."""

VALUE_LIMIT: Final = 200_000
"""Parts of one value, each counted wherever it is used, as in lists of lists that repeat each other; see `size_of`."""

MODULES_LIMIT: Final = 1_000
"""Modules of one configuration, each counted as often as it is called."""

FILE_LIMIT: Final = 1024 * 1024
"""Bytes of a file that `file` and `templatefile` read."""


class Folder(NamedTuple):
    """One folder of a configuration: its files by path as the user would write it, and what could not be read.

    texts: of every file; tfvars: bodies of files that set variables; broken: whether a file of it is missing here;
    settled: bodies of files by which the user says what the variables of a root will be.
    """

    path: str
    bodies: Mapping[str, Body]
    texts: Mapping[str, str]
    tfvars: Mapping[str, Body]
    broken: bool
    settled: Mapping[str, Body] = MappingProxyType({})


class Workspace:
    """One configuration while it is read. given: the folder that the user named; nothing outside it is opened."""

    def __init__(self, template: Template, given: str, open_folder: Callable[[str], Folder | None]) -> None:
        self.template = template
        self.world: World = template.world
        self.given = os.path.realpath(given)
        self._written = os.path.normpath(given)
        self.open_folder = open_folder
        self.root = ""
        self.owner = "Template"
        self._texts: dict[str, list[str]] = {}
        self._files: dict[str, str | None] = {}
        self._left = NODES_LIMIT
        self._modules = MODULES_LIMIT
        self._sizes: dict[int, tuple[Value, int]] = {}

    def spend(self) -> bool:
        """Count one evaluation; False once there have been too many."""
        self._left -= 1
        if self._left == -1:
            self.world.widened.append((self.template.at, "this configuration has more in it than is evaluated"))
        return self._left >= 0

    def spend_module(self) -> bool:
        """Count one call of a module; False once there have been too many."""
        self._modules -= 1
        return self._modules >= 0

    def size_of(self, value: Value) -> int:
        """How many parts a value has, and one more for each line's length of text."""
        if isinstance(value, Text):
            return 1 + len(value) // 64
        if isinstance(value, Unknown):
            return 1 + sum(len(piece) // 64 for piece in value.pieces if isinstance(piece, str))
        if isinstance(value, Absent):
            return 1
        known = self._sizes.get(id(value))
        if known is None:
            known = self._sizes[id(value)] = (value, 1 + self._size_below(value))
        return known[1]

    def _size_below(self, value: Items | Map | Choice) -> int:
        """The parts of a collection; of alternatives, which exclude each other, those of the largest."""
        if isinstance(value, Choice):
            return max((self.size_of(one) for _, one in value.alternatives), default=0)
        return sum(self.size_of(one) for one in (value.values() if isinstance(value, Map) else value))

    def too_large(self, *values: Value) -> bool:
        """Whether something made of these values would be more than is looked at."""
        return sum(self.size_of(value) for value in values) > VALUE_LIMIT

    @contextmanager
    def owned(self, address: str) -> Iterator[None]:
        """While a block is evaluated, what cannot be seen is on its account."""
        before, self.owner = self.owner, address
        try:
            yield
        finally:
            self.owner = before

    def complain(self, at: Position, reason: str) -> None:
        """Note something that cannot be seen."""
        entry = Undecided(at, self.owner, reason)
        if entry not in self.template.undecided:
            self.template.undecided.append(entry)

    def take_texts(self, folder: Folder) -> None:
        """Remember a folder's texts, for conditions to be called by what is written."""
        self.template.texts.update(folder.texts)
        for file, text in folder.texts.items():
            self._texts.setdefault(file, text.splitlines())

    def written_at(self, at: Position, limit: int) -> str:
        """What stands at a place, on one line and cut to a limit."""
        lines = self._texts.get(at.file, [])[at.line - 1 : at.end_line]
        if not lines:
            return f"line {at.line}"
        lines[-1] = lines[-1][: at.end_column - 1]
        lines[0] = lines[0][at.column - 1 :]
        text = " ".join(" ".join(lines).split())
        return text if len(text) <= limit else f"{text[: limit - 3].rstrip()}..."

    def inside(self, path: str) -> bool:
        """Whether a path leads to something in the folder that the user named."""
        real = os.path.realpath(path)
        return real == self.given or real.startswith(self.given.rstrip(os.sep) + os.sep)

    def place(self, name: str) -> str:
        """The path that a configuration means: relative ones start at the root module."""
        return os.path.normpath(name if os.path.isabs(name) or self._known(name) else os.path.join(self.root, name))

    def _known(self, name: str) -> bool:
        """Whether a path already begins with the folder of a module, as `path.module` gives it."""
        return os.path.normpath(name).startswith(self._written.rstrip(os.sep) + os.sep) or name == self._written

    def read_file(self, name: str, at: Position) -> tuple[str, str] | None:
        """The path and the text of a file that the configuration reads; None, and a note, when it cannot be."""
        path = self.place(name)
        if path not in self._files:
            self._files[path] = self._read(path, at)
        text = self._files[path]
        return None if text is None else (path, text)

    def _read(self, path: str, at: Position) -> str | None:
        if not self.inside(path):
            self.complain(at, f"the file {path} lies outside the folder that was given")
            return None
        try:
            with open(path, "rb") as handle:
                data = handle.read(FILE_LIMIT + 1)
        except OSError as error:
            self.complain(at, f"the file {path} cannot be read: {error.strerror or error}")
            return None
        if len(data) > FILE_LIMIT:
            self.complain(at, f"the file {path} is larger than is read")
            return None
        text = data.decode("utf-8", "replace")
        self.template.texts[path] = text
        self._texts.setdefault(path, text.splitlines())
        return text
