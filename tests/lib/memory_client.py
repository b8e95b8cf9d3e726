"""The part of `EncryptedClient` by which features, posts and invitations reach people, without homeserver and keys.

Its contract, which the real one keeps too, is `tests/contract/test_encrypted_client.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from bots.encryption import Received
from matrix.ids import EventId, RoomId, UserId

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class ClientPort(Protocol):
    """What is tried on both."""

    user_id: UserId

    async def send(
        self,
        room_id: RoomId,
        content: Mapping[str, Any],
        transaction_id: str,
        *,
        outer: Mapping[str, Any] | None = None,
    ) -> EventId:
        """Send a message; with a transaction of before, return the event that it made."""

    async def read_back(self, room_id: RoomId, event_id: EventId) -> Received | None:
        """Return a message that was said in a room."""

    async def could_read(self, room_id: RoomId, event_id: EventId, user_id: UserId) -> bool:
        """Whether somebody could read a message when it was said."""

    async def with_signed_device(self, users: Iterable[UserId], *, at_least: int = 1) -> frozenset[UserId]:
        """Return those who have at least so many devices that they have signed."""

    async def know(self, users: Iterable[UserId]) -> None:
        """Learn the devices and identities of people."""

    async def identities_shown(self) -> dict[UserId, str]:
        """Return whose identity was learnt since the last call, with the master keys."""

    async def use_pins(self, pins: Mapping[str, str]) -> None:
        """Take these as the pinned master keys, by user."""

    async def shown_identity(self, user_id: UserId) -> str | None:
        """Return the master key that was last shown of somebody who is known."""


class MemoryClient:
    """``events`` is what the homeserver has of what was sent.

    ``signed`` are those with a signed device, ``several`` those with more than one.

    ``hidden`` are messages with who could not read them then. ``identities`` are people's master keys; each is known as
    soon as it is there.
    """

    def __init__(self, user_id: str = "@palabre:x", device_id: str = "BOT", now: datetime = NOW) -> None:
        self.user_id, self.device_id, self.now = UserId(user_id), device_id, now
        self.signed: set[UserId] = set()
        self.several: set[UserId] = set()
        self.identities: dict[UserId, str] = {}
        self.pins: dict[str, str] = {}
        self._shown: dict[UserId, str] = {}
        self.hidden: set[tuple[EventId, UserId]] = set()
        self.events: list[dict[str, Any]] = []
        self._said: dict[tuple[RoomId, EventId], Received] = {}
        self.transactions: dict[tuple[str, str], EventId] = {}

    @property
    def bodies(self) -> list[str]:
        """What was sent, in words."""
        return [str(event["content"]["body"]) for event in self.events]

    async def send(
        self,
        room_id: RoomId,
        content: Mapping[str, Any],
        transaction_id: str,
        *,
        outer: Mapping[str, Any] | None = None,
    ) -> EventId:
        """See `ClientPort`. A transaction is its device's."""
        name = (self.device_id, transaction_id)
        if name not in self.transactions:
            event_id = self.transactions[name] = EventId(f"$e{len(self._said)}")
            at = int(self.now.timestamp() * 1000)
            self.said(Received(room_id, event_id, self.user_id, content, at))
            shown = {"event_id": event_id, "sender": self.user_id, "content": {**content, **(outer or {})}}
            self.events.append({**shown, "origin_server_ts": at})
        return self.transactions[name]

    def said(self, *messages: Received) -> None:
        """Have messages said in their rooms."""
        self._said |= {(message.room_id, message.event_id): message for message in messages}

    async def read_back(self, room_id: RoomId, event_id: EventId) -> Received | None:
        """See `ClientPort`."""
        return self._said.get((room_id, event_id))

    async def could_read(self, room_id: RoomId, event_id: EventId, user_id: UserId) -> bool:
        """See `ClientPort`."""
        return (room_id, event_id) in self._said and (event_id, user_id) not in self.hidden

    async def with_signed_device(self, users: Iterable[UserId], *, at_least: int = 1) -> frozenset[UserId]:
        """See `ClientPort`."""
        return frozenset((self.signed if at_least == 1 else self.several) & set(users))

    async def know(self, users: Iterable[UserId]) -> None:
        """See `ClientPort`."""

    async def identities_shown(self) -> dict[UserId, str]:
        """See `ClientPort`."""
        learnt = {user: key for user, key in self.identities.items() if self._shown.get(user) != key}
        self._shown |= learnt
        return learnt

    async def use_pins(self, pins: Mapping[str, str]) -> None:
        """See `ClientPort`."""
        self.pins = dict(pins)

    async def shown_identity(self, user_id: UserId) -> str | None:
        """See `ClientPort`."""
        return self.identities.get(user_id)
