"""Values that are answered at deployment by something outside the template: a URL, a program, a vendor's provider.

Sources: Terraform's documentation of the http, external and aws providers; CloudFormation user guide, custom resources.
"""

from __future__ import annotations

from typing import Final

from vetstack.instances import walk
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Resource, Template, resource_of
from vetstack.values import Hole, Text, Unknown

_DATA: Final = Regex(r"(?:^|\.)data\.([\w-]+)\.[\w-]+")
_RESOURCE: Final = Regex(r"(?:^|\.)([a-z][a-z0-9]*_\w+)\.[\w-]+(?:\[[^\]]*\])?$")

OF_DATA: Final = {
    "http": "is downloaded from {where}",
    "external": "is what a program answers ({address})",
    "aws_s3_object": "is read from an object in a bucket ({address})",
    "aws_s3_bucket_object": "is read from an object in a bucket ({address})",
    "aws_lambda_invocation": "is what a function answers ({address})",
}
"""Data sources that fetch, and how a message goes on from what they give."""

OWN_SOURCES: Final = frozenset(
    {"aws", "awscc", "local", "template", "archive", "null", "terraform", "random", "time", "tls", "cloudinit"}
)
"""Beginnings of types, of data sources and of resources, that no vendor answers for."""

ANSWERED: Final = {
    "AWS::CloudFormation::CustomResource": "is what the custom resource {address} answers",
    "aws_lambda_invocation": "is what a function answers ({address})",
}
CUSTOM: Final = "Custom::"


class Fetched(NamedTuple):
    """A block that answers, and how a message goes on from what it answers."""

    address: str
    said: str


def fetched_in(value: Unknown, template: Template) -> Fetched | None:
    """What answers for a part of a value; None where the template, AWS or whoever deploys does."""
    found = (fetched_by(hole, template) for hole in value.holes)
    return next((one for one in found if one), None)


def fetched_by(hole: Hole, template: Template) -> Fetched | None:
    """What answers for a hole, when that is something outside."""
    address = resource_of(hole.name)
    if hole.kind == "external":
        return _of_data(address, template)
    if hole.kind == "generated":
        found = _RESOURCE.search(address)
        provider = found[1].partition("_")[0] if found else ""
        return _of_provider(address, provider)
    resource = template.resource_at(address) if hole.kind == "resource" else None
    if resource is None or "#" not in hole.name:
        return None
    said = ANSWERED.get("AWS::CloudFormation::CustomResource" if resource.type.startswith(CUSTOM) else resource.type)
    return Fetched(address, said.format(address=address)) if said else None


def _of_data(address: str, template: Template) -> Fetched | None:
    found = _DATA.search(address)
    if found is None:
        return None
    said = OF_DATA.get(found[1])
    if said is None:
        return _of_provider(address, found[1].partition("_")[0])
    source = template.resource_at(address)
    return Fetched(address, said.format(address=address, where=_url(source) or f"a URL ({address})"))


def _of_provider(address: str, provider: str) -> Fetched | None:
    if not provider or provider in OWN_SOURCES:
        return None
    return Fetched(address, f"is what the provider {provider} answers ({address})")


def _url(source: Resource | None) -> str | None:
    for exists in source.exists if source else ():
        for _, url, _ in walk(exists, source, "url") if source else ():
            if isinstance(url, (Text, Unknown)):
                return str(url)
    return None
