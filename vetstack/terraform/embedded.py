"""CloudFormation inside Terraform: stacks and stack sets whose template is a text, a file or a structure.

Source: the AWS provider's documentation of aws_cloudformation_stack and aws_cloudformation_stack_set.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vetstack.embedding import Embedded
from vetstack.position import Position
from vetstack.sources.interface import Mapping, Node, Scalar
from vetstack.sources.interface import Sequence as Listed
from vetstack.template import Resource
from vetstack.terraform.written import PAD, source_of
from vetstack.values import Absent, Items, Map, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.terraform.workspace import Workspace

STACKS: Final = frozenset({"aws_cloudformation_stack", "aws_cloudformation_stack_set"})

_MARK: Final = re.compile(f"([\ue000-\uf000]){PAD}*")


def embedded_templates(work: Workspace, resource: Resource) -> list[Embedded]:
    """The templates that a resource carries; one that lies elsewhere is noted as undecided."""
    properties = resource.properties
    if resource.type not in STACKS or not isinstance(properties, Map):
        return []
    if "template_url" in properties:
        url = properties["template_url"]
        shown = str(url) if isinstance(url, (Text, Unknown)) else "an address decided at deployment"
        work.complain(properties.key_at["template_url"], f"the template at {shown} is not read")
    given = properties.child("parameters")
    known = dict(given) if isinstance(given, Map) else {}
    found = []
    written = properties.child("template_body")
    whole = source_of(written) is not None  # then it keeps its lines, whatever is written into them
    for _, body in [(work.world.always, written)] if whole else work.world.always.over(written):
        one = _embedded(work, resource, body, known)
        if one is not None:
            found.append(one)
            break  # the others would have the same addresses
    return found


def _embedded(work: Workspace, resource: Resource, body: Value, known: dict[str, Value]) -> Embedded | None:
    if isinstance(body, Absent):
        return None
    source = source_of(body)
    if source is not None:
        text = source.rows[0][1]
        names = dict(_marks(text, source.values))
        origin, block = source.origin, source.block
        if origin is None:  # a file of its own: its first line follows this one
            origin, block = Position(source.file, 0, 1, 0, 1), 0
        outer = {f"outer:{mark}": value for mark, value in names.items()} if names else None
        if outer is not None:
            text = _as_substitutions(text)
        return Embedded(text, None, origin, resource.address, known, work.world, block, outer)
    if isinstance(body, Map):
        outer = {}
        tree = _node(body, outer)
        return Embedded(None, tree, body.at, resource.address, known, work.world, None, outer)
    if isinstance(body, Text):
        return Embedded(str(body), None, body.at, resource.address, known, work.world)
    shown = " and ".join(dict.fromkeys(str(hole) for hole in body.holes)) if isinstance(body, Unknown) else "a setting"
    work.complain(body.at, f"the body of this stack is decided by {shown}")
    return None


def _marks(text: str, values: object) -> list[tuple[str, Value]]:
    assert isinstance(values, (list, tuple))
    return [(mark, values[ord(mark) - 0xE000]) for mark in dict.fromkeys(_MARK.findall(text))]


def _as_substitutions(text: str) -> str:
    """The text as `Fn::Sub` has it: each mark a `${…}` as long as before, the template's own `${…}` set apart."""
    kept = text.replace("${", "${!")
    return _MARK.sub(lambda found: f"${{{found[1].ljust(len(found[0]) - 3)}}}", kept)


def _node(value: Value, outer: dict[str, Value]) -> Node:
    """A structure as the tree of a template; what is not known of it stands under a name in `outer`."""
    if isinstance(value, Map):
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, one in value.items():
            if not isinstance(one, Absent):
                entries[key] = (Scalar(key, value.key_at.get(key, value.at), False), _node(one, outer))
        return Mapping(value.at, entries)
    if isinstance(value, Items):
        return Listed(value.at, [_node(one, outer) for one in value if not isinstance(one, Absent)])
    if isinstance(value, Text):
        return Scalar(value.replace("${", "${!"), value.at, value in ("true", "false"))
    if isinstance(value, Absent):
        raise AssertionError("what is absent is left out")
    if isinstance(value, Unknown) and all(isinstance(piece, str) for piece in value.pieces):
        return Scalar("".join(str(piece) for piece in value.pieces), value.at, False)
    name = f"value {len(outer)}"
    outer[f"outer:{name}"] = value
    return Scalar(f"${{{name}}}", value.at, False)
