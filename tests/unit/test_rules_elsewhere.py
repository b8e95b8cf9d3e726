"""Rules of repetition beside two other programs: dateutil itself, and recurring-ical-events, which reads ICS files.

Where ours differ from one of them, the difference is named here and tested: nothing else may differ.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import recurring_ical_events
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar as IcsCalendar

from community.agenda.occurrences import Occurrence, in_zone, occurrences
from community.core.zones import ZoneInfo
from community.description.calendar_model import Event
from community.description.repetition import read_repetition
from tests.lib.examples import some_of

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
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


def ours(call: Event, days: int) -> list[Occurrence]:
    """Return what begins within ``days`` of an event's start."""
    info = ZoneInfo(call.timezone or "UTC")
    first = in_zone(call.local_start, info)
    return [one for one in occurrences(call, info, first, first + days * DAY) if one.start >= first]


def theirs(call: Event, days: int) -> list[tuple[datetime, datetime]]:
    """Return when the same begins and ends in UTC by recurring-ical-events, of the event as an ICS file."""
    info = ZoneInfo(call.timezone or "UTC")
    first = in_zone(call.local_start, info)
    # The end of its window is not in it.
    found = recurring_ical_events.of(IcsCalendar.from_ical(ics(call))).between(
        first, first + days * DAY + MINUTE
    )
    parts = ((part["DTSTART"].dt, part["DTEND"].dt) for part in found)
    moments = ((_moment(start, info), _moment(end, info)) for start, end in parts)
    return sorted(pair for pair in moments if pair[0] >= first)


def _moment(value: date | datetime, info: ZoneInfo) -> datetime:
    local = value if isinstance(value, datetime) else datetime.combine(value, time()).replace(tzinfo=info)
    return local.astimezone(UTC)


def ics(call: Event) -> str:
    """Return an event as ICS."""
    lines = [f"DTSTART{_form(call, call.start)}", *_length(call)]
    lines += [] if call.repeat is None else [f"RRULE:{call.repeat}"]
    lines += [f"EXDATE{_form(call, at)}" for at in call.except_]
    lines += [f"RDATE{_form(call, at)}" for at in call.also]
    parts = [lines]
    for change in call.changes:
        assert change.start is not None
        moved = [f"RECURRENCE-ID{_form(call, change.of)}", f"DTSTART{_form(call, change.start)}"]
        parts.append([*moved, *_length(call)])
    named = ["UID:call", "DTSTAMP:20260101T000000Z"]
    events = [line for part in parts for line in ("BEGIN:VEVENT", *named, *part, "END:VEVENT")]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *events, "END:VCALENDAR", ""])


def _form(call: Event, at: date | datetime) -> str:
    return f";VALUE=DATE:{at:%Y%m%d}" if call.is_all_day else f";TZID={call.timezone}:{at:%Y%m%dT%H%M%S}"


def _length(call: Event) -> list[str]:
    whole = call.lasts // DAY
    return [f"DURATION:P{whole}D" if call.is_all_day else f"DURATION:PT{call.lasts // MINUTE}M"]


STARTS = st.integers(0, 6 * 365 * 24 * 4).map(
    lambda quarters: datetime(2026, 1, 1) + timedelta(minutes=15 * quarters)  # noqa: DTZ001 - local time
)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ENDS = st.sampled_from(("", ";COUNT=5", ";COUNT=40", ";UNTIL=20291231T235959Z"))
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
ADDED = st.lists(st.integers(1, 100), max_size=2, unique=True)
WHOLE_RULES = st.builds(lambda *parts: "".join(parts), PARTS, INTERVALS, ENDS)


@settings(max_examples=some_of(800))
@given(STARTS, WHOLE_RULES, st.integers(0, 4000), st.integers(1, 400))
def test_a_rule_has_the_days_that_dateutil_has_from_its_start_on(
    start: datetime, text: str, later: int, days: int
) -> None:
    """Ours are reckoned from a start that is nearer; dateutil's here from the start itself."""
    rule = read_repetition(text)
    assert rule is not None
    first = start + later * DAY
    found = rule.between(start, ZoneInfo("UTC"), first, first + days * DAY)
    plain = rrulestr(text.removesuffix("Z"), dtstart=start)
    assert found == plain.between(first, first + days * DAY, inc=True)


def first_of(text: str, start: datetime) -> datetime | None:
    """Return the first day of a rule from ``start`` on: an event must start on one (`palabre check` says so)."""
    rule = read_repetition(text)
    assert rule is not None
    return next(iter(rule.soon(start, ZoneInfo("UTC"))), None)


