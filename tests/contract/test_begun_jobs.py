"""Beginning and ending jobs together, and whom that wakes, on the databases of conftest.py."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from community.core.errors import EntriesChanged
from community.jobs.payload import JobPayload
from community.jobs.planned_replies import PlannedReplyJob
from community.jobs.room_posts import RoomPost
from community.storage import JobState, Lease, Store
from community.storage.begun_jobs import BegunJob
from tests.lib.entries import added, contact
from tests.lib.store_work import statements

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
POST = RoomPost("event/a/20261123T0930Z/60", "lobby", "!lobby", "txn", "ONE", NOW, NOW)


async def begun(store: Store, payload: JobPayload = POST) -> BegunJob:
    return await store.jobs.begin(payload, Lease("one", NOW + timedelta(seconds=30)), at=NOW, due=NOW)


async def test_a_worker_is_told_of_what_it_may_have_to_take_over_and_of_no_post(store: Store) -> None:
    await begun(store)
    assert await store.jobs.revision() == 0
    await begun(store, PlannedReplyJob("$e", ("@awa:x",), "{}"))
    assert await store.jobs.revision() == 1


async def test_what_begins_and_what_ends_at_the_same_moment_is_one_transaction(store: Store) -> None:
    first, second = (await begun(store), await begun(store, replace(POST, room_key="cafe")))
    with statements(store) as sent:
        noted, also, third, again = await asyncio.gather(
            store.jobs.done(first.job, at=NOW, result={"event_id": "$1"}),
            store.jobs.done(second.job, at=NOW),
            begun(store, replace(POST, room_key="office")),
            begun(store),
        )
    assert sum(statement.startswith("BEGIN") for statement, _ in sent) <= 1
    assert (noted, also, third.is_leased) == (True, True, True)
    # In the order of their keys, then as they were asked for: the first had ended when it was to be begun again.
    assert (again.is_leased, again.job.state) == (False, JobState.DONE)
    assert RoomPost.read(again.job) == replace(POST, event_id="$1")
    assert not await store.jobs.done(first.job, at=NOW)


async def test_what_was_made_from_entries_that_have_changed_is_not_begun(store: Store) -> None:
    first, seen = await begun(store), await store.entries.revision()
    await store.entries.change([added(contact("awa"))], actor="palabre", at=NOW)
    lease = Lease("one", NOW + timedelta(seconds=30))
    done, old, new = await asyncio.gather(
        store.jobs.done(first.job, at=NOW),
        store.jobs.begin(replace(POST, room_key="cafe"), lease, at=NOW, entries=seen),
        store.jobs.begin(replace(POST, room_key="office"), lease, at=NOW, entries=seen + 1),
        return_exceptions=True,
    )
    assert done is True
    assert isinstance(old, EntriesChanged)
    assert isinstance(new, BegunJob)
    assert [job.id for job in await store.jobs.pending(RoomPost.KIND)] == [new.job.id]
