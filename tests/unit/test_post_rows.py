"""Several posts: the begin of the next notes those that were sent, and each goes out once in any case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from bots.context.background import WantedPost
from bots.context.message import Reply
from bots.posting import always
from community.core.errors import StoreError
from community.jobs.room_posts import RoomPost
from community.storage import JobState, Store
from tests.lib.scheduling import DUE, FORM, ROOM, Room, post_once
from tests.lib.store_work import statements


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        yield opened


def wanted(number: int) -> WantedPost:
    message = partial(always, Reply(f"Message {number}", ""))
    return WantedPost(f"event/{number}/20251130T1800Z/0", "lobby", ROOM.room_id, DUE, message, FORM)


async def keys(store: Store, *states: JobState) -> list[str]:
    """Return the numbers of the posts that are in these states, by the store."""
    posts = RoomPost.each(await store.jobs.of_state(RoomPost.KIND, *states))
    return sorted(post.occurrence_key.split("/")[1] for _job, post in posts)


async def test_one_transaction_notes_a_post_and_begins_the_next(store: Store) -> None:
    room = Room()
    with statements(store) as sent:
        async with post_once(store, room).row() as row:
            for number in range(3):
                assert await row.post(wanted(number))
    assert sum(statement == "BEGIN IMMEDIATE" for statement, _ in sent) == 4
    assert [event["content"]["body"] for event in room.events] == ["Message 0", "Message 1", "Message 2"]
    assert await keys(store, JobState.DONE) == ["0", "1", "2"]


async def test_what_is_sent_and_not_noted_is_not_sent_again_by_the_next_process(store: Store) -> None:
    room = Room()
    async with post_once(store, room).row() as row:
        assert await row.post(wanted(0))
        # Killed here, the process leaves this.
        assert await keys(store, JobState.RUNNING) == ["0"]
        async with post_once(store, room).row() as after:
            assert await after.post(wanted(0))
        assert await keys(store, JobState.DONE) == ["0"]
    assert (len(room.events), room.looks_back) == (1, 0)


async def test_where_the_store_fails_nothing_is_sent_and_the_last_is_noted_later(store: Store) -> None:
    room = Room()
    async with post_once(store, room).row() as row:
        assert await row.post(wanted(0))
        async with store.transaction() as connection:
            refusal = "BEFORE UPDATE ON jobs BEGIN SELECT RAISE(ABORT, 'full'); END"
            await connection.execute(text(f"CREATE TRIGGER refuses {refusal}"))
        with pytest.raises(StoreError):
            await row.post(wanted(1))
        assert (len(room.events), await keys(store, JobState.RUNNING)) == (1, ["0"])
        async with store.transaction() as connection:
            await connection.execute(text("DROP TRIGGER refuses"))
        assert await row.post(wanted(1))
        assert await keys(store, JobState.DONE) == ["0"]
    assert await keys(store, JobState.DONE) == ["0", "1"]
    assert len(room.events) == 2
