"""The outbox: scheduled messages, each at most once in each room.

A row is written *before* the message is sent and noted as sent after. Between the two the process may die; the
row then says with which transaction id and from which device the message may have gone out, so that sending it
again with both is deduplicated by the homeserver (spec, "Client Behaviour: Transaction identifiers").
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row, select, update

from community.storage.tables import outbox
from community.storage.transactions import Transactions, insert_once

_KEY = ("occurrence_key", "room_key")


class OutboxState(StrEnum):
    """Where a scheduled message stands."""

    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One occurrence in one room. ``due_at`` is when it should go out, ``begun_at`` when sending first began."""

    occurrence_key: str
    room_key: str
    room_id: str
    transaction_id: str
    device_id: str
    due_at: datetime
    begun_at: datetime
    state: OutboxState = OutboxState.SENDING
    event_id: str | None = None
    ended_at: datetime | None = None


class Outbox:
    """The table of scheduled messages."""

    def __init__(self, transactions: Transactions) -> None:
        self._transaction = transactions

    async def begin(self, row: OutboxRow) -> OutboxRow:
        """Write ``row`` unless this occurrence has one for this room; return the row that stands."""
        async with self._transaction() as connection:
            if await insert_once(connection, outbox, _KEY, asdict(row)):
                return row
            found = await connection.execute(
                select(outbox).where(
                    outbox.c.occurrence_key == row.occurrence_key, outbox.c.room_key == row.room_key
                )
            )
            return _row(found.one())

    async def end(
        self, row: OutboxRow, state: OutboxState, *, at: datetime, event_id: str | None = None
    ) -> None:
        """Note what became of a row that was being sent."""
        async with self._transaction() as connection:
            await connection.execute(
                update(outbox)
                .where(outbox.c.occurrence_key == row.occurrence_key, outbox.c.room_key == row.room_key)
                .values(state=state, event_id=event_id, ended_at=at)
            )

    async def ended_since(self, due_since: datetime) -> frozenset[tuple[str, str]]:
        """Return (occurrence key, room key) of what is sent or dropped and was due since ``due_since``."""
        async with self._transaction() as connection:
            found = await connection.execute(
                select(outbox.c.occurrence_key, outbox.c.room_key).where(
                    outbox.c.state != OutboxState.SENDING, outbox.c.due_at >= due_since
                )
            )
            return frozenset((occurrence, room) for occurrence, room in found)

    async def sending(self) -> tuple[OutboxRow, ...]:
        """Return the rows whose fate is not known, oldest first."""
        async with self._transaction() as connection:
            found = await connection.execute(
                select(outbox).where(outbox.c.state == OutboxState.SENDING).order_by(outbox.c.due_at)
            )
            return tuple(_row(row) for row in found)


def _row(row: Row[tuple[object, ...]]) -> OutboxRow:
    values = dict(row._mapping)
    return OutboxRow(**{**values, "state": OutboxState(values["state"])})
