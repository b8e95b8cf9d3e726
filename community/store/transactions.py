"""What a part of the store needs from the whole."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from sqlalchemy import func, insert, select, update
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
