"""Faults that stand: since when, so that each is told once, and again after it had gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import delete, select

from community.jobs.payload import JobPayload
from community.storage.jobs import file_on
from community.storage.tables import standing_faults
from community.storage.transactions import Transactions, insert_once


class StandingFaults:
    """The table of faults that are there now."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def all(self) -> dict[str, datetime]:
        """Return since when each fault stands, by name."""
        async with self._transaction.reading() as connection:
            rows = await connection.execute(select(standing_faults.c.name, standing_faults.c.since))
            return {row.name: row.since for row in rows}

    async def begin(
        self, names: Iterable[str], at: datetime, telling: Callable[[str, datetime], JobPayload]
    ) -> None:
        """Note faults that were not there before, and file what ``telling`` gives for a name and its moment.

        One that stands keeps its moment. All is done in one transaction: whatever ends the process, what was noted is
        told, also where the fault is gone by then.
        """
        async with self._transaction() as connection:
            for name in sorted(names):
                await insert_once(connection, standing_faults, ("name",), {"name": name, "since": at})
                one = select(standing_faults.c.since).where(standing_faults.c.name == name)
                since: datetime = (await connection.execute(one)).scalar_one()
                await file_on(connection, telling(name, since).new_job(), at=at)

    async def end(self, names: Iterable[str]) -> None:
        """Forget faults that are gone."""
        async with self._transaction() as connection:
            gone = standing_faults.c.name.in_(sorted(names))
            await connection.execute(delete(standing_faults).where(gone))
