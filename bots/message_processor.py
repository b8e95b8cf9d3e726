"""Takes a message or a reaction from its arrival to the reply: decided, kept in the store where needed, done.

Where that goes wrong it is tried again, and in the end its sender is told. What is kept in the store and was not done
is left to `bots.unfinished_replies`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TypeVar, assert_never

import structlog

from bots.context.feature import NOT_ANSWERED, Feature
from bots.effect_executor import EffectExecutor
from bots.encryption import Reacted, Received
from bots.feature_set import FeatureFailed
from bots.planned_reply import PlannedReply
from bots.reply_jobs import ReplyJobs
from bots.router import Router
from community.core.errors import PalabreError, place_of
from community.core.messages import Message
from matrix.errors import HomeserverUnreachable

log = structlog.get_logger()


PAUSES = (0.5, 2.0)
"""Seconds before something that may pass is tried again. What else was said in the room waits as long."""

T = TypeVar("T")


class NotAnswered(Exception):
    """A message or reaction is not answered, for good; ``apology`` is what its sender is told."""

    def __init__(self, apology: Message) -> None:
        super().__init__(str(apology))
        self.apology = apology


class MessageProcessor:
    """Answers messages and reactions once, also where the process ends in between.

    ``counts`` rises with what became of those that could not be answered at once: ``tried_again``, ``failed``,
    ``apologised``.
    """

    def __init__(
        self,
        replies: ReplyJobs,
        router: Router,
        executor: EffectExecutor,
        *,
        counts: Counter[str],
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._replies = replies
        self._router = router
        self._executor = executor
        self._counts = counts
        self._pauses = pauses

    async def answer(self, said: Received | Reacted) -> PlannedReply | None:
        """Decide what comes of something said, and do it.

        None where nothing does, where another process does it, or where it cannot be answered.

        Raises:
            HomeserverUnreachable: it was not done; it has to be read again.
            PalabreError: it was not done; it is kept in the store.
        """
        try:
            planned, left = None, self._replies.left
            if left is None or said.event_id in left:
                planned = await self._replies.find(said.event_id)
            if planned is None:
                planned = await self._attempt(partial(self._decided, said))
            if planned is None:
                return None
            if self._executor.must_be_kept(planned):
                return await self._kept(said.event_id, planned)
            await self._attempt(partial(self._executor.carry_out, said.event_id, planned))
        except NotAnswered as failure:
            await self._apologise(said, failure.apology)
            return None
        return planned

    async def _kept(self, event_id: str, planned: PlannedReply) -> PlannedReply | None:
        """Keep what was decided, carry it out, and return it; None where another process carries it out."""
        async with AsyncExitStack() as stack:
            kept = await self._attempt(
                lambda: stack.enter_async_context(self._replies.leased(event_id, planned))
            )
            if kept is not None:
                await self._executor.carry_out(event_id, kept)
        return kept

    async def _attempt(self, work: Callable[[], Awaitable[T]]) -> T:
        """Return what ``work`` returns; what may pass is tried again.

        Raises:
            HomeserverUnreachable: the homeserver does not answer.
            NotAnswered: it has failed for good.
        """
        for pause in (*self._pauses, None):
            try:
                return await work()
            except HomeserverUnreachable:
                raise
            except Exception as error:
                feature = error.feature if isinstance(error, FeatureFailed) else None
                cause = error.error if isinstance(error, FeatureFailed) else error
                if isinstance(cause, HomeserverUnreachable):
                    raise cause from None
                if pause is None or not isinstance(cause, PalabreError):
                    self._note_failure(cause, feature)
                    raise NotAnswered(NOT_ANSWERED if feature is None else feature.apology) from None
                self._counts["tried_again"] += 1
                log.warning("answer_put_off", reason=str(cause))
            await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _note_failure(self, cause: Exception, feature: Feature | None) -> None:
        """Log what was wrong. Its text may quote the message: of a mistake of ours the kind and place alone."""
        self._counts["failed"] += 1
        key = None if feature is None else feature.key
        if isinstance(cause, PalabreError):
            log.warning("answer_failed", feature=key, reason=str(cause))
        else:
            log.error("answer_failed", feature=key, kind=type(cause).__name__, at=place_of(cause))

    async def _apologise(self, said: Received | Reacted, apology: Message) -> None:
        """Tell who has said something that it is not answered, if it was for the bot."""
        try:
            to = await self._router.asker(said)
            if to is None:
                return
            await self._executor.tell(said.event_id, to, apology)
        except HomeserverUnreachable:
            raise
        except PalabreError as error:
            log.warning("not_apologised", reason=str(error))
        except Exception as error:  # as above
            log.error("not_apologised", kind=type(error).__name__, at=place_of(error))  # noqa: TRY400
        else:
            self._counts["apologised"] += 1

    async def dealt_with(self, said: Received | Reacted, planned: PlannedReply) -> None:
        """Clear up once it is noted that something is dealt with.

        Raises:
            PalabreError: an effect that is carried out at most once was not.
        """
        await self._replies.done(said.event_id)
        await self._executor.dealt_with(said.event_id, planned)

    async def _decided(self, said: Received | Reacted) -> PlannedReply | None:
        match said:
            case Received():
                return await self._router.message(said)
            case Reacted():
                return await self._router.reaction(said)
        assert_never(said)
