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
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vetstack.rules.interface import Rule

FRAMEWORKS = ("cloudformation",)
"""Those of Checkov's frameworks whose files vetstack reads."""

SEVERITIES = {"error": "HIGH", "warning": "MEDIUM", "note": "INFO"}
UNREAD, UNDECIDED = "VET001", "VET002"
REMARKS = "vetstack"
"""The key under which a checked resource carries what vetstack says about it, as JSON shows it."""

HOST_FAILURE = ENGINE_FAILURE = None
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
    from networkx import DiGraph
except Exception as error:
    BaseGraphCheck = object
    HOST_FAILURE = f"vetstack does not know this version of Checkov, so nothing was vetted: {error}"

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
try:
    from vetstack.configuration import settings_from
    from vetstack.reports.typography import shown
    from vetstack.review import review
    from vetstack.rules import all_rules
    from vetstack.settings import Settings

    RULES: tuple[Rule, ...] = all_rules()
except Exception as error:
    RULES = ()
    ENGINE_FAILURE = f"vetstack cannot be loaded, so nothing was vetted: {type(error).__name__}: {error}"
finally:
    del sys.path[0]


class Remark(NamedTuple):
    """One thing that vetstack says about a resource. line: 0 for the whole file."""

    severity: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message

    @property
    def fails(self) -> bool:
        return self.severity != "note" or os.environ.get("VETSTACK_STRICT") == "1"


class Verdict(NamedTuple):
    """What vetstack says about one file.

    vetted: whether the rules were asked at all. off: ids of rules that the user has switched off. remarks: by rule and
    logical id, "" for what is not about one resource.
    """

    vetted: bool
    off: frozenset[str]
    remarks: dict[tuple[str, str], list[Remark]]

    def about(self, rule: str, resources: dict[str, Any]) -> dict[str, list[Remark]]:
        """The remarks of one rule on each resource of Checkov's; what is about none of them is the first one's."""
        told: dict[str, list[Remark]] = {name: [] for name in resources}
        for (about, name), remarks in self.remarks.items():
            if about == rule:
                holders = [name] if name in resources else list(resources)[: 1 if self.vetted else None]
                for holder in holders:
                    told[holder].extend(remarks)
        return told


def vet(file: str) -> Verdict:
    """Vet one file. Never raises."""
    try:
        config = os.environ.get("VETSTACK_CONFIG")
        settings = Settings() if config == "" else settings_from(config, os.getcwd())
        outcome = review([file], settings)
    except Exception as error:
        reason = ENGINE_FAILURE or f"vetstack failed, so nothing was vetted: {type(error).__name__}: {error}"
        remark = Remark("error", 0, reason.encode("unicode_escape").decode())
        return Verdict(False, frozenset(), {(UNREAD, ""): [remark]})
    remarks: dict[tuple[str, str], list[Remark]] = {}

    def remember(rule: str, resource: str, severity: str, line: int, message: str) -> None:
        remark = Remark(severity, line, shown(message))
        remarks.setdefault((rule, resource.partition(" > ")[0]), []).append(remark)

    for finding in outcome.findings:
        message = f"{finding.message} (when {finding.when})" if finding.when else finding.message
        remember(finding.rule, finding.resource, finding.severity, finding.at.line, message)
    for entry in outcome.undecided:
        remember(UNDECIDED, entry.resource, "warning", entry.at.line, entry.reason)
    for gap in outcome.unread:
        remember(UNREAD, "", "error", gap.line, gap.reason)
    vetted = any(name == file for name, _ in outcome.files)
    if not vetted and not outcome.unread:
        remember(UNREAD, "", "error", 0, "vetstack does not take this file for a template")
    return Verdict(vetted, settings.off, remarks)


