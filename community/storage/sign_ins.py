"""Since when each person has a signed device, and since when a recovery key: how far somebody has come who came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from community.jobs.payload import JobPayload
from community.joining.arrival import ArrivalStage
from community.storage.invitations import move_on
from community.storage.jobs import file_on
from community.storage.joining_tables import sign_ins
from community.storage.tables import people
from community.storage.transactions import Transactions, insert_once


@dataclass(frozen=True, slots=True)
class SignIn:
    """``at``: when a device that somebody has signed was first seen; ``key_at``: a recovery key, None: not yet."""

    user_id: str
    at: datetime
    key_at: datetime | None = None


class SignIns:
    """The table of them. Each call raises StoreError."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def all(self) -> dict[str, SignIn]:
        """Return who has signed in, by Matrix ID."""
        found = await self._transaction.rows(select(sign_ins).order_by(sign_ins.c.user_id))
        return {row.user_id: SignIn(**row._mapping) for row in found}

    async def awaited(self) -> frozenset[str]:
        """Return the active people who have not signed in."""
        beside = people.outerjoin(sign_ins, people.c.user_id == sign_ins.c.user_id)
        wanted = select(people.c.user_id).select_from(beside).where(sign_ins.c.user_id.is_(None))
        return frozenset(row.user_id for row in await self._transaction.rows(wanted))

    async def note(self, user_id: str, jobs: Sequence[JobPayload], *, at: datetime) -> bool:
        """Note that somebody has signed in, with ``jobs`` for what follows from it; return whether that is news."""
        async with self._transaction() as connection:
            values = {"user_id": user_id, "at": at, "key_at": None}
            if not await insert_once(connection, sign_ins, ("user_id",), values):
                return False
            await move_on(connection, user_id, ArrivalStage.SIGNED_IN, at)
            for job in jobs:
                await file_on(connection, job.new_job(), at=at)
        return True

    async def note_key(self, user_id: str, *, at: datetime) -> None:
        """Note that somebody has a recovery key; only the first time counts."""
        one = and_(sign_ins.c.user_id == user_id, sign_ins.c.key_at.is_(None))
        async with self._transaction() as connection:
            await connection.execute(update(sign_ins).where(one).values(key_at=at))
            await move_on(connection, user_id, ArrivalStage.ARRIVED, at)


async def sign_in_of(connection: AsyncConnection, user_id: str) -> list[dict[str, object]]:
    """Return what is kept of when somebody has signed in, as values that JSON has."""
    rows = await connection.execute(select(sign_ins).where(sign_ins.c.user_id == user_id))
    return [
        {"at": row.at.isoformat(), "key_at": None if row.key_at is None else row.key_at.isoformat()}
        for row in rows
    ]


async def forget_sign_in(connection: AsyncConnection, user_id: str) -> None:
    """Take somebody out who is no member any more. Of a member it stays: they would be greeted once more."""
    is_member = select(people.c.user_id).where(people.c.user_id == user_id).exists()
    await connection.execute(delete(sign_ins).where(sign_ins.c.user_id == user_id, ~is_member))
