"""Updates the health of the bot's device after each sync."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bots.encryption.cross_signing import Json
from bots.encryption.health import Health
from bots.encryption.identity import OpenDevice
from bots.encryption.protocol import ONE_TIME_KEY
from bots.encryption.room_view import RoomView
from matrix.client_api import ClientApi
from matrix.ids import RoomId, UserId


class HealthWatch:
    """``current``: the health after the last sync. ``verified``: when the identity was last confirmed to be ours."""

    def __init__(self, client: ClientApi, device: OpenDevice, verified: datetime) -> None:
        self._client = client
        self._machine = device.machine
        self._crypto = device.worker.run
        self.verified = verified
        self.current = Health(None, None, None, 0, {}, None, None)
        self._learnt = -1

    async def note(
        self, answer: Json, rooms: Mapping[RoomId, RoomView], now: datetime, *, readers_changed: bool
    ) -> None:
        """Update the health from a sync's ``answer``. ``readers_changed``: look again who has no signed device."""
        unsigned = self.current.without_signed_device
        learnt = self._machine.devices.learnt
        if readers_changed or learnt != self._learnt:
            self._learnt = learnt
            readers: dict[str, Sequence[str]] = {
                room_id: room.entitled for room_id, room in rooms.items() if room.is_encrypted
            }
            found = await self._crypto(self._machine.devices.unsigned_readers, readers)
            unsigned = {UserId(user): frozenset(map(RoomId, rooms)) for user, rooms in found.items()}
        self.current = Health(
            synced_at=now,
            one_time_keys=answer.get("device_one_time_keys_count", {}).get(ONE_TIME_KEY, 0),
            fallback_key_unused=ONE_TIME_KEY in answer.get("device_unused_fallback_key_types", ()),
            waiting_events=await self._crypto(self._machine.store.events.count_waiting),
            without_signed_device=unsigned,
            verified_at=self.verified,
            clock=None if (shown := self._client.http.time) is None else shown - now,
        )
