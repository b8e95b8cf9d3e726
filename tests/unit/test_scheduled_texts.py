"""What becomes of posts whose entry was removed, left out of its series, renamed, or given another place or link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bots.features.scheduled.posts import ScheduledPosts
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.directory_model import Directory
from community.directory.entry import EntryChange
from community.jobs.room_posts import RoomPost
from community.storage import Store
from community.storage.tables import jobs
from matrix.errors import HomeserverUnreachable
from tests.lib.descriptions import described
from tests.lib.scheduling import DUE, Killed, Room, scheduled

START = DUE + timedelta(days=2)
HOUR = timedelta(hours=1)
THEN = "Tuesday, 2 December 2025, 18:00 (UTC)"


def call(**values: Any) -> Event:
    usual = {
        "key": "call",
        "title": "Call",
        "start": f"{START:%Y-%m-%d %H:%M}",
        "lasts": "1h",
        "place": "Room 4",
    }
    return Event.model_validate({**usual, "remind": ["1d", "1h"], "rooms": ["lobby"], **values})


WEEKLY = call(repeat="FREQ=WEEKLY")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        calendar = Calendar(version=1, events=(call(),))
        await opened.entries.seed(described(Directory(version=1), calendar), at=DUE)
        yield opened


async def changed(store: Store, after: Event | None, key: str = "call") -> None:
    before = await store.entries.entry("event", key)
    await store.entries.change([EntryChange("event", key, before, after)], actor="@awa:x", at=DUE)


async def looked(posts: ScheduledPosts, room: Room, *hours: float) -> None:
    for hour in hours:
        room.now = DUE + hour * HOUR
        await posts.post_due()


def edits(room: Room) -> list[str]:
    contents = [event["content"] for event in room.events]
    return [content["m.new_content"]["body"] for content in contents if "m.new_content" in content]


def replies(room: Room) -> list[str]:
    contents = [event["content"] for event in room.events]
    return [c["body"] for c in contents if "m.in_reply_to" in c.get("m.relates_to", {})]


async def test_what_is_removed_reads_as_cancelled_and_a_reply_says_so(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, None)
    await looked(posts, room, 25, 25.1, 26)
    assert edits(room) == [f"Cancelled: Call\n{THEN}"]
    assert replies(room) == [f"Cancelled: Call, {THEN}."]
    # Whoever looks next; and put back it takes place after all.
    await looked(scheduled(store, room), room, 27, 28)
    assert len(room.events) == 3
    await changed(store, call())
    await looked(posts, room, 29, 29.1)
    assert edits(room)[-1] == room.events[0]["content"]["body"]
    assert replies(room)[-1] == f"No longer cancelled: Call, {THEN}."


async def test_what_is_left_out_of_its_series_reads_as_cancelled(store: Store) -> None:
    await changed(store, WEEKLY)
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, WEEKLY.model_copy(update={"except_": (START.date(),)}))
    await looked(posts, room, 25, 25.1, 26)
    assert (edits(room), replies(room)) == ([f"Cancelled: Call\n{THEN}"], [f"Cancelled: Call, {THEN}."])


async def test_a_day_that_its_rule_does_not_give_any_more_reads_as_cancelled(store: Store) -> None:
    await changed(store, WEEKLY)
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, call(start="2025-12-03 18:00", repeat="FREQ=WEEKLY"))
    await looked(posts, room, 25, 25.1, 26)
    assert edits(room) == [f"Cancelled: Call\n{THEN}"]


async def test_what_has_only_another_key_is_not_cancelled(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, None)
    await changed(store, call(key="other"), "other")
    await looked(posts, room, 25, 25.1)
    assert (edits(room), replies(room)) == ([], [])


@pytest.mark.parametrize(
    ("after", "line"),
    [
        (call(title="Meeting"), "In 1 day: Meeting"),
        (call(place="Room 9"), "Room 9"),
        (call(link="https://example.org/9"), "https://example.org/9"),
        (call(note="Bring it"), "Bring it"),
    ],
    ids=["title", "place", "link", "note"],
)
async def test_days_before_another_title_or_place_changes_the_post_and_nothing_more(
    store: Store, after: Event, line: str
) -> None:
    week = {"remind": ["2d", "1h"], "start": f"{START + 24 * HOUR:%Y-%m-%d %H:%M}"}
    await changed(store, Event.model_validate({**call().model_dump(mode="json", by_alias=True), **week}))
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, Event.model_validate({**after.model_dump(mode="json", by_alias=True), **week}))
    await looked(posts, room, 25, 25.1, 26)
    (body,) = edits(room)
    assert line.replace("1 day", "2 days") in body.split("\n")
    assert replies(room) == []
    # Near at hand it was told already by the edit.
    await looked(posts, room, 60, 60.1)
    assert (len(edits(room)), replies(room)) == (1, [])


@pytest.mark.parametrize(
    ("after", "lines"),
    [
        (call(place="Room 9"), ["Place: Room 9"]),
        (call(link="https://example.org/9"), ["Link: https://example.org/9"]),
        (call(place=None), ["No place is named any more."]),
        (
            call(place="Room 9", link="https://example.org/9"),
            ["Place: Room 9", "Link: https://example.org/9"],
        ),
    ],
    ids=["place", "link", "no place", "both"],
)
async def test_within_a_day_another_place_or_link_is_told(
    store: Store, after: Event, lines: list[str]
) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, after)
    await looked(posts, room, 25, 25.1, 26)
    assert replies(room) == ["\n".join([f"Changed: Call, {THEN}.", *lines])]
    assert len(edits(room)) == 1
    await changed(store, call())
    await looked(posts, room, 27, 27.1, 28)
    assert (len(edits(room)), len(replies(room))) == (2, 2)
    assert edits(room)[-1] == room.events[0]["content"]["body"]


async def test_what_is_moved_and_elsewhere_is_told_in_one_reply(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, call(changes=[{"of": "2025-12-02", "start": "2025-12-03 20:00", "place": "Room 9"}]))
    await looked(posts, room, 25, 25.1)
    (said,) = replies(room)
    assert said.split("\n") == [
        f"Moved: Call, from {THEN} to Wednesday, 3 December 2025, 20:00 (UTC).",
        "Place: Room 9",
    ]


async def test_where_a_deadline_is_to_be_handed_in_is_told(store: Store) -> None:
    def report(**values: Any) -> Deadline:
        usual = {"key": "report", "title": "Report", "due": "2025-12-02 18:00", "rooms": ["lobby"]}
        return Deadline.model_validate({**usual, "remind": ["1d"], "where": "Box 1", **values})

    await changed(store, None)
    before, after = report(), report(where="Box 2")
    await store.entries.change([EntryChange("deadline", "report", None, before)], actor="@awa:x", at=DUE)
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await store.entries.change([EntryChange("deadline", "report", before, after)], actor="@awa:x", at=DUE)
    await looked(posts, room, 25, 25.1)
    assert replies(room) == [f"Changed: Report, {THEN}.\nPlace: Box 2"]


async def test_of_posts_of_an_earlier_version_words_are_not_compared(store: Store) -> None:
    room = Room()
    await looked(scheduled(store, room), room, 24)
    async with store.transaction() as connection:
        (payload,) = (await connection.execute(select(jobs.c.payload))).scalars()
        key = "event/call/20251202T1800Z/1440"
        told = f'{{"{key}": "20251202T1800Z"}}'
        await connection.execute(update(jobs).values(payload={**payload, "told": told}))
    posts = scheduled(store, room)
    await changed(store, call(place="Room 9"))
    await looked(posts, room, 25, 25.1)
    assert len(room.events) == 1
    # When it is was noted then, too.
    await changed(store, call(cancelled=True))
    await looked(posts, room, 26, 26.1)
    assert (len(edits(room)), len(replies(room))) == (1, 1)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("error", [Killed(), HomeserverUnreachable("http://h")], ids=["killed", "cut"])
@pytest.mark.parametrize("sent", [0, 1], ids=["reply", "edit"])
@pytest.mark.parametrize("after", [None, call(place="Room 9")], ids=["removed", "elsewhere"])
async def test_cut_off_around_it_each_edit_and_reply_is_sent_once(
    store: Store, moment: str, error: BaseException, sent: int, after: Event | None
) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, after)
    await looked(posts, room, 25)
    room.fail_at(sent, moment, error)
    try:
        await looked(posts, room, 25.1)
    except Killed:
        posts = scheduled(store, room)
    room.device_id = "TWO"
    await looked(posts, room, 25.2, 25.3, 25.4)
    assert (len(edits(room)), len(replies(room))) == (1, 1)
    assert await store.jobs.pending(RoomPost.KIND) == ()
