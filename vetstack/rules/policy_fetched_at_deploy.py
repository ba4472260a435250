"""VET604: permissions that are in no file of the delivery: they arrive while it is deployed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vetstack.carriers import carries_code
from vetstack.findings import Finding
from vetstack.guards import Guard, when
from vetstack.iam.documents import read_document
from vetstack.records import NamedTuple
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template
from vetstack.values import Unknown, Value

if TYPE_CHECKING:
    from vetstack.delivery.fetched import Fetched

GRANTS: Final = frozenset(
    f"iam:{name}"
    for name in (
        "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreatePolicy", "CreatePolicyVersion",
        "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy",
    )
) | {"sso:PutInlinePolicyToPermissionSet"}  # fmt: skip
"""Calls that give a permission to somebody: what they are given is the permission."""

ANSWERED_BY: Final = frozenset({"external", "generated", "resource"})
"""Kinds of holes for which something that the template deploys or asks may answer."""


class PolicyFetchedAtDeploy(Rule):
    number = 604
    name = "policy-fetched-at-deploy"
    severities = ("warning",)
    title = "Permissions are fetched while the template is deployed"
    problem = """
        A policy of the template, or what it allows, is not in it: it is downloaded from an address, answered by a
        custom resource or by a vendor's provider, or code of the template asks the vendor for it and attaches what it
        is told. Nobody who reads the template can say what will be allowed.
        """
    danger = """
        The vendor, or whoever has taken over the vendor's server, writes the policy at the moment of deployment, and
        another one at the next update. Every review of the template passes, today and after the answer has become
        `"Action": "*"`. Where the download is not verified, somebody on the way can do the same.
        """
    remedy = """
        Ask the vendor to write the policy into the template, and to hand out a new version when it changes. What is
        long can be a file beside it. Where an answer has to be fetched, let it choose between policies that the
        template holds, and put a permissions boundary on whatever gets them.
        """
    before = """
        data "http" "policy" {
          url = "https://northwind.example/aws/policy.json"
        }
        resource "aws_iam_policy" "collector" {
          policy = data.http.policy.response_body
        }
        """
    after = """
        resource "aws_iam_policy" "collector" {
          policy = file("${path.module}/policy.json")
        }
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        grouped: dict[tuple[str, str], list[_Part]] = {}
        for part in _parts(template):
            grouped.setdefault((part.resource, part.fetched.address), []).append(part)
        for (address, _), parts in grouped.items():
            first = parts[0]
            also = [name for part in parts for name in (part.fetched.address, *part.value.via)]
            message = (
                f"{first.what} {first.fetched.said} when this is deployed, so what was reviewed is not what will be "
                "allowed. Ask the vendor to write it into the template."
            )
            selected = when([part.guard for part in parts], [template.world.always])
            yield self.finding("warning", first.value.at, address, message, also=also, when=selected)
        if carries_code(template):
            yield from self._in_code(template)

    def _in_code(self, template: Template) -> Iterator[Finding]:
        """Code that asks a server what to allow, and grants what it is told."""
        from vetstack.code.reported import evidence_of, made_by, named
        from vetstack.delivery.answers import takes_answer

        known: dict[int, set[str]] = {}
        for resource, every in made_by(template, GRANTS):
            made = [one for one in every if takes_answer(one.call, one.script, known)]
            if not made:
                continue
            first = min(made, key=lambda one: (len(one.script.guard.atoms), one.at))
            who = first.where[:1].upper() + first.where[1:]
            message = (
                f"{who} grants what a server answers at that moment: {named(made)}. What will be allowed is "
                "in no file. Ask the vendor to write the policy into the template."
            )
            selected = when([guard for one in made for guard in one.guards], [template.world.always])
            evidence = evidence_of(made, first.call.at)
            yield self.finding("warning", first.at, resource.address, message, when=selected, evidence=evidence)


class _Part(NamedTuple):
    """Something of a policy that is fetched. what: how a message begins."""

    resource: str
    value: Unknown
    guard: Guard
    what: str
    fetched: Fetched


def _parts(template: Template) -> Iterator[_Part]:
    """Everything of the template's policies that is fetched, on the block that holds it; each once."""
    seen: set[tuple[int, Guard]] = set()
    for policy in template.policies.values():
        for exists in policy.resource.exists:
            seen.add((id(policy.document), exists))
            yield from _of_document(template, policy.resource.address, policy.document, exists, "This policy")
    for identity in template.identities.values():
        for exists in identity.resource.exists:
            yield from _of_document(template, identity.address, identity.trust, exists, "The trust policy")
        for held in identity.attachments:
            if any(block in template.policies for block in (held.resource, *held.via)):
                continue
            if (id(held.document), held.guard) not in seen:
                seen.add((id(held.document), held.guard))
                yield from _of_document(template, held.resource, held.document, held.guard, "This policy")
            for guard, arn in held.guard.elements(held.arn):
                yield from _fetched(template, held.resource, arn, guard, "The policy that is attached here")


def _of_document(template: Template, address: str, document: Value, given: Guard, what: str) -> Iterator[_Part]:
    read = read_document(document, given)
    for guard, unknown in read.unseen:
        yield from _fetched(template, address, unknown, guard, what)
    for statement in read.statements if what == "This policy" else ():
        for name in ("Action", "NotAction") if statement.effect == "Allow" else ():
            for guard, action in statement.guard.elements(statement.part(name)):
                yield from _fetched(template, address, action, guard, "What this policy allows")


def _fetched(template: Template, address: str, value: Value, guard: Guard, what: str) -> Iterator[_Part]:
    if not isinstance(value, Unknown) or all(hole.kind not in ANSWERED_BY for hole in value.holes):
        return
    from vetstack.delivery.fetched import fetched_in  # hardly a policy has such a hole

    fetched = fetched_in(value, template)
    if fetched:
        yield _Part(address, value, guard, what, fetched)
