"""What the bot does now and then goes on, whatever one round stumbles over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from structlog.testing import capture_logs

from bots.context.background import PeriodicWork
from bots.scheduler import Scheduler
from community.core.errors import StoreError
from community.core.messages import msg

RARELY = 86_400.0
PATIENCE = 20


@asynccontextmanager
async def running(scheduler: Scheduler) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(scheduler.run(stop))
    async with asyncio.timeout(PATIENCE):
        yield stop
        stop.set()
        await task


class Rounds:
    """Work that counts its rounds. Each waits for ``may_end``; ``again`` is what it returns."""

    def __init__(self) -> None:
        self.begun = asyncio.Semaphore(0)
        self.may_end = asyncio.Semaphore(0)
        self.again: datetime | None = None
        self.under_way = self.most = self.ended = 0

    async def work(self) -> datetime | None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.begun.release()
        await self.may_end.acquire()
        self.under_way -= 1
        self.ended += 1
        return self.again


async def test_what_stumbles_goes_on_and_says_where_and_nothing_of_the_text() -> None:
    scheduler, third = Scheduler(), asyncio.Event()
    rounds: list[int] = []

    async def work() -> None:
        rounds.append(len(rounds))
        match rounds[-1]:
            case 0:
                raise ValueError("what somebody has said")
            case 1:
                raise StoreError(msg("The store is away."))
            case _:
                third.set()

    scheduler.add(PeriodicWork(work, 0.001, "it_failed"))
    with capture_logs() as logs:
        async with running(scheduler):
            await third.wait()
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("it_failed", "error"),
        ("it_failed", "warning"),
    ]
    assert logs[0]["kind"] == "ValueError"
    assert logs[0]["at"].startswith("test_bots_scheduler.py:")
    assert "somebody" not in str(logs)


async def test_a_round_is_never_under_way_twice_and_comes_to_its_end_at_the_stop() -> None:
    scheduler, slow, quick = Scheduler(), Rounds(), Rounds()
    scheduler.add(PeriodicWork(slow.work, 0.001, "slow_failed"))
    scheduler.add(PeriodicWork(quick.work, 0.001, "quick_failed"))
    async with running(scheduler) as stop:
        await slow.begun.acquire()
        for _ in range(10):
            quick.may_end.release()
            await quick.begun.acquire()
        assert slow.ended == 0
        stop.set()
        for rounds in (slow, quick):
            rounds.may_end.release()
    assert slow.most == quick.most == 1
    assert slow.under_way == quick.under_way == 0


async def test_woken_it_is_done_at_once_and_once_more_where_it_is_under_way() -> None:
    scheduler, rounds = Scheduler(), Rounds()
    periodic = PeriodicWork(rounds.work, RARELY, "it_failed")
    scheduler.wake(periodic)  # not added yet: it is done at once when it is
    scheduler.add(periodic)
    async with running(scheduler):
        await rounds.begun.acquire()
        scheduler.wake(periodic)
        rounds.may_end.release()
        await rounds.begun.acquire()
        rounds.may_end.release()
        while rounds.under_way:
            await asyncio.sleep(0)
        scheduler.wake(periodic)
        await rounds.begun.acquire()
        rounds.may_end.release()
    assert rounds.ended == 3


async def test_work_says_itself_when_it_is_due_again() -> None:
    scheduler, rounds = Scheduler(), Rounds()
    scheduler.add(PeriodicWork(rounds.work, RARELY, "it_failed"))
    async with running(scheduler):
        await rounds.begun.acquire()
        rounds.again = datetime.now(UTC)
        rounds.may_end.release()
        await rounds.begun.acquire()
        rounds.again = None
        rounds.may_end.release()
    assert rounds.ended == 2


async def test_cancelled_it_takes_what_is_under_way_with_it() -> None:
    scheduler, rounds = Scheduler(), Rounds()
    scheduler.add(PeriodicWork(rounds.work, RARELY, "it_failed"))
    task = asyncio.create_task(scheduler.run(asyncio.Event()))
    with capture_logs() as logs:
        await rounds.begun.acquire()
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(0)
    assert task.cancelled()
    assert rounds.ended == 0
    assert logs == []
