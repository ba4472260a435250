"""What works in one region only: where it can stand in a resource, and the region that a value shows.

Tables by resource type and by key. What is named across regions without harm is not in them: images of containers,
event buses, endpoints of services, and in policies whatever is not the account's own.

Sources: the resource types' own API references; CloudFormation user guide, aws-resource-cfn-customresource and
aws-properties-lambda-function-code; EventBridge user guide, eb-cross-region (targets other than event buses must be in
the rule's region); CloudWatch API reference, PutMetricAlarm (actions must be in the alarm's region).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from vetstack.guards import Guard
from vetstack.leaves import Property
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Resource
from vetstack.values import Absent, Hole, Text, Unknown, fields_of

NAMED: Final = Regex(r"(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?-[a-z]+-\d")
"""The name of a region."""

ZONE: Final = Regex(rf"({NAMED.pattern})[a-z]")
_IMAGE: Final = Regex(r"ami-[0-9a-f]{8,17}")
_REGISTRY: Final = Regex(r"\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.")
_ENDPOINT: Final = Regex(r"(?:com|cn)\.amazonaws\.(?:vpce\.)?([a-z0-9-]+)\.")

_SAME: Final = frozenset({"parameter", "own-account", "partition", "url-suffix"})
"""Kinds of holes that are the same in every region."""


class Fixed(NamedTuple):
    """A value that is the same in every region. region: the one that it is of, empty where it does not show."""

    region: str


Reader = Callable[["Text | Unknown"], "Fixed | None"]
"""What a value says of its region; None where it goes with the stack, or where that cannot be seen."""


def _of_arn(value: Text | Unknown) -> Fixed | None:
    fields = fields_of(value, ":")
    if len(fields) < 6:  # no ARN as far as can be seen: one that is given whole is the same everywhere
        return Fixed("") if isinstance(value, Unknown) and _is_given(value.pieces) else None
    return _of_pieces(fields[3])


def _of_written_arn(value: Text | Unknown) -> Fixed | None:
    """As `_of_arn`, of what may be a name or an alias as well, which means something in every region."""
    return _of_arn(value) if len(fields_of(value, ":")) >= 6 else None


def _of_pieces(pieces: tuple[str | Hole, ...]) -> Fixed | None:
    if len(pieces) == 1 and isinstance(pieces[0], str):
        return Fixed(pieces[0])
    return Fixed("") if pieces and _is_given(pieces) else None


def _is_given(pieces: tuple[str | Hole, ...]) -> bool:
    """Whether a text is the same in every region although only its deployer knows it."""
    return all(isinstance(piece, str) or piece.kind == "parameter" for piece in pieces)


def _of_bucket(value: Text | Unknown) -> Fixed | None:
    """A bucket is in one region; its name does not say in which."""
    if isinstance(value, Text):
        found = NAMED.search(value)
        return Fixed(found[0] if found else "") if value else None
    return Fixed("") if all(hole.kind in _SAME for hole in value.holes) else None


def _of_address(value: Text | Unknown) -> Fixed | None:
    """The address of an object in S3, `s3://bucket/key`."""
    first = value if isinstance(value, Text) else value.pieces[0]
    if not isinstance(first, str) or not first.startswith("s3://"):
        return None
    bucket = fields_of(value, "/")[2:3]
    if not bucket or not bucket[0]:
        return None
    whole = Unknown(bucket[0], value.at, value.via)
    return _of_bucket(whole if whole.holes else Text(str(whole), value.at, value.via))


def _matching(pattern: Regex) -> Reader:
    def read(value: Text | Unknown) -> Fixed | None:
        found = pattern.match(value) if isinstance(value, Text) else None
        if found:
            return Fixed(found[1] if found.re.groups else "")
        return Fixed("") if isinstance(value, Unknown) and _is_given(value.pieces) and not value.pieces[1:] else None

    return read


def _of_registry(value: Text | Unknown) -> Fixed | None:
    if isinstance(value, Unknown) and isinstance(value.pieces[0], str):
        known = _REGISTRY.match(value.pieces[0])
        return Fixed(known[1]) if known else None
    return _matching(_REGISTRY)(value)


def _of_endpoint(value: Text | Unknown) -> Fixed | None:
    first = value if isinstance(value, Text) else value.pieces[0]
    found = _ENDPOINT.match(first) if isinstance(first, str) else None
    return Fixed(found[1]) if found else None


def _of_own_arn(value: Text | Unknown) -> Fixed | None:
    """The region that is written into the ARN of something in the stack's own account."""
    fields = fields_of(value, ":")
    if len(fields) < 6 or len(fields[4]) != 1 or len(fields[3]) != 1 or len(fields[2]) != 1:
        return None
    (service,), (region,), (account,) = fields[2], fields[3], fields[4]
    own = isinstance(account, Hole) and account.kind == "own-account"
    if not own or not isinstance(region, str) or not NAMED.fullmatch(region) or service in GLOBAL.get(region, ()):
        return None
    return Fixed(region)


