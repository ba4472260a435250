"""Calls of AWS's API are told from what only looks like one, in every language that is read."""

from __future__ import annotations

import pytest

from tests.carried import script
from vetstack.code.interface import Language
from vetstack.code.names import CMDLETS, RESOURCES, action_of
from vetstack.code.programs import calls_in
from vetstack.iam.actions import mutating_actions
from vetstack.rules.code_creates_credentials import CREATING
from vetstack.rules.code_grants_permissions import GRANTING


def calls(text: str, language: Language) -> list[tuple[int, str]]:
    return [(one.at.line, one.action) for one in calls_in(script(text, language))]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("import boto3\niam = boto3.client('iam')\niam.create_role(A=1)", [(3, "iam:CreateRole")]),
        ("import boto3\nboto3.Session().client(service_name='iam').create_role()", [(2, "iam:CreateRole")]),
        ("import boto3\nboto3.client('iam').get_paginator('list_users')", [(2, "iam:ListUsers")]),
        ("from boto3 import client\nc = client('kms')\nc.put_key_policy()", [(3, "kms:PutKeyPolicy")]),
        ("def f(iam_client):  # boto3\n    iam_client.put_role_policy()", [(2, "iam:PutRolePolicy")]),
        ("import boto3\nclass A:\n  def f(self):\n    self.c = boto3.client('iam')\n    self.c.\\\n      create_user()",
         [(6, "iam:CreateUser")]),
        ("import boto3\nboto3.resource('iam').Role('a').attach_policy(B=1)", [(2, "iam:AttachRolePolicy")]),
        ("import boto3\nr = boto3.resource('iam').create_role(A=1)\nr.attach_policy()",
         [(2, "iam:CreateRole"), (3, "iam:AttachRolePolicy")]),
        ("import boto3\ngetattr(boto3.client('iam'), 'create_access_key')()", [(2, "iam:CreateAccessKey")]),
        ("import boto3\nwith boto3.client('iam') as c:\n    c.create_role()", [(3, "iam:CreateRole")]),
        ("import boto3\ndef make(n): return boto3.client(n)\nmake_client = make\nget_client('iam').create_role()",
         [(4, "iam:CreateRole")]),
        ("import boto3\nclients = {'iam': boto3.client('iam')}\nclients['iam'].create_role()", [(3, "iam:CreateRole")]),
        ("import boto3\nretry(boto3.client('iam').create_role, RoleName='a')", [(2, "iam:CreateRole")]),
        ("import aioboto3\nasync def f(s):\n  async with s.client('iam') as c:\n    await c.create_role()",
         [(4, "iam:CreateRole")]),
        ("import boto3\nboto3.client('${Service}').create_role()", [(2, "_hole_:CreateRole")]),
        # what is no call
        ("# boto3 iam.create_role()\n'iam.create_role()'", []),
        ("import boto3\nregistry = Registry()\nregistry.create_role('a')", []),
        ("import boto3\niam = Registry()\niam.create_role('a')", []),
        ("import boto3\ndef create_role(name): pass\ncreate_role('a')", []),
        ("import boto3\niam = boto3.client('iam')\niam.exceptions.NoSuchEntityException", []),
        ("import boto3\nboto3.client('iam').create_role", []),
        # what does not parse
        ("import boto3\nprint 'old'\niam = boto3.client('iam')\n# iam.a()\niam.create_role(A='b')",
         [(5, "iam:CreateRole")]),
        ("import boto3\n${Imports}\nboto3.client('iam').create_role(", [(3, "iam:CreateRole")]),
        ("import boto3\nprint 'x'\nlog('iam.create_role(')", []),
    ],
)  # fmt: skip
def test_python(text: str, wanted: list[tuple[int, str]]) -> None:
    assert calls(text, "python") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("const AWS = require('aws-sdk');\nconst c = new AWS.IAM();\nawait c.createRole({}).promise();",
         [(3, "iam:CreateRole")]),
        ("new AWS.IAM({a: 1}).putRolePolicy({})", [(1, "iam:PutRolePolicy")]),
        ("import { IAMClient, CreateRoleCommand } from '@aws-sdk/client-iam';\nc.send(new CreateRoleCommand({}))",
         [(2, "iam:CreateRole")]),
        ("const iam = require('@aws-sdk/client-iam');\nc.send(new iam.CreateUserCommand({}))", [(2, "iam:CreateUser")]),
        ("import { AddPermissionCommand } from '@aws-sdk/client-lambda';\nnew AddPermissionCommand({})",
         [(2, "lambda:AddPermission")]),
        ("const sdk = load('@aws-sdk/client-iam');\nc.send(new sdk.x.AttachRolePolicyCommand({}))", []),
        ("const { send } = load('@aws-sdk/client-iam');\nsend(new AttachRolePolicyCommand({}))",
         [(2, "iam:AttachRolePolicy")]),
        ("import { IAM } from '@aws-sdk/client-iam';\nthis.c = new IAM({});\nthis.c.createUser({});",
         [(3, "iam:CreateUser")]),
        # what is no call
        ("// aws new CreateRoleCommand({})\n/* iam.createRole() */ 'new CreateRoleCommand()'", []),
        ("const iam = new Registry(); // aws\niam.createRole({})", []),
        ("import { AddPermissionCommand } from './own-commands'; // aws\nnew AddPermissionCommand({})", []),
    ],
)  # fmt: skip
def test_javascript(text: str, wanted: list[tuple[int, str]]) -> None:
    assert calls(text, "javascript") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("aws iam create-role --role-name a", [(1, "iam:CreateRole")]),
        ("\nX=$(sudo /usr/bin/aws --profile p --region r iam create-access-key | jq .)", [(2, "iam:CreateAccessKey")]),
        ("aws $OPTIONS iam put-role-policy", [(1, "iam:PutRolePolicy")]),
        ("aws s3api put-bucket-policy; aws cloudformation deploy",
         [(1, "s3:PutBucketPolicy"), (1, "cloudformation:CreateChangeSet")]),
        ("python3 - <<EOF\nimport boto3\nboto3.client('iam').create_user()\nEOF", [(3, "iam:CreateUser")]),
        ("python -c \"import boto3; boto3.client('iam').create_user()\"", [(1, "iam:CreateUser")]),
        ("echo '* * * * * aws iam create-user' | crontab", [(1, "iam:CreateUser")]),
        ("cat names | xargs -I{} aws iam attach-role-policy --role-name {}", [(1, "iam:AttachRolePolicy")]),
        # what is no call
        ("# aws iam create-role\necho aws iam create-role; aws iam help", [(2, "iam:Help")]),
        ("aws --version; aws configure; aws", []),
        ("cat <<EOF > help.txt\naws iam create-role\nEOF", []),
    ],
)  # fmt: skip
def test_shell(text: str, wanted: list[tuple[int, str]]) -> None:
    assert calls(text, "shell") == wanted


