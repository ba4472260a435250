"""VET001: something that was to be vetted could not be read."""

from __future__ import annotations

from vetstack.rules.interface import Rule


class UnreadRule(Rule):
    number = 1
    name = "unread"
    severities = ("error",)
    title = "A template could not be read, so nothing is known about it"
    problem = """
        The file is not valid YAML or JSON, is larger or nested deeper than the limits allow, or one of vetstack's own
        rules failed on it. What it would deploy was not vetted, or not for every rule. Such a file is never counted
        as one without findings, whatever was found in the others, and the exit status is 2.
        """
    danger = """
        A template that the reviewer's tool cannot read, but that CloudFormation accepts, is the easiest way past a
        review: the other findings look complete and the one file that matters is missing from them.
        """
    remedy = """
        Ask the vendor for a template that parses, without tricks of syntax, and vet it again. If CloudFormation
        accepts the file as it is, or the reason says "internal error", please report it to the project.
        """
    before = """
        Resources:
          VendorRole:
            Type: AWS::IAM::Role
           Properties:            # one column too far to the left: not YAML
        """
    after = """
        Resources:
          VendorRole:
            Type: AWS::IAM::Role
            Properties:
        """
