"""A CloudFormation document as a `Template`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.cloudformation.embedded import embedded_templates
from vetstack.cloudformation.identities import add_identities
from vetstack.cloudformation.loops import LOOP, Entry, expand
from vetstack.cloudformation.mappings import TRANSFORM, assert_lookups
from vetstack.cloudformation.parameters import domain_of, read_parameter
from vetstack.cloudformation.resolver import Resolver
from vetstack.cloudformation.serverless import CONNECTOR, CONNECTORS, globals_of, with_globals
from vetstack.cloudformation.transforms import add_transforms
from vetstack.embedding import Embedded
from vetstack.guards import Atom, World
from vetstack.sources.interface import Document, Mapping, Node, Scalar
from vetstack.template import Output, Parameter, Resource, Table, Template, Undecided
from vetstack.values import ABSENT, Absent, Map, Text

_TYPE_PREFIXES: Final = ("AWS::", "Custom::", "Alexa::")


def is_template(root: Node) -> bool:
    """Whether a tree is a CloudFormation template, whatever its file is called."""
    if not isinstance(root, Mapping):
        return False
    resources = root.get("Resources")
    if "AWSTemplateFormatVersion" in root:
        return True
    if not isinstance(resources, Mapping):
        return False
    return any(key.text.startswith((LOOP, TRANSFORM)) or _has_aws_type(body) for key, body in resources.items())


def _has_aws_type(body: Node) -> bool:
    named = body.get("Type") if isinstance(body, Mapping) else None
    return isinstance(named, Scalar) and named.text.startswith(_TYPE_PREFIXES)


def read_template(document: Document, outer: Embedded | None = None) -> tuple[Template, list[Embedded]]:
    """The template that a document holds, and the templates embedded in it.

    outer: what an embedding template says of this one. Its resources are then called `Outer > Inner`, and the
    parameters that it gives are no longer the deployer's to choose.
    """
    root = document.root if isinstance(document.root, Mapping) else Mapping(document.root.at)
    scope = f"{outer.resource} > " if outer else ""
    world = outer.world if outer else World()
    template = Template(document.file, "cloudformation", root.at, world, parent=outer.resource if outer else None)
    template.outer = outer.outer if outer else None
    parameters = _parameters(template, root, scope, free=outer is None)
    resolver = Resolver(world, scope, parameters, root, outer)
    template.assertions.extend(resolver.conditions.assertions(root.get("Rules")))
    template.mappings.update(_tables(root, scope))
    template.size = _size(document, outer)
    if outer is None:  # inside an embedded template its region and the values of its parameters are not the deployer's
        assert_lookups(resolver, root)
    for address, parameter in template.parameters.items():
        given = outer is not None and parameter.name in outer.known
        admits_empty = not given and _may_be_empty(template, parameter, scope)
        template.parameters[address] = parameter._replace(admits_empty=admits_empty)
    add_transforms(template, resolver, root, scope)
    inner = _resources(template, resolver, root, scope)
    _outputs(template, resolver, root.get("Outputs"), scope)
    template.macros.extend(resolver.macros)
    add_identities(template, resolver.reference)
    if any(one.type == CONNECTOR or CONNECTORS in one.attributes for one in template.resources.values()):
        from vetstack.cloudformation.connectors import add_connectors

        add_connectors(template, resolver.reference)
    template.undecided.extend(resolver.undecided)
    template.undecided.extend(_duplicates(document, scope))
    if document.extra_documents:
        reason = "a second YAML document starts here; CloudFormation takes one, and only the first was vetted"
        template.undecided.append(Undecided(document.extra_documents, f"{scope}Template", reason))
    return template, inner


def _size(document: Document, outer: Embedded | None) -> int | None:
    """How many bytes the template is handed over as. Written as structure inside another it has no text of its own."""
    text = document.text if outer is None else outer.text
    return None if text is None else len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def _tables(root: Mapping, scope: str) -> Iterator[tuple[str, Table]]:
    for key, node in _entries(root.get("Mappings")):
        address, rows = f"{scope}Mappings.{key.text}", list(_entries(node))
        inner = dict.fromkeys(name.text for _, row in rows for name, _ in _entries(row))
        yield address, Table(address, tuple(name.text for name, _ in rows), tuple(inner), key.at)


def _entries(section: Node | None) -> Iterator[tuple[Scalar, Node]]:
    """What a section holds, but for the macro that adds to it."""
    for key, node in section.items() if isinstance(section, Mapping) else ():
        if key.text != TRANSFORM:
            yield key, node


def _parameters(template: Template, root: Mapping, scope: str, *, free: bool) -> dict[str, Parameter]:
    section = root.get("Parameters")
    found: dict[str, Parameter] = {}
    for key, node in _entries(section):
        parameter = read_parameter(key.text, key, node, scope)
        found[key.text] = parameter
        template.parameters[parameter.address] = parameter
        if free:
            template.world.domains[scope + key.text] = domain_of(parameter, node)
    return found


def _may_be_empty(template: Template, parameter: Parameter, scope: str) -> bool:
    """Whether whoever deploys may give an empty text, now that the template's assertions are known."""
    return parameter.admits_empty and template.world.possible(frozenset({Atom(scope + parameter.name, "", True)}))


