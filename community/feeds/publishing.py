"""Publishes the feeds: writes what each may show into a folder, and takes away those that were revoked.

`palabre web` sees this folder and nothing else of the installation. A file is named by the digest of its feed's secret:
whoever can list the folder learns no address.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from community.agenda.reach import may_be_between
from community.core.zones import ZoneInfo
from community.description.calendar_model import Calendar
from community.description.data_folder import PRIVATE_FILE, unwritable
from community.description.directory_model import Contact
from community.description.model import Community
from community.description.served_folder import keep_served, make_served, write_served
from community.directory.entry import CalendarEntry, EntryKey, key_of
from community.exchange.ics_file import PublishedEntry
from community.feeds.document import AHEAD, BACK, FeedDocument, to_bytes
from community.feeds.folder import feed_file, published_file
from community.feeds.subjects import entries_in, languages_of, name_of, zone_of
from community.storage import Feed, Store
from community.storage.feeds import LastChange

MOST = 1_000
"""Entries of one feed: of more, the ones that were entered last."""


async def publish(
    store: Store, community: Community, folder: Path, now: datetime, *, only_new: bool = False
) -> int:
    """Bring the folder to what the feeds show now, and note that; return how many of them were made anew.

    ``only_new``: the calendar is the one that was published last, so feeds that are in the folder stay as they are.

    Raises:
        StoreError, DataFolderError.
    """
    await _take_away(store, folder)
    async with _alone(folder):
        await _take_away(store, folder)
        (revision,) = await store.revisions("feeds")
        feeds = await store.feeds.all()
        wanted = [feed for feed in feeds if not (only_new and feed_file(folder, feed.digest).exists())]
        made = await _made(store, community, wanted, now) if wanted else {}
        # What was revoked meanwhile is not written again.
        left = {feed.digest for feed in await store.feeds.all()}
        documents = {digest: content for digest, content in made.items() if digest in left}
        gone = {feed.digest for feed in wanted} - documents.keys()
        await asyncio.to_thread(_write_all, folder, documents, gone)
        await store.feeds.note_published(revision)
    return len(documents)


async def _made(store: Store, community: Community, feeds: Sequence[Feed], now: datetime) -> dict[str, bytes]:
    """Return what is to be in the file of each feed, by its digest. Raises StoreError."""
    calendar, changes = await store.entries.calendar(), await store.feeds.last_changes()
    contacts = await _asking_contacts(store, calendar)
    known = _FeedSource(calendar, community, contacts, changes)
    return await asyncio.to_thread(_documents, feeds, known, now)


async def _take_away(store: Store, folder: Path) -> None:
    """Remove the files of feeds that the store has no longer. Raises StoreError, DataFolderError."""
    left = {feed.digest for feed in await store.feeds.all()}
    try:
        await asyncio.to_thread(keep_served, folder, left)
    except OSError as error:
        raise unwritable(folder, error) from error


@dataclass(frozen=True, slots=True)
class _FeedSource:
    """What all feeds are made of. ``contacts`` by key; ``changes``: the newest of each entry."""

    calendar: Calendar
    community: Community
    contacts: Mapping[str, Contact]
    changes: Mapping[EntryKey, LastChange]


def _documents(feeds: Sequence[Feed], known: _FeedSource, now: datetime) -> dict[str, bytes]:
    """Return what is to be in the file of each feed, by its digest; it may take seconds."""
    community = known.community
    calendar = _of_late(known.calendar, community, now)
    found: dict[str, bytes] = {}
    for feed in feeds:
        entries = entries_in(feed.subject, calendar, community, known.contacts.get)
        document = _document(feed, community, entries, known.changes)
        if document is not None:
            found[feed.digest] = to_bytes(document)
    return found


async def _asking_contacts(store: Store, calendar: Calendar) -> dict[str, Contact]:
    """Return the contacts that ask for some deadline, by their keys."""
    named = {deadline.asked_by for deadline in calendar.deadlines if deadline.asked_by is not None}
    found = [await store.entries.entry("contact", key) for key in sorted(named)]
    return {entry.key: entry for entry in found if isinstance(entry, Contact)}


async def withdraw(folder: Path, feed: Feed) -> None:
    """Take a feed that the store has no longer out of the folder: at once, and again after what is being published.

    Raises:
        DataFolderError: it cannot be removed.
    """
    file = feed_file(folder, feed.digest)
    try:
        await asyncio.to_thread(file.unlink, missing_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    async with _alone(folder):
        await asyncio.to_thread(file.unlink, missing_ok=True)


@asynccontextmanager
async def _alone(folder: Path) -> AsyncIterator[None]:
    """Keep other processes from publishing: what they have read of the store may be out of date when they write it."""
    try:
        handle = await asyncio.to_thread(_locked, folder)
        try:
            yield
        finally:
            os.close(handle)
    except OSError as error:
        raise unwritable(folder, error) from error


def _locked(folder: Path) -> int:
    make_served(folder)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def _document(
    feed: Feed,
    community: Community,
    entries: tuple[CalendarEntry, ...],
    changes: Mapping[EntryKey, LastChange],
) -> FeedDocument | None:
    name = name_of(feed.subject, community)
    if name is None:
        return None
    published = [_published(entry, changes.get(key_of(entry))) for entry in entries[-MOST:]]
    return FeedDocument(
        community.key,
        name,
        community.timezone,
        zone_of(feed.subject, community),
        languages_of(feed.subject, community),
        feed.made_at,
        tuple(published),
    )


def _published(entry: CalendarEntry, change: LastChange | None) -> PublishedEntry:
    return PublishedEntry(entry) if change is None else PublishedEntry(entry, change.number, change.at)


def _of_late(calendar: Calendar, community: Community, now: datetime) -> Calendar:
    """Return what takes place in the time that feeds show, as far as is known without looking at each occurrence."""
    first, last = now - BACK, now + AHEAD

    def is_shown(entry: CalendarEntry) -> bool:
        return may_be_between(entry, ZoneInfo(entry.timezone or community.timezone), first, last)

    events = tuple(event for event in calendar.events if is_shown(event))
    deadlines = tuple(deadline for deadline in calendar.deadlines if is_shown(deadline))
    return calendar.model_copy(update={"events": events, "deadlines": deadlines})


def _write_all(folder: Path, documents: Mapping[str, bytes], gone: Collection[str]) -> None:
    for digest in gone:
        feed_file(folder, digest).unlink(missing_ok=True)
    for digest, content in documents.items():
        if published_file(folder, digest) != content:
            write_served(feed_file(folder, digest), content)
