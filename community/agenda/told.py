"""What a message says of when an occurrence is, as a short text that is kept with the message's key. Pure.

Two states are the same exactly when a reader need not be told of the change between them: the moment to the minute,
the day of what lasts all day, or that it is cancelled.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from community.agenda.occurrences import STAMP, Occurrence
from community.core.zones import ZoneInfo

CANCELLED = "cancelled"
_DAY = "%Y%m%d"


def state_of(occurrence: Occurrence) -> str:
    """Return when an occurrence is now: its start in UTC, its day, or `CANCELLED`."""
    if occurrence.is_cancelled:
        return CANCELLED
    if occurrence.is_all_day:
        return occurrence.start.strftime(_DAY)
    return occurrence.start.astimezone(UTC).strftime(STAMP)


def day_told(state: str) -> date | None:
    """Return the day of what lasts all day, None of everything else."""
    try:
        return datetime.strptime(state, _DAY).replace(tzinfo=UTC).date()
    except ValueError:
        return None


def start_told(state: str, zone: ZoneInfo) -> datetime | None:
    """Return the start in ``zone`` that a state tells, midnight of a day; None where it tells none."""
    day = day_told(state)
    if day is not None:
        return datetime.combine(day, time(), zone)
    try:
        return datetime.strptime(state, STAMP).replace(tzinfo=UTC).astimezone(zone)
    except ValueError:
        return None
