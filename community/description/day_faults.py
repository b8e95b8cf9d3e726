"""Days in a description that cannot be meant: a confirmation to come, a deadline in a hundred years. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from community.core.messages import Message
from community.description.calendar_model import Calendar, Event
from community.description.days import EARLIEST_PUBLISHED, past_fault, period_fault
from community.description.directory_model import Directory
from community.description.faults import CALENDAR, COMMUNITY, DIRECTORY, Fault
from community.description.model import Community
from community.description.times import EventStart
from community.description.yaml_text import Path


def period_faults(community: Community, calendar: Calendar, today: date | None) -> Iterator[Fault]:
    """Yield the faults of cohorts' periods, events and deadlines; ``today`` is None where no clock counts."""
    for i, cohort in enumerate(community.cohorts):
        yield from _fault(COMMUNITY, ("cohorts", i, "from"), period_fault(cohort.starts, today))
        yield from _fault(COMMUNITY, ("cohorts", i, "until"), period_fault(cohort.ends, today))
    for i, event in enumerate(calendar.events):
        for path, start in _starts(event):
            day = date(start.year, start.month, start.day)
            yield from _fault(CALENDAR, ("events", i, *path), period_fault(day, today))
    for i, deadline in enumerate(calendar.deadlines):
        yield from _fault(CALENDAR, ("deadlines", i, "due"), period_fault(deadline.due.date(), today))


def _starts(event: Event) -> Iterator[tuple[Path, EventStart]]:
    """Yield the starts that an event names, and where."""
    yield ("start",), event.start
    yield from ((("also", n), start) for n, start in enumerate(event.also))
    for n, change in enumerate(event.changes):
        if change.start is not None:
            yield ("changes", n, "start"), change.start


def directory_day_faults(directory: Directory, today: date | None) -> Iterator[Fault]:
    """Yield the faults of the days on which entries were confirmed, updated or published."""
    for i, contact in enumerate(directory.contacts):
        if contact.confirmed is not None:
            yield from _fault(DIRECTORY, ("contacts", i, "confirmed"), past_fault(contact.confirmed, today))
    for i, resource in enumerate(directory.resources):
        published = past_fault(resource.date, today, EARLIEST_PUBLISHED)
        yield from _fault(DIRECTORY, ("resources", i, "date"), published)
        if resource.confirmed is not None:
            yield from _fault(DIRECTORY, ("resources", i, "confirmed"), past_fault(resource.confirmed, today))
    for i, project in enumerate(directory.projects):
        yield from _fault(DIRECTORY, ("projects", i, "updated"), past_fault(project.updated, today))


def _fault(file: str, path: Path, what: Message | None) -> Iterator[Fault]:
    if what is not None:
        yield Fault(file, path, what)