class Place(NamedTuple):
    """Something that has to be in the region of its resource.

    keys: with which the way to it ends; says: how a message calls it; reads: how its value shows a region; needs: why
    it has to be; instead: what to ask for; lifted: the property that says which region it is in, where there is one;
    fails: what becomes of the other stacks. services: those of whose ARNs this holds, if not of all.
    """

    keys: tuple[str, ...]
    says: str
    reads: Reader
    needs: str
    instead: str
    lifted: str = ""
    fails: str = "fails"
    services: frozenset[str] = frozenset()


_OF_REGION: Final = "to build it from ${AWS::Region}, with one in every region"
_CODE: Final = (
    "Lambda takes code from buckets of the function's own region only",
    "for a bucket in every region, named with ${AWS::Region}, or for the code itself in the template",
)
_LAYER: Final = ("a function and its layers are in the same region", _OF_REGION)
_TARGET: Final = ("a rule sends to its own region only, event buses aside", _OF_REGION)
_CALLED: Final = ("a custom resource is served in its stack's own region only", _OF_REGION)
_INTEGRATION: Final = ("an API calls what is in its own region", _OF_REGION)

PLACES: Final[dict[str, tuple[Place, ...]]] = {
    "AWS::Lambda::Function": (
        Place(("Code", "S3Bucket"), "The code's bucket", _of_bucket, *_CODE),
        Place(("Code", "ImageUri"), "The function's image", _of_registry, "Lambda takes images of its own region only",
              "for the image in a repository of every region"),
        Place(("Layers",), "The layer", _of_arn, *_LAYER),
    ),
    "AWS::Lambda::LayerVersion": (Place(("Content", "S3Bucket"), "The layer's bucket", _of_bucket, *_CODE),),
    "AWS::Lambda::EventSourceMapping": (
        Place(("EventSourceArn",), "The event source", _of_arn, "a function reads from its own region only",
              _OF_REGION),
    ),
    "AWS::Serverless::Function": (
        Place(("CodeUri",), "The code's bucket", _of_address, *_CODE),
        Place(("CodeUri", "Bucket"), "The code's bucket", _of_bucket, *_CODE),
        Place(("ImageUri",), "The function's image", _of_registry, "Lambda takes images of its own region only",
              "for the image in a repository of every region"),
        Place(("Layers",), "The layer", _of_arn, *_LAYER),
    ),
    "AWS::Serverless::LayerVersion": (
        Place(("ContentUri",), "The layer's bucket", _of_address, *_CODE),
        Place(("ContentUri", "Bucket"), "The layer's bucket", _of_bucket, *_CODE),
    ),
    "AWS::ElasticBeanstalk::ApplicationVersion": (
        Place(("SourceBundle", "S3Bucket"), "The application's bucket", _of_bucket,
              "Elastic Beanstalk takes applications from its own region only", _CODE[1]),
    ),
    "AWS::EC2::VPCEndpoint": (
        Place(("ServiceName",), "The endpoint's service", _of_endpoint,
              "an endpoint without ServiceRegion is to a service of its own region", _OF_REGION, "ServiceRegion"),
    ),
    "AWS::SNS::Subscription": (
        Place(("TopicArn",), "The topic", _of_arn, "a subscription without Region is to a topic of its own region",
              "to set Region, or to build it from ${AWS::Region}", "Region"),
    ),
    "AWS::Events::Rule": (
        Place(("Targets", "Arn"), "The target", _of_arn, *_TARGET,
              services=frozenset({"lambda", "sns", "sqs", "kinesis", "firehose", "states", "logs", "ecs", "batch"})),
    ),
    "AWS::Logs::SubscriptionFilter": (
        Place(("DestinationArn",), "The destination", _of_arn, "a log group sends to its own region only", _OF_REGION),
    ),
    "AWS::CloudWatch::Alarm": tuple(
        Place((key,), "The alarm's action", _of_arn, "an alarm calls its own region only", _OF_REGION)
        for key in ("AlarmActions", "OKActions", "InsufficientDataActions")
    ),
    "AWS::CloudWatch::MetricStream": (
        Place(("FirehoseArn",), "The delivery stream", _of_arn, "metrics stream within one region", _OF_REGION),
    ),
    "AWS::S3::Bucket": tuple(
        Place(("NotificationConfiguration", *keys), "The notification's target", _of_arn,
              "a bucket notifies its own region only", _OF_REGION)
        for keys in (
            ("LambdaConfigurations", "Function"), ("QueueConfigurations", "Queue"), ("TopicConfigurations", "Topic")
        )
    ),
    "AWS::ApiGateway::Method": (Place(("Integration", "Uri"), "The integration", _of_arn, *_INTEGRATION),),
    "AWS::ApiGateway::Authorizer": (Place(("AuthorizerUri",), "The authorizer", _of_arn, *_INTEGRATION),),
    "AWS::ElasticLoadBalancingV2::Listener": (
        Place(("Certificates", "CertificateArn"), "The certificate", _of_arn,
              "a load balancer uses certificates of its own region", _OF_REGION),
    ),
}  # fmt: skip
"""By resource type."""

