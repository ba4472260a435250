"""Who holds what the template grants: its identities, and policies that it hands out without saying to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, cast

from vetstack.guards import Guard
from vetstack.iam.breadth import Sweep, is_wide, sweeps
from vetstack.iam.documents import read_document
from vetstack.iam.grants import grants_of, handed_on, is_inherited, own_grants_of
from vetstack.iam.permissions import Grants, Subjects
from vetstack.iam.powers import SUBJECTS, Target
from vetstack.iam.resources import ANY_NAME, glob_of, subject_of, token
from vetstack.iam.trust import is_vendor_trusted
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.settings import Settings
from vetstack.template import Identity, Resource, StandalonePolicy, Template
from vetstack.values import Absent, Hole, Map, Text, Unknown, Value, pieces_of

WHO: Final = {
    "role": "whoever may assume {}",
    "service role": "whatever runs as {}",
    "user": "the user {}",
    "group": "every member of {}",
    "permission set": "everybody who is assigned {}",
    "policy": "whoever is given {}",
}
"""The holder as a message speaks of it, by kind."""

PATH_KEYS: Final = ("Path", "path")
"""Properties that hold an identity's path, which stands before its name in its ARN."""

NAME_ATTRIBUTES: Final = ("", "#name", "#id")
ARN_ATTRIBUTES: Final = ("#Arn", "#arn")
POLICY_ATTRIBUTES: Final = ("", "#PolicyArn", "#Arn", "#arn", "#id")
"""What follows an address in the name of a hole that is an identity's name, its ARN, or a policy's ARN."""

OWN_USER: Final = f"arn:{ANY_NAME}:iam:{ANY_NAME}:{ANY_NAME}:user/${{aws:username}}"
"""Every user themselves, as IAM's policy variable writes it."""


class Holder(NamedTuple):
    """An identity, or a policy that no identity of the template holds, with all that it grants.

    sweeps: its statements that reach over most of AWS.
    """

    subject: Identity | StandalonePolicy
    grants: Grants
    sweeps: tuple[Sweep, ...]

    @property
    def address(self) -> str:
        return self.subject.resource.address

    @property
    def exists(self) -> tuple[Guard, ...]:
        return self.subject.resource.exists

    @property
    def kind(self) -> str:
        return self.subject.kind if isinstance(self.subject, Identity) else "policy"

    def outside(self, template: Template, settings: Settings) -> bool:
        """Whether an account other than the customer's own may assume it."""
        return isinstance(self.subject, Identity) and is_vendor_trusted(self.subject, template, settings)

    def who(self, template: Template, settings: Settings) -> str:
        """The holder as the subject of a message."""
        if self.outside(template, settings):
            return f"the outside account that may assume {self.address}"
        return WHO["service role" if self.of_services else self.kind].format(self.address)

    @property
    def of_services(self) -> bool:
        """Whether AWS services and nobody else may assume it."""
        subject = self.subject
        if not isinstance(subject, Identity) or subject.kind != "role":
            return False
        if isinstance(subject.trust, Absent):  # a function's own role
            return True
        principals = [
            reached.value
            for exists in self.exists
            for statement in read_document(subject.trust, exists).statements
            for reached in statement.guard.walk(statement.part("Principal"))
        ]
        return all(isinstance(one, Map) and {key.lower() for key in one} == {"service"} for one in principals)


def holders(template: Template) -> tuple[Holder, ...]:
    """Everyone whom the template grants something."""
    if __name__ not in template.derived:
        template.derived[__name__] = tuple(_holders(template))
    return cast("tuple[Holder, ...]", template.derived[__name__])


def _holders(template: Template) -> Iterator[Holder]:
    for identity in template.identities.values():
        if identity.attachments and all(is_inherited(template, one) for one in identity.attachments):
            continue  # the group answers for it
        grants = own_grants_of(template, identity)
        if any(is_wide(one) for grant in grants.allows for one in grant.actions):
            grants = grants_of(template, identity)  # what its groups allow may make an administrator of it
        yield Holder(identity, grants, tuple(sweeps(grants)))
    for policy, given in handed_on(template):
        grants = grants_of(template, policy, given)
        yield Holder(policy, grants, tuple(sweeps(grants)))


class Told:
    """What a rule has said already, so that a policy that others may be given is not reported beside who has it."""

    def __init__(self) -> None:
        self._at: dict[Position, set[str | None]] = {}

    def is_news(self, holder: Holder, when: str | None, places: Iterable[Position]) -> bool:
        """Whether a finding says more than those before it. places: its own, and those of its evidence."""
        at, *beside = places
        if holder.kind == "policy":
            return not {None, when} & self._at.get(at, set())
        for place in (at, *beside):
            self._at.setdefault(place, set()).add(when)
        return True


