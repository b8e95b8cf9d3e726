"""Moments that are noted under a name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from community.storage.tables import marks
from community.storage.transactions import Transactions, insert_once


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

    async def note(self, name: str, at: datetime) -> None:
        """Note ``at`` under ``name``, in place of what was noted there before."""
        async with self._transaction() as connection:
            if not await insert_once(connection, marks, ("name",), {"name": name, "at": at}):
                await connection.execute(update(marks).where(marks.c.name == name).values(at=at))

    async def note_each(self, names: Iterable[str], at: datetime) -> None:
        """Note ``at`` under those of ``names`` that are not noted yet, in one transaction."""
        async with self._transaction() as connection:
            for name in sorted(names):
                await insert_once(connection, marks, ("name",), {"name": name, "at": at})

    async def names(self, prefix: str) -> frozenset[str]:
        """Return the noted names that begin with ``prefix``, without it."""
        async with self._transaction.reading() as connection:
            begins = marks.c.name.startswith(prefix, autoescape=True)
            found = await connection.execute(select(marks.c.name).where(begins))
            return frozenset(name.removeprefix(prefix) for name in found.scalars())

    async def latest(self, prefix: str) -> str | None:
        """Return which of the names that begin with ``prefix`` was noted last, None where there is none."""
        async with self._transaction.reading() as connection:
            found = await connection.execute(
                select(marks.c.name)
                .where(marks.c.name.startswith(prefix, autoescape=True))
                .order_by(marks.c.at.desc(), marks.c.name)
                .limit(1)
            )
            return found.scalar_one_or_none()
