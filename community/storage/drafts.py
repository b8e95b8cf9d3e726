"""Drafts: guided edits that somebody has begun in a conversation, so that a restart of the bot does not end them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, delete, or_, select, update

from community.storage.kept_words import WordSealing
from community.storage.tables import drafts
from community.storage.transactions import Transactions, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody has said so far. ``conversation`` is a thread's root, or empty outside of threads.
    Without a room it is the key of a question that its person may answer anywhere.

    ``content`` is JSON text, for who wrote it; it is empty where it was kept for too long. ``event_id``: the message
    that a reaction to confirms the draft. ``at``: when it was last added to. ``origins``: the messages that its words
    are from (`bots.context.kept_texts.origin`).
    """

    room_id: str
    conversation: str
    user_id: str
    content: str
    event_id: str | None = None
    at: datetime
    origins: tuple[str, ...] = ()


class Drafts:
    """The table of drafts: at most one for each person in each conversation. Their content is encrypted there.

    One that cannot be read, because the key is another, is as good as none.
    """

    def __init__(self, transactions: Transactions, words: WordSealing) -> None:
        self._transaction = transactions
        self._words = words

    async def get(self, room_id: str, conversation: str, user_id: str) -> Draft | None:
        """Return that person's draft in that conversation."""
        return await self._one(*_of(room_id, conversation, user_id))

    async def waiting(self, room_id: str, conversation: str, user_id: str) -> tuple[Draft, ...]:
        """Return that person's draft in that conversation, and those that are of no room."""
        here = (drafts.c.room_id == room_id) & (drafts.c.conversation == conversation)
        where = drafts.c.user_id == user_id, here | (drafts.c.room_id == "")
        wanted = select(drafts).where(*where).order_by(drafts.c.conversation)
        return tuple(self._read(await self._transaction.rows(wanted)))

    async def of_no_room(self, conversation: str) -> tuple[Draft, ...]:
        """Return the drafts of no room with that key, whoever's they are."""
        here = (drafts.c.room_id == "", drafts.c.conversation == conversation)
        async with self._transaction() as connection:
            return tuple(self._read(await connection.execute(select(drafts).where(*here))))

    async def by_event(self, room_id: str, event_id: str) -> Draft | None:
        """Return the draft that a reaction to the message ``event_id`` confirms."""
        return await self._one(drafts.c.room_id == room_id, drafts.c.event_id == event_id)

    async def put(self, draft: Draft) -> None:
        """Keep ``draft``, in place of the same person's in the same conversation."""
        whose = draft.room_id, draft.conversation, draft.user_id
        content = self._words.draft(draft.content, *whose)
        values = asdict(draft) | {"content": content, "origins": " ".join(draft.origins)}
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

    async def empty_older(self, than: datetime) -> int:
        """Delete the words of drafts that nobody has added to since ``than``; return of how many.

        A draft in a conversation stays without them for a while, so that its person can be told what became of it.
        """
        old = (drafts.c.at < than, drafts.c.content != "")
        async with self._transaction() as connection:
            gone = await connection.execute(delete(drafts).where(*old, drafts.c.room_id == ""))
            emptied = await connection.execute(update(drafts).where(*old).values(content="", origins=""))
        return gone.rowcount + emptied.rowcount

    async def with_words_of(self, origin: str, room_id: str, event_id: str) -> tuple[Draft, ...]:
        """Return the drafts with words of a message, and that which the message shows.

        ``origin`` names the message as `Draft.origins` do.
        """
        shown = (drafts.c.room_id == room_id) & (drafts.c.event_id == event_id)
        wanted = select(drafts).where(or_(shown, drafts.c.origins.contains(origin, autoescape=True)))
        async with self._transaction() as connection:
            found = self._read(await connection.execute(wanted))
            return tuple(each for each in found if each.event_id == event_id or origin in each.origins)

    async def _one(self, *where: ColumnElement[bool]) -> Draft | None:
        async with self._transaction.reading() as connection:
            found = await connection.execute(select(drafts).where(*where).order_by(drafts.c.at.desc()))
            row = found.first()
        return None if row is None else next(self._read((row,)), None)

    def _read(self, rows: Iterable[Row[tuple[object, ...]]]) -> Iterator[Draft]:
        """Yield the drafts of rows, but for those that cannot be read."""
        for row in rows:
            content = self._words.draft_opened(row.content, row.room_id, row.conversation, row.user_id)
            if content is not None:
                values = {"content": content, "origins": tuple(row.origins.split())}
                yield Draft(**{**row._mapping, **values})


def _of(room_id: str, conversation: str, user_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        drafts.c.room_id == room_id,
        drafts.c.conversation == conversation,
        drafts.c.user_id == user_id,
    )
