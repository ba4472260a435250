"""The configuration in a plan: what each argument refers to, by module. Of an expression no more is there than that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.records import NamedTuple
from vetstack.sources.interface import Mapping, Node, Scalar, Sequence
from vetstack.template import ModuleCall
from vetstack.terraform.calls import is_local
from vetstack.terraform.plan_resources import below, entries_of, text_in
from vetstack.values import ABSENT, Text

_STEP: Final = re.compile(r'\.?([^.\[\]"]+)|\[("(?:[^"\\]|\\.)*"|[^\]"]*)\]')
_EXPRESSION_KEYS: Final = frozenset({"references", "constant_value"})


class Reference(NamedTuple):
    """What a reference names: `var.x`, `data.t.n`, `t.n`, `module.m` …, the instance, and the steps behind it."""

    base: str
    key: str | None
    rest: tuple[str, ...]


def read_reference(text: str) -> Reference:
    """A reference as Terraform writes it: `module.net["a"].role_arn`, `aws_iam_role.x[0].arn`."""
    steps = [_step(found) for found in _STEP.finditer(text)]
    size = 3 if steps[:1] == ["data"] else 2
    base, rest = steps[:size], steps[size:]
    key = rest.pop(0)[1:] if rest and rest[0].startswith("[") else None
    return Reference(".".join(base), key, tuple(rest))


def _step(found: re.Match[str]) -> str:
    """A name as it is; an index with a bracket before its text."""
    if found[2] is None:
        return found[1]
    return "[" + (re.sub(r"\\(.)", r"\1", found[2][1:-1]) if found[2].startswith('"') else found[2])


def leaves(references: Node | None) -> list[str]:
    """The references of an expression without those that another one only extends (`aws_iam_role.x` of `….x.arn`)."""
    if not isinstance(references, Sequence):
        return []
    texts = list(dict.fromkeys(one.text for one in references.items if isinstance(one, Scalar)))
    stems: set[str] = set()
    for text in texts:
        stems.update(text[: found.start()] for found in re.finditer(r"[.\[]", text))
    return [text for text in texts if text not in stems]


def is_expression(node: Node | None) -> bool:
    """Whether this describes one argument, not a nested block of them."""
    return isinstance(node, Mapping) and all(key in _EXPRESSION_KEYS for key in node.entries)


class Called(NamedTuple):
    """One call on the way to a module instance: where it starts in the address, its name, the instance's key."""

    start: int
    name: str
    key: str | None


def calls_to(address: str) -> list[Called]:
    """The calls on the way to a module instance, `module.net["a"].module.role`, outermost first."""
    calls: list[Called] = []
    start: int | None = None
    for found in _STEP.finditer(address):
        step = _step(found)
        if step.startswith("["):
            calls[-1:] = [one._replace(key=step[1:]) for one in calls[-1:]]
        elif start is None:
            start = found.start()  # the word `module`
        else:
            calls.append(Called(start, step, None))
            start = None
    return calls


class Configuration:
    """The modules of a plan's configuration, found by the address of any instance."""

    def __init__(self, root: Node | None) -> None:
        self._root = root
        self._modules: dict[tuple[str, ...], Mapping | None] = {(): root if isinstance(root, Mapping) else None}
        self._resources: dict[tuple[str, ...], dict[str, Mapping]] = {}

    @property
    def known(self) -> bool:
        """Whether the plan has a configuration at all."""
        return self._modules[()] is not None

    def module(self, address: str) -> Mapping | None:
        """A module as it is written; None where the plan does not show it."""
        return self._module(tuple(one.name for one in calls_to(address)))

    def call(self, address: str) -> tuple[str, Mapping | None, str | None]:
        """The address of the caller of a module instance, the call, and the key of the instance."""
        last = calls_to(address)[-1]
        caller = address[: last.start]
        call = below(self.module(caller), "module_calls", last.name)
        return caller, call if isinstance(call, Mapping) else None, last.key

    def resource(self, module: str, base: str) -> Mapping | None:
        """A resource or a data source as it is written."""
        names = tuple(one.name for one in calls_to(module))
        if names not in self._resources:
            written = self._module(names)
            listed = entries_of(written.get("resources")) if written else ()
            self._resources[names] = {text_in(one, "address"): one for one in listed}
        return self._resources[names].get(base)

    def fetched(self) -> Iterator[ModuleCall]:
        """The calls of modules that lie elsewhere, by their addresses without keys."""
        waiting = [("", self.module(""))]
        while waiting:
            around, module = waiting.pop()
            calls = module.get("module_calls") if module else None
            for key, call in list(calls.items()) if isinstance(calls, Mapping) else []:
                address, source = f"{around}module.{key.text}", below(call, "source")
                version = below(call, "version_constraint")
                if isinstance(source, Scalar) and not is_local(source.text):
                    given = Text(version.text, version.at) if isinstance(version, Scalar) else ABSENT
                    yield ModuleCall(address, source.text, given, source.at)
                inner = below(call, "module")
                waiting += [(f"{address}.", inner)] if isinstance(inner, Mapping) else []

    def _module(self, names: tuple[str, ...]) -> Mapping | None:
        if names not in self._modules:
            around = self._module(names[:-1])
            found = below(around, "module_calls", names[-1], "module")
            self._modules[names] = found if isinstance(found, Mapping) else None
        return self._modules[names]
