"""Which values of a template are secrets: parameters by use and name, literals by their look.

A parameter is a secret when its name leaves no doubt (`DbPassword`), when a doubtful name (`Token`) meets a use or a
description that settles it, or when it goes whole into a property that takes nothing but secrets. What says that it is
something else (an ARN, a path, a switch, one of a few listed values) is none, nor is an ExternalId called `Token`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.credentials.names import describes_secret, describes_something_else, is_switch, kind_of, words_of
from vetstack.credentials.takers import takes_only_secrets
from vetstack.flows import Use, in_trust, uses
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Parameter, Template
from vetstack.values import Absent, Text, Value

TEXT_TYPES: Final = frozenset({"String", "string", "any", "CommaDelimitedList"})
"""Types of parameters and variables that can hold a secret."""

STACKS: Final = frozenset({
    "AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet", "AWS::Serverless::Application",
    "aws_cloudformation_stack", "aws_cloudformation_stack_instances", "aws_cloudformation_stack_set",
    "aws_cloudformation_stack_set_instance",
})  # fmt: skip
"""Types that pass parameters on to a template."""

HEADERS: Final = frozenset({"authorization", "proxy-authorization", "x-api-key", "x-auth-token"})

HARMLESS: Final = Regex(
    r"arn:|/[\w/.-]*$|\./|https?://|s3://|ssm:|alias/|\{\{resolve:|"
    r"(true|false|yes|no|none|null|enabled?|disabled?|optional|required|default|auto|[\d.]+)$",
    re.IGNORECASE,
)
"""How a value begins that names something or switches it: no secret looks like that."""

NAMED: Final = Regex(r"[a-z][a-z0-9_.-]{0,30}(/[a-z][a-z0-9_.-]{0,30})+")
"""What the names of secrets look like that are kept elsewhere: `acme/api-key`."""

PLACEHOLDER: Final = Regex(
    r"[\W_]*$|.*(change[\W_]?(me|it|this)|place[\W_]?holder|replace|your[\W_]|example|insert|enter[\W_]|fill[\W_]?in|to[\W_]?do"
    r"|dummy|sample|redacted|not[\W_]?(set|used|required|needed|applicable)|unused|to[\W_]?be[\W_]?)"
    r"|<.*>$|\[.*\]$|(x{3,}|\*{3,}|n/?a|tbd|none|null|empty|blank|optional|unset|undefined)$",
    re.IGNORECASE | re.DOTALL,
)

LITERAL: Final = (
    (Regex(r"\b(AKIA|ASIA)[A-Z2-7]{16}\b"), "an access key of AWS"),
    (Regex(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\s*[A-Za-z0-9+/=\\\s]{60}|(?:\\n|\s)*(?:M[A-Z]|b3Bl)"
           r"[A-Za-z0-9+/]{14})"),
     "a private key"),
    (Regex(r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}"), "a token of a code host"),
    (Regex(r"\bxox[abprs]-\d[A-Za-z0-9-]{20,}"), "a token of a chat service"),
    (Regex(r"\b[sr]k_live_[A-Za-z0-9]{20,}"), "a key of a payment service"),
    (Regex(r"\bAIza[A-Za-z0-9_-]{35}\b"), "an API key"),
    (Regex(r"(?<![\w-])eyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}"), "a signed token"),
)  # fmt: skip
"""Formats that only secrets have, and what they are."""

MARKS: Final = Regex("A[KS]IA|-----BEGIN|gh[pousr]_|github_pat_|xox[abprs]-|[sr]k_live_|AIza|eyJ")
"""What a text has that may be in one of these formats, so that most are looked at once."""

SHORTEST: Final = 20
"""Characters of the shortest of them."""


class Secret(NamedTuple):
    """A parameter that holds a secret. by: what tells so, for a message; use: the use that does, if it is one."""

    parameter: Parameter
    by: str
    use: Use | None = None


def secrets(template: Template) -> dict[str, Secret]:
    """The parameters that hold secrets, here and in the templates around this one, by address."""
    known = template.derived.get(__name__)
    if isinstance(known, dict):
        return known
    going, trusting = uses(template), in_trust(template)
    found: dict[str, Secret] = {}
    for one in template.around():
        for parameter in one.parameters.values():
            secret = _secret(parameter, going.get(parameter.address, ()))
            if secret and (parameter.address not in trusting or kind_of(plain_name(parameter)) == "secret"):
                found[parameter.address] = secret
    template.derived[__name__] = found
    return found


def _secret(parameter: Parameter, going: Sequence[Use]) -> Secret | None:
    attribute = next(_attributes(parameter, going), None)
    if attribute:
        return Secret(parameter, f"its attribute {attribute} is one", None)
    if parameter.type not in TEXT_TYPES or (parameter.allowed and len(parameter.allowed) > 1):
        return None
    name = plain_name(parameter)
    kind = kind_of(name)
    if is_harmless(parameter.default) or (kind == "not" and not is_switch(name)):
        return None
    if describes_something_else(parameter.description) and not parameter.no_echo:
        return None
    if kind == "secret":
        return Secret(parameter, "its name says so", next(iter(going), None))
    used = next((use for use in going if (use.whole or kind != "not") and _is_secret_use(use, kind == "perhaps")), None)
    if used:
        return Secret(parameter, _said_of(used), used)
    if kind == "not":
        return None
    if kind == "perhaps" and describes_secret(parameter.description):
        return Secret(parameter, "its description says so", next(iter(going), None))
    if parameter.no_echo:
        return Secret(parameter, "the template hides it", next(iter(going), None))
    return None


def _attributes(parameter: Parameter, going: Sequence[Use]) -> Iterator[str]:
    """The attributes of a variable that are secrets by their names and go somewhere."""
    for use in going:
        for hole in use.leaf.holes:
            attribute = attribute_of(hole.name, parameter)
            if attribute and kind_of(attribute) == "secret":
                yield attribute


def attribute_of(name: str, parameter: Parameter) -> str:
    """The last attribute in the name of a hole that is a part of a variable; empty where it is all of it."""
    start = f"{parameter.address}."
    return name.rpartition(".")[2] if name.startswith(start) and parameter.address.startswith("var.") else ""


def plain_name(parameter: Parameter) -> str:
    """Its name without what Terraform writes before it."""
    return parameter.name.removeprefix("var.")


def is_harmless(value: Value) -> bool:
    """Whether a known value is a name, a path or a switch."""
    return isinstance(value, Text) and bool(value) and is_harmless_text(value)


def is_harmless_text(value: str) -> bool:
    """As `is_harmless`, of a text."""
    return bool(HARMLESS.match(value) or NAMED.fullmatch(value))


def is_placeholder(value: str, name: str) -> bool:
    """Whether a value only stands until somebody puts theirs: `CHANGE_ME`, or its own name over again."""
    if len(value) < 4 or PLACEHOLDER.match(value):
        return True
    said = set(words_of(value))
    return bool(said) and said <= set(words_of(name))


def _is_secret_use(use: Use, doubtful: bool) -> bool:
    """Whether a use takes secrets. doubtful: whether the parameter's name could be a secret's."""
    leaf = use.leaf
    if use.bearer or use.introduced_by.lower() in HEADERS:
        return True
    if use.whole and takes_only_secrets(leaf):
        return True
    called = leaf.name if use.whole else use.introduced_by
    if leaf.resource is None or not called:
        return False
    kind = kind_of(called)
    if leaf.resource.type in STACKS:  # a parameter that is passed on is called there as it is here
        return kind == "secret" and doubtful
    if not doubtful:
        return kind == "secret" and (not use.whole or leaf.path[-1:] != ("Value",))
    return kind == "secret" or (kind == "perhaps" and words_of(called)[-1] not in ("key", "keys", "code", "auth"))


def _said_of(use: Use) -> str:
    if use.bearer:
        return f"{use.leaf.block} sends it as a bearer token"
    called = use.introduced_by or use.leaf.name
    return f"{use.leaf.block} takes it as {called}"


def literal_secret(text: str) -> str | None:
    """What secret a text holds by its format, None for none."""
    if len(text) < SHORTEST or "EXAMPLE" in text or not MARKS.search(text):
        return None
    return next((called for pattern, called in LITERAL if pattern.search(text)), None)


def is_given_away(parameter: Parameter) -> bool:
    """Whether a secret has a default that anybody can read, other than a placeholder."""
    default = parameter.default
    if isinstance(default, Absent) or not isinstance(default, Text):
        return False
    return not is_placeholder(str(default), plain_name(parameter)) and not is_harmless(default)
