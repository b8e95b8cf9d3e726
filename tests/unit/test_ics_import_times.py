"""Times of other programs' calendars, and a feed of ours read as if it were another's (property tests)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.agenda.occurrences import occurrences
from community.core.messages import translator
from community.core.zones import ZoneInfo, zone_names
from community.description.calendar_model import Calendar, Event
from community.exchange.ics_file import PublishedCalendar, PublishedEntry, ics_bytes
from community.exchange.ics_spans import duration_text, reminders
from community.exchange.ics_zones import known_zone
from tests.lib.drawn_events import FIRST, LAST, drawn_events, event
from tests.lib.examples import some_of
from tests.lib.ics import COMMUNITY, after, calendar_of, deadline_of, event_of, plan, refused, vevent, vtodo

PACKAGES = [Path(__file__).parents[2] / "community"]
Seen = tuple[datetime, datetime, bool]


def when(one: Event) -> list[Seen]:
    """Return when an event takes place, and whether it is cancelled."""
    found = list(occurrences(one, ZoneInfo(one.timezone or COMMUNITY.timezone), FIRST, LAST))
    if one.is_all_day:
        # Days are the same days in each zone.
        found = [
            replace(each, start=_by_its_clock(each.start), end=_by_its_clock(each.end)) for each in found
        ]
    return sorted((each.start.astimezone(UTC), each.end.astimezone(UTC), each.is_cancelled) for each in found)


def _by_its_clock(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def in_a_feed(one: Event) -> bytes:
    """Return the feed of another community of ours that has the event."""
    published = (PublishedEntry(one),)
    calendar = PublishedCalendar("elsewhere", "Elsewhere", COMMUNITY.timezone, FIRST, 2026, published)
    return ics_bytes(calendar, translator("en", PACKAGES))


@given(drawn_events())
@settings(max_examples=some_of(200))
def test_a_feed_of_another_network_takes_place_at_the_same_times_here(one: Event) -> None:
    first = plan(in_a_feed(one), with_past=True)
    assert first.problems == ()
    calendar = after(Calendar(version=1), first)
    assert [when(read) for read in calendar.events] == [when(one)]
    # And written again and read once more it is the same entry.
    again = after(Calendar(version=1), plan(in_a_feed(calendar.events[0]), with_past=True))
    assert [when(read) for read in again.events] == [when(one)]
    assert plan(in_a_feed(one), calendar, first.noted, with_past=True).plan.changes == ()


@given(drawn_events())
@settings(max_examples=some_of(100))
def test_what_is_said_beside_its_times_comes_too(one: Event) -> None:
    told = one.model_copy(update={"place": one.title, "link": "https://example.org/join"})
    (read,) = after(Calendar(version=1), plan(in_a_feed(told), with_past=True)).events
    assert read.title.text("en").removeprefix("Cancelled: ") == "Call"
    assert (read.link, read.place and read.place.text("en")) == ("https://example.org/join", "Call")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Africa/Kigali", "Africa/Kigali"),
        ("africa/kigali", "Africa/Kigali"),
        ("Romance Standard Time", "Europe/Paris"),
        ("W. Central Africa Standard Time", "Africa/Lagos"),
        ("South Africa Standard Time", "Africa/Johannesburg"),
        ("Morocco Standard Time", "Africa/Casablanca"),
        ("/mozilla.org/20050126_1/Africa/Bamako", "Africa/Bamako"),
        (
            "/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires",
            "America/Argentina/Buenos_Aires",
        ),
        ("tzone://Microsoft/Utc", "UTC"),
        ("UTC", "UTC"),
        ("Customized Time Zone", None),
        ("", None),
        ("../../etc/localtime", None),
    ],
)
def test_zones_by_the_names_that_programs_write(written: str, meant: str | None) -> None:
    assert known_zone(written) == meant


def test_every_zone_is_known_by_its_own_name() -> None:
    assert {name: known_zone(name) for name in zone_names()} == {name: name for name in zone_names()}


def test_a_single_time_in_utc_is_told_on_the_clock_of_the_community_or_of_the_calendar() -> None:
    assert event_of(vevent("DTSTART:20270201T100000Z")).timezone is None
    there = event_of("X-WR-TIMEZONE:Africa/Kigali", vevent("DTSTART:20270201T100000Z"))
    assert (there.timezone, there.local_start.hour) == ("Africa/Kigali", 12)
    asked = event_of("X-WR-TIMEZONE:Africa/Kigali", vevent("DTSTART:20270201T100000"), zone="Africa/Lagos")
    assert (asked.timezone, asked.local_start.hour) == ("Africa/Lagos", 10)


def test_a_time_that_a_clock_shows_twice_keeps_its_zone() -> None:
    for hour, zone in ((0, "Europe/Paris"), (1, "UTC")):
        found = event_of("X-WR-TIMEZONE:Europe/Paris", vevent(f"DTSTART:20271031T0{hour}3000Z"))
        assert found.timezone == zone
        moment = datetime(2027, 10, 31, hour, 30, tzinfo=UTC)
        assert when(found) == [(moment, moment, False)]


@pytest.mark.parametrize(
    ("lines", "lasts"),
    [
        ((), "0"),
        (("DTEND:20270201T113000Z",), "90min"),
        (("DTEND;TZID=Africa/Kigali:20270201T133000",), "90min"),
        (("DURATION:PT45M",), "45min"),
        (("DURATION:PT45M30S",), "46min"),
        (("DURATION:P1DT1H",), "25h"),
        (("DTSTART;VALUE=DATE:20270201",), "1d"),
        (("DTSTART;VALUE=DATE:20270201", "DTEND;VALUE=DATE:20270204"), "3d"),
        (("DTSTART;VALUE=DATE:20270201", "DTEND;VALUE=DATE:20270201"), "1d"),
        (("DTSTART;VALUE=DATE:20270201", "DURATION:P2D"), "2d"),
    ],
)
def test_how_long_it_lasts(lines: tuple[str, ...], lasts: str) -> None:
    expected = event(lasts=int(lasts) if lasts == "0" else lasts).lasts
    assert event_of(vevent(*lines)).lasts == expected


@given(st.timedeltas(timedelta(), timedelta(days=9000)))
def test_lengths_are_written_as_the_calendar_has_them(length: timedelta) -> None:
    read = event(lasts=duration_text(length)).lasts
    assert (
        length <= read < length + (timedelta(days=1) if length > timedelta(days=400) else timedelta(hours=1))
    )


def test_alarms_are_reminders_within_bounds() -> None:
    hours = [timedelta(hours=each) for each in (1, 24, -2, 1, 24 * 40)]
    assert reminders(hours, is_all_day=False) == ["1d", "1h"]
    assert reminders(hours, is_all_day=False, after=True) == ["1d", "1h", "-2h"]
    # Of a day at nine: fifteen hours before midnight is the day before.
    assert reminders([timedelta(hours=15), timedelta(hours=-9)], is_all_day=True) == ["1d", "0min"]
    assert reminders([timedelta(days=60)], is_all_day=False) is None
    assert len(reminders([timedelta(hours=each) for each in range(50)], is_all_day=False) or ()) == 5


def test_occurrences_that_are_otherwise() -> None:
    weekly = vevent(
        "DTSTART;TZID=Africa/Kigali:20270201T100000", "RRULE:FREQ=WEEKLY", "EXDATE;VALUE=DATE:20270208"
    )
    moved = vevent("RECURRENCE-ID:20270215T080000Z", "DTSTART:20270216T080000Z")
    read = event_of(weekly, moved)
    assert read.except_ == (datetime(2027, 2, 8).date(),)  # noqa: DTZ001 - a day
    assert [(str(one.of), str(one.start)) for one in read.changes] == [
        ("2027-02-15 10:00:00", "2027-02-16 10:00:00")
    ]
    # Left out and moved at once: it is moved. What the rule does not give is added; what names nothing says nothing.
    both = vevent("RRULE:FREQ=WEEKLY", "EXDATE:20270208T100000Z,20270209T100000Z")
    other = vevent("RECURRENCE-ID:20270208T100000Z", "DTSTART:20270208T120000Z")
    added = vevent("RECURRENCE-ID:20270210T100000Z", "DTSTART:20270210T120000Z")
    read = event_of(both, other, added)
    assert read.except_ == ()
    assert [str(one) for one in read.also] == ["2027-02-10 10:00:00"]
    assert [str(one.start) for one in read.changes] == ["2027-02-08 12:00:00", "2027-02-10 12:00:00"]


def test_a_rule_that_says_the_time_of_day_once_more() -> None:
    rule = "RRULE:FREQ=WEEKLY;BYDAY=MO;BYHOUR=10;BYMINUTE=0;BYSECOND=0"
    assert (
        event_of(vevent(rule, "DTSTART;TZID=Africa/Kigali:20270201T100000")).repeat == "FREQ=WEEKLY;BYDAY=MO"
    )
    assert "BYHOUR" in refused(vevent(rule, "DTSTART;TZID=Africa/Kigali:20270201T110000"))[0]


def test_one_time_of_another_form() -> None:
    read = event_of(
        vevent("RRULE:FREQ=WEEKLY"), vevent("RECURRENCE-ID:20270208T100000Z", "DTSTART;VALUE=DATE:20270209")
    )
    (change,) = read.changes
    assert (str(change.start), change.lasts) == ("2027-02-09", timedelta(days=1))
    assert "has a time of day and it has none" in refused(vevent("RDATE;VALUE=DATE:20270209"))[0]


def test_when_a_task_is_due() -> None:
    assert deadline_of(vtodo("DUE;VALUE=DATE:20270315")).due == datetime(2027, 3, 15, 23, 59)  # noqa: DTZ001
    utc = deadline_of("X-WR-TIMEZONE:Africa/Kigali", vtodo("DUE:20270315T100000Z"))
    assert (utc.timezone, utc.due) == ("Africa/Kigali", datetime(2027, 3, 15, 12))  # noqa: DTZ001 - by its clock
    assert calendar_of(vtodo()) != b""
