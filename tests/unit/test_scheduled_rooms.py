"""Posts of one look in several rooms: at once, in each in order, and not what was changed while the look goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.context.background import ROOMS_AT_ONCE
from bots.encryption import RoomView
from bots.features.scheduled.posts import ScheduledPosts
from community.description.calendar_model import Event
from community.directory.entry import EntryChange
from community.storage import Store
from matrix.errors import Forbidden, HomeserverUnreachable
from matrix.ids import EventId, RoomId
from tests.lib.entries import added, edited
from tests.lib.memory_client import MemoryClient
from tests.lib.scheduling import DUE, Room, post_once, scheduled
from tests.lib.store_work import statements

ROOMS = {f"room{number:02}": RoomView(RoomId(f"!{number:02}")) for number in range(ROOMS_AT_ONCE + 4)}


class Rooms(Room):
    """A homeserver with several rooms; each message waits until it is let through. ``refuses``: what each room says."""

    def __init__(self) -> None:
        super().__init__()
        self.let_through = asyncio.Event()
        self.let_through.set()
        self.under_way: list[str] = []
        self.most = 0
        self.refuses: dict[str, Exception] = {}

    async def send(
        self,
        room_id: RoomId,
        content: Mapping[str, Any],
        transaction_id: str,
        *,
        outer: Mapping[str, Any] | None = None,
    ) -> EventId:
        self.under_way.append(room_id)
        self.most = max(self.most, len(self.under_way))
        try:
            await self.let_through.wait()
            # What is asked of a homeserver takes its time.
            await asyncio.sleep(0)
            if room_id in self.refuses:
                raise self.refuses[room_id]
            said = {**content, "room": room_id}
            return await MemoryClient.send(self, room_id, said, transaction_id, outer=outer)
        finally:
            self.under_way.remove(room_id)

    def lines(self, room: str) -> list[str]:
        """Return the first lines of what is in a room."""
        there = (event["content"] for event in self.events)
        return [content["body"].split("\n")[0] for content in there if content["room"] == ROOMS[room].room_id]


def call(number: int, **values: Any) -> Event:
    """Return an event that begins now, posted in every room."""
    start = f"{DUE - timedelta(minutes=5 - number):%Y-%m-%d %H:%M}"
    usual = {
        "key": f"call-{number}",
        "title": f"Call {number}",
        "start": start,
        "lasts": "1h",
        "remind": ["0min"],
    }
    return Event.model_validate({**usual, "rooms": list(ROOMS), **values})


def posting(store: Store, rooms: Rooms) -> ScheduledPosts:
    return scheduled(store, rooms, rooms=ROOMS)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        await opened.entries.change([added(call(number)) for number in range(3)], actor="palabre", at=DUE)
        yield opened


async def test_posts_go_out_in_several_rooms_at_once_and_in_each_in_order(store: Store) -> None:
    rooms = Rooms()
    rooms.let_through.clear()
    looking = asyncio.create_task(posting(store, rooms).post_due())
    async with asyncio.timeout(20):
        while len(rooms.under_way) < ROOMS_AT_ONCE:
            await asyncio.sleep(0.01)
        rooms.let_through.set()
        await looking
    assert rooms.most == ROOMS_AT_ONCE
    for room in ROOMS:
        assert rooms.lines(room) == ["Now: Call 0", "Now: Call 1", "Now: Call 2"]


async def test_a_message_costs_the_store_no_look_of_its_own_at_the_calendar(store: Store) -> None:
    posts, rooms = posting(store, Rooms()), len(ROOMS)
    with statements(store) as sent:
        await posts.post_due()
    asked = [statement for statement, _ in sent if "FROM revisions" in statement]
    # One as the look begins; else what begins messages looks at it, in its own transaction.
    assert len(asked) <= 1 + sum(statement == "BEGIN IMMEDIATE" for statement, _ in sent)
    assert sum("WHERE" not in statement for statement in asked) == 1
    assert sum("INSERT INTO jobs" in statement for statement, _ in sent) == 3 * rooms


@pytest.mark.parametrize(
    "values", [{"cancelled": True}, {"start": f"{DUE + timedelta(days=1):%Y-%m-%d %H:%M}"}]
)
async def test_what_is_moved_or_cancelled_while_a_look_goes_on_is_not_posted_as_it_was(
    store: Store, values: dict[str, Any]
) -> None:
    rooms = Rooms()
    rooms.let_through.clear()
    posts = posting(store, rooms)
    looking = asyncio.create_task(posts.post_due())
    async with asyncio.timeout(20):
        while len(rooms.under_way) < ROOMS_AT_ONCE:
            await asyncio.sleep(0.01)
        await store.entries.change([edited(call(1), call(1, **values))], actor="@awa:x", at=DUE)
        rooms.let_through.set()
        await looking
    assert not any("Call 1" in line for room in ROOMS for line in rooms.lines(room))
    await posts.post_due()
    for room in ROOMS:
        assert rooms.lines(room) == ["Now: Call 0", "Now: Call 2"]


async def test_what_becomes_of_other_dates_meanwhile_keeps_no_post_back(store: Store) -> None:
    rooms = Rooms()
    rooms.let_through.clear()
    looking = asyncio.create_task(posting(store, rooms).post_due())
    async with asyncio.timeout(20):
        while not rooms.under_way:
            await asyncio.sleep(0.01)
        await store.entries.change([EntryChange("event", "call-9", None, call(9))], actor="@awa:x", at=DUE)
        rooms.let_through.set()
        await looking
    assert all(len(rooms.lines(room)) == 3 for room in ROOMS)


async def test_a_room_that_refuses_keeps_no_other_from_being_told_and_is_asked_again(store: Store) -> None:
    rooms = Rooms()
    rooms.refuses = {
        "!00": HomeserverUnreachable("http://h"),
        "!01": Forbidden("M_FORBIDDEN", 403, "rooms/send"),
    }
    posts = posting(store, rooms)
    await posts.post_due()
    assert [len(rooms.lines(room)) for room in sorted(ROOMS)] == [0, 0, *[3] * (len(ROOMS) - 2)]
    rooms.refuses, rooms.now = {}, DUE + timedelta(minutes=1)
    await posts.post_due()
    assert all(len(rooms.lines(room)) == 3 for room in ROOMS)


async def test_where_the_homeserver_does_not_answer_a_room_is_asked_once_a_look(store: Store) -> None:
    rooms = Rooms()
    rooms.refuses = {room.room_id: HomeserverUnreachable("http://h") for room in ROOMS.values()}
    await posting(store, rooms).post_due()
    begun = await post_once(store, rooms).begun()
    assert sorted(post.room_key for post in begun) == sorted(ROOMS)
