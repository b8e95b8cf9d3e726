"""Sends to encrypted rooms, after everybody who may read the event was given the key, and never in clear."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, assert_never

from bots.encryption.cross_signing import Json
from bots.encryption.identity import OpenDevice
from bots.encryption.recipients import Recipients
from bots.encryption.room_keys import EncryptedContent, UnknownDevices, UnsharedDevices
from bots.encryption.room_view import RoomView
from bots.encryption.sharing import KeySharing
from bots.errors import NotEncrypted
from matrix.client_api import ClientApi
from matrix.ids import EventId, RoomId


class EventSender:
    """Encrypts and sends events; in each room one after the other.

    ``room`` returns the state of a room. ``recipients`` decides who of its readers gets the keys. ``now`` returns the
    time.
    """

    def __init__(
        self,
        client: ClientApi,
        device: OpenDevice,
        sharing: KeySharing,
        room: Callable[[RoomId], RoomView | None],
        *,
        recipients: Callable[[RoomView], Awaitable[Recipients]],
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._machine = device.machine
        self._crypto = device.worker.run
        self._sharing = sharing
        self._room = room
        self._recipients = recipients
        self._now = now
        self._sending: dict[RoomId, asyncio.Lock] = {}

    async def send(
        self,
        room_id: RoomId,
        content: Mapping[str, Any],
        transaction_id: str,
        *,
        event_type: str = "m.room.message",
        outer: Mapping[str, Any] | None = None,
    ) -> EventId:
        """Encrypt and send an event; ``outer`` is added to the content in clear.

        Sending again with the same ``transaction_id`` within a day does not make a second event.

        Raises:
            NotEncrypted: the room is not known to be encrypted; nothing was sent.
            MatrixError: the homeserver does not answer or refuses.
            CryptoStoreUnwritable: the disk is full; nothing was sent.
        """
        async with self._sending.setdefault(room_id, asyncio.Lock()):
            encrypted = await self._encrypted(room_id, event_type, content)
            if "m.relates_to" in content:
                encrypted["m.relates_to"] = content["m.relates_to"]
            return await self._client.send_event(
                room_id, "m.room.encrypted", {**encrypted, **(outer or {})}, transaction_id
            )

    async def _encrypted(self, room_id: RoomId, event_type: str, content: Mapping[str, Any]) -> Json:
        """Return the encrypted content, after all readers were given its key or told why they get none.

        Members may come and go while a request is under way, so the room's state is read again after each.
        """
        while True:
            room = self._room(room_id)
            if room is None or not room.is_encrypted:
                raise NotEncrypted(room_id)
            to = await self._recipients(room)
            step = await self._crypto(
                self._machine.group_sessions.encrypt,
                room_id,
                to.given,
                event_type,
                content,
                rotation=room.rotation,
                shared_history=room.has_open_history,
                now=self._now(),
            )
            match step:
                case EncryptedContent():
                    if to.refused:
                        await self._sharing.refuse(room_id, to.refused)
                    return step.content
                case UnknownDevices(users):
                    await self._sharing.know(users)
                case UnsharedDevices(devices, unsigned):
                    await self._sharing.give(room_id, devices, unsigned)
                case _:
                    assert_never(step)
