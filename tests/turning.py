"""Turns templates around for the tests: into another format, or into another template that must be judged alike.

cfn-flip is what reads and writes them here, so nothing rests on the engine's own reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import cfn_flip

Tree = Any
"""A template as cfn-flip loads it: plain data with long intrinsics."""


def as_json(text: str) -> str:
    return text if _is_json(text) else str(cfn_flip.to_json(text))


def as_long_yaml(text: str) -> str:
    return str(cfn_flip.to_yaml(as_json(text), long_form=True))


def as_short_yaml(text: str) -> str:
    return str(cfn_flip.to_yaml(as_json(text)))


def as_long_yaml_directly(text: str) -> str:
    """Without JSON in between, which keeps what JSON cannot: dates, anchors, block scalars."""
    if _is_json(text):
        return as_long_yaml(text)
    return str(cfn_flip.flip(text, in_format="yaml", out_format="yaml", long_form=True))


TURNS: dict[str, tuple[Callable[[str], str], str]] = {
    "json": (as_json, ".json"),
    "long": (as_long_yaml_directly, ".yaml"),
    "long through json": (as_long_yaml, ".yaml"),
    "short": (as_short_yaml, ".yaml"),
}
"""Each way to write a template down again, and the suffix that belongs to it."""

HOLDERS = frozenset({"AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"})
STANDALONE = frozenset({"AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy"})

_HOLE = re.compile(r"\$\{(\w+)((?:\.[\w.]+)?)\}")


def _is_json(text: str) -> bool:
    return text.lstrip().startswith("{")


def loaded(text: str) -> Tree:
    """A template as data, with no part of it shared: what an anchor repeats is copied."""
    return json.loads(as_json(text))


def written(tree: Tree) -> str:
    return json.dumps(tree, indent=1)


def resources(tree: Tree) -> Iterator[tuple[str, dict[str, Tree]]]:
    """The resources that are written out, with their properties; what a macro or a loop makes is left out."""
    for name, resource in list(tree["Resources"].items()):
        if isinstance(resource, dict) and isinstance(resource.get("Properties"), dict):
            yield name, resource


def add_deny(tree: Tree, condition: Tree = None) -> int:
    """Gives every role, user and group a Deny of everything; how many got one."""
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    if condition:
        statement["Condition"] = condition
    added = {"PolicyName": "added", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    count = 0
    for _, resource in resources(tree):
        policies = resource["Properties"].get("Policies", [])
        if resource["Type"] in HOLDERS and isinstance(policies, list):
            resource["Properties"]["Policies"] = [*policies, added]
            count += 1
    return count


def reverse_lists(node: Tree, keys: frozenset[str]) -> int:
    """Turns every list under one of the keys around; how many had more than one element."""
    count = 0
    if isinstance(node, dict):
        for key, value in node.items():
            if key in keys and isinstance(value, list):
                value.reverse()
                count += len(value) > 1
            count += reverse_lists(value, keys)
    elif isinstance(node, list):
        count = sum(reverse_lists(one, keys) for one in node)
    return count


def renamed(tree: Tree, names: Mapping[str, str]) -> Tree:
    """The same template with resources renamed, wherever they are referred to."""
    turned = _renamed(tree, names)
    turned["Resources"] = {names.get(name, name): value for name, value in turned["Resources"].items()}
    return turned


def _renamed(node: Tree, names: Mapping[str, str]) -> Tree:
    if isinstance(node, list):
        return [_renamed(one, names) for one in node]
    if not isinstance(node, dict):
        return node
    found = {}
    for key, value in node.items():
        if key in ("Ref", "DependsOn", "Id") and isinstance(value, str):  # Id: an end of a connector
            found[key] = names.get(value, value)
        elif key == "DependsOn" and isinstance(value, list):
            found[key] = [names.get(one, one) for one in value]
        elif key == "Fn::GetAtt":
            parts = value.split(".") if isinstance(value, str) else list(value)
            found[key] = [names.get(parts[0], parts[0]), *parts[1:]]
        elif key == "Fn::Sub":
            found[key] = _renamed_sub(value, names)
        else:
            found[key] = _renamed(value, names)
    return found


def _renamed_sub(value: Tree, names: Mapping[str, str]) -> Tree:
    def hole(match: re.Match[str]) -> str:
        return "${" + names.get(match[1], match[1]) + match[2] + "}"

    if isinstance(value, str):
        return _HOLE.sub(hole, value)
    own = {name: new for name, new in names.items() if name not in value[1]}
    text = _HOLE.sub(lambda m: "${" + own.get(m[1], m[1]) + m[2] + "}", value[0])
    return [text, _renamed(value[1], names)]


def split_policies(tree: Tree) -> int:
    """Makes two policies of each that has two statements or more; how many were split."""
    count = 0
    for name, resource in resources(tree):
        properties = resource["Properties"]
        if resource["Type"] in HOLDERS and isinstance(properties.get("Policies"), list):
            split = [half for policy in properties["Policies"] for half in _halves(policy)]
            count += len(split) - len(properties["Policies"])
            properties["Policies"] = split
        elif resource["Type"] in STANDALONE:
            halves = _halves(properties)
            if len(halves) == 2:
                tree["Resources"][name] = {**resource, "Properties": halves[0]}
                tree["Resources"][name + "Rest"] = {**resource, "Properties": halves[1]}
                count += 1
    return count


def _halves(policy: Tree) -> list[Tree]:
    document = policy.get("PolicyDocument") if isinstance(policy, dict) else None
    statements = document.get("Statement") if isinstance(document, dict) else None
    if not isinstance(statements, list) or len(statements) < 2:
        return [policy]
    middle = len(statements) // 2
    name = policy["PolicyName"]
    return [
        {**policy, "PolicyDocument": {**document, "Statement": statements[:middle]}},
        {**policy, "PolicyName": f"{name}-rest", "PolicyDocument": {**document, "Statement": statements[middle:]}},
    ]