class Verdicts:
    """The verdicts of this process; a file is vetted once for all checks, which Checkov runs side by side."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[tuple[str, int, int], Verdict] = {}

    def on(self, file: str) -> Verdict:
        try:
            status = os.stat(file)
        except OSError:
            return vet(file)
        key = (file, status.st_mtime_ns, status.st_size)
        with self._lock:
            if key not in self._known:
                self._known[key] = vet(file)
            return self._known[key]


VERDICTS = Verdicts()


class Unreadable:
    """Stands for a resource when the graph cannot be read. Checkov ends with an error as soon as it looks at it."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get(self, *_: object) -> None:
        raise RuntimeError("vetstack cannot read the graph of this version of Checkov") from self._error


class VetstackCheck(BaseGraphCheck):
    """One rule. Checkov calls `run` with its graph and takes three lists of resources: passed, failed, unknown."""

    def __init__(self, id_: str, title: str, severity: str, guide: str) -> None:
        super().__init__()
        self.id = id_
        self.name = self.title = title
        self.severity = Severities[SEVERITIES[severity]]
        self.guideline = guide
        self.category = "IAM"
        self.resource_types = ["all"]
        self.frameworks = list(FRAMEWORKS)
        self.check_path = __file__

    def run(self, graph_connector: Any) -> tuple[list[Any], list[Any], list[Any]]:
        try:
            return self.sorted_out(graph_connector)
        except Exception as error:
            return [], [Unreadable(error)], []

    def sorted_out(self, graph: Any) -> tuple[list[Any], list[Any], list[Any]]:
        results: dict[str, list[Any]] = {"passed": [], "failed": [], "unknown": []}
        for file, resources in resources_by_file(graph).items():
            verdict = VERDICTS.on(file)
            if not verdict.vetted and not any("::" in resource[CustomAttributes.ID] for resource in resources.values()):
                continue  # something else with a key called Resources, which Checkov takes for a template
            told = verdict.about(self.id, resources)
            for name, resource in resources.items():
                resource[REMARKS] = [remark._asdict() for remark in told[name]]
                results[self.result(verdict, told[name])].append(resource)
        if self.id == UNREAD:
            reasons = {remark["message"] for resource in results["failed"] for remark in resource[REMARKS]}
            self.name = f"{self.title}: {reasons.pop()}" if len(reasons) == 1 else self.title
        return results["passed"], results["failed"], results["unknown"]

    def result(self, verdict: Verdict, remarks: list[Remark]) -> str:
        """What the remarks on one resource make of it; Checkov shows nothing of what is unknown."""
        if self.id == UNREAD:
            return "failed" if remarks or not verdict.vetted else "passed"
        if self.id == UNDECIDED:
            return "passed" if remarks else "unknown"
        if not verdict.vetted or self.id in verdict.off:
            return "unknown"
        return "failed" if any(remark.fails for remark in remarks) else "passed"


def resources_by_file(graph: Any) -> dict[str, dict[str, dict[str, Any]]]:
    """The resources of the graph by file and logical id, each with the attributes that Checkov needs for its record.

    The other attributes are left behind: they are the template's own and would be taken for Checkov's.
    """
    files: dict[str, dict[str, dict[str, Any]]] = {}
    for _, vertex in graph.nodes(data=True) if isinstance(graph, DiGraph) else graph.nodes():
        if vertex[CustomAttributes.BLOCK_TYPE] == "resource":
            name = vertex[CustomAttributes.BLOCK_NAME]
            file = vertex[CustomAttributes.FILE_PATH]
            files.setdefault(file, {})[name.split(".")[-1]] = {
                CustomAttributes.BLOCK_TYPE: "resource",
                CustomAttributes.BLOCK_NAME: name,
                CustomAttributes.FILE_PATH: file,
                CustomAttributes.ID: name,
                CustomAttributes.RESOURCE_TYPE: vertex.get(CustomAttributes.RESOURCE_TYPE),
            }
    return files


def checks() -> list[VetstackCheck]:
    """One check for each rule; VET001 is always among them."""
    made = {UNREAD: VetstackCheck(UNREAD, "vetstack could not vet this template", "error", "")}
    for rule in RULES:
        made[rule.id] = VetstackCheck(rule.id, rule.title, rule.severities[0], rule.guide)
    return list(made.values())


