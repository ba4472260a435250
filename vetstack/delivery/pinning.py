"""What a reference to code is fixed to: a digest, a commit, a version, or a name that points elsewhere tomorrow.

Texts may hold the marks of `vetstack.delivery.origins`.
Sources: the OCI image reference grammar; S3's `versionId`; Terraform's module sources; GitHub's raw and archive URLs.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from vetstack.delivery.origins import Address, has_mark
from vetstack.records import NamedTuple
from vetstack.regex import Regex

Pin = Literal["digest", "version", "moving", "none", "given"]
"""digest: nobody can change what it means. version: a name that is meant to stay. moving: a name that is meant to
move, such as `latest`. none: nothing says which. given: whoever deploys says which."""

MOVING_NAMES: Final = frozenset(
    {
        "latest", "stable", "edge", "main", "master", "trunk", "develop", "dev", "nightly", "current", "head", "prod",
        "production", "release", "rolling", "canary", "beta", "alpha", "next", "snapshot", "staging", "test", "lts",
        "default", "newest", "$latest",
    }
)  # fmt: skip
"""Tags, branches and folders that are meant to move, in lower case."""

_DIGEST: Final = Regex(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})(?![0-9a-fA-F])")
_VERSION: Final = Regex(r"(?<![\d.])v?\d+(?:[._]\d+)+(?:[-+._][\w.+-]*)?", re.IGNORECASE)
_MAJOR: Final = Regex(r"v\d+(?:\.[a-z]+)?$", re.IGNORECASE)
_WORDS: Final = Regex(r"[\w$]+")
_TAGGED: Final = Regex(r":([^:/@]+)$")


class Pinned(NamedTuple):
    """How a reference is fixed, and the part of it that says so, as it is written; empty where nothing does."""

    pin: Pin
    by: str


def pin_of_name(name: str) -> Pinned:
    """What a tag, a branch or a folder fixes."""
    if _DIGEST.search(name):
        return Pinned("digest", name)
    if has_mark(name):
        return Pinned("given", name)
    words = _WORDS.findall(name.lower().replace("_", " "))
    if any(word in MOVING_NAMES for word in words) and not re.search(r"\d+[._]\d", name):
        return Pinned("moving", name)
    return Pinned("version", name)


def pin_of_image(image: str) -> Pinned:
    """What a container image is fixed to: its digest or its tag."""
    name, at, _ = image.strip().partition("@")
    if at:
        return Pinned("digest", image)
    tag = _TAGGED.search(name.rpartition("/")[2])
    if tag:
        return pin_of_name(tag[1])
    return Pinned("given", "") if has_mark(name) and name.endswith("\x02") and "/" not in name else Pinned("none", "")


def pin_of_address(address: Address) -> Pinned:
    """What an address is fixed to: an object version, a digest, a commit, or a folder or file named for a version."""
    if re.search(r"(?:^|&)versionid=", address.query, re.IGNORECASE):
        return Pinned("digest", address.query)
    if _DIGEST.search(address.path):
        return Pinned("digest", address.path)
    segments = [segment for segment in address.path.split("/") if segment]
    latest = next((one for one in segments if "latest" in one.lower()), None)
    version = next((one for one in segments if _VERSION.search(one) or _MAJOR.match(one)), None)
    moving = latest or (None if version else next((one for one in segments if _moves(one)), None))
    if moving:
        return Pinned("moving", moving)
    if version:
        return Pinned("version", version)
    return Pinned("given", address.path) if has_mark(address.path) else Pinned("none", "")


def _moves(segment: str) -> bool:
    """Whether a folder or a file is named for what moves: `main`, `stable.yaml`."""
    return re.sub(r"(?:\.[a-z]\w{0,4}){1,2}$", "", segment.lower()) in MOVING_NAMES
