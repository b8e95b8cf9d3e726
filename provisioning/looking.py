"""Looks at the store again and again, whatever becomes of the homeserver meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from community.core.errors import PalabreError, place_of
from community.description.current_settings import CurrentSettings
from community.description.data_folder import DataFolder
from community.storage import Store, open_store

log = structlog.get_logger()

AFTER_FAILURE = 5.0
"""Seconds until the next look after what kept it from one."""


@dataclass(frozen=True, slots=True)
class StoreLooks:
    """Looks until ``stop``; ``failed``: what the log says where a look fails, which is then tried again."""

    settings: CurrentSettings
    data: DataFolder
    stop: asyncio.Event
    failed: str

    async def repeat(self, look: Callable[[Store], Awaitable[None]], every: float) -> None:
        """Look ``every`` so many seconds; after what kept it from that it tries again later."""
        while not self.stop.is_set():
            try:
                async with await open_store(self.settings.read(), self.data) as store:
                    while not self.stop.is_set():
                        await look(store)
                        await self._pause(every)
            except PalabreError as error:
                log.warning(self.failed, reason=str(error))
            except Exception as error:  # a mistake of ours: what was published stays, and it is tried again
                log.error(self.failed, kind=type(error).__name__, at=place_of(error))  # noqa: TRY400
            await self._pause(AFTER_FAILURE)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), seconds)
