"""The message that tells a room once a week what comes: when, of which week, and what is in it. Pure.

It comes on the first working day of the week: on Monday, on Sunday where Friday and Saturday are free.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from community.agenda.occurrences import Occurrence, occurrences
from community.agenda.reach import may_be_between
from community.agenda.sensible_times import DAY, RoomTimes
from community.core.zones import ZoneInfo, existing
from community.description.calendar_audience import is_for_posts
from community.description.calendar_model import Deadline, Event
from community.description.model import Community
from community.description.reminders import reminders_of
from community.description.room_policies import options_of
from community.description.rooms import rooms_made_for

KEY = "week/"
"""How the key of such a message begins; the day follows."""
PART = "week"
"""Which part of what is told of an occurrence it is."""
LATE = timedelta(hours=6)
"""How late it is still posted: the day is not over then."""
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, order=True)
class WeekAhead:
    """The week that begins on ``first``; ``due`` and ``end`` (UTC): when a room is told of it, and when it is over."""

    due: datetime
    first: date
    end: datetime

    @classmethod
    def after(cls, moment: datetime, times: RoomTimes) -> Self:
        """Return the first of the weeks of which rooms with these ``times`` are told after ``moment``."""
        day = moment.astimezone(times.zone).date() - DAY
        while True:
            if day.weekday() == times.week_begins and (due := times.hour_on(day)) > moment:
                return cls(due, day, _midnight(day + WEEK, times.zone))
            day += DAY

    @property
    def key(self) -> str:
        """What its message is known by in each room."""
        return f"{KEY}{self.first:%Y%m%d}"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return existing(datetime.combine(day, time(), zone)).astimezone(UTC)


def told_key(occurrence: Occurrence) -> str:
    """Return what is noted in such a message of an occurrence that is told there alone."""
    return f"{occurrence.key}/{PART}"


def of_week(
    entries: Iterable[Event | Deadline], default_zone: str, now: datetime, end: datetime
) -> tuple[Occurrence, ...]:
    """Return what of some entries begins after ``now`` and before ``end``, by start; not what nothing is posted of."""
    found = (one for entry in entries for one in _of_entry(entry, default_zone, now, end))
    return tuple(sorted(found, key=lambda one: (one.start, one.key)))


def _of_entry(
    entry: Event | Deadline, default_zone: str, now: datetime, end: datetime
) -> Iterator[Occurrence]:
    zone = ZoneInfo(entry.timezone or default_zone)
    if reminders_of(entry) and may_be_between(entry, zone, now, end):
        there = occurrences(entry, zone, now, end)
        yield from (one for one in there if now < one.start < end and not one.is_cancelled)


def rooms_told(community: Community) -> frozenset[str]:
    """Return the keys of the rooms that are told once a week what comes."""
    found = set[str]()
    for spec in community.rooms:
        usual = community.reminders.this_week and is_for_posts(spec)
        if (usual if spec.this_week is None else spec.this_week) and options_of(spec).bots:
            found.update(key for key, _place in rooms_made_for(community, spec))
    return frozenset(found)
