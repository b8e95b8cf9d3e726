"""The crypto state of one device and its sync token: one SQLite file, written in whole transactions.

Changes are held in memory until `CryptoStore.commit` writes all of them in one transaction: before any request that
depends on them, and together with the sync token after each sync. So the token is never newer than the stored keys,
and whatever the homeserver has seen of us is on the disk.

Keys are encrypted in the file (vodozemac's pickles); the names of rooms, users and devices are not.
"""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from nio.crypto import OlmAccount

from bots.encryption.cross_signing import Json
from bots.encryption.crypto_file import Execute, open_file, transaction
from bots.encryption.crypto_pruning import DeletedSessions, bound_waiting, drop_strangers, prune
from bots.encryption.crypto_reader import RecordReader
from bots.encryption.crypto_records import OlmSessionEntry, OutboundGroup, PendingWrites, time_of
from bots.encryption.crypto_repair import UnreadableRecords
from bots.encryption.crypto_writer import write
from bots.encryption.devices import KnownUser
from bots.encryption.history_bundle import StoreCopy
from bots.encryption.history_records import HistoryRecords
from bots.encryption.kept_events import KeptEvents
from bots.encryption.room_session import RoomSession, merged
from bots.encryption.session_backups import SessionBackups

CACHED = 20_000
"""The most sessions of each kind kept in memory; others are read from the file."""
OLM_SESSIONS_A_DEVICE = 5
"""The most Olm sessions kept with one device, those used last. More arise only by faults or attacks."""
LOOK_AFTER = 1_000
"""After so many new sessions, those with strangers are counted and pruned."""


