"""Plans: what is planned, what only the apply decides, and what the configuration tells of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness import PLAN, Fixture, load_plans, mismatches, vet
from tests.plans import ADMIN, OWN, VENDOR, Json, change, known_data, plan, said, stranger, trust, vetted, written

PLANS = load_plans()
OF_MODULES = [fixture for fixture in PLANS if fixture.path.with_name(fixture.path.name.removesuffix(PLAN)).is_dir()]
SERVICE = trust({"Service": "ec2.amazonaws.com"})


@pytest.mark.parametrize("fixture", PLANS, ids=lambda fixture: fixture.name)
def test_plan_says_what_is_expected(fixture: Fixture) -> None:
    outcome = vet(fixture.path)
    wrong = mismatches(fixture, outcome)
    assert not wrong, "\n".join([fixture.name, *wrong])
    assert outcome.files[0] == (str(fixture.path), "terraform-plan")


@pytest.mark.parametrize("fixture", OF_MODULES, ids=lambda fixture: fixture.name)
def test_plan_of_a_module_says_what_the_module_says(fixture: Fixture) -> None:
    module = fixture.path.with_name(fixture.path.name.removesuffix(PLAN))
    of_plan = {(f.rule, f.resource, f.severity) for f in vet(fixture.path).findings}
    assert of_plan == {(f.rule, f.resource, f.severity) for f in vet(module).findings}
    assert of_plan


def test_modules_have_plans() -> None:
    assert len(OF_MODULES) >= 4


@pytest.mark.parametrize("fixture", PLANS, ids=lambda fixture: fixture.name)
def test_layout_changes_only_lines(fixture: Fixture, tmp_path: Path) -> None:
    tree = json.loads(fixture.path.read_text(encoding="utf-8"))
    found = {}
    for name, text in {"wide": json.dumps(tree, indent=4), "flat": json.dumps(tree, separators=(",", ":"))}.items():
        path = tmp_path / f"{name}.json"
        path.write_text(text, encoding="utf-8")
        found[name] = vet(path, like=fixture.path).findings
    lines = {f.at.line for f in found["flat"]}
    assert lines == {1}
    columns = [f.at.column for f in found["flat"]]
    assert len(set(columns)) == len(columns)
    assert [(f.rule, f.resource) for f in sorted(found["flat"])] == [
        (f.rule, f.resource) for f in sorted(found["wide"])
    ]


# ---- what is planned


@pytest.mark.parametrize("actions", [("create",), ("no-op",), ("update",), ("read",), ("delete", "create")])
def test_what_will_be_there_is_vetted(actions: tuple[str, ...], tmp_path: Path) -> None:
    role = {"name": "vendor", "assume_role_policy": stranger()}
    outcome = vetted(plan([change("aws_iam_role.vendor", role, actions=actions, before=role)]), tmp_path)
    assert said(outcome) == {("VET101", "aws_iam_role.vendor")}


def test_what_goes_is_not_vetted(tmp_path: Path) -> None:
    role = {"name": "vendor", "assume_role_policy": stranger()}
    deposed = change("aws_iam_role.replaced", role, before=role) | {"deposed": "ab12cd34"}
    gone = [
        change("aws_iam_role.old", None, False, actions=("delete",), before=role),
        change("aws_iam_role.left", None, False, actions=("forget",), before=role),
        deposed,
    ]
    assert said(vetted(plan(gone), tmp_path)) == set()


def test_planned_values_are_enough(tmp_path: Path) -> None:
    role = {"name": "vendor", "assume_role_policy": stranger(), "managed_policy_arns": [ADMIN]}
    entry = {"mode": "managed", "type": "aws_iam_role", "name": "vendor", "values": role}
    inner = entry | {"address": 'module.a["x"].module.b.aws_iam_role.vendor[0]', "index": 0}
    child = {"address": 'module.a["x"]', "child_modules": [{"address": 'module.a["x"].module.b', "resources": [inner]}]}
    made = plan([])
    made["planned_values"]["root_module"] = {"child_modules": [child]}
    del made["resource_changes"]
    found = said(vetted(made, tmp_path))
    assert found == {(rule, inner["address"]) for rule in ("VET101", "VET201")}


def test_planned_values_without_what_is_unknown(tmp_path: Path) -> None:
    """Then an argument that is written and has no value is unknown."""
    made = plan([], [written("aws_iam_role.vendor", name="var.name", assume_role_policy="local.trust")])
    values = {"name": "vendor"}
    entry = {"address": "aws_iam_role.vendor", "mode": "managed", "type": "aws_iam_role", "name": "vendor"}
    made["planned_values"]["root_module"] = {"resources": [entry | {"values": values}]}
    assert [entry.resource for entry in vetted(made, tmp_path).undecided] == ["aws_iam_role.vendor"]


def test_line_is_that_of_the_value(tmp_path: Path) -> None:
    role = {
        "name": "vendor",
        "assume_role_policy": SERVICE,
        "managed_policy_arns": ["arn:aws:iam::aws:policy/x", ADMIN],
    }
    outcome = vetted(plan([change("aws_iam_role.vendor", role)]), tmp_path)
    (finding,) = [f for f in outcome.findings if f.rule == "VET201"]
    line = (tmp_path / "tfplan.json").read_text(encoding="utf-8").splitlines()[finding.at.line - 1]
    assert line[finding.at.column - 1 : finding.at.end_column - 1] == f'"{ADMIN}"'


# ---- what only the apply decides


def test_unknown_trust_is_undecided(tmp_path: Path) -> None:
    role = change("aws_iam_role.vendor", {"name": "vendor"}, {"assume_role_policy": True, "arn": True})
    for references in ("local.trust", ("aws_s3_bucket.a.arn", "var.b")):
        made = plan([role], [written("aws_iam_role.vendor", name="var.name", assume_role_policy=references)])
        outcome = vetted(made, tmp_path)
        assert said(outcome) == set()
        assert [(entry.resource, entry.at.line > 1) for entry in outcome.undecided] == [("aws_iam_role.vendor", True)]


def test_unknown_policy_is_undecided(tmp_path: Path) -> None:
    changes = [
        change("aws_iam_role.vendor", {"name": "vendor", "assume_role_policy": SERVICE}),
        change("aws_iam_role_policy.inline", {"role": "vendor"}, {"policy": True}),
        change("aws_iam_role_policy_attachment.one", {"role": "vendor"}, {"policy_arn": True}),
        change("aws_cloudformation_stack.one", {"name": "one"}, {"template_body": True}),
    ]
    resources = [
        written("aws_iam_role_policy.inline", role="aws_iam_role.vendor.name", policy="aws_s3_bucket.logs.arn"),
        written("aws_iam_role_policy_attachment.one", role="aws_iam_role.vendor.name", policy_arn="local.arn"),
        written("aws_cloudformation_stack.one", template_body="local.body"),
    ]
    found = {entry.resource for entry in vetted(plan(changes, resources), tmp_path).undecided}
    assert found == {one["address"] for one in resources}


def _document(values: list[Any], unknown: Any, written_values: Any = None) -> tuple[Json, Json]:
    """A data source that is read during the apply, planned and written."""
    condition = {"test": "StringEquals", "variable": "sts:ExternalId", "values": values}
    principals = [{"type": "AWS", "identifiers": [VENDOR]}]
    statement = {"actions": ["sts:AssumeRole"], "condition": [condition], "principals": principals, "effect": None}
    if unknown is True:
        del statement["condition"]
        below: Json = {"condition": True}
    else:
        below = {"condition": [{"values": unknown}]}
    after = {"statement": [statement], "source_policy_documents": None}
    block: Json = {"actions": {"constant_value": ["sts:AssumeRole"]}}
    block["principals"] = [{"type": {"constant_value": "AWS"}, "identifiers": "var.account"}]
    if written_values:
        block["condition"] = [{"test": {"constant_value": "StringEquals"}, "values": written_values}]
    planned = change(
        "data.aws_iam_policy_document.trust", after, {"json": True, "statement": [below]}, actions=("read",)
    )
    return planned, written("data.aws_iam_policy_document.trust", statement=[block])


ROLE = change("aws_iam_role.vendor", {"name": "vendor"}, {"assume_role_policy": True})
ROLE_WRITTEN = written("aws_iam_role.vendor", assume_role_policy="data.aws_iam_policy_document.trust.json")


def test_document_of_a_data_source_is_put_together(tmp_path: Path) -> None:
    document, block = _document([None], [True], "random_uuid.id.result")
    uuid = change("random_uuid.id", {"keepers": None}, {"id": True, "result": True})
    outcome = vetted(plan([document, ROLE, uuid], [block, ROLE_WRITTEN, written("random_uuid.id")]), tmp_path)
    assert (said(outcome), outcome.undecided) == (set(), [])
    shared, block = _document(["northwind"], [], "var.x")
    assert said(vetted(plan([shared, ROLE], [block, ROLE_WRITTEN]), tmp_path)) == {("VET103", "aws_iam_role.vendor")}


def test_condition_that_may_be_there_is_undecided(tmp_path: Path) -> None:
    """A dynamic block over something unknown: the plan does not say whether it has any content."""
    document, block = _document([], True)
    outcome = vetted(plan([document, ROLE], [block, ROLE_WRITTEN]), tmp_path)
    assert said(outcome) == set()
    assert {entry.resource for entry in outcome.undecided} == {"aws_iam_role.vendor"}


def test_references_through_modules(tmp_path: Path) -> None:
    """A role that one module makes gets its policy in another, which is given the role's name."""
    changes = [
        change("module.role.aws_iam_role.this[0]", {"assume_role_policy": SERVICE}, {"name": True, "arn": True}),
        change("module.access.aws_iam_role_policy_attachment.this", {"policy_arn": ADMIN}, {"role": True}),
    ]
    role = {
        "resources": [written("aws_iam_role.this", name_prefix={"constant_value": "a-"}, assume_role_policy={})],
        "outputs": {"name": {"expression": {"references": ["aws_iam_role.this[0].name", "aws_iam_role.this[0]"]}}},
    }
    access = {
        "resources": [written("aws_iam_role_policy_attachment.this", role="var.role", policy_arn={})],
        "variables": {"role": {}},
    }
    given = {"role": {"references": ["module.role.name", "module.role"]}}
    modules = {
        "role": {"source": "./role", "module": role},
        "access": {"source": "./access", "expressions": given, "module": access},
    }
    assert said(vetted(plan(changes, modules=modules), tmp_path)) == {("VET201", "module.role.aws_iam_role.this[0]")}


