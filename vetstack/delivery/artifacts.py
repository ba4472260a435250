"""Where types of resources name what they run or deploy: images, code in buckets, templates, repositories.

Facts as tables by resource type, and one question: what is named, under which setting? How well that is fixed is in
`vetstack.delivery.pinning`, whose it is in `vetstack.delivery.origins`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.guards import Guard
from vetstack.instances import BLOCK, walk
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Resource
from vetstack.values import ABSENT, Absent, Map, Text, Unknown, Value

Path = tuple[str, ...]


class Named(NamedTuple):
    """Something that is named under one setting.

    value: what names it; version: what stands beside it to say which, ABSENT where nothing does; at: where a version
    that is missing would stand.
    """

    guard: Guard
    value: Text | Unknown
    version: Value
    at: Position


_CONTAINERS: Final = ("Containers", "*", "Image")
_POD: Final = ("spec", BLOCK, "template", BLOCK, "spec", BLOCK)

IMAGES: Final[dict[str, tuple[Path, ...]]] = {
    "AWS::ECS::TaskDefinition": (("ContainerDefinitions", "*", "Image"),),
    "AWS::Lambda::Function": (("Code", "ImageUri"),),
    "AWS::Serverless::Function": (("ImageUri",),),
    "AWS::Batch::JobDefinition": (
        ("ContainerProperties", "Image"),
        ("NodeProperties", "NodeRangeProperties", "*", "Container", "Image"),
        ("EcsProperties", "TaskProperties", "*", *_CONTAINERS),
        ("EksProperties", "PodProperties", *_CONTAINERS),
    ),
    "AWS::AppRunner::Service": (("SourceConfiguration", "ImageRepository", "ImageIdentifier"),),
    "AWS::SageMaker::Model": (("PrimaryContainer", "Image"), _CONTAINERS),
    "AWS::SageMaker::ImageVersion": (("BaseImage",),),
    "AWS::CodeBuild::Project": (("Environment", "Image"),),
    "AWS::ImageBuilder::ContainerRecipe": (("ParentImage",),),
    "AWS::Lightsail::Container": (("ContainerServiceDeployment", *_CONTAINERS),),
    "AWS::EMRServerless::Application": (("ImageConfiguration", "ImageUri"),),
    "AWS::BedrockAgentCore::Runtime": (("AgentRuntimeArtifact", "ContainerConfiguration", "ContainerUri"),),
    "aws_ecs_task_definition": (("container_definitions", "*", "image"),),
    "aws_lambda_function": (("image_uri",),),
    "aws_batch_job_definition": (
        ("container_properties", "image"),
        ("node_properties", "nodeRangeProperties", "*", "container", "image"),
    ),
    "aws_apprunner_service": (
        ("source_configuration", BLOCK, "image_repository", BLOCK, "image_identifier"),
    ),
    "aws_sagemaker_model": (("primary_container", BLOCK, "image"), ("container", "*", "image")),
    "aws_sagemaker_image_version": (("base_image",),),
    "aws_codebuild_project": (("environment", BLOCK, "image"),),
    "aws_imagebuilder_container_recipe": (("parent_image",),),
    "aws_lightsail_container_service_deployment_version": (("container", "*", "image"),),
    "aws_emrserverless_application": (("image_configuration", BLOCK, "image_uri"),),
    **dict.fromkeys(
        ("kubernetes_deployment", "kubernetes_deployment_v1", "kubernetes_daemonset", "kubernetes_daemon_set_v1",
         "kubernetes_stateful_set", "kubernetes_stateful_set_v1"),
        ((*_POD, "container", "*", "image"), (*_POD, "init_container", "*", "image")),
    ),
    "docker_container": (("image",),),
}  # fmt: skip
"""Paths to container images."""


class Stored(NamedTuple):
    """Where a type names an object in a bucket: its bucket, its key, and the version of it."""

    bucket: Path
    key: Path
    version: Path | None


def _stored(
    *path: str, bucket: str = "S3Bucket", key: str = "S3Key", version: str | None = "S3ObjectVersion"
) -> Stored:
    return Stored((*path, bucket), (*path, key), (*path, version) if version else None)


_SAM: Final = {"bucket": "Bucket", "key": "Key", "version": "Version"}
_OF_ANALYTICS: Final = (
    "ApplicationConfiguration", "ApplicationCodeConfiguration", "CodeContent", "S3ContentLocation",
)  # fmt: skip
_IN_TERRAFORM: Final = {"bucket": "s3_bucket", "key": "s3_key", "version": "s3_object_version"}

OBJECTS: Final[dict[str, tuple[Stored, ...]]] = {
    "AWS::Lambda::Function": (_stored("Code"),),
    "AWS::Lambda::LayerVersion": (_stored("Content"),),
    "AWS::Serverless::Function": (_stored("CodeUri", **_SAM),),
    "AWS::Serverless::LayerVersion": (_stored("ContentUri", **_SAM),),
    "AWS::Serverless::StateMachine": (_stored("DefinitionUri", **_SAM),),
    "AWS::StepFunctions::StateMachine": (_stored("DefinitionS3Location", **_SAM),),
    "AWS::Synthetics::Canary": (_stored("Code"),),
    "AWS::ElasticBeanstalk::ApplicationVersion": (_stored("SourceBundle", version=None),),
    "AWS::KinesisAnalyticsV2::Application": (
        _stored(*_OF_ANALYTICS, bucket="BucketARN", key="FileKey", version="ObjectVersion"),
    ),
    "aws_lambda_function": (_stored(**_IN_TERRAFORM),),
    "aws_lambda_layer_version": (_stored(**_IN_TERRAFORM),),
    "aws_synthetics_canary": (_stored(bucket="s3_bucket", key="s3_key", version="s3_version"),),
    "aws_elastic_beanstalk_application_version": (_stored(bucket="bucket", key="key", version=None),),
}  # fmt: skip
"""Code that lies in a bucket."""


class Located(NamedTuple):
    """Where a type names something by an address, and what may say which of it; called: as a message begins."""

    path: Path
    called: str
    version: Path | None = None


_TEMPLATE: Final = "The template of this nested stack"
_BODY: Final = "The template of this stack set"
_SCRIPT: Final = "The script of this job"

ADDRESSES: Final[dict[str, tuple[Located, ...]]] = {
    "AWS::CloudFormation::Stack": (Located(("TemplateURL",), _TEMPLATE),),
    "AWS::CloudFormation::StackSet": (Located(("TemplateURL",), _BODY),),
    "AWS::Serverless::Application": (Located(("Location",), "The template of this nested application"),),
    "AWS::Serverless::Function": (Located(("CodeUri",), "The code of this function"),),
    "AWS::Serverless::LayerVersion": (Located(("ContentUri",), "The content of this layer"),),
    "AWS::Serverless::StateMachine": (Located(("DefinitionUri",), "The definition of this state machine"),),
    "AWS::ServiceCatalog::CloudFormationProduct": (
        Located(("ProvisioningArtifactParameters", "*", "Info", "LoadTemplateFromURL"), "The template of this product"),
    ),
    "AWS::Glue::Job": (Located(("Command", "ScriptLocation"), _SCRIPT),),
    "AWS::EMR::Cluster": (
        Located(("BootstrapActions", "*", "ScriptBootstrapAction", "Path"), "A bootstrap action of this cluster"),
    ),
    "aws_cloudformation_stack": (Located(("template_url",), "The template of this stack"),),
    "aws_cloudformation_stack_set": (Located(("template_url",), _BODY),),
    "aws_servicecatalog_product": (
        Located(("provisioning_artifact_parameters", BLOCK, "template_url"), "The template of this product"),
    ),
    "aws_glue_job": (Located(("command", BLOCK, "script_location"), _SCRIPT),),
    "aws_emr_cluster": (Located(("bootstrap_action", "*", "path"), "A bootstrap action of this cluster"),),
    "helm_release": (Located(("repository",), "This Helm chart", ("version",)),),
}
"""What is fetched from an address: a URL or a bucket and key in one text."""

REPOSITORIES: Final[dict[str, tuple[Located, ...]]] = {
    "AWS::CodeBuild::Project": (Located(("Source", "Location"), "What this project builds", ("SourceVersion",)),),
    "AWS::AppRunner::Service": (
        Located(
            ("SourceConfiguration", "CodeRepository", "RepositoryUrl"),
            "What this service runs",
            ("SourceConfiguration", "CodeRepository", "SourceCodeVersion", "Value"),
        ),
    ),
    "AWS::SageMaker::CodeRepository": (
        Located(("GitConfig", "RepositoryUrl"), "This repository", ("GitConfig", "Branch")),
    ),
    "aws_codebuild_project": (Located(("source", BLOCK, "location"), "What this project builds", ("source_version",)),),
    "aws_sagemaker_code_repository": (
        Located(("git_config", BLOCK, "repository_url"), "This repository", ("git_config", BLOCK, "branch")),
    ),
}
"""Repositories of source code that is built or run, and the branch, tag or commit of it."""

DOCUMENTS: Final[dict[str, Located]] = {
    "AWS::SSM::Association": Located(("Name",), "The document", ("DocumentVersion",)),
    "aws_ssm_association": Located(("name",), "The document", ("document_version",)),
}
"""Documents of Systems Manager that may be another account's."""


