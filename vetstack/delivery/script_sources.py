"""Judges the addresses in scripts: whose they are, what they are fixed to, and what is checked before they are run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.code.interface import Command, Script
from vetstack.code.simple import program_of
from vetstack.delivery.installs import Install
from vetstack.delivery.origins import (
    AWS_IMAGES,
    AWS_REPOSITORIES,
    Marked,
    address_in,
    has_mark,
    mark_of,
    owner_of_address,
)
from vetstack.delivery.pinning import pin_of_address
from vetstack.findings import Severity
from vetstack.regex import Regex
from vetstack.template import Template
from vetstack.values import Absent, Choice, Hole, Map, Unknown, Value, each

_ASSIGNED: Final = Regex(
    r"^[^\S\n]*(?:export\s+|local\s+|readonly\s+|set\s+)?([A-Za-z_]\w*)=([\"']?)([^\"'\n;`|&()]*)\2", re.MULTILINE
)
_IN_POWERSHELL: Final = Regex(
    r"^[^\S\n]*\$(?:env:|global:|script:)?(\w+)\s*=\s*[\"']([^\"'\n]+)[\"']", re.MULTILINE | re.IGNORECASE
)
_VARIABLE: Final = Regex(r"\$(?:env:)?(?:\{([A-Za-z_][\w:.]*)\}|([A-Za-z_]\w*))")
_DIGEST: Final = Regex(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{128}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40})(?![0-9A-Fa-f])")
BARE: Final = frozenset({"curl", "wget"})
"""Programs that take an address without a scheme for one of HTTP."""

_HERE: Final = Regex(
    r"(?:localhost|127\.\d+\.\d+\.\d+|169\.254\.\d+\.\d+|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+|\[::1\]|\[fd00:ec2::\w+\])(?::\d+)?(?:/|$)",
    re.IGNORECASE,
)

CHECKS: Final = frozenset(
    {
        "sha256sum",
        "sha512sum",
        "sha1sum",
        "shasum",
        "openssl",
        "get-filehash",
        "gpg",
        "gpg2",
        "gpgv",
        "cosign",
        "minisign",
    }
)
"""Programs that compare a file with a digest or a signature."""

SIGNATURES: Final = frozenset({"gpg", "gpg2", "gpgv", "cosign", "minisign", "get-authenticodesignature"})

STEPS: Final = 4
"""How often a variable is looked up inside another one's value."""


Judged = tuple[Severity, str]
"""How bad it is that something is run, and why, as a clause."""


