"""What a rule on single actions may still say of a holder, once those on whole services have spoken."""

from __future__ import annotations

from vetstack.guards import Guard
from vetstack.iam.actions import matches
from vetstack.iam.breadth import equivalents
from vetstack.iam.holders import Holder
from vetstack.iam.permissions import Way, outside
from vetstack.iam.services import QUIET, whole_services


class Spoken:
    """What a holder is reported for already: nearly everything, services handed out whole, policies that do so.

    All of a quiet service, such as `logs:*`, counts as said too: nobody means the worst of it.
    """

    def __init__(self, holder: Holder) -> None:
        wholes = whole_services(holder.grants)
        self._swept = [sweep.guard for sweep in holder.sweeps if not sweep.limit]
        self._wholes = tuple(dict.fromkeys((one.service, one.guard) for one in wholes))
        self._policies = {one.grant.managed for one in wholes} | equivalents(holder.grants).keys()

    def left(self, action: str, way: Way) -> list[Guard]:
        """The settings of a way in which its action is not part of what is reported already."""
        service = action.partition(":")[0].lower()
        if way.grant.managed and way.grant.managed in self._policies:
            return []
        if service in QUIET and any(not one.partition(":")[2].strip("*?") for one in way.action.patterns_of(service)):
            return []
        whole = [at for pattern, at in self._wholes if matches(pattern, service)]
        return outside(way.guard, [*self._swept, *whole])
