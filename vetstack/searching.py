"""Which files and folders a review looks at, and how far around a named file it may look."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Final

SKIPPED_FOLDERS: Final = frozenset(
    {".git", ".hg", ".svn", ".terraform", ".venv", "venv", "node_modules", "__pycache__"}
)
"""Folders that hold no vendor's templates, only their tools."""

TERRAFORM_SUFFIXES: Final = (".tf", ".tf.json", ".tofu", ".tofu.json")


def tidy(path: str) -> str:
    """A path without what says nothing in it, such as a slash at its end."""
    from pathlib import Path  # takes a while to import, and a single file needs nothing of it

    return str(Path(path))


def module_folders(files: Sequence[str], candidates: bool) -> dict[str, list[str]]:
    """The folders of some files, each once, by the folder outside which nothing is opened."""
    found: dict[str, dict[str, None]] = {}
    for file in files:
        found.setdefault(bound_of(file, candidates), {})[os.path.dirname(file) or os.curdir] = None
    return {around: list(folders) for around, folders in found.items()}


def bound_of(file: str, candidates: bool) -> str:
    """The folder outside which nothing is opened for a file that is named."""
    own = candidates and lies_in(file, os.curdir)
    return os.curdir if own else os.path.dirname(file) or os.curdir


def lies_in(file: str, folder: str) -> bool:
    """Whether what a path resolves to lies in what a folder does, or is that."""
    real, around = os.path.realpath(file), os.path.realpath(folder)
    return real == around or real.startswith(os.path.join(around, ""))


def files_in(folder: str) -> Iterator[tuple[str, bool]]:
    """The files under a folder that are not Terraform's, in a stable order, and whether each is a link out of it."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        for name in sorted(names):
            path = os.path.join(where, name).removeprefix(os.path.join(os.curdir, ""))
            if name.endswith(TERRAFORM_SUFFIXES):
                continue
            leads_out = os.path.islink(path) and not lies_in(path, folder)
            if leads_out or os.path.isfile(path):
                yield path, leads_out


def terraform_folders(folder: str) -> list[str]:
    """The folders under a folder that have files of Terraform."""
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        if any(name.endswith(TERRAFORM_SUFFIXES) for name in names):
            found.append(where)
    return found
