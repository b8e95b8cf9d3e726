"""Events and deadlines in every IANA zone from 2026 to 2032, around each moment at which clocks change.

What a local time is in UTC is found by asking what each minute of UTC is on the clock there (`tests.lib.transitions`):
none for a time in a gap, two for one in a fold. Zones that are the same in these years but for their name are tried
by one of them; with ``--soak`` each is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.agenda.occurrences import Occurrence, in_zone, occurrences, posts
from community.core.zones import ZoneInfo, zone_names
from community.description.calendar_model import Calendar, Deadline, Event
from tests.lib.examples import some_of
from tests.lib.transitions import DAY, MINUTE, Transition, instants_by_clock, transitions, zones_by_offsets

HOUR = timedelta(hours=1)
ONE_OF_EACH = "one of each"
WHICH = pytest.mark.parametrize("which", [ONE_OF_EACH, pytest.param("all", marks=pytest.mark.soak)])


def zones(which: str) -> list[str]:
    return [same[0] for same in zones_by_offsets().values()] if which == ONE_OF_EACH else sorted(zone_names())


def changes(which: str) -> Iterator[Transition]:
    for zone in zones(which):
        yield from transitions(zone)


def event(start: datetime | date, zone: str, **values: object) -> Event:
    written = {"key": "call", "title": "Call", "start": str(start), "lasts": "1h", "rooms": ["lobby"]}
    return Event.model_validate({**written, "timezone": zone, **values})


def clocks_near(change: Transition) -> list[datetime]:
    """Return local times at, before, within and after the hour that is left out or comes twice."""
    first, last = sorted((change.clock, change.clock + change.jump))
    middle = first + (last - first) // 2 // MINUTE * MINUTE
    return [first - MINUTE, first, first + MINUTE, middle, last - MINUTE, last, last + MINUTE]


def expected(clock: datetime, change: Transition) -> datetime:
    """Return what a local time near a change is in UTC."""
    there = instants_by_clock(change).get(clock)
    # Of a time that comes twice the first; one that is left out as if clocks had not been put forward yet.
    return there[0] if there else (clock - change.before).replace(tzinfo=UTC)


def test_there_are_the_zones_and_the_changes_that_these_tests_are_about() -> None:
    assert sum(len(same) for same in zones_by_offsets().values()) == len(zone_names()) > 590
    jumps = {one.jump for zone in zone_names() for one in transitions(zone)}
    assert {-2 * HOUR, -HOUR, -HOUR / 2, HOUR / 2, HOUR, 2 * HOUR} <= jumps
    # Egypt leaves out the hour after midnight, so that a day has no 00:00.
    assert {f"{one.clock:%H:%M}" for one in transitions("Africa/Cairo") if one.jump > timedelta()} == {
        "00:00"
    }
    # Morocco's clocks changed for Ramadan, and stay where they are since September 2026.
    assert [f"{one.clock:%Y-%m-%d}" for one in transitions("Africa/Casablanca")] == [
        "2026-02-15",
        "2026-03-22",
        "2026-09-20",
    ]


@WHICH
def test_a_local_time_is_the_moment_that_clocks_show_it_first_or_would_have_shown_it(which: str) -> None:
    for change in changes(which):
        info = ZoneInfo(change.zone)
        for clock in clocks_near(change):
            found = in_zone(clock, info)
            assert found.astimezone(UTC) == expected(clock, change), (change, clock)
            # It exists: there and back through UTC is the same.
            assert found.astimezone(UTC).astimezone(info).replace(tzinfo=None) == found.replace(tzinfo=None)


@WHICH
def test_a_daily_call_is_once_on_each_day_whatever_clocks_do(which: str) -> None:
    for change in changes(which):
        info = ZoneInfo(change.zone)
        for clock in clocks_near(change):
            call = event(clock - 3 * DAY, change.zone, repeat="FREQ=DAILY;COUNT=7")
            found = occurrences(call, info, change.at - 9 * DAY, change.at + 9 * DAY)
            assert [one.of for one in found] == [clock + number * DAY for number in range(-3, 4)]
            assert all(a.start.astimezone(UTC) < b.start.astimezone(UTC) for a, b in pairwise(found))
            assert found[3].start.astimezone(UTC) == expected(clock, change), (change, clock)
            assert all(one.end - one.start.astimezone(UTC) == HOUR for one in found)


@WHICH
def test_days_follow_each_other_without_a_gap_or_an_overlap(which: str) -> None:
    for change in changes(which):
        info, day = ZoneInfo(change.zone), change.clock.date()
        fair = event(day - 2 * DAY, change.zone, lasts="1d", repeat="FREQ=DAILY;COUNT=5")
        found = occurrences(fair, info, change.at - 9 * DAY, change.at + 9 * DAY)
        assert [one.start.date() for one in found] == [day + number * DAY for number in range(-2, 3)]
        for one, after in pairwise(found):
            assert one.end.astimezone(UTC) == after.start.astimezone(UTC), (change, one.start)
            # The moment before is the day before, and the reminders count from nine.
            assert (one.start.astimezone(UTC) - MINUTE).astimezone(info).date() < one.start.date()
            assert f"{one.counted_from:%Y-%m-%d %H:%M}" == f"{one.of:%Y-%m-%d} 09:00"
        (whole,) = occurrences(event(day, change.zone, lasts="3d"), info, change.at, change.at + DAY)
        assert whole.end.astimezone(UTC) == in_zone(found[2].of + 3 * DAY, info).astimezone(UTC)


@WHICH
def test_the_same_moment_is_the_same_in_each_zone(which: str) -> None:
    """What is set by the clock of one city is for another at the moment that its clock shows then."""
    at = datetime(2027, 3, 14, 16, 30, tzinfo=UTC)
    for zone in zones(which):
        clock = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        report = Deadline.model_validate(
            {
                "key": "report",
                "title": "R",
                "due": str(clock),
                "timezone": zone,
                "rooms": ["lobby"],
                "remind": [0],
            }
        )
        calendar = Calendar(version=1, deadlines=(report,))
        (post,) = posts(calendar, start=at - MINUTE, end=at, default_zone="UTC")
        assert (post.due, post.key) == (at, "deadline/report/20270314T1630Z/0")


def test_a_meeting_in_a_city_that_changes_its_zone_stays_on_its_clock() -> None:
    """Morocco went back to UTC in September 2026: nobody there moves their meetings."""
    call = event(
        datetime.fromisoformat("2026-09-08 10:00"),
        "Africa/Casablanca",
        repeat="FREQ=WEEKLY;COUNT=4",
        remind=["1h"],
    )
    calendar = Calendar(version=1, events=(call,))
    window = {"start": datetime(2026, 9, 1, tzinfo=UTC), "end": datetime(2026, 10, 1, tzinfo=UTC)}
    found = posts(calendar, **window, default_zone="UTC")
    assert [f"{post.occurrence.start:%d %H:%M}" for post in found] == [
        f"{d:02} 10:00" for d in (8, 15, 22, 29)
    ]
    assert [f"{post.due:%d %H:%M}" for post in found] == ["08 08:00", "15 08:00", "22 09:00", "29 09:00"]


@pytest.mark.parametrize(("default", "due"), [("Africa/Bamako", "10:00"), ("Africa/Kigali", "08:00")])
def test_without_a_zone_of_its_own_it_is_by_the_communitys(default: str, due: str) -> None:
    call = Event.model_validate(
        {
            "key": "c",
            "title": "C",
            "start": "2026-12-01 10:00",
            "lasts": "1h",
            "remind": [0],
            "rooms": ["lobby"],
        }
    )
    window = {"start": datetime(2026, 11, 1, tzinfo=UTC), "end": datetime(2027, 1, 1, tzinfo=UTC)}
    (post,) = posts(Calendar(version=1, events=(call,)), **window, default_zone=default)
    assert f"{post.due:%H:%M}" == due


CLOCKS = st.integers(0, 7 * 366 * 24 * 60 - 1).map(lambda minutes: datetime(2026, 1, 1) + minutes * MINUTE)  # noqa: DTZ001
ZONES = st.sampled_from(sorted(zone_names()))
RULES = st.sampled_from(
    (None, "FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY")
)


@settings(max_examples=some_of(400))
@given(CLOCKS, ZONES, RULES, st.integers(0, 9))
def test_any_event_in_any_zone_is_at_its_clock_time_or_where_that_is_left_out_after_the_gap(
    start: datetime, zone: str, rule: str | None, days: int
) -> None:
    is_all_day = days > 4
    lasts = f"{days}d" if is_all_day else f"{days}h"
    call = event(start.date() if is_all_day else start, zone, lasts=lasts, repeat=rule, remind=["1d", 0])
    info = ZoneInfo(zone)
    first = start.replace(tzinfo=UTC) - 2 * DAY
    found = occurrences(call, info, first, first + 500 * DAY)
    assert found
    for one in found:
        assert_right(one, info)
        assert (one.end - one.start.astimezone(UTC) == days * HOUR) or is_all_day


def assert_right(one: Occurrence, info: ZoneInfo) -> None:
    at = one.start.astimezone(UTC)
    shown = at.astimezone(info).replace(tzinfo=None)
    assert one.original == one.start
    if shown == one.of:
        # Of two moments that clocks show it the first: an hour before, they do not.
        earlier = [at - minutes * MINUTE for minutes in (20, 30, 60, 120)]
        assert one.of not in [moment.astimezone(info).replace(tzinfo=None) for moment in earlier]
    else:
        gap = shown - one.of
        assert timedelta() < gap <= 2 * HOUR
        # A gap before it has that length: clocks show an earlier time than the one set, and then this one.
        assert (at - gap).astimezone(info).replace(tzinfo=None) < one.of
