"""Whose an address is that code or a template is fetched from: the customer's, whoever's they say, AWS's, a vendor's.

Addresses are texts of which parts may be known at deployment only, such as `https://${Bucket}.s3.amazonaws.com/…`.
Sources: S3 user guide, virtual hosting of buckets; AWS's own installation guides for the buckets that they name.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Template, resource_of
from vetstack.values import Hole, Text, Unknown, pieces_of

Owner = Literal["own", "given", "aws", "vendor"]
"""own: made in the deploying account. given: whoever deploys says whose. vendor: a fixed name that is nobody else's."""

_OPEN, _CLOSE = "\x01", "\x02"
_MARK: Final = Regex("\x01([^\x02]*)\x02")
_S3_HOST: Final = Regex(
    "(?:(?P<bucket>.+)\\.)?s3(?:-website)?(?:[.-](?:[a-z0-9]+|\x01[^\x02]*\x02))*"
    "\\.(?:amazonaws\\.com(?:\\.cn)?|\x01[^\x02]*\x02)"
)
_SCHEME: Final = Regex(r"(s3|https?|ftp)://", re.IGNORECASE)

OWN_KINDS: Final = frozenset({"own-account", "stack-name", "stack-id", "import", "generated"})
"""Kinds of holes in a bucket's name that make it one of the deploying account."""

GIVEN_KINDS: Final = frozenset({"parameter", "reference", "external", "function", "applied", "widened"})
"""Kinds of holes that whoever deploys fills, or that the template does not show."""

ANSWERED: Final = ("Custom::", "AWS::CloudFormation::CustomResource")
"""Beginnings of types whose attributes are what some code answers."""

AWS_HOSTS: Final = Regex(
    r"(?:[\w.-]+\.)?(?:aws\.amazon\.com|amazonaws\.com|amazonaws\.com\.cn|awsstatic\.com|aws\.dev)"
    r"|cdn\.amazonlinux\.com|amazonlinux\.default\.amazonaws\.com|d1wk0tztpsntt1\.cloudfront\.net"
)
"""Hosts of AWS, buckets of S3 aside: those under amazonaws.com are whoever's the bucket is."""

AWS_BUCKETS: Final = Regex(
    r"(?:amazoncloudwatch-agent|amazon-cloudwatch-agent|amazon-ssm|amazon-ssm-packages|aws-ssm|aws-codedeploy"
    r"|amazon-ecs-agent|amazon-eks|aws-cli|ec2metadata|cloudformation-examples|cloudformation-templates"
    r"|ec2-downloads-windows|ec2-windows-drivers|aws-xray-assets|aws-elasticbeanstalk-support|ec2imagebuilder-toe"
    r"|ec2imagebuilder|aws-quickstart|aws-ia|solutions|amazon-guardduty-agent|inspector-agent|aws-greengrass"
    r"|session-manager-downloads|amazon-cloudformation-custom-resource-response|aws-windows-downloads"
    r"|elasticbeanstalk|amazon-fsx|awsmp-fulfillment-cf-templates|aws-otel-collector|aws-neuron|aws-sam-cli"
    r"|repo\.dynamodb|awslabs-code|aws-mobile-hub-images|rds-downloads|dynamodb-local|tvminstaller)"
    "(?:[.-](?:[a-z]{2}(?:-[a-z]+)+-\\d|latest|\x01own-region[^\x02]*\x02))?"
)
"""Names of buckets that AWS gives its own software out from, a region behind them where there is one for each."""

AWS_REPOSITORIES: Final = Regex(
    r"(?:(?:www\.)?github\.com|raw\.githubusercontent\.com|codeload\.github\.com|api\.github\.com/repos)"
    r"/(?:aws|awslabs|aws-samples|aws-quickstart|aws-observability|aws-solutions|amazonlinux|aws-ia)/"
)
AWS_IMAGES: Final = Regex(
    r"amazon/|aws/codebuild/|public\.ecr\.aws/(?:aws-|amazon|lambda/|xray/|cloudwatch-agent/|ecs/|eks/|sam/|bedrock"
    r"|codebuild/|datasync/|neuron/)"
)
"""Beginnings of repositories and images that AWS publishes."""


