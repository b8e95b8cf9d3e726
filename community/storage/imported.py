"""Events and deadlines that came from another program's calendar: from which one, and what it said of each last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, insert, select

from community.directory.entry import EntryChange, EntryKey
from community.directory.merge import Base, ImportedEntry
from community.storage.changing import SUBJECT, ChangeAuthor, make
from community.storage.tables import imported
from community.storage.transactions import Transactions, bump


class Imports:
    """The table of imported entries."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def all(self) -> dict[EntryKey, ImportedEntry]:
        """Return what was imported and when last noted, by kind and key."""
        found = await self._transaction.rows(select(imported))
        return {(row.kind, row.key): ImportedEntry(row.source, Base(row.file, row.stored)) for row in found}

    async def take_in(
        self,
        changes: Sequence[EntryChange],
        noted: Mapping[EntryKey, ImportedEntry],
        *,
        actor: str,
        at: datetime,
    ) -> None:
        """Make all of ``changes``, and note ``noted`` of its entries, and nothing of what is removed; or do nothing.

        What was noted of others stays, also what another import notes at the same time.

        Raises:
            EntryConflict: an entry is not what its change begins with.
            StoreError: the database failed.
        """
        rows = [
            {
                "kind": kind,
                "key": key,
                "source": one.source,
                "file": one.base.file,
                "stored": one.base.stored,
            }
            for (kind, key), one in sorted(noted.items())
        ]
        removed = {(change.kind, change.key) for change in changes if change.after is None}
        async with self._transaction() as connection:
            if changes:
                number = await bump(connection, SUBJECT)
                await make(connection, changes, ChangeAuthor(actor, at, number))
            for kind, key in sorted({*noted, *removed}):
                this = and_(imported.c.kind == kind, imported.c.key == key)
                await connection.execute(delete(imported).where(this))
            if rows:
                await connection.execute(insert(imported), rows)
