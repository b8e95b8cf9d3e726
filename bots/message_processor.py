"""Takes a message or a reaction from its arrival to the reply: decided, written to the journal where needed, done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import assert_never

import structlog

from bots.effect_executor import EffectExecutor
from bots.encryption import Reacted, Received
from bots.journal import Journal
from bots.planned_reply import PlannedReply
from bots.router import Router
from community.core.errors import PalabreError

log = structlog.get_logger()

AGAIN_EVERY = 60.0
"""Seconds between looks for what was decided and not done."""
SWEEP_EVERY = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=20)
"""Within this the homeserver knows a message that it was sent before (it forgets after a day)."""


class MessageProcessor:
    """Answers messages and reactions once, also where the process ends in between."""

    def __init__(
        self, journal: Journal, router: Router, executor: EffectExecutor, *, now: Callable[[], datetime]
    ) -> None:
        self._journal = journal
        self._router = router
        self._executor = executor
        self._now = now
        self._under_way: set[str] = set()

    async def answer(self, said: Received | Reacted) -> PlannedReply | None:
        """Decide what comes of something said, and do it; None where nothing does.

        Raises:
            PalabreError: it was not done.
        """
        self._under_way.add(said.event_id)
        try:
            planned = await asyncio.to_thread(self._journal.find, said.event_id)
            if planned is None:
                planned = await self._decided(said)
                if planned is None:
                    return None
                if self._executor.must_be_kept(planned):
                    await asyncio.to_thread(self._journal.keep, said.event_id, planned)
            await self._executor.carry_out(said.event_id, planned)
        finally:
            self._under_way.discard(said.event_id)
        return planned

    async def dealt_with(self, said: Received | Reacted, planned: PlannedReply) -> None:
        """Clear up once it is noted that something is dealt with.

        Raises:
            PalabreError: an effect that is carried out at most once was not.
        """
        await asyncio.to_thread(self._journal.drop, said.event_id)
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
