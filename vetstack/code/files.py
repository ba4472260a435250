"""Files of code beside a template: those that it names, read while it is loaded, within limits.

A file is opened only when what its path resolves to lies in the folder that the user gave. One that is missing or lies
outside is passed over: that a template names code which is not there is for those to say who need it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final, cast

from vetstack.code.drafts import maps_of, rows_of_lines, rows_of_words, texts_of
from vetstack.code.gaps import note_gap
from vetstack.code.interface import Place, Script
from vetstack.code.languages import language_of_file, language_of_shebang
from vetstack.code.owners import archives, owners
from vetstack.guards import Guard
from vetstack.instances import walk
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Resource, Template
from vetstack.values import Map, Text, Unknown

FILE_LIMIT: Final = 1024 * 1024
"""Bytes of one file."""

FILES_LIMIT: Final = 120
"""Files of one template."""

TOTAL_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of all files of one template."""

DEPTH_LIMIT: Final = 6
"""Folders inside one another below one that a template names."""

NAMED_LIMIT: Final = 8
"""Files of one command that are read."""

SKIPPED_FOLDERS: Final = frozenset(
    {
        ".git", ".terraform", ".venv", "venv", "node_modules", "__pycache__", ".aws-sam", "site-packages", "test",
        "tests", "__tests__", "boto3", "botocore", "aws-sdk",
    }
)  # fmt: skip
"""Folders of code that is another's, or that nothing deploys."""

NAMED: Final[dict[str, tuple[str, ...]]] = {
    "AWS::Lambda::Function": ("Code",),
    "AWS::Serverless::Function": ("CodeUri",),
    "aws_lambda_function": ("filename",),
    "data.archive_file": ("source_file", "source_dir"),
    "aws_s3_object": ("source",),
    "aws_s3_bucket_object": ("source",),
}
"""Properties that name a file or a folder of code beside the template."""

ENCRYPTED: Final = 1
"""The flag of a member of a zip that only a password opens."""

HANDLERS: Final = ("Handler", "handler")

_ELSEWHERE: Final = ("s3://", "http://", "https://")
_KEY: Final = "vetstack.code.files"


class Source(NamedTuple):
    """A path that a template names: on which resource, under which setting, and where."""

    resource: Resource
    guard: Guard
    path: str
    at: Position
    place: Place


def scripts_beside(template: Template) -> tuple[Script, ...]:
    """The files of code that a template names, as they were read with it."""
    return cast("tuple[Script, ...]", template.derived.get(_KEY, ()))


def read_beside(template: Template, bound: str | None) -> None:
    """Read the files of code that a template names. bound: the folder outside which nothing is opened."""
    sources = list(_sources(template))
    if sources:
        template.derived[_KEY] = tuple(_Beside(template, bound).scripts(sources))


