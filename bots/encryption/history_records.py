"""Whose devices were given the earlier keys of a room into which we have invited them, as the crypto store keeps it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bots.encryption.crypto_file import transaction
from bots.encryption.crypto_records import time_of


@dataclass(frozen=True, slots=True)
class HistoryShare:
    """``joined``: when the person was first seen in the room. ``given``: the devices that were sent the keys, by id."""

    joined: datetime
    given: frozenset[str] = frozenset()


class HistoryRecords:
    """One record for each room and person. Each change is written at once."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def of(self, room_id: str, user_id: str) -> HistoryShare | None:
        """Return what is noted of somebody in a room; None where nothing is, or where it cannot be read."""
        row = self._connection.execute(
            "SELECT joined, devices FROM history_share WHERE (room_id, user_id) = (?, ?)", (room_id, user_id)
        ).fetchone()
        if row is None:
            return None
        devices = json.loads(row[1])
        if not isinstance(devices, list):
            return None
        return HistoryShare(time_of(row[0]), frozenset(each for each in devices if isinstance(each, str)))

    def joined(self, room_id: str, user_id: str, since: datetime, now: datetime) -> HistoryShare:
        """Return what is noted of somebody who is in a room; where nothing is, note that they have joined ``now``.

        ``since``: when they were invited. What was noted before that is of an earlier stay, and counts for nothing.

        Raises:
            CryptoStoreUnwritable: it cannot be written.
        """
        known = self.of(room_id, user_id)
        if known is not None and known.joined >= since:
            return known
        share = HistoryShare(now)
        self._write(room_id, user_id, share)
        return share

    def note_given(self, room_id: str, user_id: str, devices: Collection[str]) -> None:
        """Note that devices were sent the keys.

        Raises:
            CryptoStoreUnwritable: it cannot be written.
        """
        known = self.of(room_id, user_id)
        if known is not None:
            self._write(room_id, user_id, HistoryShare(known.joined, known.given.union(devices)))

    def forget(self, room_id: str, user_id: str) -> None:
        """Delete what is noted of somebody in a room.

        Raises:
            CryptoStoreUnwritable: it cannot be written.
        """
        with transaction(self._connection, self._path) as execute:
            execute("DELETE FROM history_share WHERE (room_id, user_id) = (?, ?)", [(room_id, user_id)])

    def _write(self, room_id: str, user_id: str, share: HistoryShare) -> None:
        row = (room_id, user_id, share.joined.timestamp(), json.dumps(sorted(share.given)))
        with transaction(self._connection, self._path) as execute:
            execute("REPLACE INTO history_share VALUES (?, ?, ?, ?)", [row])
