"""The roles of a template, by what stands for them in an ARN: their names, and references to them."""

from __future__ import annotations

from typing import Final, cast

from vetstack.iam.holders import arns_of
from vetstack.iam.resources import covers
from vetstack.records import NamedTuple
from vetstack.template import Identity, Template

_KEY: Final = __name__


class _Named(NamedTuple):
    """Roles by what stands after `role/` in their ARNs, or by a reference to them; and those found by a pattern."""

    roles: dict[str, list[Identity]]
    found: dict[str, list[Identity]]


def roles_named(template: Template, glob: str) -> list[Identity]:
    """The roles of a template, and of those around it, that a pattern of ARNs or of names stands for."""
    named = _roles_by_name(template)
    pattern = name_in(glob)
    if pattern not in named.found:
        exact = not set("*?") & set(pattern)
        names = (pattern,) if exact else (name for name in named.roles if covers(pattern, name))
        roles = {role.address: role for name in names for role in named.roles.get(name, ())}
        named.found[pattern] = list(roles.values())
    return named.found[pattern]


def name_in(arn: str) -> str:
    """What stands after `role/` in an ARN: a path and a name; the whole of anything else."""
    before, found, name = arn.partition(":role/")
    return name if found else before


def _roles_by_name(template: Template) -> _Named:
    if _KEY not in template.derived:
        roles: dict[str, list[Identity]] = {}
        for one in template.around():
            for role in one.identities.values():
                for arn in arns_of(role) if role.kind == "role" else ():
                    roles.setdefault(name_in(arn), []).append(role)
        template.derived[_KEY] = _Named(roles, {})
    return cast("_Named", template.derived[_KEY])
