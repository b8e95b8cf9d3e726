"""What becomes of the posts of an entry that is no longer posted in their room: nothing more is told there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.features.scheduled.posts import ScheduledPosts
from community.description.calendar_model import Calendar, Event
from community.description.directory_model import Directory
from community.directory.entry import EntryChange
from community.storage import Store
from tests.lib.descriptions import described
from tests.lib.scheduling import DUE, Room, scheduled

START = DUE + timedelta(days=2)
HOUR = timedelta(hours=1)
SECRET = {"title": "Dismissals", "link": "https://meet.example/secret", "note": "secret note"}


def event(key: str, start: str = f"{START:%Y-%m-%d %H:%M}", **values: Any) -> Event:
    usual = {"key": key, "title": key.title(), "start": start, "lasts": "1h", "remind": ["1d"]}
    return Event.model_validate({**usual, "rooms": ["lobby"], **values})


def moved(key: str, **values: Any) -> Event:
    first = f"{START:%Y-%m-%d %H:%M}"
    return event(key, f"{START + 2 * HOUR:%Y-%m-%d %H:%M}", originally=first, **values)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


async def begun(store: Store, *events: Event) -> tuple[Room, ScheduledPosts]:
    """Return a room in which the reminders of some events were just posted."""
    await store.entries.seed(described(Directory(version=1), Calendar(version=1, events=events)), at=DUE)
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    return room, posts


async def looked(posts: ScheduledPosts, room: Room, *hours: float) -> None:
    for hour in hours:
        room.now = DUE + hour * HOUR
        await posts.post_due()


async def changed(store: Store, key: str, after: Event | None) -> None:
    before = await store.entries.entry("event", key)
    await store.entries.change([EntryChange("event", key, before, after)], actor="@awa:x", at=DUE)


@pytest.mark.parametrize(
    "whom",
    [
        pytest.param({"rooms": ["board"]}, id="other rooms"),
        pytest.param({"rooms": [], "audience": {"people": ["awa"]}}, id="single people, posted nowhere"),
        pytest.param({"rooms": ["board"], "audience": {"everyone": True}}, id="for all, in a closed room"),
    ],
)
async def test_a_room_is_told_nothing_more_of_what_is_no_longer_posted_there(
    store: Store, whom: dict[str, Any]
) -> None:
    room, posts = await begun(store, event("call"))
    await changed(store, "call", moved("call", **whom, **SECRET))
    await looked(posts, room, 25, 25.1, 47.5)
    await changed(store, "call", None)
    await looked(posts, room, 48, 48.1)
    assert len(room.events) == 1
    # Nor by a bot that is started then, and compares all.
    await looked(scheduled(store, room), room, 48.2, 48.3)
    assert len(room.events) == 1


async def test_what_comes_back_to_the_room_is_told_there_as_it_is_by_then(store: Store) -> None:
    room, posts = await begun(store, event("call"))
    await changed(store, "call", moved("call", rooms=["board"], **SECRET))
    await looked(posts, room, 25, 25.1)
    await changed(store, "call", moved("call"))
    await looked(posts, room, 26, 26.1)
    bodies = [each["content"]["body"] for each in room.events[1:]]
    assert [body.partition("\n")[0] for body in bodies] == [
        "Moved: Call, from Tuesday, 2 December 2025, 18:00 (UTC) to Tuesday, 2 December 2025, 20:00 (UTC).",
        "* Moved: Call",
    ]


async def test_of_several_in_one_message_only_what_is_still_posted_there_is_told(store: Store) -> None:
    room, posts = await begun(store, event("call"), event("picnic"))
    (first,) = room.events
    assert "Call" in first["content"]["body"]
    await changed(store, "call", moved("call", rooms=["board"], **SECRET))
    await changed(store, "picnic", moved("picnic"))
    await looked(posts, room, 25, 25.1)
    said = "\n".join(str(each["content"]) for each in room.events[1:])
    assert "Picnic" in said
    assert not any(text in said for text in SECRET.values())


async def test_what_has_become_everybodys_is_told_where_it_was_posted(store: Store) -> None:
    room, posts = await begun(store, event("call"))
    await changed(store, "call", moved("call", rooms=["announcements"], audience={"everyone": True}))
    await looked(posts, room, 25, 25.1)
    assert [each["content"]["body"].split("\n")[0] for each in room.events[1:]][1:] == ["* Moved: Call"]
