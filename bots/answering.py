"""One thing that was said, from hearing it to the reply: decided, written down where it must be, done."""

from __future__ import annotations

import asyncio
from typing import assert_never

from bots.deciding import Deciding
from bots.doing import Doing
from bots.encryption import Reacted, Received
from bots.journal import Journal
from bots.outcome import Outcome


class Answering:
    """Answers what is said, once, also where the process dies in between."""

    def __init__(self, journal: Journal, deciding: Deciding, doing: Doing) -> None:
        self._journal = journal
        self._deciding = deciding
        self._doing = doing

    async def answer(self, said: Received | Reacted) -> Outcome | None:
        """Decide what comes of something said, and do it; None where nothing does.

        Raises:
            PalabreError: it was not done.
        """
        outcome = await asyncio.to_thread(self._journal.find, said.event_id)
        if outcome is None:
            outcome = await self._decided(said)
            if outcome is None:
                return None
            if outcome.must_be_kept:
                await asyncio.to_thread(self._journal.keep, said.event_id, outcome)
        await self._doing.carry_out(said.event_id, outcome)
        return outcome

    async def dealt_with(self, said: Received | Reacted, outcome: Outcome) -> None:
        """Clear up once it is noted that something is dealt with.

        Raises:
            PalabreError: it was not counted.
        """
        await asyncio.to_thread(self._journal.drop, said.event_id)
        await self._doing.count(outcome)

    async def _decided(self, said: Received | Reacted) -> Outcome | None:
        match said:
            case Received():
                return await self._deciding.message(said)
            case Reacted():
                return await self._deciding.reaction(said)
        assert_never(said)
