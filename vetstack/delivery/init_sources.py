"""Addresses that a service fetches and installs by itself: those of cfn-init, and of steps of SSM documents.

Sources: CloudFormation user guide, aws-resource-init; Systems Manager user guide, the plugin reference of documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.carriers import CFN_INIT
from vetstack.code.drafts import maps_of
from vetstack.code.interface import Place
from vetstack.delivery.downloads import RUN_FROM
from vetstack.delivery.origins import Marked, marked
from vetstack.guards import Guard
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Resource, Template
from vetstack.values import Absent, Items, Map, Text, Unknown, Value

DOCUMENTS: Final = {"AWS::SSM::Document": "Content", "aws_ssm_document": "content"}
"""Where a type holds an SSM document."""

FETCHING_STEPS: Final = {
    "aws:downloadContent": ("sourceInfo", "left for a step to run"),
    "aws:applications": ("source", "installed"),
    "aws:runDocument": ("documentPath", "run"),
    "aws:psModule": ("source", "installed"),
}
"""Actions of a document's steps that fetch, the input that says from where, and what becomes of it."""

_URL: Final = Regex(r"(?:https?|s3)://[^\s\"'\\,}]+")


class NamedSource(NamedTuple):
    """An address that is fetched and installed. how: a clause; whole: the address with marks."""

    resource: str
    place: Place
    value: Text | Unknown
    whole: Marked
    how: str
    guard: Guard

    @property
    def shown(self) -> str:
        """The address as a message names it."""
        found = _URL.search(str(self.value))
        return found[0] if found else str(self.value)


def named_sources(template: Template) -> Iterator[NamedSource]:
    """The addresses that cfn-init and SSM documents of a template fetch from."""
    for resource in template.resources.values():
        for exists in resource.exists:
            for guard, metadata in maps_of(exists, resource.attributes.child("Metadata")):
                for inner, sections in maps_of(guard, metadata.child(CFN_INIT)):
                    yield from _of_init(resource, inner, sections)
            properties = resource.properties
            if resource.type in DOCUMENTS and isinstance(properties, Map):
                for guard, document in exists.over(properties.child(DOCUMENTS[resource.type])):
                    whole = _read(document, template)
                    if isinstance(whole, Map):
                        yield from _of_document(resource, guard, whole)


def _read(document: Value, template: Template) -> Value:
    """A document as it stands, or read from its text."""
    if not isinstance(document, (Text, Unknown)) or "aws:" not in str(document):
        return document
    from vetstack.code.lines import Lines
    from vetstack.code.structure import structure_of

    text = str(document)
    found = structure_of(text, Lines(template.texts).of(text, document.at))
    return document if found is None else found


def _of_init(resource: Resource, guard: Guard, sections: Map) -> Iterator[NamedSource]:
    for name, section in sections.items():
        for inner, configuration in maps_of(guard, section) if name != "configSets" else ():
            for narrow, kinds in maps_of(inner, configuration.child("packages")):
                for listed in kinds.values():
                    for last, packages in maps_of(narrow, listed):
                        for value in packages.values():
                            yield from _made(resource, "cfn-init", last, value, "installed as a package")
            for narrow, folders in maps_of(inner, configuration.child("sources")):
                for value in folders.values():
                    yield from _made(resource, "cfn-init", narrow, value, "unpacked")
            for narrow, files in maps_of(inner, configuration.child("files")):
                for path, file in files.items():
                    for last, one in maps_of(narrow, file):
                        if (
                            RUN_FROM.search(path)
                            or _executable(one.child("mode"))
                            or path.endswith((".sh", ".ps1", ".py"))
                        ):
                            yield from _made(resource, "cfn-init", last, one.child("source"), f"written to {path}")


def _executable(mode: Value) -> bool:
    return isinstance(mode, Text) and mode.isdigit() and bool(int(mode[-3:-2] or "0") % 2)


def _of_document(resource: Resource, guard: Guard, document: Map) -> Iterator[NamedSource]:
    for inner, step in maps_of(guard, document.child("mainSteps")):
        fetches = FETCHING_STEPS.get(str(step.child("action")))
        for narrow, inputs in maps_of(inner, step.child("inputs")) if fetches else ():
            if fetches:
                yield from _made(resource, "document", narrow, inputs.child(fetches[0]), fetches[1])


def _made(resource: Resource, place: Place, guard: Guard, value: Value, how: str) -> Iterator[NamedSource]:
    for inner, one in guard.elements(value):
        if isinstance(one, Map):
            for below in one.values():
                yield from _made(resource, place, inner, below, how)
        elif isinstance(one, (Text, Unknown)) and not isinstance(one, (Absent, Items)):
            whole = marked(one)
            found = _URL.search(whole.text)
            if found:
                yield NamedSource(resource.address, place, one, whole._replace(text=found[0]), how, inner)
