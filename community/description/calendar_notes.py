"""What `palabre check` notes of a calendar without problems: right, and perhaps not what was meant. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from community.core.messages import msg
from community.core.zones import ZoneInfo
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.faults import CALENDAR, Fault
from community.description.model import Community
from community.description.repetition import moments_of, read_repetition
from community.description.repetition_notes import repetition_notes
from community.description.times import offset_text
from community.description.yaml_text import Path

_DAY, _YEAR = timedelta(days=1), timedelta(days=366)
_LOOKED_AT = 64
"""How many times of a repeated event are compared with each other: more than a year of weeks."""


def calendar_notes(community: Community, calendar: Calendar) -> Iterator[Fault]:
    """Yield what there is to note."""
    for i, event in enumerate(calendar.events):
        yield from _reminders(event, event.local_start, ("events", i))
        yield from _event(community, event, ("events", i))
    for i, deadline in enumerate(calendar.deadlines):
        yield from _reminders(deadline, deadline.due, ("deadlines", i))


def _reminders(entry: Event | Deadline, moment: datetime, path: Path) -> Iterator[Fault]:
    if not entry.remind:
        yield Fault(
            CALENDAR, path, msg("without “remind” nothing is ever posted of it: such as remind: [1d, 1h]")
        )
    for n, before in enumerate(entry.remind):
        if before in entry.remind[:n]:
            what = msg("“{key}” stands here twice: keep one", key=offset_text(before) if before else "0")
            yield Fault(CALENDAR, (*path, "remind", n), what)
        elif before > _YEAR:
            what = msg(
                "this is posted more than a year before, on {day}: is that meant?",
                day=f"{moment - before:%Y-%m-%d}",
            )
            yield Fault(CALENDAR, (*path, "remind", n), what)


def _event(community: Community, event: Event, path: Path) -> Iterator[Fault]:
    yield from _length(event, path)
    if event.repeat is not None:
        zone = ZoneInfo(event.timezone or community.timezone)
        yield from _overlap(event, event.repeat, zone, path)
        for note in repetition_notes(event.repeat, event.local_start, zone):
            yield Fault(CALENDAR, (*path, "repeat"), note)


def _length(event: Event, path: Path) -> Iterator[Fault]:
    if event.is_all_day and event.lasts % _DAY:
        what = msg(
            "without a time of day it lasts all day: if it does not, write such as {day} 09:00",
            day=str(event.start),
        )
        yield Fault(CALENDAR, (*path, "start"), what)
    if not event.is_all_day and not event.lasts:
        what = msg("it is over as soon as it begins: say how long it lasts, such as lasts: 90min")
        yield Fault(CALENDAR, (*path, "lasts"), what)
    if event.lasts > _YEAR:
        what = msg(
            "it lasts more than a year, until {day}: is that meant?",
            day=f"{event.local_start + event.lasts:%Y-%m-%d}",
        )
        yield Fault(CALENDAR, (*path, "lasts"), what)


def _overlap(event: Event, repeat: str, zone: ZoneInfo, path: Path) -> Iterator[Fault]:
    """Note an event that begins again before it is over."""
    rule = read_repetition(repeat)
    lasts = max(event.lasts, _DAY) if event.is_all_day else event.lasts
    there = [] if rule is None else moments_of(rule, event.local_start, zone, _LOOKED_AT)
    again = next((after for moment, after in pairwise(there) if after < moment + lasts), None)
    if again is not None:
        what = msg(
            "it begins again on {day}, before it is over: it lasts {lasts}",
            day=f"{again:%Y-%m-%d}",
            lasts=offset_text(event.lasts),
        )
        yield Fault(CALENDAR, (*path, "lasts"), what)
