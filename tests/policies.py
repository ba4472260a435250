"""Templates of roles and policies, written in Python, and what grants and rules make of them."""

from __future__ import annotations

import json
from typing import Any

from tests.cfn import template_of
from vetstack.findings import Finding
from vetstack.iam.grants import grants_of
from vetstack.iam.resources import ANY_NAME
from vetstack.rules import rule_named
from vetstack.settings import Settings
from vetstack.template import Template

ROLE = f"arn:{ANY_NAME}:iam:{ANY_NAME}:{ANY_NAME}:role/{ANY_NAME}"

PARAMETERS = {
    "Stage": {"Type": "String", "Default": "test", "AllowedValues": ["test", "production"]},
    "Boundary": {"Type": "String"},
    "Name": {"Type": "String"},
}
CONDITIONS = {"InProduction": {"Fn::Equals": [{"Ref": "Stage"}, "production"]}}

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"

RUN = ["lambda:CreateFunction", "lambda:InvokeFunction"]
"""Actions that run code as a role, when it may be passed."""

Statement = dict[str, Any]


def allow(action: Any, resource: Any = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> Statement:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def all_but(actions: Any, **more: Any) -> Statement:
    return {"Effect": "Allow", "NotAction": actions, "Resource": "*", **more}


def when_production(statement: Statement) -> dict[str, Any]:
    return {"Fn::If": ["InProduction", statement, {"Ref": "AWS::NoValue"}]}


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(*policies: dict[str, Any], trust: str = "lambda.amazonaws.com", **properties: Any) -> dict[str, Any]:
    """A role with an inline policy for each document."""
    trusted = document({"Effect": "Allow", "Principal": {"Service": trust}, "Action": "sts:AssumeRole"})
    inline = [{"PolicyName": f"p{n}", "PolicyDocument": policy} for n, policy in enumerate(policies)]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trusted, "Policies": inline, **properties},
    }


def managed(*statements: Any, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document(*statements), **properties}}


def template(**resources: dict[str, Any]) -> Template:
    text = {"Parameters": PARAMETERS, "Conditions": CONDITIONS, "Resources": resources}
    return template_of(json.dumps(text, indent=1))


def findings(made: Template, *rules: str) -> list[Finding]:
    found: list[Finding] = []
    for name in rules or ("VET201", "VET202", "VET203", "VET301", "VET302", "VET303"):
        rule = rule_named(name)
        assert rule is not None
        found.extend(rule.check(made, Settings()))
    return found


def verdict(*statements: Any, **properties: Any) -> list[tuple[str, str]]:
    """(rule, severity) of what the rules say about one role with one policy."""
    made = template(Worker=role(document(*statements), **properties))
    return sorted((finding.rule, finding.severity) for finding in findings(made))


def may(made: Template, address: str, action: str, subject: str = ROLE) -> list[str]:
    """The settings, as messages say them, under which an identity may use an action on any role."""
    ways = grants_of(made, made.identities[address]).ways(action, subject)
    return [str(way.guard) for way in ways if way.limit is None]


def trusting(principal: Any, *policies: dict[str, Any]) -> dict[str, Any]:
    """A role that an AWS principal may assume."""
    made = role(*policies)
    trust = document({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"})
    made["Properties"]["AssumeRolePolicyDocument"] = trust
    return made


def escalations(*statements: Any, others: dict[str, Any] | None = None, **properties: Any) -> list[tuple[str, str]]:
    """Severity and message of VET302 on one role, beside others."""
    made = template(Worker=role(document(*statements), **properties), **(others or {}))
    return [(f.severity, f.message) for f in findings(made, "VET302") if f.resource == "Worker"]


def degrees(*statements: Any, others: dict[str, Any] | None = None, **properties: Any) -> list[str]:
    """The severities of VET302 on one role."""
    return [severity for severity, _ in escalations(*statements, others=others, **properties)]
