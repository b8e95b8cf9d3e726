"""Waking up at a moment. Alone in importing APScheduler, which is used as an alarm clock and no more.

Its CronTrigger loses or doubles runs when the clocks change, so it is only ever given one date, in UTC; what is due
then is worked out by `community.agenda.occurrences`.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

_JOB = "next"


class Alarm:
    """One alarm at a time; setting it again replaces it."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._rung = asyncio.Event()

    def start(self) -> None:
        """Begin; needs the running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """End."""
        self._scheduler.shutdown(wait=False)

    def set(self, at: datetime) -> None:
        """Ring at ``at`` (aware); at once where that has passed."""
        self._scheduler.add_job(
            self._ring,
            DateTrigger(run_date=at, timezone=UTC),
            id=_JOB,
            replace_existing=True,
            misfire_grace_time=None,
        )

    async def _ring(self) -> None:
        self._rung.set()

    def ring(self) -> None:
        """Ring now."""
        self._rung.set()

    async def wait(self) -> None:
        """Wait until it rings."""
        await self._rung.wait()
        self._rung.clear()
