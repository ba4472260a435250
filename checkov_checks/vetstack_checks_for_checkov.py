"""vetstack's door to Checkov: one Python graph check for every vetstack rule, made from the registry.

Checkov executes this file under its bare name, in each of its processes and for each framework, and takes a check that
raises, or a file that does not load, for one without findings. So nothing here may raise: whatever goes wrong is a
failed VET001 on every resource that was not vetted, and says why. A check of Checkov's graph, rather than of resources
one by one, also sees those whose condition is false under the parameters' defaults.

Checkov does not document graph checks in Python. tests/test_door_checkov.py pins what is used of them here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vetstack.rules.interface import Rule

REGISTRIES = ("cloudformation", "terraform")
"""Where the checks are registered. Checkov's frameworks terraform_plan and terraform_json run those of terraform."""

SEVERITIES = {"error": "HIGH", "warning": "MEDIUM", "note": "INFO"}
UNREAD, UNDECIDED = "VET001", "VET002"
REMARKS = "vetstack"
"""The key under which a checked resource carries what vetstack says about it, as JSON shows it."""

HOST_FAILURE = ENGINE_FAILURE = None
CHECKOUT = str(Path(__file__).resolve().parent.parent)
sys.path.insert(0, CHECKOUT)
try:
    from checkov.cloudformation.runner import Runner as CloudFormationRunner
    from checkov.common.bridgecrew.integration_features.integration_feature_registry import integration_feature_registry
    from checkov.common.bridgecrew.severities import Severities
    from checkov.common.checks_infra.registry import get_graph_checks_registry
    from checkov.common.graph.checks_infra.base_check import BaseGraphCheck
    from checkov.common.graph.graph_builder import CustomAttributes
    from checkov.common.models.enums import CheckResult
    from checkov.common.output.record import Record
    from checkov.runner_filter import RunnerFilter
    from checkov.terraform.base_runner import BaseTerraformRunner
    from checkov.terraform_json.runner import TerraformJsonRunner

    from checkov_checks.door.vetstack_placement import Placement, Remark, Vertex, seen_from
    from checkov_checks.door.vetstack_scans import Scan, scan_of
    from checkov_checks.door.vetstack_verdicts import failed
except Exception as error:
    BaseGraphCheck = object
    HOST_FAILURE = f"vetstack does not know this version of Checkov, so nothing was vetted: {error}"
try:
    from vetstack.rules import all_rules

    RULES: tuple[Rule, ...] = all_rules()
except Exception as error:
    RULES = ()
    ENGINE_FAILURE = f"vetstack cannot be loaded, so nothing was vetted: {type(error).__name__}: {error}"
finally:
    sys.path.remove(CHECKOUT)

SCANS: list[Scan] = []
"""The scans of this process that are under way. Checkov may run several at the same time."""


