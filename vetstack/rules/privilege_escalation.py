"""VET302: an identity that can get at the permissions of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.findings import Evidence, Finding, Severity
from vetstack.guards import Guard, when
from vetstack.iam.escalation import Path, beyond_groups, beyond_sweeps, everybody, paths_of
from vetstack.iam.holders import Holder, Told
from vetstack.iam.permissions import Way, outside
from vetstack.iam.routes import Category
from vetstack.position import Position
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

ASK: Final[dict[Category, str]] = {
    "pass-role": "Ask the vendor to name the roles that the product passes, with iam:PassedToService beside them.",
    "existing-role": "Ask the vendor to name what the product works with, or to ask for its tag in a condition.",
    "assume-role": "Ask the vendor to name the roles that the product assumes.",
    "identity-center": "Ask the vendor which permission sets the product makes, and for nothing beyond them.",
}
AS_ROOT: Final = "assume-root"
"""The path on which no role is assumed."""

OTHERS: Final = 3
"""Other paths that a message names by their actions; the rest are counted."""

STARTING: Final = ("Start", "Submit", "Run")
"""Beginnings of actions that start what is there, as it is or with what the call adds to it."""


class PrivilegeEscalation(Rule):
    number = 302
    name = "privilege-escalation"
    severities = ("error", "warning", "note")
    title = "Somebody can get at the permissions of another identity"
    problem = """
        What the identity is granted adds up to a way to act as somebody else: it may pass any role to a service that
        then runs its code, change code or send commands to what runs under a role already, or assume any role. No
        single statement has to look dangerous; the halves may stand in different statements, policies, attachments and
        groups, and are put together under one setting. Only what reaches more than the identity's own things counts: a
        role of this template that may do no more than the identity, or one function by its ARN, does not, unless the
        template shows that the function's own role may do much more.
        """
    danger = """
        The permissions that you read in the template are not the ones that the vendor has. Whoever may pass any role
        to a new Lambda function, rewrite the code of an existing one or open a session on any instance, has the
        permissions of the strongest role that is there, which may be an administrator's. An attacker at the vendor, or
        in the code that runs under this identity, needs two or three ordinary API calls for it.
        """
    remedy = """
        Ask for `iam:PassRole` on the roles that this template makes, by ARN, with an `iam:PassedToService` condition;
        for `sts:AssumeRole` on roles by name; and for everything that runs code (functions, instances, builds, stacks)
        on the product's own resources, by ARN, by a prefix that holds nothing else or by a tag in the Condition. Where
        one half of a path is not needed, leave it out: the other is then harmless.
        """
    before = """
        - Effect: Allow
          Action: [iam:PassRole, lambda:CreateFunction, lambda:InvokeFunction]
          Resource: "*"
        """
    after = """
        - Effect: Allow
          Action: [lambda:CreateFunction, lambda:InvokeFunction]
          Resource: !Sub arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:function:acme-*
        - Effect: Allow
          Action: iam:PassRole
          Resource: !GetAtt ForwarderRole.Arn
          Condition:
            StringEquals:
              iam:PassedToService: lambda.amazonaws.com
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        told = Told()
        for holder, _ in everybody(template):
            paths = [path for path in paths_of(holder, template) if path.category != "iam-write"]
            news = [_at_work(holder, path) for path in beyond_groups(holder, beyond_sweeps(holder, paths), template)]
            for finding in self._of(template, settings, holder, news):
                if told.is_news(holder, finding.when, finding.places):
                    yield finding

    def _of(self, template: Template, settings: Settings, holder: Holder, paths: list[Path]) -> Iterator[Finding]:
        """One finding for the worst paths, and one more for what is less bad under settings without those."""
        told: list[Guard] = []
        for severity in self.severities:
            found = [(path, _left(path, told)) for path in paths if path.degree == severity]
            left = [path._replace(settings=settings) for path, settings in found if settings]
            if left:
                yield self._reported(template, settings, holder, severity, left)
                told += [guard for path in left for guard in path.settings]

    def _reported(
        self, template: Template, settings: Settings, holder: Holder, severity: Severity, paths: list[Path]
    ) -> Finding:
        first = paths[0]
        at = _place(first.steps[0][1])
        who = holder.who(template, settings)
        return self.finding(
            severity,
            at,
            holder.address,
            f"{who[0].upper()}{who[1:]} may use {_said(first)}: {_leads_to(first)}{_besides(paths)} {_ask(first)}",
            also=[block for path in paths for _, way in path.steps for block in (*way.grant.blocks, *way.action.via)],
            when=when([guard for path in paths for guard in path.settings], holder.exists),
            evidence=[one for one in _halves(first) if one.at != at],
        )


def _at_work(holder: Holder, path: Path) -> Path:
    """A path as bad as it is for its holder: a function that starts the template's own build is made for just that."""
    starts = all(action.partition(":")[2].startswith(STARTING) for action, _ in path.steps)
    mild = path.thing and path.degree == "warning" and starts and holder.of_services
    return path._replace(degree="note") if mild else path


def _left(path: Path, told: Sequence[Guard]) -> tuple[Guard, ...]:
    return tuple(rest for guard in path.settings for rest in outside(guard, told))


def _place(way: Way) -> Position:
    return way.grant.attachment.at if way.grant.managed else way.action.at


def _said(path: Path) -> str:
    """The actions of a path with what each is allowed on, those on the same together."""
    groups: dict[str, list[str]] = {}
    for action, way in path.steps:
        groups.setdefault(_where(way), []).append(action)
    return " and ".join(f"{', '.join(dict.fromkeys(actions))} {where}" for where, actions in groups.items())


def _where(way: Way) -> str:
    if way.grant.managed:
        return f"through {way.grant.managed}"
    return f"on {'what NotResource leaves' if way.resource.negated else way.resource.written}"


def _leads_to(path: Path) -> str:
    if path.limit:
        return f"held back only by {path.limit.said}, it {path.clause}."
    return f"it {path.clause}."


def _besides(paths: Sequence[Path]) -> str:
    if len(paths) == 1:
        return ""
    first, *rest = paths
    named = rest if len(rest) == OTHERS + 1 else rest[:OTHERS]
    others = [" + ".join(dict.fromkeys(action for action, _ in path.steps)) for path in named]
    more = f", and {len(rest) - len(named)} more ways" if len(rest) > len(named) else ""
    same = all(path.clause == first.clause for path in rest)
    one = len(rest) == 1
    begins = ("So does" if one else "So do") if same else ("Another way:" if one else "Other ways:")
    return f" {begins} {'; '.join(others)}{more}."


def _ask(path: Path) -> str:
    if path.degree == "note":
        return "Ask the vendor what it is for."
    if path.id == AS_ROOT:
        return "Ask the vendor what the product does as the root user, and for that to be done without it."
    if path.thing:
        return f"Ask the vendor to leave that out, or to give {path.thing} a role that may do less."
    return ASK[path.category]


def _halves(path: Path) -> Iterator[Evidence]:
    """Every step of a path, each place once."""
    places: dict[Position, list[str]] = {}
    for action, way in path.steps:
        places.setdefault(_place(way), []).append(f"{action} {_where(way)}")
    for at, allowed in places.items():
        yield Evidence(at, f"allows {', '.join(dict.fromkeys(allowed))}")
