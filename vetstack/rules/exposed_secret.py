"""VET502: secrets that stand where they can be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.credentials.exposures import Exposure, exposure, exposures, printed, secrets_in
from vetstack.credentials.secret_values import Secret, is_given_away, literal_secret, secrets
from vetstack.credentials.written import secret_written_in
from vetstack.findings import Evidence, Finding, Severity
from vetstack.flows import ends, ends_in
from vetstack.guards import Guard, when
from vetstack.iam.outsiders import outside_service
from vetstack.leaves import Leaf
from vetstack.position import Position
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

SHOWN: Final = 3
"""How many secrets of one place a message names."""


class ExposedSecret(Rule):
    number = 502
    name = "exposed-secret"
    severities = ("error", "warning")
    title = "A secret stands where it can be read"
    problem = """
        A password, token or key is given through a parameter that CloudFormation or Terraform shows, is printed by an
        output, stands in the template as plain text, or is written into a place that everybody may read who can look
        at the resource: a function's environment, user data, a tag, metadata, a parameter that is not encrypted, a
        command line. What counts is what the value is used for as well as what it is called: the name or the ARN of a
        secret is none.
        """
    danger = """
        The values of parameters without NoEcho, outputs, environments and user data are part of what read-only roles
        see, and a read-only role is what most vendors ask for. Whoever gets into the vendor's account, or into any
        other tool that may describe your stacks, so gets the credentials for the next system. A secret that the vendor
        wrote into the template is the same for all of its customers.
        """
    remedy = """
        Ask the vendor for NoEcho or sensitive on the parameter, for no default, and for a secret in Secrets Manager
        that the code reads when it runs, with permission for this one secret. What has already been shown has to be
        replaced.
        """
    before = """
        Parameters:
          ApiKey:
            Type: String
        Resources:
          Forwarder:
            Type: AWS::Lambda::Function
            Properties:
              Environment:
                Variables:
                  API_KEY: !Ref ApiKey
        """
    after = """
        Parameters:
          ApiKey:
            Type: String
            NoEcho: true
        Resources:
          ApiKeySecret:
            Type: AWS::SecretsManager::Secret
            Properties:
              SecretString: !Ref ApiKey
          Forwarder:
            Type: AWS::Lambda::Function
            Properties:
              Environment:
                Variables:
                  API_KEY_SECRET: !Ref ApiKeySecret
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        yield from self._shown_parameters(template)
        for one in printed(template):
            at = template.outputs[one.leaves[0].block].at
            yield self._exposed(template, "error", one, _printed(one), at)
        for one in exposures(template):
            yield self._exposed(template, "warning", one, _placed(one), one.leaves[0].at)
        yield from self._sent_outside(template, settings)
        yield from self._written(template)

    def _shown_parameters(self, template: Template) -> Iterator[Finding]:
        known = secrets(template)
        for address, parameter in template.parameters.items():
            secret = known.get(address)
            given = secret is not None and is_given_away(parameter)
            if secret is None or (parameter.no_echo and not given):
                continue
            worst = given and literal_secret(str(parameter.default)) is not None
            message = " ".join(_shown(template, secret, given))
            uses = [secret.use.leaf] if secret.use else []
            evidence = [Evidence(leaf.at, f"it goes here, into {leaf.block}") for leaf in uses]
            yield self.finding("error" if worst else "warning", parameter.at, address, message, evidence=evidence)

    def _exposed(
        self, template: Template, severity: Severity, one: Exposure, message: str, at: Position
    ) -> Finding:
        also, selected = (*one.blocks, *one.also), _selected(one.leaves, _made(template, one))
        return self.finding(severity, at, one.leaves[0].block, message, also=also, when=selected)

    def _sent_outside(self, template: Template, settings: Settings) -> Iterator[Finding]:
        """Once for each account and what it is sent, whatever the number of resources."""
        found: dict[tuple[str, tuple[str, ...]], Exposure] = {}
        for resource in template.resources.values():
            outside = outside_service(resource, template, settings)
            if outside is not None:
                rows = [(leaf, list(secrets_in(template, leaf))) for leaf in ends_in(template, resource.address)]
                told = [pair for _, pairs in rows for pair in pairs]
                one = exposure([leaf for leaf, pairs in rows if pairs], None, told)
                first = found.setdefault((outside, one.secrets), one)
                if first is not one:
                    leaves, also = (*first.leaves, *one.leaves), (*first.also, resource.address)
                    found[outside, one.secrets] = first._replace(leaves=leaves, also=also)
        for (outside, names), one in found.items():
            if names:
                yield self._exposed(template, "warning", one, _sent(one, outside), one.leaves[0].at)

    def _written(self, template: Template) -> Iterator[Finding]:
        """Secrets that stand in the template itself, once for each block."""
        told: set[str] = set()
        for leaf in ends(template):
            called = secret_written_in(leaf) if leaf.block not in told else None
            if called:
                told.add(leaf.block)
                message = (
                    f"Here stands {called} as plain text: everybody who has the template has it, and if the vendor"
                    " wrote it, it is the same for all of its customers. It has to be replaced; ask for a parameter"
                    " with NoEcho, or for a secret that is made at deployment."
                )
                yield self.finding("error", leaf.at, leaf.block, message, when=_selected([leaf]))


