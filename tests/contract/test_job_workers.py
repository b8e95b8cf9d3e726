"""The workers of one process on the databases of conftest.py: whoever takes long keeps nobody else waiting."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from community.jobs.history_keys import HistoryKeys
from community.jobs.invitations import RoomInvitation
from community.jobs.removals import SafeRemoval
from community.jobs.worker import LONGEST_ROW, JobHandler, JobWorker
from community.jobs.workers import JobWorkers
from community.storage import Job, JobState, Store

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@dataclass
class Passing:
    """A clock that goes on with each job."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


class Slow(JobHandler[HistoryKeys]):
    """Goes on until it is let go."""

    kind = HistoryKeys
    is_slow: ClassVar[bool] = True

    def __init__(self) -> None:
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()

    async def carry_out(self, job: Job, payload: HistoryKeys) -> None:  # noqa: ARG002
        self.begun.set()
        await self.let_go.wait()


class Inviting(JobHandler[RoomInvitation]):
    """Notes in ``order`` whom it invites, which takes some time each."""

    kind = RoomInvitation

    def __init__(self, order: list[str], clock: Passing, takes: timedelta = timedelta()) -> None:
        self.order, self.clock, self.takes = order, clock, takes
        self.done = asyncio.Event()

    async def carry_out(self, job: Job, payload: RoomInvitation) -> None:  # noqa: ARG002
        self.order.append(payload.user_id)
        self.clock.at += self.takes
        self.done.set()


class Removing(JobHandler[SafeRemoval]):
    """Notes in ``order`` that it has had its turn."""

    kind = SafeRemoval

    def __init__(self, order: list[str]) -> None:
        self.order = order

    async def carry_out(self, job: Job, payload: SafeRemoval) -> None:  # noqa: ARG002
        self.order.append("removed")


def workers(store: Store, *handlers: JobHandler[Any], clock: Passing) -> JobWorkers:
    return JobWorkers(
        store.jobs, handlers, holder="one", now=clock, counts=Counter(), is_clock_believed=lambda: True
    )


async def test_a_job_that_takes_minutes_keeps_no_other_waiting(store: Store) -> None:
    clock, slow = Passing(), Slow()
    inviting, stop = Inviting([], clock), asyncio.Event()
    owed = HistoryKeys("!r", "cafe", "@awa:x", "master", NOW.isoformat())
    assert await store.jobs.file(owed, at=NOW)
    async with asyncio.TaskGroup() as group:
        for run in workers(store, slow, inviting, clock=clock).runs:
            group.create_task(run(stop))
        await slow.begun.wait()
        assert await store.jobs.file(RoomInvitation("!r", "cafe", "@ben:x"), at=NOW)
        await inviting.done.wait()
        assert (await store.jobs.pending("history-keys"))[0].state is JobState.RUNNING
        stop.set()
        slow.let_go.set()
    assert inviting.order == ["@ben:x"]
    # What was at work at the end was ended first.
    assert await store.jobs.pending("history-keys") == ()


async def test_after_a_row_of_one_kind_the_others_have_their_turn(store: Store) -> None:
    clock, order = Passing(), list[str]()
    inviting = Inviting(order, clock, takes=LONGEST_ROW / 2)
    worker = JobWorker(
        store.jobs, (inviting, Removing(order)), holder="one", now=clock, counts=Counter[str]()
    )
    people = [f"@{number}:x" for number in range(5)]
    for each in people:
        assert await store.jobs.file(RoomInvitation("!r", "cafe", each), at=NOW)
    assert await store.jobs.file(SafeRemoval("safe", "@eve:x", "@awa:x"), at=NOW)
    await worker.turn(asyncio.Event())
    assert order == [*people[:2], "removed"]
    assert store.jobs.filed.is_set()
    while store.jobs.filed.is_set():
        await worker.turn(asyncio.Event())
    assert order == [*people[:2], "removed", *people[2:]]