class CryptoStore:
    """The store, for one thread only. Times are aware and given by the caller."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        account: OlmAccount,
        pickle_key: str,
        path: Path,
        unreadable: UnreadableRecords,
    ) -> None:
        self._connection = connection
        self._key = pickle_key
        self._path = path
        self.account = account
        self._olm: OrderedDict[str, list[OlmSessionEntry]] = OrderedDict()
        self._inbound: OrderedDict[tuple[str, str], list[RoomSession]] = OrderedDict()
        self._outbound: dict[str, OutboundGroup] = {}
        self._users: dict[str, KnownUser] = {}
        self._owners: dict[str, set[str]] | None = None
        self._new_sessions = 0
        self._pending = PendingWrites()
        self._reader = RecordReader(connection, pickle_key, self._pending, unreadable)
        self.unreadable = unreadable
        self.events = KeptEvents(connection, self._pending, unreadable)
        self.history = HistoryRecords(connection, path)
        self.backups = SessionBackups(connection, self._pending, path)
        rows = connection.execute("SELECT session_id, messages FROM sent_messages")
        self.sent_before: dict[str, int] = dict(rows.fetchall())
        """How many messages earlier processes have encrypted with the last outbound session of each room, by id."""
        since, replaced = connection.execute("SELECT olm_since, fallback_replaced FROM device").fetchone()
        self.olm_since = time_of(since)
        """Olm sessions from until then are stale: the file may have been put back from a copy."""
        self.fallback_replaced: datetime | None = None if replaced is None else time_of(replaced)
        """When the fallback key was last replaced; written with the account."""
        self.written: datetime | None = None
        """When an earlier process last wrote to the file, None where that cannot be read."""
        self.was_put_back = False

    @classmethod
    def open(
        cls,
        path: Path,
        user_id: str,
        device_id: str,
        pickle_key: str,
        now: datetime,
        server: datetime | None = None,
    ) -> CryptoStore:
        """Open the store of a device, or make it. Deletes what is old by the ``server``'s clock too: one may be ahead.

        Raises:
            CryptoStoreForeign: it is another device's.
            CryptoStoreDamaged: it cannot be read.
            CryptoStoreUnwritable: the disk is full, or it may not be written.
        """
        connection, account = open_file(path, user_id, device_id, pickle_key, now)
        unreadable = UnreadableRecords()
        written = unreadable.repair(connection, path, now)
        store = cls(connection, account, pickle_key, path, unreadable)
        store.written = written
        prune(connection, path, store._owners_by_key, now if server is None else min(now, server))
        return store

    def close(self) -> None:
        """Close the file. Uncommitted changes are lost."""
        self._connection.close()

    # --- reading --------------------------------------------------------------------------------------------

    @property
    def sync_token(self) -> str | None:
        """The token of the last sync that was dealt with, None before the first."""
        (token,) = self._connection.execute("SELECT sync_token FROM device").fetchone()
        return None if token is None else str(token)

    @property
    def generation(self) -> int:
        """The store's generation number (`bots.encryption.generation`)."""
        (generation,) = self._connection.execute("SELECT generation FROM device").fetchone()
        return int(generation)

    def next_generation(self) -> int:
        """Raise the generation number by one and write it to the disk.

        Raises:
            CryptoStoreUnwritable: it cannot be written.
        """
        with transaction(self._connection, self._path) as execute:
            execute("UPDATE device SET generation = generation + ?", [(1,)])
        return self.generation

    def copy(self, now: datetime) -> StoreCopy:
        """Write everything that has changed; return where it can be read in another thread.

        Raises:
            CryptoStoreUnwritable: it cannot be written.
        """
        self.commit(now)
        return StoreCopy(self._path, self._key)

    def rooms(self) -> dict[str, Json]:
        """Return the rooms' states, by room id, as they were stored with the sync token."""
        return self._reader.rooms()

    def olm_sessions(self, sender_key: str) -> list[OlmSessionEntry]:
        """Return the Olm sessions with a device, the one used last first."""
        self.load_olm_sessions((sender_key,))
        return sorted(self._olm.get(sender_key, ()), key=lambda s: s.used, reverse=True)

    def load_olm_sessions(self, sender_keys: Iterable[str]) -> None:
        """Read the sessions with many devices at once."""
        wanted = sorted({key for key in sender_keys if key not in self._olm})
        self._olm.update((key, []) for key in wanted)
        for sender_key, entry in self._reader.olm_sessions(wanted, self.olm_since):
            self._olm[sender_key].append(entry)

    def inbound(self, room_id: str, session_id: str) -> list[RoomSession]:
        """Return the inbound Megolm sessions of that id: one, or one for each device that claims it."""
        key = (room_id, session_id)
        if key not in self._inbound:
            self._inbound[key] = self._reader.inbound(room_id, session_id)
        self._inbound.move_to_end(key)
        return self._inbound[key]

    def outbound(self, room_id: str) -> OutboundGroup | None:
        """Return the room's outbound Megolm session of this process."""
        return self._outbound.get(room_id)

    def outbounds(self) -> list[OutboundGroup]:
        """Return the outbound Megolm sessions of this process."""
        return list(self._outbound.values())

    def user(self, user_id: str) -> KnownUser | None:
        """Return a user's known devices, None for an unknown user."""
        if user_id not in self._users:
            user = self._reader.user(user_id)
            if user is None:
                return None
            self._users[user_id] = user
        return self._users[user_id]

    def user_ids(self) -> set[str]:
        """Return all users with known devices."""
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
        """Return the users who have or had a device with a Curve25519 key, by key.

        Read once, because it is asked often.
        """
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

    # --- changing -------------------------------------------------------------------------------------------

    def touch_account(self) -> None:
        """Note that the account has changed."""
        self._pending.account = True

    def put_olm(self, sender_key: str, session: OlmSessionEntry) -> None:
        """Store an Olm session, new or changed; beyond the limit those used longest ago are dropped."""
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

    def put_inbound(self, session: RoomSession) -> None:
        """Store an inbound Megolm session; of two copies the better one (`merged`)."""
        known = self.inbound(session.room_id, session.id)
        same = next((s for s in known if s.sender_key == session.sender_key), None)
        self.backups.given_directly(session)
        if same is not None:
            better = merged(same, session)
            if better is None:
                return
            known.remove(same)
            session = better
        known.append(session)
        self._new_sessions += 1
        self._pending.inbound[session.room_id, session.id, session.sender_key] = session
        self.backups.changed(session)

    def put_outbound(self, group: OutboundGroup) -> None:
        """Keep a room's outbound session until the process ends, and store how many messages were sent with it."""
        self._outbound[group.room_id] = group
        self._pending.sent[group.room_id] = (group.session.id, group.messages)

    def drop_outbound(self, room_id: str) -> None:
        """Forget a room's outbound session: the next event is encrypted under a new one."""
        self._outbound.pop(room_id, None)

    def note_put_back(self, generation: int, now: datetime) -> None:
        """Note that the store was put back from a copy: the homeserver knows a later ``generation``. As `renew`."""
        self.was_put_back = True
        with transaction(self._connection, self._path) as execute:
            execute("UPDATE device SET generation = ?", [(generation,)])
        self.renew(now)

    def renew(self, now: datetime) -> None:
        """Encrypt nothing more with any session: the device has used newer ones. Raises CryptoStoreUnwritable."""
        with transaction(self._connection, self._path) as execute:
            execute("UPDATE device SET olm_since = ?", [(now.timestamp(),)])
        self.olm_since = now
        self._outbound.clear()
        for entries in self._olm.values():
            for entry in entries:
                entry.is_stale = True

    def put_user(self, user: KnownUser) -> None:
        """Store a user's devices."""
        self._users[user.user_id] = self._pending.users[user.user_id] = user
        if self._owners is not None:
            self._note_owner(self._owners, user)

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
        strangers = DeletedSessions()
        with transaction(self._connection, self._path) as execute:
            self._write_account(execute, pending)
            write(execute, pending, self._key, now)
            if any(pending.waiting.values()):
                bound_waiting(self._connection, execute)
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
                strangers = drop_strangers(self._connection, execute, self._owners_by_key)
        pending.clear()
        self._forget(strangers)
        self._bound()

    def mark_published(self) -> None:
        """Note that the device's keys are on the server."""
        self.account.shared = True
        self.account.mark_keys_as_published()
        self.touch_account()

    def _write_account(self, execute: Execute, pending: PendingWrites) -> None:
        if pending.account:
            replaced = None if self.fallback_replaced is None else self.fallback_replaced.timestamp()
            row = (self.account.pickle(self._key), self.account.shared, replaced)
            execute("UPDATE device SET account = ?, published = ?, fallback_replaced = ?", [row])

    def _forget(self, dropped: DeletedSessions) -> None:
        for sender_key, _session_id in dropped.olm:
            self._olm.pop(sender_key, None)
        for room_id, session_id, _sender_key in dropped.inbound:
            self._inbound.pop((room_id, session_id), None)
        if self._new_sessions >= LOOK_AFTER:
            self._new_sessions = 0

    def _bound(self) -> None:
        """Drop sessions beyond `CACHED` from memory; all are in the file now."""
        for cache in (self._olm, self._inbound):
            while len(cache) > CACHED:
                cache.popitem(last=False)
