"""What the store has for one question: which entries have changed, which dates were told in rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bots.features.missed.window import Window, window_of
from community.core.zones import ZoneInfo
from community.directory.entry import ChangedEntry
from community.search.news_reading import NewsQuestion
from community.storage import Announced, Store

MOST_ENTRIES = 400
"""Entries that have changed, the newest; nobody reads on so far."""
MOST_POSTS = 400


@dataclass(frozen=True, slots=True)
class NewsRecords:
    """It, for ``window``. ``rooms``: the keys of the rooms that the asker is in."""

    window: Window
    changed: tuple[ChangedEntry, ...]
    announced: tuple[Announced, ...]
    rooms: frozenset[str]


@dataclass(frozen=True, slots=True)
class NewsAsker:
    """Who asks at ``now``: ``zone`` is theirs, ``rooms`` are the keys of those that they are in."""

    user_id: str
    zone: ZoneInfo
    rooms: frozenset[str]
    now: datetime


async def records_for(
    store: Store, question: NewsQuestion, asker: NewsAsker, window: Window | None
) -> NewsRecords:
    """Return what there is. ``window``: that of the answer which the question goes on from. Raises StoreError."""
    if window is None:
        visit = await store.visits.of(asker.user_id)
        window = window_of(question, visit, asker.now, asker.zone)
    changed = await store.news.changed(window.since, window.until, limit=MOST_ENTRIES)
    announced = await store.news.announced(window.since, limit=MOST_POSTS)
    return NewsRecords(window, changed, announced, asker.rooms)
