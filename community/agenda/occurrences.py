"""When the calendar's messages are due. Pure: the same calendar and window give the same posts.

Recurrence rules (RFC 5545, section 3.3.10) are computed in local time, so that a meeting at ten stays at ten when the
clocks change; each result then gets its time zone. A local time that does not exist is moved forward by the length of
the gap; of one that exists twice the first is taken (PEP 495, ``fold=0``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from community.description.calendar_model import Calendar, Deadline, Event


@dataclass(frozen=True, slots=True)
class Post:
    """One message of the calendar.

    ``key`` is permanent: entry, occurrence, reminder. ``due`` (UTC) is when to post; ``moment`` is when the
    event starts or the deadline falls, in its own zone; ``before`` is how long ahead this reminder is.
    """

    key: str
    due: datetime
    moment: datetime
    before: timedelta
    entry: Event | Deadline


def posts(calendar: Calendar, *, start: datetime, end: datetime, default_zone: str) -> tuple[Post, ...]:
    """Return the posts due after ``start`` up to and including ``end`` (both aware), by moment and key.

    ``default_zone`` is for entries that name none.
    """
    entries: tuple[Event | Deadline, ...] = (*calendar.events, *calendar.deadlines)
    found = [
        post
        for entry in entries
        for post in _posts_of(entry, start, end, ZoneInfo(entry.timezone or default_zone))
    ]
    return tuple(sorted(found, key=lambda post: (post.due, post.key)))


def _posts_of(entry: Event | Deadline, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Post]:
    for before in sorted(set(entry.remind)):
        for moment in moments(entry, zone, start + before, end + before):
            due = moment.astimezone(UTC) - before
            if start < due <= end:
                minutes = int(before.total_seconds() // 60)
                stamp = moment.astimezone(UTC).strftime("%Y%m%dT%H%MZ")
                yield Post(f"{_kind(entry)}/{entry.key}/{stamp}/{minutes}", due, moment, before, entry)


def moments(entry: Event | Deadline, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the moments of an entry from ``start`` to ``end`` (aware), in ``zone``."""
    # A day on each side, because local and UTC order may differ around a change of clocks.
    first = start.astimezone(zone).replace(tzinfo=None) - timedelta(days=1)
    last = end.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
    for local in _local_moments(entry, first, last):
        moment = in_zone(local, zone)
        if start <= moment <= end:
            yield moment


def _local_moments(entry: Event | Deadline, first: datetime, last: datetime) -> Iterator[datetime]:
    if isinstance(entry, Deadline):
        yield entry.due
    elif entry.repeat is None:
        yield entry.start
    else:
        yield from rrulestr(entry.repeat, dtstart=entry.start).between(first, last, inc=True)


def in_zone(local: datetime, zone: ZoneInfo) -> datetime:
    """Return a naive local time as an aware datetime that exists in ``zone``."""
    return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def _kind(entry: Event | Deadline) -> str:
    return "event" if isinstance(entry, Event) else "deadline"
