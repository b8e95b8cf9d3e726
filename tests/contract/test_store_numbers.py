"""The numbers that people say: from 1 on, and none is given twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.sql import text

from community.storage import Store
from community.storage.database import migrate

FILED = datetime(2026, 11, 23, 9, tzinfo=UTC)
JOB = text(
    "INSERT INTO jobs (id, kind, idempotency_key, payload, state, run_after, attempts, filed_at) "
    "VALUES (:id, :kind, :key, '{}', :state, :at, 0, :at)"
)


async def test_they_count_up_from_one_also_after_a_restart(url: str) -> None:
    async with await Store.open(url) as store:
        assert [await store.numbers.take() for _ in range(3)] == [1, 2, 3]
    async with await Store.open(url) as store:
        assert await store.numbers.take() == 4


async def test_two_that_take_at_once_get_different_ones(url: str) -> None:
    async with await Store.open(url) as one, await Store.open(url) as other:
        taken = await asyncio.gather(*(store.numbers.take() for store in (one, other) * 20))
    assert sorted(taken) == list(range(1, 41))


@pytest.mark.from_nothing
async def test_they_begin_after_what_waits_under_the_number_of_its_job(url: str) -> None:
    jobs = [
        (7, "question", "done"),
        (12, "question", "pending"),
        (9, "proposal", "running"),
        (80, "post", "done"),
    ]
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: migrate(sync, to="0010"))
        for number, kind, state in jobs:
            values = {"id": number, "kind": kind, "key": f"{kind}/{number}", "state": state, "at": FILED}
            await connection.execute(JOB, values)
    await engine.dispose()
    async with await Store.open(url) as store:
        assert await store.numbers.take() == 13
