"""Posting each message once, with a homeserver in memory that deduplicates and forgets as Synapse does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bots.context.background import PeriodicWork
from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, PostForm
from bots.errors import PostedElsewhere
from bots.posting import LEASE, MARK, always
from bots.scheduler import Scheduler
from community.description.calendar_model import Calendar, Deadline
from community.description.directory_model import Directory
from community.jobs.room_posts import TOO_LATE, RoomPost
from community.storage import JobState, Store
from community.storage.tables import jobs
from matrix.errors import HomeserverUnreachable
from tests.lib.descriptions import described
from tests.lib.scheduling import BOT, DUE, FORM, ROOM, Killed, Room, post_once, scheduled


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        report = Deadline.model_validate(
            {"key": "r", "title": "Report", "due": "2025-11-30 18:00", "rooms": ["lobby"], "remind": ["0min"]}
        )
        calendar = Calendar(version=1, deadlines=(report,))
        await opened.entries.seed(described(Directory(version=1), calendar), at=DUE)
        yield opened


async def test_it_waits_until_it_is_due_then_posts_once(store: Store) -> None:
    room = Room(now=DUE - timedelta(seconds=3))
    assert await scheduled(store, room).post_due() == DUE
    assert room.events == []
    room.now = DUE
    for _ in range(3):
        await scheduled(store, room).post_due()
    (event,) = room.events
    assert event["content"]["msgtype"] == "m.text"
    assert event["content"]["m.mentions"] == {}
    # The mark says nothing of what it is about.
    assert len(event["content"][MARK]) == 40


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("error", [Killed(), HomeserverUnreachable("http://h")], ids=["killed", "cut"])
@pytest.mark.parametrize(
    ("away", "device"), [(0.01, "ONE"), (0.01, "TWO"), (30, "ONE"), (30, "TWO")], ids=str
)
async def test_cut_off_around_the_send_it_is_posted_exactly_once(
    store: Store, moment: str, error: BaseException, away: float, device: str
) -> None:
    room = Room(fail=(moment, error))
    try:
        await scheduled(store, room).post_due()
    except Killed:
        assert isinstance(error, Killed)
    room.now += timedelta(hours=away)
    room.device_id = device
    if away > 24:
        room.transactions.clear()
    for _ in range(2):
        await scheduled(store, room).post_due()
    assert len(room.events) == 1
    assert await store.jobs.pending(RoomPost.KIND) == ()


async def test_within_a_day_and_from_the_same_device_the_room_is_not_searched(store: Store) -> None:
    room = Room(fail=("after", Killed()))
    with pytest.raises(Killed):
        await scheduled(store, room).post_due()
    await scheduled(store, room).post_due()
    assert (len(room.events), room.looks_back) == (1, 0)


async def test_nobody_else_can_pass_a_message_off_as_the_post(store: Store) -> None:
    room = Room(fail=("before", Killed()))
    with pytest.raises(Killed):
        await scheduled(store, room).post_due()
    (begun,) = await post_once(store, room).begun()
    forged = {
        "event_id": "$forged",
        "sender": "@mallory:example.org",
        "content": {MARK: begun.transaction_id},
    }
    room.events.append({**forged, "origin_server_ts": DUE.timestamp() * 1000})
    room.device_id = "TWO"
    room.now += LEASE
    await scheduled(store, room).post_due()
    assert [event["sender"] for event in room.events] == ["@mallory:example.org", BOT]


async def test_after_a_day_away_it_is_posted_and_says_that_it_is_late(store: Store) -> None:
    room = Room(now=DUE + timedelta(days=1))
    await scheduled(store, room).post_due()
    (event,) = room.events
    assert "This message is late" in event["content"]["body"]


async def test_later_than_the_limit_it_is_dropped(store: Store) -> None:
    room = Room(now=DUE + timedelta(days=2, minutes=30))
    await scheduled(store, room).post_due()
    assert room.events == []
    (dropped,) = await store.jobs.of_state(RoomPost.KIND, JobState.WITHDRAWN)
    assert dropped.reason == TOO_LATE
    assert len(await post_once(store, room).ended_since(DUE - timedelta(days=1))) == 1


@pytest.mark.parametrize(("believed", "posted"), [(True, 0), (False, 1)])
async def test_nothing_is_dropped_as_too_late_while_the_clock_is_not_believed(
    store: Store, believed: bool, posted: int
) -> None:
    """A question that is passed on is due when it is asked, and has no other moment."""
    room = Room(now=DUE + timedelta(days=20))
    message = partial(always, Reply("A question", ""))
    once, form = post_once(store, room, believed=believed), PostForm(MessageKind.REQUEST)
    is_posted = await once.post("question/1", "lobby", ROOM.room_id, due=DUE, message=message, form=form)
    assert is_posted is (posted == 1)
    assert len(room.events) == posted


@pytest.mark.parametrize("away", [timedelta(minutes=1), timedelta(days=-2)], ids=["ahead", "put back"])
async def test_what_may_have_been_sent_long_ago_is_looked_for_where_the_clock_is_not_believed(
    store: Store, away: timedelta
) -> None:
    room = Room(fail=("after", Killed()))
    with pytest.raises(Killed):
        await scheduled(store, room).post_due()
    room.now = DUE + away
    message = partial(always, Reply("Again", ""))
    (job,) = await store.jobs.pending(RoomPost.KIND)
    post = RoomPost.read(job)
    assert post is not None
    once, form = post_once(store, room, believed=False), PostForm(MessageKind.REQUEST)
    before = room.looks_back
    await once.post(post.occurrence_key, "lobby", ROOM.room_id, due=DUE, message=message, form=form)
    assert (len(room.events), room.looks_back > before) == (1, True)


@pytest.mark.parametrize(("moment", "posted"), [("before", 0), ("after", 1)])
async def test_what_was_being_sent_before_a_very_long_outage_is_settled(
    store: Store, moment: str, posted: int
) -> None:
    room = Room(fail=(moment, Killed()))
    with pytest.raises(Killed):
        await scheduled(store, room).post_due()
    room.now = DUE + timedelta(days=20)
    await scheduled(store, room).post_due()
    assert len(room.events) == posted
    assert await store.jobs.pending(RoomPost.KIND) == ()


async def test_what_was_due_before_the_bots_first_start_is_never_posted(store: Store) -> None:
    room = Room(now=DUE + timedelta(minutes=5))
    await scheduled(store, room, since=DUE + timedelta(minutes=1)).post_due()
    assert room.events == []


async def test_it_runs_until_it_is_stopped_and_outlives_a_failure(store: Store) -> None:
    room = Room(now=DUE, fail=("before", HomeserverUnreachable("http://h")))
    stop = asyncio.Event()
    scheduler = Scheduler()
    scheduler.add(scheduled(store, room).periodic)
    task = asyncio.create_task(scheduler.run(stop))
    async with asyncio.timeout(20):
        await room.posted.wait()
        stop.set()
        await task
    assert len(room.events) == 1


async def test_what_another_process_is_posting_is_left_to_it_while_it_lives(store: Store) -> None:
    room = Room(fail=("before", Killed()))
    with pytest.raises(Killed):
        await scheduled(store, room).post_due()
    room.device_id = "TWO"
    other = post_once(store, room)
    (begun,) = await other.begun()

    async def post() -> bool:
        message = partial(always, Reply("late", "late"))
        return await other.post(
            begun.occurrence_key, "lobby", ROOM.room_id, due=DUE, message=message, form=FORM
        )

    with pytest.raises(PostedElsewhere):
        await post()
    assert room.events == []
    room.now += LEASE
    assert await post()
    assert len(room.events) == 1


async def test_what_was_sent_is_noted_with_its_event_and_told_by_when_it_was_due(store: Store) -> None:
    room = Room()
    await scheduled(store, room).post_due()
    (done,) = await store.jobs.of_state(RoomPost.KIND, JobState.DONE)
    post = RoomPost.read(done)
    assert post is not None
    assert (post.event_id, post.due_at, post.begun_at, post.device_id) == ("$e0", DUE, DUE, "ONE")
    key = (post.occurrence_key, "lobby")
    assert await post_once(store, room).ended_since(DUE) == {key}
    assert await post_once(store, room).ended_since(DUE + timedelta(seconds=1)) == frozenset()


async def test_what_nobody_can_read_of_a_post_has_the_room_searched_first(store: Store) -> None:
    room = Room(fail=("after", Killed()))
    with pytest.raises(Killed):
        await scheduled(store, room).post_due()
    async with store.transaction() as connection:
        await connection.execute(update(jobs).values(payload=["nonsense"]))
    await scheduled(store, room).post_due()
    assert (len(room.events), room.looks_back) == (1, 1)
    assert await store.jobs.pending(RoomPost.KIND) == ()


DAY = timedelta(days=1)


def call(key: str, start: str, **more: Any) -> dict[str, Any]:
    values = {"key": key, "title": key.title(), "start": start, "lasts": "1h", "rooms": ["lobby"]}
    return {**values, "remind": ["1d", "1h", "0min"], **more}


async def with_events(store: Store, *events: dict[str, Any]) -> None:
    calendar = Calendar.model_validate({"version": 1, "events": list(events)})
    await store.entries.seed(described(Directory(version=1), calendar), at=DUE)


async def test_after_a_long_sleep_nothing_is_said_of_what_is_over(store: Store) -> None:
    await with_events(store, *(call(f"call-{n}", f"2025-11-30 0{n}:00") for n in range(1, 8)))
    room = Room(now=DUE + timedelta(hours=18))
    for _ in range(2):
        await scheduled(store, room).post_due()
    assert room.events == []
    # Each is settled: it is not looked at again and again. What was due a day ahead is out of sight.
    assert len(await post_once(store, room).ended_since(DUE - 2 * DAY)) == 14


async def test_what_a_long_sleep_has_left_is_one_message_that_is_true_then(store: Store) -> None:
    await with_events(
        store,
        call("over", "2025-11-30 10:00"),
        call("running", "2025-12-01 11:30"),
        call("coming", "2025-12-01 12:30"),
    )
    room = Room(now=datetime(2025, 12, 1, 11, 50, tzinfo=UTC))
    for _ in range(2):
        await scheduled(store, room).post_due()
    (event,) = room.events
    heads = [
        line for line in event["content"]["body"].split("\n") if line.endswith((":", "Running", "Coming"))
    ]
    assert heads == ["These reminders are late:", "• Now: Running", "• In 40 minutes: Coming"]
    assert "over" not in event["content"]["body"].lower()
    # What comes due afterwards is posted as ever.
    room.now = datetime(2025, 12, 1, 12, 30, tzinfo=UTC)
    await scheduled(store, room).post_due()
    assert [e["content"]["body"].split("\n")[0] for e in room.events[1:]] == ["Now: Coming"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("away", "device"), [(0.2, "ONE"), (0.2, "TWO"), (25, "ONE")], ids=str)
async def test_killed_around_that_message_each_reminder_is_told_once(
    store: Store, moment: str, away: float, device: str
) -> None:
    await with_events(
        store, call("one", "2025-12-02 14:00", remind=["2d"]), call("two", "2025-12-02 15:00", remind=["2d"])
    )
    room = Room(now=DUE + timedelta(minutes=5), fail=(moment, Killed()))
    with pytest.raises(Killed):
        await scheduled(store, room).post_due()
    # One more comes due meanwhile.
    await with_events(
        store,
        call("one", "2025-12-02 14:00", remind=["2d"]),
        call("two", "2025-12-02 15:00", remind=["2d"]),
        call("three", "2025-12-02 18:05", remind=["2d"]),
    )
    room.now += timedelta(hours=away)
    room.device_id = device
    if away > 24:
        room.transactions.clear()
    for _ in range(3):
        await scheduled(store, room).post_due()
    said = "\n".join(event["content"]["body"] for event in room.events)
    assert [said.count(title) for title in ("One", "Two", "Three")] == [1, 1, 1]
    assert await store.jobs.pending(RoomPost.KIND) == ()


async def test_a_deadline_that_passed_meanwhile_is_said_to_have_passed(store: Store) -> None:
    room = Room(now=DUE + DAY)
    await scheduled(store, room).post_due()
    (event,) = room.events
    assert event["content"]["body"].startswith("It was due: Report")


async def test_what_lasts_all_day_is_told_in_the_morning_by_its_day(store: Store) -> None:
    await with_events(store, call("fair", "2025-12-02", lasts="1d", remind=["1d", "0min"]))
    room, bodies = Room(now=DUE), []
    for hours in range(60):
        room.now = DUE + timedelta(hours=hours)
        before = len(room.events)
        await scheduled(store, room).post_due()
        bodies += [(f"{room.now:%d %H}", event["content"]["body"]) for event in room.events[before:]]
    assert bodies == [
        ("01 09", "Tomorrow: Fair\nTuesday, 2 December 2025"),
        ("02 09", "Today: Fair\nTuesday, 2 December 2025"),
    ]


async def test_a_machine_two_days_ahead_posts_nothing_and_when_it_is_mended_each_at_its_time(
    store: Store,
) -> None:
    await with_events(store, call("today", "2025-11-30 19:00"), call("later", "2025-12-02 18:00"))
    room = Room(now=DUE + 2 * DAY)
    believed, stop = [False], asyncio.Event()
    scheduler, looked = Scheduler(is_clock_believed=lambda: believed[0]), asyncio.Event()
    work = scheduled(store, room).periodic

    async def look() -> datetime | None:
        await work.work()
        looked.set()
        return None

    async def other() -> None:
        other_done.set()

    other_done = asyncio.Event()
    scheduler.add(replace(work, work=look))
    scheduler.add(PeriodicWork(other, 86_400.0, "other"))
    task = asyncio.create_task(scheduler.run(stop))
    async with asyncio.timeout(20):
        await other_done.wait()
        assert (room.events, looked.is_set()) == ([], False)
        room.now, believed[0] = DUE + timedelta(seconds=5), True
        scheduler.clock_moved()
        await looked.wait()
        stop.set()
        await task
    assert [event["content"]["body"].split("\n")[0] for event in room.events] == ["In 1 hour: Today"]
