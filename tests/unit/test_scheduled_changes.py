"""What is posted where the calendar, the community or the clock change meanwhile: each reminder once, none too many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.features.scheduled.posts import ScheduledPosts
from community.description.calendar_model import Calendar, Event
from community.description.directory_model import Directory
from community.directory.entry import EntryChange
from community.storage import Store
from tests.lib.descriptions import described
from tests.lib.entries import contact
from tests.lib.scheduling import COMMUNITY, DUE, Room, scheduled

START = DUE + timedelta(days=2)
HOUR = timedelta(hours=1)


def written(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def call(**values: Any) -> Event:
    usual = {"key": "call", "title": "Call", "start": written(START), "lasts": "1h", "remind": ["1d", "1h"]}
    return Event.model_validate({**usual, "rooms": ["lobby"], **values})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        await opened.entries.seed(
            described(Directory(version=1), Calendar(version=1, events=(call(),))), at=DUE
        )
        yield opened


async def changed(store: Store, before: Event | None, after: Event | None) -> None:
    await store.entries.change([EntryChange("event", "call", before, after)], actor="@awa:x", at=DUE)


def heads(room: Room) -> list[str]:
    """Return the first lines of what is posted; edits of it, and replies, are none (`test_scheduled_corrections`)."""
    bodies = [event["content"]["body"] for event in room.events if "m.relates_to" not in event["content"]]
    return [body.split("\n")[0] for body in bodies]


async def looked(posts: ScheduledPosts, room: Room, *hours: float) -> list[str]:
    """Look so many hours after `DUE`, one after the other; return the first lines of what is posted in all."""
    for hour in hours:
        room.now = DUE + hour * HOUR
        await posts.post_due()
    return heads(room)


async def test_moved_after_a_reminder_it_is_not_told_again_and_the_next_counts_from_the_new_start(
    store: Store,
) -> None:
    room = Room()
    posts = scheduled(store, room)
    assert await looked(posts, room, 23, 24) == ["In 1 day: Call"]
    moved = call(changes=[{"of": written(START), "start": written(START + 30 * HOUR)}])
    await changed(store, call(), moved)
    # A day before the new start nothing, an hour before it the other one; whoever posts it.
    assert len(await looked(posts, room, 25, 48, 54)) == 1
    assert await looked(scheduled(store, room), room, 54, 76) == ["In 1 day: Call"]
    assert await looked(posts, room, 77, 79) == ["In 1 day: Call", "In 1 hour: Call"]


@pytest.mark.parametrize(
    "after",
    [
        call(cancelled=True),
        call(changes=[{"of": written(START), "cancelled": True}]),
        call(remind=[]),
        None,
    ],
    ids=["all", "one", "no reminders", "removed"],
)
async def test_of_what_is_cancelled_or_removed_nothing_more_is_posted(
    store: Store, after: Event | None
) -> None:
    room = Room()
    posts = scheduled(store, room)
    assert await looked(posts, room, 24) == ["In 1 day: Call"]
    await changed(store, call(), after)
    assert len(await looked(posts, room, 25, 47, 48)) == 1


async def test_put_off_as_a_whole_it_keeps_what_was_told(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    await looked(posts, room, 24)
    await changed(store, call(), call(start=written(START + 24 * HOUR), originally=written(START)))
    assert await looked(posts, room, 48, 71, 72) == ["In 1 day: Call", "In 1 hour: Call"]


@pytest.mark.parametrize(
    ("after", "then"),
    [
        # Its zone, and so its moment, was corrected.
        (call(timezone="Africa/Kigali"), ["In 1 hour: Call"]),
        (call(start=written(START + 3 * HOUR)), ["In 1 hour: Call"]),
        (call(start=written(START - 2 * HOUR)), ["In 1 hour: Call"]),
        # Further away it is another meeting.
        (call(start=written(START + 5 * HOUR)), ["In 1 day: Call", "In 1 hour: Call"]),
        # Two on one day are two.
        (call(also=[written(START + 2 * HOUR)]), ["In 1 day: Call", "In 1 hour: Call", "In 1 hour: Call"]),
        (
            call(**{"also": [written(START + 2 * HOUR)], "except": [written(START)]}),
            ["In 1 day: Call", "In 1 hour: Call"],
        ),
    ],
    ids=["zone", "later", "earlier", "much later", "another", "in its place"],
)
async def test_a_start_that_is_corrected_by_few_hours_is_that_of_the_same_occurrence(
    store: Store, after: Event, then: list[str]
) -> None:
    room = Room()
    posts = scheduled(store, room)
    assert await looked(posts, room, 24) == ["In 1 day: Call"]
    await changed(store, call(), after)
    hours = [24.5 + number / 2 for number in range(2 * 30)]
    assert (await looked(posts, room, *hours))[1:] == then
    assert (await looked(scheduled(store, room), room, *hours))[1:] == then


async def test_where_no_room_is_named_it_is_posted_in_that_of_its_audience(store: Store) -> None:
    room, elsewhere = Room(), Room()
    await changed(store, call(), call(rooms=[], audience={"everyone": True}))
    assert await looked(scheduled(store, room, room_key="announcements"), room, 24) == ["In 1 day: Call"]
    assert await looked(scheduled(store, elsewhere), elsewhere, 24) == []


async def test_a_clock_that_is_put_back_and_comes_again_tells_nothing_twice(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    assert await looked(posts, room, 24, 3, 24, 47, 46, 48) == ["In 1 day: Call", "In 1 hour: Call"]


async def test_another_time_zone_of_the_community_counts_from_the_next_look_on(store: Store) -> None:
    room, zone = Room(), ["UTC"]
    there = {name: COMMUNITY.model_copy(update={"timezone": name}) for name in ("UTC", "Africa/Lagos")}
    posts = scheduled(store, room, community=lambda: there[zone[0]])
    assert await looked(posts, room, 1) == []
    zone[0] = "Africa/Lagos"
    # At 18:00 in Lagos it is 17:00 in UTC.
    assert await looked(posts, room, 22.9) == []
    assert await looked(posts, room, 23, 24) == ["In 1 day: Call"]


async def test_a_change_of_the_directory_has_nothing_told_again(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    assert len(await looked(posts, room, 24)) == 1
    await store.entries.change(
        [EntryChange("contact", "desk", None, contact("desk"))], actor="@awa:x", at=DUE
    )
    assert await looked(posts, room, 25, 47) == ["In 1 day: Call", "In 1 hour: Call"]


async def test_the_next_look_is_when_the_next_reminder_is_due(store: Store) -> None:
    room = Room()
    posts = scheduled(store, room)
    assert await posts.post_due() == START - 24 * HOUR
    await looked(posts, room, 24)
    assert await posts.post_due() == START - HOUR
    await changed(store, call(), call(remind=["2h"]))
    assert await posts.post_due() == START - 2 * HOUR


def beside(before: bool) -> Event:
    """Another event whose reminder comes due some minutes before or after that of the moved call."""
    start = START + timedelta(days=5, minutes=-5 if before else 5)
    return call(key="other", title="Other", start=written(start), remind=["1d"])


@pytest.mark.parametrize("is_first", [True, False], ids=["other first", "other last"])
async def test_late_beside_another_what_was_told_before_it_was_moved_takes_nothing_along(
    store: Store, is_first: bool
) -> None:
    room = Room()
    posts = scheduled(store, room)
    assert await looked(posts, room, 24) == ["In 1 day: Call"]
    await changed(
        store, call(), call(changes=[{"of": written(START), "start": written(START + timedelta(days=5))}])
    )
    other = beside(is_first)
    await store.entries.change([EntryChange("event", "other", None, other)], actor="@awa:x", at=DUE)
    # The bot was away when both came due, five days later.
    late = await looked(scheduled(store, room), room, 24 + 5 * 24 + 1)
    assert len(late) == 2
    assert "Other" in room.events[-1]["content"]["body"]
    assert "Call" not in room.events[-1]["content"]["body"]


async def test_what_a_late_message_told_beside_others_is_not_told_again_once_it_is_moved(
    store: Store,
) -> None:
    room = Room()
    other = call(key="other", title="Other", start=written(START + HOUR / 12), remind=["1d"])
    await store.entries.change([EntryChange("event", "other", None, other)], actor="@awa:x", at=DUE)
    # Late, and the call is not the last of the two.
    assert len(await looked(scheduled(store, room), room, 25)) == 1
    assert all(title in room.events[0]["content"]["body"] for title in ("Call", "Other"))
    await changed(
        store, call(), call(changes=[{"of": written(START), "start": written(START + timedelta(days=5))}])
    )
    posts = scheduled(store, room)
    assert len(await looked(posts, room, 48, 6 * 24)) == 1
    assert (await looked(posts, room, 7 * 24 - 1))[1:] == ["In 1 hour: Call"]


async def test_moved_and_back_again_it_takes_nothing_along_either(store: Store) -> None:
    room = Room()
    far = call(start=written(START + timedelta(days=9)))
    moved = call(
        start=written(START + timedelta(days=9)),
        changes=[{"of": written(START + timedelta(days=9)), "start": written(START)}],
    )
    posts = scheduled(store, room)
    await changed(store, call(), moved)
    assert await looked(posts, room, 24) == ["In 1 day: Call"]
    await changed(store, moved, far)
    other = call(
        key="other", title="Other", start=written(START + timedelta(days=9, minutes=-5)), remind=["1d"]
    )
    await store.entries.change([EntryChange("event", "other", None, other)], actor="@awa:x", at=DUE)
    assert len(await looked(scheduled(store, room), room, 24 + 9 * 24 + 1)) == 2
    assert "Other" in room.events[-1]["content"]["body"]
    assert "Call" not in room.events[-1]["content"]["body"]
