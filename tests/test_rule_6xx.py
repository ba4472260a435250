"""Updates and remote code: what the fixtures cannot show, one spelling or one address at a time."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests import plans
from tests.cfn import template_of
from tests.tf import module
from vetstack.delivery.answers import answered_names
from vetstack.delivery.origins import address_in, marked, owner_of_address, owner_of_name
from vetstack.delivery.pinning import pin_of_address, pin_of_image, pin_of_name
from vetstack.findings import Finding
from vetstack.load import load
from vetstack.position import Position
from vetstack.rules import rule_named
from vetstack.settings import Settings
from vetstack.template import Template
from vetstack.values import Hole, Text, Unknown

HERE = Position("t.yaml", 1, 1, 1, 1)
EMPTY = template_of("Resources: {}")


def found(name: str, template: Template, **settings: Any) -> list[Finding]:
    """What one rule says about a template."""
    rule = rule_named(name)
    assert rule
    return list(rule.check(template, Settings(**settings)))


def read(text: str) -> Template:
    """A template out of a file, so that its scripts know their lines."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.yaml"
        path.write_text(text, encoding="utf-8")
        (template,) = load([path]).templates
    return template


def booted(script: str, *, parameters: str = "") -> list[Finding]:
    """What VET601 says about the user data of one instance."""
    lines = "".join(f"            {line}\n" for line in ("#!/bin/bash", *script.split("\n")))
    head = f"Parameters:\n{parameters}" if parameters else ""
    text = (
        f"{head}Resources:\n  Bucket: {{Type: AWS::S3::Bucket}}\n  Machine:\n    Type: AWS::EC2::Instance\n"
        f"    Properties:\n      UserData:\n        Fn::Base64:\n          Fn::Sub: |\n{lines}"
    )
    return found("VET601", read(text))


URL = "https://get.northwind.example/install.sh"


@pytest.mark.parametrize(
    "script",
    [
        f"curl -s {URL} | bash",
        f"curl -s {URL} | sudo -E bash -s -- -y",
        f"wget -O- {URL} | sh",
        f"bash <(curl -s {URL})",
        f'bash -c "$(curl -fsSL {URL})"',
        f'sh -c "`wget -qO- {URL}`"',
        f"source <(curl -s {URL})",
        f'eval "$(curl -s {URL})"',
        f"curl -s {URL} | python3 -",
        f"curl -s {URL} > a.sh; bash a.sh",
        f"curl -sSo a.sh {URL} && chmod 755 a.sh && ./a.sh",
        f"cd /tmp; wget {URL}; sh /tmp/install.sh",
        f"curl -sLO {URL}; . ./install.sh",
        f"curl -so /usr/local/bin/agent {URL}",
        f"curl -so a {URL}; mv a /usr/bin/agent",
        f"curl -sL {URL} | tar xz; ./install.sh",
        f"wget {URL}; unzip install.sh; ./setup",
        "aws s3 cp s3://northwind-releases/a.sh . && bash a.sh",
        "aws s3 cp s3://northwind-releases/a.sh - | bash",
        "aws s3api get-object --bucket northwind-releases --key a.sh a.sh; bash a.sh",
        "rpm -ivh https://rpm.northwind.example/agent.rpm",
        "apt-get install -y ./x.deb https://deb.northwind.example/agent.deb",
        "wget https://deb.northwind.example/agent.deb; dpkg -i agent.deb",
        f"FROM={URL}; curl -s $FROM | sh",
        f"export FROM={URL}\ncurl -s ${{!FROM}} | sh",
        "kubectl apply -f https://k8s.northwind.example/agent.yaml",
        "pip install https://pypi.northwind.example/agent-latest.whl",
        "pip install --extra-index-url https://pypi.northwind.example/simple northwind-agent",
        "npm install -g git+https://github.com/northwind/agent.git",
        f"python3 -c \"import urllib.request as u; exec(u.urlopen('{URL}').read())\"",
    ],
)
def test_code_that_is_fetched_and_run(script: str) -> None:
    (finding,) = booted(script)
    assert (finding.severity, finding.resource, finding.at.line >= 9) == ("warning", "Machine", True)


