"""Counts: how many questions there were about what, and how many found an answer. No question is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy import select

from community.core.grouped import Grouped
from community.storage.tables import counts
from community.storage.transactions import Transactions, add_to


@dataclass(frozen=True, slots=True)
class Count:
    """``number`` questions on ``day`` about ``topic``: the key of a theme, a city or a kind."""

    topic: str
    day: date
    answered: bool
    number: int


class Counts:
    """The table of counts."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions
        self._each = Grouped(self._add)

    async def add(self, topics: Iterable[str], day: date, answered: bool) -> None:
        """Count one question more under each of ``topics``: keys, never words of the question."""
        await self._each([(topic, day, answered) for topic in topics])

    async def _add(self, questions: Sequence[Sequence[tuple[str, date, bool]]]) -> list[None]:
        """Count those questions that have come together in one transaction, each row once."""
        rows = [
            {"topic": topic, "day": day, "answered": answered, "number": number}
            for (topic, day, answered), number in sorted(Counter(chain.from_iterable(questions)).items())
        ]
        if rows:
            async with self._transaction() as connection:
                await add_to(connection, counts, "number", rows)
        return [None] * len(questions)

    async def read(self, since: date) -> tuple[Count, ...]:
        """Return the counts of ``since`` and later days, by day, topic, and the unanswered first."""
        wanted = (
            select(counts)
            .where(counts.c.day >= since)
            .order_by(counts.c.day, counts.c.topic, counts.c.answered)
        )
        async with self._transaction.reading() as connection:
            return tuple(Count(**row._mapping) for row in await connection.execute(wanted))
