"""Moments that are noted once and kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from community.store.tables import marks
from community.store.transactions import Transactions


class Marks:
    """The table of moments."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def first(self, name: str, at: datetime) -> datetime:
        """Return the moment noted under ``name``; where there is none, note ``at`` and return it."""
        async with self._transaction() as connection:
            found = await connection.execute(select(marks.c.at).where(marks.c.name == name))
            noted = found.scalar_one_or_none()
            if noted is None:
                await connection.execute(insert(marks).values(name=name, at=at))
        return at if noted is None else noted
