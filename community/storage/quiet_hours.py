"""The quiet hours that people have set for themselves, in chat; who has set none has no row."""

from __future__ import annotations

from sqlalchemy import delete, select

from community.storage.tables import people, quiet_hours
from community.storage.transactions import Transactions, upsert


class OwnQuietHours:
    """The table: by Matrix ID valid `community.description.reminder_times.QuietHours`. Each call raises StoreError."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def all(self) -> dict[str, str]:
        """Return the hours of everybody who has set some, by Matrix ID."""
        found = await self._transaction.rows(select(quiet_hours).order_by(quiet_hours.c.user_id))
        return {row.user_id: row.hours for row in found}

    async def of(self, user_id: str) -> str | None:
        """Return the hours that somebody has set, None where they have set none."""
        rows = await self._transaction.rows(
            select(quiet_hours.c.hours).where(quiet_hours.c.user_id == user_id)
        )
        return rows[0].hours if rows else None

    async def put(self, user_id: str, hours: str) -> None:
        """Note the hours of a person, in place of those of before."""
        async with self._transaction() as connection:
            await upsert(connection, quiet_hours, {"user_id": user_id, "hours": hours}, {"hours": hours})

    async def drop(self, user_id: str) -> None:
        """Forget the hours of a person: from now on they have none of their own."""
        async with self._transaction() as connection:
            await connection.execute(delete(quiet_hours).where(quiet_hours.c.user_id == user_id))

    async def drop_old(self) -> None:
        """Forget the hours of those who are no active members."""
        there = select(people.c.user_id)
        async with self._transaction() as connection:
            await connection.execute(delete(quiet_hours).where(quiet_hours.c.user_id.not_in(there)))
