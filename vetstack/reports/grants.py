"""What `vetstack grants` has to say: portraits of the identities that were asked for, and what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vetstack.records import NamedTuple

if TYPE_CHECKING:
    from vetstack.iam.portraits import Portrait
    from vetstack.load import Unread
    from vetstack.template import Kind, Undecided


class Survey(NamedTuple):
    """files: what was read, as given; undecided: what no template shows; unread: what could not be read."""

    files: list[tuple[str, Kind]]
    portraits: list[Portrait]
    undecided: list[Undecided]
    unread: list[Unread]
