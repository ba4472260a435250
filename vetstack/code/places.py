"""Where types of resources carry code: facts as tables, which `scripts` walks.

Sources: CloudFormation's resource reference, the AWS provider's documentation, and the services' own guides.
"""

from __future__ import annotations

from typing import Final, Literal

from vetstack.instances import BLOCK
from vetstack.records import NamedTuple

Path = tuple[str, ...]

Kind = Literal[
    "function", "user-data", "lines", "document", "containers", "container", "build", "component",
    "definition", "call", "bash", "program",
]  # fmt: skip
"""What stands at a path. function: the source of a function, in the language of its runtime; user-data: what an
instance is started with; bash: a script, as base64 perhaps; lines: commands of a shell; document: an SSM document;
containers, container: definitions of them; build: a build specification; component: one of Image Builder; definition:
a state machine; call: the ARN of a call that a service makes by itself; program: words, of which the first is a program
on the machine that deploys."""


class Field(NamedTuple):
    """A property that holds code. runtime: where the type says in which language; None where it does not."""

    path: Path
    kind: Kind
    runtime: Path | None = None


def _function(*path: str, runtime: Path | None = ("Runtime",)) -> Field:
    return Field(path, "function", runtime)


def _user_data(*path: str) -> Field:
    return Field(path, "user-data")


FIELDS: Final[dict[str, tuple[Field, ...]]] = {
    "AWS::Lambda::Function": (_function("Code", "ZipFile"),),
    "AWS::Serverless::Function": (_function("InlineCode"),),
    "AWS::CloudFront::Function": (_function("FunctionCode", runtime=("FunctionConfig", "Runtime")),),
    "AWS::Synthetics::Canary": (_function("Code", "Script", runtime=("RuntimeVersion",)),),
    "AWS::AppSync::Resolver": (_function("Code", runtime=("Runtime", "Name")),),
    "AWS::AppSync::FunctionConfiguration": (_function("Code", runtime=("Runtime", "Name")),),
    "AWS::EC2::Instance": (_user_data("UserData"),),
    "AWS::EC2::LaunchTemplate": (_user_data("LaunchTemplateData", "UserData"),),
    "AWS::AutoScaling::LaunchConfiguration": (_user_data("UserData"),),
    "AWS::EC2::SpotFleet": (_user_data("SpotFleetRequestConfigData", "LaunchSpecifications", "*", "UserData"),),
    "AWS::Lightsail::Instance": (_user_data("UserData"),),
    "AWS::ImageBuilder::ImageRecipe": (_user_data("AdditionalInstanceConfiguration", "UserDataOverride"),),
    "AWS::ImageBuilder::Component": (Field(("Data",), "component"),),
    "AWS::SageMaker::NotebookInstanceLifecycleConfig": (
        Field(("OnCreate", "*", "Content"), "bash"),
        Field(("OnStart", "*", "Content"), "bash"),
    ),
    "AWS::SSM::Document": (Field(("Content",), "document"),),
    "AWS::SSM::Association": (Field(("Parameters", "commands"), "lines"),),
    "AWS::SSM::MaintenanceWindowTask": (
        Field(
            ("TaskInvocationParameters", "MaintenanceWindowRunCommandParameters", "Parameters", "commands"), "lines"
        ),
    ),
    "AWS::ECS::TaskDefinition": (Field(("ContainerDefinitions",), "containers"),),
    "AWS::Batch::JobDefinition": (Field(("ContainerProperties",), "container"),),
    "AWS::CodeBuild::Project": (Field(("Source", "BuildSpec"), "build"),),
    "AWS::StepFunctions::StateMachine": (
        Field(("DefinitionString",), "definition"),
        Field(("Definition",), "definition"),
    ),
    "AWS::Serverless::StateMachine": (Field(("Definition",), "definition"),),
    "AWS::Scheduler::Schedule": (Field(("Target", "Arn"), "call"),),
    "aws_cloudfront_function": (_function("code", runtime=("runtime",)),),
    "aws_appsync_resolver": (_function("code", runtime=None),),
    "aws_appsync_function": (_function("code", runtime=None),),
    "aws_instance": (_user_data("user_data"), _user_data("user_data_base64")),
    "aws_spot_instance_request": (_user_data("user_data"), _user_data("user_data_base64")),
    "aws_launch_configuration": (_user_data("user_data"), _user_data("user_data_base64")),
    "aws_launch_template": (_user_data("user_data"),),
    "aws_lightsail_instance": (_user_data("user_data"),),
    "aws_spot_fleet_request": (_user_data("launch_specification", BLOCK, "user_data"),),
    "aws_imagebuilder_image_recipe": (_user_data("user_data_base64"),),
    "aws_imagebuilder_component": (Field(("data",), "component"),),
    "aws_sagemaker_notebook_instance_lifecycle_configuration": (
        Field(("on_create",), "bash"),
        Field(("on_start",), "bash"),
    ),
    "aws_ssm_document": (Field(("content",), "document"),),
    "aws_ssm_association": (Field(("parameters", "commands"), "lines"),),
    "aws_ssm_maintenance_window_task": (
        Field(("task_invocation_parameters", BLOCK, "run_command_parameters", BLOCK, "parameter", BLOCK), "lines"),
    ),
    "aws_ecs_task_definition": (Field(("container_definitions",), "containers"),),
    "aws_batch_job_definition": (Field(("container_properties",), "container"),),
    "aws_codebuild_project": (Field(("source", BLOCK, "buildspec"), "build"),),
    "aws_scheduler_schedule": (Field(("target", BLOCK, "arn"), "call"),),
    "aws_sfn_state_machine": (Field(("definition",), "definition"),),
    "data.external": (Field(("program",), "program"),),
    "data.cloudinit_config": (_user_data("part", BLOCK, "content"),),
    "data.template_cloudinit_config": (_user_data("part", BLOCK, "content"),),
    "data.archive_file": (_function("source", BLOCK, "content", runtime=None),),
}
"""Properties that hold code, by type. Files that a type names stand in `files`."""

COMMAND_KEYS: Final = (("EntryPoint", "Command"), ("entryPoint", "command"))
"""The keys of a container's definition that together are its command line, as CloudFormation and the API spell them."""

STEP_KEYS: Final[tuple[tuple[str, str | None], ...]] = (
    ("runCommand", None),
    ("RunCommand", None),
    ("commands", None),
    ("Script", "Runtime"),
    ("script", "runtime"),
)
"""Inputs of a step of an SSM document that hold code, and the input beside each that names its language."""

POWERSHELL_ACTIONS: Final = frozenset({"aws:runPowerShellScript", "aws:psModule", "ExecutePowerShell"})
"""Actions of steps whose commands are PowerShell's."""

POWERSHELL_DOCUMENTS: Final = ("AWS-RunPowerShellScript", "AWS-InstallPowerShellModule")
"""Documents of AWS's own that run commands of PowerShell."""

BUILD_PHASES: Final = ("install", "pre_build", "build", "post_build")
PHASE_COMMANDS: Final = ("commands", "finally")

API_STEPS: Final = ("aws:executeAwsApi", "aws:assertAwsResourceProperty", "aws:waitForAwsResourceProperty")
"""Actions of SSM's automation that call AWS's API, by the inputs Service and Api."""