def images(resource: Resource, setting: Guard) -> Iterator[Named]:
    """The container images of a resource under a setting."""
    for path in IMAGES.get(resource.type, ()):
        for guard, value, at in walk(setting, resource, *path):
            if isinstance(value, (Text, Unknown)):
                yield Named(guard, value, ABSENT, at)


def objects(resource: Resource, setting: Guard) -> Iterator[tuple[Named, Value]]:
    """The buckets that a resource takes code from under a setting, each with the key in it."""
    for stored in OBJECTS.get(resource.type, ()):
        for guard, bucket, at in walk(setting, resource, *stored.bucket):
            if isinstance(bucket, (Text, Unknown)) and isinstance(_around(resource, guard, stored.bucket), Map):
                for inner, key, _ in walk(guard, resource, *stored.key):
                    for last, version, place in _version(inner, resource, stored.version, at):
                        yield Named(last, bucket, version, place), key


def _around(resource: Resource, guard: Guard, path: Path) -> Value:
    """The map that a property stands in: what is no map there is something else than a bucket and a key."""
    return next((value for _, value, _ in walk(guard, resource, *path[:-1])), ABSENT)


def located(resource: Resource, setting: Guard, places: tuple[Located, ...]) -> Iterator[tuple[Located, Named]]:
    """What a resource names by an address under a setting."""
    for place in places:
        for guard, value, at in walk(setting, resource, *place.path):
            if isinstance(value, (Text, Unknown)):
                for inner, version, missing in _version(guard, resource, place.version, at):
                    yield place, Named(inner, value, version, missing)


def _version(
    guard: Guard, resource: Resource, path: Path | None, at: Position
) -> Iterator[tuple[Guard, Value, Position]]:
    if path is None:
        yield guard, ABSENT, at
        return
    for inner, version, place in walk(guard, resource, *path):
        yield inner, version, at if isinstance(version, Absent) and place == resource.at else place
