"""Reloads the community while the bot runs: whenever another one was applied, it is taken in at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from community.description.model import Community
from community.storage import Store, UnreadableCommunity

log = structlog.get_logger()

Taker = Callable[[Community], Awaitable[None]]


class CommunityReloader:
    """Gives the community to each of ``takers``, in their order, whenever another was applied.

    ``revision`` is that of what they have now. The store has it: whatever the files say meanwhile changes nothing.
    """

    def __init__(self, store: Store, revision: int, takers: Sequence[Taker]) -> None:
        self._store = store
        self._revision = revision
        self._takers = takers
        self._taking = asyncio.Lock()

    async def refresh(self, revision: int | None = None) -> None:
        """Take in what was applied, where that is news; ``revision`` is its own, if it was just read.

        Raises:
            StoreError: the database failed; the next call tries again.
        """
        if revision is None:
            revision = await self._store.applied.revision()
        if revision == self._revision:
            return
        async with self._taking:
            if revision != self._revision:
                await self._take_in()

    async def _take_in(self) -> None:
        # Before what it is of: what is applied meanwhile is taken in next time.
        revision = await self._store.applied.revision()
        await log_unreadable(self._store)
        applied = await self._store.applied.readable()
        if applied is not None:
            for take in self._takers:
                await take(applied.community)
            log.info("description_taken_in", revision=revision)
        self._revision = revision


async def log_unreadable(store: Store) -> None:
    """Say it where what was applied last cannot be read."""
    applied = await store.applied.latest()
    if isinstance(applied, UnreadableCommunity):
        log.error("applied_unreadable", reason=f"{applied.sentence} {applied.remedy}")
