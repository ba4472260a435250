"""sam_policies.pack: what AWS SAM's policy templates and connectors allow.

The functions in their texts are written as plain `${Name}`, which vetstack fills in. The keys:

    policy NAME                     {"Parameters": names, "Statement": statements}
    connector SOURCE DESTINATION    {"Holder": the end whose role gets the policy, "Permissions": statements of each}
    type NAME                       {"Arn", "Name": the attribute, "" for Ref; "Role": the property that has the role}

A connector without a holder writes a resource policy instead, and its statements are left out.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from facts.packing import write_pack
from facts.wheels import Wheel

TEMPLATES = "samtranslator/policy_templates_data/policy_templates.json"
PROFILES = "samtranslator/model/connector_profiles/profiles.json"
PER_BLOCK = 48

PSEUDO = frozenset({"AWS::Partition", "AWS::Region", "AWS::AccountId"})
ENDS = frozenset(f"{end}.{part}" for end in ("Source", "Destination") for part in ("Arn", "Name"))
TO_ROLE = "AWS_IAM_ROLE_MANAGED_POLICY"
"""The one type of connector that writes an identity's policy."""

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


def make(folder: Path) -> None:
    """Writes sam_policies.pack. folder: where the wheels are. Raises ValueError for what is written in a new way."""
    sam = Wheel(folder, "aws-sam-translator")
    templates, profiles = sam.json(TEMPLATES), sam.json(PROFILES)
    facts = {f"policy {name}": _policy(name, one) for name, one in templates["Templates"].items()}
    for source, row in profiles["Permissions"].items():
        facts |= {f"connector {source} {to}": _connector(f"{source} {to}", one) for to, one in row.items()}
    facts |= {f"type {name}": _type(name, one) for name, one in profiles["CfnResourceProperties"].items()}
    texts = {key: json.dumps(fact, separators=(",", ":"), sort_keys=True) for key, fact in facts.items()}
    provenance = {
        "source": f"policy_templates.json and profiles.json of the package {sam.words}",
        "source_sha256": [sam.digest],
        "licence": "Apache-2.0",
        "date": sam.date(TEMPLATES),
    }
    write_pack("sam_policies.pack", texts, PER_BLOCK, provenance)


def _policy(name: str, template: dict[str, Any]) -> dict[str, Any]:
    if set(template["Definition"]) != {"Statement"}:
        raise ValueError(f"{name}: a policy template with more than statements")
    parameters = sorted(template["Parameters"])
    return {"Parameters": parameters, "Statement": _checked(name, template["Definition"]["Statement"], parameters)}


def _connector(name: str, profile: dict[str, Any]) -> dict[str, Any]:
    properties = profile["Properties"]
    permissions = properties["AccessCategories"]
    if profile["Type"] != TO_ROLE:
        return {"Holder": "", "Permissions": {permission: [] for permission in permissions}}
    statements = {permission: one["Statement"] for permission, one in permissions.items()}
    plain = json.loads(json.dumps(statements).replace("%{", "${"))
    holder = "Source" if properties["SourcePolicy"] else "Destination"
    return {"Holder": holder, "Permissions": {key: _checked(name, one, ENDS) for key, one in plain.items()}}


def _type(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    outputs = properties["Outputs"]
    found = {part: _attribute(name, outputs[part]) for part in ("Arn", "Name") if part in outputs}
    role = properties.get("Inputs", {}).get("Role")
    if role == {"Function": "GetEventsRuleRole"}:
        role = "Targets.RoleArn"  # of the target that is the other end
    if role is not None and not isinstance(role, str):
        raise ValueError(f"{name}: where its role stands is told in a new way")
    return found | ({"Role": role} if role else {})


def _attribute(name: str, output: dict[str, Any]) -> str:
    if output == {"Ref": "%{logicalId}"}:
        return ""
    logical_id, attribute = output["Fn::GetAtt"]
    if logical_id != "%{logicalId}":
        raise ValueError(f"{name}: an attribute of something else")
    return str(attribute)


def _checked(name: str, statements: Any, parameters: Any) -> Any:
    """Statements with plain texts, whose every `${…}` something is known to fill in."""
    made = _plain(statements, name)
    strange = set(_VARIABLE.findall(json.dumps(made))) - PSEUDO - set(parameters)
    if strange:
        raise ValueError(f"{name}: nothing says what {', '.join(sorted(strange))} is")
    return made


def _plain(node: Any, name: str) -> Any:
    if isinstance(node, list):
        return [_plain(one, name) for one in node]
    if not isinstance(node, dict):
        return node
    if "Ref" in node:
        return f"${{{node['Ref']}}}"
    if "Fn::Sub" not in node:
        if any(key.startswith("Fn::") for key in node):
            raise ValueError(f"{name}: a function that is not known here: {', '.join(node)}")
        return {key: _plain(one, name) for key, one in node.items()}
    text, variables = node["Fn::Sub"] if isinstance(node["Fn::Sub"], list) else (node["Fn::Sub"], {})
    known = {variable: _plain(value, name) for variable, value in variables.items()}
    return _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)
