"""What somebody may do, service by service: how many actions of which level, on how much, under which condition.

Everything that is attached counts, what Deny statements and a boundary take away aside. Actions that a statement names
on resources that they cannot be used on give nothing, and are told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import Final, Literal

from vetstack.guards import Guard, when
from vetstack.iam.actions import patterns_of
from vetstack.iam.catalog import Action, Level, expand, services
from vetstack.iam.data_reads import data, lesser
from vetstack.iam.permissions import Grant, Grants, Way
from vetstack.iam.resources import begins_with_hole, covers, has_hole, overlap, subject_of
from vetstack.iam.selections import Selection
from vetstack.position import Position
from vetstack.records import NamedTuple

Depth = Literal["list", "read", "data read", "write", "permissions", "tagging"]

DEPTHS: Final[tuple[Depth, ...]] = ("permissions", "write", "data read", "read", "list", "tagging")
"""Access levels, what a reviewer looks at first in front. data read: of what a service holds, not how it is set up."""

EVERY: Final = "*"
"""Stands for all services at once: `Action: "*"`, what a NotAction leaves, and patterns past WIDE_LIMIT."""

ALL_BUT: Final = "all but "
"""Stands before what a NotAction or a NotResource leaves out."""

ALIKE: Final = 4
"""Ways to one action through one element that are looked at: one for each setting of a Condition."""


WIDE_LIMIT: Final = 16
"""Action elements that pick actions of many services (`*a*b*`, `*` under a condition) that are counted of what somebody
is granted; the rest are not.
"""

SHARED_LIMIT: Final = 24
"""The same for all identities of a template together: each such element asks something of every action of AWS."""


class Ability(NamedTuple):
    """Actions of one service and one level that are allowed alike.

    service: its prefix, or EVERY. everything: whether on all there is of their kind. actions: names as AWS writes them,
    empty where the service is EVERY. number: how many; patterns: as the template writes them, ALL_BUT before those that
    a NotAction leaves out; resources: likewise. limit: what a condition confines them to; when: the setting that grants
    them, both None where nothing does. managed: the policy of AWS's that has them, by name, which then is all that
    patterns holds. places: the Action elements, or where that policy is attached; through: the blocks.
    """

    service: str
    depth: Depth
    everything: bool
    actions: tuple[str, ...]
    number: int
    patterns: tuple[str, ...]
    resources: tuple[str, ...]
    limit: str | None
    when: str | None
    managed: str | None
    places: tuple[Position, ...]
    through: tuple[str, ...]


class Idle(NamedTuple):
    """An action that a statement names and that gives nothing there.

    why: "unknown" when AWS has no such action; "resources" when it cannot be used on what the statement names.
    """

    written: str
    why: Literal["unknown", "resources"]
    at: Position


class _Key(NamedTuple):
    """What actions have in common that stand in one row, whatever the setting."""

    service: str
    depth: Depth
    everything: bool
    limit: str | None
    managed: str | None


class _Cell:
    """One action of a row, while its ways are gathered."""

    __slots__ = ("guards", "ways")

    def __init__(self) -> None:
        self.guards: dict[Guard, None] = {}
        self.ways: dict[tuple[int, int, int], Way] = {}

    def take(self, way: Way) -> None:
        self.guards[way.guard] = None
        self.ways.setdefault((id(way.grant), id(way.action), id(way.resource)), way)


_Rows = dict[_Key, dict[str, _Cell]]
"""The cells of each row by their actions."""


def abilities(grants: Grants, exists: tuple[Guard, ...], left_out: Iterable[Selection] = ()) -> list[Ability]:
    """What is allowed, by service and level.

    exists: the settings that bring its holder into being; left_out: Action elements that are not to be counted.
    """
    rows: _Rows = {}
    made: list[Ability] = []
    beyond = set(map(id, left_out))
    for grant in grants.allows:
        for selection in grant.actions:
            if id(selection) in beyond:
                continue
            if selection.sweeping and not grants.held_back and _is_plain(grant):
                made += _swept(grant, selection, exists)
            elif selection.sweeping:
                _gather(grants, grant, selection, EVERY, _everything(), rows)
            elif beyond and selection.wild:  # what is too much to count is too much to tell by service
                _gather(grants, grant, selection, EVERY, _picked(selection), rows)
            else:
                _gather(grants, grant, selection, None, _picked(selection), rows)
    said = _Sayer(exists)
    _drop_repeated(rows, said)
    made += (one for key, cells in rows.items() for one in _made(key, cells, said))
    return sorted(dict.fromkeys(made), key=_order)


def wide_elements(grants: Grants) -> Iterator[tuple[Selection, object]]:
    """The Action elements that are compared with every action of every service, if they are counted.

    Each with what it has in common with those that are counted together with it.
    """
    for grant in grants.allows:
        for one in grant.actions:
            if one.sweeping and not grants.held_back and _is_plain(grant):
                yield one, (one.patterns, one.negated)
            elif one.sweeping or one.wild:
                yield one, id(one)


def _is_plain(grant: Grant) -> bool:
    """Whether a statement speaks of every resource and has no condition, so that all its actions are allowed alike."""
    everything = all(not one.negated and not "".join(one.patterns).strip("*") for one in grant.resources)
    return everything and len(grant.resources) == 1 and all(conditions.none for _, conditions in grant.conditions)


def _swept(grant: Grant, selection: Selection, exists: tuple[Guard, ...]) -> Iterator[Ability]:
    """What a plain statement allows of every service, counted once for all that are written alike."""
    guards = [both for both in (selection.guard & resource.guard for resource in grant.resources) if both]
    if not guards:
        return
    at = grant.attachment.at if grant.managed else selection.at
    for depth, number in _counted(selection.patterns, selection.negated):
        yield Ability(
            EVERY,
            depth,
            True,
            (),
            number,
            (grant.managed or _written(selection),),
            (EVERY,),
            None,
            when(guards, exists),
            grant.managed,
            (at,),
            tuple(dict.fromkeys((*grant.blocks, *selection.via))),
        )


@lru_cache(maxsize=64)
def _counted(patterns: tuple[str, ...], negated: bool) -> tuple[tuple[Depth, int], ...]:
    known = patterns_of(patterns)
    taken = (action for action in _everything() if known.match(action.name) != negated)
    return tuple(Counter(depth_of(action) for action in taken).items())


def _gather(
    grants: Grants, grant: Grant, selection: Selection, service: str | None, actions: Iterable[Action], rows: _Rows
) -> None:
    """Put what one element allows into the rows. service: EVERY when its actions are not told apart by service."""
    all_of_them = not selection.negated and any(not pattern.strip("*") for pattern in selection.patterns)
    for action in actions:
        if service and not all_of_them and not selection.takes_action(action.name):
            continue
        resources = [one for one in grant.resources if applies(action, one)]
        for way in islice(grants.through(grant, selection, action.name, resources), ALIKE * len(resources)):
            row = rows.setdefault(_key(action, service or action.name.partition(":")[0], way), {})
            row.setdefault(action.name, _Cell()).take(way)


@cache
def _everything() -> tuple[Action, ...]:
    return tuple(action for service in sorted(services()) for action in expand(f"{service}:*"))


def _picked(selection: Selection) -> Iterator[Action]:
    for pattern in selection.patterns:
        yield from expand(pattern)


def _key(action: Action, service: str, way: Way) -> _Key:
    limit = way.limit.said if way.limit else None
    return _Key(service, depth_of(action), _reaches_all(action, way.resource), limit, way.grant.managed)


class _Sayer:
    """Says settings; the same ones are asked for over and over."""

    def __init__(self, exists: tuple[Guard, ...]) -> None:
        self._exists = exists
        self._known: dict[tuple[Guard, ...], str | None] = {}

    def __call__(self, cell: _Cell) -> str | None:
        guards = tuple(cell.guards)
        if guards not in self._known:
            self._known[guards] = when(guards, self._exists)
        return self._known[guards]


@cache
def depth_of(action: Action) -> Depth:
    """The level of an action, reads of data told apart."""
    level: Level = action.level
    return "data read" if action.name in _data_reads() and level != "permissions" else level


@cache
def _data_reads() -> frozenset[str]:
    """Actions that return what a service holds, whatever AWS calls their level: `kms:Decrypt` is a write to AWS."""
    return frozenset(read for kind in (*data(), *lesser()) for read in kind.reads)


def applies(action: Action, resource: Selection) -> bool:
    """Whether an action can be used on some of what a Resource element names."""
    return resource.negated or any(_applies(action.resources, pattern) for pattern in resource.patterns)


@lru_cache(maxsize=8192)
def _applies(kinds: tuple[str, ...], pattern: str) -> bool:
    if not pattern.strip("*") or begins_with_hole(pattern):
        return True
    return any(overlap(pattern, kind) for kind in kinds)


def _reaches_all(action: Action, resource: Selection) -> bool:
    return not resource.negated and _covers_a_kind(resource.patterns, action.resources or (EVERY,))


@lru_cache(maxsize=8192)
def _covers_a_kind(patterns: tuple[str, ...], kinds: tuple[str, ...]) -> bool:
    return any(covers(pattern, subject_of(kind)) for kind in kinds for pattern in patterns)


def _written(selection: Selection) -> str:
    return f"{ALL_BUT}{selection.written}" if selection.negated else selection.written


def _drop_repeated(rows: _Rows, said: _Sayer) -> None:
    """Take out what is allowed on everything, without a condition and in every setting, where it is repeated."""
    told: set[str] = set()
    for key, cells in sorted(rows.items(), key=lambda item: (not _is_free(item[0]), item[0].managed is not None)):
        if key.service != EVERY:
            for name in told & cells.keys():
                del cells[name]
        if _is_free(key):
            told |= {name for name, cell in cells.items() if said(cell) is None}


def _is_free(key: _Key) -> bool:
    return key.everything and key.limit is None and key.service != EVERY


def _made(key: _Key, cells: dict[str, _Cell], said: _Sayer) -> Iterator[Ability]:
    """The abilities of one row: one for each setting."""
    by_setting: dict[str | None, dict[str, _Cell]] = {}
    for name, cell in cells.items():
        by_setting.setdefault(said(cell), {})[name] = cell
    for setting, some in by_setting.items():
        ways = {known: way for cell in some.values() for known, way in cell.ways.items()}.values()
        managed = key.managed
        yield Ability(
            key.service,
            key.depth,
            key.everything,
            () if key.service == EVERY else tuple(sorted(some)),
            len(some),
            tuple(dict.fromkeys(managed or _written(way.action) for way in ways)),
            tuple(dict.fromkeys(_written(way.resource) for way in ways)),
            key.limit,
            setting,
            managed,
            tuple(sorted({way.grant.attachment.at if managed else way.action.at for way in ways})),
            tuple(dict.fromkeys(block for way in ways for block in (*way.grant.blocks, *way.action.via))),
        )


def _order(one: Ability) -> tuple[bool, str, int, bool, str, str, str]:
    free = one.limit is None and one.when is None
    rank = DEPTHS.index(one.depth)
    confined = (not (one.everything and free), one.limit or "", one.when or "")
    return (one.service != EVERY, one.service, rank, *confined, one.managed or "")


def idle(grants: Grants, left_out: Iterable[Selection] = ()) -> list[Idle]:
    """What statements name in vain, by its place. left_out: as for `abilities`."""
    found: dict[tuple[str, Position], Idle] = {}
    beyond = set(map(id, left_out))
    for grant in grants.allows:
        for selection in grant.actions:
            if id(selection) in beyond or selection.negated or grant.managed:
                continue
            if any(has_hole(pattern) for pattern in selection.patterns):
                continue
            for one in _idle(grant, selection):
                found.setdefault((one.written, one.at), one)
    return sorted(found.values(), key=lambda one: one.at)


def _idle(grant: Grant, selection: Selection) -> Iterator[Idle]:
    picked = next(_picked(selection), None)
    named = not set("*?") & set(selection.written)
    if not picked:
        yield Idle(selection.written, "unknown", selection.at)
    elif named and grant.resources and not any(applies(picked, resource) for resource in grant.resources):
        yield Idle(selection.written, "resources", selection.at)


class Denial(NamedTuple):
    """One Deny statement. asks: keys of the condition that it applies under; when: the setting that it is there in."""

    patterns: tuple[str, ...]
    resources: tuple[str, ...]
    asks: tuple[str, ...]
    when: str | None
    at: Position
    through: tuple[str, ...]


def denials(grants: Grants, exists: tuple[Guard, ...]) -> list[Denial]:
    """What Deny statements say, one by one."""
    return list(dict.fromkeys(denial for deny in grants.denies for denial in _denials(deny, exists)))


def _denials(deny: Grant, exists: tuple[Guard, ...]) -> Iterator[Denial]:
    for guard, conditions in deny.conditions:
        asks = tuple(dict.fromkeys(test.key for test in conditions.tests))
        yield Denial(
            _texts(deny.actions),
            _texts(deny.resources),
            (*asks, "what is decided at deployment") if conditions.hidden else asks,
            when([guard], exists) if guard.atoms else None,
            min((one.at for one in deny.actions), default=deny.statement.at),
            deny.blocks,
        )


def _texts(selections: Iterable[Selection]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_written(one) for one in selections))
