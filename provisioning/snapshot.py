"""What there is, or ought to be, on the homeserver: one type for both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from matrix.ids import RoomId, UserId

Content = Mapping[str, Any]
StateKey = tuple[str, str]
"""(event type, state key)"""

CHILD = "m.space.child"
PARENT = "m.space.parent"
LINKS = frozenset({CHILD, PARENT})
"""Event types whose state key is another room's id; in a `Room` it is that room's *key*."""


class Membership(StrEnum):
    """How a person stands to a room.

    ``REQUESTED`` is ours alone: the bot has been asked to invite them, once they have a signed device.
    ``LEFT`` covers leaving, refusing an invitation and being removed or banned.
    """

    JOINED = "joined"
    INVITED = "invited"
    REQUESTED = "requested"
    LEFT = "left"


@dataclass(frozen=True)
class Account:
    """A person's account. ``role`` and ``city`` are keys of the description; ``closed``: nobody can use it."""

    user_id: UserId
    name: str
    role: str | None = None
    city: str | None = None
    closed: bool = False


@dataclass(frozen=True)
class Room:
    """A space or room of ours, by its key.

    ``state`` holds the state that Palabre owns, other rooms named by their keys (`LINKS`, and the root space in
    a join rule). ``room_id`` is None for one that is only described.
    """

    key: str
    is_space: bool
    state: Mapping[StateKey, Content]
    members: Mapping[UserId, Membership] = field(default_factory=dict)
    room_id: RoomId | None = None

    @property
    def parents(self) -> tuple[str, ...]:
        """The keys of the spaces that it names as its parents, sorted."""
        return tuple(sorted(key for event_type, key in self.state if event_type == PARENT))


@dataclass(frozen=True)
class Snapshot:
    """Accounts by user id and rooms by key."""

    accounts: Mapping[UserId, Account]
    rooms: Mapping[str, Room]


def canonical(content: Content) -> str:
    """Return ``content`` as text that is the same for the same content."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
