"""Posting a message at most once in a room, whatever happens in between.

A row in the outbox comes before the message and says with which transaction id and from which device it goes
out. Found again in state ``sending``, it is sent again with both, and the homeserver, which remembers for a day,
drops the second. Where that can't be relied on (another device, a long outage) the room is searched first for the
message's opaque mark, which stands in the clear part of the encrypted event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import structlog

from bots.encryption import EncryptedClient
from bots.skill import Reply
from community.storage import OutboxRow, OutboxState, Store
from matrix.client_api import ClientApi
from matrix.ids import EventId, RoomId

log = structlog.get_logger()

MARK = "org.palabre.occurrence"
"""Key of the mark in the clear part of the event."""
DEDUPLICATED_FOR = timedelta(hours=23)
"""Synapse forgets transaction ids after a day; an hour is left for safety."""
_SEARCH_PAGES = 50
_CLOCKS_DIFFER = timedelta(hours=1)


class PostOnce:
    """Posts through the outbox. ``now`` gives the time; what is later than ``late_limit`` is dropped."""

    def __init__(
        self,
        store: Store,
        client: EncryptedClient,
        api: ClientApi,
        *,
        late_limit: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._client = client
        self._api = api
        self._late_limit = late_limit
        self._now = now

    async def post(
        self,
        key: str,
        room_key: str,
        room_id: RoomId,
        *,
        due: datetime,
        message: Callable[[datetime], Reply],
        marks: Mapping[str, Any] = MappingProxyType({}),
    ) -> bool:
        """Post what ``message`` says at that moment, unless ``key`` has been posted in the room.

        ``marks`` stand in its content, encrypted as it is. Return False where it was dropped, now or before.

        Raises:
            PalabreError: it was not sent, as far as is known; the next call with the same key tries again.
        """
        now = self._now()
        wanted = OutboxRow(
            occurrence_key=key,
            room_key=room_key,
            room_id=room_id,
            transaction_id=_transaction_id(key, room_key),
            device_id=self._client.device_id,
            due_at=due,
            begun_at=now,
        )
        row = await self._store.outbox.begin(wanted)
        if row.state is not OutboxState.SENDING:
            return row.state is OutboxState.SENT
        event_id = None
        if not self._is_deduplicated(row, now):
            event_id = await self._search(row)
        if event_id is None and now - due > self._late_limit:
            await self._store.outbox.end(row, OutboxState.DROPPED, at=now)
            log.warning("post_dropped", room=room_key)
            return False
        if event_id is None:
            event_id = await self._send(message(now), room_id, row.transaction_id, marks)
        await self._store.outbox.end(row, OutboxState.SENT, at=self._now(), event_id=event_id)
        log.info("posted", room=room_key)
        return True

    async def settle(self, start: datetime) -> None:
        """End the rows that were being sent and are too old to be looked at again: sent after all, or dropped."""
        for row in await self._store.outbox.sending():
            if row.due_at <= start:
                event_id = await self._search(row)
                state = OutboxState.DROPPED if event_id is None else OutboxState.SENT
                await self._store.outbox.end(row, state, at=self._now(), event_id=event_id)
                log.info("settled", room=row.room_key, state=state.value)

    def _is_deduplicated(self, row: OutboxRow, now: datetime) -> bool:
        """Whether sending again with the row's transaction id is surely the same event."""
        return row.device_id == self._client.device_id and now - row.begun_at < DEDUPLICATED_FOR

    async def _send(
        self, message: Reply, room_id: RoomId, transaction_id: str, marks: Mapping[str, Any]
    ) -> EventId:
        content = {
            # Not a notice: Element does not notify for those.
            "msgtype": "m.text",
            "body": message.text,
            "format": "org.matrix.custom.html",
            "formatted_body": message.html,
            "m.mentions": {},
            **marks,
        }
        return await self._client.send(room_id, content, transaction_id, outer={MARK: transaction_id})

    async def _search(self, row: OutboxRow) -> EventId | None:
        """Return our own event with the row's mark in its room, None where there is none since it was begun."""
        earliest = (row.begun_at - _CLOCKS_DIFFER).timestamp() * 1000
        start: str | None = None
        for _ in range(_SEARCH_PAGES):
            page = await self._api.messages(RoomId(row.room_id), limit=100, start=start)
            events = page.get("chunk", ())
            for event in events:
                mark = event["content"].get(MARK)
                if event["sender"] == self._client.user_id and mark == row.transaction_id:
                    return EventId(event["event_id"])
            start = page.get("end")
            if start is None or (events and events[-1]["origin_server_ts"] < earliest):
                return None
        return None


def _transaction_id(key: str, room_key: str) -> str:
    return hashlib.sha256(f"{key}\0{room_key}".encode()).hexdigest()[:40]


def always(reply: Reply, _now: datetime) -> Reply:
    """Return ``reply`` whenever it is posted: a message for `PostOnce.post` that does not depend on the time."""
    return reply
