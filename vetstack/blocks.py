"""Which block of a template a place in a file belongs to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from vetstack.position import Position
from vetstack.template import Template


class Blocks:
    """The blocks of some templates that have a header of their own: resources, parameters and outputs.

    headers: where each stands, by file and address: two templates may well name a block alike.
    """

    def __init__(self, templates: Iterable[Template]) -> None:
        self.headers: dict[tuple[str, str], Position] = {}
        self._around = ""
        starts: dict[str, list[tuple[int, int, str]]] = {}
        for template in templates:
            self._around = self._around or template.parent or "Template"
            for address, at in _blocks(template):
                self.headers.setdefault((at.file, address), at)
                starts.setdefault(at.file, []).append((at.line, at.column, address))
        self._starts = {file: sorted(own) for file, own in starts.items()}

    def at(self, place: Position) -> str:
        """The address of the last block that begins at or before a place.

        Before the first one it is the template itself: `Template`, or the block that an embedded one stands in.
        """
        starts = self._starts.get(place.file, [])
        index = bisect_right(starts, (place.line, place.column + 1, ""))
        return starts[index - 1][2] if index else self._around or "Template"


def _blocks(template: Template) -> Iterator[tuple[str, Position]]:
    for resource in template.resources.values():
        yield resource.address, resource.at
    for parameter in template.parameters.values():
        yield parameter.address, parameter.at
    for output in template.outputs.values():
        yield output.address, output.at