@pytest.mark.parametrize(
    ("script", "severity"),
    [
        ("curl http://get.northwind.example/install.sh | sh", "error"),
        ("curl get.northwind.example/install.sh | sh", "error"),
        ("curl https://get.northwind.example/v1.2.3/install.sh | sh", "note"),
        (f"curl -so a.sh {URL}; gpg --verify a.sh.sig a.sh; bash a.sh", "note"),
        ("pip install northwind-agent", "note"),
        ("docker run northwind/agent:1.2", None),
        ("docker run northwind/agent", "warning"),
        ("curl -s $UNKNOWN | sh", "note"),
        ("curl http://10.0.3.4/boot.sh | sh", None),
        ("aws s3 cp s3://${Bucket}/a.sh . && bash a.sh", None),
        ("aws s3 cp s3://scripts-${AWS::AccountId}/a.sh . && bash a.sh", None),
        ("curl -s https://raw.githubusercontent.com/n/a/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b/i.sh | sh", None),
        ("curl -s https://raw.githubusercontent.com/awslabs/a/main/i.sh | sh", None),
        (f"curl -s {URL} | jq .", None),
        (f"curl -s {URL} > /etc/yum.repos.d/northwind.repo; yum install -y northwind", None),
        (f"curl -so a.json {URL}; cat a.json", None),
        (f'echo "curl {URL} | sh" > README', None),
        (f"# curl {URL} | sh", None),
        ("dnf install -y amazon-ssm-agent", None),
        ("rpm --import https://rpm.northwind.example/key.asc", None),
        ("git clone https://github.com/northwind/agent && ls agent", None),
    ],
)
def test_how_bad_it_is(script: str, severity: str | None) -> None:
    assert [finding.severity for finding in booted(script)] == ([severity] if severity else [])


def test_a_parameter_that_names_the_script() -> None:
    given = "  Script:\n    Type: String\n"
    (required,) = booted("curl ${Script} | sh", parameters=given)
    assert (required.severity, required.when) == ("note", None)
    (default,) = booted("curl ${Script} | sh", parameters=f"{given}    Default: {URL}\n")
    assert (default.severity, default.also) == ("warning", ("Parameters.Script",))
    assert default.when and "Script" in default.when


@pytest.mark.parametrize(
    ("image", "pin"),
    [
        ("a/b", "none"),
        ("b", "none"),
        ("a/b:latest", "moving"),
        ("a/b:stable", "moving"),
        ("a/b:latest-arm64", "moving"),
        ("a/b:1.2.3", "version"),
        ("a/b:main-1.2.3", "version"),
        ("localhost:5000/b", "none"),
        ("localhost:5000/b:v3", "version"),
        (f"a/b@sha256:{'a' * 64}", "digest"),
        (f"a/b:latest@sha256:{'a' * 64}", "digest"),
    ],
)
def test_what_an_image_is_fixed_to(image: str, pin: str) -> None:
    assert pin_of_image(image).pin == pin


@pytest.mark.parametrize(
    ("url", "pin"),
    [
        ("https://b.s3.amazonaws.com/x.yaml", "none"),
        ("https://b.s3.amazonaws.com/latest/x.yaml", "moving"),
        ("https://b.s3.amazonaws.com/forwarder/latest.yaml", "moving"),
        ("https://b.s3.amazonaws.com/1.2/latest.yaml", "moving"),
        ("https://b.s3.amazonaws.com/v1.2.3/x.yaml", "version"),
        ("https://b.s3.amazonaws.com/x-1.2.3.yaml", "version"),
        ("https://b.s3.amazonaws.com/v3.yaml", "version"),
        ("https://b.s3.amazonaws.com/x.yaml?versionId=abc", "digest"),
        (f"https://b.s3.amazonaws.com/{'0a' * 32}.yaml", "digest"),
    ],
)
def test_what_an_address_is_fixed_to(url: str, pin: str) -> None:
    address = address_in(url)
    assert address and pin_of_address(address).pin == pin


