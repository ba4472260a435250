"""Identity providers: what the principal of a trust statement says of one, and which claims of its tokens say whose.

Sources: IAM user guide, reference_policies_iam-condition-keys (keys for OIDC federation and SAML) and
id_roles_providers_oidc_secure-by-default; the service authorization reference of STS.
"""

from __future__ import annotations

from typing import Final, Literal

from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Template
from vetstack.values import Text, Unknown, Value

Protocol = Literal["OIDC", "SAML"]

PROVIDER_TYPES: Final[dict[str, Protocol]] = {
    "AWS::IAM::OIDCProvider": "OIDC",
    "AWS::IAM::SAMLProvider": "SAML",
    "aws_iam_openid_connect_provider": "OIDC",
    "aws_iam_saml_provider": "SAML",
}
"""Types of resources, and of data sources, that are an identity provider."""

ANYBODY: Final = "*"

OWNER_CLAIMS: Final = frozenset({
    "cluster_id", "email", "enterprise_id", "job_workflow_ref", "namespace_id", "organization_id",
    "organization_number", "organization_slug", "pipeline_id", "project-id", "project_id", "repository",
    "repository_id", "repository_owner", "repository_owner_id", "rpst_id", "sub", "user_email", "user_id", "user_login",
})  # fmt: skip
"""Claims that say whose token it is, any of which, fixed, keeps the issuer's other users out."""

ALWAYS_THERE: Final = frozenset({"aud", "sub", "app_id", "user_id", "id"})
"""Claims that every token of the issuers with such a claim has; `…IfExists` on another is no demand."""

SIGNED: Final = (
    "aws:principal", "aws:userid", "aws:username", "aws:sourceaccount", "aws:sourcearn", "aws:sourceorg",
    "sts:externalid",
)  # fmt: skip
"""Beginnings of keys that a request with a token, which no AWS credential signs, never carries."""

SAML_PROVIDER_KEYS: Final = frozenset({"saml:doc", "saml:namequalifier"})
"""Keys that name the SAML provider. The issuer and the subject are whatever a provider of anybody's writes."""

SESSION_NAME: Final = "sts:rolesessionname"


class Issuer(NamedTuple):
    """Which claim of an issuer's tokens says for whom one was made, and which one whose it is.

    owner: a claim, or another key of the request, that says so beside OWNER_CLAIMS. guests: whether it also has
    tokens for people who did not sign in.
    """

    audience: str = "aud"
    owner: str = "sub"
    guests: bool = False


ISSUERS: Final = {
    "api.pulumi.com/oidc": Issuer(owner="aud"),
    "cognito-identity.amazonaws.com": Issuer(owner="aud", guests=True),
    "graph.facebook.com": Issuer("app_id", "id"),
    "oidc.vercel.com": Issuer(owner="aud"),
    # Microsoft's services send the customer's tenant or workspace as the name of the session
    "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d": Issuer(owner=SESSION_NAME),
    "www.amazon.com": Issuer("app_id", "user_id"),
}
"""Issuers whose tokens are told apart otherwise than by `aud` and `sub`; AWS lists these itself."""

_CLUSTER = Regex(r"oidc\.eks\.[^/]+/id/|OpenIdConnectIssuerUrl|aws_eks_cluster\b")
"""What only the issuer of an EKS cluster is called, or an attribute that gives it."""


class Provider(NamedTuple):
    """An identity provider. issuer: as condition keys begin with it, "*" for any, None where it is not known.

    cluster: whether it is one of an EKS cluster that the deployment names, whose tokens only that cluster's pods get; a
    cluster that is written into the template is the vendor's.
    """

    protocol: Protocol | None
    issuer: str | None = None
    cluster: bool = False


def provider_of(value: Value, template: Template) -> Provider:
    """What a federated principal says of its provider: by its ARN, by its resource in the template or by its host."""
    resource = template.resource_named(value)
    if resource is not None and resource.type in PROVIDER_TYPES:
        protocol = PROVIDER_TYPES[resource.type]
        name = "Url" if resource.type.startswith("AWS::") else "url"
        urls = [one.value for given in resource.exists for one in given.walk(resource.properties, name)]
        issuers = {_issuer(str(url)) for url in urls if isinstance(url, Text)}
        alone = issuers.pop() if protocol == "OIDC" and len(issuers) == 1 == len(set(map(str, urls))) else None
        return Provider(protocol, alone, alone is None and any(_CLUSTER.search(_spelt(url)) for url in urls))
    text = _spelt(value)
    if text == ANYBODY:
        return Provider(None, ANYBODY)
    if ":oidc-provider/" in text:
        issuer = _issuer(text.partition(":oidc-provider/")[2])
        return Provider("OIDC", issuer) if is_known(issuer) else Provider("OIDC", None, bool(_CLUSTER.search(text)))
    if isinstance(value, Text) and not text.startswith("arn:"):
        return Provider("OIDC", _issuer(text))
    if ":saml-provider/" in text:
        return Provider("SAML")
    return Provider(next((one for type_, one in PROVIDER_TYPES.items() if f"{type_}." in text), None))


def _spelt(value: Value) -> str:
    return str(value) if isinstance(value, (Text, Unknown)) else ""


def _issuer(url: str) -> str:
    return url.strip().lower().removeprefix("https://").rstrip("/")


def split_key(key: str) -> tuple[str, str]:
    """The issuer and the claim of a condition key: `oidc.acme.example/org/1:sub` is that issuer's subject.

    A claim with a path of its own is called by the end of it. Keys of AWS itself have no issuer.
    """
    issuer, _, claim = key.lower().rpartition(":")
    if issuer in ("aws", "sts", "saml", "iam", "ec2"):
        return "", key.lower()
    return _issuer(issuer), claim.rpartition("/")[2]


def is_known(issuer: str | None) -> bool:
    """Whether an issuer is spelt out, without a part that only the deployment has."""
    return issuer is not None and issuer != ANYBODY and "${" not in issuer
