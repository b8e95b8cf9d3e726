"""Publishes the feeds of the calendar again when something of them has changed (`community.feeds.publishing`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from community.description.current_settings import CurrentSettings
from community.description.data_folder import SERVICE, DataFolder
from community.feeds.publishing import publish
from community.feeds.subjects import member_of
from community.storage import AppliedCommunity, Store
from community.storage.in_force import community_in_force
from provisioning.looking import StoreLooks

LOOK_EVERY = 0.5
"""Seconds between two looks whether a feed was made or revoked, or somebody has left."""
PUBLISH_EVERY = 5.0
"""Seconds between two looks whether dates have changed."""


class FeedPublishing:
    """Looks at the store now and then, whatever becomes of the homeserver meanwhile."""

    def __init__(self, config: Path, data: DataFolder, now: Callable[[], datetime]) -> None:
        self._config = config
        self._settings = CurrentSettings(config, data)
        self._data = data
        self._now = now
        self._dates: tuple[tuple[int, ...], date] | None = None
        self._feeds: tuple[int, ...] | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until ``stop``; what is revoked does not wait for all dates to be published."""
        looks = StoreLooks(self._settings, self._data, stop, "feeds_not_published")
        await asyncio.gather(
            looks.repeat(self.look_at_feeds, LOOK_EVERY), looks.repeat(self.look_at_dates, PUBLISH_EVERY)
        )

    async def look_at_feeds(self, store: Store) -> None:
        """Publish what was made and take away what was revoked.

        Who is no member any more has no feed: it is revoked, so that it does not come back with them.
        """
        seen = await store.revisions("feeds", "people", "description")
        if seen != self._feeds:
            await _revoke_of_former(store, self._now())
            await self._publish(store, only_new=True)
            self._feeds = seen

    async def look_at_dates(self, store: Store) -> None:
        """Publish all anew if dates, people or the description have changed, and once a day."""
        seen = (await store.revisions("entries", "people", "description"), self._now().date())
        if seen != self._dates:
            await self._publish(store, only_new=False)
            self._dates = seen

    async def _publish(self, store: Store, *, only_new: bool) -> None:
        community = await community_in_force(self._config, self._data, store)
        await publish(store, community, self._data.feeds, self._now(), only_new=only_new)


async def _revoke_of_former(store: Store, now: datetime) -> None:
    """Revoke the feeds of people who are no active members of the community that was applied last.

    Where that cannot be read nobody knows who is one.
    """
    applied = await store.applied.latest()
    if not isinstance(applied, AppliedCommunity):
        return
    people = {feed.subject for feed in await store.feeds.all() if feed.subject.kind == "person"}
    former = sorted(
        (subject for subject in people if member_of(subject, applied.community) is None),
        key=lambda subject: subject.key,
    )
    if former:
        await store.feeds.revoke_all(former, by=SERVICE, at=now)