def test_instances_are_told_apart_by_their_keys(tmp_path: Path) -> None:
    changes = [
        change('aws_iam_role.team["a"]', {"assume_role_policy": SERVICE}, {"name": True}),
        change('aws_iam_role.team["b"]', {"assume_role_policy": SERVICE}, {"name": True}),
        change('aws_iam_role_policy_attachment.team["b"]', {"policy_arn": ADMIN}, {"role": True}),
    ]
    role = written("aws_iam_role.team", assume_role_policy={})
    attachment = written("aws_iam_role_policy_attachment.team", role=("aws_iam_role.team", "each.key"))
    assert said(vetted(plan(changes, [role, attachment]), tmp_path)) == {("VET201", 'aws_iam_role.team["b"]')}


def test_one_of_several_roles_may_be_meant(tmp_path: Path) -> None:
    roles = [change(f"aws_iam_role.{n}", {"assume_role_policy": SERVICE}, {"name": True}) for n in ("a", "b")]
    attachment = change("aws_iam_role_policy_attachment.one", {"policy_arn": ADMIN}, {"role": True})
    expressions = written(
        "aws_iam_role_policy_attachment.one", role=("var.which", "aws_iam_role.a.name", "aws_iam_role.b.name")
    )
    found = said(vetted(plan([*roles, attachment], [expressions], variables={"which": {"value": "a"}}), tmp_path))
    assert found == {("VET201", "aws_iam_role.a"), ("VET201", "aws_iam_role.b")}


