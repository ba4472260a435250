"""Who holds what the template grants: its identities, and policies that it hands out without saying to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, cast

from vetstack.guards import Guard
from vetstack.iam.breadth import Sweep, sweeps
from vetstack.iam.documents import read_document
from vetstack.iam.grants import Grants, grants_of, unheld_policies
from vetstack.iam.resources import ANY_NAME, token
from vetstack.iam.trust import is_vendor_trusted
from vetstack.settings import Settings
from vetstack.template import Identity, StandalonePolicy, Template
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
        return WHO["service role" if self._of_services else self.kind].format(self.address)

    @property
    def _of_services(self) -> bool:
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
    subjects: list[Identity | StandalonePolicy] = [*template.identities.values(), *unheld_policies(template)]
    for subject in subjects:
        grants = grants_of(template, subject)
        yield Holder(subject, grants, tuple(sweeps(grants)))


def own_arns(holder: Holder) -> tuple[str, ...]:
    """The ARNs of a role or user itself, as subjects of `resources`; none for what cannot act on itself."""
    identity = holder.subject
    if not isinstance(identity, Identity) or identity.kind not in ("role", "user"):
        return ()
    address = identity.address
    names = [token(Hole("resource", address)), *_names(identity)]
    paths = {path.strip("/") for path in _paths(identity)}
    arns = [
        f"arn:{ANY_NAME}:iam:{ANY_NAME}:{ANY_NAME}:{identity.kind}/{path}{'/' if path else ''}{name}"
        for path in paths
        for name in names
    ]
    return (token(Hole("resource", f"{address}#Arn")), *arns)


def _names(identity: Identity) -> Iterator[str]:
    for exists in identity.resource.exists:
        for _, name in exists.over(identity.name):
            if isinstance(name, (Text, Unknown)):
                yield _subject(name)
            elif isinstance(name, Absent):  # the stack makes the name: its own, the logical id, twelve characters
                logical_id = identity.address.rpartition(" > ")[2]
                yield f"{token(Hole('stack-name', 'AWS::StackName'))}-{logical_id}-{ANY_NAME}"


def _paths(identity: Identity) -> Iterator[str]:
    properties: Value = identity.resource.properties
    for exists in identity.resource.exists:
        for key in PATH_KEYS:
            for reached in exists.walk(properties, key):
                if isinstance(reached.value, (Text, Unknown)):
                    yield _subject(reached.value)
        yield ""


def _subject(value: Text | Unknown) -> str:
    return "".join(token(piece) if isinstance(piece, Hole) else piece for piece in pieces_of(value))
