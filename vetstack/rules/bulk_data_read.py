"""VET204: an identity that may read the data of the whole account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.findings import Evidence, Finding, Severity
from vetstack.guards import Guard, when
from vetstack.iam.data_reads import Kind, data, lesser
from vetstack.iam.holders import Holder, Told, holders
from vetstack.iam.permissions import Way
from vetstack.iam.purpose import acts_for_itself, is_in_its_place, services_of
from vetstack.iam.reach import Spoken
from vetstack.iam.selections import few
from vetstack.iam.unscoped import on_everything, on_what
from vetstack.records import NamedTuple
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Identity, Template

ASK: Final = "Ask the vendor for the {} that the product reads, by name or by tag."
AUDIT: Final = "To look at how things are set up, SecurityAudit or ViewOnlyAccess is enough."

ASK_WHY: Final = "Ask the vendor which of them the product needs."

MANY: Final = 4
"""Kinds of data from which on a policy reads all there is, and another policy is wanted rather than a narrower one."""

PLACES: Final = 4
"""Other statements that a finding points at."""

OBJECTS: Final = "objects in S3"

HOLDING: Final = {
    OBJECTS: "buckets",
    "secrets": "secrets",
    "items in DynamoDB": "tables",
    "parameters of Systems Manager": "parameters",
    "messages in queues": "queues",
    "records in streams": "streams",
    "snapshots of disks": "snapshots",
    "databases": "databases",
    "search indexes": "domains and collections",
    "query results of Athena": "workgroups",
    "source code": "repositories",
    "video": "streams",
}
"""What data of a kind is in, as one asks for it."""


class Read(NamedTuple):
    """One action that returns data of a kind, in a setting, through a way."""

    action: str
    kind: Kind
    guard: Guard
    way: Way


class BulkDataRead(Rule):
    number = 204
    name = "bulk-data-read"
    severities = ("warning", "note")
    title = "Somebody may read the data of the whole account"
    problem = """
        The template lets an identity read data, not only how things are set up, and on everything of a kind: objects
        of every bucket, items of every table, every secret, parameter, queue or stream. An inline policy can do that
        with `s3:GetObject` on `*`; the managed policies ReadOnlyAccess and AmazonS3ReadOnlyAccess do it although
        they are called read-only. Log events, code and what keys encrypt are a note when they are all there is, and so
        is what an AWS service reads with a role that runs nobody's code. What a condition on a tag or a calling service
        confines is left out, as is a policy of AWS's on the role of the service that it is made for.
        """
    danger = """
        Reading is all that an attacker needs to take what the account is for: customer records, backups, passwords in
        parameters. A breach of the vendor then has to be reported as a breach of this data, and nobody can say
        which of it was read, because reads of data are seldom logged.
        """
    remedy = """
        Ask which buckets, tables or queues the product reads, and allow those. For a product that looks at the
        configuration, the managed policies SecurityAudit or ViewOnlyAccess leave the data out.
        """
    before = """
        AuditRole:
          Type: AWS::IAM::Role
          Properties:
            ManagedPolicyArns:
              - arn:aws:iam::aws:policy/ReadOnlyAccess
        """
    after = """
        AuditRole:
          Type: AWS::IAM::Role
          Properties:
            ManagedPolicyArns:
              - arn:aws:iam::aws:policy/SecurityAudit
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        told = Told()
        for holder in holders(template):
            reads = list(_reads(holder))
            for policy in dict.fromkeys(one.way.grant.managed for one in reads):
                found = [one for one in reads if one.way.grant.managed == policy]
                finding = self._found(template, settings, holder, policy, found)
                if finding and told.is_news(holder, finding.when, [finding.at, *(e.at for e in finding.evidence)]):
                    yield finding

    def _found(
        self, template: Template, settings: Settings, holder: Holder, policy: str | None, found: list[Read]
    ) -> Finding | None:
        proper = [one for one in found if one.kind in data()]
        if policy and proper and not _is_too_much(policy, holder, proper):
            return None
        by_aws = isinstance(holder.subject, Identity) and acts_for_itself(holder.subject)
        severity: Severity = "warning" if proper and not by_aws else "note"
        return self._reported(template, settings, holder, policy, proper or found, severity)

    def _reported(
        self,
        template: Template,
        settings: Settings,
        holder: Holder,
        policy: str | None,
        found: Sequence[Read],
        severity: Severity,
    ) -> Finding:
        first = found[0] if policy else min(found, key=lambda one: (len(one.guard.atoms), one.way.action.at))
        at = first.way.grant.attachment.at if policy else first.way.action.at
        kinds = _kinds(found)
        who = holder.who(template, settings)
        actions = list(dict.fromkeys(one.action for one in found))
        does = policy or f"{few(actions)} on {on_what(one.way.resource for one in found)}"
        count = f" ({len(actions)} actions)" if policy and len(actions) > 1 else ""
        verb = "lets" if policy or len(actions) == 1 else "let"
        message = f"{does} {verb} {who} read {few(kinds, 'kinds of data')} across the account{count}. "
        others = {one.way.action.at: one for one in reversed(found) if not policy}
        return self.finding(
            severity,
            at,
            holder.address,
            message + _ask(kinds),
            also=[block for one in found for block in (*one.way.grant.blocks, *one.way.action.via)],
            when=when([one.guard for one in found], holder.exists),
            evidence=[
                Evidence(place, f"{one.action} on {on_what([one.way.resource])}")
                for place, one in sorted(others.items(), key=lambda item: item[0])
                if place != at
            ][:PLACES],
        )


def _ask(kinds: Sequence[str]) -> str:
    if len(kinds) >= MANY:
        return AUDIT
    named = list(dict.fromkeys(HOLDING[kind] for kind in kinds if kind in HOLDING))
    return ASK.format(" and ".join(filter(None, (", ".join(named[:-1]), named[-1])))) if named else ASK_WHY


def _reads(holder: Holder) -> Iterator[Read]:
    """What a holder may read of all there is of a kind, what rules on whole services say aside."""
    spoken = Spoken(holder)
    for kind in (*data(), *lesser()):
        for action in kind.reads:
            for way in on_everything(holder.grants, action):
                if not way.limit:
                    yield from (Read(action, kind, guard, way) for guard in spoken.left(action, way))


def _is_too_much(policy: str, holder: Holder, found: Sequence[Read]) -> bool:
    """Whether one of AWS's policies reads more than AWS means its holder to read.

    A service may have the policy that is made for it. Where it runs code, and for any other policy of a machine, what
    cannot be found without knowing its name, and one stream or queue of events, is no reading of all there is.
    """
    identity = holder.subject
    if not isinstance(identity, Identity) or services_of(identity) is None:
        return True
    kinds = _kinds([one for one in found if _can_find(holder, one.kind)])
    if is_in_its_place(policy, identity):
        return not acts_for_itself(identity) and (len(kinds) > 1 or kinds == [OBJECTS])
    return bool(kinds)


def _can_find(holder: Holder, kind: Kind) -> bool:
    """Whether a holder may also ask what there is to read, so that it has to know no names."""
    return any(next(holder.grants.ways(action), None) for action in kind.finds)


def _kinds(found: Sequence[Read]) -> list[str]:
    return list(dict.fromkeys(one.kind.what for one in found))
