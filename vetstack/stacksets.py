"""What rolling a template out as a stack set asks of it.

A stack set runs one template with one set of parameter values in many accounts and regions. Tables of what its
permission models refuse and of what can exist once only, and the questions that walk them.

Sources: CloudFormation user guide, stacksets-getting-started-create, stacksets-prereqs and
stacksets-troubleshooting; the resource types' own API references for how far a name has to be unique.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal

from vetstack.guards import Guard
from vetstack.records import NamedTuple
from vetstack.template import Resource, Template, resource_of
from vetstack.values import Absent, Hole, Text, Unknown, Value

Path = tuple[str, ...]
Span = Literal["account", "region"]
"""What tells the stacks of one stack set apart."""

REFUSED: Final = {
    "AWS::CloudFormation::Macro": "a macro",
    "AWS::CloudFormation::Stack": "a nested stack",
    "AWS::Serverless::Application": "a nested application",
    "AWS::CloudFormation::StackSet": "a stack set of its own",
}
"""Types that service-managed permissions refuse under their default execution role."""


class GlobalName(NamedTuple):
    """A name that can be taken once in an account (then it has to vary by region), or once in all of AWS (by both).

    path: to the name; says: how a message begins that goes on with the name; plural: what is unique; spans: what the
    name has to vary by; applies: whether a resource of this type is one of these at all; fixed: whether the name is
    what the resource is about, so that no other would do; lower_case: whether capital letters are forbidden in it;
    breaks: what happens in place of a failure.
    """

    path: Path
    says: str
    plural: str
    spans: frozenset[Span] = frozenset({"region"})
    applies: Callable[[Guard, Resource], bool] | None = None
    fixed: bool = False
    lower_case: bool = False
    breaks: str | None = None

    @property
    def once(self) -> str:
        """Where the name can be taken once."""
        return "all of AWS" if "account" in self.spans else "an account"


BOTH: Final[frozenset[Span]] = frozenset({"account", "region"})


def _for_cloudfront(setting: Guard, resource: Resource) -> bool:
    return any(one.value == "CLOUDFRONT" for one in setting.walk(resource.properties, "Scope"))


def _is_public(setting: Guard, resource: Resource) -> bool:
    return any(isinstance(one.value, Absent) for one in setting.walk(resource.properties, "VPCs"))


def _has_no_suffix(setting: Guard, resource: Resource) -> bool:
    return all(isinstance(one.value, Absent) for one in setting.walk(resource.properties, "CustomSuffix"))


def _iam(name: str, called: str) -> GlobalName:
    return GlobalName((name,), f"This {called} is called", f"{called} names")


def _cloudfront(path: Path, called: str) -> GlobalName:
    return GlobalName(path, f"This CloudFront {called} is called", f"CloudFront {called} names")


def _waf(called: str) -> GlobalName:
    return GlobalName(
        ("Name",), f"This {called} is called", f"{called} names with scope CLOUDFRONT", applies=_for_cloudfront
    )


_CHAT: Final = GlobalName(("ConfigurationName",), "This chat configuration is called", "chat configuration names")
_ZONE: Final = GlobalName(
    ("Name",),
    "This public hosted zone is for",
    "domains",
    applies=_is_public,
    fixed=True,
    breaks="every region makes another zone for the same domain, and only one of them can be delegated to",
)

GLOBAL_NAMES: Final = {
    "AWS::IAM::Role": _iam("RoleName", "IAM role"),
    "AWS::IAM::User": _iam("UserName", "IAM user"),
    "AWS::IAM::Group": _iam("GroupName", "IAM group"),
    "AWS::IAM::ManagedPolicy": _iam("ManagedPolicyName", "IAM policy"),
    "AWS::IAM::InstanceProfile": _iam("InstanceProfileName", "instance profile"),
    "AWS::IAM::SAMLProvider": _iam("Name", "SAML provider"),
    "AWS::IAM::ServerCertificate": _iam("ServerCertificateName", "server certificate"),
    "AWS::IAM::VirtualMFADevice": _iam("VirtualMfaDeviceName", "virtual MFA device"),
    "AWS::IAM::OIDCProvider": GlobalName(("Url",), "This OIDC provider is for", "OIDC provider URLs", fixed=True),
    "AWS::IAM::ServiceLinkedRole": GlobalName(
        ("AWSServiceName",),
        "This service-linked role is for",
        "service-linked roles",
        applies=_has_no_suffix,
        fixed=True,
    ),
    "AWS::CloudFront::CachePolicy": _cloudfront(("CachePolicyConfig", "Name"), "cache policy"),
    "AWS::CloudFront::OriginRequestPolicy": _cloudfront(("OriginRequestPolicyConfig", "Name"), "origin request policy"),
    "AWS::CloudFront::ResponseHeadersPolicy": _cloudfront(
        ("ResponseHeadersPolicyConfig", "Name"), "response headers policy"
    ),
    "AWS::CloudFront::OriginAccessControl": _cloudfront(("OriginAccessControlConfig", "Name"), "origin access control"),
    "AWS::CloudFront::Function": _cloudfront(("Name",), "function"),
    "AWS::CloudFront::KeyValueStore": _cloudfront(("Name",), "key value store"),
    "AWS::CloudFront::RealtimeLogConfig": _cloudfront(("Name",), "log configuration"),
    "AWS::CloudFront::KeyGroup": _cloudfront(("KeyGroupConfig", "Name"), "key group"),
    "AWS::CloudFront::PublicKey": _cloudfront(("PublicKeyConfig", "Name"), "public key"),
    "AWS::Route53::HostedZone": _ZONE,
    "AWS::WAFv2::WebACL": _waf("web ACL"),
    "AWS::WAFv2::IPSet": _waf("IP set"),
    "AWS::WAFv2::RuleGroup": _waf("rule group"),
    "AWS::WAFv2::RegexPatternSet": _waf("pattern set"),
    "AWS::Budgets::Budget": GlobalName(("Budget", "BudgetName"), "This budget is called", "budget names"),
    "AWS::CUR::ReportDefinition": GlobalName(("ReportName",), "This usage report is called", "usage report names"),
    "AWS::CE::CostCategory": GlobalName(("Name",), "This cost category is called", "cost category names"),
    "AWS::Chatbot::SlackChannelConfiguration": _CHAT,
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": _CHAT,
    "AWS::ECR::PublicRepository": GlobalName(
        ("RepositoryName",), "This public repository is called", "public repository names"
    ),
    "AWS::S3::MultiRegionAccessPoint": GlobalName(
        ("Name",), "This multi-region access point is called", "multi-region access point names"
    ),
    "AWS::S3::Bucket": GlobalName(("BucketName",), "This bucket is called", "bucket names", BOTH, lower_case=True),
    "AWS::Lightsail::Bucket": GlobalName(
        ("BucketName",), "This bucket is called", "bucket names", BOTH, lower_case=True
    ),
    "AWS::Connect::Instance": GlobalName(
        ("InstanceAlias",), "This Connect instance is called", "aliases of Connect instances", BOTH
    ),
}
"""Names that are unique beyond one account and region. Names of regional resources clash with nothing."""

PRESCRIBED: Final = {
    "AWSCloudFormationStackSetAdministrationRole": "StackSets",
    "AWSCloudFormationStackSetExecutionRole": "StackSets",
    "AWSControlTowerExecution": "Control Tower",
    "OrganizationAccountAccessRole": "Organizations",
}
"""Role names that a service of AWS looks for, so that no other would do."""

CONSTANT: Final[dict[str, frozenset[Span]]] = {
    "own-account": frozenset({"account"}),
    "own-region": frozenset({"region"}),
    "partition": frozenset(),
    "url-suffix": frozenset(),
    "parameter": frozenset(),
}
"""What a hole varies by; kinds that are not here differ from stack to stack, or may."""


def varies_by(template: Template, guard: Guard, name: Text | Unknown) -> frozenset[Span]:
    """By what a name itself differs between the stacks of a stack set, as far as the template makes sure of it."""
    spans: frozenset[Span] = frozenset()
    for hole in name.holes if isinstance(name, Unknown) else ():
        spans |= _of_hole(template, guard, hole)
    return spans


def _of_hole(template: Template, guard: Guard, hole: Hole) -> frozenset[Span]:
    """A Ref to a resource with a global name is that name; every other unknown kind is given the benefit."""
    if hole.kind == "resource" and "#" not in hole.name:
        resource = template.resource_at(resource_of(hole.name))
        named = GLOBAL_NAMES.get(resource.type) if resource else None
        if resource and named:
            values = [one.value for one in guard.walk(resource.properties, *named.path)]
            if any(isinstance(one, Text) for one in values):
                return frozenset()
    return CONSTANT.get(hole.kind, BOTH)


def names(resource: Resource, setting: Guard) -> Iterator[tuple[GlobalName, Guard, Value]]:
    """What a resource's global name can be."""
    named = GLOBAL_NAMES.get(resource.type)
    if named and (named.applies is None or named.applies(setting, resource)):
        for found in setting.walk(resource.properties, *named.path):
            yield named, found.guard, found.value


def listed(names: Sequence[str], most: int = 6) -> str:
    """`a, b and c`; of more than `most` the rest is counted."""
    shown = list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
