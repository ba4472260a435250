"""Which resource runs what a data source of Terraform puts together: an archive, or user data in parts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from vetstack.template import Resource, Template, resource_of
from vetstack.values import Choice, Map, Text, Unknown, Value

MADE: Final = frozenset({"data.archive_file", "data.cloudinit_config", "data.template_cloudinit_config"})
"""Data sources whose result another resource runs."""

USED_IN: Final = (
    "filename", "source_code_hash", "source", "source_hash", "etag", "user_data", "user_data_base64", "s3_key",
)  # fmt: skip
"""Arguments in which such a result is used."""

OUTPUT: Final = "output_path"


def owners(template: Template) -> dict[str, str]:
    """The address of the resource that runs what a data source makes, by the address of that data source."""
    made = {address for address, resource in template.resources.items() if resource.type in MADE}
    if not made:
        return {}
    by_path = archives(template)
    found: dict[str, str] = {}
    for resource in template.resources.values():
        for value in _used(resource) if resource.address not in made else ():
            if isinstance(value, Text) and os.path.normpath(value) in by_path:
                found.setdefault(by_path[os.path.normpath(value)], resource.address)
            for hole in value.holes if isinstance(value, Unknown) else ():
                if resource_of(hole.name) in made:
                    found.setdefault(resource_of(hole.name), resource.address)
    return found


def archives(template: Template) -> dict[str, str]:
    """The addresses of archives by the path that they are written to."""
    found: dict[str, str] = {}
    for resource in template.resources.values():
        if resource.type == "data.archive_file" and isinstance(resource.properties, Map):
            path = resource.properties.child(OUTPUT)
            if isinstance(path, Text):
                found.setdefault(os.path.normpath(path), resource.address)
    return found


def _used(resource: Resource) -> Iterator[Value]:
    properties = resource.properties
    for key in USED_IN if isinstance(properties, Map) else ():
        value = properties.child(key) if isinstance(properties, Map) else None
        if isinstance(value, Choice):
            yield from (one for _, one in value.alternatives)
        elif value is not None:
            yield value
