"""Paths to templates: finds files, tells formats apart by content, and reads what is embedded in them.

Nothing is executed, imported or fetched. A file is only opened when what it resolves to lies in what was named.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from vetstack.cloudformation.embedded import renamed
from vetstack.cloudformation.front_end import is_template, read_template
from vetstack.sources.interface import Document, Mapping, Node, Unreadable
from vetstack.sources.read import read, read_text
from vetstack.template import Embedded, Template, Undecided

SKIPPED_FOLDERS: Final = frozenset(
    {".git", ".hg", ".svn", ".terraform", ".venv", "venv", "node_modules", "__pycache__"}
)
"""Folders that hold no vendor's templates, only their tools."""

TEMPLATE_SUFFIXES: Final = (".yaml", ".yml", ".json", ".template", ".cfn", ".cform", ".tmpl", "")
"""Endings of files that, should they not parse, may be broken templates. Others count only when they parse as one."""

TERRAFORM_SUFFIXES: Final = (".tf", ".tf.json", ".tofu")

EMBEDDING_LIMIT: Final = 5
"""How deep templates may be embedded in templates."""

_MARKS: Final = (b"AWS::", b"AWSTemplateFormatVersion", b"A\0W\0S\0", b"\0A\0W\0S")
_HEAD: Final = 64 * 1024 * 1024


class Unread(NamedTuple):
    """A file, or a template inside one, that could not be read. Line and column from 1, 0 for the whole file."""

    file: str
    line: int
    column: int
    reason: str


class Loaded:
    """templates: outer ones before what they embed. skipped: files that are no templates. documents: by their paths."""

    def __init__(
        self,
        templates: Sequence[Template] = (),
        unread: Sequence[Unread] = (),
        skipped: int = 0,
        documents: dict[str, Document] | None = None,
    ) -> None:
        self.templates = list(templates)
        self.unread = list(unread)
        self.skipped = skipped
        self.documents = documents or {}


def load(paths: Sequence[str | Path], *, candidates: bool = False) -> Loaded:
    """Read files and folders. A named file is a template or unread; with `candidates`, it is like one in a folder."""
    loaded = Loaded()
    seen: set[str] = set()
    for given in paths:
        path = Path(given)
        if path.is_dir():
            for file in _files(path, loaded):
                _load_once(file, loaded, seen, named=False)
            _refuse_terraform(path, loaded)
        elif not path.exists():
            loaded.unread.append(Unread(str(given), 0, 0, "there is no such file or folder"))
        elif str(path).endswith(TERRAFORM_SUFFIXES):
            loaded.unread.append(Unread(str(given), 0, 0, "Terraform is not read by this version"))
        else:
            _load_once(str(given), loaded, seen, named=not candidates)
    return loaded


def _files(folder: Path, loaded: Loaded) -> Iterator[str]:
    """The files under a folder, in a stable order. A link that leads out of it is not followed."""
    root = folder.resolve()
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        for name in sorted(names):
            path = Path(where, name)
            if name.endswith(TERRAFORM_SUFFIXES):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                loaded.unread.append(Unread(str(path), 0, 0, "this link leads out of the folder given"))
            elif path.is_file():
                yield str(path)


def _refuse_terraform(folder: Path, loaded: Loaded) -> None:
    """One entry a module, since none of it is vetted."""
    modules: dict[Path, list[Path]] = {}
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        found = [Path(where, name) for name in sorted(names) if name.endswith(TERRAFORM_SUFFIXES)]
        if found:
            modules[Path(where)] = found
    for found in modules.values():
        others = f", nor are the {len(found) - 1} beside it" if len(found) > 1 else ""
        loaded.unread.append(Unread(str(found[0]), 0, 0, f"Terraform is not read by this version{others}"))


def _load_once(file: str, loaded: Loaded, seen: set[str], *, named: bool) -> None:
    real = os.path.realpath(file)
    if real in seen:
        return
    seen.add(real)
    try:
        with open(file, "rb") as handle:
            data = handle.read(_HEAD)
    except OSError as error:
        loaded.unread.append(Unread(file, 0, 0, f"cannot be opened: {error.strerror or error}"))
        return
    marked = any(mark in data for mark in _MARKS)
    suffix = Path(file).suffix.lower()
    if not named and not marked and (suffix not in TEMPLATE_SUFFIXES or not suffix):
        loaded.skipped += 1  # where a template is expected the text is read all the same: an escape can hide the marks
        return
    try:
        document = read(data, file)
    except Unreadable as error:
        if named or (marked and suffix in TEMPLATE_SUFFIXES):
            loaded.unread.append(Unread(file, error.line, error.column, error.reason))
        else:
            loaded.skipped += 1
        return
    if is_template(document.root):
        loaded.documents[file] = document
        _take(document, None, loaded, 0)
    elif named:
        loaded.unread.append(Unread(file, 0, 0, "this is neither a CloudFormation template nor Terraform"))
    else:
        loaded.skipped += 1


def _take(document: Document, outer: Embedded | None, loaded: Loaded, depth: int) -> None:
    try:
        template, inner = read_template(document, outer)
    except RecursionError:
        where = outer.origin if outer else document.root.at
        loaded.unread.append(Unread(document.file, where.line, where.column, "this is nested too deeply to be vetted"))
        return
    except Exception as error:  # a mistake of ours loses this file alone, and is said
        where = outer.origin if outer else document.root.at
        reason = f"internal error: {type(error).__name__} while it was read"
        loaded.unread.append(Unread(document.file, where.line, where.column, reason))
        return
    loaded.templates.append(template)
    for embedded in inner:
        _take_embedded(template, embedded, document, loaded, depth + 1)


def _take_embedded(template: Template, embedded: Embedded, around: Document, loaded: Loaded, depth: int) -> None:
    """Read a template inside a template; when that fails, what it would have done is undecided."""
    at = embedded.origin
    if depth > EMBEDDING_LIMIT:
        template.undecided.append(Undecided(at, embedded.resource, "templates are embedded too deeply here"))
        return
    try:
        if isinstance(embedded.tree, Mapping):
            document = Document(embedded.tree, around.file, around.text, around.format)
        else:
            document = read_text(embedded.text or "", around.file, at, embedded.block)
    except Unreadable as error:
        line = error.line or at.line
        reason = f"the template embedded in {embedded.resource}: {error.reason}"
        loaded.unread.append(Unread(around.file, line, error.column or at.column, reason))
        return
    if embedded.outer_names is not None:
        root: Node = renamed(document.root)
        document = Document(root, document.file, document.text, document.format, document.duplicates)
    if is_template(document.root):
        _take(document, embedded, loaded, depth)
    else:
        template.undecided.append(Undecided(at, embedded.resource, "what is embedded here is no template"))
