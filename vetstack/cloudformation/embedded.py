"""Templates inside a template: StackSet bodies given as text or structure, nested stacks by URL or in a file beside it.

A body that is text inside Fn::Sub is read as it stands; what the outer template writes into it becomes outer names.
One that is put together in another way is read once it is known, and stands where that is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vetstack.cloudformation.given import given_to
from vetstack.embedding import Embedded
from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.regex import Regex
from vetstack.sources.interface import Mapping, Node, Scalar, Sequence, Unreadable
from vetstack.template import Resource, Template, Undecided
from vetstack.values import Absent, Hole, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.cloudformation.resolver import Resolver

BODY: Final = {"AWS::CloudFormation::StackSet": "TemplateBody", "AWS::CloudFormation::Stack": "TemplateBody"}
URL: Final = {
    "AWS::CloudFormation::StackSet": "TemplateURL",
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::Serverless::Application": "Location",
}

_REMOTE: Final = Regex(r"\s*([A-Za-z][A-Za-z0-9+.-]+:|//)")
_MARKED: Final = Regex(r"[<>{}%$]|\n")
"""What no path has, but a place that something is still to be written into."""

_ONE_VARIABLE = Regex(r"\s*\$\{[^{}]*\}\s*")
_OUTER = Regex(r"\$\{([^!{}][^{}]*)\}")


def embedded_templates(template: Template, resolver: Resolver, resource: Resource, body: Mapping) -> list[Embedded]:
    """The templates that a resource carries; one that lies elsewhere is noted as undecided."""
    properties = body.get("Properties")
    if resource.type not in URL or not isinstance(properties, Mapping):
        return []
    known = given_to(resolver, resource, properties)
    found = list(_elsewhere(template, resolver, resource, properties, known))
    node = properties.get(BODY.get(resource.type, ""))
    if node is not None:
        found += _Bodies(template, resolver, resource, known).at(node, resource.exists)
    return found


def _elsewhere(
    template: Template, resolver: Resolver, resource: Resource, properties: Mapping, known: dict[str, Value]
) -> Iterator[Embedded]:
    """The templates that a resource names by where they are: files, for `load` to read; any other is undecided."""
    url = properties.get(URL[resource.type])
    if url is None:
        return
    at = (properties.key(URL[resource.type]) or url).at
    shown: dict[str, None] = {}
    for guard, value in resolver.world.always.over(resolver.resolve(url)):
        own = tuple(both for one in resource.exists if (both := one & guard) is not None)
        if isinstance(value, Text) and _is_path(value) and own:
            origin = value.at if value.at.file == template.file else at
            yield Embedded(
                None, None, origin, resource.address, known, resolver.world, outer=template, exists=own, path=str(value)
            )
        elif not isinstance(value, Absent):
            is_text = isinstance(value, (Text, Unknown))
            shown[f"the template at {value} is not read" if is_text else "the published application is not read"] = None
    template.undecided.extend(Undecided(at, resource.address, reason) for reason in list(shown)[:1])


def _is_path(text: str) -> bool:
    """Whether a location is a file beside the template, as `aws cloudformation package` takes them."""
    return bool(text.strip()) and not _REMOTE.match(text) and not _MARKED.search(text)


class _Bodies:
    """The bodies of one resource: a template for each setting that chooses another text."""

    def __init__(self, template: Template, resolver: Resolver, resource: Resource, known: dict[str, Value]) -> None:
        self.template = template
        self.resolver = resolver
        self.resource = resource
        self.known = known

    def at(self, node: Node, exists: tuple[Guard, ...]) -> list[Embedded]:
        """The templates that a node can be."""
        if isinstance(node, Scalar) and not node.null:
            return [self._made(exists, node.at, node.text, block=node.block)]
        if isinstance(node, Mapping) and "Resources" in node:
            return [self._made(exists, node.at, None, node)]
        if isinstance(node, Mapping) and len(node.entries) == 1:
            ((function, argument),) = node.entries.values()
            parts = argument.items if isinstance(argument, Sequence) else [argument]
            if function.text == "Fn::ToJsonString" and isinstance(argument, Mapping):
                return [self._made(exists, argument.at, None, argument)]
            text = parts[0] if parts else argument
            if function.text == "Fn::Sub" and isinstance(text, Scalar) and not _ONE_VARIABLE.fullmatch(text.text):
                names = _outer_names(self.resolver, text.text, parts[1] if len(parts) == 2 else None, text)
                return [self._made(exists, text.at, text.text, block=text.block, names=names)]
            if function.text == "Fn::If" and len(parts) == 3 and isinstance(parts[0], Scalar):
                return self._either(parts[0].text, parts[1], parts[2], exists)
            if function.text == "Fn::Join" and len(parts) == 2 and isinstance(parts[1], Sequence):
                joined = self._joined(parts[0], parts[1])
                if joined:
                    return self._put_together(joined, node.at, exists)
        return self._resolved(node, exists)

    def _made(
        self,
        exists: tuple[Guard, ...],
        at: Position,
        text: str | None,
        tree: Node | None = None,
        *,
        block: int | None = None,
        names: dict[str, Value] | None = None,
    ) -> Embedded:
        world = self.resolver.world
        return Embedded(text, tree, at, self.resource.address, self.known, world, block, names, self.template, exists)

    def _either(self, condition: str, chosen: Node, otherwise: Node, exists: tuple[Guard, ...]) -> list[Embedded]:
        found: list[Embedded] = []
        for holds, branch in ((True, chosen), (False, otherwise)):
            settings = self.resolver.conditions.settings(condition, holds)
            own = tuple(both for one in exists for guard in settings if (both := one & guard) is not None)
            found.extend(self.at(branch, own) if own else [])
        return found

    def _joined(self, separator: Node, parts: Sequence) -> list[str | Value] | None:
        """The pieces of a joined text: what is written as it is, and the values between."""
        if not isinstance(separator, Scalar):
            return None
        pieces: list[str | Value] = []
        for part in parts.items:
            value: str | Value = part.text if isinstance(part, Scalar) else self.resolver.resolve(part)
            if not isinstance(value, Absent):
                pieces += [separator.text, value] if pieces else [value]
        return pieces

    def _resolved(self, node: Node, exists: tuple[Guard, ...]) -> list[Embedded]:
        found: list[Embedded] = []
        for guard, value in self.resolver.world.always.over(self.resolver.resolve(node)):
            own = tuple(both for one in exists if (both := one & guard) is not None)
            if not own or isinstance(value, Absent):
                continue
            if isinstance(value, Text) or (isinstance(value, Unknown) and isinstance(value.pieces[0], str)):
                pieces = value.pieces if isinstance(value, Unknown) else (str(value),)
                made = [Unknown((p,), value.at, value.via) if isinstance(p, Hole) else p for p in pieces]
                found.extend(self._put_together(made, value.at, own))
            else:
                self._undecided(node.at, "the body of this stack is made at deployment")
        return found

    def _put_together(
        self, pieces: list[str | Value] | list[str | Unknown], at: Position, exists: tuple[Guard, ...]
    ) -> list[Embedded]:
        """A text of pieces, as if each value had been written into it by Fn::Sub."""
        from vetstack.sources.read import read_text

        names: dict[str, Value] = {}
        text = ""
        for piece in pieces:
            if isinstance(piece, str):
                text += piece.replace("${", "${!")
                continue
            name = f"value {len(names) + 1}"
            names[OUTER + name] = piece
            text += f"${{{name}}}"
        try:
            tree = read_text(text, at.file, at, None).root
        except Unreadable as error:
            self._undecided(at, f"the body of this stack is put together at deployment: {error.reason}")
            return []
        return [self._made(exists, at, None, tree, names=names)]

    def _undecided(self, at: Position, reason: str) -> None:
        self.template.undecided.append(Undecided(at, self.resource.address, reason))


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
