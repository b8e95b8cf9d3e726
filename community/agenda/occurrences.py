"""When what the calendar says takes place, and when its messages are due. Pure: the same gives the same.

Recurrence rules (RFC 5545, section 3.3.10) are computed in local time, so that a meeting at ten stays at ten when the
clocks change; each result then gets its time zone. A local time that does not exist is moved forward by the length of
the gap; of one that exists twice the first is taken (PEP 495, ``fold=0``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import assert_never

from community.core.zones import ZoneInfo, existing
from community.description.addresses import Link
from community.description.calendar_model import (
    Calendar,
    Deadline,
    Event,
    OccurrenceChange,
    is_day,
    local_start,
)
from community.description.calendar_times import DAY, change_of, given_starts, local_starts
from community.description.fields import Localized
from community.description.reminders import reminders_of
from community.directory.entry import kind_of

STAMP = "%Y%m%dT%H%MZ"
"""How the original start is written in a key."""
MORNING = time(9)
"""From when on the reminders of what is of a whole day are counted: nobody is reminded at midnight."""


@lru_cache(maxsize=4096)
def _stamp(moment: datetime, _fold: int) -> str:
    """Return a moment as it is written in a key. The two of one zone in a fold are equal but for ``_fold``."""
    return moment.astimezone(UTC).strftime(STAMP)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an event takes place, or the moment of a deadline. All moments are in ``zone``, the entry's.

    ``original`` is the start that it had when it was first set: with the entry it is its identity, whatever becomes of
    it. ``of``: the start that the entry itself gives it now, on the clock: its name in ``changes`` and ``except``.
    ``start`` is when it really begins (at midnight, where it lasts all day), ``end`` when it is over. ``place``,
    ``link`` and ``note`` are its own where it has them, else the entry's.
    """

    entry: Event | Deadline
    zone: ZoneInfo
    original: datetime
    of: datetime
    start: datetime
    end: datetime
    is_all_day: bool = False
    is_cancelled: bool = False
    place: Localized | None = None
    link: Link | None = None
    note: Localized | None = None

    @property
    def key(self) -> str:
        """What it is known by for ever: the entry and the original start in UTC."""
        return f"{kind_of(self.entry)}/{self.entry.key}/{_stamp(self.original, self.original.fold)}"

    @property
    def is_moved(self) -> bool:
        """Whether it takes place at another time than was first set."""
        return self.start != self.original

    @property
    def is_due_that_day(self) -> bool:
        """Whether it is a deadline for which a whole day is left."""
        return isinstance(self.entry, Deadline) and self.entry.is_of_day

    @property
    def counted_from(self) -> datetime:
        """From when on reminders are counted back."""
        if not (self.is_all_day or self.is_due_that_day):
            return self.start
        morning = datetime.combine(self.start.date(), MORNING)
        return existing(morning.replace(tzinfo=self.start.tzinfo))

    def reminded_at(self, before: timedelta) -> datetime:
        """Return when (UTC) the reminder is due that comes so long before, or after where it is less than nothing.

        An hour before the end of a day is of no use: what is less than a day ahead of a deadline of a day is told in
        the morning of that day.
        """
        is_that_day = self.is_due_that_day and timedelta() < before < DAY
        return self.counted_from.astimezone(UTC) - (timedelta() if is_that_day else before)


@dataclass(frozen=True, slots=True)
class Post:
    """One message of the calendar. ``due`` (UTC) is when to post, ``before`` how long ahead this reminder is.

    Where ``before`` is less than nothing it comes after. ``told_with`` (UTC): when it is posted where others
    come on the same day in the same room; None of what is always posted by itself.
    """

    occurrence: Occurrence
    due: datetime
    before: timedelta
    told_with: datetime | None = None

    @property
    def key(self) -> str:
        """What the message is known by for ever: the occurrence, and which of its reminders it is."""
        return f"{self.occurrence.key}/{int(self.before.total_seconds() // 60)}"

    @property
    def expected(self) -> datetime:
        """Until when (UTC) it is not late: when it is due by the calendar alone, where it comes before that."""
        return max(self.due, self.occurrence.reminded_at(self.before))

    @property
    def entry(self) -> Event | Deadline:
        """What it reminds of."""
        return self.occurrence.entry