@pytest.mark.parametrize("name", ["latest", "main", "$LATEST", "nightly-arm"])
def test_names_that_move(name: str) -> None:
    assert pin_of_name(name).pin == "moving"


@pytest.mark.parametrize(
    ("url", "bucket"),
    [
        ("https://b.s3.amazonaws.com/k", "b"),
        ("https://b.s3.eu-west-1.amazonaws.com/k", "b"),
        ("https://b.s3-eu-west-1.amazonaws.com/k", "b"),
        ("https://b.c.s3.dualstack.eu-west-1.amazonaws.com/k", "b.c"),
        ("https://s3.amazonaws.com/b/k", "b"),
        ("https://s3-us-west-2.amazonaws.com/b/k", "b"),
        ("https://s3.cn-north-1.amazonaws.com.cn/b/k", "b"),
        ("s3://b/k", "b"),
        ("https://downloads.northwind.example/b/k", None),
    ],
)
def test_buckets_in_addresses(url: str, bucket: str | None) -> None:
    address = address_in(url)
    assert address and address.bucket == bucket
    assert bucket is None or address.path == "k"


@pytest.mark.parametrize(
    ("hole", "owner"),
    [
        (Hole("own-account", "AWS::AccountId"), "own"),
        (Hole("stack-name", "AWS::StackName"), "own"),
        (Hole("parameter", "Bucket"), "given"),
        (Hole("own-region", "AWS::Region"), "vendor"),
    ],
)
def test_whose_a_bucket_is(hole: Hole, owner: str) -> None:
    whole = marked(Unknown(("northwind-", hole), HERE))
    assert owner_of_name(whole.text, whole, EMPTY) == owner
    url = marked(Unknown(("https://northwind-", hole, ".s3.amazonaws.com/x"), HERE))
    address = address_in(url.text)
    assert address and owner_of_address(address, url, EMPTY) == owner


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.amazonaws.com/cloudformation-examples/aws-cfn-bootstrap-py3-latest.tar.gz",
        "https://s3.eu-west-1.amazonaws.com/amazoncloudwatch-agent-eu-west-1/x/latest/a.rpm",
        "https://awscli.amazonaws.com/awscli-exe-linux-x86_64.zip",
        "https://github.com/aws/amazon-ssm-agent/releases/latest/x.rpm",
    ],
)
def test_what_aws_gives_out(url: str) -> None:
    whole = marked(Text(url, HERE))
    address = address_in(url)
    assert address and owner_of_address(address, whole, EMPTY) == "aws"


def test_a_bucket_that_only_begins_like_one_of_aws() -> None:
    name = "aws-cli-northwind"
    assert owner_of_name(name, marked(Text(name, HERE)), EMPTY) == "vendor"


def test_answers_are_followed_through_functions_and_loops() -> None:
    names = answered_names(
        "import requests\n"
        "def ask(url):\n    return requests.get(url).json()\n"
        "def parts(all):\n    for one in all:\n        keep(one)\n"
        "def keep(item):\n    stored = [item]\n"
        "answer = ask('https://x')\nparts(answer)\nother = 1\n"
    )
    assert {"ask", "answer", "all", "one", "item", "stored"} <= names
    assert "other" not in names


def test_what_is_sent_is_no_answer() -> None:
    text = "from urllib.request import *\nsent = urlopen(Request(event['ResponseURL'], method='PUT'))\n"
    assert answered_names(text) == frozenset()
    assert answered_names("not python (") == frozenset()


def test_trusted_accounts_may_update_functions() -> None:
    text = """
    Resources:
      Permission:
        Type: AWS::Lambda::Permission
        Properties: {FunctionName: x, Action: 'lambda:*', Principal: '604917283350'}
    """
    assert [finding.severity for finding in found("VET603", template_of(text))] == ["error"]
    assert found("VET603", template_of(text), trusted_accounts=frozenset({"604917283350"})) == []