def _selected(leaves: Sequence[Leaf], made: Sequence[Guard] = ()) -> str | None:
    """The setting that selects any of some scalars or their blocks; None where one is there whatever is set.

    made: the settings in which there is something to show, if not in all.
    """
    found = [guard for leaf in leaves for guard in leaf.settings()]
    both = [one for guard in found for other in made if (one := guard & other)] if made else found
    return when(both or found, [found[0].world.always]) if found else None


def _made(template: Template, one: Exposure) -> list[Guard]:
    """The settings that bring the secrets into being, where resources of the template make all of them."""
    makers = [resource for block in one.blocks if (resource := template.resources.get(block))]
    if len(makers) < len(one.blocks) or any(name.startswith("what ") for name in one.secrets):
        return []
    return [guard for maker in makers for guard in maker.exists]


def _shown(template: Template, secret: Secret, given: bool) -> Iterator[str]:
    parameter = secret.parameter
    said = f"{parameter.name} is a secret ({secret.by})"
    if parameter.no_echo:
        yield f"{said}."
    elif template.kind == "cloudformation":
        yield f"{said} without NoEcho: its value shows to everyone who may describe the stack, as read-only roles may."
        yield "Ask for NoEcho: true."
    else:
        yield f"{said} without sensitive = true: Terraform prints its value in plans and in the log of every run."
        yield "Ask for sensitive = true."
    if given:
        yield "Its default is no placeholder, and everybody who has the template has it: ask for none."


def _printed(one: Exposure) -> str:
    return (
        f"This output prints {_list(one.secrets)}, for everyone who may describe the stack or read the state, and for"
        " whoever is sent the outputs. Ask the vendor to leave it out."
    )


def _placed(one: Exposure) -> str:
    assert one.place
    it, stand = ("it", "stands") if len(one.secrets) == 1 else ("them", "stand")
    return (
        f"{_upper(_list(one.secrets))} {stand} in {one.place.called}, where {one.place.who} can read {it}. Ask the"
        f" vendor to {one.place.instead}."
    )


def _sent(one: Exposure, outside: str) -> str:
    it, goes = ("it", "goes") if len(one.secrets) == 1 else ("them", "go")
    return (
        f"{_upper(_list(one.secrets))} {goes} to code in {outside}, which runs out of your sight: what becomes of {it}"
        " is its owner's to decide. Ask the vendor for a function that stands in your account."
    )


def _list(names: Sequence[str]) -> str:
    """Some names in a sentence, SHOWN of them at the most."""
    if len(names) > SHOWN:
        return f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more"
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:] if text.startswith(("what ", "the ")) else text
