"""VET002: something that the template only refers to decides what it deploys."""

from __future__ import annotations

from vetstack.rules.interface import Rule


class UndecidedRule(Rule):
    number = 2
    name = "undecided"
    severities = ("warning",)
    title = "Part of what the template deploys cannot be seen in it"
    problem = """
        The template leaves something to what is not in it: a nested template at an address, code that rewrites it at
        deployment (a macro), a document fetched from elsewhere, or more combinations of settings than can be spelt
        out. No rule could judge that part, and the reason says which it is.
        """
    danger = """
        Whoever controls the other end decides what is deployed, and can decide differently next month. A vendor, or
        an attacker who is inside the vendor, only has to change a file in their own bucket to change the next
        deployment in your account, after your review.
        """
    remedy = """
        Ask the vendor to deliver the missing part together with the template, or to write it into the template, and
        vet both together. What stays outside has to be reviewed by hand, and pinned to the version that was reviewed.
        """
    before = """
        Onboarding:
          Type: AWS::CloudFormation::Stack
          Properties:
            TemplateURL: https://vendor-templates.s3.amazonaws.com/onboarding.yaml
        """
    after = """
        Onboarding:
          Type: AWS::CloudFormation::Stack
          Properties:
            TemplateURL: ./onboarding.yaml    # delivered with the template, packaged into your own bucket
        """
