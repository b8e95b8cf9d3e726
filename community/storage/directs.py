"""The direct messages that the bot has begun: when each was opened last, and since when its person is not reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from community.storage.tables import direct_rooms
from community.storage.transactions import Transactions, upsert


@dataclass(frozen=True, slots=True)
class BegunDirect:
    """A direct message that the bot has begun to open at ``begun_at``, whether or not the room was made."""

    user_id: str
    begun_at: datetime
    unreached_since: datetime | None


class Directs:
    """The table of direct messages."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def begin(self, user_id: str, *, at: datetime) -> None:
        """Note that a room is about to be made for a person; since when they are not reached stays."""
        new = {"user_id": user_id, "begun_at": at, "unreached_since": None}
        async with self._transaction() as connection:
            await upsert(connection, direct_rooms, new, {"begun_at": at})

    async def all(self) -> tuple[BegunDirect, ...]:
        """Return what was begun, sorted by Matrix ID."""
        async with self._transaction.reading() as connection:
            found = await connection.execute(select(direct_rooms).order_by(direct_rooms.c.user_id))
            return tuple(BegunDirect(**row._mapping) for row in found)

    async def mark(self, user_id: str, unreached_since: datetime | None) -> None:
        """Note since when a person is not reached; None: they are."""
        async with self._transaction() as connection:
            await connection.execute(
                update(direct_rooms)
                .where(direct_rooms.c.user_id == user_id)
                .values(unreached_since=unreached_since)
            )

    async def drop(self, user_id: str) -> None:
        """Forget a direct message: its person is no member any more."""
        async with self._transaction() as connection:
            await connection.execute(delete(direct_rooms).where(direct_rooms.c.user_id == user_id))