class _Beside:
    """The files of one template while they are read."""

    def __init__(self, template: Template, bound: str | None) -> None:
        self.template = template
        self.folder = template.file if template.kind == "terraform" else os.path.dirname(template.file)
        self.bound = os.path.realpath(bound if bound is not None else self.folder or os.curdir)
        self.seen: set[str] = set()
        self.left = TOTAL_LIMIT
        self.handled: dict[str, str] = {}

    def scripts(self, sources: list[Source]) -> Iterator[Script]:
        """The code of all files that are named. What several functions have in common is the first one's."""
        for source in sources:
            for file in self._handler_files(source):
                self.handled.setdefault(os.path.realpath(file), source.resource.address)
        for source in sources:
            path = self._placed(source.path)
            if path.endswith((".zip", ".jar")) and os.path.isfile(path):
                yield from self._archive(source, path)
            for file in self._files(path):
                owner = self.handled.get(os.path.realpath(file), source.resource.address)
                if owner == source.resource.address:
                    yield from self._script(source, file)

    def _placed(self, path: str) -> str:
        """The path from where vetstack runs; Terraform's own begins with the module's folder already."""
        whole = os.path.normpath(path)
        if os.path.isabs(path) or (self.folder and whole.startswith(os.path.normpath(self.folder) + os.sep)):
            return whole
        return os.path.normpath(os.path.join(self.folder, path))

    def _inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        return real == self.bound or real.startswith(self.bound.rstrip(os.sep) + os.sep)

    def _handler_files(self, source: Source) -> Iterator[str]:
        """Where the code of a function's handler may be: `src/app.main` is in `src/app.py`, `app.js` and the like."""
        module = _handler(source.resource).rpartition(".")[0]
        folder = self._placed(source.path)
        if module and self._inside(folder):
            for ending in (".py", ".js", ".mjs", ".cjs", ".ts"):
                file = os.path.join(folder, module.replace(".", "/") + ending)
                if os.path.isfile(file):
                    yield file

    def _files(self, path: str) -> Iterator[str]:
        """The files of code at a path, in a stable order."""
        if not self._inside(path):
            return
        if os.path.isfile(path):
            yield path
        depth = path.rstrip(os.sep).count(os.sep)
        for where, folders, names in os.walk(path):
            own = [name for name in folders if name not in SKIPPED_FOLDERS]
            folders[:] = sorted(own) if where.count(os.sep) - depth < DEPTH_LIMIT else []
            yield from (os.path.join(where, name) for name in sorted(names) if language_of_file(name))

    def _script(self, source: Source, file: str) -> Iterator[Script]:
        real = os.path.realpath(file)
        if real in self.seen or not self._inside(file):
            return
        try:
            if len(self.seen) >= FILES_LIMIT or os.path.getsize(file) > min(FILE_LIMIT, self.left):
                self._gap(source, f"more code than is read lies beside this template: {file}")
                return
            with open(file, "rb") as handle:
                data = handle.read(FILE_LIMIT)
        except OSError:
            return
        self.seen.add(real)
        yield from self._made(source, os.path.normpath(file), data)

    def _made(self, source: Source, file: str, data: bytes) -> Iterator[Script]:
        self.left -= len(data)
        text = data.decode("utf-8", "replace").lstrip("\ufeff")
        language = language_of_file(file) or language_of_shebang(text)
        if language is None or "\0" in text:
            return
        at = Position(file, 1, 1, 1, 1)
        lines = tuple(
            Position(file, number, 1, number, len(line) + 1) for number, line in enumerate(text.split("\n"), 1)
        )
        yield Script(
            source.resource.address, source.resource.type, source.place, language, source.guard, text, lines,
            Text(text, at), file, source.at,
        )  # fmt: skip

    def _archive(self, source: Source, path: str) -> Iterator[Script]:
        """The files of code in a zip that lies beside the template."""
        if not self._inside(path) or path in self.seen:
            return
        from zipfile import BadZipFile, LargeZipFile, ZipFile, is_zipfile
        from zlib import error as ZlibError

        self.seen.add(path)
        if not is_zipfile(path):  # what stands in for it until the release has nothing to be read
            return
        try:
            with ZipFile(path) as archive:
                for member in archive.infolist()[: FILES_LIMIT * 20]:
                    folders = member.filename.split("/")[:-1]
                    small = member.file_size <= min(FILE_LIMIT, self.left) and len(self.seen) < FILES_LIMIT
                    own = language_of_file(member.filename) and not SKIPPED_FOLDERS.intersection(folders)
                    if small and own and len(folders) < DEPTH_LIMIT and not member.flag_bits & ENCRYPTED:
                        self.seen.add(f"{path}/{member.filename}")
                        with archive.open(member) as handle:
                            yield from self._made(source, f"{path}/{member.filename}", handle.read(FILE_LIMIT))
        except (OSError, BadZipFile, LargeZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, ZlibError):
            self._gap(source, f"the code in {path} was not read")

    def _gap(self, source: Source, reason: str) -> None:
        """Note once for each place that names it what was not read."""
        note_gap(self.template, source.at, source.resource.address, reason)


def _handler(resource: Resource) -> str:
    """The name of a function's handler, empty where it has none."""
    properties = resource.properties
    named = [properties.child(key) for key in HANDLERS] if isinstance(properties, Map) else []
    return next((str(one) for one in named if isinstance(one, Text)), "")


# ---- what is named


def _sources(template: Template) -> Iterator[Source]:
    known, made_by = owners(template), archives(template)
    for resource in template.resources.values():
        owner = template.resources.get(known.get(resource.address, ""), resource)
        for exists in resource.exists:
            for key in NAMED.get(resource.type, ()):
                for guard, value, at in walk(exists, resource, key):
                    if isinstance(value, Text) and _is_local(value) and os.path.normpath(value) not in made_by:
                        yield Source(owner, guard, str(value), _named_at(value, at), "file")
            for guard, provisioner in maps_of(exists, resource.attributes.child("provisioner")):
                yield from _of_provisioner(resource, guard, provisioner)
            if resource.type == "data.external":
                for guard, value, _ in walk(exists, resource, "program"):
                    for inner, words in rows_of_words(guard, value):
                        yield from _of_words(resource, inner, words)


def _is_local(path: str) -> bool:
    return bool(path) and "\n" not in path and "{" not in path and not path.startswith(_ELSEWHERE)


def _named_at(value: Text, at: Position) -> Position:
    return value.at if value.at.file == at.file else at


def _of_provisioner(resource: Resource, guard: Guard, provisioner: Map) -> Iterator[Source]:
    for key in ("script", "scripts"):
        for inner, paths in rows_of_lines(guard, provisioner.child(key)):
            yield from _of_words(resource, inner, paths)
    for inner, command in texts_of(guard, provisioner.child("command")):
        words = str(command).replace("'", " ").replace('"', " ").replace(";", " ").split()
        yield from _of_words(resource, inner, tuple(Text(word, command.at) for word in words))


def _of_words(resource: Resource, guard: Guard, words: tuple[Text | Unknown, ...]) -> Iterator[Source]:
    """The words that may be files of code."""
    named = [word for word in words if _is_local(str(word)) and not str(word).startswith("-")]
    likely = [word for word in named if language_of_file(str(word)) or "/" in str(word)]
    for word in likely[:NAMED_LIMIT]:
        if not os.path.isdir(str(word)):
            yield Source(resource, guard, str(word), word.at, "file")
