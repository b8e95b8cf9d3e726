"""What a part of the store needs from the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from community.store.tables import revisions

Transactions = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


async def bump(connection: AsyncConnection, subject: str) -> None:
    """Note that ``subject`` has changed."""
    moved = await connection.execute(
        update(revisions).where(revisions.c.subject == subject).values(number=revisions.c.number + 1)
    )
    if moved.rowcount == 0:
        await connection.execute(insert(revisions).values(subject=subject, number=1))


async def revision(connection: AsyncConnection, subject: str) -> int:
    """Return how often ``subject`` has changed, 0 for never."""
    found = await connection.execute(
        select(func.max(revisions.c.number)).where(revisions.c.subject == subject)
    )
    return found.scalar_one() or 0


async def insert_once(
    connection: AsyncConnection, table: Table, key: tuple[str, ...], values: Mapping[str, object]
) -> bool:
    """Insert a row unless one with the same values in the unique columns ``key`` stands; return whether it did.

    It waits for another transaction that is about to write the same one.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(table).values(values).on_conflict_do_nothing(index_elements=list(key))
    return (await connection.execute(new)).rowcount == 1
