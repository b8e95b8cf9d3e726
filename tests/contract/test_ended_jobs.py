"""Which jobs have ended under which keys, on the databases of conftest.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from community.jobs.room_posts import RoomPost
from community.storage import JobState, Lease, Store
from tests.lib.jobs import fill_jobs
from tests.lib.store_work import statements, whole_tables_read

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
POST = RoomPost(
    occurrence_key="event/a_b/20261123T0930Z/60",
    room_key="lobby",
    room_id="!lobby",
    transaction_id="txn",
    device_id="ONE",
    due_at=NOW,
    begun_at=NOW,
)


async def ended(store: Store, post: RoomPost, state: JobState | None = JobState.DONE) -> None:
    begun = await store.jobs.begin(post, Lease("one", NOW + timedelta(seconds=30)), at=NOW, due=NOW)
    if state is not None:
        await store.jobs.end(begun.job.id, state, at=NOW)


async def found(store: Store, keys: list[str], texts: list[str]) -> list[str]:
    jobs = await store.jobs.ended_as("post", [RoomPost.key_of(key, "lobby") for key in keys], texts)
    return sorted(post.occurrence_key for _job, post in RoomPost.each(jobs))


async def test_what_has_ended_is_found_by_its_key_whenever_it_was_due(store: Store) -> None:
    await fill_jobs(store, 5000, JobState.DONE, at=NOW - timedelta(days=9))
    await ended(store, POST)
    await ended(store, replace(POST, occurrence_key="dropped"), JobState.WITHDRAWN)
    await ended(store, replace(POST, occurrence_key="open"), None)
    await ended(store, replace(POST, occurrence_key="elsewhere", room_key="cafe"))
    keys = [POST.occurrence_key, "dropped", "open", "elsewhere", *(f"none {n}" for n in range(500))]
    with statements(store) as sent:
        assert await found(store, keys, []) == ["dropped", POST.occurrence_key]
    assert await whole_tables_read(store, sent) == []
    assert await found(store, [], []) == []


async def test_what_was_told_beside_another_is_found_as_well(store: Store) -> None:
    await ended(store, replace(POST, occurrence_key="last", also=(POST.occurrence_key, "other")))
    # No sign of the key stands for any other.
    await ended(store, replace(POST, occurrence_key="like it", also=("event/aXb/20261123T0930Z/60",)))
    assert await found(store, [POST.occurrence_key], []) == []
    assert await found(store, [POST.occurrence_key], [POST.occurrence_key]) == ["last"]
