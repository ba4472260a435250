"""What other people's programs say of IAM policies.

It is run as a program, in a process of its own, with one of them on the path: `python iam_oracles.py ORACLE`, a
question as JSON on standard input, the answer as JSON on standard output.

policyuniverse, policy-sentry: {"patterns": [...]}; the answer has every action that the oracle `known` and what each
pattern is `expanded` to, in lower case.
cloudsplaining, parliament: {"documents": {name: policy}}; the answer has the `methods`, the actions of each path that
the oracle knows by its name, and `found`, the names of the paths in each document.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

Question = dict[str, Any]
Answer = dict[str, Any]


def policyuniverse(question: Question) -> Answer:
    from policyuniverse import all_permissions  # type: ignore[import-not-found]
    from policyuniverse.expander_minimizer import _expand  # type: ignore[import-not-found]

    return expansions(question["patterns"], set(all_permissions), _expand)


def policy_sentry(question: Question) -> Answer:
    from policy_sentry.analysis.expand import expand  # type: ignore[import-not-found]
    from policy_sentry.querying.all import get_all_actions  # type: ignore[import-not-found]

    return expansions(question["patterns"], {one.lower() for one in get_all_actions()}, expand)


def expansions(patterns: list[str], known: set[str], expand: Callable[[str], list[str]]) -> Answer:
    """Both oracles give back a pattern that they know no action for."""
    expanded = {pattern: sorted({one.lower() for one in expand(pattern)} & known) for pattern in patterns}
    return {"known": sorted(known), "expanded": expanded}


def cloudsplaining(question: Question) -> Answer:
    from cloudsplaining.scan.policy_document import PolicyDocument  # type: ignore[import-not-found]
    from cloudsplaining.shared import utils  # type: ignore[import-not-found]
    from cloudsplaining.shared.constants import (  # type: ignore[import-not-found]
        PRIVILEGE_ESCALATION_METHODS as METHODS,
    )

    utils.get_action_data = cache(utils.get_action_data)  # which it asks of every action of every statement
    found = {}
    for name, document in question["documents"].items():
        found[name] = [one["type"] for one in PolicyDocument(document).allows_privilege_escalation]
    return {"methods": METHODS, "found": found}


def parliament(question: Question) -> Answer:
    """Its check of whole policies fails at newer actions and types of conditions, so only the auditor is asked."""
    import jsoncfg  # type: ignore[import-not-found]
    import parliament.statement as statement_module  # type: ignore[import-not-found]
    from parliament import iam_definition
    from parliament.community_auditors.privilege_escalation import (  # type: ignore[import-not-found]
        permissions_on_other_users,
    )
    from parliament.misc import make_list  # type: ignore[import-not-found]
    from parliament.policy import Policy  # type: ignore[import-not-found]

    statement_module.expand_action = cache(statement_module.expand_action)
    every = {(one["prefix"], own["privilege"]) for one in iam_definition for own in one["privileges"]}
    methods = told_by(permissions_on_other_users, {f"{service}:{name}".lower() for service, name in every})
    asked = {action for actions in methods.values() for action in actions}
    pairs = {f"{service}:{name}".lower(): (service, name) for service, name in every}
    found = {}
    for title, document in question["documents"].items():
        policy = Policy(jsoncfg.loads_config(json.dumps(document)))
        for one in make_list(policy.policy_json["Statement"]):
            statement = statement_module.Statement(one, analyze=False)
            statement.effect_allow = one["Effect"].value == "Allow"
            policy.statements.append(statement)
        allowed = {action for action in asked if policy.get_allowed_resources(*pairs[action])}
        found[title] = list(told_by(permissions_on_other_users, allowed))
    return {"methods": methods, "found": found}


def told_by(auditor: Callable[[Any, set[str]], None], actions: set[str]) -> dict[str, list[str]]:
    """The paths that an auditor of parliament sees in some actions, by name."""
    told: dict[str, list[str]] = {}

    class Policy:
        @staticmethod
        def add_finding(_: str, location: dict[str, Any]) -> None:
            told[location["type"]] = location["actions"]

    auditor(Policy, actions)
    return told


ORACLES: dict[str, Callable[[Question], Answer]] = {
    "cloudsplaining": cloudsplaining,
    "parliament": parliament,
    "policy-sentry": policy_sentry,
    "policyuniverse": policyuniverse,
}


def main() -> None:
    json.dump(ORACLES[sys.argv[1]](json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
