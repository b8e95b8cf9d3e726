"""The SQLite file of a crypto store: its tables, opening it, and writing to it in whole transactions."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from nio.crypto import OlmAccount

from bots.errors import CryptoStoreDamaged, CryptoStoreForeign, CryptoStoreUnwritable

VERSION = 4

_BACKUPS = """
CREATE TABLE session_backup (
    room_id TEXT NOT NULL, session_id TEXT NOT NULL, version TEXT, PRIMARY KEY (room_id, session_id)
) WITHOUT ROWID;
CREATE INDEX session_backup_version ON session_backup (version);
CREATE TABLE restored_session (
    room_id TEXT NOT NULL, session_id TEXT NOT NULL, sender_key TEXT NOT NULL, user_id TEXT, direct_from INTEGER,
    PRIMARY KEY (room_id, session_id, sender_key)
) WITHOUT ROWID;
"""
"""Since version 4."""
_HISTORY_SHARE = """
CREATE TABLE history_share (
    room_id TEXT NOT NULL, user_id TEXT NOT NULL, joined REAL NOT NULL, devices TEXT NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
"""
"""Who was seen to have joined by our invitation, and which of their devices were given the room's earlier keys."""
_SCHEMA = f"""
CREATE TABLE device (
    user_id TEXT NOT NULL, device_id TEXT NOT NULL, account BLOB NOT NULL, published INTEGER NOT NULL,
    sync_token TEXT, generation INTEGER NOT NULL, written REAL NOT NULL, fallback_replaced REAL,
    olm_since REAL NOT NULL
);
CREATE TABLE olm_session (
    sender_key TEXT NOT NULL, session_id TEXT NOT NULL, pickle BLOB NOT NULL, created REAL NOT NULL,
    used REAL NOT NULL, PRIMARY KEY (sender_key, session_id)
) WITHOUT ROWID;
CREATE TABLE inbound_group_session (
    room_id TEXT NOT NULL, session_id TEXT NOT NULL, sender_key TEXT NOT NULL, ed25519 TEXT NOT NULL,
    pickle BLOB NOT NULL, received REAL NOT NULL, shared_history INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id, session_id, sender_key)
) WITHOUT ROWID;
CREATE TABLE sent_messages (
    room_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, messages INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE known_user (user_id TEXT PRIMARY KEY, current INTEGER NOT NULL, devices TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE message_index (
    room_id TEXT NOT NULL, session_id TEXT NOT NULL, message_index INTEGER NOT NULL, event_id TEXT NOT NULL,
    origin_server_ts INTEGER NOT NULL, PRIMARY KEY (room_id, session_id, message_index)
) WITHOUT ROWID;
CREATE TABLE waiting_event (
    event_id TEXT PRIMARY KEY, room_id TEXT NOT NULL, sender TEXT NOT NULL, session_id TEXT NOT NULL,
    event TEXT NOT NULL, since REAL NOT NULL
);
CREATE TABLE unhandled_event (event_id TEXT PRIMARY KEY, room_id TEXT NOT NULL, event TEXT NOT NULL);
CREATE TABLE unhandled_invitation (room_id TEXT PRIMARY KEY, invitation TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE room (room_id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
{_HISTORY_SHARE}
{_BACKUPS}
"""


_FROM_VERSION_2 = """
BEGIN;
CREATE TABLE sent_messages (
    room_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, messages INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO sent_messages SELECT room_id, session_id, messages FROM outbound_group_session;
DROP TABLE outbound_group_session;
DROP TABLE key_given;
ALTER TABLE device ADD COLUMN olm_since REAL NOT NULL DEFAULT 0;
PRAGMA user_version = 3;
COMMIT;
"""
"""Version 2 kept outbound Megolm sessions, and which device had their keys."""
_FROM_VERSION_3 = f"""
BEGIN;
ALTER TABLE inbound_group_session ADD COLUMN shared_history INTEGER NOT NULL DEFAULT 0;
{_HISTORY_SHARE}
{_BACKUPS}
PRAGMA user_version = 4;
COMMIT;
"""
"""Version 3 did not keep which sessions may be handed on: those that it has are not."""


class Execute(Protocol):
    """Runs a statement once for each of ``rows``, inside a transaction."""

    def __call__(self, statement: str, rows: Sequence[Sequence[Any]], /) -> None:
        """Run the statement for each of ``rows``. Raises sqlite3.Error."""
        ...


def open_file(
    path: Path, user_id: str, device_id: str, pickle_key: str, now: datetime
) -> tuple[sqlite3.Connection, OlmAccount]:
    """Open the file of a device, or make it.

    Raises:
        CryptoStoreForeign: it is another device's.
        CryptoStoreDamaged: it cannot be read.
        CryptoStoreUnwritable: the disk is full, or it may not be written.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, isolation_level=None)
        # A damaged text is no error of the whole file: its row is found to be unreadable where it is used.
        connection.text_factory = lambda text: text.decode(errors="replace")
        account = _prepared(connection, user_id, device_id, pickle_key, now)
    except OSError as error:
        raise CryptoStoreUnwritable(path, error.strerror or "") from error
    except sqlite3.OperationalError as error:
        raise CryptoStoreUnwritable(path, str(error)) from error
    except (sqlite3.DatabaseError, ValueError) as error:
        raise CryptoStoreDamaged(path) from error
    if account is None:
        connection.close()
        raise CryptoStoreForeign(path, device_id)
    return connection, account


def mark_put_back(path: Path) -> None:
    """Note in a file that was put back from a backup that its keys may have been used since, however young it is.

    Raises:
        CryptoStoreUnwritable: it cannot be written.
    """
    try:
        with closing(sqlite3.connect(path)) as connection, connection:
            # Long ago: the next start takes it for a copy (`crypto_repair.GAP`).
            connection.execute("UPDATE device SET written = 0")
    except sqlite3.Error as error:
        raise CryptoStoreUnwritable(path, str(error)) from error


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[Execute]:
    """Run statements in one transaction: all are written when the block ends, none if it raises.

    Raises:
        CryptoStoreUnwritable: they cannot be written.
    """

    def execute(statement: str, rows: Sequence[Sequence[Any]], /) -> None:
        if rows:
            connection.executemany(statement, rows)

    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield execute
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except sqlite3.Error as error:
        raise CryptoStoreUnwritable(path, str(error)) from error


def is_readable(path: Path) -> bool:
    """Whether the file is a valid database by SQLite's own quick check."""
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return True  # locked, or no permission: opening it reports that
    except sqlite3.DatabaseError:
        return False


def _prepared(
    connection: sqlite3.Connection, user_id: str, device_id: str, pickle_key: str, now: datetime
) -> OlmAccount | None:
    """Return the account in the file, a new one where the file is new, None where it is another device's."""
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: after a power cut the file must not be older than what the homeserver has seen of us.
    connection.execute("PRAGMA synchronous = FULL")
    # Deleted keys and messages are overwritten, so that no free page of the file has them.
    connection.execute("PRAGMA secure_delete = ON")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        return _created(connection, user_id, device_id, pickle_key, now)
    if version not in (2, 3, VERSION):
        raise ValueError("unknown version")
    if version == 2:
        connection.executescript(_FROM_VERSION_2)
    if version < VERSION:
        connection.executescript(_FROM_VERSION_3)
    owner, device, pickle, published = connection.execute(
        "SELECT user_id, device_id, account, published FROM device"
    ).fetchone() or (None, None, b"", 0)
    if (owner, device) != (user_id, device_id):
        return None
    if not isinstance(pickle, bytes):
        raise ValueError("no pickle")  # noqa: TRY004 - a damaged value, not an argument's type
    return OlmAccount.from_pickle(pickle, pickle_key, bool(published))


def _created(
    connection: sqlite3.Connection, user_id: str, device_id: str, pickle_key: str, now: datetime
) -> OlmAccount:
    account = OlmAccount()
    connection.executescript(f"BEGIN; {_SCHEMA}")
    connection.execute(
        "INSERT INTO device VALUES (?, ?, ?, 0, NULL, 0, ?, NULL, 0)",
        (user_id, device_id, account.pickle(pickle_key), now.timestamp()),
    )
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
    return account
