"""AWS SAM's Globals section: properties that every resource of a serverless type has unless it says otherwise.

Source: AWS SAM developer guide, sam-specification-template-anatomy-globals.
"""

from __future__ import annotations

from typing import Final

from vetstack.sources.interface import Mapping, Node, Scalar, Sequence

PREFIX: Final = "AWS::Serverless::"

CONNECTOR: Final = "AWS::Serverless::Connector"
CONNECTORS: Final = "Connectors"
"""A connector as a resource of its own, and the attribute of a resource that has those which begin at it."""


def globals_of(root: Mapping) -> Mapping | None:
    """The Globals section, `Function`, `Api` and so on with the properties of each; None when there is none."""
    section = root.get("Globals")
    return section if isinstance(section, Mapping) else None


def with_globals(body: Mapping, shared: Mapping | None) -> Mapping:
    """A resource with what its type has by the Globals section."""
    named = body.get("Type")
    if shared is None or not isinstance(named, Scalar) or not named.text.startswith(PREFIX):
        return body
    given = shared.get(named.text.removeprefix(PREFIX))
    if given is None:
        return body
    own = body.get("Properties")
    key = body.key("Properties") or Scalar("Properties", body.at)
    merged = given if own is None else _merged(given, own)
    return Mapping(body.at, {**body.entries, "Properties": (key, merged)})


def _merged(given: Node, own: Node) -> Node:
    """Maps are merged key by key, lists run together, and of anything else the resource's own counts."""
    if isinstance(given, Sequence) and isinstance(own, Sequence):
        return Sequence(own.at, [*given.items, *own.items])
    if not (isinstance(given, Mapping) and isinstance(own, Mapping)) or _is_function(given) or _is_function(own):
        return own
    entries = dict(given.entries)
    for key, (name, value) in own.entries.items():
        entries[key] = (name, _merged(given.entries[key][1], value) if key in given else value)
    return Mapping(own.at, entries)


def _is_function(node: Mapping) -> bool:
    name = next(iter(node.entries), "")
    return len(node.entries) == 1 and (name in ("Ref", "Condition") or name.startswith("Fn::"))
