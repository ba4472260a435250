"""A plan of Terraform's, as `terraform show -json` prints it, as a `Template`.

Everything has its value already: there is nothing to choose any more. What only the apply decides is looked up in the
configuration that the plan carries.
"""

from __future__ import annotations

from typing import Final

from vetstack.embedding import Embedded
from vetstack.guards import World
from vetstack.position import Position
from vetstack.sources.interface import Document, Mapping, Node, Scalar, Unreadable
from vetstack.template import Output, Parameter, Resource, Template, Undecided
from vetstack.terraform.embedded import embedded_templates
from vetstack.terraform.front_end import DOCUMENT_KEYS
from vetstack.terraform.identities import add_identities
from vetstack.terraform.plan_configuration import Configuration, calls_to, leaves, read_reference
from vetstack.terraform.plan_origins import Origins
from vetstack.terraform.plan_references import DOCUMENTS, Place, References
from vetstack.terraform.plan_resources import Planned, below, check_shape, entries_of, planned, text_in
from vetstack.terraform.plan_values import Parts, map_of, value_of
from vetstack.terraform.policy_documents import document_of
from vetstack.terraform.workspace import Workspace
from vetstack.terraform.written import as_document, passed
from vetstack.values import ABSENT, Absent, Hole, Items, Map, Text, Unknown, Value

FILLED_IN: Final = {"aws_iam_role": frozenset({"managed_policy_arns", "inline_policy"})}
"""Arguments that the provider fills in, where nobody writes them, with what other resources have attached."""


def read_plan(document: Document) -> tuple[Template, list[Embedded]]:
    """The template that a plan is, and the templates embedded in it.

    Raises Unreadable, with line and column, where it is not made as plans are.
    """
    root = document.root
    if not isinstance(root, Mapping):
        raise Unreadable("this is no plan of Terraform's")
    check_shape(root)
    template = Template(document.file, "terraform-plan", Position(document.file, 1, 1, 1, 1), World())
    plan = Plan(root, template)
    _note_incomplete(root, template)
    plan.add_parameters()
    found = plan.add_resources()
    plan.add_outputs()
    template.modules.extend(plan.configuration.fetched())
    add_identities(template)
    return template, found


def _note_incomplete(root: Mapping, template: Template) -> None:
    for key, sign, reason in (
        ("errored", "true", "making this plan failed half-way: what it says is incomplete"),
        ("complete", "false", "this plan leaves changes for later: what it says is incomplete"),
    ):
        node = root.get(key)
        if isinstance(node, Scalar) and node.text == sign:
            template.undecided.append(Undecided(node.at, "Template", reason))


