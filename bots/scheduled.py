"""Posting what the calendar says: each message at most once in each room, whatever happens in between.

A row in the outbox comes before the message and says with which transaction id and from which device it goes
out. Found again in state ``sending``, it is sent again with both, and the homeserver, which remembers for a day,
drops the second. Where that can't be relied on (another device, a long outage) the room is searched first for the
message's opaque mark, which stands in the clear part of the encrypted event.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bots.alarm import Alarm
from bots.encryption import EncryptedClient, RoomView
from bots.rendering import render
from community.errors import PalabreError
from community.messages import Translator
from community.occurrences import Post, posts
from community.store import OutboxRow, OutboxState, Store
from matrix.client_api import ClientApi
from matrix.ids import EventId, RoomId

log = structlog.get_logger()

MARK = "org.palabre.occurrence"
"""Key of the mark in the clear part of the event."""
LOOK_AHEAD = timedelta(hours=1)
LOOK_AGAIN = timedelta(seconds=5)
"""The longest sleep: by then entries or rooms may have changed."""
DEDUPLICATED_FOR = timedelta(hours=23)
"""Synapse forgets transaction ids after a day; an hour is left for safety."""
_SEARCH_PAGES = 50
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True)
class Posting:
    """How posts are written and when they are too late. ``since``: nothing due earlier is ever posted."""

    translators: Sequence[Translator]
    default_zone: str
    late_limit: timedelta
    since: datetime


class Scheduled:
    """Posts the calendar's messages. ``now`` gives the time, ``ours`` our rooms by key."""

    def __init__(
        self,
        store: Store,
        client: EncryptedClient,
        api: ClientApi,
        posting: Posting,
        *,
        ours: Callable[[], Mapping[str, RoomView]],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._client = client
        self._api = api
        self._posting = posting
        self._ours = ours
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        """Post what is due until ``stop``."""
        alarm = Alarm()
        alarm.start()
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: alarm.ring())
        try:
            while not stop.is_set():
                try:
                    alarm.set(await self.post_due())
                except PalabreError as error:
                    log.warning("posting_failed", reason=str(error))
                    alarm.set(self._now() + LOOK_AGAIN)
                await alarm.wait()
        finally:
            alarm.stop()
            stopping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await stopping

    async def post_due(self) -> datetime:
        """Post everything that is due now; return when to look again."""
        now = self._now()
        start = max(self._posting.since, now - self._posting.late_limit - LOOK_AHEAD)
        await self._settle(start)
        calendar = await self._store.entries.calendar()
        found = posts(calendar, start=start, end=now + LOOK_AHEAD, default_zone=self._posting.default_zone)
        ended = await self._store.outbox.ended_since(start)
        for post in found:
            for room_key in post.entry.rooms:
                if post.due <= now and (post.key, room_key) not in ended:
                    await self._post(post, room_key)
        coming = [post.due for post in found if post.due > now]
        return min([now + LOOK_AGAIN, *coming])

    async def _settle(self, start: datetime) -> None:
        """End the rows that were being sent and are too old to be looked at again: sent after all, or dropped."""
        for row in await self._store.outbox.sending():
            if row.due_at <= start:
                event_id = await self._search(row)
                state = OutboxState.DROPPED if event_id is None else OutboxState.SENT
                await self._store.outbox.end(row, state, at=self._now(), event_id=event_id)
                log.info("settled", room=row.room_key, state=state.value)

    async def _post(self, post: Post, room_key: str) -> None:
        room = self._ours().get(room_key)
        if room is None:
            log.warning("room_missing", room=room_key)
            return
        try:
            await self._post_in(post, room_key, room)
        except PalabreError as error:
            # The row stays as it is: the next look tries again.
            log.warning("post_failed", room=room_key, reason=str(error))

    async def _post_in(self, post: Post, room_key: str, room: RoomView) -> None:
        now = self._now()
        wanted = OutboxRow(
            occurrence_key=post.key,
            room_key=room_key,
            room_id=room.room_id,
            transaction_id=_transaction_id(post.key, room_key),
            device_id=self._client.device_id,
            due_at=post.due,
            begun_at=now,
        )
        row = await self._store.outbox.begin(wanted)
        if row.state is not OutboxState.SENDING:
            return
        event_id = None
        if not self._is_deduplicated(row, now):
            event_id = await self._search(row)
        if event_id is None and now - post.due > self._posting.late_limit:
            await self._store.outbox.end(row, OutboxState.DROPPED, at=now)
            log.warning("post_dropped", room=room_key)
            return
        if event_id is None:
            event_id = await self._send(post, room.room_id, row.transaction_id, now)
        await self._store.outbox.end(row, OutboxState.SENT, at=self._now(), event_id=event_id)
        log.info("posted", room=room_key)

    def _is_deduplicated(self, row: OutboxRow, now: datetime) -> bool:
        """Whether sending again with the row's transaction id is surely the same event."""
        return row.device_id == self._client.device_id and now - row.begun_at < DEDUPLICATED_FOR

    async def _send(self, post: Post, room_id: RoomId, transaction_id: str, now: datetime) -> EventId:
        message = render(post, self._posting.translators, now=now)
        content = {
            # Not a notice: Element does not notify for those.
            "msgtype": "m.text",
            "body": message.text,
            "format": "org.matrix.custom.html",
            "formatted_body": message.html,
            "m.mentions": {},
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


def _transaction_id(occurrence_key: str, room_key: str) -> str:
    return hashlib.sha256(f"{occurrence_key}\0{room_key}".encode()).hexdigest()[:40]
