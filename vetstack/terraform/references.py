"""What an attribute of a resource or a data source gives: what is written, or who decides it.

Tables by type, from the documentation of the AWS, random, http, local, template and time providers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from vetstack import texts
from vetstack.position import Position
from vetstack.terraform.elements import function_of
from vetstack.terraform.written import passed
from vetstack.values import ABSENT, Absent, Hole, Map, Text, Unknown, Value, fields_of

if TYPE_CHECKING:
    from vetstack.terraform.resources import Declared, Instance

NAMES: Final[dict[str, frozenset[str]]] = {
    "aws_iam_role": frozenset({"name", "id"}),
    "aws_iam_user": frozenset({"name", "id"}),
    "aws_iam_group": frozenset({"name", "id"}),
    "aws_iam_instance_profile": frozenset({"name", "id"}),
    "aws_launch_template": frozenset({"name", "id"}),
    "aws_launch_configuration": frozenset({"name", "id"}),
}
"""Attributes that name a resource, so that they are a reference to it even where the name is written."""

ALWAYS_MADE: Final = frozenset({"arn", "id", "unique_id"})
"""Attributes that AWS makes, whatever a block of that name says."""

OF_AWS: Final = ("aws_", "awscc_")

PARTITION: Final = Hole("partition", "data.aws_partition.current.partition")
ACCOUNT: Final = Hole("own-account", "data.aws_caller_identity.current.account_id")
REGION: Final = Hole("own-region", "data.aws_region.current.region")
SUFFIX: Final = Hole("url-suffix", "data.aws_partition.current.dns_suffix")

HOLES: Final[dict[tuple[str, str], Hole]] = {
    ("aws_caller_identity", "account_id"): ACCOUNT,
    ("aws_caller_identity", "id"): ACCOUNT,
    ("aws_partition", "partition"): PARTITION,
    ("aws_partition", "id"): PARTITION,
    ("aws_partition", "dns_suffix"): SUFFIX,
    ("aws_region", "name"): REGION,
    ("aws_region", "id"): REGION,
    ("aws_region", "region"): REGION,
    ("aws_organizations_organization", "master_account_id"): ACCOUNT,
    ("aws_organizations_organization", "management_account_id"): ACCOUNT,
    ("aws_billing_service_account", "id"): Hole("external", "data.aws_billing_service_account.id"),
}
"""Attributes of data sources that say something of the deploying account, by type and name."""

OWN_ARNS: Final = frozenset({"arn", "issuer_arn"})
"""Attributes of data sources about IAM that are ARNs in the deploying account."""

SECRETS: Final = ("aws_ssm_parameter", "aws_secretsmanager_", "aws_kms_secrets", "vault_")

Handler = Callable[["Declared", "Instance | None", str, Position], "Value | None"]


def attribute_of(declared: Declared, instance: Instance | None, name: str, at: Position) -> Value:
    """`address.name` of a resource or a data source."""
    address = instance.address if instance else declared.address
    if declared.mode == "data":
        handler = DATA.get(declared.type)
        found = handler(declared, instance, name, at) if handler else None
        return found if found is not None else _of_data(declared, instance, name, at)
    if name in NAMES.get(declared.type, ()):
        return Unknown((Hole("resource", address),), at)
    if name not in ALWAYS_MADE or not declared.type.startswith(OF_AWS):
        if declared.type == "terraform_data" and name == "output":
            name = "input"
        written = declared.written(instance, name)
        if not isinstance(written, Absent):
            return passed(written, address)
    if declared.type.startswith(OF_AWS):
        return Unknown((Hole("resource", f"{address}#{name}"),), at)
    # what another provider answers is decided when it makes the resource, for this customer
    return Unknown((Hole("generated", f"{address}#{name}"),), at)


def _of_data(declared: Declared, instance: Instance | None, name: str, at: Position) -> Value:
    address = instance.address if instance else declared.address
    hole = HOLES.get((declared.type, name))
    if hole is not None:
        return Unknown((hole,), at)
    if declared.type.startswith("aws_iam_") and name in OWN_ARNS:
        own = ("arn:", PARTITION, ":iam::", ACCOUNT, ":", Hole("external", f"{address}#{name}"))
        return Unknown(own, at)
    if declared.type.startswith(SECRETS):
        return Unknown((Hole("reference", f"{address}#{name}"),), at)
    written = declared.written(instance, name) if name not in ALWAYS_MADE else ABSENT
    if not isinstance(written, Absent):
        return passed(written, address)
    return Unknown((Hole("external", f"{address}#{name}"),), at, (address,))


def _policy_document(declared: Declared, instance: Instance | None, name: str, at: Position) -> Value | None:
    from vetstack.terraform.policy_documents import document

    if name not in ("json", "minified_json") or instance is None:
        return None
    return passed(document(declared, instance), instance.address)


def _managed_policy(declared: Declared, instance: Instance | None, name: str, at: Position) -> Value | None:
    """A managed policy that is looked up: AWS's own go by their bare names too."""
    if name not in ("arn", "id"):
        return None
    for key in ("arn", "name"):
        written = declared.written(instance, key)
        if not isinstance(written, Absent):
            return passed(texts.moved(written, at), declared.address)
    return None