class Unreadable:
    """Stands for a resource when the graph cannot be read. Checkov ends with an error as soon as it looks at it."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get(self, *_: object) -> None:
        raise RuntimeError("vetstack cannot read the graph of this version of Checkov") from self._error


class VetstackCheck(BaseGraphCheck):
    """One rule. Checkov calls `run` with its graph and takes three lists of resources: passed, failed, unknown."""

    def __init__(self, id_: str, title: str, severity: str, guide: str, framework: str) -> None:
        super().__init__()
        self.id = id_
        self.name = self.title = title
        self.severity = Severities[SEVERITIES[severity]]
        self.guideline = guide
        self.category = "IAM"
        self.resource_types = ["all"]
        self.frameworks = [framework]
        self.check_path = __file__

    def run(self, graph_connector: Any) -> tuple[list[Any], list[Any], list[Any]]:
        try:
            return self.sorted_out(graph_connector)
        except Exception as error:
            return [], [Unreadable(error)], []

    def sorted_out(self, graph: Any) -> tuple[list[Any], list[Any], list[Any]]:
        scan = next(scan for scan in SCANS if any(own is graph for own, _ in scan.graphs))
        results: dict[str, list[Any]] = {"passed": [], "failed": [], "unknown": []}
        for own, vertices in scan.graphs:
            for vertex in vertices if own is graph else ():
                results[self.result(scan.placement, vertex)].append(with_remarks(vertex, scan.placement, self.id))
        if self.id == UNREAD:
            said = {remark.message for vertex in scan.vertices for remark in scan.placement.about(UNREAD, vertex)}
            self.name = f"{self.title}: {said.pop()}" if len(said) == 1 else self.title
        return results["passed"], results["failed"], results["unknown"]

    def result(self, placement: Placement, vertex: Vertex) -> str:
        """What the remarks on one resource make of it; Checkov shows nothing of what is unknown."""
        remarks = placement.about(self.id, vertex)
        if self.id == UNREAD or self.id == UNDECIDED:
            return self.outcome(remarks) or ("passed" if self.id == UNREAD else "unknown")
        if vertex.file not in placement.read or self.id in placement.off:
            return "unknown"
        return self.outcome(remarks) or "passed"

    def outcome(self, remarks: Iterable[Remark]) -> str | None:
        """The result that some remarks come to; None when they come to none."""
        if self.id == UNDECIDED:
            return "passed" if list(remarks) else None
        return "failed" if any(remark.fails for remark in remarks) else None


def with_remarks(vertex: Vertex, placement: Placement, rule: str) -> dict[str, Any]:
    """A resource for Checkov to make a record of, with what is said about it where JSON shows it."""
    told = {REMARKS: [remark._asdict() for remark in placement.about(rule, vertex)]}
    config = vertex.entity.get(CustomAttributes.CONFIG)
    return {**vertex.entity, **told, **({CustomAttributes.CONFIG: {**config, **told}} if config else {})}


def checks(framework: str) -> list[VetstackCheck]:
    """One check for each rule; VET001 is always among them."""
    made = {UNREAD: VetstackCheck(UNREAD, "vetstack could not vet this template", "error", "", framework)}
    for rule in RULES:
        made[rule.id] = VetstackCheck(rule.id, rule.title, rule.severities[0], rule.guide, framework)
    return list(made.values())


def register() -> None:
    """Add the checks to Checkov's, once in each process however often this file is executed there."""
    for framework in REGISTRIES:
        registry = get_graph_checks_registry(framework)
        known = {check.id for check in registry.checks}
        registry.checks.extend(check for check in checks(framework) if check.id not in known)
        for check in registry.checks:
            if isinstance(check, VetstackCheck):
                RunnerFilter.notify_external_check(check.id)
    for runner in (CloudFormationRunner, BaseTerraformRunner):
        if not hasattr(runner.get_graph_checks_report, "plain"):
            runner.get_graph_checks_report = reporting(runner.get_graph_checks_report)
    if not hasattr(TerraformJsonRunner.add_graph_check_results, "plain"):
        TerraformJsonRunner.add_graph_check_results = adding(TerraformJsonRunner.add_graph_check_results)


def reporting(plain: Any) -> Any:
    """Checkov's method that runs the checks and makes records of their results, with what it lacks for us."""

    def get_graph_checks_report(runner: Any, root_folder: str | None, runner_filter: Any, **graph: Any) -> Any:
        scan = begun(runner, runner_filter, graph.get("graph"))
        try:
            report = plain(runner, root_folder, runner_filter, **graph)
        finally:
            SCANS.remove(scan)
        complete(report, scan, root_folder)
        return report

    get_graph_checks_report.plain = plain
    return get_graph_checks_report


def adding(plain: Any) -> Any:
    """The same for Checkov's framework terraform_json, which adds to a report."""

    def add_graph_check_results(runner: Any, report: Any, runner_filter: Any) -> None:
        scan = begun(runner, runner_filter, None)
        try:
            plain(runner, report=report, runner_filter=runner_filter)
        finally:
            SCANS.remove(scan)
        complete(report, scan, runner.root_folder)

    add_graph_check_results.plain = plain
    return add_graph_check_results


