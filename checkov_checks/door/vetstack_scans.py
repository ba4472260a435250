"""What one of Checkov's runners has read, and what vetstack says about it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from typing import Any

from checkov.common.bridgecrew.integration_features.integration_feature_registry import integration_feature_registry
from checkov.common.graph.graph_builder import CustomAttributes
from checkov.common.runners.base_runner import filter_ignored_paths
from checkov.common.util.consts import END_LINE, START_LINE
from checkov.terraform.base_runner import BaseTerraformRunner
from checkov.terraform_json.runner import TerraformJsonRunner
from networkx import DiGraph

from checkov_checks.door.vetstack_placement import UNREAD, Placement, Said, Verdict, Vertex, without_indexes
from checkov_checks.door.vetstack_verdicts import vet

TERRAFORM = (".tf", ".tf.json", ".tofu", ".tofu.json")


class Scan:
    """A runner's graphs with the resources in each, and where each thing goes that vetstack says about them.

    This one is empty: what Checkov reads with two of its runners is vetted for one of them.
    """

    modules = False

    def __init__(self, runner: Any, runner_filter: Any, graph: Any, failed: Verdict | None) -> None:
        """failed: what is said about everything because nothing can be vetted, None as a rule."""
        self.runner = runner
        self.filter = runner_filter
        self._failed = failed
        graphs = {id(own): own for own in (*graphs_of(runner), graph) if own is not None}
        blocks = [list(blocks_of(own)) for own in graphs.values()]
        verdicts = self._vet([block for own in blocks for block in own])
        self.graphs = [(own, self._vertices(of_own)) for own, of_own in zip(graphs.values(), blocks, strict=True)]
        self.vertices = [vertex for _, own in self.graphs for vertex in own]
        self.placement = Placement(self.vertices, modules=self.modules)
        for verdict, files in verdicts:
            self.placement.take(verdict, files)

    def left(self, rule: str) -> dict[tuple[str, str], list[Said]]:
        """What is about nothing that Checkov knows as a resource, by file and address."""
        found: dict[tuple[str, str], list[Said]] = {}
        for said in self.placement.left:
            if said.rule == rule and self._concerns(said):
                found.setdefault((said.file, said.address), []).append(said)
        return found

    def _vet(self, blocks: list[Any]) -> list[tuple[Verdict, Collection[str]]]:
        """Verdicts, each with the real paths that it ought to be about."""
        return []

    def _vertices(self, blocks: list[Any]) -> list[Vertex]:
        return []

    def _concerns(self, said: Said) -> bool:
        """Whether something is about what was to be scanned."""
        return True


class Templates(Scan):
    """CloudFormation templates, each by itself. Checkov may have read more of them than it has in its graph."""

    def _vet(self, blocks: list[Any]) -> list[tuple[Verdict, Collection[str]]]:
        known = {block[CustomAttributes.FILE_PATH] for block in blocks}
        lines = self.runner.definitions_raw.items()
        beside = [file for file, text in lines if file not in known and any("::" in line for _, line in text)]
        typed = {block[CustomAttributes.FILE_PATH] for block in blocks if "::" in block[CustomAttributes.BLOCK_NAME]}
        verdicts = {}
        for file in (*known, *beside):
            real, verdict = os.path.realpath(file), self._failed or vet([file])
            # whatever has a key called Resources is a template for Checkov
            if file in beside or file in typed or real in verdict.read:
                verdicts[real] = verdict
        self._files = set(verdicts)
        return [(verdict, [file]) for file, verdict in verdicts.items()]

    def _vertices(self, blocks: list[Any]) -> list[Vertex]:
        return [vertex for vertex in vertices_of(blocks, vertex_of_template) if vertex.file in self._files]


class Plans(Scan):
    """Terraform's plans, each by itself."""

    def _vet(self, blocks: list[Any]) -> list[tuple[Verdict, Collection[str]]]:
        self._files = {os.path.realpath(file): file for file in self.runner.definitions}
        return [(self._failed or vet([file]), [real]) for real, file in self._files.items()]

    def _vertices(self, blocks: list[Any]) -> list[Vertex]:
        return [vertex for vertex in vertices_of(blocks, vertex_of_module) if vertex.file in self._files]


