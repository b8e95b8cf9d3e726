"""The events in a crypto store: those that wait for their key, those not dealt with yet, open verifications."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from functools import partial
from typing import TypeVar

from bots.encryption.cross_signing import Json
from bots.encryption.crypto_records import PendingWrites, WaitingEvent
from bots.encryption.crypto_repair import UnreadableRecords
from bots.encryption.verification_events import VerificationId
from bots.encryption.wellformed import parsed

T = TypeVar("T")

MOST_OPEN = 200
"""The most verifications that are noted as open; of others a new process does not know that they were."""


class KeptEvents:
    """Encrypted events, and the message indexes that were used. Changes are written by the store's next commit."""

    def __init__(
        self, connection: sqlite3.Connection, pending: PendingWrites, unreadable: UnreadableRecords
    ) -> None:
        self._connection = connection
        self._pending = pending
        self._unreadable = unreadable

    def heard_as(self, room_id: str, session_id: str, message_index: int) -> tuple[str, int] | None:
        """Return the event id and time under which a message index was first read, None for an unused index."""
        key = (room_id, session_id, message_index)
        if key in self._pending.indexes:
            return self._pending.indexes[key]
        row = self._connection.execute(
            "SELECT event_id, origin_server_ts FROM message_index"
            " WHERE (room_id, session_id, message_index) = (?, ?, ?)",
            key,
        ).fetchone()
        return None if row is None else (str(row[0]), int(row[1]))

    def put_index(
        self, room_id: str, session_id: str, message_index: int, event_id: str, origin_server_ts: int
    ) -> None:
        """Note the event id and time under which a message index was read."""
        self._pending.indexes[room_id, session_id, message_index] = (event_id, origin_server_ts)

    def waiting(
        self, sessions: Collection[str] | None = None, senders: Collection[str] = ()
    ) -> list[tuple[str, Json]]:
        """Return the events that wait for their key, oldest first, each with its room.

        Where ``sessions`` or ``senders`` is given, only the events of these sessions or senders.
        """

        def wanted(sender: str, session_id: str) -> bool:
            return sessions is None or session_id in sessions or sender in senders

        new = self._pending.waiting
        rows = self._connection.execute(
            "SELECT rowid, event_id, sender, session_id FROM waiting_event ORDER BY rowid"
        )
        due = [row for row, event_id, *of in rows.fetchall() if event_id not in new and wanted(*of)]
        kept = [self._waiting_in(row) for row in due]
        return [each for each in kept if each is not None] + [
            (value.room_id, value.event)
            for value in new.values()
            if value is not None and wanted(value.sender, value.session_id)
        ]

    def _waiting_in(self, row: int) -> tuple[str, Json] | None:
        event_id, room_id, text = self._connection.execute(
            "SELECT event_id, room_id, event FROM waiting_event WHERE rowid = ?", (row,)
        ).fetchone()
        event = self._event("waiting_event", event_id, text)
        return None if event is None else (room_id, event)

    def _event(self, table: str, event_id: str, text: str) -> Json | None:
        """Return a stored event, None where it cannot be read."""
        event = self._unreadable.read(table, lambda: _event_of(event_id, text))
        if event is None:
            self._pending.unreadable.add((table, (event_id,)))
        return event

    def count_waiting(self) -> int:
        """Return how many events wait for their key."""
        there = {event_id for (event_id,) in self._connection.execute("SELECT event_id FROM waiting_event")}
        new = self._pending.waiting
        return len(there - new.keys()) + sum(value is not None for value in new.values())

    def wait(self, room_id: str, event: Json) -> None:
        """Store an event until its key comes."""
        self._pending.waiting[str(event["event_id"])] = WaitingEvent(
            room_id, str(event["sender"]), str(event["content"]["session_id"]), event
        )

    def waits(self, event_id: str) -> bool:
        """Whether an event waits for its key."""
        if event_id in self._pending.waiting:
            return self._pending.waiting[event_id] is not None
        found = self._connection.execute("SELECT 1 FROM waiting_event WHERE event_id = ?", (event_id,))
        return found.fetchone() is not None

    def stop_waiting(self, event_id: str) -> None:
        """Delete a waiting event, because it was read or never will be."""
        self._pending.waiting[event_id] = None

    def unhandled(self) -> list[tuple[str, Json]]:
        """Return the events that an earlier process read and did not deal with, oldest first, with their rooms."""
        rows = self._connection.execute("SELECT event_id, room_id, event FROM unhandled_event ORDER BY rowid")
        events = [
            (room_id, self._event("unhandled_event", event_id, text)) for event_id, room_id, text in rows
        ]
        return [(room_id, event) for room_id, event in events if event is not None]

    def put_unhandled(self, room_id: str, event: Json) -> None:
        """Store an event in its encrypted form until it is dealt with."""
        self._pending.unhandled[str(event["event_id"])] = (room_id, event)

    def handled(self, event_id: str) -> None:
        """Note that an event is dealt with."""
        self._pending.unhandled[event_id] = None

    def unhandled_invitations(self, make: Callable[[Json], T]) -> list[T]:
        """Return the invitations that an earlier process did not deal with, as ``make`` makes them of their JSON."""
        invitations: list[T] = []
        rows = self._connection.execute(
            "SELECT room_id, invitation FROM unhandled_invitation ORDER BY room_id"
        )
        for room_id, text in rows:
            invitation = self._unreadable.read("unhandled_invitation", partial(_made, make, text))
            if invitation is None:
                self._pending.unreadable.add(("unhandled_invitation", (room_id,)))
            else:
                invitations.append(invitation)
        return invitations

    def put_invitation(self, room_id: str, invitation: Json | None) -> None:
        """Store an invitation until it is dealt with; None deletes it."""
        self._pending.invitations[room_id] = invitation

    def verifications(self) -> list[tuple[VerificationId, str]]:
        """Return the verifications that are written as open, each with the other side's device."""
        rows = self._connection.execute(
            "SELECT user_id, transaction_id, room_id, device_id FROM open_verification"
        )
        return [(VerificationId(user, first, room), device) for user, first, room, device in rows]

    def put_verification(self, identity: VerificationId, device_id: str | None) -> None:
        """Note that a verification is open, with the other side's device, or, by None, that it is over."""
        if device_id is None or len(self._pending.verifications) + len(self.verifications()) < MOST_OPEN:
            self._pending.verifications[identity] = device_id


def _made(make: Callable[[Json], T], text: str) -> T:
    return make(parsed(text))


def _event_of(event_id: str, text: str) -> Json:
    """Return the event that was stored under ``event_id``. Raises ValueError."""
    event = parsed(text)
    if event.get("event_id") != event_id:
        raise ValueError("another event")
    return event
