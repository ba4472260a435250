"""As whom code runs: the role of a function, of a machine, of a task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.guards import Guard
from vetstack.instances import BLOCK, PROFILES, Path, walk
from vetstack.template import Resource, Template
from vetstack.values import ABSENT, Map, Text, Value

ROLES: Final[dict[str, Path]] = {
    "AWS::Batch::JobDefinition": ("ContainerProperties", "JobRoleArn"),
    "AWS::CodeBuild::Project": ("ServiceRole",),
    "AWS::ECS::TaskDefinition": ("TaskRoleArn",),
    "AWS::Lambda::Function": ("Role",),
    "AWS::Scheduler::Schedule": ("Target", "RoleArn"),
    "AWS::Serverless::Function": ("Role",),
    "AWS::Serverless::StateMachine": ("Role",),
    "AWS::StepFunctions::StateMachine": ("RoleArn",),
    "AWS::Synthetics::Canary": ("ExecutionRoleArn",),
    "aws_codebuild_project": ("service_role",),
    "aws_ecs_task_definition": ("task_role_arn",),
    "aws_lambda_function": ("role",),
    "aws_scheduler_schedule": ("target", BLOCK, "role_arn"),
    "aws_sfn_state_machine": ("role_arn",),
}
"""Where a type names the role that its code runs as."""

PROFILE_ROLES: Final[dict[str, tuple[Path, str]]] = {
    "AWS::IAM::InstanceProfile": (("Roles", "*"), "InstanceProfileName"),
    "aws_iam_instance_profile": (("role",), "name"),
}
"""Where an instance profile names its role, and its own name."""

PROFILE_KEYS: Final = ("Arn", "Name", "arn", "name")
"""The keys by which a machine says which profile it has, where that is a map."""


def roles_of(template: Template, resource: Resource) -> tuple[str, ...]:
    """The addresses of the identities that the code of a resource can run as, none where the template does not say."""
    found: list[str] = [resource.address] if resource.address in template.identities else []
    for exists in resource.exists:
        path, profile = ROLES.get(resource.type), PROFILES.get(resource.type)
        for guard, value, _ in walk(exists, resource, *path) if path else ():
            found.extend(_role(template, guard, value))
        for guard, value, _ in walk(exists, resource, *profile) if profile else ():
            for named in _named(guard, value):
                found.extend(_of_profile(template, guard, named))
    return tuple(dict.fromkeys(found))


def _named(guard: Guard, value: Value) -> Iterator[Value]:
    if not isinstance(value, Map):
        yield value
        return
    for key in PROFILE_KEYS:
        yield from (one for _, one in guard.over(value.child(key)))


def _role(template: Template, guard: Guard, value: Value) -> Iterator[str]:
    """The identity that a value refers to, or has the name of."""
    for _, one in guard.over(value):
        referred = template.resource_named(one)
        if referred is not None and referred.address in template.identities:
            yield referred.address
        elif isinstance(one, Text):
            name = one.rpartition("/")[2]
            yield from (who.address for who in template.identities.values() if who.kind == "role" and who.name == name)


def _of_profile(template: Template, guard: Guard, value: Value) -> Iterator[str]:
    for profile in _profiles(template, value):
        path, _ = PROFILE_ROLES[profile.type]
        for exists in profile.exists:
            for inner, role, _ in walk(exists, profile, *path):
                yield from _role(template, inner, role)


def _profiles(template: Template, value: Value) -> Iterator[Resource]:
    referred = template.resource_named(value)
    if referred is not None:
        yield from (one for one in (referred,) if one.type in PROFILE_ROLES)
        return
    for resource in template.resources.values() if isinstance(value, Text) else ():
        if resource.type in PROFILE_ROLES and isinstance(resource.properties, Map):
            own = resource.properties.child(PROFILE_ROLES[resource.type][1])
            if own is not ABSENT and own == value:
                yield resource
