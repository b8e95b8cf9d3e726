"""Rows of the table of jobs, many at a time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert

from community.jobs.job import NewJob
from community.storage import JobState, Store
from community.storage.jobs import file_on
from community.storage.tables import jobs


async def fill_jobs(store: Store, count: int, state: JobState, *, at: datetime) -> None:
    """Write so many jobs of kind ``invite`` that are in ``state``."""
    row = {"kind": "invite", "payload": {}, "state": state, "run_after": at, "attempts": 0, "filed_at": at}
    rows = [{"idempotency_key": f"{n}", **row} for n in range(count)]
    async with store.transaction() as connection:
        await connection.execute(insert(jobs), rows)


async def file_raw(store: Store, new: NewJob, *, at: datetime) -> bool:
    """File a job with any payload, as another Palabre, or somebody who can write to the database, might."""
    async with store.transaction() as connection:
        return await file_on(connection, new, at=at)
