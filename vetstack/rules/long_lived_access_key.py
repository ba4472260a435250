"""VET501: credentials that work until somebody deletes them, where a role would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vetstack.credentials.keys import CUSTOM, KEPT, OF_AWS, AskedFor, Key, keys_asked_for, keys_made
from vetstack.findings import Evidence, Finding, Severity
from vetstack.guards import Guard, when
from vetstack.iam.outsiders import outside_service
from vetstack.leaves import Leaf
from vetstack.records import NamedTuple
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template
from vetstack.values import Text, Unknown


class LongLivedAccessKey(Rule):
    number = 501
    name = "long-lived-access-key"
    severities = ("error", "warning")
    title = "A key that never expires stands in for a role"
    problem = """
        The template makes an access key or a console password for an IAM user, or asks for a key of yours. Such a key
        works from anywhere, for whoever has it, until somebody deletes it; no ExternalId and no trust policy says who
        may use it. The message says where the secret half of it goes.
        """
    danger = """
        Keys are copied: into outputs, the vendor's database, backups, a laptop. Whoever gets into the vendor's systems
        has your account without having to ask for a role, and you cannot tell their calls from the vendor's own.
        Nobody rotates such a key, since the vendor would have to be told.
        """
    remedy = """
        Ask the vendor for a role that its account assumes with an ExternalId that only you have. Inside the account,
        give functions and instances a role of their own. Where a user cannot be avoided (SMTP, old software), keep the
        key in Secrets Manager, rotate it, and let the policy name the one thing that it is for.
        """
    before = """
        AgentUser:
          Type: AWS::IAM::User
        AgentKey:
          Type: AWS::IAM::AccessKey
          Properties:
            UserName: !Ref AgentUser
        """
    after = """
        AgentRole:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument:
              Statement:
                - Effect: Allow
                  Principal:
                    AWS: arn:aws:iam::999988887777:root
                  Action: sts:AssumeRole
                  Condition:
                    StringEquals:
                      sts:ExternalId: !Ref ExternalId
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        for key in keys_made(template):
            ends = [_end_of(leaf, template, settings) for leaf in key.goes]
            leaves_account = any(end.outside for end in ends) or bool(key.pgp)
            severity: Severity = "error" if leaves_account else "warning"
            also = [key.owner_block, *(leaf.block for leaf in key.goes)]
            evidence = [Evidence(leaf.at, "its secret goes here") for leaf in key.goes]
            yield self.finding(
                severity,
                key.at,
                key.resource.address,
                _made(key, ends),
                also=[block for block in also if block],
                when=_when(key, ends, template.world.always),
                evidence=evidence,
            )
        for asked in keys_asked_for(template):
            leaves = list({use.leaf.block: use.leaf for use in asked.goes}.values())
            ends = [_end_of(leaf, template, settings) for leaf in leaves]
            parameter = asked.secret.parameter
            outside = any(end.outside for end in ends)
            also = [asked.id.address] if asked.id else []
            yield self.finding(
                "error" if outside else "warning",
                parameter.at,
                parameter.address,
                _asked(asked, ends),
                also=[*also, *(leaf.block for leaf in leaves)],
                evidence=[Evidence(leaf.at, "it goes here") for leaf in leaves],
            )


class End(NamedTuple):
    """Where a key ends up, as a message says it. outside: whether somebody outside the account then has it."""

    said: str
    outside: bool
    leaf: Leaf


def _end_of(leaf: Leaf, template: Template, settings: Settings) -> End:
    resource, block = leaf.resource, leaf.block.rpartition(" > ")[2]
    if resource is None:
        return End(f"{block}, for whoever is sent the outputs", True, leaf)
    account = outside_service(resource, template, settings)
    if account:
        return End(f"{block}, which is code in {account}", True, leaf)
    if resource.type.startswith(CUSTOM):
        return End(f"{block}, whose code may send it on", False, leaf)
    if resource.type == "provider.aws":
        return End("the provider that Terraform deploys with", False, leaf)
    if not resource.type.startswith(OF_AWS):
        return End(f"{block}, which is no resource of AWS", not _runs_here(resource.type), leaf)
    kept = KEPT.get(resource.type)
    return End(f"{block} ({kept})" if kept else block, False, leaf)


def _runs_here(type_name: str) -> bool:
    """Whether a type of another provider does its work where Terraform runs."""
    return type_name.startswith(("null_resource", "terraform_data", "local_", "kubernetes_", "helm_", "random_"))


def _made(key: Key, ends: Sequence[End]) -> str:
    owner = f" for the user {key.owner}" if key.owner and key.owner != key.resource.address else ""
    name = key.resource.address.rpartition(" > ")[2]
    kind = key.kind
    said = [f"{name} {kind.verb} {kind.called}{owner}, which works from anywhere until {kind.until}."]
    if key.pgp:
        said.append(f"It is encrypted for the holder of the PGP key {_short(key.pgp)}.")
    if ends:
        said.append(f"Its secret goes to {_list([end.said for end in ends])}.")
    elif isinstance(key.given, Text):
        said.append("It stands in the template, for everybody who has that.")
    elif isinstance(key.given, Unknown):
        said.append(_chosen(key.given))
    elif not key.pgp:
        said.append("Nothing in the template takes it, so somebody will take it out by hand.")
    said.append("Ask the vendor for a role with an ExternalId.")
    return " ".join(said)


def _chosen(given: Unknown) -> str:
    names = [hole.shown for hole in given.holes]
    if all(hole.kind == "parameter" for hole in given.holes):
        return f"Whoever deploys this chooses it, with {_list(names)}."
    return f"It comes from {_list(names)}."


def _asked(asked: AskedFor, ends: Sequence[End]) -> str:
    beside = f" with {asked.id.name}" if asked.id else ""
    goes = f" It goes to {_list([end.said for end in ends])}." if ends else ""
    return (
        f"{asked.secret.parameter.name}{beside} asks for an access key of yours, which works from anywhere until it is"
        f" deleted.{goes} Ask the vendor for a role that is assumed, and deploy with credentials of your own session."
    )


def _when(key: Key, ends: Sequence[End], always: Guard) -> str | None:
    """The setting that makes the key and, where it leaves the account, sends it there."""
    going = [guard for end in ends if end.outside for guard in end.leaf.settings()]
    sent = [both for made in key.guards for guard in going if (both := made & guard)]
    return when(sent if sent and not key.pgp else key.guards, [always])


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return "; ".join(names[:3]) + more


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"
