"""What names, descriptions and values say of secrets, without any template."""

from __future__ import annotations

import pytest

from vetstack.credentials.names import describes_secret, kind_of, words_of
from vetstack.credentials.secret_values import is_placeholder, literal_secret
from vetstack.credentials.written import looks_drawn

# ---- names


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("DdApiKey", ("dd", "api", "key")),
        ("dd_api_key", ("dd", "api", "key")),
        ("dd-apikey", ("dd", "api", "key")),
        ("APIKey", ("api", "key")),
        ("DBPasswd", ("db", "password")),
        ("AUTHTOKEN", ("auth", "token")),
        ("clientSecret2", ("client", "secret", "2")),
    ],
)
def test_names_fall_into_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


SECRET = """
    ApiKey APIKEY api-key ApiToken AppKey ClientSecret client_secret SecretKey SecretAccessKey aws_secret_access_key
    Password DbPassword DBPassword2 MasterUserPassword ExistingPassword PasswordConfirm Passphrase PrivateKey
    SshPrivateKey LicenseKey AuthToken AccessToken RefreshToken RegistrationToken BearerToken SharedSecret
    WebhookSecret SigningKey var.api_token pApiKey apiKeyValue DB_PASSWORD x-api-key IngestKey JwtSecret hecToken
    OauthToken SendGridApiKey
"""
PERHAPS = """
    Token Secret Key AuthCode AccessKey access_key WorkspaceToken ProductToken License Pin Credentials Psk
    SecretString EncryptionKey IntegrationKey Tokens Secrets AccountKey Auth
"""
NOT = """
    KeyName KeyId KeyPair KeyPairName PublicKey ssh_public_key SSHKey KmsKey KMSKeyArn kms_key_id PgpKey
    PartitionKey SortKey S3Key ObjectKey TagKey SecretArn SecretName SecretId SecretsBucket ApiKeySecretArn
    DdApiKeySecretArn TokenParameterPath TokenParameterStorePath IMDSv2Tokens Region InstanceSize PasswordSecretName
    EnableSecretsPlugin UseSecretsManager use_secrets_manager CreateAccessKey create_kms_key password_length
    PasswordResetRequired TokenTtl HttpTokens ServiceToken NextToken ClientUUIDToken AccessKeyId Dome9AccessId
    SecretsManagerAccess ApiKeyId TokenUrl PasswordPolicy SecretRotationDays ApiKeyName TokenType RequirePassword
    IncludeApiKey ShowPassword StorePassword SendToken WithSecret RotateSecret KeepToken EncryptPassword
    GeneratePassword KeySpec KeyUsage CodeBuildProjectName SecretPrefix PasswordFile KeyAlias
"""
UNSAID = "ExternalId2X AccountX N Compass Bypass Monkey Turkey Keyboard Keystone Tokenizer Secretary"


@pytest.mark.parametrize("name", SECRET.split())
def test_names_that_leave_no_doubt(name: str) -> None:
    assert kind_of(name) == "secret"


@pytest.mark.parametrize("name", PERHAPS.split())
def test_names_that_take_a_look_at_the_use(name: str) -> None:
    assert kind_of(name) == "perhaps"


@pytest.mark.parametrize("name", NOT.split())
def test_names_of_something_else(name: str) -> None:
    assert kind_of(name) == "not"


@pytest.mark.parametrize("name", UNSAID.split())
def test_names_that_have_nothing_to_do_with_it(name: str) -> None:
    assert kind_of(name) == "unsaid"


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Enter the token from the console", True),
        ("Your API key", True),
        ("Activation code of the agent", True),
        ("The password of the database", True),
        ("ARN of the secret that holds the token", False),
        ("Name of the parameter with the API key", False),
        ("The token's path in Parameter Store", False),
        ("Whether a password is needed", False),
        ("Two letters", False),
        ("Name of an existing key pair", False),
    ],
)
def test_descriptions(description: str, expected: bool) -> None:
    assert describes_secret(description) == expected


# ---- values


@pytest.mark.parametrize(
    "value",
    ["", "x", "CHANGE_ME", "changeme", "<your-token>", "xxxxxxxx", "PLACEHOLDER", "replace-this", "N/A", "API_KEY"],
)
def test_placeholders(value: str) -> None:
    assert is_placeholder(value, "AcmeApiKey")


@pytest.mark.parametrize("value", ["hunter22", "c4f1b2a97d3e4c5f8a6b", "Winter-2019!"])
def test_values_that_are_no_placeholders(value: str) -> None:
    assert not is_placeholder(value, "AcmeApiKey")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id=AKIAQ3EGRXAMB2LTP4W7 x", True),
        ("AKIAIOSFODNN7EXAMPLE", False),
        ("AKIAX", False),
        ("-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEA" * 5, True),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----", True),
        ("-----BEGIN PRIVATE KEY-----\nMIIE...\n-----END PRIVATE KEY-----", False),
        ("-----BEGIN PUBLIC KEY-----\n" + "MIIEowIBAAKCAQEA" * 5, False),
        ("grep -q '-----BEGIN PRIVATE KEY-----' file", False),
        ("ghp_" + "a1B2c3D4e5" * 3 + "abcdef", True),
        ("arn:aws:secretsmanager:eu-central-1:111122223333:secret:x", False),
    ],
)
def test_formats_that_only_secrets_have(text: str, expected: bool) -> None:
    assert (literal_secret(text) is not None) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("b7f3a91c0de84f5c92ab77d1e0c3f6a8", True),
        ("aZ3kQ9xLmP2vT7wRb5Yn8Dcf", True),
        ("6f1c9a52-3b7e-4d18-9c40-2f5e8b7a6d31", False),
        ("0123456789abcdef0123456789abcdef", False),
        ("00000000000000000000000000000000", False),
        ("Acme-Production-Stack-2024", False),
        ("b7f3a91c", False),
    ],
)
def test_what_looks_as_if_it_were_drawn_by_lot(value: str, expected: bool) -> None:
    assert looks_drawn(value) == expected