def _caller(declared: Declared, instance: Instance | None, name: str, at: Position) -> Value | None:
    if name != "arn":
        return None
    return Unknown(("arn:", PARTITION, ":sts::", ACCOUNT, ":", Hole("function", "whoever deploys")), at)


def _rendered(declared: Declared, instance: Instance | None, name: str, at: Position) -> Value | None:
    """`data.template_file`: the template with the variables of the block."""
    from vetstack.terraform.functions_files import render_text

    if name != "rendered" or instance is None:
        return None
    template, given = declared.written(instance, "template"), declared.written(instance, "vars")
    names = dict(given) if isinstance(given, Map) else {}
    return render_text(declared.module, template, names, at)


def _local_file(declared: Declared, instance: Instance | None, name: str, at: Position) -> Value | None:
    from vetstack.terraform.functions_files import file_value

    named = declared.written(instance, "filename")
    if name != "content" or not isinstance(named, Text) or not declared.module.work.inside(str(named)):
        return None
    return file_value(declared.module, named, at)


def _arn_parts(declared: Declared, instance: Instance | None, name: str, at: Position) -> Value | None:
    """`data.aws_arn`: the fields of the ARN that it is given."""
    number = {"partition": 1, "service": 2, "region": 3, "account": 4, "resource": 5}.get(name)
    given = declared.written(instance, "arn")
    if number is None or isinstance(given, Absent):
        return None
    return arn_field(given, number, declared, at)


def arn_field(given: Value, number: int, declared: Declared, at: Position) -> Value:
    rows = []
    for guard, one in declared.module.work.world.always.over(given):
        value: Value = function_of("arn_parse", [one], at)
        if isinstance(one, (Text, Unknown)):
            fields = fields_of(one, ":")
            if len(fields) > 5:
                value = texts.made(fields[number], at, one.via)
        rows.append((guard, value))
    return texts.alternatives_to_value(rows, at)


def _everything(declared: Declared, instance: Instance | None, name: str, at: Position) -> Value | None:
    """Data sources whose answer lies outside, whatever the block says."""
    address = instance.address if instance else declared.address
    return Unknown((Hole("external", f"{address}#{name}"),), at, (address,))


DATA: Final[dict[str, Handler]] = {
    "aws_iam_policy_document": _policy_document,
    "aws_iam_policy": _managed_policy,
    "aws_caller_identity": _caller,
    "aws_arn": _arn_parts,
    "template_file": _rendered,
    "local_file": _local_file,
    "http": _everything,
    "external": _everything,
    "terraform_remote_state": _everything,
}
"""Data sources whose attributes take more than a look at their block."""
