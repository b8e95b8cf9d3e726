"""The workers of one process: jobs that may take minutes keep none of the others waiting."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

from community.jobs.payload import JobPayload
from community.jobs.worker import JobHandler, JobQueue, JobWorker


class JobWorkers:
    """A worker for the kinds that are slow, and one for all others, on one table. The arguments are `JobWorker`'s."""

    def __init__(
        self,
        queue: JobQueue,
        handlers: Sequence[JobHandler[Any]],
        *,
        holder: str,
        now: Callable[[], datetime],
        counts: Counter[str],
        is_clock_believed: Callable[[], bool],
        halting: tuple[type[Exception], ...] = (),
    ) -> None:
        self._workers = tuple(
            JobWorker(
                queue,
                [each for each in handlers if each.is_slow is is_slow],
                # Each takes back, at its first turn, what was leased in its name.
                holder=f"{holder}/slow" if is_slow else holder,
                now=now,
                counts=counts,
                halting=halting,
            )
            for is_slow in (False, True)
        )
        for worker in self._workers:
            worker.is_clock_believed = is_clock_believed

    @property
    def runs(self) -> Sequence[Callable[[asyncio.Event], Coroutine[Any, Any, None]]]:
        """What carries out jobs until its event is set, side by side (`JobWorker.run`)."""
        return [worker.run for worker in self._workers]

    def wake(self, kind: type[JobPayload]) -> None:
        """Look at the jobs of a kind at once: something that they wait for may have come."""
        for worker in self._workers:
            worker.wake(kind)
