"""AWS SAM's connectors: what the role of one end may do with the other end.

A connector is a resource of its own or stands among the `Connectors` of its source. Between some types SAM writes a
resource policy instead, by which an AWS service may reach the destination for its source alone: that grants nothing to
an identity of the template and is passed over.
Source: AWS SAM developer guide, sam-resource-connector and reference-sam-connector; the texts are those of the package
aws-sam-translator.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from vetstack.attachments import note
from vetstack.cloudformation.identities import identities_meant
from vetstack.cloudformation.policy_templates import Filling, Refer, sam_fact
from vetstack.cloudformation.serverless import CONNECTOR, CONNECTORS
from vetstack.guards import Guard
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.template import Attachment, Identity, Resource, Template
from vetstack.values import ABSENT, Absent, Hole, Map, Text, Unknown, Value, position_of

MADE_FROM: Final = {
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
    "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
    "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
}
"""Serverless types, and what SAM makes of them."""


class _End(NamedTuple):
    """One end of a connector: its CloudFormation type, its resource where it is named, and how it is written."""

    type: str
    resource: Resource | None
    written: Map


class _Connector(NamedTuple):
    """A connector. owner: the resource that it is or stands on; written: its properties."""

    name: str
    owner: Resource
    written: Map
    source: Value
    at: Position


def add_connectors(template: Template, refer: Refer) -> None:
    """Attach to the identities of a template what its connectors grant them."""
    for resource in list(template.resources.values()):
        for connector in _connectors(template, resource):
            for exists in resource.exists:
                for guard, destination in exists.elements(connector.written.child("Destination")):
                    _Link(template, refer, connector, guard, destination).attach()


def _connectors(template: Template, resource: Resource) -> Iterator[_Connector]:
    if resource.type == CONNECTOR and isinstance(resource.properties, Map):
        written = resource.properties
        yield _Connector(resource.address, resource, written, written.child("Source"), resource.at)
    beside = resource.attributes.child(CONNECTORS)
    for name, body in beside.items() if isinstance(beside, Map) else ():
        body_of = body.child("Properties") if isinstance(body, Map) else ABSENT
        if isinstance(body_of, Map) and isinstance(beside, Map):
            logical_id = Text(resource.address.rpartition(" > ")[2], resource.at)
            source = Map({"Id": logical_id}, resource.at, {})
            yield _Connector(name, resource, body_of, source, beside.key_at.get(name, resource.at))


class _Link:
    """A connector with one of its destinations, under one setting."""

    def __init__(
        self, template: Template, refer: Refer, connector: _Connector, guard: Guard, destination: Value
    ) -> None:
        self.template = template
        self.refer = refer
        self.connector = connector
        self.guard = guard
        self.ends = {"Source": self._end(connector.source), "Destination": self._end(destination)}

    def attach(self) -> None:
        """Attach what it grants to whoever holds the role; what is not seen is noted."""
        source, destination = self.ends["Source"], self.ends["Destination"]
        if source is None or destination is None:
            self._note("one end of this connector is not in this template")
            return
        fact = sam_fact("connector", f"{source.type} {destination.type}")
        if fact is None:
            self._note(f"what a connector from {source.type} to {destination.type} allows is not known")
        elif fact["Holder"]:
            self._attach(fact)

    def _attach(self, fact: dict[str, Any]) -> None:
        own, other = ("Source", "Destination") if fact["Holder"] == "Source" else ("Destination", "Source")
        held = list(self._holders(self.ends[own], self.ends[other]))
        if not held:
            self._note("which role this connector gives its permissions to is not seen")
        for given, permission in self.guard.elements(self.connector.written.child("Permissions")):
            statements = fact["Permissions"].get(str(permission)) if isinstance(permission, Text) else None
            if statements is None:
                self._note(f"what the permission {_shown(permission)} of this connector allows is not known")
                continue
            at = position_of(permission) or self.connector.at
            filling = Filling(self._variables(at), self.refer, self.template.world.always, at)
            document = filling.document(statements, self.connector.name)
            for guard, identity in held:
                both = given & guard
                if both is not None:
                    address = self.connector.owner.address
                    identity.attachments.append(Attachment(document, ABSENT, both, at, address))

    def _note(self, reason: str) -> None:
        note(self.template, self.connector.at, self.connector.owner.address, reason)

    def _end(self, written: Value) -> _End | None:
        """An end by the logical id of a resource, or by its type and ARN."""
        if not isinstance(written, Map):
            return None
        logical_id, named = written.child("Id"), written.child("Type")
        resource = None
        if not isinstance(logical_id, Absent):
            scope = f"{self.template.parent} > " if self.template.parent else ""
            resource = self.template.resources.get(f"{scope}{logical_id}") if isinstance(logical_id, Text) else None
            if resource is None:
                return None
            named = Text(resource.type, resource.at)
        return _End(MADE_FROM.get(named, str(named)), resource, written) if isinstance(named, Text) else None

    def _variables(self, at: Position) -> dict[str, Value]:
        """`Source.Arn`, `Destination.Name` and so on; what is left out where it is asked for is a hole."""
        found: dict[str, Value] = {}
        for side, end in self.ends.items():
            for part in ("Arn", "Name"):
                given = end.written.child(part) if end else ABSENT
                attribute = (sam_fact("type", end.type) or {}).get(part) if end else None
                if end and end.resource and attribute is not None:
                    suffix = f"#{attribute}" if attribute else ""
                    given = Unknown((Hole("resource", f"{end.resource.address}{suffix}"),), at)
                elif isinstance(given, Absent):
                    given = Unknown((Hole("function", f"{side}.{part}"),), at)
                found[f"{side}.{part}"] = given
        return found

    def _holders(self, end: _End | None, other: _End | None) -> Iterator[tuple[Guard, Identity]]:
        """The identities of the template whose role an end has, each with the settings of that."""
        for guard, role in _roles(self.template, end, other, self.guard) if end else ():
            own = self.template.identities.get(end.resource.address) if end and end.resource else None
            if isinstance(role, Absent):
                found = [(guard, own)] if own else []
            else:
                found = identities_meant(self.template, guard, role, "role")
            for inner, identity in found:
                for exists in identity.resource.exists:
                    both = inner & exists
                    if both is not None:
                        yield both, identity


def _roles(template: Template, end: _End, other: _End | None, given: Guard) -> Iterator[tuple[Guard, Value]]:
    """The role of an end; ABSENT where a serverless resource gets one of its own."""
    if end.resource is None:
        yield from given.over(end.written.child("RoleName"))
        return
    properties = end.resource.properties if isinstance(end.resource.properties, Map) else Map({}, end.resource.at, {})
    path = "Role" if end.resource.type in MADE_FROM else (sam_fact("type", end.type) or {}).get("Role", "")
    key, _, inner = path.partition(".")
    if not inner:
        yield from given.over(properties.child(key))
        return
    for guard, target in given.elements(properties.child(key)):
        if isinstance(target, Map) and other and template.resource_named(target.child("Arn")) is other.resource:
            yield from guard.over(target.child(inner))


def _shown(value: Value) -> str:
    return str(value) if isinstance(value, (Text, Unknown)) else ""
