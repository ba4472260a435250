"""A folder of Terraform files as a `Template`: the root module and every module that it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from vetstack.embedding import Embedded
from vetstack.guards import World
from vetstack.position import Position
from vetstack.template import ModuleCall, Output, Resource, Template, Undecided
from vetstack.terraform import tree
from vetstack.terraform.blocks import attribute_value, body_map
from vetstack.terraform.calls import is_local
from vetstack.terraform.embedded import embedded_templates
from vetstack.terraform.identities import add_identities
from vetstack.terraform.module import Module
from vetstack.terraform.resources import Declared, Instance
from vetstack.terraform.variables import admits_empty, read_parameter
from vetstack.terraform.workspace import Folder, Workspace
from vetstack.terraform.written import as_document
from vetstack.values import ABSENT, Alternative, Choice, Items, Map, Value

DOCUMENT_KEYS: Final = frozenset(
    {
        "assume_role_policy", "policy", "inline_policy", "inline_policies", "access_policy", "policy_document",
        "container_definitions", "container_properties", "node_properties",
    }
)  # fmt: skip
"""Arguments that take a document as text: a policy, or what containers are run."""

DESCRIBED: Final = frozenset(
    {
        "archive_file", "aws_ami", "aws_ssm_parameter", "cloudinit_config", "external", "http",
        "template_cloudinit_config",
    }
)  # fmt: skip
"""Data sources that say what a resource is made from: rules see them as resources of the type `data.aws_ami`."""


def read_configuration(
    folder: Folder, given: str, open_folder: Callable[[str], Folder | None], vetted_apart: Callable[[str], bool]
) -> tuple[Template, list[Embedded]]:
    """The configuration whose root module a folder is, and the templates embedded in it.

    given: the folder that the user named, outside which nothing is opened. open_folder: reads the folder of a module.
    vetted_apart: whether a folder is vetted by itself, so that its resources are not reported as called.
    """
    template = Template(folder.path, "terraform", _start(folder), World())
    work = Workspace(template, given, open_folder)
    work.root = folder.path
    root = Module(work, folder, "", None, (work.world.always,), 0)
    _parameters(root)
    _mark_broken(template, folder)
    found: list[Embedded] = []
    for module in _modules(root, vetted_apart):
        template.modules.extend(_fetched(module))
        for declared in module.declared.values():
            if declared.mode == "resource" or declared.type in DESCRIBED:
                for instance in declared.instances:
                    _resource(declared, instance, found)
        template.providers.extend(_provider(module, block) for block in module.providers)
    for name, block in root.outputs.items():
        address = f"output.{name}"
        value, sensitive = root.output(name, block.header_at), attribute_value(root.scope, block.body, "sensitive")
        template.outputs[address] = Output(address, value, block.header_at, sensitive=sensitive == "true")
    add_identities(template)
    return template, found


def _start(folder: Folder) -> Position:
    return Position(next(iter(folder.texts), folder.path), 1, 1, 1, 1)


def _parameters(root: Module) -> None:
    """Variables in two rounds: what one is asked to be may speak of another."""
    template = root.work.template
    for name, block in root.variables.items():
        parameter = read_parameter(root, name, block)
        template.parameters[parameter.address] = parameter
    root.forget()
    for address, parameter in template.parameters.items():
        template.parameters[address] = parameter._replace(admits_empty=admits_empty(root, parameter))


def _mark_broken(template: Template, folder: Folder) -> None:
    if folder.broken:
        reason = "a file of this module could not be read: what it says is missing from this review"
        template.undecided.append(Undecided(template.at, "Template", reason))


def _modules(module: Module, vetted_apart: Callable[[str], bool]) -> Iterator[Module]:
    """A module and all that it calls, but for those that are vetted by themselves."""
    yield module
    for call in module.calls.values():
        for instance in call.instances:
            called = call.called(instance)
            if called is not None and not vetted_apart(called.folder.path):
                _mark_broken(module.work.template, called.folder)
                yield from _modules(called, vetted_apart)


def _fetched(module: Module) -> Iterator[ModuleCall]:
    """The calls of modules that lie elsewhere."""
    for call in module.calls.values():
        source = call.source()
        if source is not None and not is_local(source):
            attributes = call.block.body.attributes
            version = attributes.get("version")
            given = module.scope.evaluate(version.expression) if version else ABSENT
            yield ModuleCall(call.address, source, given, attributes["source"].expression.at)


def _resource(declared: Declared, instance: Instance, found: list[Embedded]) -> None:
    work = declared.module.work
    properties = declared.properties(instance)
    with work.owned(instance.address):
        properties = _with_documents(work, properties)
    attributes = declared.meta(instance)
    at = declared.block.header_at
    type_name = declared.type if declared.mode == "resource" else f"data.{declared.type}"
    resource = Resource(instance.address, type_name, properties, instance.exists, at, attributes)
    if instance.exists:
        work.template.resources[instance.address] = resource
        with work.owned(instance.address):
            found.extend(embedded_templates(work, resource))


def _provider(module: Module, block: tree.Block) -> Resource:
    name = f"provider.{block.labels[0]}"
    with module.work.owned(f"{module.prefix}{name}"):
        properties = body_map(module.scope, block.body, block.header_at)
    return Resource(f"{module.prefix}{name}", name, properties, module.exists, block.header_at, Map({}, block.at, {}))


def _with_documents(work: Workspace, block: Map) -> Map:
    """The policies among some properties, and in the blocks below them, read from their texts."""
    made: dict[str, Value] = {}
    for name, value in block.items():
        if name in DOCUMENT_KEYS:
            value = as_document(value, work.world.always, work.complain)
        made[name] = _below(work, value)
    return Map(made, block.at, block.key_at, block.via)


def _below(work: Workspace, value: Value) -> Value:
    if isinstance(value, Items) and any(isinstance(one, (Map, Choice)) for one in value):
        return Items([_below_one(work, one) for one in value], value.at, value.via)
    return value


def _below_one(work: Workspace, value: Value) -> Value:
    if isinstance(value, Map) and DOCUMENT_KEYS & value.keys():
        return _with_documents(work, value)
    if isinstance(value, Choice):
        return Choice(tuple(Alternative(g, _below_one(work, one)) for g, one in value.alternatives), value.at)
    return _below(work, value) if isinstance(value, Items) else value
