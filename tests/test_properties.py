"""What must hold for every template: changes that mean nothing change no verdict, and a Deny adds no finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import Fixture, gist, load_fixtures, verdict, vet
from tests.turning import Tree, add_deny, loaded, renamed, resources, reverse_lists, split_policies, written
from vetstack.findings import Finding

FIXTURES = [fixture for fixture in load_fixtures() if fixture.flip is None]
GRANTS = ("VET2", "VET3", "VET603")
ORDERED_BY_NOBODY = frozenset({"Statement", "Action", "NotAction", "Resource", "ManagedPolicyArns", "Policies"})

every_fixture = pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.name)


def tree_of(fixture: Fixture) -> Tree:
    return loaded(fixture.path.read_text(encoding="utf-8"))


def vetted(tree: Tree, folder: Path) -> list[Finding]:
    path = folder / "template.json"
    path.write_text(written(tree), encoding="utf-8")
    outcome = vet(path)
    assert not outcome.unread
    return outcome.findings


def crowds(findings: list[Finding]) -> list[tuple[str, str, list[str], str]]:
    """As `gist`, with all blocks that a finding names: one that speaks for several stands on the first of them."""
    return sorted((f.rule, f.severity, sorted({f.resource, *f.also}), f.when or "") for f in findings)


@every_fixture
@pytest.mark.parametrize(
    "condition", [None, {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}], ids=["always", "conditioned"]
)
def test_deny_never_adds_a_finding(fixture: Fixture, condition: Tree, tmp_path: Path) -> None:
    tree = tree_of(fixture)
    found_first = vetted(tree, tmp_path)
    before = {(f.rule, f.resource) for f in found_first}
    through = {(f.rule, block) for f in found_first for block in f.also}  # a policy that has a name is left to others
    added = add_deny(tree, condition)
    after = {(f.rule, f.resource) for f in vetted(tree, tmp_path)}
    assert {found for found in after - before - through if found[0].startswith(GRANTS)} == set()
    assert {found for found in before ^ after if not found[0].startswith(GRANTS)} == set()
    assert added or after == before


@every_fixture
def test_deny_of_everything_leaves_no_grant(fixture: Fixture, tmp_path: Path) -> None:
    tree = tree_of(fixture)
    add_deny(tree)
    denied = {
        name for name, resource in resources(tree) if "added" in [_name(p) for p in _listed(resource["Properties"])]
    }
    left = {(f.rule, f.resource) for f in vetted(tree, tmp_path) if f.rule.startswith(GRANTS)}
    assert {found for found in left if found[1] in denied} == set()


def _listed(properties: Tree) -> list[Tree]:
    policies = properties.get("Policies")
    return policies if isinstance(policies, list) else []


def _name(policy: Tree) -> str | None:
    return policy.get("PolicyName") if isinstance(policy, dict) else None


@every_fixture
def test_order_of_statements_changes_nothing(fixture: Fixture, tmp_path: Path) -> None:
    tree = tree_of(fixture)
    before = vetted(tree, tmp_path)
    reverse_lists(tree, ORDERED_BY_NOBODY)
    assert gist(vetted(tree, tmp_path)) == gist(before)


@every_fixture
def test_order_of_resources_changes_nothing(fixture: Fixture, tmp_path: Path) -> None:
    tree = tree_of(fixture)
    before = vetted(tree, tmp_path)
    turned = {key: tree[key] for key in reversed(tree)}
    turned["Resources"] = {name: tree["Resources"][name] for name in reversed(tree["Resources"])}
    assert crowds(vetted(turned, tmp_path)) == crowds(before)


@every_fixture
def test_names_of_resources_change_nothing(fixture: Fixture, tmp_path: Path) -> None:
    tree = tree_of(fixture)
    before = vetted(tree, tmp_path)
    names = {name: f"Renamed{number}" for number, name in enumerate(tree["Resources"]) if not name.startswith("Fn::")}
    after = vetted(renamed(tree, names), tmp_path)
    assert verdict(after) == verdict(before)
    assert sorted((f.rule, f.resource.split(" > ")[0]) for f in after) == sorted(
        (f.rule, names.get(outer := f.resource.split(" > ")[0], outer)) for f in before
    )


@every_fixture
def test_splitting_policies_changes_nothing(fixture: Fixture, tmp_path: Path) -> None:
    tree = tree_of(fixture)
    before = vetted(tree, tmp_path)
    split_policies(tree)
    assert verdict(vetted(tree, tmp_path)) == verdict(before)


def test_changes_reach_what_they_are_about() -> None:
    """Were the changes above to touch nothing, they would prove nothing."""
    trees = [tree_of(fixture) for fixture in FIXTURES]
    assert sum(add_deny(tree) > 0 for tree in trees) > 100
    assert sum(split_policies(tree) > 0 for tree in trees) > 10
    assert sum(reverse_lists(tree, ORDERED_BY_NOBODY) > 0 for tree in trees) > 30