GLOBAL: Final = {
    "us-east-1": frozenset({
        "acm", "apigateway", "artifact", "budgets", "ce", "cloudfront", "cloudwatch", "cur", "events", "freetier",
        "health", "iam", "logs", "organizations", "pricing", "route53", "route53resolver", "savingsplans", "shield",
        "sts", "support", "tax", "trustedadvisor", "waf", "wafv2",
    }),
    "us-west-2": frozenset({"globalaccelerator", "networkmanager", "route53-recovery-control"}),
}  # fmt: skip
"""Regions from which services work for all of them, and these services: they are named there by right."""

NAMED_IN_POLICY: Final = Place(
    ("Resource",), "The permission's resource", _of_own_arn, "a policy permits nothing in the regions that it does not "
    "name", _OF_REGION, fails="is permitted nothing of its own",
)  # fmt: skip
"""Of policies, with Statement above it."""

CALLED: Final = Place(("ServiceToken",), "The ServiceToken", _of_arn, *_CALLED)
"""Of custom resources."""

ANYWHERE: Final = {
    "AvailabilityZone": Place((), "The availability zone", _matching(ZONE), "a zone is in one region",
                              "for Fn::GetAZs"),
    "AvailabilityZones": Place((), "The availability zone", _matching(ZONE), "a zone is in one region",
                               "for Fn::GetAZs"),
    "ImageId": Place((), "The image", _matching(_IMAGE), "an AMI has another id in every region",
                     "for a public parameter of Systems Manager (/aws/service/…) or a mapping by region"),
    **{
        key: Place((), "The key", _of_written_arn, "what a key encrypts is in the key's own region", _OF_REGION)
        for key in ("KmsKeyId", "KmsKeyArn", "KMSKeyArn", "KMSKeyId", "KmsMasterKeyId", "KMSMasterKeyID", "KmsKey")
    },
}  # fmt: skip
"""By the key that holds it, in resources of AWS's own types."""

_CUSTOM: Final = ("Custom::", "AWS::CloudFormation::CustomResource")


def is_custom(resource: Resource) -> bool:
    """Whether a resource is made by a function and not by AWS."""
    return resource.type.startswith(_CUSTOM)


def place_of(leaf: Property) -> Place | None:
    """What a value is, if it has to be in the region of its resource."""
    if is_custom(leaf.resource):
        return CALLED if leaf.keys == CALLED.keys else None
    if leaf.keys[-1:] == NAMED_IN_POLICY.keys and "Statement" in leaf.keys:
        return NAMED_IN_POLICY
    for place in PLACES.get(leaf.resource.type, ()):
        if leaf.keys == place.keys:
            return place
    return ANYWHERE.get(leaf.keys[-1]) if leaf.keys and leaf.resource.type.startswith("AWS::") else None


def fixed(leaf: Property, place: Place) -> Iterator[tuple[Guard, Fixed]]:
    """The region that a value is bound to, under the settings in which nothing else says where it is."""
    found = place.reads(leaf.value)
    if found is None or (place.services and _service(leaf.value) not in place.services):
        return
    if not place.lifted:
        yield leaf.guard, found
        return
    for one in leaf.guard.walk(leaf.resource.properties, place.lifted):
        if isinstance(one.value, Absent):
            yield one.guard, found


def _service(value: Text | Unknown) -> str:
    fields = fields_of(value, ":")
    service = fields[2] if len(fields) > 2 else ()
    return service[0] if len(service) == 1 and isinstance(service[0], str) else ""