def own_subjects(holder: Holder, template: Template) -> dict[Target, tuple[Subjects, ...]]:
    """What is a holder's own, by kind: itself, the groups that it is or is in, the policies that it has or is under.

    Each in all its spellings, as subjects of `resources`.
    """
    found: dict[Target, list[Subjects]] = {target: [] for target in SUBJECTS}
    subject = holder.subject
    if isinstance(subject, Identity):
        if subject.kind == "role":
            found["role"].append(own_arns(holder))
        if subject.kind == "user":
            found["user"].append((*own_arns(holder), OWN_USER))
        held = {block for one in subject.attachments for block in (one.resource, *one.via)}
        held.add(subject.address)
        found["policy"] += boundaries_of(subject, template)
    else:
        held = {subject.resource.address}
    if holder.kind in ("group", "policy"):
        found["user"].append((OWN_USER,))
    for address in sorted(held):
        identity, policy = template.identities.get(address), template.policies.get(address)
        if identity and identity.kind == "group":
            found["group"].append(_arns(identity.resource, identity.name, "group", ARN_ATTRIBUTES, NAME_ATTRIBUTES))
        elif policy and template.is_managed(policy):
            name = template.name_of(policy)
            found["policy"].append(_arns(policy.resource, name, "policy", POLICY_ATTRIBUTES, ()))
    return {target: tuple(subjects) for target, subjects in found.items()}


def boundaries_of(identity: Identity, template: Template) -> list[Subjects]:
    """The policies that are an identity's permissions boundary, each in its spellings."""
    found: list[Subjects] = []
    for exists in identity.resource.exists:
        for _, value in exists.over(identity.boundary):
            policy = template.policy_meant(value)
            if policy:
                found.append(_arns(policy.resource, template.name_of(policy), "policy", POLICY_ATTRIBUTES, ()))
            elif isinstance(value, (Text, Unknown)) and ":policy/" in str(value) and ":aws:policy/" not in str(value):
                found.append((subject_of(glob_of(value)),))
    return found


def own_arns(holder: Holder) -> tuple[str, ...]:
    """The ARNs of a role or user itself, as subjects of `resources`; none for what cannot act on itself."""
    identity = holder.subject
    if not isinstance(identity, Identity) or identity.kind not in ("role", "user"):
        return ()
    return arns_of(identity)


def arns_of(identity: Identity) -> tuple[str, ...]:
    """The ARNs of a role, user or group, as subjects of `resources`."""
    return _arns(identity.resource, identity.name, identity.kind, ARN_ATTRIBUTES, NAME_ATTRIBUTES)


def _arns(
    resource: Resource, name: Value, kind: str, arn_attributes: tuple[str, ...], name_attributes: tuple[str, ...]
) -> tuple[str, ...]:
    names = [token(Hole("resource", resource.address + attribute)) for attribute in name_attributes]
    paths = {path.strip("/") for path in _paths(resource)}
    arns = [
        f"arn:{ANY_NAME}:iam:{ANY_NAME}:{ANY_NAME}:{kind}/{path}{'/' if path else ''}{one}"
        for path in sorted(paths)
        for one in (*names, *_names(resource, name))
    ]
    return (*(token(Hole("resource", resource.address + attribute)) for attribute in arn_attributes), *arns)


def _names(resource: Resource, given: Value) -> Iterator[str]:
    for exists in resource.exists:
        for _, name in exists.over(given):
            if isinstance(name, (Text, Unknown)):
                yield _subject(name)
            elif isinstance(name, Absent) and resource.type.startswith("aws_"):
                for reached in exists.walk(resource.properties, "name_prefix"):
                    prefix = reached.value
                    begins = _subject(prefix) if isinstance(prefix, (Text, Unknown)) else "terraform-"
                    yield f"{begins}{ANY_NAME}"  # the provider makes the name
            elif isinstance(name, Absent):  # the stack makes the name: its own, the logical id, twelve characters
                logical_id = resource.address.rpartition(" > ")[2]
                yield f"{token(Hole('stack-name', 'AWS::StackName'))}-{logical_id}-{ANY_NAME}"


def _paths(resource: Resource) -> Iterator[str]:
    for exists in resource.exists:
        for key in PATH_KEYS:
            for reached in exists.walk(resource.properties, key):
                if isinstance(reached.value, (Text, Unknown)):
                    yield _subject(reached.value)
        yield ""


def _subject(value: Text | Unknown) -> str:
    return "".join(token(piece) if isinstance(piece, Hole) else piece for piece in pieces_of(value))
