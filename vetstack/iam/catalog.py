"""What AWS has: every action with its level and what it can be restricted to, and AWS's managed policies.

The actions are those of AWS's service authorization reference, the documents those that AWS publishes; data/META.json
says of which day. Only what is asked for is read: the actions of one service, a block of policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, Literal

from vetstack.iam.actions import matches
from vetstack.packs import Pack
from vetstack.records import NamedTuple

Level = Literal["list", "read", "write", "permissions", "tagging"]

LEVELS: Final[dict[str, Level]] = {"l": "list", "r": "read", "w": "write", "p": "permissions", "t": "tagging"}
"""Access levels by the letter that stands for them in the data. `permissions` is AWS's "Permissions management"."""


class Action(NamedTuple):
    """One action of AWS.

    name: in AWS's letter case, `s3:GetObject`; resources: patterns of the ARNs of the resource types that it can be
    restricted to, `arn:*:s3:::*/*`, those that it must have first; empty when it can only be allowed on `*`.
    """

    name: str
    level: Level
    resources: tuple[str, ...]


_ACTIONS: Final = Pack("actions.pack")
_POLICIES: Final = Pack("managed_policies.pack")
_NONE: Final[Mapping[str, Action]] = MappingProxyType({})


def services() -> frozenset[str]:
    """The prefixes of all services, as AWS writes them: `s3`."""
    return _all_services()


@cache
def _all_services() -> frozenset[str]:
    return frozenset(_ACTIONS.keys())


def is_known_service(service: str) -> bool:
    """Whether AWS has a service with this prefix, in any letter case."""
    return service.lower() in _ACTIONS.keys()  # noqa: SIM118 - a method of ours


@cache
def _of_service(service: str) -> Mapping[str, Action]:
    text = _ACTIONS.text(service)
    if text is None:
        return _NONE
    types, choices, *lines = text.split("\n")
    arns = types.split("\t")
    sets = [tuple(arns[int(number)] for number in one.split(",")) if one else () for one in choices.split("\t")]
    found = {}
    for line in lines:
        name, kind = line.split("\t")
        found[name.lower()] = Action(f"{service}:{name}", LEVELS[kind[0]], sets[int(kind[1:])])
    return MappingProxyType(found)


def actions_of(service: str) -> Mapping[str, Action]:
    """The actions of a service by their lower-case names without the prefix; empty for a service that AWS lacks."""
    return _of_service(service.lower())


def action_named(text: str) -> Action | None:
    """The action of a name in any letter case, `S3:getobject`; None when AWS lacks it, and for patterns."""
    service, _, name = text.lower().partition(":")
    return _of_service(service).get(name) if is_known_service(service) else None


def expand(pattern: str) -> Iterator[Action]:
    """Every action that an Action element stands for: `s3:Get*`, `*`, in any letter case, sorted by service and name.

    A service is read when its turn comes.
    """
    folded = pattern.lower()
    for service in _services_of(folded):
        yield from _matching(service, folded)


def unknown(patterns: Iterable[str]) -> Iterator[str]:
    """The patterns that stand for no action: a misspelt one, one that AWS has withdrawn or does not document."""
    return (pattern for pattern in patterns if next(expand(pattern), None) is None)


@lru_cache(maxsize=1024)
def _services_of(pattern: str) -> tuple[str, ...]:
    """The services of whose actions some may match. An action has one colon, so a colon in the pattern is that one."""
    service, colon, name = pattern.partition(":")
    if ":" in name:
        return ()
    if not colon:
        beginning = pattern.replace("?", "*").partition("*")[0]
        service = f"{beginning}*" if beginning != pattern else pattern  # the colon is in what a wildcard stands for
    if not set("*?") & set(service):
        return (service,) if is_known_service(service) else ()
    return tuple(one for one in _ACTIONS.keys() if matches(service, one))  # noqa: SIM118


@lru_cache(maxsize=4096)
def _matching(service: str, pattern: str) -> tuple[Action, ...]:
    actions = _of_service(service)
    _, colon, name = pattern.partition(":")
    if not colon:
        return tuple(action for action in actions.values() if matches(pattern, action.name))
    if not set("*?") & set(name):
        return (actions[name],) if name in actions else ()
    if not name.strip("*"):
        return tuple(actions.values())
    return tuple(action for key, action in actions.items() if matches(name, key))


@cache
def policy_names() -> frozenset[str]:
    """The names of all AWS managed policies, service-linked ones too, as AWS writes them."""
    return frozenset(key.rpartition("/")[2] for key in _POLICIES.keys().values())


@lru_cache(maxsize=1024)
def _key_of(name: str) -> str | None:
    """The key of a policy by its lower-case name: its path with its name, as in its ARN."""
    return None if "/" in name else _POLICIES.ending(f"/{name}")


def policy_named(name: str) -> str | None:
    """The name of an AWS managed policy as AWS writes it, by its name in any letter case; None when AWS lacks it."""
    key = _key_of(name.lower())
    return key.rpartition("/")[2] if key else None


def policy_path(name: str) -> str:
    """The path in the ARN of a managed policy, `/job-function/`, by its name in any letter case. Raises KeyError."""
    key = _key_of(name.lower())
    if key is None:
        raise KeyError(name)
    return f"{key.rpartition('/')[0]}/"


@lru_cache(maxsize=64)
def policy_document(name: str) -> dict[str, object] | None:
    """The document of an AWS managed policy by its name in any letter case, as plain data; None when AWS lacks it.

    The same object for every caller, who must not change it.
    """
    import json

    key = _key_of(name.lower())
    if key is None:
        return None
    text = _POLICIES.text(key)
    document: dict[str, object] = json.loads(text or "{}")
    return document
