"""The entries that posts have told of: as they are now, or as they were when they were removed."""

from __future__ import annotations

from dataclasses import dataclass

from community.description.calendar_model import Calendar, Deadline, Event
from community.directory.entry import CalendarEntry, EntryKey
from community.storage.entries import Entries


@dataclass(frozen=True, slots=True)
class RememberedEntry:
    """An event or a deadline; ``is_gone``: it was removed, and was so."""

    entry: Event | Deadline
    is_gone: bool = False


class RememberedEntries:
    """Reads entries, and what was there before of those that are gone."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._calendar: Calendar | None = None

    async def find(self, name: EntryKey) -> RememberedEntry | None:
        """Return an entry; None where nothing is known of it, or it has only another key now.

        Raises:
            StoreError: the database failed.
        """
        entry = await self._entries.entry(*name)
        if isinstance(entry, CalendarEntry):
            return RememberedEntry(entry)
        rows = await self._entries.history(*name, limit=1)
        before = rows[0].before if rows else None
        if not isinstance(before, CalendarEntry) or await self._has_another_key(before):
            return None
        return RememberedEntry(before, is_gone=True)

    async def _has_another_key(self, entry: Event | Deadline) -> bool:
        """Whether the calendar has the same under another key."""
        if self._calendar is None:
            self._calendar = await self._entries.calendar()
        there: tuple[Event | Deadline, ...] = (*self._calendar.events, *self._calendar.deadlines)
        return any(_is_same(entry, other) for other in there)


def _is_same(one: Event | Deadline, other: Event | Deadline) -> bool:
    """Whether two entries have the same title and time."""
    if one.title != other.title:
        return False
    match one, other:
        case Event(), Event():
            return (one.start, one.repeat) == (other.start, other.repeat)
        case Deadline(), Deadline():
            return one.due == other.due
        case _:
            return False
