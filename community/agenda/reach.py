"""Whether an entry takes place in some span of time at all, without its single occurrences. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event, local_start
from community.description.repetition import read_repetition

_DAY = timedelta(days=1)


def may_be_between(entry: Event | Deadline, zone: ZoneInfo, start: datetime, end: datetime) -> bool:
    """Whether an entry may take place from ``start`` to ``end`` (aware); ``zone`` is its own.

    It says no only where nothing of it does: of a series it looks at the beginning and the end, not at each time, so
    that one which pauses for all that span is taken for one that does not.
    """
    # A day on each side, because local and UTC order may differ around a change of clocks.
    first = start.astimezone(zone).replace(tzinfo=None) - _DAY
    last = end.astimezone(zone).replace(tzinfo=None) + _DAY
    match entry:
        case Deadline():
            return first <= entry.due <= last
        case Event():
            given = _given_starts(entry)
            longest = max((entry.lasts, *(one.lasts for one in entry.changes if one.lasts is not None)))
            return min(given) <= last and _ends_after(entry, zone, given, first - longest - _DAY)
        case _:
            assert_never(entry)


def _given_starts(event: Event) -> list[datetime]:
    """Return the starts that are written in an event: its own, further ones, and those that some are moved to."""
    moved = (change.start for change in event.changes if change.start is not None)
    return [local_start(start) for start in (event.start, *event.also, *moved)]


def _ends_after(event: Event, zone: ZoneInfo, given: list[datetime], moment: datetime) -> bool:
    rule = None if event.repeat is None else read_repetition(event.repeat)
    return max(given) >= moment or (rule is not None and rule.may_reach(event.local_start, zone, moment))
