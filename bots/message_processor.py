"""Takes a message or a reaction from its arrival to the reply: decided, kept in the store where needed, done."""

from __future__ import annotations

from typing import assert_never

from bots.effect_executor import EffectExecutor
from bots.encryption import Reacted, Received
from bots.planned_reply import PlannedReply
from bots.reply_jobs import ReplyJobs
from bots.router import Router


class MessageProcessor:
    """Answers messages and reactions once, also where the process ends in between."""

    def __init__(self, replies: ReplyJobs, router: Router, executor: EffectExecutor) -> None:
        self._replies = replies
        self._router = router
        self._executor = executor

    async def answer(self, said: Received | Reacted) -> PlannedReply | None:
        """Decide what comes of something said, and do it; None where nothing does, or another process does it.

        Raises:
            PalabreError: it was not done.
        """
        planned = await self._replies.find(said.event_id)
        if planned is None:
            planned = await self._decided(said)
        if planned is None:
            return None
        if not self._executor.must_be_kept(planned):
            await self._executor.carry_out(said.event_id, planned)
            return planned
        async with self._replies.leased(said.event_id, planned) as kept:
            if kept is not None:
                await self._executor.carry_out(said.event_id, kept)
            return kept

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
