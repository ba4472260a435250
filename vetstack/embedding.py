"""Templates inside templates, as front ends hand them to `vetstack.load`, which alone chooses who reads them."""

from __future__ import annotations

from vetstack.guards import Guard, World
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Template
from vetstack.values import Value


class Embedded(NamedTuple):
    """A template inside a template, for `vetstack.load` to read.

    text: its source where the outer template has it as text; tree: its parsed node where it is written as
    structure; origin: where the text stands in the outer file, and block how its lines are indented there (as in
    `sources.interface.Scalar`); resource: the address it stands on; known: what its parameters are given, world: whose
    guards those values carry; outer_names: what the outer template
    writes into the text, None when it writes nothing (the text stood outside Fn::Sub). outer: the template around it,
    and exists: the settings that bring this one into being, None where that is always. path: the file that it stands
    in beside the outer template, as that names it; then text and tree are None, and origin is where it is named.
    """

    text: str | None
    tree: object | None
    origin: Position
    resource: str
    known: dict[str, Value]
    world: World
    block: int | None = None
    outer_names: dict[str, Value] | None = None
    outer: Template | None = None
    exists: tuple[Guard, ...] | None = None
    path: str | None = None
