"""Secrets that stand where they can be read: which of them, in which block, in what kind of place.

Parameters that hold secrets, secrets that a resource makes, and those that are fetched by reference count; literals are
the business of `secret_values`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from vetstack.credentials.names import kind_of
from vetstack.credentials.places import Place, place_of
from vetstack.credentials.secret_values import Secret, attribute_of, secrets
from vetstack.flows import ends, ends_in, is_resolved, parameter_of
from vetstack.leaves import Leaf
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Output, Template, resource_of
from vetstack.values import Hole, Text, pieces_of

MADE: Final[dict[str, frozenset[str]]] = {
    "AWS::Cognito::UserPoolClient": frozenset({"ClientSecret"}),
    "AWS::IAM::AccessKey": frozenset({"SecretAccessKey"}),
    "aws_cognito_user_pool_client": frozenset({"client_secret"}),
    "aws_iam_access_key": frozenset({"secret", "ses_smtp_password_v4"}),
    "aws_iam_service_specific_credential": frozenset({"service_credential_secret", "service_password"}),
    "aws_iam_user_login_profile": frozenset({"password"}),
    "aws_lightsail_key_pair": frozenset({"private_key"}),
    "aws_ssm_activation": frozenset({"activation_code"}),
    "random_password": frozenset({"result"}),
    "tls_private_key": frozenset({"private_key_openssh", "private_key_pem", "private_key_pem_pkcs8"}),
}
"""Types that make a secret, and the attributes that are it."""

FETCHED: Final = ("secretsmanager:", "ssm-secure:", "data.aws_secretsmanager_secret_version.", "data.aws_kms_secrets.")
"""How the names of references to secrets begin."""

KEPT_WITH_IT: Final = (":username", ":user", ":host", ":port", ":engine", ":dbname", "#arn", "#id", "#version_id")
"""How the names of references end to what is no secret itself."""

_REFERENCE: Final = Regex(r"\{\{resolve:((?:secretsmanager|ssm-secure):[^{}]*)")

HIDDEN_BY_PROVIDER: Final = frozenset({"aws_cognito_user_pool_client", "random_password", "tls_private_key"})
"""Types whose secrets Terraform itself keeps out of outputs that are not sensitive."""


class Exposure(NamedTuple):
    """Secrets that stand in one place of one block.

    leaves: where they stand, those in the first block first; secrets: their names, as a message calls them; blocks: the
    addresses that these have; also: further blocks in which the same secrets stand in the same kind of place.
    """

    leaves: tuple[Leaf, ...]
    place: Place | None
    secrets: tuple[str, ...]
    blocks: tuple[str, ...]
    also: tuple[str, ...] = ()


def exposures(template: Template) -> list[Exposure]:
    """Secrets in places that show them, each set of secrets once for each kind of place."""
    by_block: dict[tuple[str, Place], list[tuple[Leaf, list[tuple[str, str]]]]] = {}
    for leaf in ends(template):
        if isinstance(leaf.value, Text) and "{{resolve:" not in leaf.value:
            continue  # most are
        place = place_of(leaf)
        told = list(secrets_in(template, leaf)) if place else []
        if place and told:
            by_block.setdefault((leaf.block, place), []).append((leaf, told))
    found: dict[tuple[Place, frozenset[str]], Exposure] = {}
    for (block, place), rows in by_block.items():
        names = dict.fromkeys(pair for _, told in rows for pair in told)
        key = (place, frozenset(block for _, block in names))
        first = found.get(key)
        if first:
            more = tuple(leaf for leaf, _ in rows)
            found[key] = first._replace(leaves=first.leaves + more, also=(*first.also, block))
        else:
            found[key] = exposure([leaf for leaf, _ in rows], place, names)
    return list(found.values())


def exposure(where: Iterable[Leaf], place: Place | None, told: Iterable[tuple[str, str]]) -> Exposure:
    """Secrets, each with its name and its block, that stand in some scalars."""
    names = list(told)
    blocks = dict.fromkeys(block for _, block in names if block)
    return Exposure(tuple(where), place, tuple(dict.fromkeys(name for name, _ in names)), tuple(blocks))


def printed(template: Template) -> Iterator[Exposure]:
    """Secrets that outputs give."""
    for output in template.outputs.values():
        if not output.sensitive:
            rows = [(leaf, list(secrets_in(template, leaf))) for leaf in ends_in(template, output.address)]
            shown = _is_unhidden(template, output)
            told = [pair for _, pairs in rows for pair in pairs if shown or not _hidden(template, pair[1])]
            if told:
                yield exposure([leaf for leaf, pairs in rows if pairs], None, told)


def _is_unhidden(template: Template, output: Output) -> bool:
    """Whether an output takes from a secret what Terraform hides it by."""
    lines = template.texts.get(output.at.file, "").splitlines()[output.at.line - 1 :]
    block = next((number for number, line in enumerate(lines) if line.startswith("}")), len(lines))
    return any("nonsensitive(" in line for line in lines[: block + 1])


def _hidden(template: Template, block: str) -> bool:
    """Whether Terraform itself refuses to print a secret."""
    resource = template.resource_at(block)
    return block.startswith("data.") or (resource is not None and resource.type in HIDDEN_BY_PROVIDER)


def secrets_in(template: Template, leaf: Leaf) -> Iterator[tuple[str, str]]:
    """The secrets in one scalar: what each is called, and its block."""
    known = secrets(template)
    before = ""
    for piece in pieces_of(leaf.value):
        if isinstance(piece, str):
            before = piece
            fetched = [name for name in _REFERENCE.findall(piece) if _fetches(name)]
            yield from ((f"what {{{{resolve:{name}}}}} gives", "") for name in fetched)
        elif not is_resolved(before):
            found = _of_parameter(template, piece, known) or _of_resource(template, piece) or _of_reference(piece)
            before = ""
            if found:
                yield found


def _of_parameter(template: Template, hole: Hole, known: dict[str, Secret]) -> tuple[str, str] | None:
    parameter = parameter_of(template, hole)
    if parameter is None or parameter.address not in known:
        return None
    attribute = attribute_of(hole.name, parameter)
    if attribute and kind_of(attribute) in ("not", "unsaid"):
        return None
    return (hole.shown if attribute else parameter.name), parameter.address


def _of_resource(template: Template, hole: Hole) -> tuple[str, str] | None:
    if hole.kind not in ("resource", "generated"):
        return None
    address, _, attribute = hole.name.partition("#")
    resource = template.resource_at(resource_of(hole.name))
    if resource is None or attribute not in MADE.get(resource.type, ()):
        return None
    return hole.shown, address


def _of_reference(hole: Hole) -> tuple[str, str] | None:
    if hole.kind != "reference" or not _fetches(hole.name):
        return None
    if hole.name.startswith("data."):
        return f"the secret {hole.shown}", hole.name.partition("#")[0]
    return f"what {{{{resolve:{hole.name}}}}} gives", ""


def _fetches(name: str) -> bool:
    """Whether a reference gives a secret, and not the user name or the host that are kept with it."""
    return name.startswith(FETCHED) and kind_of(name.rpartition(":")[2]) != "not" and not name.endswith(KEPT_WITH_IT)
