"""What of a template runs as one of its roles: functions, builds, state machines, instances, tasks.

Who may change the code there, or send it commands, acts as that role.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from vetstack.guards import Guard
from vetstack.iam.named import roles_named
from vetstack.iam.resources import ANY_NAME, begins_with_hole, glob_of, subject_of
from vetstack.iam.updates import DEPLOYED, Deployed, arns_of_deployed
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Identity, Resource, Template
from vetstack.values import Absent, Text, Unknown, Value

_TASKS: Final = "ecs:*:*:task/"
_JOBS: Final = "batch:*:*:job-definition/"
_ENDPOINTS: Final = "glue:*:*:devEndpoint/"
_NOTEBOOKS: Final = "sagemaker:*:*:notebook-instance/"
_INSTANCES: Final = "ec2:*:*:instance/"

_KINDS: Final[dict[str, tuple[Deployed, ...]]] = {
    "apprunner:service": DEPLOYED["apprunner"],
    "batch:job-definition": (Deployed("AWS::Batch::JobDefinition", "JobDefinitionName", _JOBS),),
    "cloudformation:stack": DEPLOYED["cloudformation"],
    "codebuild:project": DEPLOYED["codebuild"],
    "ec2:instance": (Deployed("AWS::EC2::Instance", "", _INSTANCES), Deployed("aws_instance", "", _INSTANCES)),
    "ecs:task": (Deployed("AWS::ECS::Service", "Cluster", _TASKS), Deployed("aws_ecs_service", "cluster", _TASKS)),
    "glue:devEndpoint": (
        Deployed("AWS::Glue::DevEndpoint", "EndpointName", _ENDPOINTS),
        Deployed("aws_glue_dev_endpoint", "name", _ENDPOINTS),
    ),
    "lambda:function": DEPLOYED["lambda"],
    "sagemaker:notebook-instance": (
        Deployed("AWS::SageMaker::NotebookInstance", "NotebookInstanceName", _NOTEBOOKS),
        Deployed("aws_sagemaker_notebook_instance", "name", _NOTEBOOKS),
    ),
    "states:stateMachine": DEPLOYED["states"],
}
"""What of a template an ARN of a service can be, by how that begins."""

_AFTER: Final = {
    "apprunner:service": f"/{ANY_NAME}",
    "batch:job-definition": f":{ANY_NAME}",
    "cloudformation:stack": f"/{ANY_NAME}",
    "ecs:task": f"/{ANY_NAME}",
}
"""What follows the name in such an ARN: what AWS makes up."""

_ROLES: Final[dict[str, tuple[str, ...]]] = {
    "AWS::AppRunner::Service": ("InstanceConfiguration", "InstanceRoleArn"),
    "AWS::Batch::JobDefinition": ("ContainerProperties", "JobRoleArn"),
    "AWS::CodeBuild::Project": ("ServiceRole",),
    "AWS::EC2::Instance": ("IamInstanceProfile",),
    "AWS::ECS::Service": ("TaskDefinition",),
    "AWS::ECS::TaskDefinition": ("TaskRoleArn",),
    "AWS::Glue::DevEndpoint": ("RoleArn",),
    "AWS::IAM::InstanceProfile": ("Roles", "*"),
    "AWS::Lambda::Function": ("Role",),
    "AWS::SageMaker::NotebookInstance": ("RoleArn",),
    "AWS::Serverless::Function": ("Role",),
    "AWS::StepFunctions::StateMachine": ("RoleArn",),
    "aws_apprunner_service": ("instance_configuration", "*", "instance_role_arn"),
    "aws_cloudformation_stack": ("iam_role_arn",),
    "aws_codebuild_project": ("service_role",),
    "aws_ecs_service": ("task_definition",),
    "aws_ecs_task_definition": ("task_role_arn",),
    "aws_glue_dev_endpoint": ("role_arn",),
    "aws_iam_instance_profile": ("role",),
    "aws_instance": ("iam_instance_profile",),
    "aws_lambda_function": ("role",),
    "aws_sagemaker_notebook_instance": ("role_arn",),
    "aws_sfn_state_machine": ("role_arn",),
}
"""Where a type names its role, or what has one: a profile, a task definition."""

_PROFILES: Final = {"AWS::IAM::InstanceProfile": "InstanceProfileName", "aws_iam_instance_profile": "name"}
"""What has a role and can be meant by its own name, and where that stands."""

_HOPS: Final = 2
"""From an instance to its profile, from there to the role."""

_KIND: Final = Regex(r"^[^:]*:[^:]*:([^:]*):[^:]*:[^:]*:([A-Za-z-]+)")


class Running(NamedTuple):
    """Something that runs as a role of the template, under one setting. arns: its ARN in its spellings, as subjects."""

    address: str
    arns: tuple[str, ...]
    role: Identity
    guard: Guard


def running(template: Template, subject: str) -> tuple[Running, ...]:
    """What of the template runs as one of its roles, among all that a subject of `resources` stands for."""
    found = _KIND.search(subject)
    kind = f"{found[1]}:{found[2]}" if found else ""
    known = cast("dict[str, tuple[Running, ...]]", template.derived.setdefault(__name__, {}))
    if kind not in known:
        known[kind] = tuple(_running(template, kind)) if kind in _KINDS else ()
    return known[kind]


def _running(template: Template, kind: str) -> Iterator[Running]:
    for deployed in _KINDS[kind]:
        for resource in template.resources.values():
            if resource.type == deployed.type:
                arns = tuple(_arn(glob, _AFTER.get(kind, "")) for glob in arns_of_deployed(resource, deployed))
                roles = dict.fromkeys(_roles_of(template, resource))
                yield from (Running(resource.address, arns, role, guard) for guard, role in roles)


def _arn(glob: str, after: str) -> str:
    return subject_of(glob) if begins_with_hole(glob) else subject_of(glob) + after


def _roles_of(template: Template, resource: Resource, hops: int = _HOPS) -> Iterator[tuple[Guard, Identity]]:
    path = _ROLES.get(resource.type)
    for exists in resource.exists:
        for reached in exists.walk(resource.properties, *path) if path else ():
            if isinstance(reached.value, Absent):
                own = template.identities.get(resource.address)
                if own is not None and own.kind == "role":  # a role that the transform makes for it
                    yield reached.guard, own
            else:
                yield from _meant(template, reached.guard, reached.value, hops)


def _meant(template: Template, guard: Guard, value: Value, hops: int) -> Iterator[tuple[Guard, Identity]]:
    """The roles that a value stands for, or that what it stands for has."""
    if not isinstance(value, (Text, Unknown)):
        return
    yield from ((guard, role) for role in roles_named(template, glob_of(value)))
    for resource in _having_roles(template, value) if hops else ():
        for inner, role in _roles_of(template, resource, hops - 1):
            both = guard & inner
            if both is not None:
                yield both, role


def _having_roles(template: Template, value: Text | Unknown) -> Iterator[Resource]:
    referred = template.resource_named(value)
    if referred is not None:
        yield referred
        return
    for resource in template.resources.values():
        named = _PROFILES.get(resource.type)
        if named and any(
            one.value == value for exists in resource.exists for one in exists.walk(resource.properties, named)
        ):
            yield resource
