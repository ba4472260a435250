"""VET401: machines whose metadata service gives out credentials to anyone who can make them fetch a URL."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from vetstack.findings import Finding
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template, Undecided

MACHINES: Final = frozenset(
    {
        "AWS::AutoScaling::AutoScalingGroup", "AWS::AutoScaling::LaunchConfiguration", "AWS::Batch::ComputeEnvironment",
        "AWS::EC2::EC2Fleet", "AWS::EC2::Instance", "AWS::EC2::LaunchTemplate", "AWS::EC2::SpotFleet",
        "AWS::EKS::Nodegroup", "AWS::ElasticBeanstalk::ConfigurationTemplate", "AWS::ElasticBeanstalk::Environment",
        "AWS::GameLift::GameServerGroup", "AWS::ImageBuilder::InfrastructureConfiguration",
        "AWS::SageMaker::NotebookInstance", "aws_autoscaling_group", "aws_batch_compute_environment", "aws_ec2_fleet",
        "aws_ec2_instance_metadata_defaults", "aws_eks_node_group", "aws_elastic_beanstalk_configuration_template",
        "aws_elastic_beanstalk_environment", "aws_gamelift_game_server_group",
        "aws_imagebuilder_infrastructure_configuration", "aws_instance", "aws_launch_configuration",
        "aws_launch_template", "aws_sagemaker_notebook_instance", "aws_spot_fleet_request", "aws_spot_instance_request",
    }
)  # fmt: skip
"""Types that start machines or say how: a quick look, so that nothing is read about them where there are none."""


class ImdsV1Allowed(Rule):
    number = 401
    name = "imdsv1-allowed"
    severities = ("error", "warning", "note")
    title = "Instances answer version 1 of the metadata service"
    problem = """
        An EC2 instance asks the instance metadata service for the credentials of its role. Version 1 answers any
        plain GET request from the instance; version 2 first wants a session token, which takes a PUT request with a
        header of its own. Unless HttpTokens is `required`, or the service is switched off, both versions answer.
        Leaving it unset hands the decision to the account's default and to the image, and both allow version 1 unless
        somebody has changed them.
        """
    danger = """
        A product that fetches addresses for its users, a proxy, a scanner or a webhook can usually be talked into
        fetching one more: http://169.254.169.254/. With version 1 that single request returns the access keys of the
        instance's role to whoever asked, and they work from anywhere until they expire. A flaw in the vendor's
        software becomes a way into everything that the role may touch in your account.
        """
    remedy = """
        Ask the vendor for HttpTokens: required wherever the template describes instances: best in one launch template
        that the instances, groups and fleets all use. Launch specifications of spot fleets have no such setting and
        have to give way to a launch template. If nothing on the machine needs metadata, HttpEndpoint: disabled does
        as well. A hop limit of 1, or 2 where containers need it, keeps the answers on the machine.
        """
    before = """
        CollectorTemplate:
          Type: AWS::EC2::LaunchTemplate
          Properties:
            LaunchTemplateData:
              ImageId: !Ref CollectorImage
              InstanceType: t3.small
        """
    after = """
        CollectorTemplate:
          Type: AWS::EC2::LaunchTemplate
          Properties:
            LaunchTemplateData:
              ImageId: !Ref CollectorImage
              InstanceType: t3.small
              MetadataOptions:
                HttpTokens: required
                HttpPutResponseHopLimit: 1
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        if not any(resource.type in MACHINES for resource in template.resources.values()):
            return
        from vetstack.imdsv1 import cases_of, followers_in, hops_of
        from vetstack.machines import STARTED
        from vetstack.verdicts import worst

        followers = followers_in(template)
        for resource in template.resources.values():
            if resource.type not in STARTED:
                continue
            others = followers.get(resource.address, [])
            users = [other.address for other in others]
            for cases, also in ((cases_of(template, resource, others), users), (hops_of(resource), [])):
                found = worst(cases)
                if found:
                    at, message, named = found.case.at, found.case.message, (*found.case.also, *also)
                    yield self.finding(found.severity, at, resource.address, message, also=named, when=found.when)

    def undecided(self, template: Template, settings: Settings) -> Iterator[Undecided]:
        for resource in template.resources.values():
            if resource.type in MACHINES:
                from vetstack.imdsv1 import unseen_of

                yield from islice(unseen_of(template, resource), 1)
