"""Whether a template carries code, or names any: a quick look, so that nothing reads code where there is none.

Facts as tables by resource type; what stands where in them is in `vetstack.code` and `vetstack.delivery`.
"""

from __future__ import annotations

from typing import Final

from vetstack.template import Resource, Template
from vetstack.values import Choice, Map

CARRIERS: Final = frozenset(
    {
        "AWS::AppSync::FunctionConfiguration", "AWS::AppSync::Resolver", "AWS::AutoScaling::LaunchConfiguration",
        "AWS::Batch::JobDefinition", "AWS::CloudFront::Function", "AWS::CodeBuild::Project", "AWS::EC2::Instance",
        "AWS::EC2::LaunchTemplate", "AWS::EC2::SpotFleet", "AWS::ECS::TaskDefinition",
        "AWS::ImageBuilder::Component", "AWS::ImageBuilder::ImageRecipe", "AWS::Lambda::Function",
        "AWS::Lightsail::Instance", "AWS::SSM::Association", "AWS::SSM::Document",
        "AWS::SSM::MaintenanceWindowTask", "AWS::SageMaker::NotebookInstanceLifecycleConfig",
        "AWS::Scheduler::Schedule", "AWS::Serverless::Function", "AWS::Serverless::StateMachine",
        "AWS::StepFunctions::StateMachine", "AWS::Synthetics::Canary", "aws_appsync_function",
        "aws_appsync_resolver", "aws_batch_job_definition", "aws_cloudfront_function", "aws_codebuild_project",
        "aws_ecs_task_definition", "aws_imagebuilder_component", "aws_imagebuilder_image_recipe", "aws_instance",
        "aws_lambda_function", "aws_launch_configuration", "aws_launch_template", "aws_lightsail_instance",
        "aws_s3_bucket_object", "aws_s3_object", "aws_sagemaker_notebook_instance_lifecycle_configuration",
        "aws_scheduler_schedule", "aws_sfn_state_machine", "aws_spot_fleet_request", "aws_spot_instance_request",
        "aws_ssm_association", "aws_ssm_document", "aws_ssm_maintenance_window_task", "data.archive_file",
        "data.cloudinit_config", "data.external", "data.template_cloudinit_config",
    }
)  # fmt: skip
"""Types of which a property may hold code, or the path of a file of code."""

NAMERS: Final = frozenset(
    {
        "AWS::AppRunner::Service", "AWS::Batch::JobDefinition", "AWS::BedrockAgentCore::Runtime",
        "AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet", "AWS::CodeBuild::Project",
        "AWS::CodePipeline::Pipeline", "AWS::ECS::TaskDefinition", "AWS::EMR::Cluster",
        "AWS::EMRServerless::Application", "AWS::ElasticBeanstalk::ApplicationVersion",
        "AWS::Glue::Job", "AWS::ImageBuilder::ContainerRecipe",
        "AWS::KinesisAnalyticsV2::Application", "AWS::Lambda::Function", "AWS::Lambda::LayerVersion",
        "AWS::Lightsail::Container", "AWS::SSM::Association", "AWS::SageMaker::CodeRepository",
        "AWS::SageMaker::ImageVersion", "AWS::SageMaker::Model", "AWS::Serverless::Application",
        "AWS::Serverless::Function", "AWS::Serverless::LayerVersion", "AWS::Serverless::StateMachine",
        "AWS::ServiceCatalog::CloudFormationProduct", "AWS::StepFunctions::StateMachine", "AWS::Synthetics::Canary",
        "aws_apprunner_service", "aws_batch_job_definition", "aws_cloudformation_stack", "aws_cloudformation_stack_set",
        "aws_codebuild_project", "aws_codepipeline", "aws_ecs_task_definition",
        "aws_elastic_beanstalk_application_version",
        "aws_emr_cluster", "aws_emrserverless_application", "aws_glue_job", "aws_imagebuilder_container_recipe",
        "aws_lambda_function", "aws_lambda_layer_version", "aws_lightsail_container_service_deployment_version",
        "aws_sagemaker_code_repository", "aws_sagemaker_image_version", "aws_sagemaker_model",
        "aws_servicecatalog_product", "aws_ssm_association", "aws_synthetics_canary", "data.aws_ami",
        "docker_container", "helm_release", "kubernetes_daemon_set_v1", "kubernetes_daemonset", "kubernetes_deployment",
        "kubernetes_deployment_v1", "kubernetes_stateful_set", "kubernetes_stateful_set_v1",
    }
)  # fmt: skip
"""Types of which a property names what is deployed or run and lies elsewhere: an image, an object, a template."""

LETS_IN: Final = frozenset(
    {
        "AWS::ECR::Repository", "AWS::Events::EventBus", "AWS::Events::EventBusPolicy", "AWS::Lambda::Permission",
        "AWS::Serverless::Function", "aws_cloudwatch_event_bus_policy", "aws_cloudwatch_event_permission",
        "aws_ecr_repository_policy", "aws_lambda_function_url", "aws_lambda_permission",
    }
)  # fmt: skip
"""Types that let others call functions, send events or push images."""

RUNNERS: Final = frozenset(
    {
        "AWS::Events::Rule", "AWS::SSM::Association", "AWS::SSM::MaintenanceWindowTask", "AWS::Scheduler::Schedule",
        "aws_cloudwatch_event_target", "aws_scheduler_schedule", "aws_ssm_association",
        "aws_ssm_maintenance_window_task",
    }
)  # fmt: skip
"""Types that run documents of Systems Manager, with parameters."""


CFN_INIT: Final = "AWS::CloudFormation::Init"


def carries_code(template: Template) -> bool:
    """Whether anything in a template may hold code or name a file of it."""
    return any(is_carrier(resource) for resource in template.resources.values())


def names_code(template: Template) -> bool:
    """Whether anything in a template may name what lies elsewhere by a name that can come to mean something else."""
    if template.modules or template.macros:
        return True
    return any(resource.type in NAMERS for resource in template.resources.values())


def runs_documents(template: Template) -> bool:
    """Whether anything in a template may run a document of Systems Manager."""
    return any(resource.type in RUNNERS for resource in template.resources.values())


def is_carrier(resource: Resource) -> bool:
    """Whether a resource may hold code or name a file of it."""
    if resource.type in CARRIERS:
        return True
    metadata = resource.attributes.get("Metadata")
    return "provisioner" in resource.attributes or isinstance(metadata, Choice) or (
        isinstance(metadata, Map) and CFN_INIT in metadata
    )
