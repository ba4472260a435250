"""VET705: what one account has and others have not, in a template for many accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from vetstack.account_bound import (
    Foreign,
    Given,
    LookedUp,
    Taken,
    asserted_in,
    given_in,
    imports_in,
    looked_up_in,
    own_accounts_in,
    references_in,
    written_in,
)
from vetstack.findings import Evidence, Finding
from vetstack.guards import when
from vetstack.leaves import Property, properties_of
from vetstack.rollouts import Rollout, homes, own_of, rollout_of
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.stacksets import listed
from vetstack.template import Parameter, Template

COMPUTED: Final = "a computed name"
"""What an import is called whose name has several alternatives."""

OVERRIDE: Final = "unless the values are overridden account by account (ParameterOverrides)"


class StackSetAccountBound(Rule):
    number = 705
    name = "stackset-account-bound"
    severities = ("warning", "note")
    title = "The template needs something that each account has differently, or not at all"
    problem = """
        A stack set gives its parameters one value for all accounts, and accounts that join the organisation later get
        that one too. Parameters that name a VPC, a subnet, a key pair or the account itself cannot have one. Imported
        exports, dynamic references and private parameters of Systems Manager are looked up in every account, and must
        have been put there before. A role or policy whose ARN has an account in it exists in that account only.
        """
    danger = """
        The first account, in which the template was tried, has what it asks for; in the others the roll-out fails, or
        an administrator makes what is missing by hand, under time pressure and differently every time: a secret
        copied into two hundred accounts, a subnet that was only to be reached from inside.
        """
    remedy = """
        Ask the vendor for a template that makes what it needs, or finds it by itself, or leaves it out when it is not
        given. Where something has to be there first, roll that out in a stack set of its own, before this one, to the
        same accounts and regions. Values that differ can be overridden for single accounts, which has to be done again
        for every account that joins. An ExternalId that is one for all of your accounts is in order.
        """
    before = """
        Parameters:
          SubnetId:
            Type: AWS::EC2::Subnet::Id
        """
    after = """
        Resources:
          Subnet:
            Type: AWS::EC2::Subnet
            Properties:
              VpcId: !Ref Vpc
              CidrBlock: 10.0.0.0/24
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        rollout = rollout_of(template, settings)
        if rollout is None or "account" not in rollout.spans:
            return
        if rollout.own:
            yield from self._given(template)
            yield from self._looked_up(template)
        yield from self._asserted(template, rollout)
        yield from self._taken(template, rollout, imports_in(template), _import_message)
        yield from self._taken(template, rollout, references_in(template), _reference_message)
        yield from self._written(template, rollout)

    def _given(self, template: Template) -> Iterator[Finding]:
        """One finding for all that must be given. What may be left out is left out of a stack set."""
        ones = [one for one in given_in(template) if one.required]
        if ones:
            first, *others = (one.parameter for one in ones)
            also = [one.address for one in others] + _users(template, [one.parameter for one in ones])
            places = [Evidence(one.parameter.at, f"{one.parameter.name} names {one.what}") for one in ones[1:]]
            yield self.finding("warning", first.at, first.address, _given_message(ones), also=also, evidence=places)

    def _looked_up(self, template: Template) -> Iterator[Finding]:
        every = list(looked_up_in(template))
        for known, public in ((True, False), (False, False), (False, True)):
            ones = [one for one in every if (bool(one.name), one.public) == (known, public)]
            if not ones:
                continue
            first, *others = (one.parameter for one in ones)
            also = [one.address for one in others] + _users(template, [one.parameter for one in ones])
            places = [Evidence(one.at, f"{one.name} is read from there too") for one in others]
            message = _looked_up_message(ones)
            yield self.finding(
                "note" if public else "warning", first.at, first.address, message, also=also, evidence=places
            )

    def _asserted(self, template: Template, rollout: Rollout) -> Iterator[Finding]:
        compared = set()
        for assertion, parameter in asserted_in(template, lambda atoms: own_of(rollout, atoms, "account")):
            if parameter:
                compared.add(parameter.address)
                message = (
                    f"{parameter.name} has to be the account that the stack is in, and a stack set gives it one value "
                    f"for all: every other account fails, {OVERRIDE}. Ask the vendor to use ${{AWS::AccountId}}."
                )
                yield self.finding("warning", parameter.at, parameter.address, message, also=[assertion.address])
            else:
                message = (
                    "This rule admits one account only: in every other the stack fails. Deploy the template there "
                    "once, as a stack, or ask the vendor to leave the rule out."
                )
                yield self.finding("warning", assertion.at, assertion.address, message)
        for parameter in own_accounts_in(template) if rollout.own else ():
            if parameter.address not in compared:
                message = (
                    f"{parameter.name} is the id of the account that the stack is in, and a stack set gives it one "
                    f"value for all: every other account is told a wrong one, {OVERRIDE}. Ask the vendor to use "
                    "${AWS::AccountId}."
                )
                users = _users(template, [parameter])
                yield self.finding("warning", parameter.at, parameter.address, message, also=users)

    def _taken(
        self, template: Template, rollout: Rollout, taken: Iterable[Taken], say: Callable[[list[str]], str]
    ) -> Iterator[Finding]:
        """One finding for all that has to be there first, where the first of it is taken."""
        ones = [one for one in taken if not homes(rollout, one.leaf.guard, "account")]
        if ones:
            first = ones[0].leaf
            resources = dict.fromkeys(one.leaf.resource.address for one in ones)
            message = say(list(dict.fromkeys(one.name for one in ones)))
            selected = _selected([one.leaf for one in ones])
            also = (*(block for one in ones for block in one.leaf.value.via), *resources)
            yield self.finding(
                "warning", first.value.at, first.resource.address, message, also=also, when=selected
            )

    def _written(self, template: Template, rollout: Rollout) -> Iterator[Finding]:
        grouped: dict[str, list[Foreign]] = {}
        for one in written_in(template):
            if not homes(rollout, one.leaf.guard, "account"):
                grouped.setdefault(str(one.leaf.value), []).append(one)
        for value, ones in grouped.items():
            first = ones[0].leaf
            message = (
                f'{first.keys[-1]} is "{value}", {ones[0].what} that exists in one account: in every other the stack '
                "fails. Ask the vendor to make it in the template, or to build the name from ${AWS::AccountId}."
            )
            resources = dict.fromkeys(one.leaf.resource.address for one in ones)
            selected = _selected([one.leaf for one in ones])
            also = (*(block for one in ones for block in one.leaf.value.via), *resources)
            yield self.finding(
                "warning", first.value.at, first.resource.address, message, also=also, when=selected
            )


