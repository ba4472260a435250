"""Whether a name is that of a secret: `ApiKey` and `db_password` are, `KeyName`, `PublicKey` and `SecretArn` are not.

A name is cut into words, and its last word says what it is of: an `ApiKeySecretArn` is an ARN. Names say nothing of
values; who decides by a name alone takes only those that leave no doubt. Tables of words, no template in sight.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from vetstack.regex import Regex

Kind = Literal["secret", "perhaps", "unsaid", "not"]
"""secret: the name leaves no doubt; perhaps: it takes a look at the use, as `Token` and `AuthCode` do; unsaid: the name
has nothing to do with secrets; not: it says that it is something else, as a name, an ARN or a switch."""

_WORD: Final = Regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_GLUED: Final = Regex(
    r"(.*?)(password|passwd|passphrase|secret|apikey|appkey|secretkey|secretaccesskey|accesskey|privatekey|licensekey"
    r"|authtoken|accesstoken|apitoken|token|authcode)"
)
"""Lower-case words written together. The shortest beginning counts, so that the longest known end does."""

_PARTS: Final = {
    "secretaccesskey": ("secret", "access", "key"), "authcode": ("auth", "code"),
    "apikey": ("api", "key"), "appkey": ("app", "key"), "secretkey": ("secret", "key"), "accesskey": ("access", "key"),
    "privatekey": ("private", "key"), "licensekey": ("license", "key"), "authtoken": ("auth", "token"),
    "accesstoken": ("access", "token"), "apitoken": ("api", "token"), "passwd": ("password",), "pwd": ("password",),
    "pw": ("password",), "licence": ("license",), "enrolment": ("enrollment",), "creds": ("credentials",),
    "cred": ("credential",), "authentication": ("auth",), "authorization": ("auth",), "authorisation": ("auth",),
    "pass": ("pass",), "cert": ("certificate",),
}  # fmt: skip

_ALONE: Final = frozenset({"password", "passphrase"})
"""Words that are a secret, whatever stands before them."""

_OF: Final = {
    "key": frozenset({
        "access", "activation", "agent", "api", "app", "application", "ingest", "ingestion", "installation",
        "license", "private", "registration", "secret", "shared", "signing", "write",
    }),
    "token": frozenset({
        "access", "activation", "agent", "api", "auth", "bearer", "bot", "deployment", "enrollment", "hec", "ingest",
        "ingestion", "install", "installation", "join", "oauth", "paas", "refresh", "registration", "runner",
        "security", "session", "user", "vault", "webhook",
    }),
    "secret": frozenset({
        "access", "api", "app", "application", "auth", "client", "consumer", "hmac", "jwt", "oauth", "session",
        "shared", "signing", "webhook",
    }),
}  # fmt: skip
"""What makes a word a secret beyond doubt when it stands before it."""

_HALF: Final = (("access", "key"), ("agent", "key"), ("application", "key"), ("shared", "key"), ("write", "key"))
"""Pairs that are a secret with one vendor and an id with another."""

_PERHAPS: Final = frozenset({
    "auth", "code", "credential", "credentials", "dsn", "key", "keys", "license", "otp", "pass", "passcode",
    "passwords", "pat", "pin", "psk", "secret", "secrets", "token", "tokens",
})  # fmt: skip

_KEYS_OF_OTHERS: Final = frozenset({
    "artifact", "bucket", "cache", "cmk", "code", "condition", "context", "customer", "data", "ec", "ec2", "env",
    "environment", "file", "foreign", "function", "gpg", "hash", "header", "host", "index", "instance", "kms",
    "label", "lambda", "layer", "log", "logs", "managed", "map", "master", "object", "output", "partition", "pgp",
    "primary", "public", "queue", "range", "resource", "s", "sns", "sort", "source", "sqs", "sse", "ssh", "stack",
    "state", "table", "tag", "target", "template", "topic", "volume", "zip",
})  # fmt: skip
"""What stands before a `key` that finds or names something, or that stays in KMS; `S3Key` has an `s`, without its 3."""

_TOKENS_OF_OTHERS: Final = frozenset({
    "client", "continuation", "http", "https", "idempotency", "imds", "imdsv", "imdsv2", "metadata", "next", "page",
    "pagination", "request", "service", "start", "sv", "task", "uuid",
})  # fmt: skip
"""What stands before a `token` that is no secret: `ServiceToken` is an ARN, `HttpTokens` is optional or required."""

_ABOUT: Final = frozenset({
    "access", "account", "age", "algorithm", "alias", "arn", "arns", "audience", "bucket", "class", "config",
    "configuration", "console", "count", "created", "data", "date", "day", "days", "description", "disabled",
    "domain", "duration", "email", "enabled", "encoding", "endpoint", "environment", "exists", "expiration", "expiry",
    "field", "file", "filename", "fingerprint", "flag", "folder", "format", "function", "group", "hash", "header",
    "holder", "host", "hours", "id", "identifier", "ids", "info", "issuer", "kind", "label", "lambda", "length",
    "level", "lifetime", "location", "manager", "managers", "max", "min", "minutes", "mode", "mount", "name", "names",
    "namespace", "number", "optional", "owner", "owners", "pair", "param", "parameter", "parameters", "path", "paths",
    "pattern", "period", "permission", "pipeline", "plugin", "policies", "policy", "port", "prefix", "provider",
    "reference", "region", "required", "reset", "retention", "role", "rotation", "rule", "scope", "scopes", "seconds",
    "service", "settings", "size", "source", "spec", "specification", "specifications", "stack", "status", "store",
    "suffix", "support", "table", "tag", "tags", "template", "thumbprint", "time", "timeout", "topic", "ttl", "type",
    "types", "uri", "url", "urls", "usage", "user", "username", "users", "validity", "vault", "version", "versions",
    "wait", "year", "years",
})  # fmt: skip
"""Last words of names of what is about a secret, or about something else altogether."""

_SWITCH: Final = frozenset({
    "allow", "attach", "auto", "block", "create", "disable", "do", "enable", "enabled", "encrypt", "exclude", "expose",
    "force", "generate", "get", "has", "have", "ignore", "include", "is", "keep", "manage", "need", "needs", "num",
    "number", "require", "requires", "reset", "restrict", "rotate", "send", "should", "show", "skip", "store", "use",
    "wait", "whether", "with",
})  # fmt: skip
"""First words of names of what is switched on or counted."""

_NO_SWITCH: Final = (("send", "grid"),)
"""Pairs of first words that are a product."""

_SAYS_NOTHING: Final = frozenset({
    "b64", "base", "confirm", "confirmation", "encoded", "input", "plain", "plaintext", "string", "text", "value",
    "var",
})  # fmt: skip
"""Last words that leave what stands before them what it is."""

LONGEST: Final = 120
"""Characters of the longest text that is taken for a name."""

_PREFIXES: Final = frozenset({"p", "param", "var"})
"""First words that say that something is a parameter."""


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """A name in lower-case words: `DdApiKey`, `dd_api_key` and `dd-apikey` all end in `api`, `key`."""
    found: list[str] = []
    for match in _WORD.finditer(name):
        word = match[0].lower()
        glued = _GLUED.fullmatch(word)
        if glued and word not in _PARTS:
            found.extend(part for part in (glued[1], *_PARTS.get(glued[2], (glued[2],))) if part)
        else:
            found.extend(_PARTS.get(word, (word,)))
    return tuple(found)


@lru_cache(maxsize=4096)
def kind_of(name: str) -> Kind:
    """What a name says of the value that is called so."""
    if len(name) > LONGEST:
        return "unsaid"
    words = [word for word in words_of(name) if not word.isdigit()]
    if len(words) > 1 and words[0] in _PREFIXES:
        del words[0]
    while len(words) > 1 and words[-1] in _SAYS_NOTHING:
        del words[-1]
    if not words:
        return "unsaid"
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if _begins_as_switch(words):
        return "not"
    if last in _ALONE:
        return "secret"
    if last in _PERHAPS:
        return _of_doubtful(last, before, words)
    if last in _ABOUT:
        return "not"
    return "unsaid"


def is_switch(name: str) -> bool:
    """Whether a name begins as that of a switch does; `EnableApiKey` may still be an odd name for a key."""
    return len(name) <= LONGEST and _begins_as_switch(list(words_of(name)))


def _begins_as_switch(words: list[str]) -> bool:
    return len(words) > 1 and words[0] in _SWITCH and tuple(words[:2]) not in _NO_SWITCH


def _of_doubtful(last: str, before: str, words: list[str]) -> Kind:
    if last in ("key", "keys") and before in _KEYS_OF_OTHERS and "secret" not in words and "private" not in words:
        return "not"
    if last in ("token", "tokens") and before in _TOKENS_OF_OTHERS:
        return "not"
    if (before, last) == ("access", "key"):
        return "secret" if "secret" in words else "perhaps"
    if before in _OF.get(last, ()) and (before, last) not in _HALF:
        return "secret"
    return "perhaps"


READ: Final = 400
"""Characters of a description that are read: what something is, it says at its beginning."""

_DESCRIBED: Final = Regex(
    r"\b(api|app|application|secret|secret access|private|license|licence|activation|registration|enrollment|agent"
    r"|account|integration|ingest\w*|auth\w*|access|bearer|security|client)[ _-]?(key|token|secret|code)\b"
    r"|\bpass(word|phrase)\b|\bcredential|\b(the|your|an?) (\w+ ){0,2}(token|secret)\b",
    re.IGNORECASE,
)
_DESCRIBED_AWAY: Final = Regex(
    r"\b(arns?|names?|path|prefix|identifier|ids?|url|uri|location|alias)\b( \w+){0,2}"
    r" (of|for|to|containing|holding|where|that|in|from)\b"
    r"|\b(secret|secrets manager|parameter|ssm|kms|key pair|keypair)('s)?( \w+)? (arn|name|path|id|prefix|alias)\b"
    r"|\bparameter store\b|\bstored in (aws )?(secrets manager|ssm)|\bpublic key\b|\bkey pair\b|\bwhether\b"
    r"|\bset to true\b|\benable\b|^arn\b|\bkms\b|\bnot a secret\b",
    re.IGNORECASE,
)


def describes_secret(description: str) -> bool:
    """Whether a description speaks of what it describes as a secret."""
    return bool(_DESCRIBED.search(description[:READ])) and not describes_something_else(description)


def describes_something_else(description: str) -> bool:
    """Whether a description says that a value only names a secret, or switches something on."""
    return bool(_DESCRIBED_AWAY.search(description[:READ]))
