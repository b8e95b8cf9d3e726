"""The feeds of the calendar: of what each is, by a digest of the secret in its address; and when entries changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from community.description.feed_subject import FeedSubject
from community.directory.entry import CALENDAR_KINDS, EntryKey
from community.storage.audit import NewAuditEntry, values_of
from community.storage.tables import audit, feeds, history, revisions
from community.storage.transactions import Transactions, bump, hold, insert_once, revisions_of, upsert

_SUBJECT: Literal["feeds"] = "feeds"
_PUBLISHED: Literal["feeds_published"] = "feeds_published"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed. ``digest``: the SHA-256 of its secret in hexadecimal; ``made_by``: a Matrix ID or ``cli:NAME``."""

    id: int
    digest: str
    subject: FeedSubject
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class LastChange:
    """The newest change of an entry: its number in the history, which only grows, and when it was made."""

    number: int
    at: datetime


class Feeds:
    """The table of feeds."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def add(self, digest: str, subject: FeedSubject, *, by: str, at: datetime) -> Feed:
        """Note a feed whose secret has that digest, and in the audit that it was made."""
        async with self._transaction() as connection:
            found = await connection.execute(
                insert(feeds).values(_row(digest, subject, by, at)).returning(feeds)
            )
            made = _feed(found.one())
            await _note(connection, "make-feed", [made], by, at)
            await bump(connection, _SUBJECT)
        return made

    async def renew(self, digest: str, subject: FeedSubject, *, by: str, at: datetime) -> tuple[Feed, ...]:
        """Note a feed in place of all others of its subject, and both in the audit; return those that it replaces.

        Of a digest that is noted already nothing is done, so that whoever was broken off may begin again.
        """
        async with self._transaction() as connection:
            await hold(connection, _SUBJECT)
            before = await _of(connection, subject)
            if not await insert_once(connection, feeds, ("digest",), _row(digest, subject, by, at)):
                return ()
            await _remove(connection, before, by, at)
            *_, made = await _of(connection, subject)
            await _note(connection, "make-feed", [made], by, at)
            await bump(connection, _SUBJECT)
        return before

    async def revoke_all(
        self, subjects: Collection[FeedSubject], *, by: str, at: datetime
    ) -> tuple[Feed, ...]:
        """Take away all feeds of ``subjects``, note it in the audit, and return them."""
        async with self._transaction() as connection:
            await hold(connection, _SUBJECT)
            there = [feed for subject in subjects for feed in await _of(connection, subject)]
            if there:
                await _remove(connection, there, by, at)
                await bump(connection, _SUBJECT)
        return tuple(there)

    async def of(self, subject: FeedSubject) -> tuple[Feed, ...]:
        """Return the feeds of a subject, the newest last."""
        async with self._transaction.reading() as connection:
            return await _of(connection, subject)

    async def note_published(self, revision: int) -> None:
        """Note that what the feeds' ``revision`` says is published: no other is, and none of it is missing."""
        values = {"subject": _PUBLISHED, "number": revision}
        async with self._transaction() as connection:
            await upsert(connection, revisions, values, {"number": revision})

    async def is_published(self) -> bool | None:
        """Whether the last change of the feeds is published; None where nothing ever was."""
        changed, published = await revisions_of(self._transaction, (_SUBJECT, _PUBLISHED))
        return published >= changed if published else None

    async def all(self) -> tuple[Feed, ...]:
        """Return the feeds by their numbers."""
        found = await self._transaction.rows(select(feeds).order_by(feeds.c.id))
        return tuple(map(_feed, found))

    async def revoke(self, number: int, *, by: str, at: datetime) -> Feed | None:
        """Take away the feed of that number, note it in the audit, and return it; None where there is none."""
        async with self._transaction() as connection:
            await hold(connection, _SUBJECT)
            found = await connection.execute(select(feeds).where(feeds.c.id == number))
            there = tuple(map(_feed, found))
            if not there:
                return None
            await _remove(connection, there, by, at)
            await bump(connection, _SUBJECT)
        return there[0]

    async def last_changes(self) -> Mapping[EntryKey, LastChange]:
        """Return the newest change of each event and deadline that was changed since it has a history."""
        newest = (
            select(func.max(history.c.id).label("id"))
            .where(history.c.kind.in_(CALENDAR_KINDS))
            .group_by(history.c.kind, history.c.key)
            .subquery()
        )
        wanted = select(history.c.kind, history.c.key, history.c.id, history.c.at).join(
            newest, history.c.id == newest.c.id
        )
        found = await self._transaction.rows(wanted)
        return {(row.kind, row.key): LastChange(row.id, row.at) for row in found}


async def _of(connection: AsyncConnection, subject: FeedSubject) -> tuple[Feed, ...]:
    wanted = select(feeds).where(feeds.c.kind == subject.kind, feeds.c.key == subject.key)
    return tuple(map(_feed, await connection.execute(wanted.order_by(feeds.c.id))))


def _feed(row: Row[Any]) -> Feed:
    return Feed(row.id, row.digest, FeedSubject(row.kind, row.key), row.made_at, row.made_by)


def _row(digest: str, subject: FeedSubject, by: str, at: datetime) -> dict[str, object]:
    return {"digest": digest, "kind": subject.kind, "key": subject.key, "made_at": at, "made_by": by}


async def _remove(connection: AsyncConnection, gone: Collection[Feed], by: str, at: datetime) -> None:
    await connection.execute(delete(feeds).where(feeds.c.id.in_([feed.id for feed in gone])))
    await _note(connection, "revoke-feed", gone, by, at)


async def _note(
    connection: AsyncConnection, action: str, changed: Collection[Feed], by: str, at: datetime
) -> None:
    """Note it in the audit, without the address."""
    rows = [
        NewAuditEntry(
            at=at,
            actor=by,
            action=action,
            subject=f"{feed.subject.kind}/{feed.subject.key}",
            detail=f"feed {feed.id}",
        )
        for feed in changed
    ]
    if rows:
        await connection.execute(insert(audit), list(map(values_of, rows)))
