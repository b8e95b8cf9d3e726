"""The crypto state of one device and its sync token: one SQLite file, written in whole transactions.

What changes is held in memory until `CryptoStore.commit`, which writes all of it at once: before any request that
depends on it, and together with the sync token when a sync is dealt with. So the token is never ahead of the keys
that came before it, and whatever the homeserver has seen of us is on the disk.

Keys are encrypted in the file (vodozemac's pickles); what rooms and devices are known is not.
"""

from __future__ import annotations

import json
import os
import sqlite3
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from nio.crypto import InboundGroupSession, OlmAccount, OutboundGroupSession, Session

from bots.encryption.cross_signing import Json
from bots.encryption.devices import Device, KnownUser
from bots.errors import CryptoStoreDamaged, CryptoStoreForeign, CryptoStoreUnwritable

T = TypeVar("T")

VERSION = 2
CACHED = 20_000
"""Sessions of each kind that are kept in memory; what is not there is read from the file."""
OLM_SESSIONS_A_DEVICE = 5
"""Olm sessions kept with one device, those used last: more are made only by faults and by mischief."""
MOST_WAITING = 2_000
"""Events kept until their key comes; beyond it the oldest of whoever has the most waiting are given up."""
MOST_OF_STRANGERS = 5_000
"""Olm sessions with keys that no known device has, and Megolm sessions of rooms that we are not in: anybody can make
us keep such, so that of more than these the oldest go."""
LOOK_AFTER = 1_000
"""New sessions after which those of strangers are counted."""
WAITING_AT_MOST = timedelta(days=30)
UNUSED_OLM_SESSIONS = timedelta(days=180)
SLEPT = timedelta(hours=1)
"""After so long without a write, what is said next is under new sessions: should the file be one put back from a
copy, no message key is ever used for two messages."""
KEYS_OF_LEFT_ROOMS = timedelta(days=30)
_VARIABLES = 500
"""Values in one question to SQLite (its smallest limit is 999)."""

_SCHEMA = """
CREATE TABLE device (
    user_id TEXT NOT NULL, device_id TEXT NOT NULL, account BLOB NOT NULL, published INTEGER NOT NULL,
    sync_token TEXT, generation INTEGER NOT NULL, written REAL NOT NULL, fallback_replaced REAL
);
CREATE TABLE olm_session (
    sender_key TEXT NOT NULL, session_id TEXT NOT NULL, pickle BLOB NOT NULL, created REAL NOT NULL,
    used REAL NOT NULL, PRIMARY KEY (sender_key, session_id)
) WITHOUT ROWID;
CREATE TABLE inbound_group_session (
    room_id TEXT NOT NULL, session_id TEXT NOT NULL, sender_key TEXT NOT NULL, ed25519 TEXT NOT NULL,
    pickle BLOB NOT NULL, received REAL NOT NULL, PRIMARY KEY (room_id, session_id, sender_key)
) WITHOUT ROWID;
CREATE TABLE outbound_group_session (
    room_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, pickle BLOB NOT NULL, created REAL NOT NULL,
    messages INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE key_given (
    room_id TEXT NOT NULL, user_id TEXT NOT NULL, device_id TEXT NOT NULL, session_id TEXT NOT NULL,
    withheld TEXT, at REAL NOT NULL, PRIMARY KEY (room_id, user_id, device_id)
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
"""


@dataclass(frozen=True, slots=True)
class Given:
    """What a device was sent of a room's outbound session at a time: its key, or why not (``withheld``: the code)."""

    withheld: str | None
    at: datetime


@dataclass(slots=True)
class OutboundGroup:
    """A room's outbound Megolm session and to whom its key was given: (user, device) → what."""

    room_id: str
    session: OutboundGroupSession
    created: datetime
    messages: int
    given: dict[tuple[str, str], Given]


