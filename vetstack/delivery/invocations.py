"""Who may call functions and send events from outside: the statements of resource policies of their own types.

Source: Lambda API reference, AddPermission and CreateFunctionUrlConfig; EventBridge API reference, PutPermission.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.delivery.lookups import DISTRIBUTIONS
from vetstack.findings import Severity
from vetstack.guards import Guard
from vetstack.iam.actions import matches
from vetstack.iam.documents import Statement, read_document
from vetstack.iam.principals import party_of, principals_of
from vetstack.instances import BLOCK, walk
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.settings import Settings
from vetstack.template import Resource, Template
from vetstack.values import Absent, Items, Map, Text, Unknown, Value, via_of
from vetstack.verdicts import Case, by_default

Path = tuple[str, ...]


class Permission(NamedTuple):
    """Where a type says who may do what to a function or a bus.

    action: None where it is always the usual one; sources: what a call that a service makes has to come from;
    narrowed: what lets in fewer than the principal names.
    """

    principal: Path
    action: Path
    usual: str
    sources: tuple[Path, ...] = ()
    narrowed: tuple[Path, ...] = ()


PERMISSIONS: Final[dict[str, Permission]] = {
    "AWS::Lambda::Permission": Permission(
        ("Principal",), ("Action",), "lambda:InvokeFunction", (("SourceArn",), ("SourceAccount",)),
        (("PrincipalOrgID",),),
    ),
    "aws_lambda_permission": Permission(
        ("principal",), ("action",), "lambda:InvokeFunction", (("source_arn",), ("source_account",)),
        (("principal_org_id",),),
    ),
    "AWS::Events::EventBusPolicy": Permission(
        ("Principal",), ("Action",), "events:PutEvents", (), (("Condition",),)
    ),
    "aws_cloudwatch_event_permission": Permission(
        ("principal",), ("action",), "events:PutEvents", (), (("condition", BLOCK, "key"),)
    ),
}  # fmt: skip

POLICIES: Final[dict[str, tuple[Path, ...]]] = {
    "AWS::Events::EventBusPolicy": (("Statement",),),
    "AWS::Events::EventBus": (("Policy",),),
    "aws_cloudwatch_event_bus_policy": (("policy",),),
    "AWS::ECR::Repository": (("RepositoryPolicyText",),),
    "aws_ecr_repository_policy": (("policy",),),
}
"""Policies of buses, and of repositories whose images are run, as documents or as the statements of one."""

PUBLIC: Final[dict[str, Path]] = {
    "aws_lambda_function_url": ("authorization_type",),
    "AWS::Serverless::Function": ("FunctionUrlConfig", "AuthType"),
}
"""Where a type makes a URL that anybody may call and adds the permission for it by itself."""

CHANGES_CODE: Final = ("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:PublishVersion")
"""Actions with which whoever has them decides what a function runs."""

REPLACES: Final = ("ecr:PutImage",)
INVOKES: Final = ("lambda:InvokeFunction", "lambda:InvokeFunctionUrl", "lambda:InvokeAsync", "events:PutEvents")
"""Actions with which whoever has them sets off what the template deployed."""

PUBLISHERS: Final = frozenset({*DISTRIBUTIONS, "806199016981", "177427601217"})
"""Accounts of which the topics tell everybody of new images and addresses: those of AWS and of operating systems."""

_SERVICE: Final = Regex(r"\.amazon(?:aws)?\.com")
_ASK: Final = "Ask the vendor for new versions of the template instead."


def permitted(resource: Resource, exists: Guard, template: Template, settings: Settings) -> Iterator[Case]:
    """What a resource lets another account do to a function, a bus or a repository, under one setting."""
    if resource.type in PERMISSIONS:
        yield from _by_permission(resource, exists, template, settings)
    for path in POLICIES.get(resource.type, ()):
        for guard, value, at in walk(exists, resource, *path):
            yield from _by_document(guard, exists, value, at, template, settings)
    if resource.type in PUBLIC:
        for guard, value, at in walk(exists, resource, *PUBLIC[resource.type]):
            public = isinstance(value, Text) and value.upper() == "NONE"
            asked = not by_default(template, guard, template.world.always)  # then whoever deploys wants that URL
            severity: Severity | None = ("note" if asked else "warning") if public else None
            yield Case(severity, guard, exists, at, _invoked("anybody", "its URL"), via_of(value))


def _by_permission(resource: Resource, exists: Guard, template: Template, settings: Settings) -> Iterator[Case]:
    permission = PERMISSIONS[resource.type]
    for guard, principal, at in walk(exists, resource, *permission.principal):
        for inner, action, place in walk(guard, resource, *permission.action):
            named = permission.usual if isinstance(action, Absent) else str(action)
            account = _outsider(principal, template, settings)
            via = (*via_of(principal), *via_of(action))
            if account is None or not isinstance(action, (Absent, Text, Unknown)):
                yield _by_source(resource, permission, inner, exists, principal, at, template, settings)
            elif any(matches(named, one) for one in CHANGES_CODE):
                message = (
                    f"This lets {account} replace the code of the function ({named}): what runs there is no longer "
                    f"what was reviewed. {_ASK}"
                )
                yield Case("error", inner, exists, place, message, via)
            elif isinstance(action, Unknown):
                yield Case(None, inner, exists, at)
            else:
                fewer = account == "anybody" and _is_given(resource, inner, (*permission.narrowed, *permission.sources))
                severity: Severity = "note" if fewer or not _invokes(named) else "warning"
                yield Case(severity, inner, exists, at, _invoked(account, named), via_of(principal))


def _is_given(resource: Resource, guard: Guard, paths: tuple[Path, ...]) -> bool:
    return any(not isinstance(value, Absent) for path in paths for _, value, _ in walk(guard, resource, *path))


def _by_source(
    resource: Resource, permission: Permission, guard: Guard, exists: Guard, principal: Value, at: Position,
    template: Template, settings: Settings,
) -> Case:  # fmt: skip
    """A service that may call on behalf of another account: its topic, its rule, its bucket."""
    for path in permission.sources if _is_service(principal) else ():
        for inner, source, place in walk(guard, resource, *path):
            account = _outsider(source, template, settings) if isinstance(source, Text) else None
            if account and re.search(r"\d{12}", account) and not any(one in account for one in PUBLISHERS):
                message = _invoked(account, f"{source} through {principal}")
                return Case("warning", inner, exists, place, message, via_of(source))
    return Case(None, guard, exists, at)


def _is_service(principal: Value) -> bool:
    return isinstance(principal, (Text, Unknown)) and (
        bool(_SERVICE.search(str(principal))) or _ends_in_suffix(principal)
    )


def _ends_in_suffix(principal: Value) -> bool:
    return isinstance(principal, Unknown) and any(hole.kind == "url-suffix" for hole in principal.holes)


def _invokes(action: str) -> bool:
    return any(matches(action, one) for one in INVOKES)


def _invoked(account: str, how: str) -> str:
    return (
        f"This lets {account} set off what this deploys ({how}), whenever they like and with what they send. Ask the "
        "vendor what it is for and what it can make the code do."
    )


def _by_document(
    guard: Guard, exists: Guard, value: Value, at: Position, template: Template, settings: Settings
) -> Iterator[Case]:
    """The same in a policy document, or in statements that stand where a document would."""
    for inner, one in guard.over(value):
        whole = one
        if isinstance(one, Items) or (isinstance(one, Map) and one.named("Effect")):
            whole = Map({"Statement": one}, at, {})
        for statement in read_document(whole, inner).statements:
            if statement.effect == "Allow":
                yield from _by_statement(statement, exists, template, settings)
        yield Case(None, inner, exists, at)


def _by_statement(statement: Statement, exists: Guard, template: Template, settings: Settings) -> Iterator[Case]:
    narrowed = not isinstance(statement.part("Condition"), Absent)
    for principal in principals_of(statement, template, settings.trusted_accounts):
        outside = principal.party == "stranger" or (principal.party == "anyone" and not narrowed)
        for guard, action in principal.guard.elements(statement.part("Action")) if outside else ():
            if not isinstance(action, Text):
                continue
            if any(matches(action, one) for one in REPLACES):
                message = f"This lets {principal.shown} replace the images of this repository ({action}). {_ASK}"
                yield Case("warning", guard, exists, principal.at, message, principal.via)
            elif _invokes(action):
                message = _invoked(principal.shown, str(action))
                yield Case("warning", guard, exists, principal.at, message, principal.via)


def _outsider(principal: Value, template: Template, settings: Settings) -> str | None:
    """Another account, or anybody, as a message calls them; None for AWS, its services and the customer's own."""
    if not isinstance(principal, (Text, Unknown)) or _is_service(principal):
        return None
    party, account = party_of(principal, template, settings.trusted_accounts)
    if party == "anyone":
        return "anybody"
    if party != "stranger":
        return None
    return f"account {account}" if account else f"whoever {principal} names"