class Marked(NamedTuple):
    """A text with a mark in the place of each hole, so that it can be cut and matched."""

    text: str
    holes: tuple[Hole, ...]

    def holes_in(self, part: str) -> tuple[Hole, ...]:
        """The holes whose marks stand in a part of the text."""
        return tuple(self.holes[int(mark.rpartition("#")[2])] for mark in _MARK.findall(part))


def marked(value: Text | Unknown) -> Marked:
    """A value with marks: each names its hole's kind and its number."""
    holes: list[Hole] = []
    text = ""
    for piece in pieces_of(value):
        if isinstance(piece, Hole):
            text += mark_of(piece, len(holes))
            holes.append(piece)
        else:
            text += piece.replace(_OPEN, "").replace(_CLOSE, "")
    return Marked(text, tuple(holes))


def mark_of(hole: Hole, number: int) -> str:
    """The mark of a hole, which is the one of that number in a `Marked`."""
    return f"{_OPEN}{hole.kind}#{number}{_CLOSE}"


def has_mark(text: str) -> bool:
    """Whether something of a text is known at deployment only."""
    return _OPEN in text


LENGTH_LIMIT: Final = 4_000
"""Characters of an address; longer ones are none that anybody could deploy from."""


class Address(NamedTuple):
    """A URL taken apart. bucket: of S3's, None elsewhere; path: below the bucket or the host; query: without its `?`.

    Parts keep the marks of the text that they are of.
    """

    scheme: str
    host: str
    bucket: str | None
    path: str
    query: str


def address_in(text: str) -> Address | None:
    """The address that a marked text is; None for a path on disk, or where not even the scheme is known."""
    scheme = _SCHEME.match(text.strip()) if len(text) <= LENGTH_LIMIT else None
    if scheme is None:
        return None
    rest, _, query = text.strip()[scheme.end() :].partition("?")
    host, _, path = rest.partition("/")
    if scheme[1].lower() == "s3":
        return Address("s3", "", host, path, query)
    host = host.rpartition("@")[2].partition(":")[0]
    found = _S3_HOST.fullmatch(host.lower()) and _S3_HOST.fullmatch(host)
    bucket: str | None = None
    if found:
        bucket = found["bucket"]
        if bucket is None:
            bucket, _, path = path.partition("/")
    return Address(scheme[1].lower(), host, bucket, path, query)


def owner_of_address(address: Address, whole: Marked, template: Template) -> Owner:
    """Whose what stands at an address is."""
    if address.bucket is not None:
        return owner_of_name(address.bucket, whole, template)
    owner = _by_holes(whole.holes_in(address.host), template)
    if owner:
        return owner
    host = address.host.lower()
    if AWS_HOSTS.fullmatch(host) and ".s3" not in host:
        return "aws"
    return "aws" if AWS_REPOSITORIES.match(f"{host}/{address.path}/") else "vendor"


def owner_of_name(name: str, whole: Marked, template: Template) -> Owner:
    """Whose a bucket or a registry of some name is."""
    owner = _by_holes(whole.holes_in(name), template)
    if owner is None and name != name.lower() and "<" not in name:
        return "given"  # no bucket can be called that: it stands for one that whoever deploys has
    return owner or ("aws" if AWS_BUCKETS.fullmatch(name) else "vendor")


def _by_holes(holes: tuple[Hole, ...], template: Template) -> Owner | None:
    kinds = {hole.kind for hole in holes}
    if kinds & OWN_KINDS:
        return "own"
    for hole in holes:
        if hole.kind == "resource":
            resource = template.resource_at(resource_of(hole.name))
            return "given" if resource is None or resource.type.startswith(ANSWERED) else "own"
    return "given" if kinds & GIVEN_KINDS else None
