"""The feeds of the calendar: of what each is, by a digest of the secret in its address; and when entries changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, func, insert, select

from community.directory.entry import CALENDAR_KINDS, EntryKey
from community.storage.tables import feeds, history
from community.storage.transactions import Transactions, bump

FeedKind = Literal["community", "theme", "cohort", "city", "role", "person"]
_SUBJECT: Literal["feeds"] = "feeds"


@dataclass(frozen=True, slots=True)
class FeedSubject:
    """What a feed is of; ``key``: of the theme, cohort, city or role, a person's user name, the community's own."""

    kind: FeedKind
    key: str


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
        """Note a feed whose secret has that digest."""
        new = {"digest": digest, "kind": subject.kind, "key": subject.key, "made_at": at, "made_by": by}
        async with self._transaction() as connection:
            made = await connection.execute(insert(feeds).values(new).returning(feeds.c.id))
            await bump(connection, _SUBJECT)
            return Feed(made.scalar_one(), digest, subject, at, by)

    async def all(self) -> tuple[Feed, ...]:
        """Return the feeds by their numbers."""
        found = await self._transaction.rows(select(feeds).order_by(feeds.c.id))
        return tuple(
            Feed(row.id, row.digest, FeedSubject(row.kind, row.key), row.made_at, row.made_by)
            for row in found
        )

    async def revoke(self, number: int) -> Feed | None:
        """Take away the feed of that number and return it; None where there is none."""
        there = next((feed for feed in await self.all() if feed.id == number), None)
        if there is None:
            return None
        async with self._transaction() as connection:
            gone = await connection.execute(delete(feeds).where(feeds.c.id == number))
            await bump(connection, _SUBJECT)
        return there if gone.rowcount else None

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
