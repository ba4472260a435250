"""VET706: templates that are too large for CloudFormation, or for the way in which they are handed over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.findings import Finding
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.rollouts import rollout_of
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

INLINE: Final = 51_200
"""Bytes of a template that is handed over as text."""

IN_S3: Final = 1_048_576
"""Bytes of a template that CloudFormation reads from S3."""


class Limit(NamedTuple):
    """How many of something a template may have. Source: CloudFormation user guide, cloudformation-limits."""

    counted: str
    most: int


RESOURCES: Final = Limit("resources", 500)
PARAMETERS: Final = Limit("parameters", 200)
OUTPUTS: Final = Limit("outputs", 200)
MAPPINGS: Final = Limit("mappings", 200)


class StackSetLimits(Rule):
    number = 706
    name = "stackset-limits"
    severities = ("warning", "note")
    title = "The template is larger than CloudFormation takes"
    problem = """
        CloudFormation takes templates of up to 51,200 bytes as text and of up to 1 MB from S3, with at most 500
        resources and 200 parameters, outputs and mappings each. A template that passes one of these limits cannot be
        deployed at all; one that is too large for a text has to stand in a bucket.
        """
    danger = """
        A template that cannot be deployed as it is gets changed by whoever deploys it: cut in two, minified, or put
        into a bucket from which it is taken ever after, whoever can write there. What then runs in your accounts is
        no longer what was vetted.
        """
    remedy = """
        Put a template of more than 51,200 bytes into a bucket of your own that nobody else writes to. For one that
        passes another limit ask the vendor for several templates, each a stack set of its own.
        """
    before = """
        Resources:
          Role001: {Type: AWS::IAM::Role}
          # … and 500 more
        """
    after = """
        Resources:
          Role: {Type: AWS::IAM::Role}
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        if rollout_of(template, settings) is None:
            return
        at = Position(template.at.file, template.at.line, template.at.column, template.at.line, template.at.column)
        address = f"{template.parent} > Template" if template.parent else "Template"
        for limit, number in _counts(template):
            if number > limit.most:
                message = (
                    f"This template has {number:,} {limit.counted}, and CloudFormation takes {limit.most}: no stack of "
                    "it can be made. Ask the vendor for several templates."
                )
                yield self.finding("warning", at, address, message)
        if template.size is not None and template.size > IN_S3:
            message = (
                f"This template has {template.size:,} bytes, and CloudFormation takes {IN_S3:,}: no stack of it can be "
                "made. Ask the vendor for several templates."
            )
            yield self.finding("warning", at, address, message)
        elif template.size is not None and template.size > INLINE:
            message = (
                f"This template has {template.size:,} bytes, more than the {INLINE:,} that CloudFormation takes as "
                "text: it has to be deployed from a bucket, best one of your own."
            )
            yield self.finding("warning" if template.parent else "note", at, address, message)


def _counts(template: Template) -> Iterator[tuple[Limit, int]]:
    yield RESOURCES, len(template.resources)
    yield PARAMETERS, len(template.parameters)
    yield OUTPUTS, len(template.outputs)
    yield MAPPINGS, len(template.mappings)
