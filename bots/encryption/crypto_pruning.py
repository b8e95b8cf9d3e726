"""Deletes from a crypto store: old keys, and sessions beyond a limit that strangers could fill it with."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bots.encryption.crypto_file import Execute, transaction

MOST_WAITING = 2_000
"""The most events kept until their key comes; beyond it, those with the most lose their oldest."""
MOST_OF_STRANGERS = 5_000
"""The most Olm sessions with unknown devices, and the most Megolm sessions of rooms that we are not in.

Anybody can make us store such sessions; beyond the limit the oldest are deleted."""
WAITING_AT_MOST = timedelta(days=30)
UNUSED_OLM_SESSIONS = timedelta(days=180)
KEYS_OF_LEFT_ROOMS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DeletedSessions:
    """The sessions with strangers that were deleted, by primary key."""

    olm: Sequence[tuple[str, str]] = ()
    inbound: Sequence[tuple[str, str, str]] = ()


def prune(
    connection: sqlite3.Connection, path: Path, known: Callable[[], Container[str]], now: datetime
) -> DeletedSessions:
    """Delete what is not needed any more; return the deleted sessions with strangers.

    Raises:
        CryptoStoreUnwritable: it cannot be written.
    """

    def before(age: timedelta) -> list[tuple[float]]:
        return [((now - age).timestamp(),)]

    with transaction(connection, path) as execute:
        execute("DELETE FROM olm_session WHERE used < ?", before(UNUSED_OLM_SESSIONS))
        execute("DELETE FROM waiting_event WHERE since < ?", before(WAITING_AT_MOST))
        execute(
            "DELETE FROM inbound_group_session WHERE received < ? AND room_id NOT IN (SELECT room_id FROM room)",
            before(KEYS_OF_LEFT_ROOMS),
        )
        dropped = drop_strangers(connection, execute, known)
        connection.execute(
            "DELETE FROM restored_session WHERE (room_id, session_id) NOT IN"
            " (SELECT room_id, session_id FROM inbound_group_session)"
        )
        for table in ("sent_messages", "message_index"):
            connection.execute(
                f"DELETE FROM {table} WHERE room_id NOT IN (SELECT room_id FROM room)"  # noqa: S608 - our own names
                " AND room_id NOT IN (SELECT room_id FROM inbound_group_session)"
            )
    return dropped


def drop_strangers(
    connection: sqlite3.Connection, execute: Execute, known: Callable[[], Container[str]]
) -> DeletedSessions:
    """Delete the oldest sessions with unknown devices and of rooms that we are not in, beyond the limit.

    ``known`` returns the Curve25519 keys of the devices of those we know.
    """
    olm: list[tuple[str, str]] = []
    (count,) = connection.execute("SELECT count(*) FROM olm_session").fetchone()
    if count > MOST_OF_STRANGERS:
        friends = known()
        rows = connection.execute("SELECT sender_key, session_id FROM olm_session ORDER BY used DESC")
        olm = [(key, session_id) for key, session_id in rows.fetchall() if key not in friends]
    rows = connection.execute(
        "SELECT room_id, session_id, sender_key FROM inbound_group_session"
        " WHERE room_id NOT IN (SELECT room_id FROM room)"
        " AND (room_id, session_id) NOT IN (SELECT room_id, session_id FROM restored_session)"
        " ORDER BY received DESC"
    )
    dropped = DeletedSessions(olm[MOST_OF_STRANGERS:], rows.fetchall()[MOST_OF_STRANGERS:])
    execute("DELETE FROM olm_session WHERE (sender_key, session_id) = (?, ?)", dropped.olm)
    execute(
        "DELETE FROM inbound_group_session WHERE (room_id, session_id, sender_key) = (?, ?, ?)",
        dropped.inbound,
    )
    return dropped


def bound_waiting(connection: sqlite3.Connection, execute: Execute) -> None:
    """Delete waiting events beyond the limit, of the senders who have the most of them."""
    rows = connection.execute("SELECT rowid, sender FROM waiting_event ORDER BY rowid DESC")
    by_sender: dict[str, list[int]] = {}
    for row, sender in rows.fetchall():
        by_sender.setdefault(sender, []).append(row)
    execute("DELETE FROM waiting_event WHERE rowid = ?", [(row,) for row in _too_many(by_sender)])


def _too_many(by_sender: Mapping[str, Sequence[int]]) -> list[int]:
    """Return the rows to delete, of the senders with the most. Each sender's rows are given newest first."""
    left = sum(map(len, by_sender.values())) - MOST_WAITING
    if left <= 0:
        return []
    # The largest number that each sender may keep so that the total is within the limit.
    share = bisect_right(range(MOST_WAITING + 1), MOST_WAITING, key=lambda n: _kept(by_sender, n)) - 1
    return [row for rows in by_sender.values() for row in rows[share:]]


def _kept(by_sender: Mapping[str, Sequence[int]], share: int) -> int:
    return sum(min(len(rows), share) for rows in by_sender.values())
