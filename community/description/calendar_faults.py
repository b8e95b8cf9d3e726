"""Checks the time zones of a description, and when the events of its calendar take place. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from community.core.messages import msg
from community.core.zones import ZoneInfo
from community.description.calendar_model import Calendar, Event
from community.description.calendar_occurrence_faults import occurrence_faults
from community.description.days import period_fault
from community.description.faults import CALENDAR, COMMUNITY, Fault
from community.description.model import Community
from community.description.repetition_faults import first_moment, repetition_fault
from community.description.times import reversed_zone
from community.description.yaml_text import Path


def calendar_faults(community: Community, calendar: Calendar, today: date | None) -> Iterator[Fault]:
    """Yield the faults of zones and of when events take place; ``today`` is None where no clock counts."""
    yield from _times(community, calendar, today)
    yield from _zones(community, calendar)


def _zones(community: Community, calendar: Calendar) -> Iterator[Fault]:
    """Refuse the zones whose sign is the reverse of what everybody reads."""
    named: list[tuple[str, Path, str | None]] = [(COMMUNITY, ("timezone",), community.timezone)]
    named += [
        (COMMUNITY, ("cities", i, "timezone"), city.timezone) for i, city in enumerate(community.cities)
    ]
    named += [
        (CALENDAR, (name, i, "timezone"), entry.timezone)
        for name in ("events", "deadlines")
        for i, entry in enumerate(getattr(calendar, name))
    ]
    for file, path, zone in named:
        what = None if zone is None else reversed_zone(zone)
        if what is not None:
            yield Fault(file, path, what)


def _times(community: Community, calendar: Calendar, today: date | None) -> Iterator[Fault]:
    """Check the rules of repetition, that each event that has one starts on one of its days, and its occurrences.

    A start that cannot be meant is a fault by itself (`day_faults`): whether it is a day of the rule says nothing more.
    """
    for i, event in enumerate(calendar.events):
        zone = ZoneInfo(event.timezone or community.timezone)
        fault = None if event.repeat is None else repetition_fault(event.repeat, event.local_start, zone)
        if fault is not None:
            yield Fault(CALENDAR, ("events", i, "repeat"), fault, given=(("events", i, "start"),))
        elif period_fault(event.local_start.date(), today) is None:
            if event.repeat is not None:
                yield from _start_in_rule(i, event, first_moment(event.repeat, event.local_start, zone))
            yield from occurrence_faults(event, zone, ("events", i))


def _start_in_rule(i: int, event: Event, first: datetime | None) -> Iterator[Fault]:
    if first is not None and first != event.local_start:
        what = msg(
            "the event is to start on {start}, which is no day of its rule: nothing would be posted for it. "
            "The first day of the rule is {first}: write that, or change the rule",
            start=f"{event.local_start:%Y-%m-%d}",
            first=f"{first:%Y-%m-%d}",
        )
        yield Fault(CALENDAR, ("events", i, "start"), what, given=(("events", i, "repeat"),))
