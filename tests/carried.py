"""Small helpers for tests that read code."""

from __future__ import annotations

import textwrap
from pathlib import Path

from vetstack.code.interface import Language, Script
from vetstack.code.scripts import scripts_of
from vetstack.guards import World
from vetstack.load import load
from vetstack.position import Position
from vetstack.template import Template
from vetstack.values import Text


def script(text: str, language: Language = "shell") -> Script:
    """A piece of code that is a file of its own, line 1 first."""
    lines = tuple(Position("code", n, 1, n, len(line) + 1) for n, line in enumerate(text.split("\n"), 1))
    return Script("It", "test", "function", language, World().always, text, lines, Text(text, lines[0]))


def template_in(folder: Path, text: str, name: str = "t.yaml", **beside: str) -> Template:
    """The one template of a folder with some files; `src__app.py` is src/app.py."""
    for other, content in {name: text, **beside}.items():
        path = folder / other.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(content), encoding="utf-8")
    found = load([folder])
    assert found.unread == []
    (template,) = found.templates
    return template


def placed(template: Template, resource: str) -> list[tuple[str, int, str]]:
    """Every line of a resource's code that is not blank: its file, where it stands, and the line."""
    return [
        (Path(one.at(number).file).name, one.at(number).line, line)
        for one in scripts_of(template)
        if one.resource == resource
        for number, line in enumerate(one.text.split("\n"), 1)
        if line.strip()
    ]


def misplaced(template: Template, resource: str) -> list[tuple[str, int, str]]:
    """The lines of a resource's code that do not stand in the line of the file that they are said to stand in."""
    texts = {Path(file).name: text.splitlines() for file, text in template.texts.items()}
    found = placed(template, resource)
    assert found
    return [(file, line, text) for file, line, text in found if text.strip() not in texts[file][line - 1]]
