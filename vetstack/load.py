"""Paths to templates: finds files, tells formats apart by content, and reads what is embedded in them.

Nothing is executed, imported or fetched. A file is only opened when what it resolves to lies in what was named.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.carriers import carries_code
from vetstack.cloudformation.embedded import renamed
from vetstack.cloudformation.front_end import is_template, read_template
from vetstack.embedding import Embedded
from vetstack.records import NamedTuple
from vetstack.searching import TERRAFORM_SUFFIXES, bound_of, files_in, lies_in, module_folders, terraform_folders, tidy
from vetstack.sources.interface import Document, Mapping, Node, Unreadable
from vetstack.sources.read import read, read_text
from vetstack.template import Kind, Template, Undecided

TEMPLATE_SUFFIXES: Final = (".yaml", ".yml", ".json", ".template", ".cfn", ".cform", ".tmpl", "")
"""Endings of files that, should they not parse, may be broken templates. Others count only when they parse as one."""

EMBEDDING_LIMIT: Final = 5
"""How deep templates may be embedded in templates."""

NESTED_LIMIT: Final = 300
"""How often files may be read because templates name them, each time with other parameters."""

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

    documents: by their paths; embedded: those that stand as text inside others. bounds: the folder outside which
    nothing is opened for a file. beside: the files that templates name as templates of theirs.
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
        self.bounds: dict[str, str] = {}
        self.beside: dict[str, Document] = {}
        self.nested = 0


def load(
    paths: Sequence[str | os.PathLike[str]],
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
    modules: list[str] = []
    for given in paths:
        path = os.fspath(given) or os.curdir
        if os.path.isdir(path):
            folder = tidy(path)
            for file, leads_out in files_in(folder) if only is None else ():
                if leads_out:
                    loaded.unread.append(Unread(file, 0, 0, "this link leads out of the folder given"))
                else:
                    _load_once(file, loaded, seen, folder, named=False)
            _read_terraform(folder, terraform_folders(folder), loaded, seen, var_files)
        elif not os.path.exists(path):
            loaded.unread.append(Unread(path, 0, 0, "there is no such file or folder"))
        elif path.endswith(TERRAFORM_SUFFIXES):
            modules.append(tidy(path))
        elif only is None:
            _load_once(path, loaded, seen, bound_of(path, candidates), named=not candidates)
    for around, folders in module_folders(modules, candidates).items():
        _read_terraform(around, folders, loaded, seen, var_files)
    loaded.unread.extend(_passed_over(modules, loaded))
    loaded.documents = {**loaded.beside, **loaded.documents}
    for template in loaded.templates:
        _take_code(template, loaded)
    return loaded


def _take_code(template: Template, loaded: Loaded) -> None:
    """Give a template the texts that it is written in, and the files of code that it names beside itself."""
    if template.outer is not None:
        template.texts = template.outer.texts
    if template.file in loaded.documents:
        template.texts.setdefault(template.file, loaded.documents[template.file].text)
    if carries_code(template):
        from vetstack.code.files import read_beside

        read_beside(template, loaded.bounds.get(template.file))


def _passed_over(files: Sequence[str], loaded: Loaded) -> Iterator[Unread]:
    """Those of some named files that were not read with their folder, as one that stands in for another."""
    read = {os.path.realpath(file) for file in (*loaded.documents, *(gap.file for gap in loaded.unread))}
    for file in files:
        if os.path.realpath(file) not in read:
            yield Unread(file, 0, 0, "another file of this module is read in the place of this one")


def _read_terraform(given: str, paths: list[str], loaded: Loaded, seen: set[str], var_files: Sequence[str]) -> None:
    """Every folder of Terraform files is a module: those that no other calls are read, with all that they call."""
    if not paths:
        return
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
        loaded.bounds.setdefault(template.file, given)
        for embedded in inner:
            at = embedded.origin
            around = Document(Mapping(at), at.file, "", "hcl")
            _take_embedded(template, embedded, around, loaded, 1)
    loaded.unread.extend(Unread(*one) for one in folders.unread)
    loaded.documents.update(folders.documents)


def _load_once(file: str, loaded: Loaded, seen: set[str], around: str, *, named: bool) -> None:
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
    suffix = os.path.splitext(file)[1].lower().rstrip(".")
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
        loaded.bounds[file] = around
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
        if embedded.path is not None:
            document = _beside(embedded.path, template, loaded)
        elif isinstance(embedded.tree, Mapping):
            document = Document(embedded.tree, around.file, around.text, around.format)
        else:
            document = read_text(embedded.text or "", around.file, at, embedded.block)
            loaded.embedded.append(document)
    except OSError as error:
        reason = f"the template at {embedded.path} is not read: {error.strerror}"
        template.undecided.append(Undecided(at, embedded.resource, reason))
        return
    except Unreadable as error:
        if embedded.path is not None:
            reason = f"the template at {embedded.path} is not read: {error.reason}"
            template.undecided.append(Undecided(at, embedded.resource, reason))
            return
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


def _beside(path: str, outer: Template, loaded: Loaded) -> Document:
    """The template in a file that another names, which has to lie in the folder given. Raises OSError, Unreadable."""
    file = os.path.normpath(os.path.join(os.path.dirname(outer.file), path))
    around = loaded.bounds.get(outer.file)
    if around is None or not lies_in(file, around):
        raise OSError(0, "it lies outside the folder given")
    if file in {one.file for one in outer.around()}:
        raise OSError(0, "it names itself")
    loaded.nested += 1
    if loaded.nested > NESTED_LIMIT:
        raise OSError(0, f"more than {NESTED_LIMIT} are named in what is vetted")
    known = loaded.documents.get(file) or loaded.beside.get(file)
    if known is None:
        with open(file, "rb") as handle:
            known = loaded.beside[file] = read(handle.read(_HEAD), file)
    loaded.bounds.setdefault(file, around)
    return known
