"""When somebody deletes a message, deletes what the bot has kept of it and what the bot has sent because of it.

The homeserver can make a redaction up. By that it can delete an answer or a draft of the bot's, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import structlog

from bots.context.background import PeriodicWork
from bots.context.kept_texts import FORGET_EVERY, Forgetting, origin
from bots.encryption.batch import Redacted
from bots.escalation import Escalation
from bots.reply_sender import ReplySender
from bots.sent_answers import SentAnswers
from community.jobs.job import Job, JobState
from community.jobs.planned_replies import PlannedReplyJob
from community.storage import Store
from matrix.errors import HomeserverUnreachable, MatrixError

log = structlog.get_logger()


class FollowedRedactions:
    """Deletes what there is of redacted messages, in memory and in the store.

    ``memories`` hold people's words. Answers of the last hour are withdrawn; drafts, questions that were passed on, and
    proposals too, as long as they wait.
    """

    def __init__(
        self,
        store: Store,
        memories: Sequence[Forgetting],
        given: SentAnswers,
        sender: ReplySender,
        escalation: Escalation,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._memories = memories
        self._given = given
        self._sender = sender
        self._escalation = escalation
        self._now = now
        self.periodic = PeriodicWork(self.forget_old, FORGET_EVERY, "old_words_not_forgotten")

    async def forget_old(self) -> None:
        """Forget the words that have been in memory for nearly an hour."""
        for memory in self._memories:
            memory.forget_old(self._now())

    async def follow(self, redacted: Redacted) -> None:
        """Forget a message, and withdraw what has its words. It may be called twice for the same one.

        Raises:
            PalabreError: the store or the homeserver does not answer.
        """
        said = origin(redacted.room_id, redacted.target)
        for memory in self._memories:
            memory.forget_message(said, self._now())
        for answer in self._given.take(redacted.room_id, redacted.target):
            await self._withdraw(answer.to.room_id, answer.event_ids)
        drafts = await self._store.drafts.with_words_of(said, redacted.room_id, redacted.target)
        for draft in drafts:
            if draft.event_id not in (None, redacted.target):
                await self._withdraw(draft.room_id, (draft.event_id,))
            await self._store.drafts.delete(draft.room_id, draft.conversation, draft.user_id)
        jobs = await self._jobs_of(said)
        for job in jobs:
            for room_id, event_id, _reader in await self._escalation.shown(job):
                await self._withdraw(room_id, (event_id,))
            await self._store.jobs.end(job.id, JobState.WITHDRAWN, at=self._now(), reason="redacted")
        if drafts or jobs:
            await self._store.empty_log()

    async def _jobs_of(self, said: str) -> list[Job]:
        """Return the jobs that have not ended and have words of a message."""
        planned = PlannedReplyJob.each(await self._store.jobs.pending(PlannedReplyJob.KIND))
        found = [job for job, payload in planned if said in payload.origins]
        for each in self._escalation.request_types:
            asked = each.kind.each(await self._store.jobs.pending(each.kind.KIND))
            found += [job for job, payload in asked if said in payload.origins]
        return found

    async def _withdraw(self, room_id: str, event_ids: Iterable[str]) -> None:
        """Redact messages of ours; what the homeserver refuses is logged. Raises HomeserverUnreachable."""
        try:
            await self._sender.withdraw(room_id, event_ids)
        except HomeserverUnreachable:
            raise
        except MatrixError as error:
            log.warning("answer_not_withdrawn", reason=str(error))
