"""What is new since a moment: entries that have changed, dates that the bot has announced. Found by indexes of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from community.directory.entry import ChangedEntry, EntryKey, EntryKind, from_json
from community.jobs.job import JobState
from community.jobs.room_posts import RoomPost
from community.storage.job_rows import READ, job_of
from community.storage.tables import history, jobs
from community.storage.transactions import Transactions

_MOST_CHANGES = 2_000
"""The most changes that are looked at, the newest: of an entry that was changed before them too, only these count."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A date that the bot has told in a room, by the key of its occurrence (`Occurrence.key`) and that of the room."""

    occurrence_key: str
    room_key: str


class News:
    """Reads what is new. At most so many are given: nobody reads hundreds."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def changed(
        self, since: datetime, until: datetime | None = None, *, limit: int
    ) -> tuple[ChangedEntry, ...]:
        """Return the entries changed from ``since`` on, before ``until`` (None: now), those changed last first.

        Not those with which the history begins: what was there from the beginning is no news.
        """
        first = select(func.min(history.c.id)).scalar_subquery()
        begun = select(history.c.at).where(history.c.id == first).scalar_subquery()
        when = [history.c.at >= since, history.c.at > begun]
        if until is not None:
            when.append(history.c.at < until)
        wanted = select(history.c.id, history.c.kind, history.c.key).where(*when)
        newest = wanted.order_by(history.c.at.desc(), history.c.id.desc()).limit(_MOST_CHANGES)
        async with self._transaction.reading() as connection:
            found = list((await connection.execute(newest)).all())
            firsts: dict[EntryKey, int] = {(row.kind, row.key): row.id for row in found}
            latest: dict[EntryKey, int] = {(row.kind, row.key): row.id for row in reversed(found)}
            names = sorted(latest, key=lambda name: -latest[name])[:limit]
            numbers = [firsts[name] for name in names]
            states = select(history.c.id, history.c.before).where(history.c.id.in_(numbers))
            before = {row.id: row.before for row in await connection.execute(states)}
        return tuple(_changed(*name, before[firsts[name]], latest[name]) for name in names)

    async def announced(
        self, since: datetime, *, limit: int, room_key: str | None = None
    ) -> tuple[Announced, ...]:
        """Return the dates told by the last ``limit`` posts that were due from ``since`` on, the latest first.

        ``room_key``: only those in that room.
        """
        told = [jobs.c.kind == RoomPost.KIND, jobs.c.state == JobState.DONE, jobs.c.run_after >= since]
        if room_key is not None:
            there = RoomPost.key_of("", room_key)
            told.append(jobs.c.idempotency_key.startswith(there, autoescape=True))
        wanted = select(*READ).where(*told).order_by(jobs.c.run_after.desc()).limit(limit)
        posts = RoomPost.each(map(job_of, await self._transaction.rows(wanted)))
        # The last part of a post's key is which reminder it is.
        keys = ((key.rpartition("/")[0], post.room_key) for _job, post in posts for key, _state in post.told)
        return tuple(Announced(key, room) for key, room in dict.fromkeys(keys))


def _changed(kind: EntryKind, key: str, before: str | None, latest: int) -> ChangedEntry:
    return ChangedEntry(kind, key, None if before is None else from_json(kind, before), latest)