class Reader:
    """Judges the sources of one script."""

    def __init__(self, script: Script, template: Template, commands: Sequence[Command]) -> None:
        self.script = script
        self.template = template
        self.commands = commands
        self.order = {command: number for number, command in reversed(list(enumerate(commands)))}
        self.checks = list(self._checks())
        self.holes = {hole.shown: hole for hole in _holes(script.value)}
        self.assigned = {name: value for name, _, value in _ASSIGNED.findall(script.text)}
        self.assigned |= dict(_IN_POWERSHELL.findall(script.text))

    def resolved(self, source: str) -> str:
        """A source with the script's own variables looked up."""
        for _ in range(STEPS):
            made = _VARIABLE.sub(self._value, source)
            if made == source or len(made) > 2_000:
                break
            source = made
        return source.strip("\"'")

    def _value(self, found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return self.assigned.get(name, found[0]) if name not in self.holes else found[0]

    def marked(self, source: str) -> Marked:
        """A source with marks for the holes of the template and for variables of the script that nobody can tell."""
        holes: list[Hole] = []

        def mark(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            holes.append(self.holes.get(name) or Hole("function", name))
            return mark_of(holes[-1], len(holes) - 1)

        return Marked(_VARIABLE.sub(mark, source), tuple(holes))

    def judged(self, source: str, command: Command, by: Command) -> Judged | None:
        """How bad it is that something is run, and why; None where it is nobody else's."""
        whole = self.marked(self.resolved(source))
        if not address_in(whole.text) and not has_mark(whole.text[:1]) and not whole.text.startswith("$"):
            whole = whole._replace(text=f"http://{whole.text}") if program_of(command.words) in BARE else whole
        return judge(whole, self.template, self._checked(command, by))

    def _checked(self, command: Command, by: Command) -> str:
        """What is checked between a download and its run: "digest", "signature", or nothing."""
        start = self.order.get(command, 0)
        end = self.order.get(by, len(self.order)) if by != command else len(self.order)
        return next((kind for number, kind in self.checks if start <= number <= end), "")

    def _checks(self) -> Iterator[tuple[int, str]]:
        """The commands that compare what was fetched with something, and with what."""
        digests = bool(_DIGEST.search(self.script.text))
        for number, one in enumerate(self.commands):
            programs = {program_of(one.words), *(program_of(words) for words in one.feeds)}
            if digests and programs & CHECKS:
                yield number, "digest"
            elif programs & SIGNATURES and any("verify" in word for word in one.words):
                yield number, "signature"

    def install(self, install: Install) -> Judged | None:
        """The same for an installation."""
        if not install.moves:
            return None
        if install.kind == "package":
            return "note", "it is whatever was published last"
        if install.kind == "moving":
            return "warning", "it is whatever was published last"
        if install.kind == "image":
            whole = self.marked(self.resolved(install.source))
            if AWS_IMAGES.match(whole.text) or any(hole.kind in ("own-account", "resource") for hole in whole.holes):
                return None
            return ("note" if has_mark(whole.text) else "warning"), "its tag moves, or there is none"
        source = re.sub(r"^(?:git\+)+", "", self.resolved(install.source))
        source = re.sub(r"^oci://", "https://", source)
        if "://" not in source and install.how.endswith("a version"):
            return "warning", "it is whatever was published last, and not on the public registry"
        judged = self.judged(source, install.command, install.command)
        cloned = AWS_REPOSITORIES.match(re.sub(r"^https?://|\.git$", "", source) + "/")
        return None if cloned else judged


def judge(whole: Marked, template: Template, checked: str = "") -> Judged | None:
    """How bad it is that what stands at an address is run, and why; None where it is nobody else's, or fixed.

    checked: "digest" or "signature", when that is compared first.
    """
    if has_mark(whole.text[:1]):
        return _given(whole)
    address = address_in(whole.text)
    if address is None or _HERE.match(address.host):
        return None
    owner, pinned = owner_of_address(address, whole, template), pin_of_address(address)
    if owner in ("own", "aws") or checked == "digest" or pinned.pin == "digest":
        return None
    if checked:
        return "note", "its signature is checked"
    if owner == "given" and address.bucket is not None:
        return "note", "whoever deploys says which bucket that is"
    if address.scheme == "http":
        return "error", "it is fetched without TLS, so anybody on the way can replace it"
    if pinned.pin == "version":
        return "note", "the address is named for a version, and what stands there can still be replaced"
    return "warning", "whoever may write there decides what is run"


def _given(whole: Marked) -> Judged | None:
    """What begins with something that only a deployment, or the script as it runs, knows."""
    first = whole.holes[0]
    rest = re.sub("\x01[^\x02]*\x02", "", whole.text)
    if first.kind == "resource" or "own-account" in {hole.kind for hole in whole.holes}:
        return None
    if first.kind != "parameter":
        return "note", "the script finds out what that is"
    return (
        ("warning", f"whoever {first} names decides what is run") if rest.strip("/") else ("note", f"{first} says what")
    )


def _holes(value: Value) -> Iterator[Hole]:
    """The holes anywhere in what a script was made of."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Unknown):
            yield from one.holes
        elif isinstance(one, Choice):
            waiting.extend(alternative.value for alternative in one.alternatives)
        elif isinstance(one, Map):
            waiting.extend(one.values())
        elif not isinstance(one, (str, Absent)):
            waiting.extend(each(one))
