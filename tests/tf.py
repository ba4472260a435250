"""Small helpers for tests that ask the Terraform front end what a module can be."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tests.cfn import outcomes, plain
from vetstack.guards import Guard
from vetstack.load import Loaded, load
from vetstack.template import Template

__all__ = ["everything", "loaded", "module", "outcomes", "plain", "value"]


def loaded(folder: Path, **files: str) -> Loaded:
    """A folder with some files, read; `main` is main.tf, `modules__trust__main` is modules/trust/main.tf."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ("" if "." in name.rpartition("__")[2] else ".tf"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return load([folder])


def module(folder: Path, main: str, **files: str) -> Template:
    """The one module of a folder, of which every file could be read."""
    found = loaded(folder, main=main, **files)
    assert found.unread == []
    (template,) = found.templates
    return template


def everything(template: Template, address: str, *path: str) -> dict[str, object]:
    """What stands at a path of a resource under each setting; see `outcomes`."""
    return outcomes(template, address, *path)


def value(folder: Path, expression: str, beside: str = "") -> object:
    """What an expression comes to under every setting: the value itself where all settings give the same."""
    main = f'resource "test_thing" "it" {{\n  it = [{expression}]\n}}\n'
    template = module(folder, main + textwrap.dedent(beside))
    made = template.resources["test_thing.it"]
    rows: list[tuple[Guard, object]] = [
        (guard, plain(one))
        for guard, one in template.world.always.deep(made.properties.child("it"))  # type: ignore[union-attr]
    ]
    found = {str(guard): one[0] if isinstance(one, list) and one else None for guard, one in rows}
    return next(iter(found.values())) if len(found) == 1 else found
