"""Watches this machine's clock: what depends on the date is left out while it is not believed, and that is told once.

The watch runs by time that nobody can set, not by the `bots.scheduler`, whose next rounds are moments of the very clock
that is watched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from community.core.clock import ClockComparison, ClockDoubt, steady_seconds
from community.core.errors import PalabreError
from community.core.events import first_of
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import Store

log = structlog.get_logger()

LOOK_EVERY = 5.0
TOLD_AFTER = 60.0
"""Seconds. By then the homeserver has answered again: what is over within them was its answer from before a jump."""
_KINDS = {ClockDoubt.APART: NoticeKind.CLOCK_APART, ClockDoubt.JUMPED: NoticeKind.CLOCK_JUMPED}
_FORM = "%Y-%m-%d %H:%M"


class ClockWatch:
    """Says whether the clock is believed. ``server`` gives the homeserver's time."""

    def __init__(
        self,
        store: Store,
        server: Callable[[], datetime | None],
        *,
        now: Callable[[], datetime],
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self._store = store
        self._steady = steady
        self._clock = ClockComparison(now, server, steady)
        self.moved: Callable[[], None] = lambda: None
        """What is told of each jump."""
        self._doubted: ClockDoubt | None = None
        self._since = 0.0
        self._told = False

    @property
    def doubt(self) -> ClockDoubt | None:
        """Why the clock is not believed at this moment, None where it is."""
        return self._clock.doubt

    def is_believed(self) -> bool:
        """Whether what depends on the date may be done."""
        return self._clock.is_believed()

    def time(self) -> datetime:
        """Return the time to go by for what people say."""
        return self._clock.time()

    def latest(self) -> datetime:
        """Return the time to go by for jobs, which other processes file by their own clocks."""
        return self._clock.latest()

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until ``stop``."""
        while not stop.is_set():
            await self.look()
            await first_of(stop, patience=LOOK_EVERY)

    async def look(self) -> None:
        """Note what the clocks show; say once what is wrong, and that it is right again."""
        doubt = self.doubt
        if self._clock.has_moved:
            self._clock.has_moved = False
            self.moved()
        if doubt is not self._doubted:
            if doubt is None and self._told:
                log.info("clock_believed")
            self._doubted, self._since, self._told = doubt, self._steady(), False
        if doubt is not None and not self._told and self._steady() - self._since >= TOLD_AFTER:
            await self._tell(doubt)

    async def _tell(self, doubt: ClockDoubt) -> None:
        """Tell the log and, once a day, the coordinators. Where that fails it is told at the next look."""
        state = self._clock.state
        mine, server = state.last.wall, state.last.server
        other = state.expected if doubt is ClockDoubt.JUMPED or server is None else server
        shown = {"mine": mine.strftime(_FORM), "other": other.strftime(_FORM)}
        log.error("clock_not_believed", why=doubt.value, **shown)
        try:
            notice = Notice(_KINDS[doubt], COORDINATORS, f"{other:%Y-%m-%d}", shown)
            await self._store.jobs.file(notice, at=mine)
        except PalabreError as error:
            log.warning("clock_not_told", reason=str(error))
        else:
            self._told = True
