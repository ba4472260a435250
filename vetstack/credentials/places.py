"""Places of a template that show what is written into them to whoever may look at the resource.

Tables by resource type. Keys are compared in lower case without `_`, so that one row serves both formats; lists, and
Terraform's blocks, are passed through.
"""

from __future__ import annotations

from typing import Final

from vetstack.leaves import Leaf
from vetstack.records import NamedTuple
from vetstack.values import Map, Text


class Place(NamedTuple):
    """Where something stands, as a message calls it; who: who can read it there; instead: where it belongs."""

    called: str
    who: str
    instead: str


_FUNCTION: Final = Place(
    "the environment of the function",
    "everyone who may read the function's configuration",
    "have the function read it from Secrets Manager when it runs",
)
_TASK: Final = Place(
    "the container's environment",
    "everyone who may describe the task definition",
    "use the container's secrets with the ARN of a secret",
)
_JOB: Final = Place(
    "the job's environment", "everyone who may describe the job", "use its secrets with the ARN of a secret"
)
_BUILD: Final = Place(
    "a plain-text variable of the build",
    "everyone who may read the project, and the build's log",
    "give the variable the type SECRETS_MANAGER",
)
_SERVICE: Final = Place(
    "the service's environment",
    "everyone who may describe the service",
    "use the service's secrets with the ARN of a secret",
)
_PARAMETER: Final = Place(
    "a Systems Manager parameter that is not encrypted",
    "everyone with ssm:GetParameter, read-only roles among them,",
    "keep it in Secrets Manager, or in a SecureString",
)
_USER_DATA: Final = Place(
    "user data",
    "every process on the instance and everyone who may describe it or its launch template",
    "have the script read it from Secrets Manager",
)
_DOCUMENT: Final = Place(
    "a Systems Manager document",
    "everyone with ssm:GetDocument, read-only roles among them,",
    "have the document read it from Secrets Manager when it runs",
)
_ASSOCIATION: Final = Place(
    "the parameters of an association",
    "everyone who may describe the association",
    "have the document read it from Secrets Manager when it runs",
)
_TAGS: Final = Place("a tag", "everyone who may describe the resource, and the bill", "leave it out")
_METADATA: Final = Place(
    "the resource's metadata, in which NoEcho hides nothing",
    "everyone who may describe the stack's resources",
    "have the script read it from Secrets Manager",
)
_COMMAND: Final = Place(
    "a command line on the machine that runs Terraform",
    "every process there, the shell's history and the log of the run",
    "give it to the command through its environment",
)

PLACES: Final[dict[str, tuple[tuple[tuple[str, ...], Place], ...]]] = {
    "AWS::Lambda::Function": ((("environment", "variables"), _FUNCTION),),
    "AWS::Serverless::Function": ((("environment", "variables"), _FUNCTION),),
    "aws_lambda_function": ((("environment", "variables"), _FUNCTION),),
    "AWS::ECS::TaskDefinition": ((("containerdefinitions", "environment"), _TASK),),
    "aws_ecs_task_definition": ((("containerdefinitions", "environment"), _TASK),),
    "AWS::Batch::JobDefinition": ((("containerproperties", "environment"), _JOB),),
    "aws_batch_job_definition": ((("containerproperties", "environment"), _JOB),),
    "AWS::Glue::Job": ((("defaultarguments",), _JOB),),
    "aws_glue_job": ((("defaultarguments",), _JOB),),
    "AWS::CodeBuild::Project": ((("environment", "environmentvariables"), _BUILD),),
    "aws_codebuild_project": ((("environment", "environmentvariable"), _BUILD),),
    "AWS::AppRunner::Service": (
        (("sourceconfiguration", "imagerepository", "imageconfiguration", "runtimeenvironmentvariables"), _SERVICE),
    ),
    "aws_apprunner_service": (
        (("sourceconfiguration", "imagerepository", "imageconfiguration", "runtimeenvironmentvariables"), _SERVICE),
    ),
    "AWS::ElasticBeanstalk::Environment": ((("optionsettings", "value"), _SERVICE),),
    "aws_elastic_beanstalk_environment": ((("setting", "value"), _SERVICE),),
    "AWS::Amplify::App": ((("environmentvariables",), _SERVICE),),
    "aws_amplify_app": ((("environmentvariables",), _SERVICE),),
    "AWS::SSM::Parameter": ((("value",), _PARAMETER),),
    "AWS::SSM::Document": ((("content",), _DOCUMENT),),
    "aws_ssm_document": ((("content",), _DOCUMENT),),
    "AWS::SSM::Association": ((("parameters",), _ASSOCIATION),),
    "aws_ssm_association": ((("parameters",), _ASSOCIATION),),
    "aws_ssm_parameter": ((("value",), _PARAMETER), (("insecurevalue",), _PARAMETER)),
}
"""By type, the beginning of a path and what stands there."""

ANYWHERE: Final = {"userdata": _USER_DATA, "userdatabase64": _USER_DATA, "userdataoverride": _USER_DATA}
"""Last keys that mean the same on every type."""

FIRST: Final = {"tags": _TAGS, "tagsall": _TAGS, "tagset": _TAGS}
ATTRIBUTES: Final = {"metadata": _METADATA}
"""First keys of a resource's own, and of what stands beside its properties."""

COMMANDS: Final = frozenset({"command", "inline"})
"""Arguments of a provisioner that are command lines."""

KEPT_ELSEWHERE: Final = frozenset({"PARAMETER_STORE", "SECRETS_MANAGER", "SecureString"})
"""Types beside a value that make it the name of a secret, or encrypt it."""


def place_of(leaf: Leaf) -> Place | None:
    """The place that shows a scalar, None where it stands in none."""
    if leaf.resource is None or not leaf.path:
        return None
    path = tuple(key.lower().replace("_", "") for key in leaf.path)
    if _is_kept_elsewhere(leaf.beside):
        return None
    for start, place in PLACES.get(leaf.resource.type, ()):
        if path[: len(start)] == start:
            return place
    if path[0] == "provisioner":
        return _COMMAND if path[-1] in COMMANDS else None
    return ANYWHERE.get(path[-1]) or FIRST.get(path[0]) or _beside(leaf, path[0])


def _is_kept_elsewhere(beside: Map | None) -> bool:
    """Whether the type that stands beside a value says so, or is only decided by the deployment."""
    kind = beside.get("Type", beside.get("type")) if beside is not None else None
    return kind in KEPT_ELSEWHERE if isinstance(kind, Text) else kind is not None


def _beside(leaf: Leaf, first: str) -> Place | None:
    attributes = leaf.resource.attributes if leaf.resource else {}
    return ATTRIBUTES.get(first) if leaf.path[0] in attributes else None
