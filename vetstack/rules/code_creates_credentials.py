"""VET503: code in a template, or beside it, that makes credentials which do not expire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from vetstack.carriers import carries_code
from vetstack.findings import SEVERITIES, Finding, Severity
from vetstack.guards import when
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Resource, Template

if TYPE_CHECKING:
    from vetstack.code.reported import Made

CREATING: Final[dict[str, tuple[Severity, str]]] = {
    "iam:CreateAccessKey": ("error", "an access key that works until somebody deletes it"),
    "iam:CreateLoginProfile": ("error", "a password for the console"),
    "iam:UpdateLoginProfile": ("error", "a password for the console"),
    "iam:UpdateAccessKey": ("warning", "an access key that had been switched off, and works again"),
    "iam:CreateServiceSpecificCredential": ("warning", "a password for one service that does not expire"),
    "iam:ResetServiceSpecificCredential": ("warning", "a password for one service that does not expire"),
    "iam:UploadSSHPublicKey": ("warning", "a key with which whoever has the other half signs in"),
    "iam:UploadSigningCertificate": ("warning", "a certificate with which whoever has its key signs requests"),
    "ec2:CreateKeyPair": ("warning", "a private key for instances, which the caller gets to see"),
    "lightsail:CreateKeyPair": ("warning", "a private key for instances, which the caller gets to see"),
}
"""Calls that make a credential, how bad that is, and what a message calls it."""

ONLY_WHEN_GIVEN: Final = {"iam:UpdateAccessKey": "Active"}
"""Calls that make one only with a certain argument: a key that is made inactive is no credential any more."""


class CodeCreatesCredentials(Rule):
    number = 503
    name = "code-creates-credentials"
    severities = ("error", "warning")
    title = "Code in the template makes credentials when it runs"
    problem = """
        Code that the template carries, or a file beside it that it names, makes an access key, a console password or
        another credential that does not expire, by AWS's API: inline Lambda code, user data, SSM documents,
        provisioners, packaged sources.
        """
    danger = """
        The key does not appear in the template: a reviewer who looks for AWS::IAM::AccessKey finds none. Where the code
        sends or stores it nobody sees either, and logs, custom resource responses and state files keep copies. It
        works from anywhere and without the template until somebody deletes it by hand, long after the vendor's breach.
        """
    remedy = """
        Ask for a role that the vendor's account may assume with an ExternalId instead of a user with keys. Code that
        runs in your account needs none either: its own role gives it credentials that expire.
        """
    before = """
        SetupFunction:
          Type: AWS::Lambda::Function
          Properties:
            Handler: index.handler
            Runtime: python3.12
            Code:
              ZipFile: |
                import boto3
                def handler(event, context):
                    key = boto3.client("iam").create_access_key(UserName="acme-collector")
        """
    after = """
        CollectorRole:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument:
              Version: "2012-10-17"
              Statement:
                - Effect: Allow
                  Principal:
                    AWS: arn:aws:iam::481037652914:root
                  Action: sts:AssumeRole
                  Condition:
                    StringEquals:
                      sts:ExternalId: !Ref ExternalId
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        if not carries_code(template):
            return
        from vetstack.code.reported import made_by

        for resource, made in made_by(template, CREATING):
            counted = [one for one in made if ONLY_WHEN_GIVEN.get(one.call.action, "") in one.call.given]
            if counted:
                yield self._reported(template, resource, counted)

    def _reported(self, template: Template, resource: Resource, made: Sequence[Made]) -> Finding:
        from vetstack.code.identities import roles_of
        from vetstack.code.reported import evidence_of, named

        severity: Severity = min((CREATING[one.call.action][0] for one in made), key=SEVERITIES.index)
        worst = sorted((o for o in made if CREATING[o.call.action][0] == severity), key=lambda one: one.call.at)
        first = worst[0]
        message = (
            f"{first.begins} {named(worst)}, which makes {CREATING[first.call.action][1]}, out of sight of this "
            "template. Ask the vendor for a role that its account may assume with an ExternalId instead."
        )
        return self.finding(
            severity,
            first.at,
            resource.address,
            message,
            also=roles_of(template, resource),
            when=when([guard for one in worst for guard in one.guards], resource.exists),
            evidence=evidence_of(made, first.at),
        )
