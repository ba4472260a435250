"""Known texts of a plan that say less than they seem to: they are this deployment's, and not the vendor's.

A plan shows every value as it will be: the deployer's own account number, the ExternalId that they gave or that was
generated for them, the ARN of a role of the same configuration. Each is turned back into what the configuration has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from vetstack import texts
from vetstack.sources.interface import Mapping
from vetstack.terraform.front_end import DOCUMENT_KEYS
from vetstack.terraform.identities import ATTACHMENTS, BOUNDARIES, ELSEWHERE, IDENTITIES, INLINE, KINDS, MEMBERS
from vetstack.terraform.plan_configuration import Configuration
from vetstack.terraform.plan_resources import Planned, below, text_in
from vetstack.terraform.references import ACCOUNT, OF_AWS
from vetstack.values import Hole, Items, Map, Text, Unknown, Value

NAMING: Final[dict[str, tuple[str, ...]]] = {
    **{type_name: (named,) for type_name, (named, _) in (INLINE | BOUNDARIES).items()},
    **{type_name: named for type_name, (named, _) in ATTACHMENTS.items()},
    **{type_name: (named,) for type_name, named in ELSEWHERE.items()},
    **MEMBERS,
}
"""Resource types that name identities, and the arguments in which they do."""

LEFT_ALONE: Final = frozenset({"template_body", "name", "arn", "id", "user_data"})
"""Arguments of a resource whose text is left as it is."""

GENERATED: Final = frozenset({"id", "result", "hex", "dec", "b64_url", "b64_std"})
"""What providers fill in, where a plan does not tell what is written."""

GENERATED_LENGTH: Final = 8
"""Characters from which on a text that a provider generated is known again elsewhere."""

_ARN: Final = re.compile(r"arn:[\w-]+:iam::(\d{12}):")
_ID: Final = re.compile(r"[a-z]+-[0-9a-f]{8,17}")

Change = Callable[[Text], "Text | Unknown"]


class Origins:
    """Where the texts of one plan come from.

    given: what the deployer set, text to the address of the variable; defaults: what they left as it is.
    """

    def __init__(
        self,
        planned: Iterable[Planned],
        configuration: Configuration,
        given: dict[str, str],
        defaults: dict[str, str],
    ) -> None:
        self._given = given
        self._defaults = defaults
        self._made: dict[str, Hole] = {}
        self._names: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._generated: dict[str, Hole] = {}
        accounts: set[str] = set()
        for one in planned:
            accounts.update(_accounts(one))
            if not one.data:
                self._take(one, configuration)
        self._account = re.compile(rf"(?<!\d)(?:{'|'.join(sorted(accounts))})(?!\d)") if accounts else None

    def _take(self, planned: Planned, configuration: Configuration) -> None:
        if not planned.type.startswith(OF_AWS):
            written = below(configuration.resource(planned.module, planned.base), "expressions")
            for key, _ in planned.values.items():
                filled_in = key.text not in written if isinstance(written, Mapping) else key.text in GENERATED
                text = text_in(planned.values, key.text)
                if filled_in and len(text) >= GENERATED_LENGTH:
                    self._generated.setdefault(text, Hole("generated", f"{planned.address}#{key.text}"))
            return
        arn, own = text_in(planned.values, "arn"), text_in(planned.values, "id")
        if arn.startswith("arn:"):
            self._made.setdefault(arn, Hole("resource", f"{planned.address}#arn"))
        if _ID.fullmatch(own):
            self._made.setdefault(own, Hole("resource", planned.address))
        if planned.type in IDENTITIES:
            name = text_in(planned.values, "name")
            self._names.setdefault((IDENTITIES[planned.type].kind, name), []).append((planned.module, planned.address))

    # ---- what stands where

    def restored(self, planned: Planned, properties: Map) -> Map:
        """The properties of a resource with every such text as what it is in the configuration."""
        naming = NAMING.get(planned.type, ())
        made: dict[str, Value] = {}
        for key, value in properties.items():
            if key in naming:
                value = _changed(value, lambda text, key=key: self._identity(text, key, planned.module))  # type: ignore[misc]
            made[key] = value if key in LEFT_ALONE else self._below(key, value)
        return Map(made, properties.at, properties.key_at, properties.via)

    def _below(self, key: str, value: Value) -> Value:
        if key in DOCUMENT_KEYS and not isinstance(value, Items):
            return self._document(value)
        if isinstance(value, Map):
            return _with(value, {name: self._below(name, one) for name, one in value.items()})
        if isinstance(value, Items):
            return Items([self._below(key, one) for one in value], value.at, value.via)
        return self._reference(value) if isinstance(value, Text) else value

    def _document(self, value: Value) -> Value:
        if isinstance(value, Map):
            made: dict[str, Value] = {}
            for key, one in value.items():
                about = "externalid" in key.lower().replace("_", "").replace("-", "")
                made[key] = _changed(one, self._external_id) if about else self._document(one)
            return _with(value, made)
        if isinstance(value, Items):
            return Items([self._document(one) for one in value], value.at, value.via)
        return self._own(value) if isinstance(value, Text) else value

    # ---- one text

    def _own(self, text: Text) -> Text | Unknown:
        """A text with the deploying account's number as that."""
        if self._account is None or not self._account.search(text):
            return text
        pieces: list[str | Hole] = []
        for piece in self._account.split(text):
            pieces += [piece, ACCOUNT]
        return texts.made(tuple(pieces[:-1]), text.at, text.via)

    def _reference(self, text: Text) -> Text | Unknown:
        """The ARN or the id of another resource of the plan as a reference to it."""
        hole = self._made.get(text)
        return Unknown((hole,), text.at, text.via) if hole else self._own(text)

    def _identity(self, text: Text, key: str, module: str) -> Text | Unknown:
        """The name of a role, user or group of the plan as a reference to it, above all in the same module."""
        kind = next((kind for beginning, kind in KINDS.items() if key.startswith(beginning)), "")
        found = self._names.get((kind, text), [])
        address = next((own for where, own in found if where == module), found[0][1] if found else None)
        return Unknown((Hole("resource", address),), text.at, text.via) if address else text

    def _external_id(self, text: Text) -> Text | Unknown:
        """An ExternalId that was made for this customer, or that the deployer gave."""
        for made, hole in self._generated.items():
            if made in text:
                before, _, after = text.partition(made)
                return texts.made((before, hole, after), text.at, text.via)
        if text in self._given:
            address = self._given[text]
            return Unknown((Hole("parameter", address),), text.at, (address,))
        if text in self._defaults:
            return Text(text, text.at, (self._defaults[text],))
        return self._own(text)


def _accounts(planned: Planned) -> set[str]:
    """The numbers of accounts that a plan shows to be those it is for."""
    if planned.data:
        number = text_in(planned.values, "account_id") if planned.type == "aws_caller_identity" else ""
        return {number} if re.fullmatch(r"\d{12}", number) else set()
    found = _ARN.match(text_in(planned.values, "arn")) if planned.type.startswith("aws_iam_") else None
    return {found[1]} if found else set()


def _changed(value: Value, change: Change) -> Value:
    if isinstance(value, Items):
        return Items([_changed(one, change) for one in value], value.at, value.via)
    return change(value) if isinstance(value, Text) else value


def _with(value: Map, entries: dict[str, Value]) -> Map:
    return Map(entries, value.at, value.key_at, value.via)