def _resources(template: Template, resolver: Resolver, root: Mapping, scope: str) -> list[Embedded]:
    inner: list[Embedded] = []
    shared = globals_of(root)

    def take(entry: Entry, body: Node) -> None:
        address = scope + entry.name
        resolver.owner = address
        if not isinstance(body, Mapping):
            template.undecided.append(Undecided(entry.at, address, "this resource is not written as a mapping"))
            return
        resource = _resource(resolver, address, entry, with_globals(body, shared))
        template.resources[address] = resource
        inner.extend(embedded_templates(template, resolver, resource, body))

    section = root.get("Resources")
    for key, node in _entries(section):
        resolver.owner = scope + key.text
        if key.text.startswith(LOOP):
            expand(resolver, key, node, resolver.exists, take)
        else:
            take(Entry(key.text, key.at, resolver.exists), node)
    return inner


def _resource(resolver: Resolver, address: str, entry: Entry, body: Mapping) -> Resource:
    named = resolver.resolve(body.get("Type"))
    condition = body.get("Condition")
    exists = entry.exists
    if isinstance(condition, Scalar) and not condition.null:
        settings = resolver.conditions.settings(condition.text, True)
        exists = tuple(both for one in exists for own in settings if (both := one & own) is not None)
    properties = resolver.resolve(body.get("Properties"))
    beside = {key: value for key, (_, value) in body.entries.items() if key not in ("Type", "Properties", "Condition")}
    attributes = Map(
        {k: v for k, n in beside.items() if not isinstance(v := resolver.resolve(n), Absent)},
        body.at,
        {key: name.at for key, (name, _) in body.entries.items()},
    )
    return Resource(address, str(named) if isinstance(named, Text) else "", properties, exists, entry.at, attributes)


def _outputs(template: Template, resolver: Resolver, section: Node | None, scope: str) -> None:
    for key, node in _entries(section):
        if not isinstance(node, Mapping) or key.text.startswith(LOOP):
            continue
        address = f"{scope}Outputs.{key.text}"
        resolver.owner = address
        export = node.get("Export")
        named = resolver.resolve(export.get("Name")) if isinstance(export, Mapping) else ABSENT
        template.outputs[address] = Output(address, resolver.resolve(node.get("Value")), key.at, named)


def _duplicates(document: Document, scope: str) -> list[Undecided]:
    """A key that is given twice: tools differ on which one counts, so a reader may be looking at the other."""
    return [
        Undecided(last, f"{scope}Template", f"{key} is given on lines {first.line} and {last.line}; the last counts")
        for key, first, last in document.duplicates
    ]
