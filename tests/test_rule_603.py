"""VET603: who may set off what is deployed, and code that replaces code, one spelling at a time."""

from __future__ import annotations

import pytest

from tests.cfn import template_of
from tests.test_rule_6xx import found, read


@pytest.mark.parametrize(
    ("properties", "severity"),
    [
        ("Principal: '*', FunctionUrlAuthType: NONE", "warning"),
        ("Principal: '*', PrincipalOrgID: o-a1b2c3d4e5", "note"),
        ("Principal: '604917283350'", "warning"),
        ("Principal: 604917283350, Action: lambda:GetFunction", "note"),
        ("Principal: sns.amazonaws.com, SourceArn: 'arn:aws:sns:us-east-1:604917283350:x'", "warning"),
        ("Principal: sns.amazonaws.com, SourceArn: 'arn:aws:sns:us-east-1:137112412989:x'", None),
        ("Principal: s3.amazonaws.com, SourceArn: 'arn:aws:s3:::northwind-findings'", None),
        ("Principal: alexa-appkit.amazon.com", None),
    ],
)
def test_permissions_of_functions(properties: str, severity: str | None) -> None:
    action = "" if "Action" in properties else "Action: lambda:InvokeFunction, "
    template = template_of(
        f"Resources: {{P: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: a, {action}{properties}}}}}}}"
    )
    assert [one.severity for one in found("VET603", template)] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("boto3.client('ecs').update_service(service='a', forceNewDeployment=True)", True),
        ("boto3.client('ecs').update_service(service='a', desiredCount=0)", False),
        ("boto3.client('ssm').send_command(DocumentName='AWS-RunRemoteScript')", True),
        ("boto3.client('ssm').send_command(DocumentName='AWS-RunPatchBaseline')", False),
    ],
)
def test_scheduled_code_that_replaces_code(call: str, told: bool) -> None:
    template = read(
        "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.12\n"
        "      Events: {T: {Type: Schedule, Properties: {Schedule: rate(1 day)}}}\n"
        f"      InlineCode: |\n        import boto3\n        def handler(event, context):\n            {call}\n"
    )
    assert bool(found("VET603", template)) == told
