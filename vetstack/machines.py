"""Types of resources that start machines: what a message calls these, and who else has a say in how they start.

Facts as tables by resource type; what their metadata options are is in `vetstack.metadata_options`.
"""

from __future__ import annotations

from typing import Final

from vetstack.findings import Severity
from vetstack.instances import BLOCK
from vetstack.metadata_options import ACCOUNT_DEFAULT
from vetstack.records import NamedTuple


class Machines(NamedTuple):
    """What a type starts, as a message calls it, and how bad version 1 is there."""

    called: str
    severity: Severity


STARTED: Final = {
    "AWS::EC2::LaunchTemplate": Machines("instances launched from this template", "error"),
    "AWS::EC2::Instance": Machines("this instance", "error"),
    "AWS::AutoScaling::LaunchConfiguration": Machines("instances launched from this configuration", "error"),
    "AWS::EC2::EC2Fleet": Machines("instances of this fleet", "error"),
    "AWS::EC2::SpotFleet": Machines("instances of this spot fleet", "error"),
    "AWS::EKS::Nodegroup": Machines("nodes of this group", "warning"),
    "AWS::Batch::ComputeEnvironment": Machines("instances of this compute environment", "warning"),
    "AWS::ImageBuilder::InfrastructureConfiguration": Machines("build and test instances", "warning"),
    "AWS::SageMaker::NotebookInstance": Machines("this notebook instance", "warning"),
    "AWS::ElasticBeanstalk::Environment": Machines("instances of this environment", "warning"),
    "AWS::ElasticBeanstalk::ConfigurationTemplate": Machines("instances of its environments", "warning"),
    "aws_launch_template": Machines("instances launched from this template", "error"),
    "aws_instance": Machines("this instance", "error"),
    "aws_spot_instance_request": Machines("this spot instance", "error"),
    "aws_launch_configuration": Machines("instances launched from this configuration", "error"),
    "aws_spot_fleet_request": Machines("instances of this spot fleet", "error"),
    ACCOUNT_DEFAULT: Machines("every instance of the region that says nothing else", "error"),
    "aws_eks_node_group": Machines("nodes of this group", "warning"),
    "aws_batch_compute_environment": Machines("instances of this compute environment", "warning"),
    "aws_imagebuilder_infrastructure_configuration": Machines("build and test instances", "warning"),
    "aws_sagemaker_notebook_instance": Machines("this notebook instance", "warning"),
    "aws_elastic_beanstalk_environment": Machines("instances of this environment", "warning"),
    "aws_elastic_beanstalk_configuration_template": Machines("instances of its environments", "warning"),
}


class ServiceMade(NamedTuple):
    """A service that makes a launch template of its own for a resource that names none.

    open: beginnings of the image families with which it leaves version 1 on; otherwise: for those that it is not
    known of, among them the one that the service picks; unset: whether it says nothing of versions there, so that the
    account's default decides.
    """

    service: str
    open: tuple[str, ...]
    otherwise: Severity
    unset: bool


_EKS: Final = ServiceMade("EKS", ("AL2_", "WINDOWS_"), "note", unset=False)
_BATCH: Final = ServiceMade("Batch", ("ECS_AL2", "EKS_AL2"), "warning", unset=True)

MADE_BY_SERVICE: Final = {
    "AWS::EKS::Nodegroup": _EKS,
    "AWS::Batch::ComputeEnvironment": _BATCH,
    "aws_eks_node_group": _EKS,
    "aws_batch_compute_environment": _BATCH,
}
"""Source for Batch: its user guide, imds-compute-environments."""

MACHINE_KINDS: Final = {
    "AWS::Batch::ComputeEnvironment": ("ComputeResources", "Type"),
    "aws_batch_compute_environment": ("compute_resources", BLOCK, "type"),
}
"""Where a type says whether it starts instances or containers without any."""
