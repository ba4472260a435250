"""Templates inside a template: StackSet bodies given as text or structure, and nested stacks by URL.

A body that is text inside Fn::Sub is read as it stands; what the outer template writes into it becomes outer names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vetstack.sources.interface import Mapping, Node, Scalar, Sequence
from vetstack.template import Embedded, Resource, Template, Undecided
from vetstack.values import Items, Map, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.cloudformation.resolver import Resolver

BODY: Final = {"AWS::CloudFormation::StackSet": "TemplateBody", "AWS::CloudFormation::Stack": "TemplateBody"}
URL: Final = {
    "AWS::CloudFormation::StackSet": "TemplateURL",
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::Serverless::Application": "Location",
}

_OUTER = re.compile(r"\$\{([^!{}][^{}]*)\}")


def embedded_templates(template: Template, resolver: Resolver, resource: Resource, body: Mapping) -> list[Embedded]:
    """The templates that a resource carries; one that lies elsewhere is noted as undecided."""
    properties = body.get("Properties")
    if resource.type not in URL or not isinstance(properties, Mapping):
        return []
    url = properties.get(URL[resource.type])
    if url is not None:
        where = next((str(v) for _, v in resolver.world.always.over(resolver.resolve(url)) if _is_text(v)), "")
        reason = f"the template at {where} is not read" if where else "the published application is not read"
        key = properties.key(URL[resource.type]) or url
        template.undecided.append(Undecided(key.at, resource.address, reason))
        return []
    node = properties.get(BODY.get(resource.type, ""))
    if node is None:
        return []
    known = _known(resolver, properties)
    if isinstance(node, Scalar):
        return [Embedded(node.text, None, node.at, resource.address, known, resolver.world, node.block)]
    if isinstance(node, Mapping) and len(node.entries) == 1:
        ((function, argument),) = node.entries.values()
        parts = argument.items if isinstance(argument, Sequence) else [argument]
        if function.text == "Fn::Sub" and parts and isinstance(parts[0], Scalar):
            names = _outer_names(resolver, parts[0].text, parts[1] if len(parts) == 2 else None, parts[0])
            text = parts[0]
            return [Embedded(text.text, None, text.at, resource.address, known, resolver.world, text.block, names)]
        if function.text == "Fn::ToJsonString":
            return [Embedded(None, argument, argument.at, resource.address, known, resolver.world)]
    if isinstance(node, Mapping) and "Resources" in node:
        return [Embedded(None, node, node.at, resource.address, known, resolver.world)]
    template.undecided.append(Undecided(node.at, resource.address, "the body of this stack is made at deployment"))
    return []


def _is_text(value: Value) -> bool:
    return isinstance(value, (Text, Unknown))


def _known(resolver: Resolver, properties: Mapping) -> dict[str, Value]:
    """What the inner parameters are given: a list of ParameterKey and ParameterValue, or a map."""
    given = resolver.resolve(properties.get("Parameters"))
    if isinstance(given, Map):
        return dict(given)
    known: dict[str, Value] = {}
    for one in given if isinstance(given, Items) else ():
        if isinstance(one, Map) and isinstance(one.child("ParameterKey"), Text) and "ParameterValue" in one:
            known[str(one["ParameterKey"])] = one["ParameterValue"]
    return known


OUTER = "outer:"


def _outer_names(resolver: Resolver, text: str, variables: Node | None, at: Scalar) -> dict[str, Value]:
    names = {found.strip() for found in _OUTER.findall(text)}
    given = variables if isinstance(variables, Mapping) else None
    return {f"{OUTER}{name}": resolver.substituted(f"${{{name}}}", given, at.at) for name in sorted(names)}


def renamed(node: Node, *, in_sub: bool = False) -> Node:
    """The tree of a body that stood inside Fn::Sub, as the inner template will be.

    `${!Name}` is the inner template's `${Name}`; `${Name}` is what the outer template writes there, under the name
    `outer:Name`, which only an Fn::Sub can say: a scalar that is not in one gets one.
    """
    if isinstance(node, Scalar):
        if "${" not in node.text:
            return node
        text = _OUTER.sub(lambda found: f"${{{OUTER}{found[1].strip()}}}", node.text)
        outer = text != node.text
        inner = text.replace("${!", "${")
        if in_sub or not outer:
            return Scalar(inner, node.at, node.plain, node.null, node.block)
        name = Scalar("Fn::Sub", node.at)  # which keeps a `${!Name}` as the plain text that it is here
        return Mapping(node.at, {"Fn::Sub": (name, Scalar(text, node.at, node.plain, node.null, node.block))})
    if isinstance(node, Sequence):
        return Sequence(node.at, [renamed(item, in_sub=in_sub) for item in node.items])
    return Mapping(
        node.at,
        {key: (name, renamed(value, in_sub=in_sub or key == "Fn::Sub")) for key, (name, value) in node.entries.items()},
    )