class Modules(Scan):
    """The modules under the folder that is scanned, or those that single files belong to."""

    modules = True

    def _vet(self, blocks: list[Any]) -> list[tuple[Verdict, Collection[str]]]:
        self._root = root_of(self.runner)
        self._files = {os.path.realpath(block[CustomAttributes.FILE_PATH]) for block in blocks}
        self._calls = {
            without_indexes(block[CustomAttributes.BLOCK_NAME])
            for block in blocks
            if block[CustomAttributes.BLOCK_TYPE] == "module"
        }
        if self._root is None:
            self._files |= {os.path.realpath(file) for file in given_files() if file.endswith(TERRAFORM)}
            paths = sorted(self._files)
        else:
            paths = [self._root] if self._files or holds_terraform(self._root) else []
        if not paths:
            return []
        verdict = self._failed or vet(paths, self.filter.var_files or (), terraform=True)
        return [(verdict, self._files or paths)]

    def _vertices(self, blocks: list[Any]) -> list[Vertex]:
        return vertices_of(blocks, vertex_of_module)

    def _concerns(self, said: Said) -> bool:
        if self._root is not None:
            return not is_excluded(said.file, self._root, self.filter.excluded_paths)
        call = without_indexes(said.address).split(".")
        called = call[0] == "module" and call[1] in self._calls
        return said.rule == UNREAD or said.file in self._files or called


def scan_of(runner: Any, runner_filter: Any, graph: Any, failed: Verdict | None) -> Scan:
    """What a runner is doing. graph: the one that it runs its checks on now, None where it has but one."""
    kind: type[Scan] = Templates
    if isinstance(runner, TerraformJsonRunner):
        kind = Scan if is_scanned_twice(runner, runner_filter.framework) else Modules
    elif isinstance(runner, BaseTerraformRunner):
        kind = Plans if runner.check_type == "terraform_plan" else Modules
    return kind(runner, runner_filter, graph, failed)


def is_scanned_twice(runner: TerraformJsonRunner, frameworks: Collection[str]) -> bool:
    """Whether the files in Terraform's JSON syntax are vetted with the other files beside them."""
    both = runner.root_folder is not None or any(file.endswith((".tf", ".hcl")) for file in given_files())
    return both and bool({"all", "terraform"} & set(frameworks))


def graphs_of(runner: Any) -> list[Any]:
    several = [graph for graph, _ in getattr(runner, "all_graphs", ())]
    return several or [runner.graph_manager.get_reader_endpoint()]


def blocks_of(graph: Any) -> Iterator[Any]:
    for _, block in graph.nodes(data=True) if isinstance(graph, DiGraph) else graph.nodes():
        yield block


def vertices_of(blocks: list[Any], made: Callable[[Any], Vertex]) -> list[Vertex]:
    return [made(block) for block in blocks if block[CustomAttributes.BLOCK_TYPE] == "resource"]


def vertex_of_template(block: Any) -> Vertex:
    """A resource of the graph with the attributes that Checkov needs for its record.

    The other attributes are left behind: they are the template's own and would be taken for Checkov's.
    """
    name, file = block[CustomAttributes.BLOCK_NAME], block[CustomAttributes.FILE_PATH]
    entity = {
        CustomAttributes.BLOCK_TYPE: "resource",
        CustomAttributes.BLOCK_NAME: name,
        CustomAttributes.FILE_PATH: file,
        CustomAttributes.ID: name,
        CustomAttributes.RESOURCE_TYPE: block.get(CustomAttributes.RESOURCE_TYPE),
    }
    return Vertex(os.path.realpath(file), name.split(".")[-1], name, 0, entity)


def vertex_of_module(block: Any) -> Vertex:
    """The same in a module or a plan, where more is needed."""
    plain = vertex_of_template(block)
    kept = (CustomAttributes.SOURCE_MODULE_OBJECT, CustomAttributes.TF_RESOURCE_ADDRESS, CustomAttributes.CONFIG)
    entity = plain.entity | {key: block[key] for key in (*kept, START_LINE, END_LINE) if key in block}
    address = str(block.get(CustomAttributes.TF_RESOURCE_ADDRESS) or plain.name)
    line = block.get(START_LINE)
    return Vertex(plain.file, address, address, line if isinstance(line, int) else 0, entity)


def root_of(runner: Any) -> str | None:
    """The folder that a runner of Terraform scans, None where it was given single files."""
    if isinstance(runner, TerraformJsonRunner):
        folder = runner.root_folder
    else:
        folder = getattr(runner.graph_manager.parser, "directory", None)
    return os.path.realpath(folder) if folder else None


def given_files() -> list[str]:
    """The files that Checkov's command line names."""
    return list(getattr(integration_feature_registry.config, "file", None) or ())


def holds_terraform(root: str) -> bool:
    return any(name.endswith(TERRAFORM) for _, _, names in os.walk(root) for name in names)


def is_excluded(file: str, root: str, patterns: list[str] | None) -> bool:
    """Whether Checkov leaves out a file below the folder that it scans."""
    where = root
    for part in os.path.relpath(file, root).split(os.sep):
        names = [part]
        if part not in (os.curdir, os.pardir):
            filter_ignored_paths(where, names, patterns)
        if not names:
            return True
        where = os.path.join(where, part)
    return False
