"""Counts: how many questions there were about what, and how many found an answer. No question is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from community.storage.tables import counts
from community.storage.transactions import Transactions, upsert


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

    async def add(self, topic: str, day: date, answered: bool) -> None:
        """Count one question more. ``topic`` is a key, never words of the question."""
        new = {"topic": topic, "day": day, "answered": answered, "number": 1}
        async with self._transaction() as connection:
            await upsert(connection, counts, new, {"number": counts.c.number + 1})

    async def read(self, since: date) -> tuple[Count, ...]:
        """Return the counts of ``since`` and later days, by day, topic, and the unanswered first."""
        wanted = (
            select(counts)
            .where(counts.c.day >= since)
            .order_by(counts.c.day, counts.c.topic, counts.c.answered)
        )
        async with self._transaction() as connection:
            return tuple(Count(**row._mapping) for row in await connection.execute(wanted))
