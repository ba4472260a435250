"""What Terraform looks up or fetches by a name at each run: machine images by their age, modules by their source.

Sources: the AWS provider's documentation of `aws_ami`; Terraform's documentation of module sources and versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.delivery.origins import AWS_REPOSITORIES
from vetstack.delivery.pinning import pin_of_name
from vetstack.findings import Severity
from vetstack.guards import Guard
from vetstack.instances import walk
from vetstack.known_accounts import owner_of
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import ModuleCall, Resource, Template
from vetstack.values import Absent, Text, Unknown, Value
from vetstack.verdicts import Case

AMI_LOOKUP: Final = "data.aws_ami"
OWN_OWNERS: Final = frozenset({"amazon", "aws-marketplace", "self"})
"""Owners of images that are AWS, have been reviewed by AWS, or are the deploying account."""

DISTRIBUTIONS: Final = {
    "099720109477": "Canonical",
    "136693071363": "Debian",
    "309956199498": "Red Hat",
    "125523088429": "Fedora and CentOS",
    "792107900819": "Rocky Linux",
    "764336703387": "AlmaLinux",
    "013907871322": "SUSE",
    "075585003325": "Flatcar",
    "137112412989": "Amazon",
    "591542846629": "Amazon ECS",
    "602401143452": "Amazon EKS",
    "801119661308": "Amazon, for Windows",
}
"""Accounts that publish the images of operating systems, by the publishers' own documentation."""


def lookups(resource: Resource, exists: Guard) -> Iterator[Case]:
    """Images that are looked up, as cases: the newest of a stranger's is whatever they published last."""
    if resource.type != AMI_LOOKUP:
        return
    for guard, newest, at in walk(exists, resource, "most_recent"):
        for inner, owner, place in walk(guard, resource, "owners", "*"):
            yield _lookup(inner, exists, newest, owner, at, place)


def _lookup(guard: Guard, exists: Guard, newest: Value, owner: Value, at: Position, place: Position) -> Case:
    moves = isinstance(newest, Text) and newest.lower() == "true"
    if not moves or isinstance(owner, Unknown):
        return Case(None, guard, exists, at)
    if isinstance(owner, Absent):
        message = (
            "The newest image of that name is taken, from whichever account: anybody can publish one. "
            "Ask the vendor for `owners`, or for the image's id."
        )
        return Case("warning", guard, exists, at, message)
    if owner in OWN_OWNERS:
        return Case(None, guard, exists, at)
    publisher = DISTRIBUTIONS.get(str(owner))
    known = owner_of(str(owner))
    if known and known.aws:
        publisher = publisher or known.name
    name = publisher or (known.name if known else "")
    whose = f"account {owner} ({name})" if name else f"account {owner}"
    message = f"The newest image of {whose} is taken: what machines run changes when another one is published there."
    ask = "" if publisher else " Ask the vendor for the image's id."
    return Case("note" if publisher else "warning", guard, exists, place, f"{message}{ask}")


class Fetched(NamedTuple):
    """A module call whose source can change: how bad that is, and why."""

    severity: Severity
    at: Position
    address: str
    message: str


_REGISTRY: Final = Regex(r"(?:[\w.-]+\.[a-z]+/)?[\w-]+/[\w-]+/[\w-]+(?://.*)?")
_GIT: Final = Regex(r"git::|git@|github\.com/|bitbucket\.org/|gitlab\.com/|.*\.git(?:$|[/?])|hg::")
_ARCHIVE: Final = Regex(r"(?:s3::|gcs::)?https?://", re.IGNORECASE)
_EXACT: Final = Regex(r"=?\s*v?\d[\w.+-]*")
_OPEN_ENDED: Final = Regex(r">=?[^<,~]*")
"""A version constraint that admits every later release."""

_REF: Final = Regex(r"[?&](?:ref|rev|commit)=([^&]+)")


def module_calls(template: Template) -> Iterator[Fetched]:
    """Calls of modules that lie elsewhere and are not fixed to a version."""
    for call in template.modules:
        judged = _judged(call)
        if judged:
            yield Fetched(judged[0], call.at, call.address, judged[1])


def _judged(call: ModuleCall) -> tuple[Severity, str] | None:
    source = call.source
    if _GIT.match(source):
        return _of_git(source)
    if _REGISTRY.fullmatch(source):
        return _of_registry(call)
    if _ARCHIVE.match(source) and not re.search(r"versionId=|checksum=|\d+\.\d+", source):
        return "warning", (
            f"The module is fetched from {source}, and whoever may write there decides what it creates. "
            "Ask the vendor for a checksum, or for a version in a registry."
        )
    return None


def _of_git(source: str) -> tuple[Severity, str] | None:
    ref = _REF.search(source)
    pinned = pin_of_name(ref[1]) if ref else None
    if pinned and (pinned.pin in ("digest", "given") or any(one.isdigit() for one in pinned.by)):
        return None
    says = f'at "{pinned.by}"' if pinned else "without ?ref="
    of_aws = AWS_REPOSITORIES.match(re.sub(r"^(?:git::)?(?:https://|ssh://)?(?:git@)?", "", source).replace(":", "/"))
    return "note" if of_aws else "warning", (
        f"The module is fetched from {source} {says}: it is whatever was pushed there last. "
        "Ask the vendor for ?ref= with a commit or the tag of a version."
    )


def _of_registry(call: ModuleCall) -> tuple[Severity, str] | None:
    version = call.version
    if isinstance(version, Absent):
        return "warning", (
            f"The module {call.source} is called without a version: it is whatever was published there last. "
            "Ask the vendor for `version`."
        )
    if isinstance(version, Text) and not _EXACT.fullmatch(version.strip()):
        open_ended = _OPEN_ENDED.fullmatch(version.strip())
        return "warning" if open_ended else "note", (
            f'The module {call.source} is called with the version "{version}", which admits releases that nobody has '
            "looked at yet. Ask the vendor for one version."
        )
    return None
