"""The code that a template carries or names: `scripts_of`, by the tables of `places`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, cast

from vetstack.carriers import CFN_INIT, is_carrier
from vetstack.code.documents import of_build, of_cfn_init, of_component, of_container, of_document, of_state_machine
from vetstack.code.drafts import (
    Draft,
    drafts_of_lines,
    drafts_of_words,
    maps_of,
    rows_of_lines,
    rows_of_words,
    texts_of,
)
from vetstack.code.gaps import note_gap
from vetstack.code.interface import Language, Script
from vetstack.code.languages import language_of_program, language_of_runtime, language_of_text
from vetstack.code.lines import Lines
from vetstack.code.owners import owners
from vetstack.code.places import FIELDS, POWERSHELL_DOCUMENTS, Field
from vetstack.code.structure import structure_of
from vetstack.code.userdata import unpacked
from vetstack.guards import Guard
from vetstack.instances import BLOCK, walk
from vetstack.template import Resource, Template
from vetstack.values import ABSENT, Absent, Items, Map, Text, Unknown, Value

SPELT_OUT: Final = 8
"""Alternatives of one piece of code that are all read; of more, those that have a line of their own."""

READ_LIMIT: Final = 24
"""Alternatives of one piece of code that are read at all."""

TEXT_LIMIT: Final = 256 * 1024
"""Characters of one piece of code."""

TOTAL_LIMIT: Final = 2 * 1024 * 1024
"""Characters of all code that one template carries, alternatives counted by themselves."""


def scripts_of(template: Template) -> tuple[Script, ...]:
    """Every piece of code that a template carries, or names beside itself, under every setting."""
    if __name__ not in template.derived:
        template.derived[__name__] = tuple(_Finder(template).all())
    return cast("tuple[Script, ...]", template.derived[__name__])


class _Finder:
    """Finds the code of one template."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.lines = Lines(template.texts)
        self.left = TOTAL_LIMIT

    def all(self) -> Iterator[Script]:
        from vetstack.code.files import scripts_beside

        known = owners(self.template)
        for resource in self.template.resources.values():
            if is_carrier(resource):
                drafts = [one for exists in resource.exists for one in self._in(resource, exists)]
                owner = self.template.resources.get(known.get(resource.address, ""), resource)
                yield from self._made(owner, drafts)
        yield from scripts_beside(self.template)

    def _in(self, resource: Resource, exists: Guard) -> Iterator[Draft]:
        for field in FIELDS.get(resource.type, ()):
            for guard, value, _ in walk(exists, resource, *field.path):
                yield from self._field(resource, field, guard, value)
        for guard, metadata in maps_of(exists, resource.attributes.child("Metadata")):
            for inner, sections in maps_of(guard, metadata.child(CFN_INIT)):
                yield from of_cfn_init(inner, sections)
        for guard, provisioner in maps_of(exists, resource.attributes.child("provisioner")):
            yield from _provisioned(guard, provisioner)

    def _field(self, resource: Resource, field: Field, guard: Guard, value: Value) -> Iterator[Draft]:
        kind = field.kind
        if kind == "function":
            for inner, text in texts_of(guard, value):
                yield Draft(inner, "function", self._runtime(resource, field, inner, text), (text,))
        elif kind == "call":
            calls = ((inner, text) for inner, text in texts_of(guard, value) if "aws-sdk:" in str(text))
            yield from (Draft(inner, "function", "other", (text,)) for inner, text in calls)
        elif kind in ("user-data", "bash"):
            yield from (Draft(inner, "user-data", None, (text,)) for inner, text in texts_of(guard, value))
        elif kind == "lines":
            language: Language = "powershell" if _runs_powershell(resource) else "shell"
            listed = value.child("values") if isinstance(value, Map) else value
            yield from drafts_of_lines(rows_of_lines(guard, listed), "document", language)
        elif kind == "program":
            for inner, words in rows_of_words(guard, value):
                yield from drafts_of_words(inner, "provisioner", words)
        else:
            for inner, one in self._structures(guard, value):
                yield from _of_structure(kind, inner, one)

    def _runtime(self, resource: Resource, field: Field, guard: Guard, text: Text | Unknown) -> Language:
        for _, named, _ in walk(guard, resource, *field.runtime) if field.runtime else ():
            language = language_of_runtime(str(named)) if isinstance(named, Text) else None
            if language:
                return language
        return language_of_text(str(text), "javascript" if BLOCK in field.path or "code" in field.path else "other")

    def _structures(self, guard: Guard, value: Value) -> Iterator[tuple[Guard, Map | Items]]:
        """Documents, as they stand or read from their text."""
        for inner, whole in guard.over(value):
            if isinstance(whole, (Map, Items)):
                yield inner, whole
            elif not isinstance(whole, Absent):
                text = str(whole)[:TEXT_LIMIT]
                found = structure_of(text, self.lines.of(text, whole.at)) if "\n" in text or "{" in text else None
                if found is not None:
                    yield inner, found

    # ---- from drafts to scripts

    def _made(self, resource: Resource, drafts: Iterable[Draft]) -> Iterator[Script]:
        """The pieces of code of one resource, those that exclude each other told apart as far as it matters."""
        places: dict[object, dict[str, list[Draft]]] = {}
        for draft in drafts:
            text = draft.text
            if text.strip() and any(isinstance(part, Text) or len(part.pieces) > 1 for part in draft.parts):
                places.setdefault((draft.place, draft.parts[0].at), {}).setdefault(text, []).append(draft)
        for alternatives in places.values():
            yield from self._chosen(resource, alternatives)

    def _chosen(self, resource: Resource, alternatives: dict[str, list[Draft]]) -> Iterator[Script]:
        kept: list[str] = []
        seen: set[str] = set()
        left: list[tuple[Guard, frozenset[str]]] = []
        cut = False
        for text, drafts in alternatives.items():
            lines = frozenset(text.split("\n"))
            wanted = len(alternatives) <= SPELT_OUT or (not lines <= seen and len(kept) < READ_LIMIT)
            if wanted and self.left >= len(text):
                kept.append(text)
                self.left -= len(text)
                seen |= lines
                left.extend((draft.guard, lines) for draft in drafts[1:])
            else:
                left.extend((draft.guard, lines) for draft in drafts)
                cut = cut or not lines <= seen
        others = tuple(left)
        if cut:
            at = next(iter(alternatives.values()))[0].parts[0].at
            note_gap(self.template, at, resource.address, "there is more code here than is read")
        for text in kept:
            yield from self._script(resource, alternatives[text][0], text, others)

    def _script(
        self, resource: Resource, draft: Draft, text: str, others: tuple[tuple[Guard, frozenset[str]], ...]
    ) -> Iterator[Script]:
        places = tuple(at for part in draft.parts for at in self.lines.of(str(part), part.at))
        whole: Value = draft.parts[0] if len(draft.parts) == 1 else Items(draft.parts, draft.parts[0].at)
        language = draft.language or "shell"
        if len(text) > TEXT_LIMIT:
            note_gap(self.template, draft.parts[0].at, resource.address, "this code is longer than is read")
        made = Script(
            resource.address, resource.type, draft.place, language, draft.guard, text[:TEXT_LIMIT], places, whole,
            others=others,
        )  # fmt: skip
        if draft.place == "user-data":
            yield from unpacked(made, lambda around, inner: self._inside(resource, around, inner))
        else:
            yield made

    def _inside(self, resource: Resource, around: Script, drafts: Iterator[Draft]) -> Iterator[Script]:
        """The pieces of code in a document that is itself user data."""
        for draft in drafts:
            if draft.text.strip():
                yield from self._script(resource, draft, draft.text, around.others)


