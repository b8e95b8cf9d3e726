"""What a part of the store needs from the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol, TypeVar

from sqlalchemy import Connection, Row, Select, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from community.storage.tables import revisions

Result = TypeVar("Result")
Subject = Literal[
    "description",
    "entries",
    "feeds",
    "feeds_published",
    "identities",
    "invitations",
    "jobs",
    "numbers",
    "people",
]
"""What has a revision; of `numbers`, the last one given; of `feeds_published`, that of `feeds` that is published."""

_REVISION = select(func.max(revisions.c.number)).where(revisions.c.subject == bindparam("of_subject"))


class Transactions(Protocol):
    """Begins the transactions of a store."""

    def __call__(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection in a transaction that may write: committed at the end, rolled back on an exception."""

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection in a transaction that only reads: it waits for no writer and keeps none waiting."""

    async def run(self, work: Callable[[Connection], Result], *, reads: bool = False) -> Result:
        """Return what ``work`` does in one transaction, which only reads where ``reads``: quicker than the above.

        It is committed when this returns. Whoever stops waiting does not stop it.
        """

    async def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """Return what one statement reads: the quickest way."""

    async def revisions(self) -> Mapping[str, int]:
        """Return how often each subject has changed that has; what several tasks ask at a moment is one look."""


async def bump(connection: AsyncConnection, subject: Subject) -> int:
    """Note that ``subject`` has changed; return its new revision.

    From here to the end of the transaction no other can change it (PostgreSQL; SQLite has one writer anyway), so
    revisions become visible in their order.
    """
    return await connection.run_sync(bump_on, subject)


def bump_on(connection: Connection, subject: Subject) -> int:
    """Do what `bump` does, by a connection of `Transactions.run`."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    first = dialect.insert(revisions).values(subject=subject, number=1)
    more = first.on_conflict_do_update(index_elements=["subject"], set_={"number": revisions.c.number + 1})
    number: int = connection.execute(more.returning(revisions.c.number)).scalar_one()
    return number


async def hold(connection: AsyncConnection, subject: Subject) -> None:
    """Keep other transactions from changing ``subject`` until this one ends, so that it may read and then write."""
    await upsert(connection, revisions, {"subject": subject, "number": 0}, {"number": revisions.c.number})


async def revision(connection: AsyncConnection, subject: Subject) -> int:
    """Return how often ``subject`` has changed, 0 for never."""
    return await connection.run_sync(revision_on, subject)


def revision_on(connection: Connection, subject: Subject) -> int:
    """Do what `revision` does, by a connection of `Transactions.run`."""
    return connection.execute(_REVISION, {"of_subject": subject}).scalar_one() or 0


async def revisions_of(transactions: Transactions, subjects: Sequence[Subject]) -> tuple[int, ...]:
    """Return how often each of ``subjects`` has changed, 0 for never."""
    found = await transactions.revisions()
    return tuple(found.get(subject, 0) for subject in subjects)


async def insert_once(
    connection: AsyncConnection, table: Table, key: tuple[str, ...], values: Mapping[str, object]
) -> bool:
    """Insert a row unless one with the same values in the unique columns ``key`` stands; return whether it did.

    It waits for another transaction that is about to write the same one.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(table).values(values).on_conflict_do_nothing(index_elements=list(key))
    return (await connection.execute(new)).rowcount == 1


async def upsert(
    connection: AsyncConnection, table: Table, values: Mapping[str, object], instead: Mapping[str, object]
) -> None:
    """Insert a row; where one with the same primary key stands, set ``instead`` in that one."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(table).values(values)
    key = [column.name for column in table.primary_key]
    await connection.execute(new.on_conflict_do_update(index_elements=key, set_=dict(instead)))


async def add_to(
    connection: AsyncConnection, table: Table, counter: str, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert rows; where one with the same primary key stands, add the new one's ``counter`` to that one's."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(table)
    key = [column.name for column in table.primary_key]
    total = table.c[counter] + new.excluded[counter]
    await connection.execute(new.on_conflict_do_update(index_elements=key, set_={counter: total}), list(rows))
