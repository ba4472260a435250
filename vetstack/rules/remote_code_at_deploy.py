"""VET601: code that is fetched and run while the template is deployed, so that nobody has reviewed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from vetstack.carriers import carries_code, runs_documents
from vetstack.findings import SEVERITIES, Evidence, Finding
from vetstack.guards import when
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template
from vetstack.values import Text

if TYPE_CHECKING:
    from vetstack.delivery.remote_code import Remote

SHOWN: Final = 4
"""Further downloads of one resource that the evidence lists."""


class RemoteCodeAtDeploy(Rule):
    number = 601
    name = "remote-code-at-deploy"
    severities = ("error", "warning", "note")
    title = "Code is downloaded and run while this is deployed"
    problem = """
        A script of the template fetches a program and runs it: `curl … | bash` in any of its spellings, an installer
        that is saved and started, a package at an address, a repository that is cloned and built. The template says
        where it is from, and not what it is: no version, digest or signature is checked.
        """
    danger = """
        The script usually runs as root, with the role of the machine. Whoever controls the address controls it: an
        attacker inside the vendor, whoever buys the domain later and, without TLS, anybody on the way. The server can
        answer a reviewer with one script and the next instance with another one.
        """
    remedy = """
        Ask the vendor for an image or a package that is fixed: a machine image, a package of a signed repository, an
        object with its version. If a script has to be fetched, let the template name a version of it and compare its
        digest before it is run (`sha256sum --check`), so that a changed script ends in a failed deployment.
        """
    before = """
        UserData: !Base64 |
          #!/bin/bash
          curl -sSL https://get.northwind.example/install.sh | bash
        """
    after = """
        UserData: !Base64 |
          #!/bin/bash
          curl -sSLo install.sh https://get.northwind.example/1.8.2/install.sh
          echo "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  install.sh" | sha256sum -c || exit 1
          bash install.sh
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        yield from self._given(template)
        if not carries_code(template):
            return
        from vetstack.delivery.remote_code import remote_code

        for address, every in remote_code(template).items():
            found = [remote for remote in every if not remote.scheduled]
            if found:
                yield self._finding(template, address, found)

    def _finding(self, template: Template, address: str, found: Sequence[Remote]) -> Finding:
        severity = next(one for one in SEVERITIES if any(remote.severity == one for remote in found))
        alike = [remote for remote in found if remote.severity == severity]
        first = min(alike, key=lambda remote: (len(remote.guards[0].atoms), remote.at))
        guards = [guard for remote in alike for guard in remote.guards]
        selected = when(guards, [template.world.always])
        begin = f"{first.source[:1].upper()}{first.source[1:]}" if " " in first.source else first.source
        message = f"{begin} is fetched by {first.where} and {first.how}: {first.reason}. {_ask(severity)}"
        others = dict.fromkeys(
            Evidence(one.reported_at, f"{one.source} is {one.how}") for one in found if one.at != first.at
        )
        also = through(template, first)
        return self.finding(
            severity, first.reported_at, address, message, also=also, when=selected, evidence=[*others][:SHOWN]
        )

    def _given(self, template: Template) -> Iterator[Finding]:
        """Documents of AWS that run code from an address which they are given, once."""
        if not runs_documents(template):
            return
        from vetstack.delivery.runbooks import given_code

        for given in given_code(template):
            if not given.scheduled:
                message = (
                    f"{given.document} runs {given.source} on machines when this is deployed: whoever may write there "
                    f"decides what is run. {_ask('warning')}"
                )
                selected = when([given.guard], [template.world.always])
                yield self.finding("warning", given.at, given.resource, message, also=given.via, when=selected)


def through(template: Template, remote: Remote) -> list[str]:
    """The parameters that a source comes through: their default is part of it, or their name still is."""
    found: list[str] = []
    for block in remote.via:
        parameter = template.parameters.get(block)
        default = parameter.default if parameter else None
        known = isinstance(default, Text) and bool(default) and str(default) in remote.source
        named = parameter is not None and (
            f"${{{parameter.name}}}" in remote.source or f"${{{block}}}" in remote.source
        )
        found += [block] if known or named else []
    return found


def _ask(severity: str) -> str:
    if severity == "note":
        return "A digest in the script would fix it."
    return "Ask the vendor for a version of it whose digest the script checks, or for an image that has it."
