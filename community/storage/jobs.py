"""The table of jobs: what one process asks another, or itself later, to do. Durable, and each done once.

A job is filed under an idempotency key; filing it again is no second job. A worker leases it, carries it out and ends
it as done or as failed with a reason, or puts it off where the error passes by itself. A lease ends: the job of a
process that died is leased by another. Whoever filed a job may withdraw it until it has ended. What has ended is kept
as long as its kind says (`Jobs.prune`), so it also tells what was asked and when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from community.core.errors import EntriesChanged
from community.core.grouped import Grouped
from community.core.messages import msg
from community.jobs.job import OPEN, Job, JobState, Lease, NewJob, WaitingJobs
from community.jobs.kinds import KINDS
from community.jobs.payload import JobPayload
from community.storage.begun_jobs import (
    SUBJECT,
    BegunJob,
    JobToBegin,
    JobToEnd,
    NotBegun,
    carry_on,
    end_on,
    end_unended_on,
    in_states,
)
from community.storage.job_rows import (
    PAYLOAD,
    READ,
    as_ended,
    as_filed,
    as_leased,
    as_waiting,
    due_jobs,
    is_still_leased,
    job_leased,
    job_of,
    texts_of,
    with_keys,
    with_texts,
)
from community.storage.kept_words import WordSealing
from community.storage.tables import jobs
from community.storage.transactions import Transactions, bump, hold, insert_once, revisions_of

Reason = TypeVar("Reason")
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Jobs:
    """The table of jobs. Every time is an argument."""

    def __init__(self, transactions: Transactions, words: WordSealing) -> None:
        self._transaction = transactions
        self._words = words
        # What several tasks begin or have done at the same moment is one transaction.
        self._carry = Grouped(self._carry_each)
        self.filed = asyncio.Event()
        """Set when this process files a job; whoever waits for it clears it."""

    async def file(self, payload: JobPayload, *, at: datetime) -> bool:
        """File a job at the moment ``at``; return whether it is new or pending again.

        One that had failed or was withdrawn becomes pending again; one that has not ended stays as it is, and so does
        one that is done, unless its kind is `JobPayload.REOPENED`: what was done has been undone since (somebody was
        removed from the room into which they had been invited, and is described there again).
        """
        async with self._transaction() as connection:
            filed = await file_on(connection, self._new(payload), at=at)
        if filed:
            self.filed.set()
        return filed

    async def file_beside(
        self, payload: JobPayload, *, at: datetime, refusal: Callable[[Sequence[Job]], Reason | None]
    ) -> Reason | None:
        """File a job unless ``refusal`` has a reason, given those of its kind that have not ended; return that.

        Of two that are filed at once the second sees the first. What was filed before stays, whatever was filed since.
        """
        new = self._new(payload)
        async with self._transaction() as connection:
            await hold(connection, SUBJECT)
            rows = await connection.run_sync(in_states, payload.KIND, OPEN)
            waiting = [self._read(row) for row in rows]
            is_new = all(job.idempotency_key != new.idempotency_key for job in waiting)
            reason = refusal(waiting) if is_new else None
            if reason is None:
                await file_on(connection, new, at=at)
        self.filed.set()
        return reason

    async def begin(
        self,
        payload: JobPayload,
        lease: Lease,
        *,
        at: datetime,
        due: datetime | None = None,
        entries: int | None = None,
    ) -> BegunJob:
        """File a job that whoever files it carries out at once: it is leased from the start.

        Where it was filed before, it is leased as it stands if it is free: it waits, its lease has ended, or the same
        holder had it. So a holder is one process at a time, which begins no job twice at once.

        Raises:
            EntriesChanged: the entries have another revision than ``entries``.
        """
        wanted = JobToBegin(self._new(payload), lease, at, at if due is None else due, entries)
        begun: BegunJob | NotBegun | bool = NotBegun.DELETED
        while begun is NotBegun.DELETED:
            begun = await self._carry(wanted)
        if isinstance(begun, BegunJob):
            return replace(begun, job=self._words.job(begun.job))
        raise EntriesChanged(
            msg("The directory or the calendar has changed in between, so a message was not begun."),
            msg("The next look tries again."),
        )

    async def find(self, idempotency_key: str) -> Job | None:
        """Return the job of a key, None where there is none."""
        async with self._transaction.reading() as connection:
            wanted = select(*READ).where(jobs.c.idempotency_key == idempotency_key)
            row = (await connection.execute(wanted)).one_or_none()
            return None if row is None else self._read(row)

    async def revision(self) -> int:
        """Return a number that moves whenever a job is filed: a cheap look whether there may be anything new."""
        (number,) = await revisions_of(self._transaction, (SUBJECT,))
        return number

    async def pending(self, kind: str) -> tuple[Job, ...]:
        """Return the jobs of ``kind`` that have not ended, oldest first: those that a worker has at this moment too."""
        return await self.of_state(kind, *OPEN)

    async def of_state(self, kind: str, *states: JobState) -> tuple[Job, ...]:
        """Return the jobs of ``kind`` that are in one of ``states``, oldest first.

        One whose payload is no texts by name has an empty one: it says nothing (`JobPayload.read`), and fails.
        """
        rows = await self._transaction.run(partial(in_states, kind=kind, states=states), reads=True)
        return tuple(sorted(map(self._read, rows), key=lambda job: job.id))

    async def filed_since(self, kind: str, where: Mapping[str, str], *, since: datetime) -> frozenset[str]:
        """Return the keys of the jobs of ``kind`` filed since then with all of ``where`` in their payload."""
        async with self._transaction.reading() as connection:
            recent = (jobs.c.kind == kind, jobs.c.filed_at >= since)
            rows = await connection.execute(select(jobs.c.idempotency_key, PAYLOAD).where(*recent))
            return frozenset(
                row.idempotency_key for row in rows if where.items() <= texts_of(row.payload).items()
            )

    async def ended_since(self, kind: str, due: datetime) -> tuple[Job, ...]:
        """Return the jobs of ``kind`` that have ended and were due at that moment or later."""
        return await self._ended(kind, jobs.c.run_after >= due)

    async def ended_as(self, kind: str, keys: Collection[str], texts: Collection[str]) -> tuple[Job, ...]:
        """Return the jobs of ``kind`` that have ended and have one of ``keys``, or one of ``texts`` in the payload."""
        found = [await self._ended(kind, some) for some in (*with_keys(keys), *with_texts(texts))]
        return tuple({job.id: job for jobs_found in found for job in jobs_found}.values())

    async def _ended(self, kind: str, which: ColumnElement[bool]) -> tuple[Job, ...]:
        ended = jobs.c.state.in_([state for state in JobState if state not in OPEN])
        rows = await self._transaction.rows(select(*READ).where(jobs.c.kind == kind, ended, which))
        return tuple(map(self._read, rows))

    # --- leases ---------------------------------------------------------------------------------------------------

    async def claim(
        self,
        kinds: Collection[str],
        lease: Lease,
        *,
        at: datetime,
        limit: int,
        among: Collection[int] | None = None,
    ) -> tuple[Job, ...]:
        """Lease up to ``limit`` jobs of ``kinds`` that are due at ``at``, those that wait longest first.

        Due is what a worker has whose lease has ended, and what is pending and not put off. ``among``: only these.
        Two processes that claim at once get different jobs.
        """
        wanted = select(*READ).where(jobs.c.kind.in_(kinds)).order_by(jobs.c.run_after, jobs.c.id)
        if among is not None:
            wanted = wanted.where(jobs.c.id.in_(among))
        # PostgreSQL: what another transaction is leasing is passed over. SQLite has one writer at a time.
        wanted = wanted.with_for_update(skip_locked=True)
        found: list[Job] = []
        async with self._transaction() as connection:
            for due in due_jobs(at):
                rows = await connection.execute(wanted.where(due).limit(limit - len(found)))
                found += [self._read(row) for row in rows]
            ids = [job.id for job in found]
            await connection.execute(update(jobs).where(jobs.c.id.in_(ids)).values(**as_leased(lease)))
        return tuple(job_leased(job, lease) for job in found)

    async def extend(self, job: Job, until: datetime) -> bool:
        """Lengthen the lease of a claimed job; return False where it is no longer held."""
        return await self._update(is_still_leased(job), leased_until=until)

    async def done(self, job: Job, *, at: datetime, result: Mapping[str, str] = _NOTHING) -> bool:
        """End a claimed job as done; return False where its lease was taken over, or it was withdrawn.

        ``result`` is noted in its payload. What nobody needs any more of that is taken out (`JobPayload.dropped`), or
        the whole job is deleted (`JobPayload.KEPT_FOR`), here and at every such end.
        """
        return await self._carry(JobToEnd(job, JobState.DONE, at, result=result)) is True

    async def fail(self, job: Job, reason: str, *, at: datetime) -> bool:
        """End a claimed job as failed for good; otherwise as `done`."""
        failed = JobToEnd(job, JobState.FAILED, at, reason)
        return await self._transaction.run(lambda connection: end_on(connection, failed))

    async def retry(self, job: Job, run_after: datetime, *, reason: str | None = None) -> bool:
        """Give a claimed job back, to be leased again from ``run_after`` on; return False where it is not held."""
        return await self._update(is_still_leased(job), **as_waiting(run_after), reason=reason)

    async def take_back(self, holder: str) -> int:
        """Make pending what ``holder`` has leased; return how many.

        So a process that has just begun, and is the only one of that name, need not wait for its forerunner's leases.
        """
        mine = and_(jobs.c.state == JobState.RUNNING, jobs.c.leased_by == holder)
        async with self._transaction() as connection:
            waiting = {"state": JobState.PENDING, "leased_by": None, "leased_until": None}
            return (await connection.execute(update(jobs).where(mine).values(**waiting))).rowcount

    async def bring_forward(self, at: datetime) -> int:
        """Make due at ``at`` what waits for longer than anything waits; return how many.

        A clock that was ahead has filed it, put it off, or leased it. Nobody is put off for a day.
        """
        late = at + timedelta(days=1)
        put_off = and_(jobs.c.state == JobState.PENDING, jobs.c.run_after > late)
        leased = and_(jobs.c.state == JobState.RUNNING, jobs.c.leased_until > late)
        async with self._transaction() as connection:
            late_jobs = update(jobs).where(or_(put_off, leased))
            return (await connection.execute(late_jobs.values(**as_waiting(at)))).rowcount

    # --- ends -----------------------------------------------------------------------------------------------------

    async def end(
        self,
        job_id: int,
        state: JobState,
        *,
        at: datetime,
        reason: str | None = None,
    ) -> bool:
        """End a job that waits for somebody's word, whoever has it; return False where it has ended."""
        ended = as_ended(state, at, reason)
        return await self._transaction.run(lambda connection: end_unended_on(connection, job_id, ended))

    async def withdraw(
        self, kind: str, where: Mapping[str, str], *, at: datetime, reason: str | None = None
    ) -> int:
        """End as withdrawn what has not ended of ``kind`` with all of ``where`` in its payload; return how many.

        ``{"user_id": "@awa:example.org"}`` withdraws every invitation of hers that the bot has not carried out.
        """
        return await self._withdraw(kind, OPEN, where, at=at, reason=reason)

    async def revoke(self, kind: str, where: Mapping[str, str], *, at: datetime) -> int:
        """End as withdrawn what is done of ``kind`` with all of ``where`` in its payload: it no longer holds."""
        return await self._withdraw(kind, (JobState.DONE,), where, at=at, reason=None)

    async def failures(self, since: datetime) -> dict[str, int]:
        """Return how many jobs of each kind have failed for good since that moment."""
        wanted = select(jobs.c.kind, func.count()).where(
            jobs.c.kind.in_(KINDS), jobs.c.state == JobState.FAILED, jobs.c.ended_at >= since
        )
        async with self._transaction.reading() as connection:
            found = await connection.execute(wanted.group_by(jobs.c.kind).order_by(jobs.c.kind))
            return {kind: count for kind, count in found}  # noqa: C416 - rows, not pairs

    async def waiting(self) -> dict[str, WaitingJobs]:
        """Return of each kind the jobs that have not ended, counted; a kind of which none waits is left out."""
        wanted = select(jobs.c.kind, func.count(), func.min(jobs.c.filed_at)).where(jobs.c.state.in_(OPEN))
        async with self._transaction.reading() as connection:
            found = await connection.execute(wanted.group_by(jobs.c.kind))
            return {kind: WaitingJobs(count, oldest) for kind, count, oldest in found}

    async def prune(self, kind: str, *, before: datetime) -> int:
        """Delete the jobs of ``kind`` that ended before that moment; return how many."""
        ended = (jobs.c.kind == kind, jobs.c.state.not_in(OPEN), jobs.c.ended_at < before)
        async with self._transaction() as connection:
            return (await connection.execute(delete(jobs).where(*ended))).rowcount

    def _new(self, payload: JobPayload) -> NewJob:
        """Return the job that is filed for a payload, with people's words as they are written."""
        new = payload.new_job()
        return replace(new, payload=self._words.payload(new.kind, new.idempotency_key, new.payload))

    def _read(self, row: Row[tuple[object, ...]]) -> Job:
        return self._words.job(job_of(row))

    async def _withdraw(
        self,
        kind: str,
        states: Collection[JobState],
        where: Mapping[str, str],
        *,
        at: datetime,
        reason: str | None,
    ) -> int:
        said = and_(jobs.c.kind == kind, jobs.c.state.in_(states))
        async with self._transaction() as connection:
            # Not by the database: SQLite refuses the whole query for one payload that is no JSON.
            rows = await connection.execute(select(jobs.c.id, PAYLOAD).where(said))
            ids = [row.id for row in rows if where.items() <= texts_of(row.payload).items()]
            ended = update(jobs).where(said, jobs.c.id.in_(ids))
            return (
                await connection.execute(ended.values(**as_ended(JobState.WITHDRAWN, at, reason)))
            ).rowcount

    async def _carry_each(
        self, wanted: Sequence[JobToBegin | JobToEnd]
    ) -> Sequence[BegunJob | NotBegun | bool]:
        return await self._transaction.run(partial(carry_on, wanted=wanted))

    async def _update(self, one: ColumnElement[bool], **values: object) -> bool:
        async with self._transaction() as connection:
            return (await connection.execute(update(jobs).where(one).values(**values))).rowcount == 1


async def file_on(connection: AsyncConnection, new: NewJob, *, at: datetime) -> bool:
    """File a job as `Jobs.file` does, in a transaction that does more than that; none of `SEALED_KINDS`."""
    settled = OPEN if new.reopen_done else (*OPEN, JobState.DONE)
    values = as_filed(new, at, run_after=at)
    filed = await insert_once(connection, jobs, ("idempotency_key",), values)
    if not filed:
        ended = (jobs.c.idempotency_key == new.idempotency_key, jobs.c.state.not_in(settled))
        reopened = await connection.execute(update(jobs).where(*ended).values(ended_at=None, **values))
        filed = reopened.rowcount == 1
    if filed:
        await bump(connection, SUBJECT)
    return filed
