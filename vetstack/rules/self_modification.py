"""VET303: an identity that may change what it is allowed itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Evidence, Finding, Severity
from vetstack.guards import when
from vetstack.iam.changes import Change, beyond_administrator, changes_by, place_of, said_of, split
from vetstack.iam.held import is_exact
from vetstack.iam.holders import Holder, Told, boundaries_of, holders
from vetstack.iam.permissions import elsewhere
from vetstack.iam.powers import TO_ITSELF
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Identity, Template

ASK: Final = (
    "Ask the vendor for roles of a path or prefix of their own, and for a Deny of IAM on this one where the product "
    "has to change others."
)


class SelfModification(Rule):
    number = 303
    name = "self-modification"
    severities = ("error", "note")
    title = "Somebody may change their own permissions"
    problem = """
        The identity may write to itself: put or attach policies to its own role, user or group, bring out a new version
        of a policy that it has, change who may assume it, or take off or rewrite the permissions boundary that it is
        under. However narrow the resource looks, a name, a prefix that includes its own name, `${aws:username}`, what
        the identity may do is then whatever it decides. A permissions boundary on it that it cannot change still holds.
        """
    danger = """
        The policies that you review are the ones of the first day. Whoever has the vendor's side, or the code that runs
        under this role, widens them by one call, up to administrator, and no update of the template tells you so. Often
        it is a convenience of the product's own updates, scoped with care to its own roles: that is exactly the scope
        that an attacker needs.
        """
    remedy = """
        Let this template, which you read and deploy, be the only place where the identity's own policies change. Where
        the product has to make roles, ask for a path or a prefix that does not include its own, and for a boundary
        in an `iam:PermissionsBoundary` condition; a Deny of `iam:*` on its own ARN and on its boundary closes the rest.
        """
    before = """
        CollectorRole:
          Type: AWS::IAM::Role
          Properties:
            RoleName: acme-collector
            Policies:
              - PolicyName: manage
                PolicyDocument:
                  Version: "2012-10-17"
                  Statement:
                    - Effect: Allow
                      Action: [iam:PutRolePolicy, iam:DeleteRolePolicy]
                      Resource: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/acme-*
        """
    after = """
        CollectorRole:
          Type: AWS::IAM::Role
          Properties:
            RoleName: acme-collector
            Policies:
              - PolicyName: manage
                PolicyDocument:
                  Version: "2012-10-17"
                  Statement:
                    - Effect: Allow
                      Action: [iam:PutRolePolicy, iam:DeleteRolePolicy]
                      Resource: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/acme/agents/*
                      Condition:
                        StringEquals:
                          iam:PermissionsBoundary: !Ref AgentBoundary
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        told = Told()
        for holder in holders(template):
            own, _ = split(holder, beyond_administrator(holder, changes_by(holder, template)))
            if own:
                finding = self._reported(template, settings, holder, own)
                if told.is_news(holder, finding.when, finding.places):
                    yield finding

    def _reported(self, template: Template, settings: Settings, holder: Holder, found: list[Change]) -> Finding:
        severity: Severity = "note" if all(change.way.limit for change in found) else "error"
        worst = [change for change in found if severity == "note" or not change.way.limit]
        first = min(worst, key=lambda change: (len(change.way.guard.atoms), change.action not in TO_ITSELF))
        alike = [change for change in worst if change.way.resource.written == first.way.resource.written]
        who = holder.who(template, settings)
        on = "" if is_exact(first.way.resource) else f"{first.way.resource.written}, which includes "
        may = f"{who[0].upper()}{who[1:]} may use {said_of(first, alike)} on {on}"
        whose = _whose(first, holder, template)
        if first.way.limit:
            what = whose.partition(":")[0]
            message = f"{may}{what}, held back only by {first.way.limit.said}. Check what that lets through."
        else:
            message = f"{may}{whose}. {ASK}"
        place = place_of(first, alike)
        return self.finding(
            severity,
            place,
            holder.address,
            message,
            also=[block for change in worst for block in (*change.way.grant.blocks, *change.way.action.via)],
            when=when([change.way.guard for change in worst], holder.exists),
            evidence=[Evidence(at, f"allows {one}") for at, one in elsewhere(first, worst) if at != place],
        )


def _whose(change: Change, holder: Holder, template: Template) -> str:
    """What of the holder's own a change reaches, and what comes of it."""
    bounded = any(bound.within is not None for bound in holder.grants.bounds)
    if change.target == "policy" and _is_boundary(change, holder, template):
        return "its own boundary: it can lift what holds it back"
    if change.weight == "lifts":
        return "itself: it can take off the boundary that it is under"
    if change.weight == "frees":
        return "itself: it can take off a policy with a Deny that holds it back"
    if change.action not in TO_ITSELF:
        return "itself: it can let anybody else assume it"
    whatever = "itself" if change.target in ("role", "user") else f"its own {change.target}"
    return f"{whatever}: it can give itself any permission{' that its boundary leaves' if bounded else ''}"


def _is_boundary(change: Change, holder: Holder, template: Template) -> bool:
    subject = holder.subject
    if not isinstance(subject, Identity):
        return False
    spellings = (arn for subjects in boundaries_of(subject, template) for arn in subjects)
    return any(change.way.resource.covers(arn) for arn in spellings)
