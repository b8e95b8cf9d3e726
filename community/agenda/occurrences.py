"""When the calendar's messages are due. Pure: the same calendar and window give the same posts.

Recurrence rules (RFC 5545, section 3.3.10) are computed in local time, so that a meeting at ten stays at ten when the
clocks change; each result then gets its time zone. A local time that does not exist is moved forward by the length of
the gap; of one that exists twice the first is taken (PEP 495, ``fold=0``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import assert_never

from community.core.zones import ZoneInfo
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.repetition import read_repetition

MORNING = time(9)
"""From when on the reminders of what lasts all day are counted: nobody is reminded at midnight."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Post:
    """One message of the calendar.

    ``key`` is permanent: entry, occurrence, reminder. ``due`` (UTC) is when to post; ``moment`` is when the
    event starts (at midnight, where it lasts all day) or the deadline falls, in its own zone; ``before`` is how long
    ahead this reminder is.
    """

    key: str
    due: datetime
    moment: datetime
    before: timedelta
    entry: Event | Deadline

    @property
    def occurrence(self) -> tuple[str, datetime]:
        """Entry and moment: what several reminders remind of."""
        return f"{_kind(self.entry)}/{self.entry.key}", self.moment

    @property
    def ends(self) -> datetime:
        """When the event is over, or the deadline has passed."""
        match self.entry:
            case Deadline():
                return self.moment
            case Event() if self.entry.is_all_day:
                # By the calendar: a day is not 24 hours long when the clocks change.
                midnight = datetime.combine(self.moment.date(), time())
                return midnight.replace(tzinfo=self.moment.tzinfo) + max(self.entry.lasts, _DAY)
            case Event():
                return (self.moment.astimezone(UTC) + self.entry.lasts).astimezone(self.moment.tzinfo)
            case _:
                assert_never(self.entry)


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
        # A day earlier, because what lasts all day is reckoned from hours after it starts.
        for moment in moments(entry, zone, start + before - _DAY, end + before):
            due = _reckoned_from(entry, moment, zone).astimezone(UTC) - before
            if start < due <= end:
                minutes = int(before.total_seconds() // 60)
                stamp = moment.astimezone(UTC).strftime("%Y%m%dT%H%MZ")
                key = f"{_kind(entry)}/{entry.key}/{stamp}/{minutes}"
                yield Post(key, due, moment, before, entry)


def _reckoned_from(entry: Event | Deadline, moment: datetime, zone: ZoneInfo) -> datetime:
    """Return from when on the reminders of an occurrence are counted back."""
    if isinstance(entry, Event) and entry.is_all_day:
        return in_zone(datetime.combine(moment.date(), MORNING), zone)
    return moment


def moments(entry: Event | Deadline, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the moments of an entry from ``start`` to ``end`` (aware), in ``zone``."""
    # A day on each side, because local and UTC order may differ around a change of clocks.
    first = start.astimezone(zone).replace(tzinfo=None) - _DAY
    last = end.astimezone(zone).replace(tzinfo=None) + _DAY
    for local in _local_moments(entry, zone, first, last):
        moment = in_zone(local, zone)
        if start <= moment <= end:
            yield moment


def _local_moments(
    entry: Event | Deadline, zone: ZoneInfo, first: datetime, last: datetime
) -> Iterator[datetime]:
    if isinstance(entry, Deadline):
        yield entry.due
    elif entry.repeat is None:
        yield entry.local_start
    else:
        rule = read_repetition(entry.repeat)
        # A rule that cannot be read is refused with the files: it gives no moment.
        if rule is not None:
            yield from rule.between(entry.local_start, zone, first, last)


def in_zone(local: datetime, zone: ZoneInfo) -> datetime:
    """Return a naive local time as an aware datetime that exists in ``zone``."""
    return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def _kind(entry: Event | Deadline) -> str:
    return "event" if isinstance(entry, Event) else "deadline"
