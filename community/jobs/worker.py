"""The loop that carries out due jobs, each by the handler of its kind.

It is woken when this process files a job, and checks a revision number once a second for jobs of other processes. A job
is leased while it is carried out, so several processes may run such a loop on one table.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import structlog

from community.core.clock import MOST_APART
from community.core.errors import PalabreError, StoreError, place_of
from community.core.events import first_of
from community.jobs.backoff import Backoff, JobFailure, Retry, free_from, next_look, verdict
from community.jobs.job import Job, Lease
from community.jobs.leases import LEASE, LeaseTable, extended
from community.jobs.payload import JobPayload

log = structlog.get_logger()

REVISION_EVERY = 1.0
"""Seconds between checks whether another process has filed a job."""
PRUNE_EVERY = timedelta(days=1)
LONGEST_ROW = timedelta(seconds=2)
"""How long jobs of one kind are carried out before those of the others are looked at."""

P = TypeVar("P", bound=JobPayload)


class JobHandler(ABC, Generic[P]):
    """How the jobs of one kind are carried out."""

    kind: type[P]
    look_every: ClassVar[timedelta] = timedelta(seconds=30)
    """How often due jobs that were not ready are checked again."""
    backoff: ClassVar[Backoff] = Backoff(timedelta(seconds=2), timedelta(minutes=2))
    is_slow: ClassVar[bool] = False
    """Whether one may take minutes: such jobs are carried out beside the others (`community.jobs.workers`)."""
    awaits_word: ClassVar[bool] = False
    """Whether carrying it out only asks people, whose answer ends the job. `ready` leaves out jobs already posted."""

    async def ready(self, waiting: Mapping[int, P]) -> Collection[int]:
        """Return the ids of the jobs that can be carried out now; the others wait without an attempt being counted.

        Raises:
            PalabreError: that cannot be determined now.
        """
        return waiting.keys()

    @abstractmethod
    async def carry_out(self, job: Job, payload: P) -> None:
        """Carry out a job. It may have been carried out before, by a process that crashed before noting it.

        Raises:
            JobError, PalabreError: it was not done; see `community.jobs.backoff.verdict`.
        """

    async def failed(self, job: Job, payload: P, reason: str) -> None:
        """Tell those concerned that a job has failed permanently. May be called twice for one job."""


class JobQueue(LeaseTable, Protocol):
    """The table of jobs (`community.storage.jobs.Jobs`)."""

    filed: asyncio.Event

    async def revision(self) -> int: ...  # noqa: D102 - said there
    async def pending(self, kind: str) -> tuple[Job, ...]: ...  # noqa: D102
    async def claim(  # noqa: D102
        self, kinds: Collection[str], lease: Lease, *, at: datetime, limit: int, among: Collection[int] | None
    ) -> tuple[Job, ...]: ...
    async def done(self, job: Job, *, at: datetime) -> bool: ...  # noqa: D102
    async def fail(self, job: Job, reason: str, *, at: datetime) -> bool: ...  # noqa: D102
    async def retry(self, job: Job, run_after: datetime, *, reason: str | None = None) -> bool: ...  # noqa: D102
    async def take_back(self, holder: str) -> int: ...  # noqa: D102
    async def bring_forward(self, at: datetime) -> int: ...  # noqa: D102
    async def prune(self, kind: str, *, before: datetime) -> int: ...  # noqa: D102


class JobWorker:
    """Carries out the jobs of the kinds that it has handlers for.

    ``holder`` is its name in the leases, of no other process. ``halting`` are errors after which no other job can be
    carried out either. ``counts`` rises with what became of jobs: ``done``, ``put_off``, ``failed``. ``now`` gives the
    time; while ``is_clock_believed`` does not hold nothing is deleted for its age.
    """

    def __init__(
        self,
        queue: JobQueue,
        handlers: Sequence[JobHandler[Any]],
        *,
        holder: str,
        now: Callable[[], datetime],
        counts: Counter[str],
        halting: tuple[type[Exception], ...] = (),
        lease: timedelta = LEASE,
    ) -> None:
        self.is_clock_believed: Callable[[], bool] = lambda: True
        self._queue = queue
        self._handlers = handlers
        self._holder = holder
        self._now = now
        self._counts = counts
        self._halting: tuple[type[Exception], ...] = (StoreError, *halting)
        self._lease = lease
        self._seen: int | None = None
        self._pruned: datetime | None = None
        self._turned: datetime | None = None
        self._looks: dict[str, datetime] = {}
        """When each kind is to be looked at; one that is not here when something is filed."""

    async def run(self, stop: asyncio.Event) -> None:
        """Carry out jobs until ``stop``; the one at work then is ended first."""
        while not stop.is_set():
            try:
                await self.turn(stop)
            except PalabreError as error:
                log.warning("jobs_halted", reason=str(error))
            await first_of(stop, self._queue.filed, patience=REVISION_EVERY)

    def wake(self, kind: type[JobPayload]) -> None:
        """Look at the jobs of a kind at once: something that they wait for may have come."""
        self._looks[kind.KIND] = self._now()
        self._queue.filed.set()

    async def turn(self, stop: asyncio.Event) -> None:
        """Carry out what can be carried out now.

        Raises:
            PalabreError, or one of ``halting``: no other job can be carried out now.
        """
        self._queue.filed.clear()
        at = self._now()
        if self._turned is not None and self._turned - at >= MOST_APART:
            # The clock was put back: what was put off, and the next looks, are moments of the clock of before.
            await self._queue.bring_forward(at)
            self._seen = self._pruned = None
        self._turned = at
        if self._seen is None:
            await self._queue.take_back(self._holder)
        is_prunable = self._pruned is None or at - self._pruned >= PRUNE_EVERY
        if is_prunable and self.is_clock_believed():
            await self._prune(at)
        revision = await self._queue.revision()
        if revision != self._seen:
            self._seen, self._looks = revision, {each.kind.KIND: at for each in self._handlers}
        for handler in self._handlers:
            look = self._looks.get(handler.kind.KIND)
            if look is not None and look <= at:
                await self._look(handler, stop)

    async def _prune(self, at: datetime) -> None:
        """Delete what ended so long ago that its kind no longer keeps it."""
        for kind in (handler.kind for handler in self._handlers):
            if kind.KEPT_FOR is not None:
                await self._queue.prune(kind.KIND, before=at - kind.KEPT_FOR)
        self._pruned = at

    async def _look(self, handler: JobHandler[Any], stop: asyncio.Event) -> None:
        kind = handler.kind.KIND
        del self._looks[kind]
        # Where it fails: what another look finds is not sooner done.
        following: datetime | None = self._now() + handler.look_every
        try:
            if await self._carry_out_each(handler, stop):
                following = next_look(await self._queue.pending(kind), self._now(), handler.look_every)
            else:
                following = self._now()
                self._queue.filed.set()
        except self._halting:
            raise
        except PalabreError as error:
            log.warning("jobs_not_looked_at", kind=kind, reason=str(error))
        except Exception as error:
            # Our own mistake in one kind leaves the others alone; its text may quote somebody's words.
            log.error("jobs_not_looked_at", kind=kind, reason=type(error).__name__, at=place_of(error))  # noqa: TRY400
        finally:
            if following is not None:
                # Not later than what `wake` has asked for meanwhile.
                self._looks[kind] = min(following, self._looks.get(kind, following))

    async def _carry_out_each(self, handler: JobHandler[Any], stop: asyncio.Event) -> bool:
        """Carry out what is due of a kind; return whether that was all, or others are to have their turn first."""
        at = self._now()
        due = [job for job in await self._queue.pending(handler.kind.KIND) if free_from(job) <= at]
        waiting = {job.id: payload for job, payload in handler.kind.each(due)}
        ready = await handler.ready(waiting) if waiting else ()
        begun = self._now()
        for job in due:
            if self._now() - begun >= LONGEST_ROW:
                return False
            # A job with an invalid payload is claimed too, and fails.
            if (job.id in ready or job.id not in waiting) and not stop.is_set():
                await self._claim(handler, job)
        return True

    async def _claim(self, handler: JobHandler[Any], job: Job) -> None:
        """Carry out a job unless another process has leased it meanwhile."""
        at = self._now()
        lease = Lease(self._holder, at + self._lease)
        for claimed in await self._queue.claim([job.kind], lease, at=at, limit=1, among=[job.id]):
            async with extended(self._queue, claimed, now=self._now, lease=self._lease):
                await self._work(handler, claimed)

    async def _work(self, handler: JobHandler[Any], job: Job) -> None:
        payload = handler.kind.read(job)
        if payload is None:
            await self._fail(job, "malformed")
            return
        try:
            await handler.carry_out(job, payload)
        except self._halting as error:
            await self._put_off(job, Retry(self._now(), type(error).__name__))
            raise
        except Exception as error:  # the verdict tells them apart, none is lost
            match verdict(error, job.attempts, self._now(), handler.backoff):
                case Retry() as retry:
                    await self._put_off(job, retry)
                case JobFailure(reason):
                    # Before the job ends, so that after a crash they are told twice rather than never.
                    await handler.failed(job, payload, reason)
                    await self._fail(job, reason)
        else:
            await self._finish(handler, job)

    async def _finish(self, handler: JobHandler[Any], job: Job) -> None:
        self._counts["done"] += 1
        if handler.awaits_word:
            await self._queue.retry(job, self._now())
        else:
            await self._queue.done(job, at=self._now())

    async def _put_off(self, job: Job, retry: Retry) -> None:
        self._counts["put_off"] += 1
        # A waiting job is checked again and again: it is logged once.
        if retry.reason != job.reason:
            log.info("job_put_off", kind=job.kind, number=job.id, attempts=job.attempts, reason=retry.reason)
        await self._queue.retry(job, retry.run_after, reason=retry.reason)

    async def _fail(self, job: Job, reason: str) -> None:
        self._counts["failed"] += 1
        log.warning("job_failed", kind=job.kind, number=job.id, reason=reason)
        await self._queue.fail(job, reason, at=self._now())
