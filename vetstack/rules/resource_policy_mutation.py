"""VET304: an identity that may change who else has access to resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vetstack.findings import SEVERITIES, Evidence, Finding, Severity
from vetstack.guards import when
from vetstack.iam.held import (
    Held,
    actions_said,
    blocks_of,
    held_by,
    is_whole,
    on_everything,
    place_of,
    where_said,
)
from vetstack.iam.holders import Holder, Told, holders
from vetstack.iam.permissions import elsewhere
from vetstack.iam.sharing import openings
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template


class ResourcePolicyMutation(Rule):
    number = 304
    name = "resource-policy-mutation"
    severities = ("warning", "note")
    title = "Somebody may decide who else has access"
    problem = """
        The template lets an identity use actions outside of IAM that give access to others, on everything of their
        kind: bucket policies, key policies and grants, policies of secrets, functions, queues and repositories,
        snapshots and images, resource shares, access entries of clusters, members of directories. On a bucket or a
        queue that the template itself makes, or under a name or a prefix, this is not reported. What a tag or another
        condition on the resource holds back is a note, and so are actions that give away little; settings of queues,
        topics and domains that decide it among much else are more only where an outside account may change them.
        """
    danger = """
        A resource policy can let in an account that no role of yours mentions. Whoever takes over this identity puts
        their own account into the policy of a bucket or a key, reads everything from there, and stays when the role is
        deleted, the stack is removed and the vendor has changed all keys. In IAM nothing looks different.
        """
    remedy = """
        Ask for the policies to be written in the template, where you can read whom they let in. Where the product sets
        them at run time, ask for the resources that it makes itself, by reference, prefix or tag. For grants on keys
        that AWS services need, a `kms:GrantIsForAWSResource` condition is enough.
        """
    before = """
        - Effect: Allow
          Action: [s3:PutBucketPolicy, kms:CreateGrant]
          Resource: "*"
        """
    after = """
        - Effect: Allow
          Action: s3:PutBucketPolicy
          Resource: !GetAtt ExportBucket.Arn
        - Effect: Allow
          Action: kms:CreateGrant
          Resource: !GetAtt ExportKey.Arn
          Condition:
            Bool:
              kms:GrantIsForAWSResource: true
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        told = Told()
        for holder in holders(template):
            found = held_by(holder, openings(), on_everything)
            stranger = bool(found) and holder.outside(template, settings)
            judged = [(severity_of(one, holder.of_services, stranger), one) for one in found]
            # of a service in which everything is little, nothing little is worth a word
            judged = [(severity, one) for severity, one in judged if severity != "note" or not is_whole(one.way.action)]
            if judged:
                finding = self._reported(holder, holder.who(template, settings), judged)
                if told.is_news(holder, finding.when, finding.places):
                    yield finding

    def _reported(self, holder: Holder, who: str, judged: Sequence[tuple[Severity, Held]]) -> Finding:
        severity = min((one for one, _ in judged), key=SEVERITIES.index)
        worst = sorted((one for judgement, one in judged if judgement == severity), key=_order)
        first = min(worst, key=lambda one: (len(one.way.guard.atoms), _order(one)))
        place = place_of(first, worst)
        return self.finding(
            severity,
            place,
            holder.address,
            _message(who, severity, first, worst),
            also=blocks_of(worst),
            when=when([one.way.guard for one in worst], holder.exists),
            evidence=[Evidence(at, f"allows {one}") for at, one in elsewhere(first, worst) if at != place],
        )


def severity_of(held: Held, of_services: bool, stranger: bool) -> Severity:
    """How bad one action is. of_services: whether only AWS's services may use it; stranger: whether outsiders may."""
    opening = openings()[held.action]
    little = opening == "little" or (opening == "copies" and of_services) or (opening == "settings" and not stranger)
    return "note" if held.way.limit or little else "warning"


def _order(held: Held) -> int:
    return list(openings()).index(held.action)


def _message(who: str, severity: Severity, first: Held, worst: Sequence[Held]) -> str:
    may = f"{who[0].upper()}{who[1:]} may use {actions_said(first, worst)}"
    if first.way.limit:
        return f"{may}, held back only by {first.way.limit.said}. Check what that lets through."
    may = f"{may} on {where_said(first, worst)}"
    if severity == "note":
        return f"{may}: it can give others access there. Ask the vendor what it is for."
    if openings()[first.action] == "members":
        return (
            f"{may}: that makes new ways into the account, which no template shows. Ask the vendor whom the product has"
            " to let in, and for that to be set up where you can read it."
        )
    return (
        f"{may}: it can let any account in there, and whoever is let in stays when the stack is gone. Ask the vendor"
        " to write these policies in the template, or for the resources that the product itself makes."
    )
