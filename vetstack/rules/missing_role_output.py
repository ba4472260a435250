"""VET801: a role for the vendor whose ARN nobody is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Finding
from vetstack.flows import references_to
from vetstack.guards import Guard, when
from vetstack.iam.trust import is_vendor_trusted
from vetstack.leaves import Leaf
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Identity, Template
from vetstack.values import Absent, Unknown

MADE_UP: Final = frozenset({"generated", "stack-id", "resource"})
"""Kinds of holes that nobody knows before the deployment."""

CARRIERS: Final = (
    "AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack", "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret", "Custom::", "aws_cloudformation_stack", "aws_lambda_invocation",
    "aws_secretsmanager_secret_version", "aws_sns_topic_publish", "aws_ssm_parameter",
)  # fmt: skip
"""Beginnings of AWS's types that take an ARN to somebody: a registration, or a place where it is looked up."""

OF_AWS: Final = ("AWS::", "aws_", "awscc_", "data.", "provider.aws")

RUN_WITH_IT: Final = ("environment", "userdata")
"""Keys, in lower case without `_`, below which code is told what it can send on."""


class MissingRoleOutput(Rule):
    number = 801
    name = "missing-role-output"
    severities = ("warning",)
    title = "The vendor's role has a name that nobody is told"
    problem = """
        The template makes a role that the vendor is to assume and leaves its name to CloudFormation or Terraform. No
        output gives its ARN, and no registration takes it to the vendor: no custom resource, no resource of the
        vendor's own provider, no parameter where it could be looked up.
        """
    danger = """
        Somebody will look the ARN up by hand and paste it into the vendor's console. That is how the role of another
        account, or another role that trusts the vendor too, ends up registered; and it is the flow in which nobody
        checks that the ExternalId belongs to the same registration.
        """
    remedy = """
        Ask the vendor for an output with the ARN of the role. Better still is a registration that carries ARN and
        ExternalId together.
        """
    before = """
        Resources:
          IntegrationRole:
            Type: AWS::IAM::Role
        """
    after = """
        Resources:
          IntegrationRole:
            Type: AWS::IAM::Role
        Outputs:
          IntegrationRoleArn:
            Value: !GetAtt IntegrationRole.Arn
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        for identity in template.identities.values():
            if not is_vendor_trusted(identity, template, settings) or _is_told(identity, template):
                continue
            unnamed = list(_unnamed(identity))
            if unnamed:
                yield self.finding(
                    "warning",
                    identity.resource.at,
                    identity.address,
                    _message(identity, template),
                    when=when(unnamed, identity.resource.exists),
                )


def _unnamed(identity: Identity) -> Iterator[Guard]:
    """The settings under which the role's name is made up at deployment."""
    for exists in identity.resource.exists:
        for guard, name in exists.over(identity.name):
            made_up = isinstance(name, Unknown) and any(hole.kind in MADE_UP for hole in name.holes)
            if made_up or isinstance(name, Absent) or name == "":
                yield guard


def _is_told(identity: Identity, template: Template) -> bool:
    return any(_carries(leaf) for leaf, _ in references_to(template, identity.address))


def _carries(leaf: Leaf) -> bool:
    """Whether what stands in a scalar gets out of the template, or to code that can send it on."""
    if leaf.resource is None:
        return True
    kind = leaf.resource.type
    if kind.startswith(CARRIERS) or not kind.startswith(OF_AWS):
        return True
    return any(key.lower().replace("_", "").startswith(RUN_WITH_IT) for key in leaf.path)


def _message(identity: Identity, template: Template) -> str:
    name = identity.address.rpartition(" > ")[2]
    maker = "CloudFormation" if template.kind == "cloudformation" else "Terraform"
    return (
        f"{name} is a role for the vendor with a name that {maker} makes up, and neither an output nor a registration"
        " gives its ARN away: somebody will look it up and paste it. Ask for an output with the ARN."
    )
