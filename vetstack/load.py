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
from vetstack.template import Embedded, Kind, Template, Undecided

SKIPPED_FOLDERS: Final = frozenset(
    {".git", ".hg", ".svn", ".terraform", ".venv", "venv", "node_modules", "__pycache__"}
)
"""Folders that hold no vendor's templates, only their tools."""

TEMPLATE_SUFFIXES: Final = (".yaml", ".yml", ".json", ".template", ".cfn", ".cform", ".tmpl", "")
"""Endings of files that, should they not parse, may be broken templates. Others count only when they parse as one."""

TERRAFORM_SUFFIXES: Final = (".tf", ".tf.json", ".tofu", ".tofu.json")

EMBEDDING_LIMIT: Final = 5
"""How deep templates may be embedded in templates."""

_MARKS: Final = (b"AWS::", b"AWSTemplateFormatVersion", b"A\0W\0S\0", b"\0A\0W\0S")
_PLAN_MARKS: Final = (b'"planned_values"', b'"resource_changes"')
_VERSION_MARK: Final = b"format_version"
"""What stands in every output of Terraform's that is JSON, so that nothing of it is loaded for any other file."""

_HEAD: Final = 64 * 1024 * 1024


class Unread(NamedTuple):
    """A file, or a template inside one, that could not be read. Line and column from 1, 0 for the whole file."""

    file: str
    line: int
    column: int
    reason: str


class Loaded:
    """templates: outer ones before what they embed. skipped: files that are no templates.

    documents: by their paths; embedded: those that stand as text inside others.
    """

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
        self.embedded: list[Document] = []


def load(
    paths: Sequence[str | Path],
    *,
    candidates: bool = False,
    only: Kind | None = None,
    var_files: Sequence[str] = (),
) -> Loaded:
    """Read files and folders. A named file is a template or unread; with `candidates`, it is like one in a folder.

    A named file of Terraform stands for the module that its folder is, and nothing outside that folder is opened;
    with `candidates`, which are files of the user's own, nothing outside the working directory. only: "terraform"
    when nothing else is to be looked for. var_files: files that set variables of root modules.
    """
    loaded = Loaded()
    seen: set[str] = set()
    modules: list[Path] = []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            for file in _files(path, loaded) if only is None else ():
                _load_once(file, loaded, seen, named=False)
            _load_terraform(path, loaded, seen, var_files)
        elif not path.exists():
            loaded.unread.append(Unread(str(given), 0, 0, "there is no such file or folder"))
        elif str(path).endswith(TERRAFORM_SUFFIXES):
            modules.append(path)
        elif only is None:
            _load_once(str(given), loaded, seen, named=not candidates)
    for around, folders in _module_folders(modules, candidates).items():
        _read_terraform(around, folders, loaded, seen, var_files)
    loaded.unread.extend(_passed_over(modules, loaded))
    return loaded


def _module_folders(files: Sequence[Path], candidates: bool) -> dict[str, list[str]]:
    """The folders of some files, each once, by the folder outside which nothing is opened."""
    here = Path.cwd()
    found: dict[str, dict[str, None]] = {}
    for file in files:
        own = candidates and file.resolve().is_relative_to(here)
        found.setdefault(os.curdir if own else str(file.parent), {})[str(file.parent)] = None
    return {around: list(folders) for around, folders in found.items()}


def _passed_over(files: Sequence[Path], loaded: Loaded) -> Iterator[Unread]:
    """Those of some named files that were not read with their folder, as one that stands in for another."""
    read = {os.path.realpath(file) for file in (*loaded.documents, *(gap.file for gap in loaded.unread))}
    for file in files:
        if os.path.realpath(file) not in read:
            yield Unread(str(file), 0, 0, "another file of this module is read in the place of this one")


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


def _load_terraform(folder: Path, loaded: Loaded, seen: set[str], var_files: Sequence[str]) -> None:
    """Every folder of Terraform files is a module: those that no other calls are read, with all that they call."""
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        if any(name.endswith(TERRAFORM_SUFFIXES) for name in names):
            found.append(where)
    if found:
        _read_terraform(str(folder), found, loaded, seen, var_files)


def _read_terraform(given: str, paths: list[str], loaded: Loaded, seen: set[str], var_files: Sequence[str]) -> None:
    from vetstack.terraform.folders import Folders
    from vetstack.terraform.front_end import read_configuration

    folders = Folders(given, var_files)
    for root in folders.roots(paths):
        real = os.path.realpath(root.path)
        if real in seen:
            continue
        seen.add(real)
        start = next(iter(root.texts), root.path)
        try:
            template, inner = read_configuration(root, given, folders.folder, folders.apart)
        except RecursionError:
            loaded.unread.append(Unread(start, 0, 0, "this module is nested too deeply to be vetted"))
            continue
        except Exception as error:  # a mistake of ours loses this module alone, and is said
            reason = f"internal error: {type(error).__name__} while this module was read"
            loaded.unread.append(Unread(start, 0, 0, reason))
            continue
        loaded.templates.append(template)
        for embedded in inner:
            at = embedded.origin
            around = Document(Mapping(at), at.file, "", "hcl")
            _take_embedded(template, embedded, around, loaded, 1)
    loaded.unread.extend(Unread(*one) for one in folders.unread)
    loaded.documents.update(folders.documents)


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
    marked = any(mark in data for mark in (*_MARKS, *_PLAN_MARKS))
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
    elif _is_plan(document, data):
        _take_plan(document, loaded)
    elif named:
        loaded.unread.append(Unread(file, 0, 0, _not_a_template(document)))
    else:
        loaded.skipped += 1


def _is_plan(document: Document, data: bytes) -> bool:
    if _VERSION_MARK not in data:
        return False
    from vetstack.terraform.plan_shape import is_plan

    return is_plan(document.root)


def _not_a_template(document: Document) -> str:
    """What to say of a file that was named."""
    from vetstack.terraform.plan_shape import other_output

    return other_output(document.root) or "this is neither a CloudFormation template nor Terraform"


def _take_plan(document: Document, loaded: Loaded) -> None:
    from vetstack.terraform.plan import read_plan

    file = document.file
    try:
        template, inner = read_plan(document)
    except Unreadable as error:
        loaded.unread.append(Unread(file, error.line, error.column, error.reason))
        return
    except RecursionError:
        loaded.unread.append(Unread(file, 0, 0, "this plan is nested too deeply to be vetted"))
        return
    except Exception as error:  # a mistake of ours loses this file alone, and is said
        reason = f"internal error: {type(error).__name__} while this plan was read"
        loaded.unread.append(Unread(file, 0, 0, reason))
        return
    loaded.documents[file] = document
    loaded.templates.append(template)
    for embedded in inner:
        _take_embedded(template, embedded, document, loaded, 1)


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
    around_it = template.resources.get(embedded.resource)
    exists = embedded.exists if embedded.exists is not None or around_it is None else around_it.exists
    embedded = embedded._replace(outer=template, exists=exists)
    if depth > EMBEDDING_LIMIT:
        template.undecided.append(Undecided(at, embedded.resource, "templates are embedded too deeply here"))
        return
    try:
        if isinstance(embedded.tree, Mapping):
            document = Document(embedded.tree, around.file, around.text, around.format)
        else:
            document = read_text(embedded.text or "", around.file, at, embedded.block)
            loaded.embedded.append(document)
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
