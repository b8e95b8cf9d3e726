"""The entries of a calendar as they are asked for: which there are, whom each is for, when it takes place next.

It is kept as entries change, one at a time. What takes place when is worked out for those that a question means, and
the next occurrence of each is remembered until it begins. Several threads may ask at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from community.agenda.entry_scope import EntryScope, EntryScopes
from community.agenda.occurrences import Occurrence, occurrences
from community.core.zones import ZoneInfo
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.model import Community
from community.directory.entry import CalendarEntry, calendar_entries

FAR = timedelta(days=800)
"""How far ahead, and how far back, the next or latest occurrence is looked for."""
_STEPS = (timedelta(days=40), FAR)
"""The stretches that are looked through, the shortest first: a rule costs for each of its occurrences."""


@dataclass(frozen=True, slots=True)
class _Known:
    entry: CalendarEntry
    scope: EntryScope
    zone: ZoneInfo


class CalendarIndex:
    """The calendar of one community."""

    def __init__(self, community: Community) -> None:
        self._community = community
        self._scopes = EntryScopes(community)
        self._known: dict[str, _Known] = {}
        self._next: dict[str, tuple[datetime, Occurrence]] = {}

    @classmethod
    def of(cls, community: Community, calendar: Calendar | None) -> CalendarIndex:
        """Return the index of a whole calendar; an empty one of none."""
        index = cls(community)
        if calendar is not None:
            for entry in calendar_entries(calendar):
                index.put(entry)
        return index

    def __len__(self) -> int:
        return len(self._known)

    def put(self, entry: CalendarEntry) -> None:
        """Take in an entry, in place of one of the same kind and key."""
        name = name_of_item(entry)
        zone = ZoneInfo(entry.timezone or self._community.timezone)
        self._known[name] = _Known(entry, self._scopes.of(entry), zone)
        self._next.pop(name, None)

    def take(self, kind: str, key: str, entry: object) -> None:
        """Take in an entry as it is now, None where it is gone; what is not of the calendar is passed over."""
        if isinstance(entry, Event | Deadline):
            self.put(entry)
        elif entry is None:
            self._known.pop(f"{kind}/{key}", None)
            self._next.pop(f"{kind}/{key}", None)

    @property
    def names(self) -> tuple[str, ...]:
        """What each entry is known by here: its kind and key."""
        return tuple(self._known)

    def entry(self, name: str) -> CalendarEntry | None:
        """Return an entry; None where it is gone."""
        known = self._known.get(name)
        return None if known is None else known.entry

    def cities_of_room(self, key: str) -> tuple[str, ...]:
        """Return the keys of the cities that a room is for."""
        return self._scopes.cities_of_room(key)

    def scope(self, name: str) -> EntryScope:
        """Return whom an entry is for. Raises KeyError where it is gone."""
        return self._known[name].scope

    def between(self, name: str, start: datetime, end: datetime) -> tuple[Occurrence, ...]:
        """Return what of an entry takes place at some time in a stretch, cancelled occurrences too."""
        known = self._known.get(name)
        return () if known is None else occurrences(known.entry, known.zone, start, end)

    def next_of(self, name: str, now: datetime) -> Occurrence | None:
        """Return the occurrence that runs at ``now`` or begins next and is not cancelled; None where there is none."""
        since, kept = self._next.get(name, (now, None))
        if kept is not None and since <= now <= kept.start:
            return kept
        found = self._looked_for(name, now)
        # Only one that has not begun: another may begin while it runs.
        if found is not None and found.start >= now:
            self._next[name] = (now, found)
        return found

    def _looked_for(self, name: str, now: datetime) -> Occurrence | None:
        for far in _STEPS:
            there = (one for one in self.between(name, now, now + far) if not one.is_cancelled)
            found = next((one for one in there if one.end > now or one.start >= now), None)
            if found is not None:
                return found
        return None

    def latest_of(self, name: str, now: datetime) -> Occurrence | None:
        """Return the occurrence that ended last before ``now``; None where there is none."""
        for far in _STEPS:
            there = [one for one in self.between(name, now - far, now) if one.end <= now]
            found = next((one for one in reversed(there) if not one.is_cancelled), None)
            if found is not None:
                return found
        return None

    def cancelled_before(self, name: str, now: datetime, end: datetime) -> tuple[Occurrence, ...]:
        """Return the occurrences of an entry that were to take place from ``now`` to ``end`` and do not."""
        return tuple(one for one in self.between(name, now, end) if one.is_cancelled)


def name_of_item(entry: CalendarEntry) -> str:
    """Return what an entry is known by: events and deadlines have keys of their own."""
    return f"{'event' if isinstance(entry, Event) else 'deadline'}/{entry.key}"
