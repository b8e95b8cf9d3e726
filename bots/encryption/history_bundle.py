"""Writes a room's earlier keys into an encrypted file, for who was invited (spec, "Sharing historical room keys").

It reads the crypto store by a connection of its own, as the file was at one moment, so it may run in any thread; one
session is in memory at a time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from nio.crypto import InboundGroupSession

from bots.encryption.cross_signing import Json
from bots.encryption.media import FileSealer
from bots.encryption.protocol import HOSTILE_ERRORS, MEGOLM
from bots.encryption.room_session import RoomSession
from bots.errors import CryptoStoreUnwritable

NOT_SHARED = "m.history_not_shared"
_REASON = "The sender does not share this message with those who came later."
_PART = 64 * 1024
"""Bytes that are encrypted at a time."""
_BRACKETS = 64
"""More bytes than all of a bundle's JSON but the items of its lists."""
_SHARED = """
    FROM inbound_group_session AS s
    WHERE room_id = ? AND s.shared_history = 1 AND NOT EXISTS (
        SELECT 1 FROM inbound_group_session AS other
        WHERE (other.room_id, other.session_id) = (s.room_id, s.session_id) AND (
            other.received < s.received
            OR (other.received = s.received AND (other.shared_history = 0 OR other.sender_key < s.sender_key))
        )
    )
"""
"""The sessions that are handed on. Where several devices claim one, the first is taken for its creator, as which it
alone decides: nobody else can have the key before it. What a later one says of it counts neither for nor against; of
those that came together, as from the backup, all must allow it. The key that is handed on is the one that the first has
given us, so nobody has more handed on than they could hand on themselves."""

_NOT_SHARED = (
    f"FROM inbound_group_session WHERE room_id = ? AND session_id NOT IN (SELECT s.session_id {_SHARED})"
)


@dataclass(frozen=True, slots=True)
class StoreCopy:
    """Where a crypto store is, and the key to its pickles."""

    path: Path
    pickle_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionsMark:
    """How many sessions of a room there are, how many of them are shared, and when the last one came.

    While it is the same, nothing was added.
    """

    sessions: int
    shared: int
    received: float


@dataclass(frozen=True, slots=True)
class BundleContents:
    """How many sessions a bundle has, and how many it says are withheld."""

    shared: int
    withheld: int


def sessions_mark(store: StoreCopy, room_id: str) -> SessionsMark:
    """Return what sessions of a room are on the disk.

    Raises:
        CryptoStoreUnwritable: the store cannot be read.
    """
    with _snapshot(store.path) as connection:
        count, received = connection.execute(
            "SELECT count(*), coalesce(max(received), 0) FROM inbound_group_session WHERE room_id = ?",
            (room_id,),
        ).fetchone()
        (shared,) = connection.execute(f"SELECT count(*) {_SHARED}", (room_id,)).fetchone()
        return SessionsMark(count, shared, received)


def write_bundle(
    store: StoreCopy, room_id: str, device_id: str, *, into: IO[bytes], sealer: FileSealer, most: int
) -> BundleContents:
    """Write the encrypted bundle of a room, of at most ``most`` bytes: the sessions that came last.

    ``device_id`` is ours, which withholds the others.

    Raises:
        CryptoStoreUnwritable: the store cannot be read.
        OSError: the file cannot be written.
    """
    out = _SealedJson(into, sealer, most)
    with _snapshot(store.path) as connection:
        shared = out.put_list('{"room_keys":[', _room_keys(connection, store.pickle_key, room_id, most))
        withheld = out.put_list('],"withheld":[', _withheld(connection, room_id, device_id))
        out.end("]}")
    return BundleContents(shared, withheld)


@contextmanager
def _snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the store as it is at this moment. Raises CryptoStoreUnwritable."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.isolation_level = None
            connection.text_factory = lambda text: text.decode(errors="replace")
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        raise CryptoStoreUnwritable(path, str(error)) from error


def _room_keys(connection: sqlite3.Connection, pickle_key: str, room_id: str, most: int) -> Iterator[Json]:
    # Where not all can be in it, the oldest are left out.
    newest = max(0, most - _BRACKETS) // _size(room_id)
    (since,) = connection.execute(
        f"SELECT coalesce((SELECT s.received {_SHARED} ORDER BY s.received DESC LIMIT 1 OFFSET ?), -1)",
        (room_id, newest),
    ).fetchone()
    for pickle, ed25519, sender_key in _rows(connection, room_id, since):
        try:
            session = InboundGroupSession.from_pickle(pickle, ed25519, sender_key, room_id, pickle_key)
            yield _room_key(RoomSession(session, shared_history=True))
        except HOSTILE_ERRORS:
            continue  # a damaged record is as if it were not there; the store's own reader counts it


def _rows(connection: sqlite3.Connection, room_id: str, since: float) -> Iterator[tuple[bytes, str, str]]:
    """Yield what came after a moment, then what came at it: that may be many, restored together."""
    for which in ("> ?", "= ?"):
        yield from connection.execute(
            f"SELECT pickle, ed25519, sender_key {_SHARED} AND received {which}", (room_id, since)
        )


def _room_key(session: RoomSession) -> Json:
    return {
        "algorithm": MEGOLM,
        "room_id": session.room_id,
        "sender_key": session.sender_key,
        "session_id": session.id,
        "session_key": session.exported(),
        "sender_claimed_keys": {"ed25519": session.ed25519},
    }


def _withheld(connection: sqlite3.Connection, room_id: str, device_id: str) -> Iterator[Json]:
    rows = connection.execute(
        f"SELECT session_id, min(sender_key) {_NOT_SHARED} GROUP BY session_id",
        (room_id, room_id),
    )
    for session_id, sender_key in rows:
        yield {
            "algorithm": MEGOLM,
            "code": NOT_SHARED,
            "reason": _REASON,
            "room_id": room_id,
            "session_id": session_id,
            "sender_key": sender_key,
            "from_device": device_id,
        }


def _size(room_id: str) -> int:
    """Return the bytes that one session takes, with a comma: keys have 32 bytes, an exported session has 165."""
    key, session_key = "x" * 43, "x" * 220
    named = {"algorithm": MEGOLM, "room_id": room_id, "sender_key": key, "session_id": key}
    return len(_text({**named, "session_key": session_key, "sender_claimed_keys": {"ed25519": key}})) + 1


def _text(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))


class _SealedJson:
    """Writes JSON encrypted, in parts; what would be more than ``most`` bytes is left out."""

    def __init__(self, into: IO[bytes], sealer: FileSealer, most: int) -> None:
        self._into = into
        self._sealer = sealer
        self._left = most - _BRACKETS
        self._part = bytearray()

    def put_list(self, before: str, items: Iterator[Json]) -> int:
        """Write what opens a list, and its items as far as there is room; return how many."""
        self._write(before)
        count = 0
        for item in items:
            text = _text(item) if count == 0 else "," + _text(item)
            if len(text) > self._left:
                break
            self._left -= len(text)
            self._write(text)
            count += 1
        return count

    def end(self, after: str) -> None:
        self._write(after)
        self._flush()

    def _write(self, text: str) -> None:
        self._part += text.encode()
        if len(self._part) >= _PART:
            self._flush()

    def _flush(self) -> None:
        self._into.write(self._sealer.seal(bytes(self._part)))
        self._part.clear()
