"""Keeps what was decided for a message until it is carried out: a job, filed before anything is done, then deleted.

After a crash the message is read again. Deciding again could come to another result, because the store has changed
since: so the decision is written down first, and the next process carries out the same one. The job is leased by the
process that carries it out; another takes it over when that has died. It holds the text of the reply.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bots.context.effects import EffectTypes
from bots.context.kept_texts import origin
from bots.old_journal import delete_journal, read_journal
from bots.planned_reply import PlannedReply, from_json, people_of, to_json
from community.jobs.job import Job, Lease
from community.jobs.leases import LEASE, extended
from community.jobs.planned_replies import PlannedReplyJob
from community.storage import Store

log = structlog.get_logger()


class ReplyJobs:
    """These jobs. ``holder`` names this process in their leases. ``journal`` is where they were files once."""

    def __init__(
        self,
        store: Store,
        types: EffectTypes,
        *,
        holder: str,
        journal: Path,
        now: Callable[[], datetime],
        lease: timedelta = LEASE,
    ) -> None:
        self._jobs = store.jobs
        self._types = types
        self._holder = holder
        self._journal = journal
        self._now = now
        self._lease = lease
        self._opening = asyncio.Lock()
        self.left: frozenset[str] | None = None
        """The events for which another process has left something; None: that was not looked up yet."""
        self._claimed: dict[str, Job] = {}

    async def open(self) -> None:
        """Look once what other processes have left, in files of an older Palabre too.

        Raises:
            StoreError, DataFolderError: nothing can be kept now.
        """
        async with self._opening:
            if self.left is None:
                await self._take_files()
                left = PlannedReplyJob.each(await self._jobs.pending(PlannedReplyJob.KIND))
                self.left = frozenset(kept.event_id for _job, kept in left)

    async def find(self, event_id: str) -> PlannedReply | None:
        """Return what another process had decided for an event before this one began, None where there is nothing.

        What this process decides is asked of it once only: a message that nothing is kept for costs no look.
        """
        await self.open()
        if self.left is None or event_id not in self.left:
            return None
        job = await self._jobs.find(PlannedReplyJob.key(event_id))
        return None if job is None else self._said(job)

    @asynccontextmanager
    async def leased(self, event_id: str, planned: PlannedReply) -> AsyncIterator[PlannedReply | None]:
        """Keep what was decided, and give what is to be carried out: that, or what had been decided before.

        None: another process is carrying it out. It is on the disk before the block begins, and stays until `done`.

        Raises:
            StoreError: it cannot be written; nothing may be done then.
        """
        at = self._now()
        lease = Lease(self._holder, at + self._lease)
        begun = await self._jobs.begin(self._new(event_id, planned), lease, at=at)
        if not begun.is_leased:
            log.info("replied_elsewhere")
            yield None
            return
        async with extended(self._jobs, begun.job, now=self._now, lease=self._lease):
            yield self._said(begun.job) or planned
        self._claimed[event_id] = begun.job

    async def done(self, event_id: str) -> None:
        """Delete what was kept for an event. Raises StoreError."""
        job = self._claimed.pop(event_id, None)
        if job is not None:
            await self._jobs.done(job, at=self._now())

    def read(self, kept: PlannedReplyJob) -> PlannedReply | None:
        """Return what a job holds, None where another Palabre has written it otherwise."""
        try:
            return from_json(kept.planned, self._types)[1]
        except (ValueError, LookupError, TypeError) as error:
            log.warning("decision_unreadable", kind=type(error).__name__)
            return None

    def _said(self, job: Job) -> PlannedReply | None:
        kept = PlannedReplyJob.read(job)
        return None if kept is None else self.read(kept)

    def _new(self, event_id: str, planned: PlannedReply) -> PlannedReplyJob:
        people = people_of(planned, self._types)
        origins = (origin(planned.to.room_id, event_id), *planned.origins)
        return PlannedReplyJob(event_id, people, to_json(event_id, planned, self._types), origins)

    async def _take_files(self) -> None:
        """File what an older Palabre has left in files; they are deleted once all are in the store."""
        for event_id, planned in await asyncio.to_thread(read_journal, self._journal, self._types):
            await self._jobs.file(self._new(event_id, planned), at=self._now())
        await asyncio.to_thread(delete_journal, self._journal)
