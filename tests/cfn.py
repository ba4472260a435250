"""Small helpers for tests that ask the CloudFormation front end what a text can be."""

from __future__ import annotations

import textwrap

from vetstack.cloudformation.front_end import read_template
from vetstack.sources.read import read
from vetstack.template import Template
from vetstack.values import Absent, Items, Map, Value


def template_of(text: str) -> Template:
    """The template that a YAML or JSON text holds."""
    template, _ = read_template(read(textwrap.dedent(text).encode(), "t.yaml"))
    return template


def plain(value: Value) -> object:
    """A value without choices as plain data; a partly known text as its display, `${Name}` for a hole."""
    if isinstance(value, Absent):
        return None
    if isinstance(value, Map):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, Items):
        return [plain(one) for one in value]
    return str(value)


def outcomes(template: Template, resource: str, *path: str) -> dict[str, object]:
    """What stands at a path of a resource's properties under each setting, by how the setting is said."""
    found: dict[str, object] = {}
    made = template.resources[resource]
    for exists in made.exists:
        for guard, value, _ in exists.walk(made.properties, *path):
            for inner, deep in guard.deep(value):
                found[str(inner)] = plain(deep)
    return found
