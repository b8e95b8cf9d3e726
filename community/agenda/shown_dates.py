"""Occurrences on the days and the clock of who reads of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from community.agenda.occurrences import Occurrence
from community.description.calendar_model import Event
from community.directory.entry import key_of

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ShownDate:
    """One occurrence on the days of its reader, both included. ``start``, ``end``: on their clock; None: all day."""

    occurrence: Occurrence
    first: date
    last: date
    start: datetime | None
    end: datetime | None

    @property
    def order(self) -> tuple[date, bool, datetime, tuple[str, str]]:
        """What it is sorted by: the day, what lasts all day first, the time, the entry."""
        return self.first, self.start is not None, self.occurrence.start, key_of(self.occurrence.entry)


def shown(occurrence: Occurrence, zone: tzinfo | None) -> ShownDate:
    """Return an occurrence as it is in ``zone``, None for this computer's. What lasts all day keeps its days."""
    if occurrence.is_all_day:
        last = (occurrence.end - _MOMENT).date()
        return ShownDate(occurrence, occurrence.start.date(), last, None, None)
    start, end = (moment.astimezone(zone) for moment in (occurrence.start, occurrence.end))
    last = (max(end - _MOMENT, start)).date()
    return ShownDate(
        occurrence, start.date(), last, start, end if isinstance(occurrence.entry, Event) else None
    )
