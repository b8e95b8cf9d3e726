"""One thing that was said, from hearing it to the reply: decided, written down where it must be, done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import assert_never

import structlog

from bots.deciding import Deciding
from bots.doing import Doing
from bots.encryption import Reacted, Received
from bots.journal import Journal
from bots.outcome import Outcome
from community.core.errors import PalabreError

log = structlog.get_logger()

AGAIN_EVERY = 60.0
"""Seconds between looks for what was decided and not done."""
SWEEP_EVERY = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=20)
"""Within this the homeserver knows a message that it was sent before (it forgets after a day)."""


class Answering:
    """Answers what is said, once, also where the process dies in between."""

    def __init__(
        self, journal: Journal, deciding: Deciding, doing: Doing, *, now: Callable[[], datetime]
    ) -> None:
        self._journal = journal
        self._deciding = deciding
        self._doing = doing
        self._now = now
        self._under_way: set[str] = set()

    async def answer(self, said: Received | Reacted) -> Outcome | None:
        """Decide what comes of something said, and do it; None where nothing does.

        Raises:
            PalabreError: it was not done.
        """
        self._under_way.add(said.event_id)
        try:
            outcome = await asyncio.to_thread(self._journal.find, said.event_id)
            if outcome is None:
                outcome = await self._decided(said)
                if outcome is None:
                    return None
                if outcome.must_be_kept:
                    await asyncio.to_thread(self._journal.keep, said.event_id, outcome)
            await self._doing.carry_out(said.event_id, outcome)
        finally:
            self._under_way.discard(said.event_id)
        return outcome

    async def dealt_with(self, said: Received | Reacted, outcome: Outcome) -> None:
        """Clear up once it is noted that something is dealt with.

        Raises:
            PalabreError: it was not counted.
        """
        await asyncio.to_thread(self._journal.drop, said.event_id)
        await self._doing.count(outcome)

    async def finish(self, stop: asyncio.Event) -> None:
        """Now and then, until ``stop``: do what was decided and could not be done, the store or the disk being full."""
        swept = None
        while not stop.is_set():
            if swept is None or self._now() - swept > SWEEP_EVERY:
                swept = self._now()
                await self._sweep(swept)
            for event_id, outcome in await asyncio.to_thread(self._journal.left):
                if event_id not in self._under_way and await self._is_finished(event_id, outcome):
                    await asyncio.to_thread(self._journal.drop, event_id)
            try:
                await asyncio.wait_for(stop.wait(), AGAIN_EVERY)
            except TimeoutError:
                continue

    async def _sweep(self, now: datetime) -> None:
        try:
            await self._doing.drop_old_drafts(now)
        except PalabreError as error:
            log.warning("drafts_not_swept", reason=str(error))

    async def _is_finished(self, event_id: str, outcome: Outcome) -> bool:
        """Do it; return whether it is done, or too late to be of use."""
        try:
            await self._doing.carry_out(event_id, outcome)
        except PalabreError as error:
            log.warning("not_finished", reason=str(error))
            return self._now() - outcome.at > GIVEN_UP_AFTER
        except (
            Exception
        ) as error:  # a mistake of ours must not end every next process; its text may quote somebody
            log.error("not_finished", kind=type(error).__name__)  # noqa: TRY400
        return True

    async def _decided(self, said: Received | Reacted) -> Outcome | None:
        match said:
            case Received():
                return await self._deciding.message(said)
            case Reacted():
                return await self._deciding.reaction(said)
        assert_never(said)