@dataclass(slots=True)
class OlmWith:
    """An Olm session with the device of a Curve25519 key."""

    session: Session
    created: datetime
    used: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event whose key has not come."""

    room_id: str
    sender: str
    session_id: str
    event: Json


@dataclass(slots=True)
class _Pending:
    """What has changed since the last commit, by primary key."""

    account: bool = False
    olm: dict[tuple[str, str], OlmWith] = field(default_factory=dict)
    olm_removed: set[tuple[str, str]] = field(default_factory=set)
    inbound: dict[tuple[str, str, str], InboundGroupSession] = field(default_factory=dict)
    outbound: dict[str, OutboundGroup | None] = field(default_factory=dict)
    given: dict[tuple[str, str, str], tuple[str, Given]] = field(default_factory=dict)
    users: dict[str, KnownUser] = field(default_factory=dict)
    indexes: dict[tuple[str, str, int], tuple[str, int]] = field(default_factory=dict)
    waiting: dict[str, Waiting | None] = field(default_factory=dict)
    unhandled: dict[str, tuple[str, Json] | None] = field(default_factory=dict)
    invitations: dict[str, Json | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.account or any(
            (
                self.olm,
                self.olm_removed,
                self.inbound,
                self.outbound,
                self.given,
                self.users,
                self.indexes,
                self.waiting,
                self.unhandled,
                self.invitations,
            )
        )


@dataclass(frozen=True, slots=True)
class _Strangers:
    """Sessions of strangers that are deleted, by primary key."""

    olm: Sequence[tuple[str, str]] = ()
    inbound: Sequence[tuple[str, str, str]] = ()


class CryptoStore:
    """Not for more than one thread. Times are aware; they are given by the caller."""

    def __init__(
        self, connection: sqlite3.Connection, account: OlmAccount, pickle_key: str, path: Path
    ) -> None:
        self._connection = connection
        self._key = pickle_key
        self._path = path
        self.account = account
        self._olm: OrderedDict[str, list[OlmWith]] = OrderedDict()
        self._inbound: OrderedDict[tuple[str, str], list[InboundGroupSession]] = OrderedDict()
        self._outbound: dict[str, OutboundGroup | None] = {}
        self._users: dict[str, KnownUser] = {}
        self._owners: dict[str, set[str]] | None = None
        self._new_sessions = 0
        self._pending = _Pending()
        (replaced,) = connection.execute("SELECT fallback_replaced FROM device").fetchone()
        self.fallback_replaced: datetime | None = None if replaced is None else _time(replaced)
        """When the last fallback key took another's place; written with the account."""

    @classmethod
    def open(cls, path: Path, user_id: str, device_id: str, pickle_key: str, now: datetime) -> CryptoStore:
        """Open the store of a device, or make it.

        Raises:
            CryptoStoreForeign: it is another device's.
            CryptoStoreDamaged: it cannot be read.
            CryptoStoreUnwritable: the disk is full, or it may not be written.
        """
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            connection = sqlite3.connect(path, isolation_level=None)
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
        store = cls(connection, account, pickle_key, path)
        store._prune(now)
        return store

    def close(self) -> None:
        """Close the file. What was not committed is not kept."""
        self._connection.close()

    # --- reading --------------------------------------------------------------------------------------------

    @property
    def sync_token(self) -> str | None:
        """The token of the last sync that was dealt with, None before the first."""
        (token,) = self._connection.execute("SELECT sync_token FROM device").fetchone()
        return None if token is None else str(token)

    @property
    def generation(self) -> int:
        """How often `next_generation` was called: a copy put back has a smaller one than the homeserver was told."""
        (generation,) = self._connection.execute("SELECT generation FROM device").fetchone()
        return int(generation)

    def next_generation(self) -> int:
        """Count one further, on the disk when this returns.

        Raises:
            CryptoStoreUnwritable: it cannot be written.
        """
        with self._transaction() as execute:
            execute("UPDATE device SET generation = generation + ?", [(1,)])
        return self.generation

    def rooms(self) -> dict[str, Json]:
        """Return the rooms' states as they were kept with the token."""
        rows = self._connection.execute("SELECT room_id, state FROM room")
        return {room_id: json.loads(state) for room_id, state in rows}

    def olm_sessions(self, sender_key: str) -> list[OlmWith]:
        """Return the Olm sessions with a device, the one used last first."""
        self.load_olm_sessions((sender_key,))
        return sorted(self._olm.get(sender_key, ()), key=lambda s: s.used, reverse=True)

    def load_olm_sessions(self, sender_keys: Iterable[str]) -> None:
        """Read the sessions with many devices at once."""
        for chunk in _chunks(sorted({k for k in sender_keys if k not in self._olm}), _VARIABLES):
            for key in chunk:
                self._olm[key] = []
            marks = ",".join("?" * len(chunk))
            rows = self._connection.execute(
                f"SELECT sender_key, pickle, created, used FROM olm_session WHERE sender_key IN ({marks})",  # noqa: S608 - question marks alone
                chunk,
            )
            for sender_key, pickle, created, used in rows:
                session = Session.from_pickle(pickle, _time(created), self._key, _time(used))
                self._olm[sender_key].append(OlmWith(session, _time(created), _time(used)))

    def inbound(self, room_id: str, session_id: str) -> list[InboundGroupSession]:
        """Return the inbound Megolm sessions of that id: one, or one for each device that claims it."""
        key = (room_id, session_id)
        if key not in self._inbound:
            rows = self._connection.execute(
                "SELECT pickle, ed25519, sender_key FROM inbound_group_session WHERE (room_id, session_id) = (?, ?)",
                key,
            )
            self._inbound[key] = [
                InboundGroupSession.from_pickle(pickle, ed25519, sender_key, room_id, self._key)
                for pickle, ed25519, sender_key in rows
            ]
        self._inbound.move_to_end(key)
        return self._inbound[key]

    def outbound(self, room_id: str) -> OutboundGroup | None:
        """Return the room's outbound Megolm session."""
        if room_id not in self._outbound:
            self._outbound[room_id] = self._read_outbound(room_id)
        return self._outbound[room_id]

    def _read_outbound(self, room_id: str) -> OutboundGroup | None:
        row = self._connection.execute(
            "SELECT session_id, pickle, created, messages FROM outbound_group_session WHERE room_id = ?",
            (room_id,),
        ).fetchone()
        if row is None:
            return None
        session_id, pickle, created, messages = row
        rows = self._connection.execute(
            "SELECT user_id, device_id, withheld, at FROM key_given WHERE room_id = ? AND session_id = ?",
            (room_id, session_id),
        )
        given = {(user, device): Given(withheld, _time(at)) for user, device, withheld, at in rows}
        session = OutboundGroupSession.from_pickle(pickle, self._key)
        return OutboundGroup(room_id, session, _time(created), messages, given)

    def user(self, user_id: str) -> KnownUser | None:
        """Return what is known of a user's devices."""
        if user_id not in self._users:
            row = self._connection.execute(
                "SELECT devices, current FROM known_user WHERE user_id = ?", (user_id,)
            ).fetchone()
            if row is None:
                return None
            self._users[user_id] = _known_user(user_id, json.loads(row[0]), current=bool(row[1]))
        return self._users[user_id]

    def user_ids(self) -> set[str]:
        """Return everybody of whom something is known."""
        kept = {user_id for (user_id,) in self._connection.execute("SELECT user_id FROM known_user")}
        return kept | self._pending.users.keys()

    def owners_of(self, curve25519: str, ed25519: str) -> set[str]:
        """Return the users who are known to have a device with these identity keys."""
        users = [self.user(user) for user in self._owners_by_key().get(curve25519, ())]
        keys = (ed25519, curve25519)
        return {
            user.user_id
            for user in users
            if user is not None and any((d.ed25519, d.curve25519) == keys for d in user.devices.values())
        }

    def _owners_by_key(self) -> dict[str, set[str]]:
        """Return who has, or has had, a device with a Curve25519 key; read once: strangers make us ask often."""
        if self._owners is None:
            self._owners = {}
            for (user_id,) in self._connection.execute("SELECT user_id FROM known_user").fetchall():
                known = self.user(user_id)
                if known is not None:
                    self._note_owner(self._owners, known)
            for known in self._pending.users.values():
                self._note_owner(self._owners, known)
        return self._owners

    @staticmethod
    def _note_owner(owners: dict[str, set[str]], user: KnownUser) -> None:
        for device in user.devices.values():
            owners.setdefault(device.curve25519, set()).add(user.user_id)

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

    def unhandled(self) -> list[tuple[str, Json]]:
        """Return the events that were read and not dealt with before the last end, oldest first, with their rooms."""
        rows = self._connection.execute("SELECT room_id, event FROM unhandled_event ORDER BY rowid")
        return [(room_id, json.loads(event)) for room_id, event in rows]

    def unhandled_invitations(self) -> list[Json]:
        """Return the invitations that were not dealt with before the last end."""
        rows = self._connection.execute("SELECT invitation FROM unhandled_invitation ORDER BY room_id")
        return [json.loads(invitation) for (invitation,) in rows]

    # --- changing -------------------------------------------------------------------------------------------

    def touch_account(self) -> None:
        """Note that the account has changed."""
        self._pending.account = True

    def put_olm(self, sender_key: str, session: OlmWith) -> None:
        """Keep an Olm session, new or changed; the ones used longest ago make room."""
        self.load_olm_sessions((sender_key,))
        sessions = self._olm[sender_key]
        if session not in sessions:
            sessions.append(session)
            self._new_sessions += 1
        self._pending.olm[sender_key, session.session.id] = session
        while len(sessions) > OLM_SESSIONS_A_DEVICE:
            oldest = min(sessions, key=lambda s: s.used)
            sessions.remove(oldest)
            self._pending.olm.pop((sender_key, oldest.session.id), None)
            self._pending.olm_removed.add((sender_key, oldest.session.id))

    def put_inbound(self, session: InboundGroupSession) -> None:
        """Keep an inbound Megolm session; of the same one, the copy that reaches further back."""
        known = self.inbound(session.room_id, session.id)
        same = next((s for s in known if s.sender_key == session.sender_key), None)
        if same is not None:
            if same.first_known_index <= session.first_known_index:
                return
            known.remove(same)
        known.append(session)
        self._new_sessions += 1
        self._pending.inbound[session.room_id, session.id, session.sender_key] = session

    def put_outbound(self, group: OutboundGroup) -> None:
        """Keep a room's outbound session, new or changed."""
        self._outbound[group.room_id] = self._pending.outbound[group.room_id] = group

    def drop_outbound(self, room_id: str) -> None:
        """Forget a room's outbound session: what is said next is under a new one."""
        if self.outbound(room_id) is not None:
            self._outbound[room_id] = self._pending.outbound[room_id] = None

    def put_given(self, group: OutboundGroup, user_id: str, device_id: str, given: Given) -> None:
        """Note what a device was sent of a room's session."""
        group.given[user_id, device_id] = given
        self._pending.given[group.room_id, user_id, device_id] = (group.session.id, given)

    def put_user(self, user: KnownUser) -> None:
        """Keep what is known of a user's devices."""
        self._users[user.user_id] = self._pending.users[user.user_id] = user
        if self._owners is not None:
            self._note_owner(self._owners, user)

    def put_index(
        self, room_id: str, session_id: str, message_index: int, event_id: str, origin_server_ts: int
    ) -> None:
        """Note under which event a message of an index was read."""
        self._pending.indexes[room_id, session_id, message_index] = (event_id, origin_server_ts)

    def wait(self, room_id: str, event: Json) -> None:
        """Keep an event until its key comes."""
        self._pending.waiting[str(event["event_id"])] = Waiting(
            room_id, str(event["sender"]), str(event["content"]["session_id"]), event
        )

    def stop_waiting(self, event_id: str) -> None:
        """Give up or be done with a waiting event."""
        self._pending.waiting[event_id] = None

    def put_unhandled(self, room_id: str, event: Json) -> None:
        """Keep an event, as it came, until it is dealt with."""
        self._pending.unhandled[str(event["event_id"])] = (room_id, event)

    def handled(self, event_id: str) -> None:
        """Note that an event is dealt with."""
        self._pending.unhandled[event_id] = None

    def put_invitation(self, room_id: str, invitation: Json | None) -> None:
        """Keep an invitation until it is dealt with (None)."""
        self._pending.invitations[room_id] = invitation

    # --- writing --------------------------------------------------------------------------------------------

    def commit(
        self, now: datetime, *, token: str | None = None, rooms: Mapping[str, Json | None] | None = None
    ) -> None:
        """Write everything that has changed in one transaction, with the sync token and rooms' states if given.

        Raises:
            CryptoStoreUnwritable: it cannot be written. The file is as it was; the changes are still pending.
        """
        if not self._pending and token is None:
            return
        pending = self._pending
        strangers = _Strangers()
        with self._transaction() as execute:
            self._write_sessions(execute, pending, now)
            self._write_knowledge(execute, pending, now)
            self._write_unhandled(execute, pending)
            execute("UPDATE device SET written = ?", [(now.timestamp(),)])
            if token is not None:
                execute("UPDATE device SET sync_token = ?", [(token,)])
            changed = rooms or {}
            execute(
                "DELETE FROM room WHERE room_id = ?", [(r,) for r, state in changed.items() if state is None]
            )
            execute(
                "REPLACE INTO room VALUES (?, ?)",
                [(r, json.dumps(state)) for r, state in changed.items() if state is not None],
            )
            if self._new_sessions >= LOOK_AFTER:
                strangers = self._drop_strangers(execute)
        self._pending = _Pending()
        self._forget(strangers)
        self._bound()

    def mark_published(self) -> None:
        """Note that the device's keys are on the server."""
        self.account.shared = True
        self.account.mark_keys_as_published()
        self.touch_account()

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        connection = self._connection

        def execute(statement: str, rows: Sequence[Sequence[Any]]) -> None:
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
            raise CryptoStoreUnwritable(self._path, str(error)) from error

    def _write_sessions(self, execute: Any, pending: _Pending, now: datetime) -> None:
        if pending.account:
            execute(
                "UPDATE device SET account = ?, published = ?, fallback_replaced = ?",
                [
                    (
                        self.account.pickle(self._key),
                        self.account.shared,
                        self.fallback_replaced.timestamp() if self.fallback_replaced is not None else None,
                    )
                ],
            )
        execute(
            "DELETE FROM olm_session WHERE sender_key = ? AND session_id = ?", sorted(pending.olm_removed)
        )
        execute(
            "REPLACE INTO olm_session VALUES (?, ?, ?, ?, ?)",
            [
                (*key, s.session.pickle(self._key), s.created.timestamp(), s.used.timestamp())
                for key, s in pending.olm.items()
            ],
        )
        execute(
            "REPLACE INTO inbound_group_session VALUES (?, ?, ?, ?, ?, ?)",
            [
                (*key, session.ed25519, session.pickle(self._key), now.timestamp())
                for key, session in pending.inbound.items()
            ],
        )
        execute(
            "DELETE FROM outbound_group_session WHERE room_id = ?",
            [(room_id,) for room_id, group in pending.outbound.items() if group is None],
        )
        execute(
            "REPLACE INTO outbound_group_session VALUES (?, ?, ?, ?, ?)",
            [
                (room_id, g.session.id, g.session.pickle(self._key), g.created.timestamp(), g.messages)
                for room_id, g in pending.outbound.items()
                if g is not None
            ],
        )

    def _write_knowledge(self, execute: Any, pending: _Pending, now: datetime) -> None:
        execute(
            "REPLACE INTO key_given VALUES (?, ?, ?, ?, ?, ?)",
            [
                (*key, session_id, given.withheld, given.at.timestamp())
                for key, (session_id, given) in pending.given.items()
            ],
        )
        execute(
            "REPLACE INTO known_user VALUES (?, ?, ?)",
            [(user.user_id, user.current, _devices_json(user)) for user in pending.users.values()],
        )
        execute(
            "REPLACE INTO message_index VALUES (?, ?, ?, ?, ?)",
            [(*key, *heard) for key, heard in pending.indexes.items()],
        )
        execute(
            "DELETE FROM waiting_event WHERE event_id = ?",
            [(event_id,) for event_id, value in pending.waiting.items() if value is None],
        )
        execute(
            "INSERT OR IGNORE INTO waiting_event VALUES (?, ?, ?, ?, ?, ?)",
            [
                (event_id, w.room_id, w.sender, w.session_id, json.dumps(w.event), now.timestamp())
                for event_id, w in pending.waiting.items()
                if w is not None
            ],
        )
        if any(pending.waiting.values()):
            self._bound_waiting(execute)

    def _bound_waiting(self, execute: Any) -> None:
        """Give up events beyond the most that may wait: whoever sends many that cannot be read loses their own."""
        rows = self._connection.execute("SELECT rowid, sender FROM waiting_event ORDER BY rowid DESC")
        by_sender: dict[str, list[int]] = {}
        for row, sender in rows.fetchall():
            by_sender.setdefault(sender, []).append(row)
        execute("DELETE FROM waiting_event WHERE rowid = ?", [(row,) for row in _too_many(by_sender)])

    def _drop_strangers(self, execute: Any) -> _Strangers:
        """Delete the oldest sessions of nobody we know and of rooms that we are not in."""
        olm: list[tuple[str, str]] = []
        (count,) = self._connection.execute("SELECT count(*) FROM olm_session").fetchone()
        if count > MOST_OF_STRANGERS:
            known = self._owners_by_key()
            rows = self._connection.execute(
                "SELECT sender_key, session_id FROM olm_session ORDER BY used DESC"
            )
            olm = [(key, session_id) for key, session_id in rows.fetchall() if key not in known]
        rows = self._connection.execute(
            "SELECT room_id, session_id, sender_key FROM inbound_group_session"
            " WHERE room_id NOT IN (SELECT room_id FROM room) ORDER BY received DESC"
        )
        dropped = _Strangers(olm[MOST_OF_STRANGERS:], rows.fetchall()[MOST_OF_STRANGERS:])
        execute("DELETE FROM olm_session WHERE (sender_key, session_id) = (?, ?)", dropped.olm)
        execute(
            "DELETE FROM inbound_group_session WHERE (room_id, session_id, sender_key) = (?, ?, ?)",
            dropped.inbound,
        )
        return dropped

    def _forget(self, dropped: _Strangers) -> None:
        for sender_key, _session_id in dropped.olm:
            self._olm.pop(sender_key, None)
        for room_id, session_id, _sender_key in dropped.inbound:
            self._inbound.pop((room_id, session_id), None)
        if self._new_sessions >= LOOK_AFTER:
            self._new_sessions = 0

    @staticmethod
    def _write_unhandled(execute: Any, pending: _Pending) -> None:
        execute(
            "DELETE FROM unhandled_event WHERE event_id = ?",
            [(event_id,) for event_id, value in pending.unhandled.items() if value is None],
        )
        execute(
            "INSERT OR IGNORE INTO unhandled_event VALUES (?, ?, ?)",
            [
                (event_id, value[0], json.dumps(value[1]))
                for event_id, value in pending.unhandled.items()
                if value is not None
            ],
        )
        execute(
            "DELETE FROM unhandled_invitation WHERE room_id = ?",
            [(room_id,) for room_id, value in pending.invitations.items() if value is None],
        )
        execute(
            "REPLACE INTO unhandled_invitation VALUES (?, ?)",
            [
                (room_id, json.dumps(value))
                for room_id, value in pending.invitations.items()
                if value is not None
            ],
        )

    def _bound(self) -> None:
        """Let go of what need not be in memory: all of it is in the file now."""
        for cache in (self._olm, self._inbound):
            while len(cache) > CACHED:
                cache.popitem(last=False)

    def _prune(self, now: datetime) -> None:
        """Delete what nothing will ask for again."""

        def before(age: timedelta) -> list[tuple[float]]:
            return [((now - age).timestamp(),)]

        (written,) = self._connection.execute("SELECT written FROM device").fetchone()
        with self._transaction() as execute:
            if not timedelta() <= now - _time(written) < SLEPT:
                self._connection.execute("DELETE FROM outbound_group_session")
            execute("DELETE FROM olm_session WHERE used < ?", before(UNUSED_OLM_SESSIONS))
            execute("DELETE FROM waiting_event WHERE since < ?", before(WAITING_AT_MOST))
            execute(
                "DELETE FROM inbound_group_session WHERE received < ? AND room_id NOT IN (SELECT room_id FROM room)",
                before(KEYS_OF_LEFT_ROOMS),
            )
            self._drop_strangers(execute)
            for table in ("outbound_group_session", "key_given", "message_index"):
                self._connection.execute(
                    f"DELETE FROM {table} WHERE room_id NOT IN (SELECT room_id FROM room)"  # noqa: S608 - our own names
                    " AND room_id NOT IN (SELECT room_id FROM inbound_group_session)"
                )