def test_each_value_comes_from_for_each(tmp_path: Path) -> None:
    star = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    changes = [
        change("aws_iam_role.vendor", {"name": "vendor", "assume_role_policy": SERVICE}),
        change("aws_iam_policy.all", {"name": "all", "policy": star}, {"arn": True}),
        change('aws_iam_role_policy_attachment.each["all"]', {"role": "vendor"}, {"policy_arn": True}),
    ]
    attachment = written(
        "aws_iam_role_policy_attachment.each", policy_arn="each.value", role="aws_iam_role.vendor.name"
    )
    attachment["for_each_expression"] = {"references": ["aws_iam_policy.all.arn", "aws_iam_policy.all"]}
    assert said(vetted(plan(changes, [attachment]), tmp_path)) == {("VET201", "aws_iam_role.vendor")}


# ---- whose values they are


@pytest.mark.parametrize("account", [VENDOR, OWN])
def test_own_account_is_known_from_the_caller(account: str, tmp_path: Path) -> None:
    role = {"name": "vendor", "assume_role_policy": trust({"AWS": f"arn:aws:iam::{account}:role/a"})}
    caller = known_data("data.aws_caller_identity.current", {"account_id": OWN, "arn": f"arn:aws:sts::{OWN}:user/a"})
    found = said(vetted(plan([change("aws_iam_role.vendor", role)], prior_state=caller), tmp_path))
    assert found == ({("VET101", "aws_iam_role.vendor")} if account == VENDOR else set())


def test_own_account_is_known_from_a_role_that_is_there(tmp_path: Path) -> None:
    there = {"name": "there", "assume_role_policy": SERVICE, "arn": f"arn:aws:iam::{OWN}:role/there"}
    role = {"name": "vendor", "assume_role_policy": trust({"AWS": [there["arn"], OWN]})}
    changes = [change("aws_iam_role.there", there, actions=("no-op",)), change("aws_iam_role.vendor", role)]
    assert said(vetted(plan(changes), tmp_path)) == set()
    assert said(vetted(plan(changes[1:]), tmp_path)) == {("VET101", "aws_iam_role.vendor")}


