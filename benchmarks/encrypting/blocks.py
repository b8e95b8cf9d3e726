"""How long the event loop does not run: a task that wants to wake up each millisecond, and how late it is."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Self

EVERY = 0.001


class Blocks:
    """Measures while its block runs. Seconds."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._sample())
        await asyncio.sleep(0)
        return self

    async def __aexit__(
        self, _t: type[BaseException] | None, _e: BaseException | None, _tb: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _sample(self) -> None:
        while True:
            before = time.perf_counter()
            try:
                await asyncio.sleep(EVERY)
            finally:
                self._late.append(max(0.0, time.perf_counter() - before - EVERY))

    @property
    def longest(self) -> float:
        """The longest that the loop did not run."""
        return max(self._late)

    @property
    def p99(self) -> float:
        """How late a millisecond's timer is, but for one in a hundred moments.

        A moment within a block of two seconds is two seconds late or less: each block counts by its length.
        """
        ordered = sorted(self._late)
        total = sum(late + EVERY for late in ordered)
        passed = 0.0
        for late in ordered:
            passed += late + EVERY
            if passed >= 0.99 * total:
                return late
        return ordered[-1]
