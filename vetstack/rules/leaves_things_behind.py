"""VET803: what is still there when the vendor's stack is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vetstack.findings import Evidence, Finding
from vetstack.guards import when
from vetstack.iam.trust import is_vendor_trusted
from vetstack.leftovers import FILLED, created_by_code, filled, functions_without_log_group, kept
from vetstack.position import Position
from vetstack.rules.interface import Rule
from vetstack.settings import Settings
from vetstack.template import Resource, Template


class LeavesThingsBehind(Rule):
    number = 803
    name = "leaves-things-behind"
    severities = ("note",)
    title = "Deleting the stack leaves things behind"
    problem = """
        Something outlives the stack: a resource with a deletion policy that retains it, a bucket that will not be empty
        and that nothing empties, the log group that Lambda makes for a function, or what code creates and never
        deletes. Or something keeps the stack from being deleted at all. Retained resources are told one by one, the
        rest in one note for the whole template.
        """
    danger = """
        Whoever leaves a vendor deletes its stack and thinks that this was all. A role that stays can still be assumed,
        a bucket still holds copies of your data, and both are found by nobody who looks for the stack.
        """
    remedy = """
        Ask the vendor for a list of what stays and how it is removed, for log groups in the template, and for code
        that deletes on a Delete event what it created. Data that shall outlive the stack is better kept by a
        parameter of yours.
        """
    before = """
        Findings:
          Type: AWS::S3::Bucket
          DeletionPolicy: Retain
        """
    after = """
        Findings:
          Type: AWS::S3::Bucket
          DeletionPolicy: Delete
        EmptyFindings:
          Type: Custom::EmptyBucket
          Properties:
            ServiceToken: !GetAtt Cleaner.Arn
            Bucket: !Ref Findings
        """

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        for resource in template.resources.values():
            every = list(kept(template, resource))
            if every:
                first = every[0]
                same = [one.guard for one in every if one.setting == first.setting]
                name = resource.address.rpartition(" > ")[2]
                message = f"{name} has {first.setting} {first.value}: {first.does}. Ask who removes it, and how."
                identity = template.identities.get(resource.address)
                if identity is not None and is_vendor_trusted(identity, template, settings):
                    message += " Until then the vendor can assume it."
                yield self.finding("note", first.at, resource.address, message, when=when(same, resource.exists))
        yield from self._rest(template)

    def _rest(self, template: Template) -> Iterator[Finding]:
        """One note for what is left without anybody having said so."""
        full, logging = filled(template), functions_without_log_group(template)
        made = created_by_code(template)
        said: list[str] = []
        places: list[tuple[Position, str, str]] = []
        if full:
            called = " and ".join(dict.fromkeys(f"{FILLED[one.type].called}s" for one in full))
            said.append(f"{called} that cannot be deleted until somebody empties them ({_names(full)})")
            places += [(one.at, one.address, "nothing empties it") for one in full]
        if logging:
            said.append(f"log groups that Lambda makes for {_names(logging)}")
            places += [(one.at, one.address, "it has no log group in the template") for one in logging]
        for script, calls in made:
            actions = ", ".join(dict.fromkeys(call.action for call in calls))
            name = script.resource.rpartition(" > ")[2]
            said.append(f"what the code of {name} creates and never deletes ({actions})")
            places.append((script.reported_at(calls[0].at), script.resource, "it creates and never deletes"))
        if places:
            at, address, _ = places[0]
            evidence = [Evidence(place, why) for place, _, why in places[1:]]
            message = f"When this is deleted, there remain {'; '.join(said)}. Ask the vendor how they are removed."
            yield self.finding("note", at, address, message, also=[other for _, other, _ in places], evidence=evidence)


def _names(resources: Sequence[Resource]) -> str:
    names = [one.address.rpartition(" > ")[2] for one in resources]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
