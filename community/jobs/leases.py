"""Keeping the lease of a job as long as it is worked on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from community.core.errors import StoreError
from community.jobs.job import Job

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
"""How long a job is leased; while it is worked on the lease is made longer again and again."""


class LeaseTable(Protocol):
    """The table of jobs (`community.storage.jobs.Jobs`)."""

    async def extend(self, job: Job, until: datetime) -> bool: ...  # noqa: D102 - said there


@asynccontextmanager
async def extended(
    table: LeaseTable, job: Job, *, now: Callable[[], datetime], lease: timedelta = LEASE
) -> AsyncIterator[None]:
    """Make the lease of a job longer as long as the block runs."""
    pause, extending = lease.total_seconds() / 3, list[asyncio.Task[None]]()

    def begin() -> None:
        extending.append(asyncio.create_task(_extend(table, job, now, lease, pause)))

    # Most jobs end long before: they need no task.
    first = asyncio.get_running_loop().call_later(pause, begin)
    try:
        yield
    finally:
        first.cancel()
        for task in extending:
            task.cancel()
        await asyncio.gather(*extending, return_exceptions=True)


async def _extend(
    table: LeaseTable, job: Job, now: Callable[[], datetime], lease: timedelta, pause: float
) -> None:
    while True:
        try:
            await table.extend(job, now() + lease)
        except StoreError as error:
            log.warning("lease_not_extended", number=job.id, reason=str(error))
        await asyncio.sleep(pause)
