"""VET602: what is deployed goes by a name whose meaning the vendor can change after the review."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.carriers import names_code
from vetstack.findings import Evidence, Finding
from vetstack.guards import when
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Template

SHOWN: Final = 3
"""Further artifacts of one resource that the evidence lists."""


class MutableArtifact(Rule):
    number = 602
    name = "mutable-artifact"
    severities = ("warning", "note")
    title = "What is deployed goes by a name that the vendor can give another meaning"
    problem = """
        The template names code that lies elsewhere by a name that does not say which: an image with the tag `latest`
        or none, an object in the vendor's bucket without its version, a nested template or a module at a fixed
        address, an image that is looked up by its age. Whoever owns the other end can put something else there; the
        template stays the same, and so does the review of it.
        """
    danger = """
        What was vetted is not what runs. An attacker inside the vendor replaces one file, and each new task, each
        update of the stack and each new customer runs it with the permissions that were granted to the product. Even
        without an attacker two accounts that were set up a week apart differ, and nobody can say by what.
        """
    remedy = """
        Ask the vendor to fix it: a digest for an image (at least a version tag), S3ObjectVersion or a copy in a bucket
        of yours for code, a versionId or a copy for a nested template, `version` or `?ref=` with a tag for a module.
        An update is then a new version of the template, which somebody can look at.
        """
    before = """
        Collector:
          Type: AWS::Lambda::Function
          Properties:
            Code:
              S3Bucket: northwind-releases
              S3Key: collector/latest.zip
        """
    after = """
        Collector:
          Type: AWS::Lambda::Function
          Properties:
            Code:
              S3Bucket: northwind-releases
              S3Key: collector/1.8.2.zip
              S3ObjectVersion: yJr2nQ1ZtbNsmYcUqRVw0x9H3d5PfA7e
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        if not names_code(template):
            return
        from vetstack.delivery.included import included
        from vetstack.delivery.lookups import module_calls
        from vetstack.delivery.mutable import JUDGED
        from vetstack.verdicts import worst

        for resource in template.resources.values():
            for judged in JUDGED:
                cases = [one for exists in resource.exists for one in judged(template, resource, exists)]
                found = worst(cases, template.world.always)
                if found:
                    case = found.case
                    beside = [one for one in cases if one.severity == case.severity and one.at != case.at]
                    places = dict.fromkeys(Evidence(one.at, "the same holds here") for one in beside)
                    yield self.finding(
                        found.severity, case.at, resource.address, case.message,
                        also=case.also, when=found.when, evidence=[*places][:SHOWN],
                    )  # fmt: skip
        for one in included(template):
            selected = when([one.guard], [template.world.always])
            yield self.finding(one.severity, one.at, one.resource, one.message, also=one.also, when=selected)
        for call in module_calls(template):
            yield self.finding(call.severity, call.at, call.address, call.message)
