"""Properties that take a secret and nothing else, whatever the value given to them is called.

Sources: the resource types' own references in the CloudFormation user guide and the AWS provider's documentation.
"""

from __future__ import annotations

from typing import Final

from vetstack.leaves import Leaf

OF_EVERY_TYPE: Final = frozenset({
    "AuthToken", "ClientSecret", "MasterUserPassword", "Password", "ReplicationPassword", "SecretString",
    "ServiceAccountPassword", "auth_token", "client_secret", "master_password", "master_user_password", "password",
    "secret_binary", "secret_string",
})  # fmt: skip
"""By the name of the property alone."""

_TUNNELS: Final = frozenset({"tunnel1_preshared_key", "tunnel2_preshared_key"})
_CONNECTOR: Final = frozenset({
    "AccessToken", "ApiKey", "ApiSecretKey", "ApiToken", "ApplicationKey", "RefreshToken", "SecretKey", "access_token",
    "api_key", "api_secret_key", "api_token", "application_key", "refresh_token", "secret_key",
})  # fmt: skip

OF_TYPE: Final[dict[str, frozenset[str]]] = {
    "AWS::ACM::Certificate": frozenset({"PrivateKey"}),
    "AWS::Amplify::App": frozenset({"AccessToken", "OauthToken"}),
    "AWS::AppFlow::ConnectorProfile": _CONNECTOR,
    "AWS::CodeBuild::SourceCredential": frozenset({"Token"}),
    "AWS::CodePipeline::Pipeline": frozenset({"OAuthToken"}),
    "AWS::CodePipeline::Webhook": frozenset({"SecretToken"}),
    "AWS::CodeStar::GitHubRepository": frozenset({"RepositoryAccessToken"}),
    "AWS::DataSync::LocationObjectStorage": frozenset({"SecretKey"}),
    "AWS::EC2::VPNConnection": frozenset({"PreSharedKey"}),
    "AWS::ElastiCache::User": frozenset({"Passwords"}),
    "AWS::Events::Connection": frozenset({"ApiKeyValue"}),
    "AWS::IAM::ServerCertificate": frozenset({"PrivateKey"}),
    "AWS::KinesisFirehose::DeliveryStream": frozenset({"AccessKey", "HECToken", "KeyPassphrase", "PrivateKey"}),
    "AWS::MemoryDB::User": frozenset({"Passwords"}),
    "aws_acm_certificate": frozenset({"private_key"}),
    "aws_amplify_app": frozenset({"access_token", "oauth_token"}),
    "aws_appflow_connector_profile": _CONNECTOR,
    "aws_cloudwatch_event_connection": frozenset({"api_key.value"}),
    "aws_codebuild_source_credential": frozenset({"token"}),
    "aws_codepipeline": frozenset({"OAuthToken"}),
    "aws_codepipeline_webhook": frozenset({"secret_token"}),
    "aws_datasync_location_object_storage": frozenset({"secret_key"}),
    "aws_elasticache_user": frozenset({"passwords"}),
    "aws_iam_server_certificate": frozenset({"private_key"}),
    "aws_kinesis_firehose_delivery_stream": frozenset({"access_key", "hec_token", "key_passphrase", "private_key"}),
    "aws_memorydb_user": frozenset({"passwords"}),
    "aws_vpn_connection": _TUNNELS,
}
"""By the resource type, the last key, or the last two with a dot between them."""


def takes_only_secrets(leaf: Leaf) -> bool:
    """Whether a scalar stands in such a property of a resource."""
    if leaf.resource is None or not leaf.path:
        return False
    names = OF_TYPE.get(leaf.resource.type, frozenset())
    return leaf.name in OF_EVERY_TYPE or leaf.path[-1] in names or ".".join(leaf.path[-2:]) in names
