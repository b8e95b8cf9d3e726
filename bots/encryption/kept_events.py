"""The events that a crypto store keeps: those that wait for their key, and those that are not dealt with yet."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from bots.encryption.cross_signing import Json
from bots.encryption.crypto_records import PendingWrites, WaitingEvent


class KeptEvents:
    """Events as they came, encrypted, and which message indexes were read. Changes are written with the store's."""

    def __init__(self, connection: sqlite3.Connection, pending: PendingWrites) -> None:
        self._connection = connection
        self._pending = pending

    def heard_as(self, room_id: str, session_id: str, message_index: int) -> tuple[str, int] | None:
        """Return under which event id and time the message of an index was read, None where it was not."""
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
        """Note under which event a message of an index was read."""
        self._pending.indexes[room_id, session_id, message_index] = (event_id, origin_server_ts)

    def waiting(
        self, sessions: Collection[str] | None = None, senders: Collection[str] = ()
    ) -> list[tuple[str, Json]]:
        """Return the events that wait for their key, oldest first, each with its room.

        Of all, or those alone that are under one of ``sessions`` or from one of ``senders``.
        """

        def wanted(sender: str, session_id: str) -> bool:
            return sessions is None or session_id in sessions or sender in senders

        new = self._pending.waiting
        rows = self._connection.execute(
            "SELECT rowid, event_id, sender, session_id FROM waiting_event ORDER BY rowid"
        )
        due = [row for row, event_id, *of in rows.fetchall() if event_id not in new and wanted(*of)]
        kept = [self._waiting_in(row) for row in due]
        return kept + [
            (value.room_id, value.event)
            for value in new.values()
            if value is not None and wanted(value.sender, value.session_id)
        ]

    def _waiting_in(self, row: int) -> tuple[str, Json]:
        room_id, event = self._connection.execute(
            "SELECT room_id, event FROM waiting_event WHERE rowid = ?", (row,)
        ).fetchone()
        return str(room_id), json.loads(event)

    def count_waiting(self) -> int:
        """Return how many events wait for their key."""
        there = {event_id for (event_id,) in self._connection.execute("SELECT event_id FROM waiting_event")}
        new = self._pending.waiting
        return len(there - new.keys()) + sum(value is not None for value in new.values())

    def wait(self, room_id: str, event: Json) -> None:
        """Keep an event until its key comes."""
        self._pending.waiting[str(event["event_id"])] = WaitingEvent(
            room_id, str(event["sender"]), str(event["content"]["session_id"]), event
        )

    def stop_waiting(self, event_id: str) -> None:
        """Give up or be done with a waiting event."""
        self._pending.waiting[event_id] = None

    def unhandled(self) -> list[tuple[str, Json]]:
        """Return the events that were read and not dealt with before the last end, oldest first, with their rooms."""
        rows = self._connection.execute("SELECT room_id, event FROM unhandled_event ORDER BY rowid")
        return [(room_id, json.loads(event)) for room_id, event in rows]

    def put_unhandled(self, room_id: str, event: Json) -> None:
        """Keep an event, as it came, until it is dealt with."""
        self._pending.unhandled[str(event["event_id"])] = (room_id, event)

    def handled(self, event_id: str) -> None:
        """Note that an event is dealt with."""
        self._pending.unhandled[event_id] = None

    def unhandled_invitations(self) -> list[Json]:
        """Return the invitations that were not dealt with before the last end."""
        rows = self._connection.execute("SELECT invitation FROM unhandled_invitation ORDER BY room_id")
        return [json.loads(invitation) for (invitation,) in rows]

    def put_invitation(self, room_id: str, invitation: Json | None) -> None:
        """Keep an invitation until it is dealt with (None)."""
        self._pending.invitations[room_id] = invitation
