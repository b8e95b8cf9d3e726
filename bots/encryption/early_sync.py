"""Ends a sync early that the homeserver holds open until something new comes, where we have something to send."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bots.encryption.cross_signing import Json

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds until what could not be sent is tried again: at first, and at most."""


class EarlySync:
    """What is done after each sync (`bots.encryption.recovery`) may be wanted sooner than something new comes."""

    def __init__(self) -> None:
        self._wanted = asyncio.Event()
        self._pause = FIRST_PAUSE

    def want(self) -> None:
        """Have a sync that is held open end now, or the next one not be held open."""
        self._wanted.set()

    def want_after_failure(self) -> None:
        """Have a sync end after a while: what has failed is tried again, ever later as long as it goes on failing."""
        asyncio.get_running_loop().call_later(self._pause, self._wanted.set)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def succeeded(self) -> None:
        """Note that nothing has failed."""
        self._pause = FIRST_PAUSE

    async def held(self, sync: Callable[[float], Awaitable[Json]], patience: float) -> Json:
        """Return what ``sync`` answers, held open for ``patience`` seconds at most, and no longer than is wanted.

        One that is given up loses nothing: the next one asks from the same place.
        """
        syncing = asyncio.ensure_future(sync(0.0 if self._wanted.is_set() else patience))
        self._wanted.clear()
        wanted = asyncio.ensure_future(self._wanted.wait())
        try:
            await asyncio.wait(
                {syncing, wanted} if patience else {syncing}, return_when=asyncio.FIRST_COMPLETED
            )
            if syncing.done():
                return syncing.result()
        finally:
            for each in (syncing, wanted):
                each.cancel()
            await asyncio.gather(syncing, wanted, return_exceptions=True)
        self._wanted.clear()
        return await sync(0.0)
