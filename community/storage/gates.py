"""Who was in each safe room's gate when its keepers were last told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select

from community.jobs.payload import JobPayload
from community.storage.jobs import file_on
from community.storage.tables import gate_members
from community.storage.transactions import Transactions, upsert


class GateStanding(StrEnum):
    """What somebody in a gate was told to be."""

    BELONGS = "belongs"
    """The description places them there."""
    STRANGER = "stranger"
    """It does not."""
    WATCHES = "watches"
    """They are the bot, which tells who comes and goes."""


_KNOWN = frozenset(standing.value for standing in GateStanding)


class Gates:
    """The table of gates' members."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def told(self, room_key: str) -> dict[str, GateStanding]:
        """Return who is in the gate of a safe room as its keepers know it, by Matrix ID.

        A row with another standing says nothing: they are told anew.
        """
        async with self._transaction.reading() as connection:
            found = await connection.execute(select(gate_members).where(gate_members.c.room_key == room_key))
            return {row.user_id: GateStanding(row.standing) for row in found if row.standing in _KNOWN}

    async def tell(
        self,
        room_key: str,
        standings: Mapping[str, GateStanding | None],
        jobs: Iterable[JobPayload],
        *,
        at: datetime,
    ) -> None:
        """Note what has changed in a gate (None: gone), and file the jobs that tell it, in one transaction.

        So whatever ends the process, what was noted is told, and told once.
        """
        async with self._transaction() as connection:
            for user_id, standing in standings.items():
                one = {"room_key": room_key, "user_id": user_id}
                if standing is None:
                    await connection.execute(delete(gate_members).filter_by(**one))
                else:
                    there = {"standing": standing.value}
                    await upsert(connection, gate_members, {**one, **there}, there)
            for job in jobs:
                await file_on(connection, job.new_job(), at=at)
