"""Rules of repetition beside two other programs: dateutil itself, and recurring-ical-events, which reads ICS files.

Where ours differ from one of them, the difference is named here and tested: nothing else may differ.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import recurring_ical_events
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar as IcsCalendar

from community.agenda.occurrences import in_zone, occurrences
from community.core.zones import ZoneInfo
from community.description.calendar_model import Event
from community.description.repetition import read_repetition
from tests.lib.examples import some_of

DAY = timedelta(days=1)
ZONES = (
    "Africa/Bamako",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "Australia/Lord_Howe",
    "Europe/Paris",
    "Pacific/Chatham",
    "UTC",
)


def event(start: datetime | date, repeat: str | None, zone: str, **values: Any) -> Event:
    written = {"key": "call", "title": "Call", "start": str(start), "lasts": "1h", "rooms": ["lobby"]}
    return Event.model_validate({**written, "repeat": repeat, "timezone": zone, **values})


def ours(call: Event, days: int) -> list[tuple[datetime, datetime]]:
    """Return when each occurrence that begins within ``days`` of the start begins and ends, in UTC."""
    info = ZoneInfo(call.timezone or "UTC")
    first = in_zone(call.local_start, info)
    found = occurrences(call, info, first, first + days * DAY)
    return [(one.start.astimezone(UTC), one.end.astimezone(UTC)) for one in found]


def theirs(call: Event, days: int) -> list[tuple[datetime, datetime]]:
    """Return the same by recurring-ical-events, of the event as an ICS file."""
    info = ZoneInfo(call.timezone or "UTC")
    first = in_zone(call.local_start, info)
    found = recurring_ical_events.of(IcsCalendar.from_ical(ics(call))).between(first, first + days * DAY)
    moments = [tuple(_moment(part[name].dt, info) for name in ("DTSTART", "DTEND")) for part in found]
    # The end of its window is not in it; the end of ours is.
    return sorted((start, end) for start, end in moments)


def _moment(value: date | datetime, info: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return in_zone(datetime(value.year, value.month, value.day), info).astimezone(UTC)  # noqa: DTZ001
    # Explained difference: it gives the time in a gap as the file has it, which is no moment yet.
    return value.astimezone(UTC).astimezone(info).astimezone(UTC)


def ics(call: Event) -> str:
    """Return an event as ICS; a length of an hour, or whole days."""
    form = (
        (lambda at: f";VALUE=DATE:{at:%Y%m%d}")
        if call.is_all_day
        else (lambda at: f";TZID={call.timezone}:{at:%Y%m%dT%H%M%S}")
    )
    end = call.local_start + call.lasts
    lines = ["BEGIN:VEVENT", "UID:call", "DTSTAMP:20260101T000000Z", f"DTSTART{form(call.local_start)}"]
    lines.append(
        f"DTEND{form(end)}" if call.is_all_day else f"DURATION:PT{call.lasts // timedelta(minutes=1)}M"
    )
    lines += [] if call.repeat is None else [f"RRULE:{call.repeat}"]
    lines += [f"EXDATE{form(at)}" for at in call.except_] + [f"RDATE{form(at)}" for at in call.also]
    changed = []
    for change in call.changes:
        assert change.start is not None
        changed += ["END:VEVENT", "BEGIN:VEVENT", "UID:call", "DTSTAMP:20260101T000000Z"]
        changed += [f"RECURRENCE-ID{form(change.of)}", f"DTSTART{form(change.start)}"]
        changed += [f"DURATION:PT{call.lasts // timedelta(minutes=1)}M"]
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *lines, *changed, "END:VEVENT", "END:VCALENDAR"]
    return "\r\n".join(whole) + "\r\n"


STARTS = st.integers(0, 6 * 365 * 24 * 4).map(
    lambda quarters: datetime(2026, 1, 1) + timedelta(minutes=15 * quarters)  # noqa: DTZ001 - local time
)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ENDS = st.sampled_from(("", ";COUNT=5", ";COUNT=40", ";UNTIL=20291231T235959"))
INTERVALS = st.sampled_from(("", ";INTERVAL=2", ";INTERVAL=3", ";INTERVAL=5"))
DAYS_OF_WEEK = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True).map(",".join)
NUMBERED = st.tuples(st.sampled_from((1, 2, 3, 4, 5, -1, -2, -5)), st.sampled_from(WEEKDAYS)).map(
    lambda pair: f"{pair[0]}{pair[1]}"
)
PARTS = st.one_of(
    st.just("FREQ=DAILY"),
    st.just("FREQ=WEEKLY"),
    DAYS_OF_WEEK.map("FREQ=WEEKLY;BYDAY={}".format),
    DAYS_OF_WEEK.map("FREQ=WEEKLY;WKST=SU;BYDAY={}".format),
    st.just("FREQ=MONTHLY"),
    NUMBERED.map("FREQ=MONTHLY;BYDAY={}".format),
    st.sampled_from((1, 15, 29, 30, 31, -1, -31)).map("FREQ=MONTHLY;BYMONTHDAY={}".format),
    DAYS_OF_WEEK.map("FREQ=MONTHLY;BYSETPOS=-1;BYDAY={}".format),
    st.just("FREQ=YEARLY"),
    NUMBERED.map("FREQ=YEARLY;BYMONTH=2;BYDAY={}".format),
    st.sampled_from((1, 20, 53)).map("FREQ=YEARLY;BYDAY=TH;BYWEEKNO={}".format),
    st.sampled_from((1, 60, 366, -1)).map("FREQ=YEARLY;BYYEARDAY={}".format),
)
WHOLE_RULES = st.builds(lambda *parts: "".join(parts), PARTS, INTERVALS, ENDS)


@settings(max_examples=some_of(1200))
@given(STARTS, WHOLE_RULES, st.integers(0, 4000), st.integers(1, 400))
def test_a_rule_has_the_days_that_dateutil_has_from_its_start_on(
    start: datetime, text: str, later: int, days: int
) -> None:
    """Ours are reckoned from a start that is nearer; dateutil's here from the start itself."""
    rule = read_repetition(text)
    assert rule is not None
    first = start + later * DAY
    found = rule.between(start, ZoneInfo("UTC"), first, first + days * DAY)
    assert found == rrulestr(text, dtstart=start).between(first, first + days * DAY, inc=True)


def first_of(text: str, start: datetime) -> datetime | None:
    """Return the first day of a rule from ``start`` on: an event must start on one (`palabre check` says so)."""
    rule = read_repetition(text)
    assert rule is not None
    return next(iter(rule.soon(start, ZoneInfo("UTC"))), None)


@settings(max_examples=some_of(600), deadline=None)
@given(STARTS, WHOLE_RULES, st.sampled_from(ZONES), st.booleans(), st.data())
def test_an_event_takes_place_when_recurring_ical_events_says(
    start: datetime, text: str, zone: str, is_all_day: bool, data: st.DataObject
) -> None:
    first = first_of(text, start)
    if first is None:
        return
    call = event(first.date() if is_all_day else first, text, zone, lasts="2d" if is_all_day else "1h")
    days = 800
    there = occurrences(
        call, ZoneInfo(zone), in_zone(first, ZoneInfo(zone)), in_zone(first, ZoneInfo(zone)) + days * DAY
    )
    some = data.draw(st.lists(st.sampled_from([one.of for one in there]), max_size=3, unique=True))
    written = [str(at.date() if is_all_day else at) for at in some]
    whole = event(call.start, text, zone, lasts="2d" if is_all_day else "1h", **{"except": written[:2]})
    assert ours(whole, days) == theirs(whole, days)
