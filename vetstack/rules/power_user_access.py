"""VET202: an identity that may use nearly every service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Finding, Severity
from vetstack.guards import when
from vetstack.iam.breadth import Sweep, blocks_of, by_cause, said_of
from vetstack.iam.holders import Holder, Told, holders
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

ASK: Final = "Ask the vendor for a policy that lists the actions the product calls, on the resources it uses."


class PowerUserAccess(Rule):
    number = 202
    name = "power-user-access"
    severities = ("error", "note")
    title = "Somebody may use nearly every service of the account"
    problem = """
        The template grants most of AWS's actions on every resource and only leaves out a few, IAM among them: by the
        managed policy PowerUserAccess or one as wide, or by a NotAction such as `iam:*` and `organizations:*`. Deny
        statements without a condition, permissions boundaries and narrow resources are taken into account.
        """
    danger = """
        Without IAM the holder still reads every bucket, table and secret, deletes data and backups, and stops the
        logs. And IAM is not out of reach: code put into an existing Lambda function, a command sent to an instance or
        a change set of an existing stack runs with the role that is already there, which may be an administrator's. A
        breach of the vendor is a breach of everything that the account holds.
        """
    remedy = """
        Ask for a policy that lists what the product calls, on the resources that it works with. For a product that
        only looks at the configuration, the managed policies SecurityAudit or ViewOnlyAccess are enough.
        """
    before = """
        OperatorRole:
          Type: AWS::IAM::Role
          Properties:
            Policies:
              - PolicyName: operate
                PolicyDocument:
                  Version: "2012-10-17"
                  Statement:
                    - Effect: Allow
                      NotAction: ["iam:*", "organizations:*"]
                      Resource: "*"
        """
    after = """
        OperatorRole:
          Type: AWS::IAM::Role
          Properties:
            Policies:
              - PolicyName: operate
                PolicyDocument:
                  Version: "2012-10-17"
                  Statement:
                    - Effect: Allow
                      Action: [ec2:StartInstances, ec2:StopInstances]
                      Resource: "*"
                      Condition:
                        StringEquals:
                          aws:ResourceTag/managed-by: acme
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        told = Told()
        for holder in holders(template):
            for group in by_cause(sweep for sweep in holder.sweeps if not sweep.lead):
                finding = self._swept(template, settings, holder, group)
                if told.is_news(holder, finding.when, [finding.at]):
                    yield finding

    def _swept(self, template: Template, settings: Settings, holder: Holder, group: list[Sweep]) -> Finding:
        worst = min(group, key=lambda sweep: sweep.limit is not None)
        found = [sweep.guard for sweep in group if (sweep.limit is None) == (worst.limit is None)]
        who = holder.who(template, settings)
        if worst.limit:
            message = f"Only {worst.limit.said} keeps {who} from using nearly every service. {ASK}"
        else:
            message = (
                f"{said_of(worst)} lets {who} use nearly every service but IAM: read and delete all data, and run code "
                f"as roles that are already there. {ASK}"
            )
        severity: Severity = "note" if worst.limit else "error"
        at, also = worst.selection.at, blocks_of(worst)
        return self.finding(severity, at, holder.address, message, also=also, when=when(found, holder.exists))
