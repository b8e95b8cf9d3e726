"""What is new since a moment: entries that have changed, dates that the bot has announced. Found by indexes of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from community.directory.entry import ChangedEntry, EntryKind, from_json
from community.jobs.job import JobState
from community.jobs.room_posts import RoomPost
from community.storage.job_rows import READ, job_of
from community.storage.tables import history, jobs
from community.storage.transactions import Transactions


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
        begun = select(history.c.at).order_by(history.c.id).limit(1).scalar_subquery()
        when = [history.c.at >= since, history.c.at > begun]
        if until is not None:
            when.append(history.c.at < until)
        first, latest = func.min(history.c.id).label("first"), func.max(history.c.id).label("latest")
        names = (history.c.kind, history.c.key)
        wanted = select(*names, first, latest).where(*when).group_by(*names)
        async with self._transaction.reading() as connection:
            found = (await connection.execute(wanted.order_by(latest.desc()).limit(limit))).all()
            numbers = [row.first for row in found]
            states = select(history.c.id, history.c.before).where(history.c.id.in_(numbers))
            before = {row.id: row.before for row in await connection.execute(states)}
        return tuple(_changed(row.kind, row.key, before[row.first], row.latest) for row in found)

    async def announced(self, since: datetime, *, limit: int) -> tuple[Announced, ...]:
        """Return the dates told by the last ``limit`` posts that were due from ``since`` on, the latest first."""
        told = (jobs.c.kind == RoomPost.KIND, jobs.c.state == JobState.DONE, jobs.c.run_after >= since)
        wanted = select(*READ).where(*told).order_by(jobs.c.run_after.desc()).limit(limit)
        posts = RoomPost.each(map(job_of, await self._transaction.rows(wanted)))
        # The last part of a post's key is which reminder it is.
        keys = ((key.rpartition("/")[0], post.room_key) for _job, post in posts for key, _state in post.told)
        return tuple(Announced(key, room) for key, room in dict.fromkeys(keys))


def _changed(kind: EntryKind, key: str, before: str | None, latest: int) -> ChangedEntry:
    return ChangedEntry(kind, key, None if before is None else from_json(kind, before), latest)
