"""Tells people in a direct message that the bot could not read what they wrote, and what to do.

In a room it tells nobody: what cannot be read was perhaps not for the bot.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bots.context.background import PeriodicWork
from bots.encryption.batch import Batch, Unread
from bots.incoming_reader import IncomingReader
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import Store
from matrix.client_api import ClientApi

PATIENCE = timedelta(seconds=30)
"""How long a key, or the signature of a device, may take to arrive after a message."""
LOOK_EVERY = 10.0
AT_MOST = 1_000
UNSIGNED = "🔑"
"""Placed under what an unsigned device has sent. A reaction is not encrypted: that device can see it."""


class UnreadMessages:
    """Waits a moment for what cannot be read, then files a notice for its sender: one of each kind in a day."""

    def __init__(
        self, store: Store, api: ClientApi, incoming: IncomingReader, *, now: Callable[[], datetime]
    ) -> None:
        self._jobs = store.jobs
        self._api = api
        self._incoming = incoming
        self._now = now
        self._waiting: dict[str, tuple[datetime, Unread]] = {}
        self._put_back: datetime | None = None
        self.periodic = PeriodicWork(self.tell, LOOK_EVERY, "unread_not_told")

    def take(self, batch: Batch) -> None:
        """Note what cannot be read yet, what could be after all, and why: keys that were put back from a copy."""
        for unread in batch.unread:
            where = self._incoming.where(unread.room_id, unread.sender)
            if where is not None and where.is_direct and len(self._waiting) < AT_MOST:
                self._waiting[unread.event_id] = (self._now(), unread)
        if batch.put_back:
            self._put_back = self._now()
        for said in batch.said:
            self._waiting.pop(said.event_id, None)
        for redacted in batch.redacted:
            self._waiting.pop(redacted.target, None)

    async def tell(self) -> None:
        """Tell the senders of what has waited long enough, and the coordinators where our keys were put back.

        Raises:
            PalabreError: the store or the homeserver does not answer; the next call tries again.
        """
        now = self._now()
        if self._put_back is not None:
            occasion = self._put_back.isoformat(timespec="seconds")
            await self._jobs.file(Notice(NoticeKind.STORE_PUT_BACK, COORDINATORS, occasion, {}), at=now)
            self._put_back = None
        for event_id, (since, unread) in list(self._waiting.items()):
            if now - since < PATIENCE:
                continue
            kind = NoticeKind.DEVICE_UNSIGNED if unread.is_unsigned else NoticeKind.NOT_READ
            await self._jobs.file(Notice(kind, unread.sender, now.date().isoformat(), {}), at=now)
            if unread.is_unsigned:
                await self._api.send_reaction(unread.room_id, unread.event_id, UNSIGNED)
            self._waiting.pop(event_id, None)
