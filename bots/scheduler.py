"""Work that is done now and then as long as the bot runs. Alone in importing APScheduler.

APScheduler has a job of its own for each piece of work, in memory, with an IntervalTrigger in UTC. Its CronTrigger
loses or doubles runs when the clocks change, so it is not used: when something is due by a calendar is worked out by
`community.agenda`, and the work returns that moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bots.context.background import PeriodicWork
from community.core.errors import PalabreError, place_of

log = structlog.get_logger()

ASK_AGAIN = 30.0
"""Seconds until work is looked at again that was left out because of the clock."""


class Scheduler:
    """Does the work that was added. No piece of work is under way twice at the same time.

    ``is_clock_believed``: whether what depends on the date may be done.
    """

    def __init__(self, *, is_clock_believed: Callable[[], bool] = lambda: True) -> None:
        self._is_clock_believed = is_clock_believed
        self._apscheduler = AsyncIOScheduler(timezone=UTC)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._is_stopping = False

    def add(self, periodic: PeriodicWork) -> None:
        """Have work done from now on, or from the start of `run` on."""
        self._apscheduler.add_job(
            self._begin,
            IntervalTrigger(seconds=periodic.every, timezone=UTC),
            args=(periodic,),
            id=periodic.failed,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            # However late it is, it is done.
            misfire_grace_time=None,
        )

    def wake(self, periodic: PeriodicWork) -> None:
        """Have work done now where it was added; once more, where it is under way."""
        if periodic.failed in self._running:
            self._again.add(periodic.failed)
        else:
            self._due_at(periodic, datetime.now(UTC))

    def clock_moved(self) -> None:
        """Begin anew after the clock was moved: the next rounds are moments of the clock of before."""
        now = datetime.now(UTC)
        for job in self._apscheduler.get_jobs():
            job.modify(next_run_time=now)

    async def run(self, stop: asyncio.Event) -> None:
        """Do what is due until ``stop``; what is under way then comes to its end."""
        self._apscheduler.start()
        try:
            await stop.wait()
            # A round that APScheduler has begun to start may be started after the pause.
            self._is_stopping = True
            self._apscheduler.pause()
            await asyncio.gather(*self._running.values())
        finally:
            self._apscheduler.shutdown()
            for task in self._running.values():
                task.cancel()

    async def _begin(self, periodic: PeriodicWork) -> None:
        """Begin a round, unless the one before is still under way.

        The round is a task of its own: where APScheduler ends, what is under way comes to its end.
        """
        if periodic.by_date and not self._is_clock_believed():
            self._due_at(periodic, datetime.now(UTC) + timedelta(seconds=ASK_AGAIN))
        elif periodic.failed not in self._running and not self._is_stopping:
            self._running[periodic.failed] = asyncio.create_task(self._round(periodic))

    async def _round(self, periodic: PeriodicWork) -> None:
        """Do work once. A failure is logged, and the next round tries again.

        That holds for our own mistakes and for a row that nobody can read too: neither ends the process, and with it
        all that the bot does.
        """
        again = None
        try:
            again = await periodic.work()
        except PalabreError as error:
            log.warning(periodic.failed, reason=str(error))
        except Exception as error:  # its text may quote the row: the kind and place alone are logged
            log.error(periodic.failed, kind=type(error).__name__, at=place_of(error))  # noqa: TRY400
        finally:
            del self._running[periodic.failed]
        if periodic.failed in self._again:
            self._again.discard(periodic.failed)
            again = datetime.now(UTC)
        if again is not None:
            self._due_at(periodic, again)

    def _due_at(self, periodic: PeriodicWork, moment: datetime) -> None:
        """Have the next round at ``moment``, unless it comes sooner anyway."""
        job = self._apscheduler.get_job(periodic.failed)
        if job is not None and moment < job.next_run_time:
            job.modify(next_run_time=moment)