@pytest.mark.parametrize(
    ("source", "version", "severity"),
    [
        ("northwind/agent/aws", "", "warning"),
        ("northwind/agent/aws", "1.2.3", None),
        ("northwind/agent/aws", ">= 1.0", "warning"),
        ("northwind/agent/aws", "~> 1.0", "note"),
        ("northwind/agent/aws", ">= 1.0, < 2.0", "note"),
        ("app.terraform.io/northwind/agent/aws", "", "warning"),
        ("git::https://github.com/northwind/agent.git", "", "warning"),
        ("git::https://github.com/northwind/agent.git?ref=main", "", "warning"),
        ("git::https://github.com/northwind/agent.git//sub?ref=v1.2.3", "", None),
        ("git@github.com:northwind/agent.git?ref=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "", None),
        ("github.com/northwind/agent", "", "warning"),
        ("git::https://github.com/aws-samples/agent.git", "", "note"),
        ("https://northwind.example/agent.zip", "", "warning"),
        ("https://northwind.example/agent-1.2.3.zip", "", None),
    ],
)
def test_sources_of_modules(source: str, version: str, severity: str | None, tmp_path: Path) -> None:
    given = f'  version = "{version}"\n' if version else ""
    template = module(tmp_path, f'module "m" {{\n  source = "{source}"\n{given}}}\n')
    assert [finding.severity for finding in found("VET602", template)] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("version", "severity"), [(">= 1.0", "warning"), ("1.2.3", None), (None, "warning")], ids=["open", "exact", "none"]
)
def test_modules_of_a_plan(version: str | None, severity: str | None, tmp_path: Path) -> None:
    inner = {"source": "northwind/agent/aws", **({"version_constraint": version} if version else {})}
    outer = {"source": "./onboarding", "module": {"module_calls": {"agent": inner}}}
    review = plans.vetted(plans.plan([], modules={"onboarding": outer}), tmp_path)
    said = [(one.severity, one.resource) for one in review.findings if one.rule == "VET602"]
    assert said == ([(severity, "module.onboarding.module.agent")] if severity else [])


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("VET601", 'resource "null_resource" "a" {\n  count = var.on ? 1 : 0\n  provisioner "local-exec" {\n'
                   f'    command = "curl -s {URL} | sh"\n  }}\n}}'),
        ("VET602", 'resource "helm_release" "a" {\n  count = var.on ? 1 : 0\n  name = "a"\n'
                   '  chart = "agent"\n  repository = "https://charts.northwind.example"\n}'),
        ("VET603", 'resource "aws_lambda_permission" "a" {\n  count = var.on ? 1 : 0\n  function_name = "a"\n'
                   '  action = "lambda:InvokeFunction"\n  principal = "604917283350"\n}'),
        ("VET604", 'data "http" "p" {\n  url = "https://northwind.example/p.json"\n}\n'
                   'resource "aws_iam_policy" "a" {\n  count = var.on ? 1 : 0\n'
                   '  policy = data.http.p.response_body\n}'),
    ],
)  # fmt: skip
def test_switch_of_a_whole_resource_is_said(rule: str, body: str, tmp_path: Path) -> None:
    switch = 'variable "on" {\n  type = bool\n  default = false\n}\n'
    (finding,) = found(rule, module(tmp_path, f"{switch}{body}\n"))
    assert finding.when is not None and "var.on is true" in finding.when


@pytest.mark.parametrize(
    ("url", "severity"),
    [
        ("https://get.northwind.example/install.sh", "warning"),
        ("http://get.northwind.example/install.sh", "error"),
        ("https://get.northwind.example/1.8.2/install.sh", "note"),
        ("https://raw.githubusercontent.com/aws/agent/main/install.sh", None),
    ],
)
def test_downloaded_user_data(url: str, severity: str | None, tmp_path: Path) -> None:
    machine = 'resource "aws_instance" "a" {\n  user_data = data.http.i.body\n}\n'
    text = f'data "http" "i" {{\n  url = "{url}"\n}}\n{machine}'
    assert [one.severity for one in found("VET601", module(tmp_path, text))] == ([severity] if severity else [])
