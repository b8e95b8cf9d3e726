"""A process for the tests to kill: a worker on the table of jobs, each of whose jobs takes a moment.

    python job_process.py URL NAME SECONDS FILE LEASE

A job is noted in FILE when it is begun and when it is done: ``NAME begin KEY``, ``NAME done KEY``.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from community.jobs.invitations import RoomInvitation
from community.jobs.job import Job
from community.jobs.worker import JobHandler, JobWorker
from community.storage import Store


class Noting(JobHandler[RoomInvitation]):
    kind = RoomInvitation

    def __init__(self, name: str, seconds: float, path: Path) -> None:
        self.name, self.seconds, self.path = name, seconds, path

    def note(self, what: str, job: Job) -> None:
        with self.path.open("a") as file:
            file.write(f"{self.name} {what} {job.idempotency_key}\n")

    async def carry_out(self, job: Job, payload: RoomInvitation) -> None:  # noqa: ARG002
        self.note("begin", job)
        await asyncio.sleep(self.seconds)
        self.note("done", job)


def now() -> datetime:
    return datetime.now(UTC)


async def work(url: str, name: str, seconds: float, path: Path, lease: timedelta) -> None:
    async with await Store.open(url) as store:
        handler = Noting(name, seconds, path)
        worker = JobWorker(store.jobs, [handler], holder=name, now=now, counts=Counter(), lease=lease)
        await worker.run(asyncio.Event())


if __name__ == "__main__":
    _, address, holder, duration, noted, leased_for = sys.argv
    length = timedelta(seconds=float(leased_for))
    asyncio.run(work(address, holder, float(duration), Path(noted), length))
