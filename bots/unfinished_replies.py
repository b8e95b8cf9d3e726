"""Carries out what was decided for a message and not done: its process has died, or the store or homeserver failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar

import structlog

from bots.effect_executor import EffectExecutor
from bots.planned_reply import PlannedReply
from bots.reply_jobs import ReplyJobs
from community.core.errors import PalabreError
from community.jobs.backoff import Backoff
from community.jobs.errors import PermanentError
from community.jobs.job import Job
from community.jobs.planned_replies import PlannedReplyJob
from community.jobs.worker import JobHandler

log = structlog.get_logger()

AGAIN_EVERY = timedelta(minutes=1)
GIVEN_UP_AFTER = timedelta(hours=20)
"""Within this the homeserver knows a message that it was sent before (it forgets after a day)."""


class UnfinishedReplies(JobHandler[PlannedReplyJob]):
    """Does what is left; what fails for good is apologised for. ``counts`` as in `MessageProcessor`.

    While ``is_clock_believed`` does not hold, nothing is given up for its age.
    """

    kind = PlannedReplyJob
    backoff: ClassVar[Backoff] = Backoff(AGAIN_EVERY, AGAIN_EVERY)

    def __init__(
        self,
        replies: ReplyJobs,
        executor: EffectExecutor,
        *,
        counts: Counter[str],
        now: Callable[[], datetime],
        is_clock_believed: Callable[[], bool] = lambda: True,
    ) -> None:
        self._replies = replies
        self._executor = executor
        self._counts = counts
        self._now = now
        self._is_clock_believed = is_clock_believed

    async def carry_out(self, job: Job, payload: PlannedReplyJob) -> None:  # noqa: ARG002 - the payload has all
        """Carry it out.

        Raises:
            PermanentError: it can never be done.
            PalabreError: it is tried again.
        """
        planned = self._replies.read(payload)
        if planned is None:
            raise PermanentError("unreadable")
        try:
            await self._executor.carry_out(payload.event_id, planned)
        except PalabreError as error:
            log.warning("not_finished", reason=str(error))
            if self._now() - planned.at > GIVEN_UP_AFTER and self._is_clock_believed():
                raise PermanentError("too late") from error
            raise
        except Exception as error:
            # A mistake of ours. Its text may quote somebody: the kind alone is told.
            log.error("not_finished", kind=type(error).__name__)  # noqa: TRY400
            raise PermanentError(type(error).__name__) from error

    async def failed(self, job: Job, payload: PlannedReplyJob, reason: str) -> None:  # noqa: ARG002 - it is deleted
        """Apologise, where the person can be reached at all."""
        self._counts["failed"] += 1
        log.warning("answer_failed", reason=reason)
        planned = self._replies.read(payload)
        if planned is not None:
            await self._apologise(payload.event_id, planned)

    async def _apologise(self, event_id: str, planned: PlannedReply) -> None:
        try:
            await self._executor.apologise(event_id, planned)
        except PalabreError as error:
            log.warning("not_apologised", reason=str(error))
        except Exception as error:  # it must not keep the job for ever
            log.error("not_apologised", kind=type(error).__name__)  # noqa: TRY400
        else:
            self._counts["apologised"] += 1
