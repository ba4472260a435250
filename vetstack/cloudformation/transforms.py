"""Macros that a template calls: its Transform section, and Fn::Transform wherever it stands.

Source: CloudFormation user guide, transform-section-structure and intrinsic-function-reference-transform.
"""

from __future__ import annotations

from typing import Final

from vetstack.cloudformation.mappings import TRANSFORM
from vetstack.cloudformation.resolver import Resolver
from vetstack.sources.interface import Mapping, Node, Scalar, Sequence
from vetstack.template import Macro, Template, Undecided
from vetstack.values import ABSENT, Text, Unknown, Value

ENTRIES: Final = frozenset({"Conditions", "Mappings", "Outputs", "Parameters", "Rules"})
"""Sections whose entries are called `Section.Name`; those of Resources go by their names alone."""

BODY: Final = "TemplateBody"
"""The property that may hold a whole template, which calls macros of its own."""


def add_transforms(template: Template, resolver: Resolver, root: Mapping, scope: str) -> None:
    """Fill `template.macros`, and note what each of them leaves unseen."""
    whole = f"{scope}Transform"
    resolver.owner = whole
    section = root.get("Transform")
    for entry in section.items if isinstance(section, Sequence) else [] if section is None else [section]:
        _whole(template, resolver, entry, whole)
    _found(template, resolver, root, whole)
    for key, node in root.items():
        if key.text in (TRANSFORM, "Transform"):
            continue
        owner = scope + key.text
        if not isinstance(node, Mapping) or key.text not in (*ENTRIES, "Resources"):
            _below(template, resolver, node, owner)
            continue
        _found(template, resolver, node, owner)
        for name, body in node.items():
            if name.text != TRANSFORM:
                prefix = scope if key.text == "Resources" else f"{owner}."
                _below(template, resolver, body, prefix + name.text)


def _whole(template: Template, resolver: Resolver, entry: Node, owner: str) -> None:
    """An entry of the Transform section. CloudFormation takes no functions there, an outer template may write one."""
    named = entry.get("Name") if isinstance(entry, Mapping) and "Name" in entry else entry
    name = resolver.resolve(named)
    template.macros.append(Macro(name, entry.at, owner, _location(resolver, entry)))
    settled = isinstance(named, Scalar) or bool(resolver.outer_names)
    if not (settled and isinstance(name, Text) and name.startswith("AWS::")):
        reason = f"what the macro {_shown(name)} makes of this template is not in it"
        template.undecided.append(Undecided(entry.at, owner, reason))


def _location(resolver: Resolver, call: Node) -> Value:
    """The address among the parameters of a macro."""
    given = call.get("Parameters") if isinstance(call, Mapping) else None
    where = given.get("Location") if isinstance(given, Mapping) else None
    return ABSENT if where is None else resolver.resolve(where)


def _below(template: Template, resolver: Resolver, node: Node, owner: str) -> None:
    """Every Fn::Transform in a part of the template, in the order in which they stand."""
    waiting = [(node, False)]
    while waiting:
        here, is_body = waiting.pop()
        if isinstance(here, Sequence):
            waiting.extend((item, is_body) for item in reversed(here.items))
        elif isinstance(here, Mapping) and not (is_body and "Resources" in here):
            _found(template, resolver, here, owner)
            entries = list(here.entries.values())
            waiting.extend((value, is_body or key.text == BODY) for key, value in reversed(entries))


def _found(template: Template, resolver: Resolver, node: Mapping, owner: str) -> None:
    """The macro that is called by a mapping itself."""
    argument, key = node.get(TRANSFORM), node.key(TRANSFORM)
    if argument is None or key is None:
        return
    resolver.owner = owner
    name = resolver.macro_name(argument)
    template.macros.append(Macro(name, key.at, owner, _location(resolver, argument)))
    reason = f"the transform {_shown(name)} writes this part when it is deployed"
    template.undecided.append(Undecided(key.at, owner, reason))


def _shown(name: Value) -> str:
    return str(name) if isinstance(name, (Text, Unknown)) else "that is called here"
