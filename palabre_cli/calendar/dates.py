"""The dates of a calendar in a window of time, as their reader's days. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from community.agenda.occurrences import Occurrence, occurrences
from community.agenda.shown_dates import ShownDate, shown
from community.core.zones import ZoneInfo
from community.description.calendar_model import Calendar
from community.description.model import Community
from community.directory.concerned import concerns_city
from community.directory.entry import (
    CALENDAR_KINDS,
    CalendarEntry,
    EntryKind,
    calendar_entries,
    kind_of,
)

_DAY = timedelta(days=1)
_AHEAD = (timedelta(days=40), timedelta(days=400), timedelta(days=3653))
"""How far ahead is looked for what comes next, in turn."""


@dataclass(frozen=True, slots=True)
class DateFilter:
    """Which entries are shown: those of ``kinds``, and that concern ``city``, where one is named."""

    kinds: Collection[EntryKind] = CALENDAR_KINDS
    city: str | None = None

    def lets_by(self, entry: CalendarEntry, community: Community) -> bool:
        """Whether an entry is shown."""
        concerned = self.city is None or concerns_city(entry, self.city, community)
        return kind_of(entry) in self.kinds and concerned


@dataclass(frozen=True, slots=True)
class DateFinder:
    """Finds the dates of a calendar for a reader in ``zone`` (None: this computer's)."""

    calendar: Calendar
    community: Community
    zone: tzinfo | None
    wanted: DateFilter = DateFilter()

    def between(self, first: date, last: date) -> tuple[ShownDate, ...]:
        """Return what there is from the day ``first`` to ``last``, both included, in its order."""
        start, end = self._midnight(first), self._midnight(last + _DAY)
        # A day on each side: what lasts all day keeps its days, wherever the reader is.
        found = (shown(one, self.zone) for one in self._within(start - _DAY, end + _DAY))
        return _sorted(one for one in found if one.first <= last and one.last >= first)

    def coming(self, now: datetime, most: int) -> tuple[ShownDate, ...]:
        """Return the next ``most`` that are not over at ``now`` and not cancelled."""
        found: tuple[ShownDate, ...] = ()
        for ahead in _AHEAD:
            there = (one for one in self._within(now, now + ahead) if not one.is_cancelled and one.end >= now)
            found = _sorted(shown(one, self.zone) for one in there)
            if len(found) >= most:
                break
        return found[:most]

    def _within(self, start: datetime, end: datetime) -> Iterator[Occurrence]:
        for entry in calendar_entries(self.calendar):
            if self.wanted.lets_by(entry, self.community):
                zone = ZoneInfo(entry.timezone or self.community.timezone)
                yield from occurrences(entry, zone, start, end)

    def _midnight(self, day: date) -> datetime:
        local = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - it gets its zone in the next line
        return local.astimezone() if self.zone is None else local.replace(tzinfo=self.zone)


def _sorted(found: Iterable[ShownDate]) -> tuple[ShownDate, ...]:
    return tuple(sorted(found, key=lambda one: one.order))
