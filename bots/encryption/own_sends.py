"""What the client is sending at a moment, and the pause between two syncs that only bring that back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from community.core.events import first_of

ECHO_PAUSE = 0.2
"""Seconds between two syncs in which nobody else says anything while we send."""


class OwnSends:
    """The messages that are being sent now."""

    def __init__(self, pause: float = ECHO_PAUSE) -> None:
        self._pause = pause
        self._under_way = 0
        self._none = asyncio.Event()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Send one message within the block."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._none.set()

    async def let_pass(self, stop: asyncio.Event) -> None:
        """Wait a moment while anything is being sent, at most until ``stop``.

        Each message comes back in a sync, and a sync costs the homeserver about as much as a message does.
        """
        if self._under_way:
            self._none.clear()
            await first_of(self._none, stop, patience=self._pause)
