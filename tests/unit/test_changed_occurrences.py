"""Occurrences that are left out, added, moved and cancelled, and the posts that follow from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.agenda.occurrences import Occurrence, occurrences, posts
from community.description.calendar_model import Calendar, Deadline, Event

PARIS = ZoneInfo("Europe/Paris")
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
CALL = {"key": "call", "title": "Call", "start": "2026-12-01 10:00", "lasts": "1h", "rooms": ["lobby"]}
REPORT = {"key": "report", "title": "Report", "due": "2026-12-15 18:00", "rooms": ["lobby"]}


def event(**values: Any) -> Event:
    return Event.model_validate({**CALL, **values})


def weekly(**values: Any) -> Event:
    return event(**{"repeat": "FREQ=WEEKLY;COUNT=3", "remind": ["1d"], **values})


def deadline(**values: Any) -> Deadline:
    return Deadline.model_validate({**REPORT, **values})


def there(entry: Event | Deadline, first: datetime = FIRST, last: datetime = LAST) -> tuple[Occurrence, ...]:
    return occurrences(entry, PARIS, first, last)


def starts(entry: Event | Deadline) -> list[str]:
    return [f"{one.start:%m-%d %H:%M}{' cancelled' * one.is_cancelled}" for one in there(entry)]


def posted(entry: Event | Deadline) -> list[tuple[str, str]]:
    """Return the keys of all posts of an entry, and when they are due in UTC."""
    parts = {"events": (entry,)} if isinstance(entry, Event) else {"deadlines": (entry,)}
    found = posts(Calendar(version=1, **parts), start=FIRST, end=LAST, default_zone="Europe/Paris")
    return [(post.key, f"{post.due:%m-%d %H:%M}") for post in found]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ["12-01 10:00", "12-08 10:00", "12-15 10:00"]),
        ({"except": ["2026-12-08 10:00"]}, ["12-01 10:00", "12-15 10:00"]),
        # By its day alone.
        ({"except": ["2026-12-08"]}, ["12-01 10:00", "12-15 10:00"]),
        ({"except": ["2026-12-01", "2026-12-15"]}, ["12-08 10:00"]),
        # What is left out still counts (RFC 5545): COUNT=3 gives two.
        ({"also": ["2026-12-10 14:00"]}, ["12-01 10:00", "12-08 10:00", "12-10 14:00", "12-15 10:00"]),
        # Twice the same is once.
        ({"also": ["2026-12-08 10:00"]}, ["12-01 10:00", "12-08 10:00", "12-15 10:00"]),
        (
            {"also": ["2026-12-10 14:00"], "except": ["2026-12-10"]},
            ["12-01 10:00", "12-08 10:00", "12-15 10:00"],
        ),
        ({"repeat": None, "also": ["2027-01-05 09:00"]}, ["12-01 10:00", "01-05 09:00"]),
        (
            {"changes": [{"of": "2026-12-08 10:00", "start": "2026-12-09 15:00"}]},
            ["12-01 10:00", "12-09 15:00", "12-15 10:00"],
        ),
        # Past the next one, and to before the first.
        (
            {"changes": [{"of": "2026-12-08", "start": "2026-12-16 10:00"}]},
            ["12-01 10:00", "12-15 10:00", "12-16 10:00"],
        ),
        (
            {"changes": [{"of": "2026-12-08", "start": "2026-11-02 10:00"}]},
            ["11-02 10:00", "12-01 10:00", "12-15 10:00"],
        ),
        (
            {"changes": [{"of": "2026-12-08", "cancelled": True}]},
            ["12-01 10:00", "12-08 10:00 cancelled", "12-15 10:00"],
        ),
        (
            {"cancelled": True},
            ["12-01 10:00 cancelled", "12-08 10:00 cancelled", "12-15 10:00 cancelled"],
        ),
        # Of what it does not have nothing is changed, and nothing is added.
        (
            {"changes": [{"of": "2026-12-09 10:00", "start": "2026-12-10 10:00"}]},
            ["12-01 10:00", "12-08 10:00", "12-15 10:00"],
        ),
        ({"repeat": None, "changes": [{"of": "2026-12-01", "start": "2026-12-02 10:00"}]}, ["12-02 10:00"]),
    ],
)
def test_an_event_takes_place_when_its_rule_and_what_is_said_of_single_times_say(
    values: dict[str, Any], expected: list[str]
) -> None:
    assert starts(weekly(**values)) == expected


def test_keys_are_those_of_before_and_a_moved_occurrence_keeps_its_own() -> None:
    """The literal keys of the first version: what was posted under them is never posted again."""
    assert posted(weekly()) == [
        ("event/call/20261201T0900Z/1440", "11-30 09:00"),
        ("event/call/20261208T0900Z/1440", "12-07 09:00"),
        ("event/call/20261215T0900Z/1440", "12-14 09:00"),
    ]
    assert posted(event(start="2026-12-05", lasts="2d", remind=["1d", 0])) == [
        ("event/call/20261204T2300Z/1440", "12-04 08:00"),
        ("event/call/20261204T2300Z/0", "12-05 08:00"),
    ]
    assert posted(deadline(remind=["2w", 0])) == [
        ("deadline/report/20261215T1700Z/20160", "12-01 17:00"),
        ("deadline/report/20261215T1700Z/0", "12-15 17:00"),
    ]
    moved = weekly(changes=[{"of": "2026-12-08", "start": "2026-12-10 15:00"}])
    assert posted(moved)[1] == ("event/call/20261208T0900Z/1440", "12-09 14:00")


def test_of_what_is_cancelled_nothing_is_posted() -> None:
    keys = [key for key, _due in posted(weekly(changes=[{"of": "2026-12-08", "cancelled": True}]))]
    assert keys == ["event/call/20261201T0900Z/1440", "event/call/20261215T0900Z/1440"]
    assert posted(weekly(cancelled=True)) == posted(deadline(cancelled=True)) == []


@pytest.mark.parametrize("remind", [["1d"], ["1w", 0], None])
def test_moved_as_a_whole_each_post_keeps_its_key(remind: list[object] | None) -> None:
    before = weekly(remind=remind)
    after = weekly(remind=remind, start="2026-12-02 15:30", originally="2026-12-01 10:00")
    assert sorted(key for key, _due in posted(before)) == sorted(key for key, _due in posted(after))
    assert {due for _key, due in posted(before)}.isdisjoint(due for _key, due in posted(after))
    put_off = deadline(remind=remind, due="2027-01-20 12:00", originally=REPORT["due"])
    assert [key for key, _due in posted(put_off)] == [key for key, _due in posted(deadline(remind=remind))]
    assert [(one.is_moved, f"{one.original:%m-%d}") for one in there(put_off)] == [(True, "12-15")]


def test_what_is_said_of_one_occurrence_holds_for_it_alone() -> None:
    change = {"of": "2026-12-08", "lasts": "3h", "place": "Kigali", "link": "https://example.org/b"}
    found = there(weekly(place="Bamako", link="https://example.org/a", note="Soyez là", changes=[change]))
    said = [(one.place and one.place.text(), one.link, one.note and one.note.text()) for one in found]
    usual = ("Bamako", "https://example.org/a", "Soyez là")
    assert said == [usual, ("Kigali", "https://example.org/b", "Soyez là"), usual]
    assert [one.end - one.start for one in found] == [timedelta(hours=hours) for hours in (1, 3, 1)]
    assert [one.is_moved for one in found] == [False, False, False]


@pytest.mark.parametrize(
    ("lasts", "first", "last", "is_there"),
    [
        ("3d", "2026-12-05T23:00", "2026-12-06T23:00", True),
        # Its third day, and from the midnight on at which it is over.
        ("3d", "2026-12-07T22:59", "2026-12-08T23:00", True),
        ("3d", "2026-12-07T23:00", "2026-12-08T23:00", False),
        ("3d", "2026-12-01T23:00", "2026-12-04T22:59", False),
        ("3d", "2026-12-01T23:00", "2026-12-04T23:00", True),
        # Less than a day is the day.
        ("0min", "2026-12-05T22:59", "2026-12-06T23:00", True),
    ],
)
def test_days_are_there_as_long_as_they_last(lasts: str, first: str, last: str, is_there: bool) -> None:
    fair = event(start="2026-12-05", lasts=lasts)
    window = (datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (first, last))
    assert bool(there(fair, *window)) is is_there


def test_over_a_change_of_clocks_a_day_is_a_day_and_an_hour_an_hour() -> None:
    (fair,) = there(event(start="2026-10-24", lasts="3d"))
    assert f"{fair.end:%m-%d %H:%M}" == "10-27 00:00"
    (night,) = there(event(start="2026-10-25 01:00", lasts="4h"))
    assert f"{night.end:%m-%d %H:%M}" == "10-25 04:00"


def test_a_day_may_be_moved_to_a_time_and_back() -> None:
    change = {"of": "2026-12-05", "start": "2026-12-06 14:00", "lasts": "2h"}
    (one,) = there(event(start="2026-12-05", lasts="1d", changes=[change]))
    assert (one.is_all_day, f"{one.start:%d %H:%M}", f"{one.end:%d %H:%M}") == (False, "06 14:00", "06 16:00")
    (one,) = there(event(changes=[{"of": "2026-12-01", "start": "2026-12-06", "lasts": "2d"}]))
    assert (one.is_all_day, f"{one.start:%d %H:%M}", f"{one.end:%d %H:%M}") == (True, "06 00:00", "08 00:00")
    assert f"{one.counted_from:%d %H:%M}" == "06 09:00"


USUAL_EVENT = ["11-24 09:00", "11-30 09:00", "12-01 08:00", "12-01 09:00"]


@pytest.mark.parametrize(
    ("values", "due"),
    [
        ({}, USUAL_EVENT),
        ({"remind": []}, []),
        ({"start": "2026-12-01", "lasts": "1d"}, ["11-24 08:00", "11-30 08:00", "12-01 08:00"]),
        # Of what comes again soon only what is not earlier than the time before.
        ({"repeat": "FREQ=WEEKLY;COUNT=1"}, USUAL_EVENT[1:]),
        ({"repeat": "FREQ=WEEKLY;INTERVAL=2;COUNT=1"}, USUAL_EVENT),
        ({"repeat": "FREQ=WEEKLY;BYDAY=TU,WE;COUNT=1"}, USUAL_EVENT[2:]),
        ({"repeat": "FREQ=DAILY;COUNT=1"}, USUAL_EVENT[2:]),
        ({"repeat": "FREQ=MONTHLY;BYDAY=TU;COUNT=1"}, USUAL_EVENT[1:]),
        ({"repeat": "FREQ=MONTHLY;BYDAY=1TU;COUNT=1"}, USUAL_EVENT),
        ({"repeat": "FREQ=YEARLY;COUNT=1"}, USUAL_EVENT),
    ],
)
def test_without_remind_an_event_is_told_a_week_a_day_an_hour_before_and_when_it_begins(
    values: dict[str, Any], due: list[str]
) -> None:
    assert [at for _key, at in posted(event(**values))] == due


def test_without_remind_a_deadline_is_told_from_four_weeks_before_until_it_is_overdue() -> None:
    assert [at for _key, at in posted(deadline())] == [
        "11-17 17:00",
        "12-08 17:00",
        "12-14 17:00",
        "12-15 16:00",
        "12-16 17:00",
    ]
    assert [key for key, _at in posted(deadline(remind=["-1d", "-2h"]))] == [
        "deadline/report/20261215T1700Z/-120",
        "deadline/report/20261215T1700Z/-1440",
    ]
    assert posted(deadline(remind=[])) == []


DAYS = st.integers(0, 60)
CHANGES = st.lists(st.tuples(DAYS, st.one_of(st.none(), DAYS)), max_size=5, unique_by=lambda pair: pair[0])


@given(
    CHANGES, st.lists(DAYS, max_size=4), st.lists(DAYS, max_size=3), st.integers(0, 90), st.integers(0, 40)
)
def test_whatever_is_changed_each_original_is_there_once_and_a_part_is_what_the_whole_says_of_it(
    changed: list[tuple[int, int | None]], left_out: list[int], added: list[int], begin: int, days: int
) -> None:
    def day(number: int, clock: str = "10:00") -> str:
        return f"{datetime(2026, 12, 1, tzinfo=UTC) + timedelta(days=number):%Y-%m-%d} {clock}"

    call = event(
        repeat="FREQ=DAILY;INTERVAL=3;COUNT=20",
        **{"except": [day(number) for number in left_out]},
        also=[day(number) for number in added],
        changes=[
            {"of": day(of), **({"cancelled": True} if to is None else {"start": day(to, "12:00")})}
            for of, to in changed
        ],
    )
    whole = there(call)
    assert len({one.key for one in whole}) == len(whole)
    assert not {one.of for one in whole} & {datetime.fromisoformat(day(number)) for number in left_out}
    first = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(days=begin)
    last = first + timedelta(days=days)
    part = tuple(one for one in whole if one.start <= last and one.end > first)
    assert there(call, first, last) == part
