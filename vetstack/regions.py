"""Which resource types of CloudFormation are missing in which regions. Read when the first rule asks."""

from __future__ import annotations

from functools import cache
from typing import Final

from vetstack.packs import Pack

_REGIONS: Final = Pack("resource_regions.pack")

COMMON: Final = frozenset(
    {
        "AWS::ApiGateway::RestApi", "AWS::ApplicationAutoScaling::ScalableTarget", "AWS::AutoScaling::AutoScalingGroup",
        "AWS::AutoScaling::LaunchConfiguration", "AWS::CloudFormation::Macro", "AWS::CloudFormation::Stack",
        "AWS::CloudFormation::StackSet", "AWS::CloudFormation::WaitCondition",
        "AWS::CloudFormation::WaitConditionHandle", "AWS::CloudTrail::Trail", "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard", "AWS::Config::ConfigRule", "AWS::DynamoDB::Table", "AWS::EC2::EIP",
        "AWS::EC2::FlowLog", "AWS::EC2::Instance", "AWS::EC2::InternetGateway", "AWS::EC2::LaunchTemplate",
        "AWS::EC2::NatGateway", "AWS::EC2::Route", "AWS::EC2::RouteTable", "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::VPC", "AWS::EC2::VPCEndpoint",
        "AWS::EC2::VPCGatewayAttachment", "AWS::ECR::Repository", "AWS::ECS::Cluster", "AWS::ECS::Service",
        "AWS::ECS::TaskDefinition", "AWS::EFS::FileSystem", "AWS::EFS::MountTarget", "AWS::EKS::Cluster",
        "AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::Events::EventBus", "AWS::Events::EventBusPolicy",
        "AWS::Events::Rule", "AWS::KMS::Alias", "AWS::KMS::Key", "AWS::Kinesis::Stream",
        "AWS::KinesisFirehose::DeliveryStream", "AWS::Lambda::Alias", "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function", "AWS::Lambda::LayerVersion", "AWS::Lambda::Permission", "AWS::Lambda::Version",
        "AWS::Logs::LogGroup", "AWS::Logs::LogStream", "AWS::Logs::MetricFilter", "AWS::Logs::ResourcePolicy",
        "AWS::Logs::SubscriptionFilter", "AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::RDS::DBSubnetGroup",
        "AWS::Route53::HostedZone", "AWS::Route53::RecordSet", "AWS::S3::Bucket", "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy", "AWS::SSM::Association", "AWS::SSM::Document", "AWS::SSM::Parameter",
        "AWS::Scheduler::Schedule", "AWS::SecretsManager::Secret", "AWS::Serverless::Function",
        "AWS::StepFunctions::StateMachine",
    }
)  # fmt: skip
"""Types that templates are mostly made of and that no region lacks: nothing is read for them."""


@cache
def regions() -> tuple[str, ...]:
    """The commercial regions (partition `aws`) in alphabetical order."""
    return tuple((_REGIONS.text("regions") or "").split("\t"))


def missing_in(resource_type: str) -> frozenset[str] | None:
    """The regions that lack a resource type, `AWS::Lambda::Function`; empty when all have it, None when it is unknown.

    Letter case counts, as in CloudFormation. Source: the registry of each region; data/META.json says of which day.
    """
    if resource_type in COMMON:
        return frozenset()
    namespace, _, name = resource_type.rpartition("::")
    number = _of_namespace(namespace).get(name)
    return None if number is None else _set(number)


@cache
def _of_namespace(namespace: str) -> dict[str, int]:
    rows = (line.split("\t") for line in (_REGIONS.text(namespace) or "").splitlines())
    return {name: int(number) for name, number in rows if "::" in namespace}


@cache
def _set(number: int) -> frozenset[str]:
    """A line of region names: `-` before those that lack a type, `+` before the only ones that have it."""
    line = (_REGIONS.text("sets") or "").split("\n")[number]
    named = frozenset(filter(None, line[1:].split("\t")))
    return named if line[0] == "-" else frozenset(regions()) - named