def register() -> None:
    """Add the checks to Checkov's, once in each process however often this file is executed there."""
    for framework in FRAMEWORKS:
        registry = get_graph_checks_registry(framework)
        known = {check.id for check in registry.checks}
        registry.checks.extend(check for check in checks() if check.id not in known)
        for check in registry.checks:
            if isinstance(check, VetstackCheck):
                RunnerFilter.notify_external_check(check.id)
    if not hasattr(CloudFormationRunner.get_graph_checks_report, "plain"):
        CloudFormationRunner.get_graph_checks_report = explaining(CloudFormationRunner.get_graph_checks_report)


def explaining(plain: Any) -> Any:
    """Checkov's method that runs the checks and makes records of their results, with what it lacks for us.

    The records say what vetstack says about each resource: Checkov has a place for that, and fills it for other kinds
    of checks only. And VET001 goes with whichever of our checks are asked for, or their failure would go unnoticed.
    """

    def get_graph_checks_report(runner: Any, root_folder: str | None, runner_filter: Any) -> Any:
        if any(pattern.startswith("VET") for pattern in runner_filter.checks):
            runner_filter.checks.append(UNREAD)
        report = plain(runner, root_folder, runner_filter)
        for record in beside_the_graph(runner, root_folder, runner_filter):
            report.add_record(record)
        for record in (*report.failed_checks, *report.passed_checks, *report.skipped_checks):
            if record.check_class == __name__:
                explain(record)
        return report

    get_graph_checks_report.plain = plain
    return get_graph_checks_report


def explain(record: Record) -> None:
    """Put the remarks into one record. Not for SARIF: Checkov's way of writing details there is not valid SARIF."""
    remarks = [Remark(**remark) for remark in record.check_result["entity"][REMARKS]]
    if remarks and all(remark.severity == "note" for remark in remarks):
        record.severity = Severities[SEVERITIES["note"]]
    if "sarif" not in (getattr(integration_feature_registry.config, "output", None) or ()):
        record.details = [str(remark) for remark in remarks]


def beside_the_graph(runner: Any, root_folder: str | None, runner_filter: Any) -> Iterator[Record]:
    """Failed records for templates that Checkov reads and finds no resource in: those made of Fn::ForEach only."""
    in_graph = resources_by_file(runner.graph_manager.get_reader_endpoint())
    ours = [check for check in runner.graph_registry.checks if isinstance(check, VetstackCheck)]
    for file, lines in runner.definitions_raw.items():
        if file in in_graph or not any("::" in line for _, line in lines):
            continue
        verdict = VERDICTS.on(file)
        for check in filter(runner_filter.should_run_check, ours):
            for (rule, name), remarks in verdict.remarks.items():
                if rule == check.id and check.result(verdict, remarks) == "failed":
                    path = f"/{os.path.relpath(file, root_folder)}"
                    yield failed_record(check, file, path, name or "Template", remarks)


def failed_record(check: VetstackCheck, file: str, shown_path: str, resource: str, remarks: list[Remark]) -> Record:
    """A record for something that Checkov does not know as a resource."""
    lines = [max(remark.line, 1) for remark in remarks]
    told = [remark._asdict() for remark in remarks]
    entity = {CustomAttributes.FILE_PATH: file, CustomAttributes.ID: resource, REMARKS: told}
    record = Record(
        check_id=check.id,
        check_name=check.name,
        check_result={"result": CheckResult.FAILED, "entity": entity, "evaluated_keys": []},
        code_block=[],
        file_path=shown_path,
        file_line_range=[min(lines), max(lines)],
        resource=resource,
        evaluations={},
        check_class=__name__,
        file_abs_path=os.path.abspath(file),
        severity=check.severity,
    )
    record.set_guideline(check.guideline)
    return record


def refuse(reason: str) -> None:
    """Fail every resource through the interface that Checkov does document, since the other one is not as expected."""
    from checkov.cloudformation.checks.resource.base_resource_check import BaseResourceCheck
    from checkov.common.models.enums import CheckCategories, CheckResult

    class Refusal(BaseResourceCheck):
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
