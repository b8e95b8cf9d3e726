"""Reads records from a crypto store's tables. One that cannot be read is left out, and deleted by the next commit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from nio.crypto import InboundGroupSession, Session

from bots.encryption.cross_signing import Json
from bots.encryption.crypto_records import OlmSessionEntry, PendingWrites, known_user, time_of
from bots.encryption.crypto_repair import UnreadableRecords
from bots.encryption.devices import KnownUser
from bots.encryption.room_session import RoomSession
from bots.encryption.wellformed import parsed

_VARIABLES = 500
"""The most values in one SQL statement (SQLite's lowest limit is 999)."""


class RecordReader:
    """Reads the rows of one store. ``pickle_key`` opens its pickles."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        pickle_key: str,
        pending: PendingWrites,
        unreadable: UnreadableRecords,
    ) -> None:
        self._connection = connection
        self._key = pickle_key
        self._pending = pending
        self._unreadable = unreadable

    def olm_sessions(
        self, sender_keys: Sequence[str], stale_since: datetime
    ) -> Iterator[tuple[str, OlmSessionEntry]]:
        """Yield the Olm sessions with devices, each with the device's key. Those until ``stale_since`` are stale."""
        for sender_key, session_id, pickle, created, used in self._olm_rows(sender_keys):
            read = partial(Session.from_pickle, pickle, time_of(created), self._key, time_of(used))
            session = self._unreadable.read("olm_session", read)
            if session is None:
                self._pending.unreadable.add(("olm_session", (sender_key, session_id)))
                continue
            times = time_of(created), time_of(used)
            yield sender_key, OlmSessionEntry(session, *times, is_stale=times[0] <= stale_since)

    def _olm_rows(self, sender_keys: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(sender_keys), _VARIABLES):
            keys = sender_keys[start : start + _VARIABLES]
            marks = ",".join("?" * len(keys))
            yield from self._connection.execute(
                f"SELECT sender_key, session_id, pickle, created, used FROM olm_session WHERE sender_key IN ({marks})",  # noqa: S608 - question marks alone
                keys,
            )

    def inbound(self, room_id: str, session_id: str) -> list[RoomSession]:
        """Return the inbound Megolm sessions of a room of that id."""
        rows = self._connection.execute(
            "SELECT pickle, ed25519, sender_key, shared_history FROM inbound_group_session"
            " WHERE (room_id, session_id) = (?, ?)",
            (room_id, session_id),
        )
        sessions = []
        for pickle, ed25519, sender_key, shared in rows:
            read = partial(InboundGroupSession.from_pickle, pickle, ed25519, sender_key, room_id, self._key)
            session = self._unreadable.read("inbound_group_session", read)
            if session is None:
                key = (room_id, session_id, sender_key)
                self._pending.unreadable.add(("inbound_group_session", key))
            else:
                sessions.append(RoomSession(session, bool(shared)))
        return sessions

    def user(self, user_id: str) -> KnownUser | None:
        """Return a user's known devices; none, to be asked for, where the record cannot be read."""
        row = self._connection.execute(
            "SELECT devices, current FROM known_user WHERE user_id = ?", (user_id,)
        ).fetchone()
        if row is None:
            return None
        read = partial(known_user, user_id, current=bool(row[1]))
        user = self._unreadable.read("known_user", lambda: read(json.loads(row[0])))
        if user is None:
            self._pending.unreadable.add(("known_user", (user_id,)))
            return KnownUser(user_id, {}, current=False)
        return user

    def rooms(self) -> dict[str, Json]:
        """Return the rooms' states by room id."""
        rooms: dict[str, Json] = {}
        for room_id, state in self._connection.execute("SELECT room_id, state FROM room"):
            room = self._unreadable.read("room", partial(parsed, state))
            if room is None:
                self._pending.unreadable.add(("room", (room_id,)))
            else:
                rooms[room_id] = room
        return rooms
