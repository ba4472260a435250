"""VET201: an identity that may do anything, or is one step away from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Evidence, Finding, Severity
from vetstack.guards import when
from vetstack.iam.breadth import Sweep, blocks_of, by_cause, equivalents, said_of
from vetstack.iam.holders import Holder, Told, holders
from vetstack.iam.managed_policies import missing_name, policies_date
from vetstack.iam.permissions import Way
from vetstack.iam.selections import Selection
from vetstack.iam.unseen import unseen_policies
from vetstack.position import Position
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template, Undecided
from vetstack.values import Text, position_of

ASK: Final = "Ask the vendor for a policy that lists the actions the product calls, on the resources it uses."


class AdministratorAccess(Rule):
    number = 201
    name = "administrator-access"
    severities = ("error", "note")
    title = "Somebody is made administrator of the account"
    problem = """
        The template grants every action on every resource: by the AWS managed policy AdministratorAccess, by a
        statement with Action `*`, or by a NotAction that leaves IAM in. Or it grants what comes to the same because it
        rewrites IAM without limit: the managed policies IAMFullAccess and AdministratorAccess-Amplify. Deny statements
        without a condition, permissions boundaries and narrow resources are taken into account; a condition on who
        calls, from where or with MFA is not, because the vendor meets it.
        """
    danger = """
        No other control in the account holds against an administrator: logs can be stopped, keys and backups deleted,
        users made. Whoever takes over the vendor's side, steals a session of this role or finds a flaw in code that
        runs as it, has the whole account at once. With the logs in the same hands, nobody can say afterwards what was
        read.
        """
    remedy = """
        Ask for a policy that lists what the product calls. A vendor who cannot name its actions can run it for a week
        in a test account and take them from CloudTrail. Set-up that really has to make roles can do so through this
        template instead, which you read and deploy, or under a permissions boundary that you own.
        """
    before = """
        CollectorRole:
          Type: AWS::IAM::Role
          Properties:
            ManagedPolicyArns:
              - arn:aws:iam::aws:policy/AdministratorAccess
        """
    after = """
        CollectorRole:
          Type: AWS::IAM::Role
          Properties:
            Policies:
              - PolicyName: collect
                PolicyDocument:
                  Version: "2012-10-17"
                  Statement:
                    - Effect: Allow
                      Action: [ec2:DescribeInstances, cloudwatch:GetMetricData]
                      Resource: "*"
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        told = Told()
        for holder in holders(template):
            for finding in self._of(template, settings, holder):
                if told.is_news(holder, finding.when, [finding.at]):
                    yield finding

    def _of(self, template: Template, settings: Settings, holder: Holder) -> Iterator[Finding]:
        for group in by_cause(sweep for sweep in holder.sweeps if sweep.lead):
            yield self._swept(template, settings, holder, group)
        for ways in equivalents(holder.grants).values():
            yield self._rewrites(template, settings, holder, ways)

    def undecided(self, template: Template, settings: Settings) -> Iterator[Undecided]:
        yield from unseen_policies(template)
        yield from _missing_policies(template)
        for holder in holders(template):
            for grant in holder.grants.allows:
                for selection in grant.actions:
                    if grant.inherited or grant.managed:
                        continue
                    if selection.hidden or (selection.half_hidden and not _has_default(template, selection)):
                        reason = f"which actions are allowed is decided by {selection.written}"
                        yield Undecided(selection.at, holder.address, reason)

    def _swept(self, template: Template, settings: Settings, holder: Holder, group: list[Sweep]) -> Finding:
        worst = min(group, key=lambda sweep: sweep.limit is not None)
        found = [sweep.guard for sweep in group if (sweep.limit is None) == (worst.limit is None)]
        who = holder.who(template, settings)
        apart = worst.lead if worst.lead and worst.lead.grant.statement.body is not worst.grant.statement.body else None
        if worst.limit:
            message = f"Only {worst.limit.said} keeps {who} from doing anything in this account. {ASK}"
        else:
            message = f"{said_of(worst)} lets {who} do anything in this account{_together(apart)}. {ASK}"
        evidence = [Evidence(apart.action.at, f"{apart.action.written} allows IAM besides")] if apart else []
        also = (*blocks_of(worst), *(apart.grant.blocks if apart else ()))
        severity: Severity = "note" if worst.limit else "error"
        return self.finding(
            severity,
            worst.selection.at,
            holder.address,
            message,
            also=also,
            when=when(found, holder.exists),
            evidence=evidence,
        )

    def _rewrites(self, template: Template, settings: Settings, holder: Holder, ways: list[Way]) -> Finding:
        first = ways[0]
        message = (
            f"{first.grant.managed} lets {holder.who(template, settings)} rewrite every role and policy, and so become "
            "administrator of this account. Ask the vendor for the IAM actions that the product calls, on the roles "
            "that this template makes."
        )
        found = [way.guard for way in ways]
        also = first.grant.blocks
        return self.finding(
            "error", first.grant.attachment.at, holder.address, message, also=also, when=when(found, holder.exists)
        )


def _has_default(template: Template, selection: Selection) -> bool:
    """Whether a default, which is vetted, stands where a deployer may choose something else."""
    given = [template.parameters[name] for name in selection.via if name in template.parameters]
    return any(isinstance(parameter.default, Text) for parameter in given)


def _missing_policies(template: Template) -> Iterator[Undecided]:
    """Policies attached, or set as a boundary, that AWS is said to have and has not: misspelt, withdrawn or newer.

    A bare name may be a policy of the account's own.
    """
    told: set[tuple[Position, str]] = set()
    for identity in template.identities.values():
        exists = identity.resource.exists
        given = [(one.guard, one.arn, one.resource, one.at) for one in identity.attachments]
        given += [(guard, identity.boundary, identity.address, identity.resource.at) for guard in exists]
        for guard, arns, address, beside in given:
            for _, arn in guard.elements(arns):
                name, at = missing_name(arn), position_of(arn) or beside
                if name and (at, name) not in told:
                    told.add((at, name))
                    here = "" if ":" in str(arn) else ", nor is it in this template"
                    yield Undecided(at, address, f"AWS had no managed policy {name} on {policies_date()}{here}")


def _together(apart: Way | None) -> str:
    if apart is None:
        return ""
    return f", together with {apart.grant.managed or apart.action.written}"
