"""Deletes records of a crypto store that cannot be read: a damaged record is treated as if it were not there.

What replaces each kind of record is in docs/architecture.md ("A damaged crypto store").
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import structlog

from bots.encryption.crypto_file import Execute, transaction
from bots.encryption.crypto_records import time_of
from bots.encryption.protocol import HOSTILE_ERRORS

log = structlog.get_logger()
T = TypeVar("T")

GAP = timedelta(seconds=30)
"""A device that runs writes more often than this. After a longer gap the file may have been put back from a copy, and
Olm messages may have been sent since with the sessions in it."""
_LAST_SECOND = 253_402_300_799
"""The last second that a `datetime` can express (31 December 9999)."""
_TIME = f"typeof({{0}}) IN ('real', 'integer') AND {{0}} BETWEEN 0 AND {_LAST_SECOND}"
_TEXT, _BLOB, _INTEGER = (f"typeof({{0}}) = '{kind}'" for kind in ("text", "blob", "integer"))
_JSON = "typeof({0}) = 'text' AND json_valid({0})"

_VALID: Mapping[str, Mapping[str, str]] = {
    "olm_session": {
        "sender_key": _TEXT,
        "session_id": _TEXT,
        "pickle": _BLOB,
        "created": _TIME,
        "used": _TIME,
    },
    "inbound_group_session": {
        "room_id": _TEXT,
        "session_id": _TEXT,
        "sender_key": _TEXT,
        "ed25519": _TEXT,
        "pickle": _BLOB,
        "received": _TIME,
        "shared_history": _INTEGER,
    },
    "sent_messages": {"room_id": _TEXT, "session_id": _TEXT, "messages": _INTEGER},
    "known_user": {"user_id": _TEXT, "current": _INTEGER, "devices": _JSON},
    "message_index": {
        "room_id": _TEXT,
        "session_id": _TEXT,
        "message_index": _INTEGER,
        "event_id": _TEXT,
        "origin_server_ts": _INTEGER,
    },
    "waiting_event": {
        "event_id": _TEXT,
        "room_id": _TEXT,
        "sender": _TEXT,
        "session_id": _TEXT,
        "event": _JSON,
        "since": _TIME,
    },
    "unhandled_event": {"event_id": _TEXT, "room_id": _TEXT, "event": _JSON},
    "unhandled_invitation": {"room_id": _TEXT, "invitation": _JSON},
    "room": {"room_id": _TEXT},
    "session_backup": {
        "room_id": _TEXT,
        "session_id": _TEXT,
        "version": f"{{0}} IS NULL OR {_TEXT}",
    },
    "restored_session": {
        "room_id": _TEXT,
        "session_id": _TEXT,
        "sender_key": _TEXT,
        "user_id": f"{{0}} IS NULL OR {_TEXT}",
        "direct_from": f"{{0}} IS NULL OR {_INTEGER}",
    },
    "history_share": {"room_id": _TEXT, "user_id": _TEXT, "joined": _TIME, "devices": _JSON},
}
"""The condition for each column to have a valid value, by table."""

_DEVICE: Mapping[str, tuple[str, str]] = {
    "published": (_INTEGER, "0"),
    "sync_token": (f"{{0}} IS NULL OR {_TEXT}", "NULL"),
    "generation": (_INTEGER, "0"),
    "written": (_TIME, "0"),
    "fallback_replaced": (f"{{0}} IS NULL OR {_TIME}", "NULL"),
    "olm_since": (_TIME, "0"),
}
"""The condition for the columns of the device to be valid, and what replaces a value that is not.

``written`` 0 is long ago: then the store counts as one that may have been put back from a copy."""


class UnreadableRecords:
    """Counts the records that could not be read, by table, and logs each table once, without anything of them."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def repair(self, connection: sqlite3.Connection, path: Path, now: datetime) -> datetime | None:
        """Delete the records with values of another type than they must have; return when the file was last written.

        Where that is longer ago than `GAP`, or not known, all Olm sessions in it are stale from now on.

        Raises:
            CryptoStoreUnwritable: it cannot be written.
        """
        with transaction(connection, path) as execute:
            self._delete(connection)
            (seconds,) = connection.execute("SELECT written FROM device").fetchone()
            written = time_of(seconds) if seconds else None
            if written is None or not timedelta() <= now - written < GAP:
                since = now if written is None else max(now, written)
                execute("UPDATE device SET olm_since = ?", [(since.timestamp(),)])
        return written

    def _delete(self, connection: sqlite3.Connection) -> None:
        for table, columns in _VALID.items():
            valid = " AND ".join(f"({check.format(column)})" for column, check in columns.items())
            deleted = connection.execute(f"DELETE FROM {table} WHERE NOT ({valid})")  # noqa: S608 - our own names
            self._note(table, deleted.rowcount)
        for column, (check, instead) in _DEVICE.items():
            changed = connection.execute(
                f"UPDATE device SET {column} = {instead} WHERE NOT ({check.format(column)})"  # noqa: S608 - our own names
            )
            self._note("device", changed.rowcount)

    def read(self, table: str, make: Callable[[], T]) -> T | None:
        """Return the record that ``make`` makes of a row, None where the row cannot be read."""
        try:
            return make()
        except HOSTILE_ERRORS:
            self._note(table, 1)
            return None

    def _note(self, table: str, count: int) -> None:
        if count > 0:
            if table not in self.counts:
                log.warning("crypto_records_unreadable", table=table)
            self.counts[table] += count


_KEYS: Mapping[str, tuple[str, ...]] = {
    "olm_session": ("sender_key", "session_id"),
    "inbound_group_session": ("room_id", "session_id", "sender_key"),
    "known_user": ("user_id",),
    "waiting_event": ("event_id",),
    "unhandled_event": ("event_id",),
    "unhandled_invitation": ("room_id",),
    "room": ("room_id",),
}


def delete_unreadable(execute: Execute, keys: set[tuple[str, tuple[str, ...]]]) -> None:
    """Delete records, each given as its table and primary key, inside a transaction."""
    for table, columns in _KEYS.items():
        marks = ", ".join("?" * len(columns))
        execute(
            f"DELETE FROM {table} WHERE ({', '.join(columns)}) = ({marks})",  # noqa: S608 - our own names
            sorted(key for of, key in keys if of == table),
        )
