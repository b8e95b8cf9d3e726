"""What a feature may read before it answers: the store, and what the bot knows of people and rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from bots.context.incoming import IncomingMessage
from community.accounts.identities import Pin
from community.description.person import Person
from matrix.ids import UserId

if TYPE_CHECKING:
    from bots.encryption import RoomView
    from bots.safe_rooms import DescribedSafeRoom
    from community.storage import Store


class PinnedKeys(Protocol):
    """The pinned identities, by Matrix ID."""

    @property
    def pins(self) -> Mapping[str, Pin]:
        """The pins as they are now."""
        ...

    @property
    def changes(self) -> Mapping[str, int]:
        """How many new identities each of those whose identity has changed has shown."""
        ...


class Rooms(Protocol):
    """The bot's rooms. ``me`` is the bot, ``own`` are the community's technical accounts."""

    @property
    def me(self) -> UserId:
        """The bot's Matrix ID."""
        ...

    @property
    def own(self) -> frozenset[UserId]:
        """The Matrix IDs of the bot and of the provisioner."""
        ...

    def rooms(self) -> dict[str, RoomView]:
        """Return the community's rooms by key."""
        ...

    def spaces(self) -> dict[str, RoomView]:
        """Return the community's spaces by key."""
        ...


class SafeRoomList(Protocol):
    """The safe rooms of the description."""

    @property
    def current(self) -> Sequence[DescribedSafeRoom]:
        """The safe rooms as they are described now."""
        ...


class Coordination(Protocol):
    """Who coordinates, and where."""

    @property
    def coordinators(self) -> RoomView | None:
        """The coordinators' room; None where there is none that the bot is in, or others read it too."""
        ...

    @property
    def coordinating_roles(self) -> frozenset[str]:
        """The keys of the roles that speak for the coordinators."""
        ...


class Messages(Protocol):
    """Messages that were sent before."""

    async def read_back(self, room_id: str, event_id: str) -> IncomingMessage | None:
        """Return a message of a room; None where it cannot be read. Raises MatrixError."""
        ...

    async def read_for(self, user_id: str, room_id: str, event_id: str) -> IncomingMessage | None:
        """Return a message of a room; None also where this person could not read it when it was said."""
        ...


async def no_feeds() -> str | None:
    """Return the address of feeds where none are served: None."""
    return None


def usual_link_lifetime() -> timedelta:
    """Return how long the link of an invitation works where the settings say nothing else."""
    return timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where features read. ``people`` are the active ones by Matrix ID.

    ``feed_server`` gives the address at which the calendar's feeds are served, None where they are not; the
    pages of invitations are there too. ``link_lifetime`` gives how long the link of one works, if nothing else is said.
    """

    store: Store
    people: Mapping[str, Person]
    identities: PinnedKeys
    rooms: Rooms
    safe_rooms: SafeRoomList
    coordination: Coordination
    messages: Messages
    feed_server: Callable[[], Awaitable[str | None]] = no_feeds
    link_lifetime: Callable[[], timedelta] = usual_link_lifetime
