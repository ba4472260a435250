"""VET003: the template asks the review to leave something out."""

from __future__ import annotations

from vetstack.rules.interface import Rule


class UntrustedSuppressionRule(Rule):
    number = 3
    name = "untrusted-suppression"
    severities = ("note",)
    title = "The template asks for findings to be left out"
    problem = """
        A comment or a resource's Metadata asks vetstack to ignore a rule. In a template that somebody else hands over
        such a request does not count, and the findings it is about stay. It counts with --trust-suppressions, which
        the author of a template uses in their own repository; then this note is about requests that give no reason,
        name no rule, or silence nothing.
        """
    danger = """
        If a template could excuse itself, whoever has taken over the vendor's repository could switch off the review
        with one comment. The request is worth reading all the same: it shows which weakness the vendor knows of, and
        why they think that it is none.
        """
    remedy = """
        Read the reason and judge it yourself. If you agree, write it down on your side: switch the rule off in your
        own vetstack.toml, or keep a copy of the template that you trust.
        """
    before = """
        # vetstack:ignore[VET101] our customers are all internal
        VendorRole:
          Type: AWS::IAM::Role
        """
    after = """
        VendorRole:
          Type: AWS::IAM::Role
        """
