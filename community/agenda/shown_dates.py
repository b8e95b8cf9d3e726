"""Occurrences on the days and the clock of who reads of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from community.agenda.occurrences import Occurrence
from community.description.calendar_model import Event, is_day
from community.directory.entry import key_of

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ShownDate:
    """One occurrence on the days of its reader, both included. ``start``, ``end``: on their clock; None: all day.

    ``original``: the day, or the moment on their clock, for which it was first set.
    """

    occurrence: Occurrence
    first: date
    last: date
    start: datetime | None
    end: datetime | None
    original: date

    @property
    def order(self) -> tuple[date, bool, datetime, tuple[str, str]]:
        """What it is sorted by: the day, what lasts all day first, the time, the entry."""
        return self.first, self.start is not None, self.occurrence.start, key_of(self.occurrence.entry)


def shown(occurrence: Occurrence, zone: tzinfo | None) -> ShownDate:
    """Return an occurrence as it is in ``zone``, None for this computer's. What lasts all day keeps its days."""
    original = _original(occurrence, zone)
    if occurrence.is_all_day:
        last = (occurrence.end - _MOMENT).date()
        return ShownDate(occurrence, occurrence.start.date(), last, None, None, original)
    start, end = (moment.astimezone(zone) for moment in (occurrence.start, occurrence.end))
    last = (max(end - _MOMENT, start)).date()
    shown_end = end if isinstance(occurrence.entry, Event) else None
    return ShownDate(occurrence, start.date(), last, start, shown_end, original)


def _original(occurrence: Occurrence, zone: tzinfo | None) -> date:
    entry, original = occurrence.entry, occurrence.original
    set_at = entry.originally or (entry.start if isinstance(entry, Event) else entry.due)
    return original.date() if is_day(set_at) else original.astimezone(zone)
