"""What `palabre check` notes of a calendar without problems: right, and perhaps not what was meant. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from community.core.messages import msg
from community.core.zones import ZoneInfo
from community.description.calendar_audience import EntryRooms
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.calendar_times import named_by
from community.description.faults import CALENDAR, Fault
from community.description.model import Community
from community.description.reminders import reminders_of
from community.description.repetition import moments_of, read_repetition
from community.description.repetition_notes import repetition_notes
from community.description.times import offset_text
from community.description.yaml_text import Path

_DAY, _YEAR = timedelta(days=1), timedelta(days=366)
_LOOKED_AT = 64
"""How many times of a repeated event are compared with each other: more than a year of weeks."""


def calendar_notes(community: Community, calendar: Calendar) -> Iterator[Fault]:
    """Yield what there is to note."""
    rooms = EntryRooms(community)
    for i, event in enumerate(calendar.events):
        yield from _reminders(event, event.local_start, ("events", i))
        yield from _people(event, rooms, community, ("events", i))
        yield from _event(community, event, ("events", i))
    for i, deadline in enumerate(calendar.deadlines):
        yield from _reminders(deadline, deadline.due, ("deadlines", i))
        yield from _people(deadline, rooms, community, ("deadlines", i))


def _reminders(entry: Event | Deadline, moment: datetime, path: Path) -> Iterator[Fault]:
    remind = entry.remind or ()
    if entry.remind == ():
        what = msg(
            "with an empty “remind” nothing is ever posted of it: take “remind” out for the usual reminders"
        )
        yield Fault(CALENDAR, (*path, "remind"), what)
    for n, before in enumerate(remind):
        if before in remind[:n]:
            what = msg("“{key}” stands here twice: keep one", key=offset_text(before) if before else "0")
            yield Fault(CALENDAR, (*path, "remind", n), what)
        elif before > _YEAR:
            what = msg(
                "this is posted more than a year before, on {day}: is that meant?",
                day=f"{moment - before:%Y-%m-%d}",
            )
            yield Fault(CALENDAR, (*path, "remind", n), what)


def _people(entry: Event | Deadline, rooms: EntryRooms, community: Community, path: Path) -> Iterator[Fault]:
    """Note what is posted nowhere, and what concerns nobody."""
    if not rooms.rooms_of(entry) and reminders_of(entry) and not entry.cancelled:
        what = msg("nothing is posted of it, as no room is for just those whom it concerns: name “rooms”")
        yield Fault(CALENDAR, (*path, "audience"), what)
    members = community.members
    if entry.audience.is_said and members and not any(rooms.concerns(entry, one) for one in members):
        yield Fault(CALENDAR, (*path, "audience"), msg("it concerns nobody: no member is all that it says"))


def _event(community: Community, event: Event, path: Path) -> Iterator[Fault]:
    yield from _length(event, path)
    yield from _added(event, ZoneInfo(event.timezone or community.timezone), path)
    if event.repeat is not None:
        zone = ZoneInfo(event.timezone or community.timezone)
        yield from _overlap(event, event.repeat, zone, path)
        for note in repetition_notes(event.repeat, event.local_start, zone):
            yield Fault(CALENDAR, (*path, "repeat"), note)


def _added(event: Event, zone: ZoneInfo, path: Path) -> Iterator[Fault]:
    """Note what `also` adds to a rule that has it already."""
    ruled = event.model_copy(update={"also": ()})
    for n, start in enumerate(event.also):
        if named_by(start, ruled, zone):
            what = msg("it takes place then by “start” and “repeat” already: take it out here")
            yield Fault(CALENDAR, (*path, "also", n), what)


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
