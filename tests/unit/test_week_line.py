"""Rooms that wish so are told once a week what comes: on the first working day, once, and nothing of nothing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.features.scheduled.posts import ScheduledPosts
from community.agenda.room_times import TimesOfRooms
from community.agenda.week_ahead import WeekAhead, rooms_told
from community.description.calendar_model import Deadline, Event
from community.description.iso_codes import COUNTRIES
from community.description.model import Community, RoomSpec
from community.description.reminder_times import ReminderTimes
from community.directory.entry import EntryChange
from community.jobs.room_posts import RoomPost
from community.storage import JobState, Store
from matrix.errors import HomeserverUnreachable
from tests.lib.descriptions import small
from tests.lib.scheduling import COMMUNITY, DUE, Killed, Room, scheduled, seeded

MONDAY = DUE + timedelta(hours=6)
"""Midnight before Monday, 1 December 2025 (UTC)."""
TOLD = COMMUNITY.model_copy(update={"reminders": ReminderTimes(quiet="off", weekend="off", this_week=True)})


def at(days: float, hours: float = 0) -> datetime:
    return MONDAY + timedelta(days=days, hours=hours)


def call(key: str, start: datetime, **values: Any) -> Event:
    usual = {
        "key": key,
        "title": key.title(),
        "start": f"{start:%Y-%m-%d %H:%M}",
        "lasts": "1h",
        "rooms": ["lobby"],
    }
    return Event.model_validate({**usual, "remind": ["1d", 0], **values})


REPORT = Deadline.model_validate(
    {"key": "report", "title": "Report", "due": "2025-12-05", "rooms": ["lobby"], "remind": ["1d"]}
)
ENTRIES = (
    call("gone", at(0, 8)),
    call("tuesday", at(1, 10), place="Room 4", note="Bring it"),
    call("thursday", at(3, 10), place="Room 5", note="Bring it"),
    REPORT,
    call("silent", at(2, 10), remind=[]),
    call("next", at(7, 10)),
    call("elsewhere", at(2, 10), rooms=["cafe"]),
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


def weekly(
    store: Store, room: Room, community: Community = TOLD, languages: Sequence[str] = ("en",)
) -> ScheduledPosts:
    return scheduled(store, room, community=lambda: community, since=at(-3), languages=languages)


async def looked(posts: ScheduledPosts, room: Room, *moments: datetime) -> list[str]:
    for moment in moments:
        room.now = moment
        await posts.post_due()
    return [event["content"]["body"] for event in room.events if "m.relates_to" not in event["content"]]


async def test_the_room_is_told_on_monday_at_nine_what_comes_and_not_besides(store: Store) -> None:
    await seeded(store, *ENTRIES)
    room = Room()
    posts = weekly(store, room)
    assert [body.split("\n")[0] for body in await looked(posts, room, at(0, 8.5))] == ["Now: Gone"]
    (body,) = (await looked(posts, room, at(0, 9), at(0, 10), at(0, 10.1)))[1:]
    # The reminder of Tuesday's, which is due on Monday, is told here alone, and in full.
    assert body.split("\n") == [
        "This week:",
        "• Tuesday",
        "Tuesday, 2 December 2025, 10:00 (UTC)",
        "Room 4",
        "Bring it",
        "• Thursday",
        "Thursday, 4 December 2025, 10:00 (UTC)",
        "Room 5",
        "• Due: Report",
        "Friday, 5 December 2025, 23:59 (UTC)",
    ]
    heads = [
        one.split("\n")[0] for one in await looked(weekly(store, room), room, at(0, 12), at(1, 10), at(2, 10))
    ]
    assert heads[2:] == ["Now: Tuesday", "In 1 day: Thursday"]


async def test_nothing_is_said_of_nothing_where_it_is_not_wanted_or_hours_later(store: Store) -> None:
    room = Room()
    await seeded(store, call("next", at(8, 10)))
    assert await looked(weekly(store, room), room, at(0, 9), at(1)) == []
    await seeded(store, call("friday", at(4, 10), remind=[0]))
    assert await looked(weekly(store, room, COMMUNITY), room, at(0, 9), at(0, 10)) == []
    assert await looked(weekly(store, room), room, at(0, 15.1), at(1)) == []
    # The next week is told again.
    await seeded(store, call("friday", at(11, 10), remind=[0]))
    posts = weekly(store, room)
    (body,) = await looked(posts, room, at(2), at(6, 23), at(7, 9), at(7, 9.5))
    assert body.startswith("This week:\n• Friday")


async def test_what_is_moved_or_cancelled_changes_its_line(store: Store) -> None:
    await seeded(store, *ENTRIES)
    room = Room()
    posts = weekly(store, room)
    await looked(posts, room, at(0, 9))
    before = await store.entries.entry("event", "thursday")
    after = call("thursday", at(3, 10), cancelled=True)
    await store.entries.change([EntryChange("event", "thursday", before, after)], actor="@awa:x", at=DUE)
    await looked(posts, room, at(0, 10), at(0, 10.1), at(0, 10.2))
    contents = [event["content"] for event in room.events]
    (edit,) = (content["m.new_content"]["body"] for content in contents if "m.new_content" in content)
    assert edit.startswith("This week:\n")
    assert re.findall("• (.*)", edit) == ["Tuesday", "Cancelled: Thursday", "Due: Report"]
    replies = [content["body"] for content in contents if "m.in_reply_to" in content.get("m.relates_to", {})]
    assert replies == ["Cancelled: Thursday, Thursday, 4 December 2025, 10:00 (UTC)."]


async def test_it_is_said_in_the_languages_of_the_community(store: Store) -> None:
    await seeded(store, call("friday", at(4, 10)))
    room = Room()
    (body,) = await looked(weekly(store, room, languages=("fr", "pt", "ar", "en")), room, at(0, 9))
    heads = [block.split("\n")[0].replace("\u00a0", " ") for block in body.split("\n\n")]
    assert heads == ["Cette semaine :", "Esta semana:", "هذا الأسبوع:", "This week:"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("error", [Killed(), HomeserverUnreachable("http://h")], ids=["killed", "cut"])
@pytest.mark.parametrize(("away", "device"), [(0.1, "ONE"), (0.1, "TWO"), (3, "TWO")], ids=str)
async def test_cut_off_around_it_the_week_is_told_once_and_what_is_in_it_too(
    store: Store, moment: str, error: BaseException, away: float, device: str
) -> None:
    await seeded(store, *ENTRIES[1:])
    room = Room(fail=(moment, error))
    posts = weekly(store, room)
    try:
        await looked(posts, room, at(0, 9))
    except Killed:
        posts = weekly(store, room)
    room.device_id = device
    await looked(posts, room, at(0, 9 + away), at(0, 9.1 + away), at(0, 20))
    (body,) = await looked(weekly(store, room), room, at(1))
    assert body.count("Tuesday\n") == 1
    assert await store.jobs.pending(RoomPost.KIND) == ()
    keys = [RoomPost.read(job) for job in await store.jobs.of_state(RoomPost.KIND, JobState.DONE)]
    assert sorted(key for post in keys if post for key in post.keys) == [
        "event/tuesday/20251202T1000Z/1440",
        "week/20251201",
    ]


@given(country=st.sampled_from(sorted(COUNTRIES)), hours=st.integers(0, 24 * 3000))
def test_in_every_country_the_week_begins_on_a_working_day_after_the_weekend(
    country: str, hours: int
) -> None:
    one = small().community.cities[0].model_copy(update={"country": country})
    times = TimesOfRooms(small().community.model_copy(update={"cities": (one,), "cohorts": ()})).of_room(
        "lobby"
    )
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    week = WeekAhead.after(after, times)
    assert timedelta() < week.due - after <= timedelta(days=7, hours=2)
    local = week.due.astimezone(times.zone)
    assert (local.date(), local.hour) == (week.first, 9)
    ((city, _number),) = times.cities.items()
    assert local.weekday() not in city.rest
    assert (local - timedelta(days=1)).weekday() in city.rest
    assert WeekAhead.after(week.due, times).first - week.first == timedelta(days=7)


@pytest.mark.parametrize(
    ("country", "weekday"), [("EG", "Sunday"), ("DZ", "Sunday"), ("FR", "Monday"), ("US", "Monday")]
)
def test_it_is_monday_or_sunday(country: str, weekday: str) -> None:
    one = small().community.cities[0].model_copy(update={"country": country})
    times = TimesOfRooms(small().community.model_copy(update={"cities": (one,), "cohorts": ()})).of_room(
        "lobby"
    )
    assert f"{WeekAhead.after(DUE, times).first:%A}" == weekday


def test_a_room_says_for_itself_whether_it_is_told() -> None:
    community = small().community
    assert "lobby" in rooms_told(community.model_copy(update={"reminders": ReminderTimes(this_week=True)}))
    assert rooms_told(community) == frozenset()
    rooms = tuple(spec.model_copy(update={"this_week": spec.key == "lobby"}) for spec in community.rooms)
    assert rooms_told(community.model_copy(update={"rooms": rooms})) == {"lobby"}
    cafe = RoomSpec.model_validate(
        {"key": "c", "for": "community", "policy": "cafe", "name": "C", "topic": "c"}
    )
    both = (cafe, cafe.model_copy(update={"key": "d", "this_week": True}))
    told = rooms_told(
        community.model_copy(update={"rooms": both, "reminders": ReminderTimes(this_week=True)})
    )
    assert told == {"d"}
