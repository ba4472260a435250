"""VET402: code that asks the metadata service without a token, and so needs version 1 of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from vetstack.carriers import carries_code
from vetstack.findings import Evidence, Finding
from vetstack.guards import when
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

if TYPE_CHECKING:
    from vetstack.code.metadata_calls import MetadataCall

SHOWN: Final = 4
"""Further lines that the evidence lists."""


class ImdsV1DependentCode(Rule):
    number = 402
    name = "imdsv1-dependent-code"
    severities = ("warning", "note")
    title = "A script asks the metadata service without a token"
    problem = """
        Version 2 of the instance metadata service answers only requests that carry a session token, which a PUT
        request to /latest/api/token gives out. A script of the template asks without one, as version 1 allowed.
        """
    danger = """
        Once tokens are required the script gets an error in place of an answer, often without stopping: an instance
        that does not know its own name, region or role. So whoever meets it in operation allows version 1 again, and
        with that anybody who can make the machine fetch a URL reads the credentials of its role.
        """
    remedy = """
        Ask the vendor to fetch a token first and to send it along, or to use what does so by itself: the AWS SDKs and
        CLI, `ec2-metadata`, `cloud-init query`. Then HttpTokens: required costs nothing.
        """
    before = """
        INSTANCE_ID=$(curl -s http://169.254.169.254/latest/meta-data/instance-id)
        """
    after = """
        TOKEN=$(curl -s -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)
        INSTANCE_ID=$(curl -s -H "X-aws-ec2-metadata-token: $TOKEN" http://169.254.169.254/latest/meta-data/instance-id)
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        if not carries_code(template):
            return
        from vetstack.code.metadata_calls import metadata_calls_in
        from vetstack.code.scripts import scripts_of

        by_resource: dict[str, list[MetadataCall]] = {}
        for script in scripts_of(template):
            for call in metadata_calls_in(script):
                by_resource.setdefault(script.resource, []).append(call)
        for address, found in by_resource.items():
            yield self._finding(template, address, found)

    def _finding(self, template: Template, address: str, found: Sequence[MetadataCall]) -> Finding:
        bare = [call for call in found if not call.token_known]
        first = min(bare or found, key=lambda call: (len(call.script.guard.atoms), call.at))
        resource = template.resources.get(address)
        guards = [guard for call in bare or found for guard in call.script.settings(call.at)]
        selected = when(guards, resource.exists if resource else (template.world.always,))
        where = f" ({first.script.file}, line {first.at.line})" if first.script.file else ""
        others = dict.fromkeys(
            Evidence(call.script.reported_at(call.at), "and here") for call in found if call.at != first.at
        )
        if not bare:
            message = (
                f"This asks {first.url} without a token{where}, in a script that fetches one: where it is no fallback, "
                "it fails once IMDSv2 is required."
            )
            return self.finding("note", first.script.reported_at(first.at), address, message, when=selected)
        message = (
            f"This asks {first.url} without a token{where}: it breaks once IMDSv2 is required, or is the reason that "
            "version 1 stays open. Ask the vendor to fetch a token first (X-aws-ec2-metadata-token)."
        )
        return self.finding(
            "warning", first.script.reported_at(first.at), address, message,
            when=selected, evidence=[*others][:SHOWN],
        )  # fmt: skip