def _of_structure(kind: str, guard: Guard, one: Map | Items) -> Iterator[Draft]:
    """The code in a document of one kind."""
    if kind == "definition":
        yield from of_state_machine(guard, one)
    elif kind == "containers":
        for inner, container in maps_of(guard, one):
            yield from of_container(inner, container)
    elif isinstance(one, Map):
        yield from _READERS[kind](guard, one)


_READERS: Final = {"document": of_document, "component": of_component, "build": of_build, "container": of_container}


def _provisioned(guard: Guard, provisioner: Map) -> Iterator[Draft]:
    """The commands of a provisioner of Terraform: local-exec's run where it is applied, remote-exec's on a machine."""
    interpreter = provisioner.child("interpreter")
    program = interpreter[0] if isinstance(interpreter, Items) and interpreter else ABSENT
    language = language_of_program(str(program)) if isinstance(program, Text) else None
    for inner, text in texts_of(guard, provisioner.child("command")):
        yield Draft(inner, "provisioner", language or "shell", (text,))
    yield from drafts_of_lines(rows_of_lines(guard, provisioner.child("inline")), "provisioner", "shell")


def _runs_powershell(resource: Resource) -> bool:
    properties = resource.properties
    if not isinstance(properties, Map):
        return False
    named = [properties.child(key) for key in ("Name", "name", "TaskArn", "task_arn")]
    return any(isinstance(one, Text) and one.endswith(POWERSHELL_DOCUMENTS) for one in named)
