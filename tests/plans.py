"""Plans as `terraform show -json` prints them, of which a test writes only what it is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.harness import vet
from vetstack.review import Review

Json = dict[str, Any]

VENDOR = "481037652914"
OWN = "219834605177"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def trust(principal: Any, external_id: Any = None) -> str:
    statement: Json = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    if external_id is not None:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def stranger(external_id: Any = None) -> str:
    return trust({"AWS": f"arn:aws:iam::{VENDOR}:root"}, external_id)


def change(
    address: str,
    after: Json | None,
    unknown: Json | bool | None = None,
    *,
    actions: tuple[str, ...] = ("create",),
    before: Json | None = None,
    sensitive: Json | None = None,
) -> Json:
    """An entry of `resource_changes`."""
    module, _, own = address.rpartition("module.") if "module." in address else ("", "", address)
    steps = own.split(".")
    if module or "module." in address:
        module = f"{module}module.{steps.pop(0)}"
    data = steps[0] == "data"
    type_name, rest = steps[-2], steps[-1]
    name, _, key = rest.partition("[")
    entry: Json = {"address": address, "mode": "data" if data else "managed", "type": type_name, "name": name}
    if module:
        entry["module_address"] = module
    if key:
        entry["index"] = json.loads(key[:-1])
    entry["change"] = {
        "actions": list(actions),
        "before": before,
        "after": after,
        "after_unknown": {} if unknown is None else unknown,
        "after_sensitive": sensitive or {},
    }
    return entry


def written(address: str, **expressions: Any) -> Json:
    """A resource of the configuration. Texts are references, lists of mappings are nested blocks."""
    steps = address.split(".")
    return {
        "address": address,
        "mode": "data" if steps[0] == "data" else "managed",
        "type": steps[-2],
        "name": steps[-1],
        "expressions": {name: expression(one) for name, one in expressions.items()},
    }


def expression(given: Any) -> Any:
    if isinstance(given, str):
        return refers(given)
    if isinstance(given, tuple):
        return {"references": [one for text in given for one in refers(text)["references"]]}
    if isinstance(given, list):
        return [{name: expression(one) for name, one in block.items()} for block in given]
    return given


def refers(text: str) -> Json:
    """A reference with what it extends, as Terraform lists them."""
    stem = text.rpartition(".")[0]
    size = 3 if text.startswith("data.") else 2
    return {"references": [text, stem] if len(stem.split(".")) >= size else [text]}


def plan(changes: list[Json], resources: list[Json] | None = None, **more: Any) -> Json:
    """A plan. more: further keys of it; `modules` are the calls of the root module, `outputs` its outputs."""
    root: Json = {"resources": resources or []}
    root |= {"module_calls": more.pop("modules", {}), "outputs": more.pop("outputs", {})}
    root["variables"] = more.pop("declared", {})
    made: Json = {"format_version": "1.2", "terraform_version": "1.11.4"}
    made |= {"planned_values": {"root_module": {}}, "resource_changes": changes, "configuration": {"root_module": root}}
    return made | more


def known_data(address: str, values: Json) -> Json:
    """A `prior_state` with what a data source of the root module gave."""
    _, type_name, name = address.split(".")
    entry = {"address": address, "mode": "data", "type": type_name, "name": name, "values": values}
    return {"format_version": "1.0", "values": {"root_module": {"resources": [entry]}}}


def vetted(made: Json, folder: Path) -> Review:
    """A review of a plan. Raises AssertionError when it cannot be read."""
    path = folder / "tfplan.json"
    path.write_text(json.dumps(made, indent=2), encoding="utf-8")
    outcome = vet(path)
    assert outcome.unread == []
    assert outcome.files == [(str(path), "terraform-plan")]
    return outcome


def said(outcome: Review) -> set[tuple[str, str]]:
    """(rule, resource) of the errors and warnings."""
    return {(f.rule, f.resource) for f in outcome.findings if f.severity != "note"}
