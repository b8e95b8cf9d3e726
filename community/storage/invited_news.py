"""What those who have invited somebody were told of them, so that each thing is told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Column, Integer, String, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from community.jobs.notices import Notice
from community.joining.arrival import InvitedNews
from community.storage.jobs import file_on
from community.storage.joining_tables import invitations
from community.storage.tables import metadata
from community.storage.transactions import Transactions, insert_once

invited_news = Table(
    "invited_news",
    metadata,
    Column("invitation", Integer, primary_key=True, autoincrement=False),
    Column("user_id", String(255), primary_key=True),
    Column("what", String(16), primary_key=True),
)
"""Of which invitation and whom (empty: nobody has come yet) whoever invites was told what."""
_KEY = ("invitation", "user_id", "what")


class InvitedNewsTold:
    """The table of them. Each call raises StoreError."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def told(self) -> frozenset[InvitedNews]:
        """Return what was told."""
        found = await self._transaction.rows(select(invited_news))
        return frozenset(InvitedNews(**row._mapping) for row in found)

    async def tell(self, news: Iterable[tuple[InvitedNews, Notice]], *, at: datetime) -> None:
        """File the notice of each thing that was not told, and note it, in one transaction."""
        async with self._transaction() as connection:
            for told, notice in news:
                if await insert_once(connection, invited_news, _KEY, asdict(told)):
                    await file_on(connection, notice.new_job(), at=at)

    async def drop_old(self) -> None:
        """Forget what was told of invitations that are kept no more."""
        there = select(invitations.c.id)
        async with self._transaction() as connection:
            await connection.execute(delete(invited_news).where(invited_news.c.invitation.not_in(there)))


async def forget_invited_news(connection: AsyncConnection, user_id: str) -> None:
    """Forget what was told of somebody who came."""
    await connection.execute(delete(invited_news).where(invited_news.c.user_id == user_id))
