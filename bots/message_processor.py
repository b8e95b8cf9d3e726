"""Takes a message or a reaction from its arrival to the reply: decided, written to the journal where needed, done.

Where that goes wrong it is tried again, and in the end its sender is told. What is in the journal is `finish`'s to do.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar, assert_never

import structlog

from bots.context.feature import NOT_ANSWERED, Feature
from bots.effect_executor import EffectExecutor
from bots.encryption import Reacted, Received
from bots.feature_set import FeatureFailed
from bots.journal import Journal
from bots.planned_reply import PlannedReply
from bots.router import Router
from community.core.errors import PalabreError, place_of
from community.core.messages import Message
from matrix.errors import HomeserverUnreachable

log = structlog.get_logger()

AGAIN_EVERY = 60.0
"""Seconds between looks for what was decided and not done."""
SWEEP_EVERY = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=20)
"""Within this the homeserver knows a message that it was sent before (it forgets after a day)."""


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
        journal: Journal,
        router: Router,
        executor: EffectExecutor,
        *,
        counts: Counter[str],
        now: Callable[[], datetime],
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._counts = counts
        self._pauses = pauses
        self._journal = journal
        self._router = router
        self._executor = executor
        self._now = now
        self._under_way: set[str] = set()
        self._written: set[str] = set()
        """The events for which something may be in the journal; complete once that was looked up."""
        self._is_looked_up = False

    async def answer(self, said: Received | Reacted) -> PlannedReply | None:
        """Decide what comes of something said, and do it; None where nothing does, or it cannot be answered.

        Raises:
            HomeserverUnreachable: it was not done; it has to be read again.
            PalabreError: it was not done; it is in the journal.
        """
        self._under_way.add(said.event_id)
        try:
            planned = await self._kept(said.event_id)
            if planned is None:
                planned = await self._attempt(partial(self._decided, said))
                if planned is None:
                    return None
                carry_out = partial(self._executor.carry_out, said.event_id, planned)
                if not self._executor.must_be_kept(planned):
                    await self._attempt(carry_out)
                    return planned
                await self._attempt(partial(self._keep, said.event_id, planned))
            await self._executor.carry_out(said.event_id, planned)
        except NotAnswered as failure:
            await self._apologise(said, failure.apology)
            return None
        finally:
            self._under_way.discard(said.event_id)
        return planned

    async def _kept(self, event_id: str) -> PlannedReply | None:
        """Return what was decided and written down for an event, None where nothing was: nearly always."""
        if not self._is_looked_up:
            self._written |= {each for each, _planned in await asyncio.to_thread(self._journal.left)}
            self._is_looked_up = True
        if event_id not in self._written:
            return None
        return await asyncio.to_thread(self._journal.find, event_id)

    async def _keep(self, event_id: str, planned: PlannedReply) -> None:
        self._written.add(event_id)
        await asyncio.to_thread(self._journal.keep, event_id, planned)

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
        if said.event_id in self._written:
            await asyncio.to_thread(self._journal.drop, said.event_id)
            self._written.discard(said.event_id)
        await self._executor.dealt_with(said.event_id, planned)

    async def finish(self, stop: asyncio.Event) -> None:
        """Now and then, until ``stop``: do what was decided and could not be done, the store or the disk being full."""
        swept = None
        while not stop.is_set():
            if swept is None or self._now() - swept > SWEEP_EVERY:
                swept = self._now()
                await self._sweep(swept)
            for event_id, planned in await asyncio.to_thread(self._journal.left):
                if event_id not in self._under_way and await self._is_finished(event_id, planned):
                    await asyncio.to_thread(self._journal.drop, event_id)
            try:
                await asyncio.wait_for(stop.wait(), AGAIN_EVERY)
            except TimeoutError:
                continue

    async def _sweep(self, now: datetime) -> None:
        try:
            await self._executor.drop_old_drafts(now)
        except PalabreError as error:
            log.warning("drafts_not_swept", reason=str(error))

    async def _is_finished(self, event_id: str, planned: PlannedReply) -> bool:
        """Carry it out; return whether nothing is left to do: it is done, or has failed for good."""
        try:
            await self._executor.carry_out(event_id, planned)
        except PalabreError as error:
            log.warning("not_finished", reason=str(error))
            if self._now() - planned.at <= GIVEN_UP_AFTER:
                return False
            await self._give_up(event_id, planned)
        except Exception as error:
            # A mistake of ours must not end every next process. Its text may quote somebody: the kind alone is logged.
            log.error("not_finished", kind=type(error).__name__)  # noqa: TRY400
            await self._give_up(event_id, planned)
        return True

    async def _give_up(self, event_id: str, planned: PlannedReply) -> None:
        """Apologise, where the person can be reached at all."""
        try:
            await self._executor.apologise(event_id, planned)
        except PalabreError as error:
            log.warning("not_apologised", reason=str(error))
        except Exception as error:  # it must not end the process either
            log.error("not_apologised", kind=type(error).__name__)  # noqa: TRY400

    async def _decided(self, said: Received | Reacted) -> PlannedReply | None:
        match said:
            case Received():
                return await self._router.message(said)
            case Reacted():
                return await self._router.reaction(said)
        assert_never(said)
