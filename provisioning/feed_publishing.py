"""Publishes the feeds of the calendar again when something of them has changed (`community.feeds.publishing`)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import structlog

from community.core.errors import PalabreError, place_of
from community.description.current_settings import CurrentSettings
from community.description.data_folder import DataFolder
from community.feeds.publishing import publish
from community.storage import Store, open_store
from community.storage.in_force import community_in_force

log = structlog.get_logger()

LOOK_EVERY = 5.0
"""Seconds between two looks whether anything has changed."""


class FeedPublishing:
    """Looks at the store now and then, whatever becomes of the homeserver meanwhile."""

    def __init__(self, config: Path, data: DataFolder, now: Callable[[], datetime]) -> None:
        self._config = config
        self._settings = CurrentSettings(config, data)
        self._data = data
        self._now = now
        self._published: tuple[tuple[int, ...], date] | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until ``stop``; after what kept it from that it tries again at the next look."""
        while not stop.is_set():
            try:
                async with await open_store(self._settings.read(), self._data) as store:
                    while not stop.is_set():
                        await self.look(store)
                        await _pause(stop)
            except PalabreError as error:
                log.warning("feeds_not_published", reason=str(error))
            except Exception as error:  # a mistake of ours: what was published stays, and it is tried again
                log.error("feeds_not_published", kind=type(error).__name__, at=place_of(error))  # noqa: TRY400
            self._published = None
            await _pause(stop)

    async def look(self, store: Store) -> None:
        """Publish if dates, people, the description or the feeds have changed, and once a day."""
        now = self._now()
        seen = (await store.revisions("entries", "people", "description", "feeds"), now.date())
        if seen != self._published:
            community = await community_in_force(self._config, self._data, store)
            await publish(store, community, self._data.feeds, now)
            self._published = seen


async def _pause(stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), LOOK_EVERY)
