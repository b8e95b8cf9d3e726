"""Keeps in the store which message answers which question, so that a restart within the hour does not part the two.

No question waits for that: what was sent is written down a moment later. A process that is killed within that moment
leaves an answer that follows its question no more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bots.context.background import PeriodicWork
from bots.context.message import Address
from bots.sent_answers import FOLLOWS_FOR, SentAnswer, SentAnswers
from community.storage import AnswerIds, Store

_EVER = datetime.min.replace(tzinfo=UTC)
EVERY = 1.0
"""Seconds between looks whether there is something to write down."""


class KeptAnswers:
    """Writes down what is new in ``given``. ``now`` gives the time.

    While ``is_clock_believed`` does not hold, no answer counts as too old.
    """

    def __init__(
        self,
        store: Store,
        given: SentAnswers,
        *,
        now: Callable[[], datetime],
        is_clock_believed: Callable[[], bool] = lambda: True,
    ) -> None:
        self._answers = store.answers
        self._given = given
        self._now = now
        self._is_clock_believed = is_clock_believed
        self.periodic = PeriodicWork(self.keep, EVERY, "answers_not_kept")

    async def restore(self) -> None:
        """Remember the answers of the last hour. Raises StoreError."""
        found = await self._answers.since(self._since() or _EVER)
        self._given.restore(map(_answer, found))

    async def keep(self) -> None:
        """Write down what is new, and delete what is an hour old or whose question is gone.

        Raises:
            StoreError: the database failed; the next call tries again.
        """
        new, gone = self._given.unkept()
        if not new and not gone:
            return
        await self._answers.keep(list(map(_ids, new)), gone, since=self._since())
        self._given.kept(len(new), len(gone))

    def _since(self) -> datetime | None:
        """Return from when on answers follow their questions; None where no clock can tell."""
        return self._now() - FOLLOWS_FOR if self._is_clock_believed() else None


def _ids(answer: SentAnswer) -> AnswerIds:
    first, *files = answer.event_ids
    to = answer.to
    return AnswerIds(
        room_id=to.room_id,
        question=to.event_id,
        event_id=first,
        files=tuple(files),
        user_id=to.user_id,
        thread=to.thread,
        conversation=to.conversation,
        is_plain=answer.is_plain,
        at=answer.at,
    )


def _answer(kept: AnswerIds) -> SentAnswer:
    to = Address(kept.room_id, kept.question, kept.user_id, kept.thread, kept.conversation)
    return SentAnswer(to, (kept.event_id, *kept.files), kept.at, kept.is_plain)
