"""How well what a template names is fixed, one kind of artifact at a time: as cases, each with what to say of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from vetstack.delivery.artifacts import ADDRESSES, DOCUMENTS, REPOSITORIES, Located, Named, images, located, objects
from vetstack.delivery.downloaded import downloaded_in
from vetstack.delivery.lookups import lookups
from vetstack.delivery.origins import (
    AWS_IMAGES,
    AWS_REPOSITORIES,
    Owner,
    address_in,
    has_mark,
    marked,
    owner_of_address,
    owner_of_name,
)
from vetstack.delivery.pinning import Pinned, pin_of_address, pin_of_image, pin_of_name
from vetstack.delivery.pipelines import PIPELINES, source_of
from vetstack.findings import Severity
from vetstack.guards import Guard
from vetstack.instances import walk
from vetstack.regex import Regex
from vetstack.template import Resource, Template
from vetstack.values import ABSENT, Absent, Text, Unknown, via_of
from vetstack.verdicts import Case, default_of

_ACCOUNT_IN_ARN: Final = Regex(r"arn:[^:]*:ssm:[^:]*:([^:]*):")
BODIES: Final = frozenset({"aws_cloudformation_stack", "aws_cloudformation_stack_set"})
_OF_LATEST: Final = frozenset({"$latest", ""})


def _images(template: Template, resource: Resource, exists: Guard) -> Iterator[Case]:
    for named in images(resource, exists):
        whole = marked(named.value)
        pinned = pin_of_image(whole.text)
        if re.search(r"[\s{]", whole.text.strip()) or not whole.text.strip() or pinned.pin in ("digest", "given"):
            yield Case(None, named.guard, exists, named.at)
            continue
        shown, own = str(named.value), owner_of_name(_registry(whole.text), whole, template) == "own"
        of_aws = AWS_IMAGES.match(whole.text) is not None
        if pinned.pin == "version":
            if of_aws or own:
                yield Case(None, named.guard, exists, named.at)
                continue
            message = f"The tag of the image {shown} can be moved; only a digest (@sha256:…) says which image that is."
            yield Case("note", named.guard, exists, named.value.at, message, named.value.via)
            continue
        says = f'goes by the tag "{pinned.by}"' if pinned.by else "has no tag, which means latest"
        message = (
            f"The image {shown} {says}: what runs is whatever was pushed there last. "
            "Ask the vendor for a digest (@sha256:…), or at least for the tag of a version."
        )
        severity: Severity = "note" if own or of_aws else _weighed(template, named)
        yield Case(severity, named.guard, exists, named.value.at, message, named.value.via)


def _registry(image: str) -> str:
    """What stands before the first slash of an image, or all of it."""
    return image.partition("/")[0]


def _objects(template: Template, resource: Resource, exists: Guard) -> Iterator[Case]:
    for named, key in objects(resource, exists):
        whole = marked(named.value)
        owner = owner_of_name(whole.text.rpartition(":::")[2], whole, template)
        given = isinstance(named.version, (Text, Unknown)) and str(named.version).strip()
        digest = isinstance(key, (Text, Unknown)) and pin_of_name(marked(key).text).pin == "digest"
        if given or digest or owner in ("own", "given", "aws") or not whole.text.strip():
            yield Case(None, named.guard, exists, named.at)
            continue
        where = f"{key} in the bucket {named.value}" if isinstance(key, (Text, Unknown)) else f"bucket {named.value}"
        message = (
            f"The code is {where}, without an object version: whoever may write to that bucket decides what the next "
            "deployment runs. Ask the vendor for the object's version, or copy the code to a bucket of your own."
        )
        severity = _weighed(template, named)
        yield Case(severity, named.guard, exists, named.at, message, (*via_of(named.value), *via_of(key)))


def _addresses(template: Template, resource: Resource, exists: Guard) -> Iterator[Case]:
    for place, named in located(resource, exists, ADDRESSES.get(resource.type, ())):
        whole = marked(named.value)
        address = address_in(whole.text)
        charts = place.version is not None
        if address is None or (charts and not isinstance(named.version, Absent)):
            yield Case(None, named.guard, exists, named.at)
            continue
        owner = owner_of_address(address, whole, template)
        pinned = Pinned("none", "") if charts else pin_of_address(address)
        severity = _of_address(template, pinned, owner, named)
        message = _about(place, named, pinned, owner)
        yield Case(severity, named.guard, exists, named.value.at, message, named.value.via)


def _of_address(template: Template, pinned: Pinned, owner: Owner, named: Named) -> Severity | None:
    if pinned.pin in ("digest", "given") or owner in ("own", "aws"):
        return None
    if owner == "given" and not (isinstance(named.value, Unknown) and _only_parameters(named.value)):
        return None
    return "note" if pinned.pin == "version" else _weighed(template, named)


def _only_parameters(value: Unknown) -> bool:
    """Whether all that is not written of an address is what parameters say, or where it is deployed."""
    return all(hole.kind in ("parameter", "own-region", "partition", "url-suffix") for hole in value.holes)


def _about(place: Located, named: Named, pinned: Pinned, owner: Owner) -> str:
    if place.version is not None:
        return (
            f"{place.called} comes from {named.value} without a version: it is whatever was published there last. "
            "Ask the vendor for one."
        )
    if pinned.pin == "version":
        return (
            f"{place.called} is {named.value}: the address is named for a version, and what stands there can still be "
            "replaced. A versionId would fix it."
        )
    says = f', which is named "{pinned.by}" and meant to change' if pinned.pin == "moving" else ""
    unless = " Unless that bucket is your own," if owner == "given" else ""
    return (
        f"{place.called} is {named.value}{says}:{unless.lower()} whoever may write there decides what each deployment "
        "and update creates. Ask the vendor to deliver it with this one, or for an address with a versionId."
    )


def _repositories(template: Template, resource: Resource, exists: Guard) -> Iterator[Case]:
    for place, named in located(resource, exists, REPOSITORIES.get(resource.type, ())):
        whole, version = marked(named.value), named.version
        address = address_in(whole.text)
        pinned = pin_of_name(marked(version).text) if isinstance(version, (Text, Unknown)) else Pinned("none", "")
        named_there = AWS_REPOSITORIES.match(f"{address.host}/{address.path}/") if address else None
        known = address is None or has_mark(address.host) or ".amazonaws.com" in address.host or named_there
        if known or (pinned.pin in ("digest", "version", "given") and not _is_branch(pinned)):
            yield Case(None, named.guard, exists, named.at)
        else:
            says = f'the branch "{pinned.by}"' if pinned.by else "its default branch"
            message = (
                f"{place.called} is {named.value} on {says}: every push there changes it. Ask the vendor for a commit "
                "or the tag of a version."
            )
            severity = _weighed(template, named)
            yield Case(severity, named.guard, exists, named.value.at, message, named.value.via)


def _pipelines(template: Template, resource: Resource, exists: Guard) -> Iterator[Case]:
    stages = PIPELINES.get(resource.type)
    for guard, action, at in walk(exists, resource, *stages) if stages else ():
        given = source_of(action)
        named = given.repository if given else None
        if given is None or not isinstance(named, Text) or AWS_REPOSITORIES.match(f"github.com/{named}/"):
            yield Case(None, guard, exists, at)
            continue
        branch = str(given.branch) if isinstance(given.branch, (Text, Unknown)) else "its default branch"
        message = (
            f"This pipeline deploys {named} from the branch {branch}: every push there changes what runs "
            "here. Ask the vendor for releases that you choose, or take the source from a repository of your own."
        )
        yield Case("warning", guard, exists, named.at, message, named.via)


def _bodies(template: Template, resource: Resource, exists: Guard) -> Iterator[Case]:
    """Templates of stacks that Terraform downloads."""
    if resource.type not in BODIES or "data.http" not in {one.type for one in template.resources.values()}:
        return
    for one in downloaded_in(template, resource, "template", ("template_body",)):
        address = address_in(one.whole.text) if one.whole else None
        pinned = pin_of_address(address).pin if address else "none"
        of_aws = one.whole and address and owner_of_address(address, one.whole, template) in ("aws", "own")
        severity: Severity | None = "note" if pinned == "version" else "warning"
        severity = None if of_aws or pinned == "digest" else severity
        message = (
            f"The template of this stack {one.fetched.said}: whoever may write there decides what each deployment and "
            "update creates. Ask the vendor to deliver it with this one."
        )
        yield Case(severity, one.guard, exists, one.at, message, (one.fetched.address,))


def _is_branch(pinned: Pinned) -> bool:
    return pinned.pin == "version" and not any(character.isdigit() for character in pinned.by)


def _documents(template: Template, resource: Resource, exists: Guard) -> Iterator[Case]:
    place = DOCUMENTS.get(resource.type)
    for _, named in located(resource, exists, (place,) if place else ()):
        whole = marked(named.value)
        account = _ACCOUNT_IN_ARN.match(whole.text)
        named_version = isinstance(named.version, (Text, Unknown)) and str(named.version).lower() not in _OF_LATEST
        if not account or named_version or not re.fullmatch(r"\d{12}", account[1]):
            yield Case(None, named.guard, exists, named.at)
            continue
        message = (
            f"The document {named.value} belongs to account {account[1]} and is used in its latest version: what it "
            "does on your machines is decided there. Ask the vendor for its version, or for the document itself."
        )
        severity = _weighed(template, named)
        yield Case(severity, named.guard, exists, named.value.at, message, named.value.via)


def _lookups(template: Template, resource: Resource, exists: Guard) -> Iterator[Case]:
    yield from lookups(resource, exists)


def _weighed(template: Template, named: Named) -> Severity:
    """What only another value of the very parameter that names it makes mutable, is the deployer's choice: a note."""
    given = {template.parameters[block].name for block in named.value.via if block in template.parameters}
    for name, literal, holds in named.guard.atoms:
        domain = named.guard.world.domains.get(name)
        if domain and domain.allowed is not None:
            continue  # the template itself offers that value
        default = default_of(template, name) if name in given else ABSENT
        if literal is not None and isinstance(default, Text) and (str(default) == literal) != holds:
            return "note"
    return "warning"


JUDGED: Final[tuple[Callable[[Template, Resource, Guard], Iterator[Case]], ...]] = (
    _images,
    _objects,
    _addresses,
    _repositories,
    _pipelines,
    _bodies,
    _documents,
    _lookups,
)
"""One cause each: what a resource has of a kind is one finding, the worst of it."""