class Plan:
    """One plan while it is read."""

    def __init__(self, root: Mapping, template: Template) -> None:
        self.template = template
        self.always = template.world.always
        self.configuration = Configuration(below(root, "configuration", "root_module"))
        self.planned = planned(root)
        self._root = root
        self._work = Workspace(template, ".", lambda _: None)
        self._references = References(self)
        self._properties: dict[str, Map] = {}
        self._documents: dict[str, Value] = {}
        self._siblings: dict[tuple[str, str], list[Planned]] = {}
        self._modules: dict[str, None] = {}
        for one in self.planned.values():
            self._siblings.setdefault((one.module, one.base), []).append(one)
            self._modules.setdefault(one.module)

    # ---- what references ask for

    def plain(self, node: Node | None, at: Position) -> Value:
        """A value that is written out."""
        return value_of(Parts(node, None, None, None), lambda *_: ABSENT, "", at)

    def variable(self, name: str, at: Position) -> Value:
        """A variable of the root module: what the deployer gave, or its default."""
        address = f"var.{name}"
        given = below(self._root, "variables", name, "value")
        if given is None and self._written_variable(name) is None:
            return Unknown((Hole("parameter", address),), at, (address,))
        default = below(self._written_variable(name), "default")
        hidden = Unknown((Hole("parameter", address),), at, (address,))
        return value_of(Parts(given or default, None, None, None), lambda *_: hidden, name, at)

    def _written_variable(self, name: str) -> Node | None:
        return below(self.configuration.module(""), "variables", name)

    def instances(self, module: str, base: str, key: str | None, own: str | None) -> list[Planned]:
        """The instances that a reference means: the one of a key, else that of the same key as its own block's."""
        found = self._siblings.get((module, base), [])
        if key is not None:
            return [one for one in found if one.key == key]
        return [one for one in found if own is not None and one.key == own] or found

    def instances_of_module(self, base: str, key: str | None, own: str | None) -> list[str]:
        """The addresses of a call's instances, chosen in the same way."""
        start = f"{base}["
        called = {one: self._key_of(base, one) for one in self._modules if one == base or one.startswith(start)}
        found = [one[: len(base) + len(rest)] for one, (rest, _) in called.items()]
        if key is None:
            key = own if any(own == held for _, held in called.values()) else None
        if key is not None:
            found = [one[: len(base) + len(rest)] for one, (rest, held) in called.items() if held == key]
        return list(dict.fromkeys(found)) or [base]

    def _key_of(self, base: str, address: str) -> tuple[str, str | None]:
        depth = len(calls_to(base))
        calls = calls_to(address)
        end = calls[depth].start if len(calls) > depth else len(address)
        return address[len(base) : end], calls[depth - 1].key

    def properties(self, planned: Planned) -> Map:
        """The arguments of a resource or a data source."""
        if planned.address not in self._properties:
            self._properties[planned.address] = Map({}, planned.at, {})  # should it depend on itself
            with self._work.owned(planned.address):
                self._properties[planned.address] = self._read(planned)
        return self._properties[planned.address]

    def _read(self, planned: Planned) -> Map:
        written = self.configuration.resource(planned.module, planned.base)
        place = Place(planned.module, written, planned.key)
        expressions = written.get("expressions") if written else None
        if written is not None and expressions is None:
            expressions = Mapping(planned.at)
        unknown = planned.unknown
        if unknown is None and isinstance(expressions, Mapping):
            unknown = _missing(expressions, planned.values)

        def decide(expression: Node | None, name: str, at: Position) -> Value:
            return self._references.value(expression, place, name, at, f"{planned.address}#{name}")

        if isinstance(expressions, Mapping) and not expressions.entries:
            unknown = None  # nobody wrote anything: the provider fills all of it in
        filled = planned.type != DOCUMENTS  # in a dynamic block of which an argument may be what is unknown
        parts = Parts(planned.values, unknown, planned.sensitive, expressions, filled)
        made = map_of(parts, decide, "", planned.at)
        for name in FILLED_IN.get(planned.type, ()) if planned.existed else ():
            if isinstance(expressions, Mapping) and name not in expressions:
                made.pop(name, None)
        made = self._with_documents(made)
        for name in DOCUMENT_KEYS & made.keys():
            made[name] = passed(made[name], *self._documents_behind(below(expressions, name, "references"), place))
        return made

    def _documents_behind(self, references: Node | None, place: Place) -> list[str]:
        """The data source that a document is of, if it is of one: what stands in the plan is its text."""
        read = [read_reference(text) for text in leaves(references)]
        named = [one for one in read if one.base.startswith(f"data.{DOCUMENTS}.")]
        found = [one for ref in named for one in self.instances(place.module, ref.base, ref.key, place.key)]
        return [one.address for one in found] if len(found) == 1 else []

    def _with_documents(self, block: Map) -> Map:
        """The policies among some arguments, and in the blocks below them, read from their texts."""
        made: dict[str, Value] = {}
        for name, value in block.items():
            if isinstance(value, Items):
                inner = [self._with_documents(one) if isinstance(one, Map) else one for one in value]
                made[name] = Items(inner, value.at, value.via)
            elif name in DOCUMENT_KEYS:
                made[name] = as_document(value, self.always, self._work.complain)
            else:
                made[name] = value
        return Map(made, block.at, block.key_at, block.via)

    def document(self, planned: Planned) -> Value:
        """What a `data.aws_iam_policy_document` makes: its text where that is known, else put together here."""
        if planned.address not in self._documents:
            self._documents[planned.address] = Unknown((Hole("applied", planned.address),), planned.at)
            with self._work.owned(planned.address):
                block = self.properties(planned)
                text = block.child("json")
                if isinstance(text, Text):
                    made = as_document(text, self.always, self._work.complain)
                elif "statement" in block or any(key.endswith(("_documents", "_json")) for key in block):
                    made = document_of(self._work, block, planned.at)
                else:
                    made = self._documents[planned.address]
                self._documents[planned.address] = made
        return self._documents[planned.address]

    # ---- the template

    def add_parameters(self) -> None:
        variables = below(self.configuration.module(""), "variables")
        for key, written in variables.items() if isinstance(variables, Mapping) else ():
            address = f"var.{key.text}"
            given = below(self._root, "variables")
            at = (given.key(key.text) if isinstance(given, Mapping) else None) or key
            default = self.plain(below(written, "default"), key.at)
            sensitive = isinstance(written, Mapping) and text_in(written, "sensitive") == "true"
            self.template.parameters[address] = Parameter(
                address, address, "any", default, None, admits_empty=False, no_echo=sensitive, at=at.at
            )

    def add_resources(self) -> list[Embedded]:
        found: list[Embedded] = []
        origins = Origins(self.planned.values(), self.configuration, *self._texts_of_variables())
        for one in self.planned.values():
            if one.data or not one.type:
                continue
            properties = origins.restored(one, self.properties(one))
            resource = Resource(one.address, one.type, properties, (self.always,), one.at, self._beside(one))
            self.template.resources[one.address] = resource
            with self._work.owned(one.address):
                found.extend(embedded_templates(self._work, resource))
        return found

    def _texts_of_variables(self) -> tuple[dict[str, str], dict[str, str]]:
        """Texts to the addresses of variables: those that the deployer gave, and those left at their defaults."""
        given: dict[str, str] = {}
        defaults: dict[str, str] = {}
        for address, parameter in self.template.parameters.items():
            value = self.variable(address.removeprefix("var."), parameter.at)
            if isinstance(value, Text) and value:
                (defaults if value == parameter.default else given).setdefault(str(value), address)
        return given, defaults

    def _beside(self, planned: Planned) -> Map:
        """The meta-arguments that say what a resource runs, and where."""
        written = self.configuration.resource(planned.module, planned.base)
        made: dict[str, Value] = {}
        blocks: list[Value] = []
        for one in entries_of(written.get("provisioners")) if written else ():
            given = below(one, "expressions")
            texts = {k.text: self.plain(below(v, "constant_value"), k.at) for k, v in _entries(given)}
            blocks.append(Map({k: v for k, v in texts.items() if not isinstance(v, Absent)}, one.at, {}))
        if blocks:
            made["provisioner"] = Items(blocks, planned.at)
        provider = written.get("provider_config_key") if written else None
        if isinstance(provider, Scalar) and "." in provider.text.rpartition(":")[2]:
            made["provider"] = Text(provider.text, provider.at)
        return Map(made, planned.at, {})

    def add_outputs(self) -> None:
        outputs = below(self._root, "planned_values", "outputs")
        place = Place("", None, None)
        for key, entry in _entries(outputs):
            address = f"output.{key.text}"
            value = self.plain(below(entry, "value"), key.at)
            if isinstance(value, Absent):
                written = below(self.configuration.module(""), "outputs", key.text, "expression")
                value = self._references.value(written, place, key.text, key.at, address)
            sensitive = isinstance(entry, Mapping) and text_in(entry, "sensitive") == "true"
            self.template.outputs[address] = Output(address, value, key.at, sensitive=sensitive)


def _entries(node: Node | None) -> list[tuple[Scalar, Node]]:
    return list(node.items()) if isinstance(node, Mapping) else []


def _missing(expressions: Mapping, values: Mapping) -> Mapping:
    """Arguments that are written but have no value, in a plan that does not say what is unknown."""
    made = Mapping(values.at)
    for key, _ in expressions.items():
        if key.text not in values:
            made.entries[key.text] = (key, Scalar("true", key.at))
    return made
