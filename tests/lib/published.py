"""Feeds published from a real store into a folder, for the tests of what is served from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from community.core.address_secret import digest_of, secret_of
from community.description.feed_subject import FeedSubject
from community.description.model import Community
from community.directory.entry import CalendarEntry
from community.feeds.publishing import publish
from community.storage import Feed, Store
from tests.lib.entries import added

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)


async def published_feed(
    folder: Path, community: Community, entries: Sequence[CalendarEntry], subject: FeedSubject | None = None
) -> tuple[str, Feed]:
    """Publish a feed of a store with these entries into ``folder``/feeds; return its secret and the feed.

    Without a subject it is the community's.
    """
    secret = secret_of(b"24 random bytes, or not.")
    async with await Store.open(f"sqlite+aiosqlite:///{folder}/palabre.db") as store:
        await store.entries.change([added(entry) for entry in entries], actor="@moussa:x", at=NOW)
        of = subject or FeedSubject("community", community.key)
        feed = await store.feeds.add(digest_of(secret) or "", of, by="cli:root", at=NOW)
        await publish(store, community, folder / "feeds", NOW)
    return secret, feed