@settings(max_examples=some_of(300), deadline=None)
@given(STARTS, WHOLE_RULES, st.sampled_from(ZONES), st.booleans(), st.data())
def test_an_event_takes_place_when_recurring_ical_events_says(
    start: datetime, text: str, zone: str, is_all_day: bool, data: st.DataObject
) -> None:
    first = first_of(text, start)
    if first is None:
        return

    def written(at: datetime) -> str:
        return str(at.date() if is_all_day else at)

    lasts = "2d" if is_all_day else "1h"
    begin = first.date() if is_all_day else first
    plain = [one.of for one in ours(event(begin, text, zone, lasts=lasts), 120)]
    out, moved = (data.draw(st.lists(st.sampled_from(plain), max_size=2, unique=True)) for _ in range(2))
    added = [written(first + timedelta(days=number, hours=5)) for number in data.draw(ADDED)]
    changes = [
        {"of": written(of), "start": written(of + timedelta(days=3, hours=7))}
        for of in moved
        if of not in out
    ]
    more = {"except": [written(of) for of in out], "also": added, "changes": changes}
    call = event(begin, text, zone, lasts=lasts, **more)
    mine, others = ours(call, 120), theirs(call, 120)
    assert [one.start.astimezone(UTC) for one in mine] == [start for start, _end in others]
    for one, (_start, end) in zip(mine, others, strict=True):
        # Explained below: how long an hour is while clocks change.
        assert one.end.astimezone(UTC) == end or one.end.utcoffset() != one.start.utcoffset()


# --- the differences, explained ---------------------------------------------------------------------------------------


def starts(found: list[tuple[datetime, datetime]]) -> list[str]:
    return [f"{start:%Y-%m-%d %H:%M}" for start, _end in found]


def mine(call: Event, days: int = 60) -> list[str]:
    return [f"{one.start.astimezone(UTC):%Y-%m-%d %H:%M}" for one in ours(call, days)]


def test_eight_hours_are_eight_hours_also_where_clocks_change_meanwhile() -> None:
    """RFC 5545, 3.3.6: hours are exact. recurring-ical-events adds them to the clock: nine hours that night."""
    night = event(datetime.fromisoformat("2026-10-24 22:00"), None, "Europe/Paris", lasts="8h")
    (one,), ((_start, end),) = ours(night, 2), theirs(night, 2)
    assert (one.end - one.start.astimezone(UTC), end - one.start) == (timedelta(hours=8), timedelta(hours=9))


def test_a_time_in_a_gap_is_given_as_one_that_exists() -> None:
    """RFC 5545, 3.3.5: by the offset of before the gap. recurring-ical-events leaves that to whoever reads the time."""
    call = event(datetime.fromisoformat("2026-03-28 02:30"), "FREQ=DAILY;COUNT=2", "Europe/Paris")
    (_first, second) = recurring_ical_events.of(IcsCalendar.from_ical(ics(call))).between(
        datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    )
    assert (f"{second['DTSTART'].dt:%H:%M}", f"{ours(call, 2)[1].start:%H:%M}") == ("02:30", "03:30")
    assert mine(call) == starts(theirs(call, 2))


def test_until_a_day_includes_that_day() -> None:
    """RFC 5545 knows no day for an event with a time; dateutil and recurring-ical-events end it at midnight."""
    start = datetime.fromisoformat("2026-12-01 10:00")
    call = event(start, "FREQ=WEEKLY;UNTIL=20261215", "Europe/Paris")
    assert mine(call) == ["2026-12-01 09:00", "2026-12-08 09:00", "2026-12-15 09:00"]
    assert starts(theirs(call, 60)) == ["2026-12-01 09:00", "2026-12-08 09:00"]
    assert len(list(rrulestr("FREQ=WEEKLY;UNTIL=20261215", dtstart=start))) == 2


def test_until_a_time_without_a_zone_is_by_the_clock_of_the_event() -> None:
    """RFC 5545, 3.3.10, has it in UTC; recurring-ical-events takes such a time for UTC too."""
    start = datetime.fromisoformat("2029-12-18 12:00")
    call = event(start, "FREQ=WEEKLY;UNTIL=20291231T235959", "Pacific/Chatham")
    assert mine(call) == ["2029-12-17 22:15", "2029-12-24 22:15"]
    # Noon of 1 January there.
    assert starts(theirs(call, 60)) == [*mine(call), "2029-12-31 22:15"]


def test_a_start_outside_its_own_rule_is_no_time_of_it() -> None:
    """RFC 5545, 3.8.5.3: undefined. recurring-ical-events adds it; files that have such a start are refused."""
    call = event(datetime.fromisoformat("2026-12-02 10:00"), "FREQ=WEEKLY;BYDAY=TU;COUNT=2", "Europe/Paris")
    assert mine(call) == ["2026-12-08 09:00", "2026-12-15 09:00"]
    assert starts(theirs(call, 60))[0] == "2026-12-02 09:00"
