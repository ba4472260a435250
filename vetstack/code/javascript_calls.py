"""Calls of the AWS SDK in JavaScript, versions 2 and 3, by patterns in what is neither comment nor quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.code.interface import GIVEN_LIMIT, Seen
from vetstack.code.names import action_of
from vetstack.regex import Regex

_TOKENS: Final = Regex(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<text>\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\.)*`?)",
    re.DOTALL,
)
_MADE: Final = Regex(r"(?<![\w.$])([\w.$]{1,200})\s*=\s*(?:await\s+)?new\s+(?:[\w$]+\.)?([A-Z]\w*)\s*\(")
_CALL: Final = Regex(r"(?<![\w.$])([\w.$]{1,200})\s{0,80}\.\s{0,80}([a-z]\w{0,80})\s*\(")
_DIRECT: Final = Regex(r"new\s+(?:[\w$]+\.)?([A-Z]\w*)\s*\([^()]{0,300}\)\s*\.\s*([a-z]\w*)\s*\(")
_COMMAND: Final = Regex(r"new\s+(?:([\w$]+)\.)?([A-Z]\w+)Command\s*\(")
_IMPORT: Final = Regex(
    r"(?:import|const|let|var)\s+(?:\*\s*as\s+([\w$]+)|\{([^{}]*)\}|([\w$]+))\s*(?:from|=\s*(?:await\s+)?(?:require|import)\s*\()"
    r"\s*[\"'](?:@aws-sdk/client-([\w-]+)|aws-sdk/clients/([\w-]+)|(aws-sdk))[\"']"
)

CLASSES: Final = {
    "IAM": "iam", "Lambda": "lambda", "S3": "s3", "KMS": "kms", "Organizations": "organizations",
    "CloudFormation": "cloudformation", "SecretsManager": "secretsmanager", "SSOAdmin": "sso", "SNS": "sns",
    "SQS": "sqs", "STS": "sts", "ECR": "ecr", "EventBridge": "events", "CloudWatchEvents": "events", "EC2": "ec2",
    "EKS": "eks", "RAM": "ram", "CloudWatchLogs": "logs", "SSM": "ssm", "IdentityStore": "identitystore",
}  # fmt: skip
"""Classes of clients, in version 3 with `Client` behind them, and the services that they are for."""

IAM_OPERATIONS: Final = Regex(
    r"(?:Attach|Detach|Put|Create|Delete|Update|Add|Remove|Get|List|Set|Upload|Tag)\w*"
    r"(?:Role|RolePolicy|UserPolicy|GroupPolicy|PolicyVersion|AccessKey|LoginProfile|AssumeRolePolicy|InstanceProfile)s?$"
)
"""Operations that only IAM has, for commands that are imported in a way that cannot be followed."""


def calls_in(text: str) -> Iterator[Seen]:
    """The calls of AWS's API in a text of JavaScript."""
    bare = _TOKENS.sub(lambda found: _blank(found[0]), text)
    uncommented = _TOKENS.sub(lambda found: found[0] if found.lastgroup == "text" else _blank(found[0]), text)
    commands = _imported(uncommented)
    made = ((found[1].rpartition("this.")[2], _class(found[2])) for found in _MADE.finditer(bare))
    known = {name: service for name, service in made if service}
    for found in _CALL.finditer(bare):
        service = known.get(found[1].rpartition("this.")[2])
        if service and found[2] not in ("send", "promise", "config"):
            yield _seen(service, found[2], uncommented, found.start(2))
    for found in _DIRECT.finditer(bare):
        service = _class(found[1])
        if service and found[2] != "send":
            yield _seen(service, found[2], uncommented, found.start(2))
    for found in _COMMAND.finditer(bare):
        service = commands.get(f"{found[2]}Command") or commands.get(found[1] or "")
        if service is None and "client-iam" in uncommented and IAM_OPERATIONS.match(found[2]):
            service = "iam"
        if service:
            yield _seen(service, found[2], uncommented, found.start(2))


def _class(name: str) -> str | None:
    return CLASSES.get(name) or CLASSES.get(name.removesuffix("Client"))


def _imported(text: str) -> dict[str, str]:
    """The services of the names that a program imports from the SDK."""
    found: dict[str, str] = {}
    for one in _IMPORT.finditer(text):
        service = one[4] or one[5]
        if service:
            names = (one[2] or "").replace(" as ", ":").split(",")
            for name in [*(part.rpartition(":")[2].strip() for part in names), one[1] or "", one[3] or ""]:
                if name:
                    found[name] = service
    return found


def _seen(service: str, operation: str, text: str, start: int) -> Seen:
    given = " ".join(text[start : start + GIVEN_LIMIT].partition(")")[0].split())
    return Seen(action_of(service, operation), f"{service}.{operation}", text.count("\n", 0, start) + 1, given)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
