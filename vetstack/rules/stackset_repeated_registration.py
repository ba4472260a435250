"""VET708: an account that is registered with the vendor once more in every region."""

from __future__ import annotations

from collections.abc import Iterator

from vetstack.findings import Finding
from vetstack.guards import when
from vetstack.registrations import Registration, registrations_in
from vetstack.rollouts import homes, rollout_of
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.stacksets import listed
from vetstack.template import Template


class StackSetRepeatedRegistration(Rule):
    number = 708
    name = "stackset-repeated-registration"
    severities = ("warning",)
    title = "Every region registers the same account with the vendor again"
    problem = """
        A custom resource tells the vendor about the account, with its id or with a role that the template makes, and
        with nothing that tells one region from another. Roles and accounts are the same in all regions: a stack set for
        several regions makes one role and one registration for each of them.
        """
    danger = """
        The vendor refuses all registrations but the first, and the stacks of the other regions fail; or it takes them
        all, the last one wins, and deleting the stack of one region cancels the integration of the whole account. The
        roles of the others stay behind, each a way in that the vendor no longer counts.
        """
    remedy = """
        Ask the vendor to create the role and the registration under a condition on AWS::Region, in one home region
        only, or to split them from what is regional: one template for each account, and one for each region. Until then
        roll it out to one region.
        """
    before = """
        Registration:
          Type: Custom::Registration
          Properties:
            ServiceToken: !Sub arn:aws:lambda:${AWS::Region}:481037652914:function:register
            RoleArn: !GetAtt IntegrationRole.Arn
        """
    after = """
        Registration:
          Type: Custom::Registration
          Condition: InHomeRegion
          Properties:
            ServiceToken: !Sub arn:aws:lambda:${AWS::Region}:481037652914:function:register
            RoleArn: !GetAtt IntegrationRole.Arn
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        """One finding for everybody who is called, in the settings in which no home region holds it."""
        rollout = rollout_of(template, settings)
        if rollout is None or "region" not in rollout.spans:
            return
        grouped: dict[str, list[Registration]] = {}
        for one in registrations_in(template):
            if not homes(rollout, one.exists, "region"):
                grouped.setdefault(one.whom, []).append(one)
        for ones in grouped.values():
            first = next((one for one in ones if one.identities), ones[0])
            handed = listed(first.identities) if first.identities else "the account's id"
            message = (
                f"This calls {first.whom} with {handed} and with nothing that tells one region from another: in a "
                "stack set every region registers the same account again. One region is fine; for more, ask the vendor "
                "for a condition on AWS::Region that creates it in one region only."
            )
            at = first.resource.attributes.key_at.get("Type", first.resource.at)
            selected = when([one.exists for one in ones], [template.world.always])
            also = (*first.identities, *first.via, *(one.resource.address for one in ones))
            yield self.finding("warning", at, first.resource.address, message, also=also, when=selected)
