"""Code that needs version 1 of the metadata service: one spelling at a time."""

from __future__ import annotations

import pytest

from tests.test_rule_6xx import read
from vetstack.findings import Finding
from vetstack.rules import rule_named
from vetstack.settings import Settings

TOKEN = 'T=$(curl -sX PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)'
META = "http://169.254.169.254/latest/meta-data"


def booted(script: str, first: str = "#!/bin/bash") -> list[Finding]:
    """What VET402 says about the user data of one instance."""
    lines = "".join(f"          {line}\n" for line in (first, *script.split("\n")))
    text = (
        "Resources:\n  Machine:\n    Type: AWS::EC2::Instance\n    Properties:\n"
        f"      UserData:\n        Fn::Base64: |\n{lines}"
    )
    rule = rule_named("VET402")
    assert rule
    return list(rule.check(read(text), Settings()))


@pytest.mark.parametrize(
    "script",
    [
        f"curl -s {META}/instance-id",
        f"wget -qO- {META}/instance-id",
        "curl 169.254.169.254/latest/user-data",
        "curl http://instance-data/latest/meta-data/",
        "curl http://instance-data.ec2.internal/latest/meta-data/",
        "curl -g http://[fd00:ec2::254]/latest/meta-data/",
        f"ID=`curl -s {META}/instance-id`",
        f"U={META}; curl -s $U/instance-id",
        f"if curl -sf {META}/spot/action; then shutdown -h now; fi",
        f"while true; do curl -s {META}/x; sleep 5; done",
        f"python3 -c \"import urllib.request as u; print(u.urlopen('{META}/x').read())\"",
    ],
)
def test_requests_without_a_token(script: str) -> None:
    (finding,) = booted(script)
    assert (finding.severity, finding.resource, finding.at.line) == ("warning", "Machine", 8)


@pytest.mark.parametrize(
    "script",
    [
        f'{TOKEN}\ncurl -H "X-aws-ec2-metadata-token: $T" {META}/instance-id',
        f'{TOKEN}\nH="X-aws-ec2-metadata-token: $T"\ncurl -H "$H" {META}/instance-id',
        f'{TOKEN}\nwget -qO- --header "X-aws-ec2-metadata-token: $T" {META}/instance-id',
        "ec2-metadata -i",
        "curl http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        f"# curl {META}/instance-id",
        f"echo curl {META}/instance-id",
        "export NO_PROXY=169.254.169.254",
        "ip route add 169.254.169.254/32 dev eth0",
        "curl http://169.254.169.2544/x",
    ],
)
def test_what_needs_no_version_1(script: str) -> None:
    assert booted(script) == []


def test_a_call_beside_a_token_may_be_a_fallback() -> None:
    (finding,) = booted(f"{TOKEN}\ncurl {META}/instance-id")
    assert (finding.severity, finding.at.line) == ("note", 9)


@pytest.mark.parametrize(
    ("headers", "expected"), [("", ["warning"]), (' -Headers @{"X-aws-ec2-metadata-token" = $t}', [])]
)
def test_powershell(headers: str, expected: list[str]) -> None:
    script = f"Invoke-RestMethod -Uri {META}/instance-id{headers}\n</powershell>"
    assert [finding.severity for finding in booted(script, "<powershell>")] == expected


@pytest.mark.parametrize(
    ("header", "expected"), [("None", ["warning"]), ('{"X-aws-ec2-metadata-token": token()}', [])]
)
def test_a_program_in_user_data(header: str, expected: list[str]) -> None:
    script = f"import requests\nprint(requests.get('{META}/instance-id', headers={header}).text)"
    assert [finding.severity for finding in booted(script, "#!/usr/bin/env python3")] == expected


def test_other_lines_are_evidence() -> None:
    (finding,) = booted(f"curl {META}/a\ncurl {META}/b\ncurl {META}/c")
    assert [entry.at.line for entry in finding.evidence] == [9, 10]
