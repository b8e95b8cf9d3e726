"""When the calendar's messages are due, above all around the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.agenda.occurrences import Post, in_zone, posts, posts_of
from community.description.calendar_model import Calendar, Deadline, Event

ZONES = ("Africa/Bamako", "Africa/Casablanca", "Europe/Paris", "Africa/Cairo", "America/Sao_Paulo", "UTC")


def event(
    start: str, *, repeat: str | None = None, zone: str | None = None, remind: tuple[str, ...]
) -> Event:
    return Event.model_validate(
        {
            "key": "call",
            "title": "Call",
            "start": start,
            "lasts": "1h",
            "timezone": zone,
            "repeat": repeat,
            "rooms": ["lobby"],
            "remind": list(remind),
        }
    )


def deadline(due: str, *, remind: tuple[str, ...]) -> Deadline:
    return Deadline.model_validate(
        {"key": "report", "title": "Report", "due": due, "rooms": ["lobby"], "remind": list(remind)}
    )


def due(
    *entries: Event | Deadline, start: datetime, end: datetime, zone: str = "Europe/Paris"
) -> tuple[Post, ...]:
    calendar = Calendar(
        version=1,
        events=tuple(e for e in entries if isinstance(e, Event)),
        deadlines=tuple(e for e in entries if isinstance(e, Deadline)),
    )
    return posts(calendar, start=start, end=end, default_zone=zone)


def test_a_weekly_call_at_ten_stays_at_ten_when_the_clocks_change() -> None:
    call = event("2026-10-20 10:00", repeat="FREQ=WEEKLY;COUNT=3", remind=("1h",))
    found = due(call, start=datetime(2026, 10, 1, tzinfo=UTC), end=datetime(2026, 12, 1, tzinfo=UTC))
    assert [post.occurrence.start.strftime("%d %H:%M") for post in found] == [
        "20 10:00",
        "27 10:00",
        "03 10:00",
    ]
    assert [post.due.strftime("%d %H:%M") for post in found] == ["20 07:00", "27 08:00", "03 08:00"]


def test_in_morocco_the_clocks_change_for_ramadan() -> None:
    call = event("2026-02-08 10:00", repeat="FREQ=WEEKLY;COUNT=3", zone="Africa/Casablanca", remind=("1h",))
    found = due(call, start=datetime(2026, 2, 1, tzinfo=UTC), end=datetime(2026, 3, 1, tzinfo=UTC))
    assert [post.occurrence.start.strftime("%d %H:%M") for post in found] == [
        "08 10:00",
        "15 10:00",
        "22 10:00",
    ]
    assert len({post.occurrence.start.utcoffset() for post in found}) == 2


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        # Skipped: moved forward by the gap.
        ("2026-03-29 02:30", "Europe/Paris", "2026-03-29T03:30:00+02:00"),
        # Shown twice: the first.
        ("2026-10-25 02:30", "Europe/Paris", "2026-10-25T02:30:00+02:00"),
        ("2026-03-22 02:30", "Africa/Casablanca", "2026-03-22T03:30:00+01:00"),
        ("2026-04-24 00:30", "Africa/Cairo", "2026-04-24T01:30:00+03:00"),
        ("2026-10-25 02:30", "Africa/Bamako", "2026-10-25T02:30:00+00:00"),
    ],
)
def test_a_local_time_that_is_skipped_or_doubled_becomes_one_that_exists(
    local: str, zone: str, expected: str
) -> None:
    assert in_zone(datetime.fromisoformat(local), ZoneInfo(zone)).isoformat() == expected


def test_a_daily_call_in_the_skipped_hour_happens_once_that_day() -> None:
    call = event("2026-03-28 02:30", repeat="FREQ=DAILY;COUNT=3", remind=("0min",))
    found = due(call, start=datetime(2026, 3, 27, tzinfo=UTC), end=datetime(2026, 4, 2, tzinfo=UTC))
    assert [post.occurrence.start.strftime("%d %H:%M") for post in found] == [
        "28 02:30",
        "29 03:30",
        "30 02:30",
    ]


def test_a_deadline_is_told_at_each_reminder_and_a_reminder_written_twice_once() -> None:
    report = deadline("2026-11-30 18:00", remind=("7d", "1d", "0min", "1d"))
    found = due(report, start=datetime(2026, 11, 1, tzinfo=UTC), end=datetime(2026, 12, 1, tzinfo=UTC))
    assert [post.due.strftime("%d %H:%M") for post in found] == ["23 17:00", "29 17:00", "30 17:00"]
    assert [post.before.days for post in found] == [7, 1, 0]
    assert len({post.key for post in found}) == 3


def test_without_reminders_nothing_is_posted() -> None:
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    assert due(deadline("2026-11-30", remind=()), start=start, end=end) == ()


def test_the_window_is_open_at_its_start_and_closed_at_its_end() -> None:
    report = deadline("2026-11-30 18:00", remind=("0min",))
    at = datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert due(report, start=at, end=at + timedelta(days=1)) == ()
    assert len(due(report, start=at - timedelta(seconds=1), end=at)) == 1


RULES = st.sampled_from(
    [
        None,
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO,TH",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=DAILY;INTERVAL=3;COUNT=40",
    ]
)
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(minutes=minutes)
)
CUTS = st.lists(st.integers(1, 59 * 24), min_size=1, max_size=6, unique=True).map(sorted)


@given(MOMENTS, RULES, st.sampled_from(ZONES), CUTS)
def test_looking_often_finds_what_looking_once_finds_and_each_once(
    first: datetime, rule: str | None, zone: str, cuts: list[int]
) -> None:
    call = event(first.isoformat(sep=" "), repeat=rule, zone=zone, remind=("0min", "1h", "2d"))
    begin = first.replace(tzinfo=UTC) - timedelta(days=3)
    edges = [begin, *(begin + timedelta(hours=cut) for cut in cuts), begin + timedelta(days=60)]
    whole = due(call, start=edges[0], end=edges[-1])
    parts = [post for a, b in pairwise(edges) for post in due(call, start=a, end=b)]
    assert parts == list(whole)
    assert len({post.key for post in whole}) == len(whole)
    for post in whole:
        assert post.due == post.occurrence.start.astimezone(UTC) - post.before
        assert post.key.startswith(post.occurrence.key)
        # It exists: there and back through UTC is the same.
        assert post.occurrence.start.astimezone(UTC).astimezone(ZoneInfo(zone)) == post.occurrence.start


@pytest.mark.parametrize(
    ("remind", "expected"),
    [
        ((), []),
        (("4w", "1w", "1d"), ["17 09:00", "08 09:00", "14 09:00"]),
        # Its end is no moment to be told of: what is less than a day ahead comes that morning.
        (("1h",), ["15 09:00"]),
        (("0", "30min"), ["15 09:00", "15 09:00"]),
        (("-1d",), ["16 09:00"]),
    ],
)
def test_a_deadline_of_a_day_is_told_of_at_nine_in_the_morning(
    remind: tuple[str, ...], expected: list[str]
) -> None:
    report = deadline("2026-12-15", remind=tuple(0 if one == "0" else one for one in remind))  # type: ignore[misc]
    found = due(
        report, start=datetime(2026, 11, 1, tzinfo=UTC), end=datetime(2027, 2, 1, tzinfo=UTC), zone="UTC"
    )
    assert sorted(f"{post.due:%d %H:%M}" for post in found) == sorted(expected)
    # What is known of it is as before: a version before this one has told it at other hours.
    assert {post.key.split("/")[2] for post in found} <= {"20261215T2359Z"}


@given(zone=st.sampled_from(ZONES), day=st.dates(date(2026, 1, 1), date(2032, 12, 31)))
def test_each_reminder_of_a_deadline_of_a_day_is_found_in_a_window_around_its_moment(
    zone: str, day: date
) -> None:
    report = deadline(f"{day}", remind=("4w", "1d", "1h", "-1d"))
    whole = posts_of(
        report, ZoneInfo(zone), datetime(2025, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC)
    )
    assert len(whole) == 4
    for post in whole:
        minute = timedelta(minutes=1)
        assert post in posts_of(report, ZoneInfo(zone), post.due - minute, post.due + minute)
