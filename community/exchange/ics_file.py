"""Writes the calendar as iCalendar (RFC 5545, RFC 7986). The only importer of icalendar. Pure: time is an argument.

Each entry has a UID that stays: its community, kind and key. Occurrences that were moved or cancelled are components of
their own with a RECURRENCE-ID. A deadline is an event as well: the calendars of telephones do not show tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from icalendar import Alarm, Timezone, vRecur
from icalendar import Calendar as IcsCalendar
from icalendar import Event as IcsEvent

from community.core.messages import Translator
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline, Event, OccurrenceChange
from community.description.reminders import reminders_of
from community.exchange.ics_dates import (
    IcsSpan,
    added,
    alarm_before,
    changed,
    changed_span,
    left_out,
    moment,
    rule_text,
    span,
)
from community.exchange.ics_texts import AS_THE_ENTRY, DateState, IcsTexts, texts_of

PRODUCT = "-//Palabre//Calendar//EN"
REFRESH = timedelta(hours=1)
"""How often a calendar program is asked to look again."""
_YEARS_AHEAD = 10
_LONGEST_ALARM = {"event": timedelta(days=1), "deadline": timedelta(weeks=1)}
"""Reminders from further ahead are posts in rooms alone."""


@dataclass(frozen=True, slots=True)
class PublishedEntry:
    """An entry, how often it was changed (or any number that grows with each change), and when last (None: never)."""

    entry: Event | Deadline
    sequence: int = 0
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublishedCalendar:
    """What a calendar program is given.

    ``community``: its key. ``zone``: that of entries that name none. ``made``: since when there is this calendar, which
    is the DTSTAMP of what was not changed since. ``year``: this year; the rules of time zones reach ten years further.
    """

    community: str
    name: str
    zone: str
    made: datetime
    year: int
    entries: tuple[PublishedEntry, ...]


def ics_bytes(calendar: PublishedCalendar, translate: Translator) -> bytes:
    """Return the whole file in the language of ``translate``: the same bytes for the same calendar."""
    ics = IcsCalendar()
    for name, value in (
        ("prodid", PRODUCT),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
    ):
        ics.add(name, value)
    for name in ("name", "x-wr-calname"):
        ics.add(name, calendar.name)
    ics.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    ics.add("x-published-ttl", "PT1H")
    writer = _EntryWriter(calendar, translate)
    components = [component for entry in calendar.entries for component in writer.components(entry)]
    for timezone in _timezones(calendar, components):
        ics.add_component(timezone)
    for component in components:
        ics.add_component(component)
    content: bytes = ics.to_ical()
    return content


@dataclass(frozen=True, slots=True)
class _EntryWriter:
    calendar: PublishedCalendar
    translate: Translator

    def components(self, published: PublishedEntry) -> Iterator[IcsEvent]:
        """Yield the components of an entry: itself, and each occurrence that is otherwise."""
        entry = published.entry
        zone = ZoneInfo(entry.timezone or self.calendar.zone)
        if isinstance(entry, Deadline):
            yield self._component(published, _due(entry, zone), AS_THE_ENTRY)
        elif entry.repeat is None and not entry.also:
            yield from self._single(published, entry, zone)
        elif entry.repeat is None or rule_text(entry, zone) is not None:
            yield from self._series(published, entry, zone)

    def _single(self, published: PublishedEntry, event: Event, zone: ZoneInfo) -> Iterator[IcsEvent]:
        if event.local_start in left_out(event, zone):
            return
        change = next((change for _, change in changed(event, zone)), None)
        yield self._component(
            published, changed_span(event, event.local_start, change, zone), _state(event.local_start, change)
        )

    def _series(self, published: PublishedEntry, event: Event, zone: ZoneInfo) -> Iterator[IcsEvent]:
        whole = self._component(published, changed_span(event, event.local_start, None, zone), AS_THE_ENTRY)
        rule = rule_text(event, zone)
        if rule is not None:
            whole.add("rrule", vRecur.from_ical(rule))
        kind = {"VALUE": "DATE"} if event.is_all_day else {}
        for name, starts in (("rdate", added(event)), ("exdate", left_out(event, zone))):
            if starts:
                listed = [moment(start, zone, is_all_day=event.is_all_day) for start in starts]
                whole.add(name, listed, parameters=kind)
        yield whole
        for start, change in changed(event, zone):
            one = self._component(published, changed_span(event, start, change, zone), _state(start, change))
            one.add("recurrence-id", moment(start, zone, is_all_day=event.is_all_day))
            yield one

    def _component(self, published: PublishedEntry, when: IcsSpan, state: DateState) -> IcsEvent:
        entry = published.entry
        texts = texts_of(entry, self.translate, state)
        is_cancelled = entry.cancelled or (state.change is not None and state.change.cancelled)
        kind = "event" if isinstance(entry, Event) else "deadline"
        one = IcsEvent()
        one.add("uid", f"{kind}-{entry.key}@{self.calendar.community}.palabre")
        one.add("sequence", published.sequence)
        one.add("dtstamp", published.modified or self.calendar.made)
        if published.modified is not None:
            one.add("last-modified", published.modified)
        one.add("dtstart", when.start)
        if when.end is not None:
            one.add("dtend", when.end)
        one.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
        one.add("transp", "OPAQUE" if isinstance(entry, Event) and not is_cancelled else "TRANSPARENT")
        one.add("categories", [entry.kind.upper() if isinstance(entry, Event) else "DEADLINE"])
        _add_texts(one, texts, is_to_join=isinstance(entry, Event))
        if not is_cancelled:
            for alarm in _alarms(entry, texts.summary, is_all_day=not isinstance(when.start, datetime)):
                one.add_component(alarm)
        return one


def _state(start: datetime, change: OccurrenceChange | None) -> DateState:
    is_moved = change is not None and change.start is not None
    return DateState(change, start.date() if is_moved else None)


def _due(deadline: Deadline, zone: ZoneInfo) -> IcsSpan:
    """Return when a deadline is due: the day alone where that is all that was said."""
    return span(deadline.due, timedelta(), zone, is_all_day=deadline.is_of_day)


def _add_texts(one: IcsEvent, texts: IcsTexts, *, is_to_join: bool) -> None:
    one.add("summary", texts.summary)
    if texts.location:
        one.add("location", texts.location)
    if texts.description:
        one.add("description", texts.description)
    if texts.link:
        one.add("url", texts.link)
        if is_to_join:
            one.add("conference", texts.link, parameters={"VALUE": "URI", "LABEL": texts.summary})


def _alarms(entry: Event | Deadline, summary: str, *, is_all_day: bool) -> Iterator[Alarm]:
    longest = _LONGEST_ALARM["event" if isinstance(entry, Event) else "deadline"]
    for before in reminders_of(entry):
        if timedelta() < before <= longest:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", summary)
            alarm.add("trigger", -alarm_before(before, is_all_day=is_all_day))
            yield alarm


def _timezones(calendar: PublishedCalendar, components: Iterable[IcsEvent]) -> Iterator[Timezone]:
    """Yield the time zones that the components name, from the first year of any to ten years from now."""
    starts = [component.start for component in components]
    moments = [start for start in starts if isinstance(start, datetime)]
    named = sorted({str(start.tzinfo) for start in moments if str(start.tzinfo) != "UTC"})
    first = min((start.year for start in moments), default=calendar.year) - 1
    last = max(max((start.year for start in moments), default=0), calendar.year) + _YEARS_AHEAD
    for name in named:
        yield _timezone(name, max(first, 1900), last)


@lru_cache(maxsize=256)
def _timezone(name: str, first: int, last: int) -> Timezone:
    """Return the rules of a time zone, which take long to find."""
    zone = ZoneInfo(name)
    return Timezone.from_tzinfo(zone, name, date(first, 1, 1), date(last, 12, 31))