def test_external_id_that_the_deployer_gave(tmp_path: Path) -> None:
    role = change("aws_iam_role.vendor", {"name": "vendor", "assume_role_policy": stranger("acme-1234")})
    given = {"id": {"value": "acme-1234"}}
    assert said(vetted(plan([role], variables=given, declared={"id": {}}), tmp_path)) == set()
    left = plan([role], variables=given, declared={"id": {"default": "acme-1234"}})
    (finding,) = vetted(left, tmp_path).findings
    assert (finding.rule, finding.also) == ("VET103", ("var.id",))
    assert said(vetted(plan([role]), tmp_path)) == {("VET103", "aws_iam_role.vendor")}


def test_external_id_that_was_generated(tmp_path: Path) -> None:
    uuid = "5f0c7c0e-3d6b-4f6a-9a59-0a4b8e3c2d11"
    role = change("aws_iam_role.vendor", {"name": "vendor", "assume_role_policy": stranger(f"acme-{uuid}")})
    made = change("random_uuid.id", {"id": uuid, "result": uuid}, actions=("no-op",))
    assert said(vetted(plan([made, role]), tmp_path)) == set()
    given = change("random_pet.id", {"prefix": f"acme-{uuid}", "id": "x"})
    shown = plan([given, role], [written("random_pet.id", prefix={"constant_value": f"acme-{uuid}"})])
    assert said(vetted(shown, tmp_path)) == {("VET103", "aws_iam_role.vendor")}


def test_names_are_those_of_a_kind(tmp_path: Path) -> None:
    """A role and a user may be called the same."""
    changes = [
        change("aws_iam_role.deploy", {"name": "deploy", "assume_role_policy": SERVICE}),
        change("aws_iam_user.deploy", {"name": "deploy"}),
        change("aws_iam_user_policy_attachment.one", {"user": "deploy", "policy_arn": ADMIN}),
    ]
    assert said(vetted(plan(changes), tmp_path)) == {("VET201", "aws_iam_user.deploy")}


def test_hidden_values_are_unknown(tmp_path: Path) -> None:
    mark = "(sensitive value)"
    role = change(
        "aws_iam_role.vendor",
        {"name": "vendor", "assume_role_policy": mark},
        sensitive={"assume_role_policy": True},
    )
    outcome = vetted(plan([role], [written("aws_iam_role.vendor", assume_role_policy="var.trust")]), tmp_path)
    assert said(outcome) == set()
    assert [entry.resource for entry in outcome.undecided] == ["aws_iam_role.vendor"]
    shown = change("aws_iam_role.vendor", {"assume_role_policy": stranger()}, sensitive={"assume_role_policy": True})
    assert said(vetted(plan([shown]), tmp_path)) == {("VET101", "aws_iam_role.vendor")}


def test_what_the_provider_fills_in_is_nobodys_setting(tmp_path: Path) -> None:
    """On a new machine the options are unknown because nobody sets them; one that runs shows its own."""
    new = change("aws_instance.new", {"ami": "ami-0f3caa1cf4417e51b"}, {"metadata_options": True, "id": True})
    options = [{"http_endpoint": "enabled", "http_tokens": "required"}]
    runs = change("aws_instance.runs", {"metadata_options": options}, actions=("no-op",), before={})
    resources = [written(f"aws_instance.{name}", ami="var.ami") for name in ("new", "runs")]
    outcome = vetted(plan([new, runs], resources), tmp_path)
    assert (said(outcome), outcome.undecided) == ({("VET401", "aws_instance.new")}, [])


def test_incomplete_plans_say_so(tmp_path: Path) -> None:
    for more in ({"errored": True}, {"complete": False}):
        (entry,) = vetted(plan([], **more), tmp_path).undecided
        assert entry.resource == "Template"
        assert "incomplete" in entry.reason
    assert vetted(plan([], errored=False, complete=True), tmp_path).undecided == []


def test_outputs_and_variables_are_the_templates(tmp_path: Path) -> None:
    from vetstack.load import load

    path = tmp_path / "p.json"
    outputs = {"arn": {"expression": {"references": ["aws_iam_role.vendor.arn", "aws_iam_role.vendor"]}}}
    made = plan([ROLE], [ROLE_WRITTEN], outputs=outputs, declared={"a": {"default": "x", "sensitive": True}})
    made["planned_values"]["outputs"] = {"arn": {"sensitive": False}, "b": {"value": "c"}}
    path.write_text(json.dumps(made), encoding="utf-8")
    (template,) = load([path]).templates
    assert {name: str(output.value) for name, output in template.outputs.items()} == {
        "output.arn": "${aws_iam_role.vendor.arn}",
        "output.b": "c",
    }
    parameter = template.parameters["var.a"]
    assert (str(parameter.default), parameter.no_echo) == ("x", True)
