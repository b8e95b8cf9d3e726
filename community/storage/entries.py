"""Directory and calendar entries: what the bots answer from, its history, and taking changes back."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select

from community.description.calendar_model import Calendar
from community.description.directory_model import Directory, Visible
from community.description.model import Description
from community.directory.entry import (
    ENTRY_KINDS,
    Entry,
    EntryChange,
    EntryKey,
    EntryKind,
    HistoryRow,
)
from community.storage.changing import SUBJECT, ChangeAuthor, make, read, reverse, row_of
from community.storage.seeding import (
    SeedingPlan,
    SeedingReport,
    look,
    plan_seeding,
    read_calendar,
    read_directory,
    read_visible,
    sow,
)
from community.storage.tables import history
from community.storage.transactions import Transactions, bump, revision, revisions_of


class Entries:
    """Contacts, resources, projects, events and deadlines, each in the order of the description."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def revision(self) -> int:
        """Return a number that moves with each change of any entry."""
        (number,) = await revisions_of(self._transaction, (SUBJECT,))
        return number

    async def seed(self, description: Description, *, at: datetime) -> SeedingReport:
        """Merge the files' directory and calendar into the entries (`community.directory.merge`).

        ``at``: now, with its zone. What it changes is in the history as done by ``file``.
        """
        while True:
            work = await self._plan(description)
            if not work.writes:
                return work.report
            async with self._transaction() as connection:
                if await sow(connection, work, at):
                    return work.report

    async def preview(self, description: Description) -> SeedingPlan:
        """Return what seeding ``description`` would come to; changes nothing."""
        return await self._plan(description)

    async def _plan(self, description: Description) -> SeedingPlan:
        async with self._transaction.reading() as connection:
            seen = await look(connection)
        return await asyncio.to_thread(plan_seeding, seen, description)

    async def change(
        self, changes: Sequence[EntryChange], *, actor: str, at: datetime, undoes: int | None = None
    ) -> tuple[HistoryRow, ...]:
        """Make all of ``changes``, in their order, or none; return their history.

        ``actor``: a Matrix ID, ``file`` or ``palabre``. ``at``: now, with its zone.

        Raises:
            EntryConflict: an entry is not what the change begins with.
            StoreError: the database failed.
            ValueError: a change puts an entry under another kind or key, or changes nothing, or its entry is none.
        """
        if not changes:
            return ()
        async with self._transaction() as connection:
            number = await bump(connection, SUBJECT)
            return await make(connection, changes, ChangeAuthor(actor, at, number, undoes))

    async def undo(self, history_id: int, *, actor: str, at: datetime) -> HistoryRow:
        """Take back the change of that number by its reverse, which is a change as well; return it.

        Raises:
            EntryConflict: there is no such change, it was undone already, or the entry was changed since.
            StoreError: the database failed.
        """
        async with self._transaction() as connection:
            number = await bump(connection, SUBJECT)
            back = await reverse(connection, history_id)
            (row,) = await make(connection, [back], ChangeAuthor(actor, at, number, history_id))
        return row

    async def history(
        self,
        kind: EntryKind | None = None,
        key: str | None = None,
        *,
        kinds: Collection[EntryKind] = ENTRY_KINDS,
        actor: str | None = None,
        limit: int = 20,
    ) -> tuple[HistoryRow, ...]:
        """Return the newest ``limit`` changes of entries of ``kind``, with that ``key``, by ``actor``; newest first.

        ``kinds``: of these kinds alone.
        """
        asked = ((history.c.kind, kind), (history.c.key, key), (history.c.actor, actor))
        where = [column == value for column, value in asked if value is not None]
        if not set(ENTRY_KINDS) <= set(kinds):
            where.append(history.c.kind.in_(tuple(kinds)))
        return await self._history(*where, limit=limit)

    async def history_row(self, history_id: int) -> HistoryRow | None:
        """Return the change of that number."""
        found = await self._history(history.c.id == history_id, limit=1)
        return found[0] if found else None

    async def _history(self, *where: ColumnElement[bool], limit: int) -> tuple[HistoryRow, ...]:
        wanted = select(history).where(*where).order_by(history.c.id.desc()).limit(limit)
        async with self._transaction.reading() as connection:
            return tuple(row_of(row) for row in await connection.execute(wanted))

    async def entry(self, kind: EntryKind, key: str) -> Entry | None:
        """Return the entry as it is now, None where there is none."""
        async with self._transaction.reading() as connection:
            return (await read(connection, [(kind, key)])).get((kind, key))

    async def changed_since(
        self, revision_seen: int
    ) -> tuple[int, tuple[tuple[EntryKind, str, Entry | None], ...]] | None:
        """Return the revision now, and each entry changed since ``revision_seen``.

        An entry that is gone is None. Sorted by kind and key. None in place of all: the store is one of before
        (a copy was put back): read all anew. With 0 it is everything.
        """
        if revision_seen and await self.revision() == revision_seen:
            return revision_seen, ()
        async with self._transaction.reading() as connection:
            now = await revision(connection, SUBJECT)
            if revision_seen > now:
                return None
            touched = select(history.c.kind, history.c.key).where(history.c.revision > revision_seen)
            keys: list[EntryKey] = sorted({(kind, key) for kind, key in await connection.execute(touched)})
            there = await read(connection, keys)
        return now, tuple((kind, key, there.get((kind, key))) for kind, key in keys)

    async def directory(self) -> Directory:
        """Return the contacts, resources and projects, and who may see which field of a contact."""
        async with self._transaction.reading() as connection:
            return await read_directory(connection)

    async def visible(self) -> Visible:
        """Return who may see which field of a contact, where the contact does not say otherwise."""
        async with self._transaction.reading() as connection:
            return await read_visible(connection)

    async def calendar(self) -> Calendar:
        """Return the events and deadlines."""
        async with self._transaction.reading() as connection:
            return await read_calendar(connection)
