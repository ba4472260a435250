"""What AWS's managed policies are made for: a service's own role, which only that service may assume.

AWS puts most of them under the path /service-role/ and calls them after the service. Their documents do not say which
service it is, so that the name has to: `AWSGlueServiceRole` and `glue.amazonaws.com`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from vetstack.guards import Guard
from vetstack.iam.documents import read_document
from vetstack.regex import Regex
from vetstack.template import Identity
from vetstack.values import Absent, Map, Text, Unknown, pieces_of

SERVICE_PATHS: Final = ("/service-role/", "/aws-service-role/")
"""Paths under which AWS puts the policies of its services' roles."""

CALLED: Final = {
    "codecatalyst": ("codecatalyst",),
    "dlm": ("datalifecyclemanager",),
    "drs": ("elasticdisasterrecovery",),
    "ecs": ("containerservice", "ecs"),
    "ecs-tasks": ("containerservice", "ecs"),
    "edgelambda": ("lambda",),
    "emr-serverless": ("emr", "elasticmapreduce"),
    "es": ("elasticsearch", "opensearch"),
    "events": ("eventbridge", "cloudwatchevents"),
    "mgn": ("applicationmigration",),
    "pods.eks": ("eks",),
    "sms": ("servermigration",),
    "states": ("stepfunctions",),
    "vmie": ("vmimport",),
}
"""How AWS's policies call a service whose principal is called otherwise."""

RUNNING_CODE: Final = frozenset(
    {
        "build.apprunner", "codebuild", "ec2", "ecs-tasks", "edgelambda", "emr-serverless", "lambda", "pods.eks",
        "sagemaker", "ssm", "tasks.apprunner",
    }
)  # fmt: skip
"""Services that run somebody's code with the role, so that the code decides what is done with it."""


SCRIPTED: Final = frozenset({"ssm"})
"""Those of them that run documents, whose steps AWS's policies for their roles are made for."""

_ROLE_POLICY: Final = Regex(r"role(policy)?(_?v[0-9]+)?$")
"""How AWS ends the names of policies that are for a role of a service, whatever their path."""

_REGION: Final = Regex(r"\.[a-z]{2}(-[a-z]+)+-[0-9]$")


@lru_cache(maxsize=64)
def services_of(identity: Identity) -> tuple[str, ...] | None:
    """The AWS services that may assume a role, as their principals begin (`ecs-tasks`); None when others may."""
    if identity.kind != "role":
        return None
    if isinstance(identity.trust, Absent):  # made by SAM for what it belongs to
        return ("states",) if "StateMachine" in identity.resource.type else ("lambda",)
    found = [name for exists in identity.resource.exists for name in _principals(identity, exists)]
    return None if None in found else tuple(dict.fromkeys(name for name in found if name))


def _principals(identity: Identity, exists: Guard) -> Iterator[str | None]:
    for statement in read_document(identity.trust, exists).statements:
        if statement.effect == "Deny":
            continue
        for reached in statement.guard.walk(statement.part("Principal")):
            if not isinstance(reached.value, Map) or {key.lower() for key in reached.value} != {"service"}:
                yield None
                continue
            for _, one in reached.guard.elements(next(iter(reached.value.values()))):
                yield _service(one) if isinstance(one, (Text, Unknown)) else None


def _service(principal: Text | Unknown) -> str | None:
    """`monitoring.rds` of `monitoring.rds.amazonaws.com`, or of what is known of it."""
    first = pieces_of(principal)[:1]
    text = first[0].lower() if first and isinstance(first[0], str) else ""
    return _REGION.sub("", text.partition(".amazonaws")[0].partition(".aws")[0]).rstrip(".") or None


def is_made_for(policy: str, service: str) -> bool:
    """Whether one of AWS's policies is, by its name, for the role of a service."""
    name = policy.lower()
    words = CALLED.get(service) or tuple(word.replace("-", "") for word in service.split("."))
    return any(len(word) > 2 and word in name for word in words)


def is_in_its_place(policy: str, identity: Identity) -> bool:
    """Whether only services may assume a role, and one of AWS's policies is made for each of them."""
    services = services_of(identity)
    return bool(services) and all(is_made_for(policy, service) for service in services or ())


def is_its_own(policy: str, identity: Identity) -> bool:
    """Whether a role has one of AWS's policies that is made for roles of the service, which alone may assume it.

    Where the service runs somebody's code, that code may do more with the policy than AWS means it to.
    """
    if not (is_for_services(policy) or _ROLE_POLICY.search(policy.lower())):
        return False
    running = (RUNNING_CODE - SCRIPTED) & set(services_of(identity) or ())
    return not running and is_in_its_place(policy, identity)


def acts_for_itself(identity: Identity) -> bool:
    """Whether only AWS services may assume a role that decide themselves what is done with it: nobody's code does."""
    services = services_of(identity)
    return bool(services) and not RUNNING_CODE & set(services or ())


def is_for_services(policy: str) -> bool:
    """Whether AWS made a policy for roles of its services to hold."""
    from vetstack.iam.catalog import policy_path

    return policy_path(policy) in SERVICE_PATHS