def test_powershell_and_state_machines() -> None:
    assert calls("# New-IAMUser\n$k = New-IAMRole -A b\naws iam create-user", "powershell") == [
        (2, "iam:CreateRole"),
        (3, "iam:CreateUser"),
    ]
    assert calls("arn:aws:states:::aws-sdk:iam:createRole", "other") == [(1, "iam:CreateRole")]


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("iam", "create_open_id_connect_provider", "iam:CreateOpenIDConnectProvider"),
        ("iam", "create-saml-provider", "iam:CreateSAMLProvider"),
        ("IAM", "uploadSSHPublicKey", "iam:UploadSSHPublicKey"),
        ("sso-admin", "create_account_assignment", "sso:CreateAccountAssignment"),
        ("lambda", "invoke", "lambda:Invoke"),
        ("s3", "list_objects_v2", "s3:ListObjectsV2"),
    ],
)
def test_names_are_iams(service: str, operation: str, action: str) -> None:
    expected = {"lambda:Invoke": "lambda:InvokeFunction", "s3:ListObjectsV2": "s3:ListBucket"}.get(action, action)
    assert action_of(service, operation) == expected


def test_tables_speak_of_actions_that_change_something() -> None:
    told = {*GRANTING, *CREATING, *RESOURCES.values(), *CMDLETS.values()}
    of_iam = {action for action in told if action.startswith("iam:")}
    assert len(of_iam) > 25
    assert of_iam - set(mutating_actions()) == set()
    assert set(GRANTING) & set(CREATING) == set()
