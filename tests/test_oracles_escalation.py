"""cloudsplaining and parliament as independent witnesses: who sees a way to more permissions in a policy, and who not.

Over every policy in every fixture and all managed policies, each as the only policy of a role. Each disagreement has a
reason that is itself tested, and those on AWS's policies are listed by name in `tests/escalation_disagreements.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from tests import oracles
from tests.cfn import plain
from tests.escalation_disagreements import DISAGREED, REASONS, Reason
from tests.harness import fixture_paths, module_paths
from tests.policies import role, template
from vetstack.iam.catalog import expand, policy_document, policy_names
from vetstack.iam.escalation import everybody, paths_of
from vetstack.iam.routes import routes
from vetstack.iam.victims import Degree
from vetstack.load import load
from vetstack.template import Attachment
from vetstack.values import Map

ROOT = Path(__file__).parent.parent
WITNESSES = [pytest.param(name, marks=oracles.needs(name)) for name in ("cloudsplaining", "parliament")]

Document = dict[str, Any]
Actions = frozenset[str]


class Disagreement(NamedTuple):
    """Who alone sees a path in a document; `faintly` when both do and ours is a note."""

    document: str
    who: Literal["they", "we", "faintly"]
    method: str
    actions: Actions


@cache
def managed() -> Mapping[str, Document]:
    return {name: policy_document(name) or {} for name in sorted(policy_names())}


@cache
def of_fixtures() -> Mapping[str, Document]:
    """Every document that a fixture attaches to an identity, under each of its settings."""
    found: dict[str, Document] = {}
    for path in (*fixture_paths(), *module_paths()):
        for made in load([path]).templates:
            for identity in made.identities.values():
                for attachment in identity.attachments:
                    for document in documents_of(attachment):
                        found.setdefault(json.dumps(document, sort_keys=True), document)
    return {f"fixture {number}": document for number, document in enumerate(found.values())}


def documents_of(attachment: Attachment) -> Iterator[Document]:
    """Those that both witnesses can read, which fail at `**` and at a resource that is not known at all."""
    for _, value in attachment.guard.deep(attachment.document):
        document = plain(value) if isinstance(value, Map) else None
        if isinstance(document, dict) and isinstance(document.get("Statement"), (list, dict)):
            document = json.loads(re.sub(r"\$\{[^}]*\}", "acme", json.dumps(document)))
            if all(is_readable(one) for one in statements_of(document)):
                yield document


def statements_of(document: Document) -> list[Document]:
    return listed(document["Statement"])


def listed(element: Any) -> list[Any]:
    return element if isinstance(element, list) else [element]


def is_readable(statement: Any) -> bool:
    if not isinstance(statement, dict) or "Effect" not in statement:
        return False
    actions = listed(statement.get("Action", statement.get("NotAction")))
    resources = listed(statement.get("Resource", statement.get("NotResource")))
    return all(isinstance(one, str) and (":" in one or one == "*") for one in actions) and all(
        isinstance(one, str) and (one.count(":") > 4 or one == "*") for one in resources
    )


def seen_by_us(document: Document) -> Mapping[Actions, Degree]:
    """The paths that hold for a role with one policy, by their actions in lower case."""
    return _seen_by_us(json.dumps(document, sort_keys=True))


@cache
def _seen_by_us(text: str) -> Mapping[Actions, Degree]:
    document = json.loads(text)
    made = template(Worker=role(document))
    paths = [path for holder, _ in everybody(made) for path in paths_of(holder, made)]
    return {frozenset(action.lower() for action in path.route.actions): path.degree for path in paths}


@cache
def sight_of_managed() -> Mapping[str, Mapping[Actions, Degree]]:
    return {name: seen_by_us(document) for name, document in managed().items()}


def disagreements(
    witness: str, documents: Mapping[str, Document], seen: Mapping[str, Mapping[Actions, Degree]]
) -> list[Disagreement]:
    """A smaller path of ours stands for a longer one of theirs, and the other way round."""
    answer = oracles.answer(witness, {"documents": documents})
    methods = {name: frozenset(actions) for name, actions in answer["methods"].items()}
    found = []
    for name in documents:
        theirs = set(answer["found"][name])
        for method in sorted(theirs):
            degrees = {degree for actions, degree in seen[name].items() if actions <= methods[method]}
            if not degrees:
                found.append(Disagreement(name, "they", method, methods[method]))
            elif degrees == {"note"}:
                found.append(Disagreement(name, "faintly", method, methods[method]))
        for actions, degree in seen[name].items():
            inner = [method for method, own in methods.items() if own <= actions]
            if degree != "note" and inner and not theirs & set(inner):
                found.append(Disagreement(name, "we", inner[0], methods[inner[0]]))
    return found


def loosened(document: Document) -> Document:
    """A document whose Allow statements hold on everything and under no condition."""
    allows = [
        {key: one[key] for key in one if key not in ("Condition", "Resource", "NotResource")} | {"Resource": "*"}
        for one in statements_of(document)
        if one["Effect"] == "Allow"
    ]
    return {**document, "Statement": allows + [one for one in statements_of(document) if one["Effect"] == "Deny"]}


def undenied(document: Document) -> Document:
    """A loosened document without any Deny."""
    return {**document, "Statement": [one for one in statements_of(loosened(document)) if one["Effect"] == "Allow"]}


def spelt_out(document: Document) -> Document:
    """The same with those names of actions in the place of patterns that matter."""
    allows = []
    for one in statements_of(undenied(document)):
        names = {action.name for pattern in listed(one.get("Action", [])) for action in expand(pattern)}
        allows.append(one | {"Action": sorted(names & {action for route in routes() for action in route.actions})})
    return {**document, "Statement": [one for one in allows if one["Action"]]}


STEPS: Mapping[str, Callable[[Document], Document]] = {
    "loosened": loosened,
    "undenied": undenied,
    "spelt out": spelt_out,
}
"""What a document is turned into, one after the other, until both say the same."""


@cache
def refused() -> frozenset[Actions]:
    lines = (ROOT / "tools" / "curated" / "refused_paths.tsv").read_text("utf-8").splitlines()
    return frozenset(frozenset(line.partition("\t")[0].lower().split()) for line in lines if line[0] != "#")


def reasons_of(
    witness: str, found: list[Disagreement], documents: Mapping[str, Document]
) -> dict[Disagreement, Reason | None]:
    """Why each disagreement is one: both are asked once more about documents that say less and less."""
    names = sorted({one.document for one in found})
    simpler = {(step, name): turn(documents[name]) for step, turn in STEPS.items() for name in names}
    asked = {f"{step} {name}": document for (step, name), document in simpler.items()}
    theirs = oracles.answer(witness, {"documents": asked})["found"]
    reasons: dict[Disagreement, Reason | None] = dict.fromkeys(found)
    for one in found:
        if one.actions in refused():
            reasons[one] = "refused"
            continue
        for step in STEPS:
            if one.who == "we":
                agreed = one.method in theirs[f"{step} {one.document}"]
            else:
                seen = seen_by_us(simpler[step, one.document])
                agreed = any(actions <= one.actions and degree != "note" for actions, degree in seen.items())
            if agreed:
                reasons[one] = REASONS["we" if one.who == "we" else "they", step]
                break
    return reasons


def test_there_is_something_to_compare() -> None:
    assert len(managed()) == 1582 and len(of_fixtures()) > 100
    assert len([name for name, paths in sight_of_managed().items() if paths]) > 100


@pytest.mark.parametrize("witness", WITNESSES)
def test_we_agree_on_managed_policies(witness: str) -> None:
    found = disagreements(witness, managed(), sight_of_managed())
    told: dict[Reason, set[str]] = {}
    for one, reason in reasons_of(witness, found, managed()).items():
        assert reason, one
        told.setdefault(reason, set()).add(one.document)
    assert told == {reason: set(names.split()) for reason, names in DISAGREED[witness].items()}


@pytest.mark.parametrize("witness", WITNESSES)
def test_we_agree_on_fixtures(witness: str) -> None:
    documents = of_fixtures()
    found = disagreements(witness, documents, {name: seen_by_us(one) for name, one in documents.items()})
    reasons = reasons_of(witness, found, documents)
    assert [(one, documents[one.document]) for one, reason in reasons.items() if reason is None] == []


def test_every_reason_is_one() -> None:
    assert {reason for reasons in DISAGREED.values() for reason in reasons} <= {*REASONS.values(), "refused"}
