"""Calls of other modules: those whose source is a folder at hand are read, of all others there is a note."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from vetstack.position import Position
from vetstack.terraform import tree
from vetstack.terraform.resources import Instance, Reference, Target
from vetstack.terraform.written import passed
from vetstack.values import Absent, Hole, Unknown, Value

if TYPE_CHECKING:
    from vetstack.terraform.module import Module

DEPTH_LIMIT: Final = 12
"""How deep modules may call modules."""

META: Final = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})


class Call(Target):
    """`module "x" { … }`."""

    def __init__(self, module: Module, block: tree.Block) -> None:
        super().__init__(module, block, f"module.{block.labels[0]}")
        self._modules: dict[str, Module | None] = {}

    def source(self) -> str | None:
        """Where it says that the module is, None where that is not a plain text."""
        return source_of_call(self.block)

    def called(self, instance: Instance) -> Module | None:
        """The module as one instance of the call makes it; None, and a note, when it is not at hand."""
        if instance.address not in self._modules:
            self._modules[instance.address] = None  # should it call itself
            with self.module.work.owned(self.address):
                self._modules[instance.address] = self._open_folder(instance)
        return self._modules[instance.address]

    def _open_folder(self, instance: Instance) -> Module | None:
        from vetstack.terraform.module import Module

        work, source = self.module.work, self.source()
        written = self.block.body.attributes.get("source")
        at = written.expression.at if written else self.block.header_at
        if source is None or not is_local(source):
            work.complain(at, f"the module {source or 'that is called here'} is not read: it is not in this folder")
            return None
        path = os.path.normpath(os.path.join(self.module.folder.path, source))
        if not work.inside(path):
            work.complain(at, f"the module {source} lies outside the folder that was given")
            return None
        if self.module.depth >= DEPTH_LIMIT or not work.spend_module():
            work.complain(at, "modules are called too often or too deeply here")
            return None
        folder = work.open_folder(path)
        if folder is None:
            work.complain(at, f"the module {source} holds no file that can be read")
            return None
        inputs = self._inputs(instance)
        return Module(work, folder, instance.address, inputs, instance.exists, self.module.depth + 1)

    def _inputs(self, instance: Instance) -> dict[str, Value]:
        given: dict[str, Value] = {}
        for name, attribute in self.block.body.attributes.items():
            if name not in META:
                value = instance.scope.evaluate(attribute.expression)
                given[name] = passed(value, self.address)
        return given

    def attribute(self, instance: Instance | None, name: str, at: Position) -> Value:
        module = self.called(instance) if instance else None
        if module is None or name not in module.outputs:
            address = instance.address if instance else self.address
            return Unknown((Hole("external", f"{address}#{name}"),), at, (self.address,))
        value = module.output(name, at)
        return value if isinstance(value, (Absent, Reference)) else passed(value, self.address)


def source_of_call(block: tree.Block) -> str | None:
    """The source of a module call as it is written, None where it is not a plain text."""
    written = block.body.attributes.get("source")
    if written is None:
        return None
    expression = written.expression
    return expression.text if isinstance(expression, tree.Literal) and expression.kind == "text" else None


def is_local(source: str) -> bool:
    """Whether a module's source is a path."""
    return source.startswith(("./", "../", ".\\", "..\\")) or source in (".", "..") or os.path.isabs(source)
