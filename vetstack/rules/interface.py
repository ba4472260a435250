"""What a rule is.

A rule is one class in one file of this folder, named as its slug is. It sees a `Template` and the user's
`Settings`, and yields findings; it knows no format and no host. Its prose is part of it: `vetstack explain`,
`docs/rules/` and both hosts' descriptions are rendered from it, so a rule without prose cannot exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from vetstack.findings import SEVERITIES, Evidence, Finding, Severity
from vetstack.position import Position
from vetstack.settings import Settings
from vetstack.template import Template, Undecided

_PROSE = ("title", "problem", "danger", "remedy", "before", "after")


class Rule:
    """A question asked of every template.

    number: 101 for `VET101`; name: the slug, `missing-external-id`; severities: what its findings can be,
    worst first. title: a line; problem: what is wrong; danger: how a vendor's breach or a confused deputy
    makes it the customer's incident; remedy: what to ask the vendor for, with `before` and `after` as examples.
    """

    number: ClassVar[int]
    name: ClassVar[str]
    severities: ClassVar[tuple[Severity, ...]]
    title: ClassVar[str]
    problem: ClassVar[str]
    danger: ClassVar[str]
    remedy: ClassVar[str]
    before: ClassVar[str]
    after: ClassVar[str]

    def __init_subclass__(cls) -> None:
        missing = [field for field in _PROSE if not getattr(cls, field, "").strip()]
        if missing or not cls.severities or not 0 < cls.number < 1000:
            raise TypeError(f"rule {cls.__name__} lacks {', '.join(missing) or 'a severity or a number'}")
        if list(cls.severities) != [s for s in SEVERITIES if s in cls.severities]:
            raise TypeError(f"rule {cls.__name__} lists its severities out of order")

    @property
    def id(self) -> str:
        return f"VET{self.number:03}"

    @property
    def guide(self) -> str:
        """How to read more, for hosts that show a text."""
        return f"vetstack explain {self.id} (docs/rules/{self.name}.md)"

    @property
    def uri(self) -> str:
        """Its page, for hosts that want an absolute URI; relative to wherever vetstack is."""
        return f"vetstack:docs/rules/{self.name}.md"

    def check(self, template: Template, settings: Settings) -> Iterator[Finding]:
        """The findings on one template. Rules about the review itself have none of their own."""
        yield from ()

    def undecided(self, template: Template, settings: Settings) -> Iterator[Undecided]:
        """What this rule would have judged but cannot see in the template."""
        yield from ()

    def finding(
        self,
        severity: Severity,
        at: Position,
        resource: str,
        message: str,
        *,
        also: Iterable[str] = (),
        when: str | None = None,
        evidence: Iterable[Evidence] = (),
    ) -> Finding:
        """A finding of this rule; `also` loses repetitions and the resource itself."""
        if severity not in self.severities:
            raise ValueError(f"{self.id} does not list the severity {severity}")
        others = tuple(dict.fromkeys(name for name in also if name != resource))
        return Finding(self.id, self.name, severity, at, resource, message, others, when, tuple(evidence))
