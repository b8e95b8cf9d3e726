"""Notes when people write: to the bot, or in a room that it reads. Only that they do, to ten minutes, and not where.

That is for “what did I miss?” (`community.storage.visits`). Noted is who writes under the pinned identity: nobody who
writes in another's name takes away what that one has missed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bots.context.background import PeriodicWork
from bots.encryption import Reacted, Received
from bots.incoming_reader import IncomingReader
from community.accounts.identities import Standing
from community.storage import Store
from community.storage.visits import rounded

SWEEP_EVERY = 6 * 60 * 60.0
"""Seconds between looks for moments that are kept no more."""
_READ_LATE = timedelta(days=7)
"""How late a message may be read: what is said to be older, or to come, counts from when it is read."""


class VisitNotes:
    """Notes them. It remembers whom it has noted within the last minutes, so that a message seldom costs anything."""

    def __init__(self, store: Store, incoming: IncomingReader) -> None:
        self._visits = store.visits
        self._incoming = incoming
        self._noted: dict[str, datetime] = {}
        self.periodic = PeriodicWork(self._sweep, SWEEP_EVERY, "visits_not_swept", by_date=True)

    async def note(self, said: Received | Reacted) -> None:
        """Note that somebody has written a message. Raises StoreError."""
        if not isinstance(said, Received) or said.sender not in self._incoming.people:
            return
        now = self._incoming.now()
        at = rounded(_written(said, now))
        noted = self._noted.get(said.sender)
        if (noted is not None and noted >= at) or not self._is_visit(said):
            return
        await self._visits.note(said.sender, at)
        self._noted = {user: moment for user, moment in self._noted.items() if moment >= rounded(now)}
        self._noted[said.sender] = at

    def _is_visit(self, said: Received) -> bool:
        """Whether it is somebody's own, in a room of ours or a direct message, at a time that is known."""
        incoming = self._incoming
        if not incoming.is_clock_believed() or incoming.where(said.room_id, said.sender) is None:
            return False
        return incoming.standing(said) is Standing.PINNED

    async def _sweep(self) -> None:
        await self._visits.drop_old(self._incoming.now())


def _written(said: Received, now: datetime) -> datetime:
    """Return when a message was written, as the homeserver says it where that can be."""
    ago = now.timestamp() - said.origin_server_ts / 1000
    return now - timedelta(seconds=ago) if 0 <= ago <= _READ_LATE.total_seconds() else now
