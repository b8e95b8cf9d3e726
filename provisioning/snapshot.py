"""The actual or the desired state of the homeserver: one type for both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from matrix.ids import RoomId, UserId
from matrix.locator import LOCATOR_TYPE
from provisioning.drawing import Drawing

Content = Mapping[str, Any]
StateKey = tuple[str, str]
"""(event type, state key)"""

CHILD = "m.space.child"
PARENT = "m.space.parent"
AVATAR = "m.room.avatar"
ENCRYPTION: StateKey = ("m.room.encryption", "")
SERVER_ACL: StateKey = ("m.room.server_acl", "")
LINKS = frozenset({CHILD, PARENT})
"""Event types whose state key is another room's id; in a `Room` it is that room's *key*."""


@dataclass(frozen=True, slots=True)
class OwnAccounts:
    """Palabre's own accounts."""

    provisioner: UserId
    bot: UserId
    break_glass: UserId

    @property
    def sealed(self) -> tuple[UserId, UserId]:
        """The accounts that never have a signed device."""
        return self.provisioner, self.break_glass

    def __contains__(self, user_id: object) -> bool:
        """Whether an account is one of them."""
        return user_id in (self.provisioner, self.bot, self.break_glass)

    @property
    def server(self) -> str:
        """The name of their homeserver, ours."""
        return self.provisioner.partition(":")[2]


class Membership(StrEnum):
    """How a person stands to a room."""

    JOINED = "joined"
    INVITED = "invited"
    REQUESTED = "requested"
    """Ours alone: the bot has been asked to invite them, once they have a signed device."""
    LEFT = "left"
    """They have left or refused of their own will."""
    REMOVED = "removed"
    """Palabre has removed them, because the description no longer placed them there."""
    EXPELLED = "expelled"
    """Somebody else has removed them: a moderator."""
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class MembershipEvent:
    """An ``m.room.member`` event; ``at`` is in milliseconds since the epoch, by the server's clock."""

    event_id: str
    at: int


PRESENT = (Membership.JOINED, Membership.INVITED)


class AccountClosure(StrEnum):
    """How an account is closed."""

    LOCK = "lock"
    """Nobody can use it until it is unlocked."""
    DEACTIVATE = "deactivate"
    """For good, as far as its owner is concerned: the password and all sessions are gone."""


@dataclass(frozen=True)
class Account:
    """A person's account. ``role`` and ``city`` are keys of the description; ``closed``: nobody can use it.

    ``former``: the description says that the person is no longer active (alumni, or gone).
    """

    user_id: UserId
    name: str
    role: str | None = None
    city: str | None = None
    closed: AccountClosure | None = None
    former: bool = False


@dataclass(frozen=True)
class Room:
    """A space or room of ours, by its key.

    ``state`` holds the state that Palabre owns, other rooms named by their keys (`LINKS`, and the root space in
    a join rule). ``federated``: whether people of other servers can be in it; that cannot be changed.

    Of a described room alone: ``may_enter``, who may come by themselves; ``was``, keys that it may have had; of a
    safe one ``gate``, the key of its own space, and ``keepers``, who let others in and out; ``drawing``, of what its
    picture is made; ``joins_newcomers``: whoever comes into it is joined where nothing said before would be shown.
    Of one that is there alone: ``absent``, how those who are not in it and were, or were invited, came to be so;
    ``room_id``; ``creators``, whose power cannot be taken away (room version 12); ``unknown_children``, the rooms that
    it lists as a space and that are none of ours;
    ``replaced``: somebody has closed it with a tombstone, so it is nobody's room any more; ``inside``: the
    provisioner is in it; ``left_by``: the event by which it has left, where it has; ``made_for``: its first key;
    ``has_picture``; ``closed_at``: since when (milliseconds since the epoch) whoever comes is shown nothing from
    before, None where they are.
    """

    key: str
    is_space: bool
    state: Mapping[StateKey, Content]
    members: Mapping[UserId, Membership] = field(default_factory=dict)
    federated: bool = False
    may_enter: frozenset[UserId] = frozenset()
    was: tuple[str, ...] = ()
    gate: str | None = None
    keepers: frozenset[UserId] = frozenset()
    room_id: RoomId | None = None
    creators: tuple[UserId, ...] = ()
    replaced: bool = False
    inside: bool = True
    left_by: str | None = None
    made_for: str | None = None
    absent: Mapping[UserId, MembershipEvent] = field(default_factory=dict)
    unknown_children: tuple[RoomId, ...] = ()
    drawing: Drawing | None = None
    joins_newcomers: bool = False
    has_picture: bool = False
    closed_at: int | None = None

    @property
    def parents(self) -> tuple[str, ...]:
        """The keys of the spaces that it names as its parents, sorted."""
        return tuple(sorted(key for event_type, key in self.state if event_type == PARENT))

    @property
    def is_archived(self) -> bool:
        """Whether its locator says so."""
        return self.state.get((LOCATOR_TYPE, ""), {}).get("archived") is True


@dataclass(frozen=True)
class Snapshot:
    """Accounts by user id and rooms by key; ``own`` are Palabre's own accounts.

    ``abandoned``, of what there is alone: rooms of ours that the provisioner is not in although it ought to be, as
    long as somebody is in them; none of a key that is in ``rooms``.
    ``others``: what the provisioner has made under other communities' keys, by `key_elsewhere`.
    ``signed_in``, of what there ought to be alone: who has been seen with a signed device; None: that makes no
    difference. ``quiet``, of what there is: rooms that would show nothing from before to whoever is put into them.
    ``informed``, of what there is: by the key of a safe room, who has been told how it is there; None: that makes no
    difference.
    """

    accounts: Mapping[UserId, Account]
    rooms: Mapping[str, Room]
    own: OwnAccounts
    abandoned: Mapping[str, Room] = field(default_factory=dict)
    others: Mapping[str, Room] = field(default_factory=dict)
    signed_in: frozenset[UserId] | None = None
    quiet: frozenset[str] = frozenset()
    informed: Mapping[str, frozenset[UserId]] | None = None


def key_elsewhere(community: str, key: str) -> str:
    """Return the key under which a room of another community is in a snapshot; no key of a description has a colon."""
    return f"{community}:{key}"


def community_elsewhere(key: str) -> str:
    """Return the community of a key that `key_elsewhere` made."""
    return key.partition(":")[0]


def set_aside(room: Room) -> str:
    """Return the key of a room whose own key is another's: the next look finds it under the same one."""
    return f"{room.key}~{room.room_id}"


def canonical(value: object) -> str:
    """Return a JSON value as text, the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
