"""Several reminders of one day come as one message in a room; each entry counts once, alone or among others."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bots.features.scheduled.posts import ScheduledPosts
from community.description.calendar_model import Deadline, Event
from community.description.reminder_times import ReminderTimes
from community.directory.entry import EntryChange
from community.jobs.room_posts import RoomPost
from community.storage import JobState, Store
from matrix.errors import HomeserverUnreachable
from tests.lib.scheduling import COMMUNITY, DUE, Killed, Room, scheduled, seeded

MIDNIGHT = DUE + timedelta(hours=6)
"""Of Monday, 1 December 2025 (UTC)."""
SINCE = DUE - timedelta(days=40)


def at(days: float, hours: float = 0) -> datetime:
    return MIDNIGHT + timedelta(days=days, hours=hours)


def written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def call(key: str, start: datetime, **values: Any) -> Event:
    usual = {"key": key, "title": key.title(), "start": written(start), "lasts": "1h", "rooms": ["lobby"]}
    return Event.model_validate({**usual, "remind": ["1d", "1h", 0], **values})


def report(due: datetime, **values: Any) -> Deadline:
    usual = {
        "key": "report",
        "title": "Report",
        "due": written(due),
        "rooms": ["lobby"],
        "remind": ["1w", "1d"],
    }
    return Deadline.model_validate({**usual, **values})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


async def changed(store: Store, key: str, after: Event | None) -> None:
    before = await store.entries.entry("event", key)
    await store.entries.change([EntryChange("event", key, before, after)], actor="@awa:x", at=DUE)


async def looked(posts: ScheduledPosts, room: Room, *moments: datetime) -> None:
    for moment in moments:
        room.now = moment
        await posts.post_due()


def bodies(room: Room) -> list[str]:
    """Return what is posted, without edits and replies."""
    return [event["content"]["body"] for event in room.events if "m.relates_to" not in event["content"]]


def edits(room: Room) -> list[str]:
    contents = [event["content"] for event in room.events]
    return [content["m.new_content"]["body"] for content in contents if "m.new_content" in content]


THREE = (call("first", at(3, 15)), call("second", at(3, 8)), report(at(9, 18)))
"""All three are told on Wednesday, the first two a day ahead, the report a week."""


async def test_what_falls_on_one_day_is_one_message_at_nine_and_what_is_near_its_own(store: Store) -> None:
    await seeded(store, *THREE)
    room = Room()
    posts = scheduled(store, room, since=SINCE)
    await looked(posts, room, at(2), at(2, 8), at(2, 8.9))
    assert bodies(room) == []
    await looked(posts, room, at(2, 9), at(2, 12), at(2, 18))
    (body,) = bodies(room)
    assert re.findall("• (.*)", body) == ["In 23 hours: Second", "Tomorrow: First", "Due in 7 days: Report"]
    assert body.startswith("Coming up:\n")
    await looked(posts, room, at(3, 7), at(3, 8), at(3, 14), at(3, 15))
    heads = [body.split("\n")[0] for body in bodies(room)[1:]]
    assert heads == ["In 1 hour: Second", "Now: Second", "In 1 hour: First", "Now: First"]
    # Whoever looks next.
    await looked(scheduled(store, room, since=SINCE), room, at(3, 15), at(3, 16))
    assert len(room.events) == 5


async def test_what_comes_alone_on_its_day_comes_at_its_moment(store: Store) -> None:
    await seeded(store, call("first", at(3, 15)), call("other", at(4, 15)))
    room = Room()
    posts = scheduled(store, room, since=SINCE)
    await looked(posts, room, at(2), at(2, 9), at(2, 14.9))
    assert bodies(room) == []
    await looked(posts, room, at(2, 15))
    assert [body.split("\n")[0] for body in bodies(room)] == ["In 1 day: First"]


async def test_without_a_digest_each_comes_at_its_moment(store: Store) -> None:
    times = ReminderTimes(quiet="off", weekend="off", digest="off")
    community = COMMUNITY.model_copy(update={"reminders": times})
    await seeded(store, *THREE)
    room = Room()
    posts = scheduled(store, room, since=SINCE, community=lambda: community)
    await looked(posts, room, at(2, 8), at(2, 9), at(2, 15), at(2, 18))
    assert [body.split("\n")[0] for body in bodies(room)] == [
        "In 1 day: Second",
        "In 1 day: First",
        "Due in 7 days: Report",
    ]


async def test_each_line_of_a_digest_follows_its_own_date(store: Store) -> None:
    await seeded(store, *THREE)
    room = Room()
    posts = scheduled(store, room, since=SINCE)
    await looked(posts, room, at(2, 9))
    first = bodies(room)[0]
    await changed(store, "first", call("first", at(3, 15), cancelled=True))
    await looked(posts, room, at(2, 10), at(2, 10.1))
    await changed(store, "second", call("second", at(4, 8), originally=written(at(3, 8))))
    await looked(posts, room, at(2, 11), at(2, 11.1))
    assert re.findall("• (.*)", edits(room)[0]) == [
        "In 23 hours: Second",
        "Cancelled: First",
        "Due in 7 days: Report",
    ]
    assert re.findall("• (.*)", edits(room)[1]) == [
        "Moved: Second",
        "Cancelled: First",
        "Due in 7 days: Report",
    ]
    await changed(store, "first", THREE[0])
    await changed(store, "second", THREE[1])
    await looked(posts, room, at(2, 12), at(2, 12.1))
    assert edits(room)[-1] == first
    # What was told among others is not told alone, wherever it is moved.
    await changed(store, "first", call("first", at(5, 15), originally=written(at(3, 15))))
    await looked(posts, room, at(4, 15), at(4, 15.2))
    assert not any("First" in body for body in bodies(room)[1:])


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("gone", [(), ("first",), ("second",), ("first", "second")], ids=str)
async def test_killed_around_a_digest_whose_dates_are_cancelled_meanwhile_what_is_left_is_told_once(
    store: Store, moment: str, gone: tuple[str, ...]
) -> None:
    await seeded(store, *THREE[:2], call("third", at(3, 9)))
    room = Room(fail=(moment, Killed()))
    with pytest.raises(Killed):
        await looked(scheduled(store, room, since=SINCE), room, at(2, 9))
    for key in gone:
        await changed(store, key, call(key, at(3, 15 if key == "first" else 8), cancelled=True))
    again = scheduled(store, room, since=SINCE)
    await looked(again, room, at(2, 9.1), at(2, 9.2), at(2, 15), at(2, 16), at(2, 17))
    shown = "\n".join(bodies(room))
    for key in ("first", "second", "third"):
        told = shown.count(key.title())
        assert told == (0 if key in gone and moment == "before" else 1), (key, shown)
    if moment == "after" and gone:
        assert edits(room)[-1].count("Cancelled:") == len(gone)
    assert await store.jobs.pending(RoomPost.KIND) == ()


async def test_what_is_added_later_on_the_day_comes_by_itself(store: Store) -> None:
    await seeded(store, *THREE)
    room = Room()
    posts = scheduled(store, room, since=SINCE)
    await looked(posts, room, at(2, 9))
    await changed(store, "late", call("late", at(3, 20)))
    await looked(posts, room, at(2, 12))
    assert len(bodies(room)) == 1
    await looked(posts, room, at(2, 20))
    assert [body.split("\n")[0] for body in bodies(room)[1:]] == ["In 1 day: Late"]


async def test_what_is_planned_after_the_hour_of_its_day_comes_as_one_and_is_not_late(store: Store) -> None:
    await seeded(store)
    room = Room()
    posts = scheduled(store, room, since=SINCE)
    await looked(posts, room, at(2, 9))
    for key, hour in (("first", 15), ("second", 18)):
        await changed(store, key, call(key, at(3, hour)))
    await looked(posts, room, at(2, 12))
    (body,) = bodies(room)
    assert re.findall("• (.*)", body) == ["Tomorrow: First", "Tomorrow: Second"]
    assert body.startswith("Coming up:\n")


async def test_what_was_to_be_told_together_and_by_itself_while_the_bot_was_away_is_late(
    store: Store,
) -> None:
    await seeded(store, call("first", at(3, 15)), call("second", at(3, 18)))
    room = Room()
    await looked(scheduled(store, room, since=SINCE), room, at(2, 20))
    (body,) = bodies(room)
    assert body.startswith("These reminders are late:\n")


async def test_new_dates_are_told_by_the_hours_that_were_applied_with_them(store: Store) -> None:
    """The bot finds the calendar before it has looked at the community, which was applied before it."""
    without = ReminderTimes(quiet="off", weekend="off", digest="off")
    applied = COMMUNITY.model_copy(update={"reminders": without})
    current = [COMMUNITY]

    async def take_in_applied() -> None:
        current[0] = applied

    await seeded(store, call("first", at(3, 15)), call("second", at(3, 18)))
    room = Room()
    posts = scheduled(store, room, since=SINCE, community=lambda: current[0], take_in_applied=take_in_applied)
    await looked(posts, room, at(2, 12))
    assert bodies(room) == []
    await looked(posts, room, at(2, 15), at(2, 18))
    assert [body.split("\n")[0] for body in bodies(room)] == ["In 1 day: First", "In 1 day: Second"]


async def test_what_was_posted_before_quiet_hours_and_digests_were_known_is_not_posted_again(
    store: Store,
) -> None:
    """The version before posted each at its own moment, a deadline of a day at 23:59, and on Sundays too."""
    plain = COMMUNITY.model_copy(
        update={"reminders": ReminderTimes(quiet="off", weekend="off", digest="off")}
    )
    entries = (call("first", at(7, 8)), call("second", at(6, 22)), report(at(7, 23) + timedelta(minutes=59)))
    await seeded(store, *entries)
    room = Room()
    before = scheduled(store, room, since=SINCE, community=lambda: plain)
    await looked(before, room, at(0, 12), at(5, 23), at(6, 7.5), at(6, 8.5), at(6, 23.99))
    said = len(room.events)
    assert said
    usual = COMMUNITY.model_copy(update={"reminders": ReminderTimes()})
    for hour in range(0, 24, 3):
        await looked(
            scheduled(store, room, since=SINCE, community=lambda: usual), room, at(6, 23.99 + hour / 10)
        )
    keys = [key for job in await store.jobs.of_state(RoomPost.KIND, JobState.DONE) for key in _keys(job)]
    assert len(keys) == len(set(keys))
    assert len(room.events) == said


def _keys(job: Any) -> list[str]:
    post = RoomPost.read(job)
    assert post is not None
    return list(post.keys)


async def test_what_is_late_at_night_waits_for_the_morning_and_comes_as_one(store: Store) -> None:
    community = COMMUNITY.model_copy(update={"reminders": ReminderTimes(weekend="off")})
    await seeded(store, call("first", at(3, 15)), call("near", at(3, 3)))
    room = Room()
    posts = scheduled(store, room, since=SINCE, community=lambda: community)
    # Both were to be told on Tuesday and Wednesday; the bot comes back in the night before.
    await looked(posts, room, at(3, 0.5), at(3, 2), at(3, 3), at(3, 6.9))
    # For what comes before the morning, waiting would be of no use.
    heads = ["In 2 hours: Near", "In 1 hour: Near", "Now: Near"]
    assert [body.split("\n")[0] for body in bodies(room)] == heads
    await looked(posts, room, at(3, 7))
    assert [body.split("\n")[0] for body in bodies(room)[3:]] == ["In 8 hours: First"]


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_fails_each_reminder_is_told_once(store: Store, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - the same each time
    keys = [f"call-{number}" for number in range(12)]
    entries = [
        call(key, at(chance.randrange(3, 12), chance.randrange(7, 20)), remind=["1d", "2d", "1w"])
        for key in keys
    ]
    await seeded(store, *entries)
    room = Room()
    community = COMMUNITY.model_copy(update={"reminders": ReminderTimes()})
    posts = scheduled(store, room, since=at(0), community=lambda: community)
    now = at(0)
    while now < at(12):
        now += timedelta(hours=chance.choice([0.1, 1, 3, 7]))
        if chance.random() < 0.3:
            error = chance.choice([Killed(), HomeserverUnreachable("http://h")])
            room.fail_at(chance.randrange(2), chance.choice(["before", "after"]), error)
        # No device comes back.
        room.device_id += "I" * (chance.random() < 0.2)
        try:
            await looked(posts, room, now)
        except Killed:
            posts = scheduled(store, room, since=at(0), community=lambda: community)
    room.fail = None
    await looked(posts, room, now, now + timedelta(minutes=2))
    assert await store.jobs.pending(RoomPost.KIND) == ()
    told = [key for job in await store.jobs.of_state(RoomPost.KIND, JobState.DONE) for key in _keys(job)]
    assert len(told) == len(set(told))
    assert {key.split("/")[1] for key in told} == set(keys)
    assert len(bodies(room)) == len(await store.jobs.of_state(RoomPost.KIND, JobState.DONE))


@pytest.mark.parametrize(
    ("planned", "told", "first"),
    [
        # Sunday is 7 December: a day before Monday's call would have been told on Friday.
        (at(5, 12), at(7, 7), "In 5 hours: Soon"),
        (at(6, 20), at(7, 7), "In 5 hours: Soon"),
        (at(4, 15), at(4, 15), "In 3 days: Soon"),
    ],
    ids=["on Saturday", "on Sunday evening", "on Friday"],
)
async def test_what_is_planned_after_it_would_have_been_told_is_told_when_it_may_and_is_not_late(
    store: Store, planned: datetime, told: datetime, first: str
) -> None:
    community = COMMUNITY.model_copy(update={"reminders": ReminderTimes()})
    await seeded(store)
    room = Room()
    posts = scheduled(store, room, since=SINCE, community=lambda: community)
    await looked(posts, room, planned - timedelta(hours=1))
    await changed(store, "soon", call("soon", at(7, 12)))
    quarter = timedelta(minutes=15)
    moment = planned
    while not bodies(room) and moment < at(7, 11):
        await looked(posts, room, moment)
        moment += quarter
    assert (moment - quarter, bodies(room)[0].split("\n")[0]) == (told, first)
    assert ("late" in bodies(room)[0]) is (told == at(7, 7))
    assert len(bodies(room)) == 1
