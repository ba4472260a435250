"""AWS SAM's policy templates: the document that one stands for, with its parameters filled in.

Source: AWS SAM developer guide, serverless-policy-templates and serverless-policy-template-list; the texts are those of
the package aws-sam-translator. A parameter that a template does not have is left out, as SAM does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from vetstack.attachments import note
from vetstack.cloudformation.serverless import PREFIX
from vetstack.guards import Guard
from vetstack.packs import Pack
from vetstack.position import Position
from vetstack.regex import Regex
from vetstack.template import Template
from vetstack.texts import concatenate
from vetstack.values import Items, Map, Text, Value

Refer = Callable[[str, Position], Value]
"""What `Ref` of a name gives at a place."""

_FACTS: Final = Pack("sam_policies.pack")
_VARIABLE: Final = Regex(r"\$\{([^{}]*)\}")


def sam_fact(kind: str, name: str) -> dict[str, Any] | None:
    """What is known of a "policy" template, a "connector" between two types or a "type" of resource, as plain data.

    Names have a letter case. The shapes stand in tools/facts/serverless.py.
    """
    return _fact(f"{kind} {name}")


@lru_cache(maxsize=128)
def _fact(key: str) -> dict[str, Any] | None:
    import json

    if _FACTS.keys().get(key.lower()) != key:
        return None
    fact: dict[str, Any] = json.loads(_FACTS.text(key) or "{}")
    return fact


class Filling:
    """Writes values into the texts of a document, which then stands at one place.

    variables: values by name; any other name is one that `refer` knows, such as `AWS::Region`.
    """

    __slots__ = ("variables", "refer", "always", "at")

    def __init__(self, variables: Mapping[str, Value], refer: Refer, always: Guard, at: Position) -> None:
        self.variables = variables
        self.refer = refer
        self.always = always
        self.at = at

    def document(self, statements: list[dict[str, Any]], sid: str) -> Map:
        """A policy document of these statements. sid: what says in each of them why it is there."""
        named = [{"Sid": sid, **statement} for statement in statements]
        made = self._filled({"Version": "2012-10-17", "Statement": named})
        assert isinstance(made, Map)
        return made

    def _filled(self, data: object) -> Value:
        if isinstance(data, dict):
            return Map({key: self._filled(one) for key, one in data.items()}, self.at, dict.fromkeys(data, self.at))
        if isinstance(data, list):
            return Items([self._filled(one) for one in data], self.at)
        cut = _VARIABLE.split(str(data))  # text, name, text, name, … text
        parts = [self._named(part) if n % 2 else Text(part, self.at) for n, part in enumerate(cut)]
        return concatenate(parts, self.always, self.at)

    def _named(self, name: str) -> Value:
        return self.variables[name] if name in self.variables else self.refer(name, self.at)


def documents_of(
    template: Template, address: str, given: Guard, element: Map, refer: Refer
) -> Iterator[tuple[Guard, Map]]:
    """What `{PolicyTemplate: {Parameter: value}}` allows; noted as undecided where that is not known.

    address: the resource among whose `Policies` it is; given: the setting that puts it there.
    """
    takes_them = template.resources[address].type.startswith(PREFIX)
    name = next(iter(element)) if takes_them and len(element) == 1 else ""
    fact = sam_fact("policy", name) if name else None
    if fact is None:
        shown = f"what the policy template {name} allows is not known" if name else "this is no policy"
        note(template, element.at, address, shown)
        return
    for guard, values in given.over(element[name]):
        variables = values if isinstance(values, Map) else {}
        lacking = [parameter for parameter in fact["Parameters"] if parameter not in variables]
        if lacking or not isinstance(values, Map):
            said = f"is not given {' and '.join(lacking)}" if lacking else "is not given its parameters"
            note(template, element.at, address, f"the policy template {name} {said}")
            continue
        filling = Filling(variables, refer, template.world.always, element.at)
        yield guard, filling.document(fact["Statement"], name)