def is_readable(path: Path) -> bool:
    """Whether there is a database in the file, as far as SQLite's own check sees."""
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return True  # locked, or no rights: whoever opens it says so
    except sqlite3.DatabaseError:
        return False


def _prepared(
    connection: sqlite3.Connection, user_id: str, device_id: str, pickle_key: str, now: datetime
) -> OlmAccount | None:
    """Return the account in the file, a new one where the file is new, None where it is another device's."""
    connection.execute("PRAGMA journal_mode = WAL")
    # Nothing that the homeserver has seen of us may be undone by a power cut.
    connection.execute("PRAGMA synchronous = FULL")
    # Keys and messages that are deleted are written over: they are in no free page of the file.
    connection.execute("PRAGMA secure_delete = ON")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        return _created(connection, user_id, device_id, pickle_key, now)
    if version != VERSION:
        raise ValueError("unknown version")
    owner, device, pickle, published = connection.execute(
        "SELECT user_id, device_id, account, published FROM device"
    ).fetchone() or (None, None, b"", 0)
    if (owner, device) != (user_id, device_id):
        return None
    return OlmAccount.from_pickle(pickle, pickle_key, bool(published))


def _created(
    connection: sqlite3.Connection, user_id: str, device_id: str, pickle_key: str, now: datetime
) -> OlmAccount:
    account = OlmAccount()
    connection.executescript(f"BEGIN; {_SCHEMA}")
    connection.execute(
        "INSERT INTO device VALUES (?, ?, ?, 0, NULL, 0, ?, NULL)",
        (user_id, device_id, account.pickle(pickle_key), now.timestamp()),
    )
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
    return account


