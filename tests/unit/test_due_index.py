"""What is due next is known without looking at each entry, and is what looking at each would find."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.features.scheduled.waiting import WaitingPosts
from community.agenda import due_index
from community.agenda.due_index import DueIndex, next_posts
from community.agenda.occurrences import Post, posts
from community.core.zones import ZoneInfo
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.reminder_times import ReminderTimes
from tests.lib.descriptions import small
from tests.lib.entries import contact
from tests.lib.examples import some_of

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")


def event(key: str, start: str, **values: Any) -> Event:
    written = {
        "key": key,
        "title": key,
        "start": start,
        "lasts": "1h",
        "rooms": ["lobby"],
        "remind": ["1d", 0],
    }
    return Event.model_validate({**written, **values})


def deadline(key: str, due: str, **values: Any) -> Deadline:
    return Deadline.model_validate({"key": key, "title": key, "due": due, "rooms": ["lobby"], **values})


def index(*entries: Event | Deadline) -> DueIndex:
    made = DueIndex("UTC")
    for entry in entries:
        made.put(entry, NOW)
    return made


def keys(found: tuple[Post, ...]) -> list[str]:
    return [post.key.split("/", 1)[1] for post in found]


def test_the_next_is_the_earliest_and_what_is_taken_makes_room_for_what_comes_after() -> None:
    made = index(event("a", "2026-12-03 10:00"), event("b", "2026-12-03 08:00", repeat="FREQ=WEEKLY;COUNT=2"))
    assert made.next_due() == datetime(2026, 12, 2, 8, tzinfo=UTC)
    assert keys(made.take(NOW)) == []
    assert keys(made.take(NOW + DAY)) == ["b/20261203T0800Z/1440"]
    assert keys(made.take(NOW + 3 * DAY)) == [
        "a/20261203T1000Z/1440",
        "b/20261203T0800Z/0",
        "a/20261203T1000Z/0",
    ]
    assert made.next_due() == datetime(2026, 12, 9, 8, tzinfo=UTC)
    assert keys(made.take(NOW + 30 * DAY)) == ["b/20261210T0800Z/1440", "b/20261210T0800Z/0"]
    assert (made.next_due(), len(made)) == (None, 0)


def test_an_entry_that_is_put_again_or_removed_counts_as_it_is_now() -> None:
    made = index(event("a", "2026-12-03 10:00"), event("b", "2026-12-05 10:00"))
    made.put(event("a", "2026-12-07 10:00"), NOW)
    assert made.next_due() == datetime(2026, 12, 4, 10, tzinfo=UTC)
    made.remove(("event", "b"))
    assert made.next_due() == datetime(2026, 12, 6, 10, tzinfo=UTC)
    made.put(event("a", "2026-12-07 10:00", cancelled=True), NOW)
    assert made.next_due() is None


@pytest.mark.parametrize(
    ("entry", "due"),
    [
        (event("a", "2024-02-29 10:00", repeat="FREQ=YEARLY"), "2028-02-28 10:00"),
        (event("a", "2026-12-01 10:00", repeat="FREQ=YEARLY;INTERVAL=9"), "2026-12-01 10:00"),
        (event("a", "2020-06-01 10:00", repeat="FREQ=YEARLY;INTERVAL=9"), "2029-05-31 10:00"),
        (event("a", "2020-06-01 10:00", repeat="FREQ=WEEKLY;UNTIL=20260101"), None),
        (deadline("a", "2190-06-01 10:00", remind=[0]), "2190-06-01 10:00"),
        (event("a", "2026-01-05 10:00", also=["2060-06-01 10:00"]), "2060-05-31 10:00"),
    ],
)
def test_the_next_posts_are_found_however_far_they_are(entry: Event | Deadline, due: str | None) -> None:
    found = next_posts(entry, UTC_ZONE, NOW)
    assert [f"{post.due:%Y-%m-%d %H:%M}" for post in found] == ([] if due is None else [due])


STARTS = st.integers(-900, 900).map(lambda hours: str((NOW + timedelta(hours=hours)).replace(tzinfo=None)))
RULES = st.sampled_from(
    (
        None,
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;COUNT=3",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=DAILY;INTERVAL=9",
    )
)
REMINDERS = st.lists(st.sampled_from(["4w", "1w", "1d", "1h", 0]), max_size=3, unique=True)
EVENTS = st.builds(
    lambda start, repeat, remind, zone: {
        "start": start,
        "repeat": repeat,
        "remind": remind,
        "timezone": zone,
    },
    STARTS,
    RULES,
    st.one_of(st.none(), REMINDERS),
    st.sampled_from((None, "Africa/Cairo", "Europe/Paris")),
)
STEPS = st.lists(st.integers(1, 200), min_size=1, max_size=8)


@settings(max_examples=some_of(200))
@given(st.lists(EVENTS, max_size=6), STARTS, STEPS)
def test_it_finds_what_looking_at_all_entries_finds(
    written: list[dict[str, Any]], due: str, steps: list[int]
) -> None:
    events = tuple(event(f"e{number}", **values) for number, values in enumerate(written))
    calendar = Calendar(version=1, events=events, deadlines=(deadline("d", due),))
    made, at = index(*calendar.events, *calendar.deadlines), NOW
    for hours in steps:
        until = at + timedelta(hours=hours)
        assert made.take(until) == posts(calendar, start=at, end=until, default_zone="UTC")
        ahead = posts(calendar, start=until, end=until + 60 * DAY, default_zone="UTC")
        following = made.next_due()
        assert following == ahead[0].due if ahead else following is None or following > until + 60 * DAY
        at = until


def test_a_look_at_many_entries_of_which_none_is_due_reckons_with_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = index(*(event(f"e{number}", f"2026-12-{3 + number % 20:02} 10:00") for number in range(200)))
    looked_at: list[str] = []

    def counted(entry: Event | Deadline, *arguments: Any) -> tuple[Post, ...]:
        looked_at.append(entry.key)
        return next_posts(entry, *arguments)

    monkeypatch.setattr(due_index, "next_posts", counted)
    for minutes in range(60):
        assert made.take(NOW + timedelta(minutes=minutes)) == ()
    assert looked_at == []
    # Of those that come due each once more.
    assert len(made.take(NOW + DAY + timedelta(hours=2))) == len(looked_at) == 10


def waiting(*events: Event) -> WaitingPosts:
    community = small().community.model_copy(update={"reminders": ReminderTimes(quiet="off", weekend="off")})
    made = WaitingPosts(community)
    made.take_in(Calendar(version=1, events=events), NOW - DAY)
    return made


CALL = event("call", "2026-12-01 08:00", rooms=[], audience={"themes": ["waste"]}, remind=[0])


def test_what_has_come_due_waits_in_its_rooms_until_it_has_ended() -> None:
    made = waiting(CALL, event("other", "2026-12-01 08:30", rooms=["cafe", "lobby"], remind=[0]))
    assert made.come_due(NOW)
    assert made.rooms(NOW) == ["cafe", "exchange.waste", "lobby"]
    (post,) = made.in_room("cafe")
    made.drop([(post.key, "cafe"), ("event/gone", "lobby"), (post.key, "nowhere")])
    assert made.rooms(NOW) == ["exchange.waste", "lobby"]
    assert not made.come_due(NOW)
    made.drop_before(NOW - timedelta(minutes=30))
    assert made.rooms(NOW) == []


def test_of_an_entry_that_has_changed_what_is_due_is_looked_at_anew() -> None:
    made = waiting(CALL, event("other", "2026-12-01 08:30", rooms=["cafe"], remind=[0]))
    made.come_due(NOW)
    made.change({}, NOW - DAY)
    made.change({("contact", "call"): contact("call")}, NOW - DAY)
    # Nothing of the calendar has changed: what has ended does not come back.
    assert not made.come_due(NOW)
    made.change({("event", "call"): CALL.model_copy(update={"rooms": ("lobby",)})}, NOW - DAY)
    assert made.rooms(NOW) == ["cafe"]
    assert made.come_due(NOW)
    assert made.rooms(NOW) == ["cafe", "lobby"]
    made.change({("event", "call"): None, ("event", "other"): None}, NOW - DAY)
    assert (made.rooms(NOW), made.next_due(NOW)) == ([], None)


class _Counted:
    """Each as due, and how many of them were placed."""

    reach = timedelta(days=9)

    def __init__(self) -> None:
        self.placed_posts = 0

    def placed(self, post: Post) -> Post:
        self.placed_posts += 1
        return post


def test_what_cannot_come_before_the_next_is_not_placed() -> None:
    daily = event("e", "2026-11-01 12:00", repeat="FREQ=DAILY", remind=["1d"])
    times = _Counted()
    (found,) = next_posts(daily, ZoneInfo("UTC"), datetime(2026, 11, 20, 13, tzinfo=UTC), times)
    assert found.due == datetime(2026, 11, 21, 12, tzinfo=UTC)
    # Nine days before that moment, the post itself, and those that might have come before it.
    assert times.placed_posts <= 20