def begun(runner: Any, runner_filter: Any, graph: Any) -> Scan:
    """The scan that the checks will ask about. VET001 goes with whichever of them are asked for: a failure of theirs
    would go unnoticed."""
    if any(pattern.startswith("VET") for pattern in runner_filter.checks):
        runner_filter.checks.append(UNREAD)
    try:
        scan = scan_of(runner, runner_filter, graph, failed(ENGINE_FAILURE) if ENGINE_FAILURE else None)
    except Exception as error:
        raise RuntimeError("vetstack cannot read the graph of this version of Checkov") from error
    SCANS.append(scan)
    return scan


def complete(report: Any, scan: Scan, root_folder: str | None) -> None:
    """Say in each of our records what was found, for which Checkov has a place that it fills for other kinds of checks
    only; and add those that it did not make, as it has dropped the block or does not know it as a resource."""
    made = set()
    for record in (*report.failed_checks, *report.passed_checks, *report.skipped_checks):
        if record.check_class == __name__:
            key = (record.check_id, os.path.realpath(record.file_abs_path), record.resource)
            made.add(key)
            explain(record, scan.placement.told.get(key, []))
    for check in scan.runner.graph_registry.checks:
        if isinstance(check, VetstackCheck):
            lost = [v for v in scan.vertices if (check.id, v.file, v.name) not in made]
            found = {(v.file, v.name): (v.line, scan.placement.about(check.id, v)) for v in lost}
            for place, said in scan.left(check.id).items():
                found[place] = (said[0].line, [seen_from(*place, one) for one in said])
            for (file, resource), (line, remarks) in found.items():
                if (outcome := check.outcome(remarks)) and may_run(check, scan, file):
                    lines = [remark.line for remark in remarks if remark.line and not remark.file] or [max(line, 1)]
                    record = record_of(check, file, resource or "Template", lines, outcome, root_folder)
                    explain(record, remarks)
                    report.add_record(record)


def may_run(check: VetstackCheck, scan: Scan, file: str) -> bool:
    return bool(
        scan.filter.should_run_check(
            check, check_id=check.id, file_origin_paths=[file], report_type=scan.runner.check_type
        )
    )


def explain(record: Record, remarks: list[Remark]) -> None:
    """Put remarks into one record. Not for SARIF: Checkov's way of writing details there is not valid SARIF."""
    if remarks and all(remark.severity == "note" for remark in remarks):
        record.severity = Severities[SEVERITIES["note"]]
    if "sarif" not in (getattr(integration_feature_registry.config, "output", None) or ()):
        record.details = [str(remark) for remark in remarks]


def record_of(
    check: VetstackCheck, file: str, resource: str, lines: list[int], outcome: str, root_folder: str | None
) -> Record:
    """A record for something that Checkov makes none of. file: a real path."""
    record = Record(
        check_id=check.id,
        check_name=check.title,
        check_result={"result": CheckResult[outcome.upper()], "entity": {}, "evaluated_keys": []},
        code_block=[],
        file_path=f"/{os.path.relpath(file, os.path.realpath(root_folder or os.curdir))}",
        file_line_range=[min(lines), max(lines)],
        resource=resource,
        evaluations={},
        check_class=__name__,
        file_abs_path=file,
        severity=check.severity,
    )
    record.set_guideline(check.guideline)
    return record


def refuse(reason: str) -> None:
    """Fail every resource through the interface that Checkov does document, since the other one is not as expected."""
    from checkov.cloudformation.checks.resource.base_resource_check import BaseResourceCheck as OfTemplates
    from checkov.common.models.enums import CheckCategories, CheckResult
    from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck as OfModules

    for base in (OfTemplates, OfModules):

        class Refusal(base):  # type: ignore[misc, valid-type]
            def __init__(self, id_: str) -> None:
                super().__init__(reason, id_, categories=[CheckCategories.IAM], supported_resources=["*"])

            def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
                return CheckResult.FAILED

        for id_ in {UNREAD, *(rule.id for rule in RULES)}:
            Refusal(id_)


try:
    if HOST_FAILURE:
        raise ImportError(HOST_FAILURE)
    register()
except Exception as error:
    refuse(str(error))