# --- occurrences ------------------------------------------------------------------------------------------------------


def occurrences(
    entry: Event | Deadline, zone: ZoneInfo, start: datetime, end: datetime
) -> tuple[Occurrence, ...]:
    """Return what of an entry takes place at some time from ``start`` to ``end`` (aware), by start and original.

    ``zone``: the entry's. Cancelled ones are among them, at the time at which they would have been; starts that
    ``except`` leaves out are not.
    """
    match entry:
        case Deadline():
            found = [_deadline(entry, zone)]
        case Event():
            # A day on each side, because local and UTC order may differ around a change of clocks.
            first = start.astimezone(zone).replace(tzinfo=None) - DAY
            last = end.astimezone(zone).replace(tzinfo=None) + DAY
            found = _distinct(_of_event(entry, zone, first, last))
        case _:
            assert_never(entry)
    there = (one for one in found if one.start <= end and (one.end > start or one.start >= start))
    return tuple(sorted(there, key=lambda one: (one.start, one.original)))


def originals_near(occurrence: Occurrence, reach: timedelta) -> frozenset[datetime]:
    """Return the original starts (UTC) that the entry has now within ``reach`` of that of one of its occurrences."""
    entry, zone = occurrence.entry, occurrence.zone
    match entry:
        case Deadline():
            return frozenset((occurrence.original.astimezone(UTC),))
        case Event():
            # What was left out was an occurrence, too: another one.
            there = given_starts(entry, zone, occurrence.of - 2 * reach, occurrence.of + 2 * reach)
            return frozenset(in_zone(of - entry.shift, zone).astimezone(UTC) for of in there)
        case _:
            assert_never(entry)


def occurrence_of(
    entry: Event | Deadline, zone: ZoneInfo, original: datetime, reach: timedelta
) -> Occurrence | None:
    """Return the occurrence with that original start (aware), or the nearest within ``reach`` that is in its place.

    None where there is none, or ``except`` leaves it out. What happens once is the same wherever it is put.
    """
    match entry:
        case Deadline():
            return _deadline(entry, zone)
        case Event() if entry.repeat is None and not entry.also:
            starts = [] if entry.except_ else [entry.local_start]
        case Event():
            of = original.astimezone(zone).replace(tzinfo=None) + entry.shift
            starts = local_starts(entry, zone, of - reach, of + reach)
            if of not in starts and of in given_starts(entry, zone, of, of):
                return None
        case _:
            assert_never(entry)
    found = (_occurrence(entry, of, change_of(entry, of), zone) for of in starts)
    return min(found, key=lambda one: abs(one.original - original), default=None)


def gone_occurrence(entry: Event | Deadline, zone: ZoneInfo, original: datetime) -> Occurrence:
    """Return an occurrence that the entry does not have any more, as a cancelled one; ``original`` is aware."""
    start = original.astimezone(zone)
    lasts = entry.lasts if isinstance(entry, Event) else timedelta()
    of = start.replace(tzinfo=None)
    return Occurrence(entry, zone, start, of, start, start + lasts, is_cancelled=True)


