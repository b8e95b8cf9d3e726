"""Drafts: guided edits that somebody has begun in a conversation, so that a restart of the bot does not end them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select

from community.storage.tables import drafts
from community.storage.transactions import Transactions, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody has said so far. ``conversation`` is a thread's root, or empty outside of threads.
    Without a room it is the key of a question that its person may answer anywhere.

    ``content`` is JSON text, for who wrote it. ``event_id``: the message that a reaction to confirms the draft.
    ``at``: when it was last added to.
    """

    room_id: str
    conversation: str
    user_id: str
    content: str
    event_id: str | None = None
    at: datetime


class Drafts:
    """The table of drafts: at most one for each person in each conversation."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def get(self, room_id: str, conversation: str, user_id: str) -> Draft | None:
        """Return that person's draft in that conversation."""
        return await self._one(*_of(room_id, conversation, user_id))

    async def waiting(self, room_id: str, conversation: str, user_id: str) -> tuple[Draft, ...]:
        """Return that person's draft in that conversation, and those that are of no room."""
        here = (drafts.c.room_id == room_id) & (drafts.c.conversation == conversation)
        where = drafts.c.user_id == user_id, here | (drafts.c.room_id == "")
        wanted = select(drafts).where(*where).order_by(drafts.c.conversation)
        return tuple(Draft(**row._mapping) for row in await self._transaction.rows(wanted))

    async def by_event(self, room_id: str, event_id: str) -> Draft | None:
        """Return the draft that a reaction to the message ``event_id`` confirms."""
        return await self._one(drafts.c.room_id == room_id, drafts.c.event_id == event_id)

    async def put(self, draft: Draft) -> None:
        """Keep ``draft``, in place of the same person's in the same conversation."""
        values = asdict(draft)
        async with self._transaction() as connection:
            await upsert(connection, drafts, values, values)

    async def delete(self, room_id: str, conversation: str, user_id: str) -> bool:
        """Drop a draft; return whether there was one."""
        async with self._transaction() as connection:
            gone = await connection.execute(delete(drafts).where(*_of(room_id, conversation, user_id)))
        return gone.rowcount > 0

    async def delete_older(self, than: datetime) -> int:
        """Drop the drafts that nobody has added to since ``than``; return how many."""
        async with self._transaction() as connection:
            return (await connection.execute(delete(drafts).where(drafts.c.at < than))).rowcount

    async def _one(self, *where: ColumnElement[bool]) -> Draft | None:
        async with self._transaction.reading() as connection:
            found = await connection.execute(select(drafts).where(*where).order_by(drafts.c.at.desc()))
            row = found.first()
        return None if row is None else Draft(**row._mapping)


def _of(room_id: str, conversation: str, user_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        drafts.c.room_id == room_id,
        drafts.c.conversation == conversation,
        drafts.c.user_id == user_id,
    )
