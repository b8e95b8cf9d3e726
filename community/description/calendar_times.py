"""The starts of an event on the clock of its time zone: its rule, what is left out of it and added. Pure.

Changes of single occurrences do not count here: those that were moved or cancelled stand at the start that the event
itself gives them, which names them (RFC 5545, RECURRENCE-ID).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from community.core.zones import ZoneInfo
from community.description.calendar_model import Event, OccurrenceChange, local_start
from community.description.repetition import read_repetition
from community.description.times import EventStart

DAY = timedelta(days=1)
_NEARBY = timedelta(days=370)


def local_starts(event: Event, zone: ZoneInfo, first: datetime, last: datetime) -> list[datetime]:
    """Return the starts from ``first`` to ``last`` (local times), sorted, each once."""
    return [
        start
        for start in given_starts(event, zone, first, last)
        if not any(is_named(out, start) for out in event.except_)
    ]


def given_starts(event: Event, zone: ZoneInfo, first: datetime, last: datetime) -> list[datetime]:
    """Return the starts by the rule and ``also``, with those that ``except`` leaves out."""
    single = {event.local_start} if event.repeat is None else set()
    single.update(local_start(start) for start in event.also)
    return sorted(
        {start for start in single if first <= start <= last}.union(_ruled(event, zone, first, last))
    )


def _ruled(event: Event, zone: ZoneInfo, first: datetime, last: datetime) -> list[datetime]:
    rule = None if event.repeat is None else read_repetition(event.repeat)
    # A rule that cannot be read is refused with the files: it gives no start.
    return [] if rule is None else rule.between(event.local_start, zone, first, last)


def is_named(named: EventStart, start: datetime) -> bool:
    """Whether a start, or a day alone, names the occurrence that begins at ``start``."""
    return named == (start if isinstance(named, datetime) else start.date())


def named_by(named: EventStart, event: Event, zone: ZoneInfo) -> list[datetime]:
    """Return the starts that ``named`` names, with those that ``except`` leaves out: none, or as a rule one."""
    day = datetime.combine(_day_of(named), time())
    return [start for start in given_starts(event, zone, day, day + DAY) if is_named(named, start)]


def nearest_start(named: EventStart, event: Event, zone: ZoneInfo) -> datetime | None:
    """Return the start within a year that is nearest to ``named``, None where there is none."""
    wanted = local_start(named)
    there = given_starts(event, zone, wanted - _NEARBY, wanted + _NEARBY)
    return min(there, key=lambda start: (abs(start - wanted), start), default=None)


def change_of(event: Event, start: datetime) -> OccurrenceChange | None:
    """Return what is changed of the occurrence that begins at ``start``, None where it is as the others."""
    return next((change for change in event.changes if is_named(change.of, start)), None)


def _day_of(named: EventStart) -> date:
    return named.date() if isinstance(named, datetime) else named
