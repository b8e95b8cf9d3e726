"""When people last wrote: of each person two moments, from which “what did I miss?” is reckoned. Nobody's words.

A *visit* is a time in which somebody writes now and then, and ends with `PAUSE` of silence. What somebody missed is
what came after the last message of the visit before the present one: so that neither the question itself nor a second
one a minute later leaves nothing to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_, select

from community.storage.tables import people, visits
from community.storage.transactions import Transactions, upsert

PAUSE = timedelta(hours=4)
"""The silence that ends a visit."""
STEP = timedelta(minutes=10)
"""How exactly moments are kept."""
KEPT_FOR = timedelta(days=366)
"""How long the moments of somebody are kept who does not write any more."""


@dataclass(frozen=True, slots=True)
class Visit:
    """When somebody last wrote, and when they last did before that visit began; None where it is the first known."""

    wrote_at: datetime
    before: datetime | None = None

    def missed_since(self, now: datetime) -> datetime | None:
        """Return from when on somebody who writes at ``now`` has missed something; None where that is not known."""
        return self.wrote_at if now - self.wrote_at > PAUSE else self.before

    def continued(self, at: datetime) -> Visit:
        """Return the visit once somebody has written at ``at``; an earlier message changes nothing."""
        return self if at <= self.wrote_at else Visit(at, self.missed_since(at))


def rounded(moment: datetime) -> datetime:
    """Return a moment as it is kept: the beginning of its ten minutes, in UTC."""
    moment = moment.astimezone(UTC)
    return moment.replace(minute=moment.minute - moment.minute % 10, second=0, microsecond=0)


class Visits:
    """The table of visits."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def of(self, user_id: str) -> Visit | None:
        """Return when a person wrote, None where that is not known."""
        wanted = select(visits.c.wrote_at, visits.c.before).where(visits.c.user_id == user_id)
        rows = await self._transaction.rows(wanted)
        return Visit(rows[0].wrote_at, rows[0].before) if rows else None

    async def note(self, user_id: str, at: datetime) -> None:
        """Note that a person wrote at ``at``, which is kept to ten minutes."""
        moment = rounded(at)
        async with self._transaction() as connection:
            wanted = select(visits.c.wrote_at, visits.c.before).where(visits.c.user_id == user_id)
            row = (await connection.execute(wanted)).one_or_none()
            visit = Visit(moment) if row is None else Visit(row.wrote_at, row.before).continued(moment)
            values = {"wrote_at": visit.wrote_at, "before": visit.before}
            await upsert(connection, visits, {"user_id": user_id, **values}, values)

    async def drop_old(self, now: datetime) -> None:
        """Forget those who have written nothing for `KEPT_FOR`, and those who are no active members."""
        there = select(people.c.user_id)
        old = or_(visits.c.wrote_at < now - KEPT_FOR, visits.c.user_id.not_in(there))
        async with self._transaction() as connection:
            await connection.execute(delete(visits).where(old))