def _selected(leaves: list[Property]) -> str | None:
    """The setting that selects any of some values; None where there is one whatever is set."""
    return when([leaf.guard for leaf in leaves], [leaves[0].guard.world.always])


def _users(template: Template, parameters: list[Parameter]) -> list[str]:
    addresses = {parameter.address for parameter in parameters}
    return [leaf.resource.address for leaf in properties_of(template) if addresses.intersection(leaf.value.via)]


def _given_message(ones: list[Given]) -> str:
    names = listed([one.parameter.name for one in ones])
    many = len(ones) > 1
    whats = list(dict.fromkeys(one.what for one in ones))
    return (
        f"{names} {'name' if many else 'names'} {listed(whats)} of one account, and a stack set gives "
        f"{'each' if many else 'it'} one value for all: every other account fails, {OVERRIDE}. Ask the vendor to make "
        f"{'these' if many else 'it'} in the template, or to make {'them' if many else 'it'} optional."
    )


def _looked_up_message(ones: list[LookedUp]) -> str:
    names = listed([one.parameter.name for one in ones])
    verb = "are" if len(ones) > 1 else "is"
    held = listed([f'"{one.name}"' for one in ones if one.name])
    if not held:
        return (
            f"{names} {verb} read from Systems Manager in every account and region: unless the name that is given "
            "begins with /aws/service/, put the value there in a stack set of its own first."
        )
    return (
        f"{names} {verb} read from {held} in Systems Manager, in every account and region: where that is missing the "
        "stack fails. Ask the vendor for a plain parameter, or roll the values out first."
    )


def _import_message(names: list[str]) -> str:
    return (
        f"This imports {listed([_quoted(name) for name in names])}, which another stack of the same account and "
        "region has to export: where it has not been rolled out this stack fails. Roll that one out first, to the same "
        "accounts and regions, or ask the vendor for one template."
    )


def _reference_message(names: list[str]) -> str:
    return (
        f"This reads {listed([_quoted(name) for name in names])} when it is deployed, in every account and region: "
        "where that is missing the stack fails. Roll it out first, or ask the vendor for a parameter with NoEcho or a "
        "secret that the template makes."
    )


def _quoted(name: str) -> str:
    return f'"{name}"' if name != COMPUTED else "an export whose name a setting selects"