def _devices_json(user: KnownUser) -> str:
    devices = [
        [d.device_id, d.ed25519, d.curve25519, d.signed, d.gone, d.vouched] for d in user.devices.values()
    ]
    return json.dumps({"master": user.master, "devices": devices}, separators=(",", ":"))


def _device(
    user_id: str,
    device_id: str,
    ed25519: str,
    curve25519: str,
    signed: bool,
    gone: bool,
    vouched: Sequence[str],
) -> Device:
    return Device(user_id, device_id, ed25519, curve25519, signed, gone, tuple(vouched))


def _known_user(user_id: str, kept: Any, *, current: bool) -> KnownUser:
    """Return what `_devices_json` has kept.

    What an older Palabre has kept does not say which identity vouches: it is asked for anew.
    """
    if isinstance(kept, list):
        devices = {values[0]: Device(user_id, *values) for values in kept}
        return KnownUser(user_id, devices, current=False)
    devices = {values[0]: _device(user_id, *values) for values in kept["devices"]}
    return KnownUser(user_id, devices, current, kept["master"])


def _too_many(by_sender: Mapping[str, Sequence[int]]) -> list[int]:
    """Return the rows to give up, of those who have the most; each sender's are given newest first."""
    left = sum(map(len, by_sender.values())) - MOST_WAITING
    if left <= 0:
        return []
    # What each may keep: the largest number with which all together are not too many.
    share = bisect_right(range(MOST_WAITING + 1), MOST_WAITING, key=lambda n: _kept(by_sender, n)) - 1
    return [row for rows in by_sender.values() for row in rows[share:]]


def _kept(by_sender: Mapping[str, Sequence[int]], share: int) -> int:
    return sum(min(len(rows), share) for rows in by_sender.values())


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _chunks(values: Sequence[T], size: int) -> Iterator[list[T]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