def _of_event(event: Event, zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[Occurrence]:
    longest = max((change.lasts for change in event.changes if change.lasts is not None), default=event.lasts)
    reach = max(longest, event.lasts) + DAY
    for of in local_starts(event, zone, first - reach, last):
        change = change_of(event, of)
        if change is None or change.start is None:
            yield _occurrence(event, of, change, zone)
    moved = [local_start(change.of) for change in event.changes if _moves_into(change, first - reach, last)]
    if moved:
        for of in local_starts(event, zone, min(moved), max(moved) + DAY):
            change = change_of(event, of)
            if change is not None and _moves_into(change, first - reach, last):
                yield _occurrence(event, of, change, zone)


def _moves_into(change: OccurrenceChange, first: datetime, last: datetime) -> bool:
    return change.start is not None and first <= local_start(change.start) <= last


def _distinct(found: Iterator[Occurrence]) -> list[Occurrence]:
    """Leave out what begins at the same moment as another: a time in a gap, and the one it is moved to."""
    return list({one.original.astimezone(UTC): one for one in found}.values())


def _occurrence(event: Event, of: datetime, change: OccurrenceChange | None, zone: ZoneInfo) -> Occurrence:
    said = change or OccurrenceChange(of=of)
    start = of if said.start is None else local_start(said.start)
    is_all_day = event.is_all_day if said.start is None else is_day(said.start)
    lasts = event.lasts if said.lasts is None else said.lasts
    return Occurrence(
        entry=event,
        zone=zone,
        original=in_zone(of - event.shift, zone),
        of=of,
        start=in_zone(start, zone),
        end=_end(start, lasts, zone, is_all_day=is_all_day),
        is_all_day=is_all_day,
        is_cancelled=event.cancelled or said.cancelled,
        place=said.place or event.place,
        link=said.link or event.link,
        note=said.note or event.note,
    )


def _end(start: datetime, lasts: timedelta, zone: ZoneInfo, *, is_all_day: bool) -> datetime:
    if is_all_day:
        # By the calendar: a day is not 24 hours long when the clocks change.
        return in_zone(start + max(lasts, DAY), zone)
    return (in_zone(start, zone).astimezone(UTC) + lasts).astimezone(zone)


def _deadline(deadline: Deadline, zone: ZoneInfo) -> Occurrence:
    due = in_zone(deadline.due, zone)
    return Occurrence(
        entry=deadline,
        zone=zone,
        original=in_zone(deadline.due - deadline.shift, zone),
        of=deadline.due,
        start=due,
        end=due,
        is_cancelled=deadline.cancelled,
        link=deadline.link,
        note=deadline.note,
    )


def in_zone(local: datetime, zone: ZoneInfo) -> datetime:
    """Return a naive local time as an aware datetime that exists in ``zone``."""
    return existing(local.replace(tzinfo=zone))


# --- posts ------------------------------------------------------------------------------------------------------------


def posts(calendar: Calendar, *, start: datetime, end: datetime, default_zone: str) -> tuple[Post, ...]:
    """Return the posts due after ``start`` up to and including ``end`` (both aware), by moment and key.

    ``default_zone`` is for entries that name none.
    """
    entries: tuple[Event | Deadline, ...] = (*calendar.events, *calendar.deadlines)
    found = [
        post
        for entry in entries
        for post in posts_of(entry, ZoneInfo(entry.timezone or default_zone), start, end)
    ]
    return in_order(found)


def posts_of(entry: Event | Deadline, zone: ZoneInfo, start: datetime, end: datetime) -> list[Post]:
    """Return the posts of one entry due after ``start`` up to and including ``end``; none of what is cancelled."""
    reminders = reminders_of(entry)
    if not reminders or entry.cancelled:
        return []
    # A day on each side, because what is of a whole day is reckoned from hours after it begins, or before it is due.
    there = occurrences(entry, zone, start + reminders[-1] - DAY, end + reminders[0] + DAY)
    found = [
        Post(one, one.reminded_at(before), before)
        for one in there
        if not one.is_cancelled
        for before in reminders
    ]
    return [post for post in found if start < post.due <= end]


def in_order(found: list[Post]) -> tuple[Post, ...]:
    """Return posts by when they are due, those of one moment by key."""
    return tuple(sorted(found, key=lambda post: (post.due, post.key)))
