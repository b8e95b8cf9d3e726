"""Moments that are noted once and kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from community.store.tables import marks
from community.store.transactions import Transactions, insert_once


class Marks:
    """The table of moments."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def first(self, name: str, at: datetime) -> datetime:
        """Return the moment noted under ``name``; where there is none, note ``at`` and return it."""
        async with self._transaction() as connection:
            if await insert_once(connection, marks, ("name",), {"name": name, "at": at}):
                return at
            found = await connection.execute(select(marks.c.at).where(marks.c.name == name))
            noted: datetime = found.scalar_one()
            return noted
