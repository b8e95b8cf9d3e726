"""Which inbound Megolm sessions are in the key backup, and which came from there: a part of the crypto store.

A session that was restored from the backup reads old messages again, but no new one: the message indexes that were
used are lost with the disk, and the homeserver could send an old message a second time. What the device that made the
session has given us itself since, from a message index on, is read as ever.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from bots.encryption.crypto_file import transaction
from bots.encryption.crypto_records import PendingWrites, RestoredSession
from bots.encryption.room_session import RoomSession

SessionName = tuple[str, str]
"""Room and session id."""


class SessionBackups:
    """The records of one store, for the crypto thread. Changes are written with the store's next commit."""

    def __init__(self, connection: sqlite3.Connection, pending: PendingWrites, path: Path) -> None:
        self.connection = connection
        self.pending = pending
        self.path = path
        self._on_their_way: set[SessionName] = set()

    # --- putting there --------------------------------------------------------------------------------------

    def changed(self, session: RoomSession) -> None:
        """Note that a session is new, or reads more than before: it is to be put into the backup."""
        name = (session.room_id, session.id)
        self.pending.to_back_up.add(name)
        self._on_their_way.discard(name)

    def left_rooms(self) -> list[str]:
        """Return the rooms whose sessions are in the backup and not in the store any more: we have left them."""
        rows = self.connection.execute(
            "SELECT DISTINCT room_id FROM session_backup WHERE version IS NOT NULL"
            " AND room_id NOT IN (SELECT room_id FROM inbound_group_session)"
        )
        return sorted(str(room_id) for (room_id,) in rows)

    def begin(self, version: str) -> int:
        """Note which version of the backup takes sessions now; return how many are in it. Forgets `left_rooms`.

        Raises:
            CryptoStoreUnwritable: it cannot be written.
        """
        with transaction(self.connection, self.path) as execute:
            execute(
                "DELETE FROM session_backup WHERE (room_id, session_id) NOT IN"
                " (SELECT room_id, session_id FROM inbound_group_session)",
                [()],
            )
            execute("UPDATE session_backup SET version = NULL WHERE version NOT IN (?, '')", [(version,)])
            execute(
                "INSERT OR IGNORE INTO session_backup SELECT DISTINCT room_id, session_id, NULL"
                " FROM inbound_group_session",
                [()],
            )
        counted = self.connection.execute("SELECT count(*) FROM session_backup WHERE version = ?", (version,))
        return int(counted.fetchone()[0])

    def forget(self) -> None:
        """Note that nothing is in the backup, because the homeserver has lost what was there.

        Raises:
            CryptoStoreUnwritable: it cannot be written.
        """
        with transaction(self.connection, self.path) as execute:
            execute("UPDATE session_backup SET version = NULL", [()])

    def due(self, most: int) -> list[SessionName]:
        """Return sessions of rooms that we are in, or that were restored, which are not in the backup yet."""
        rows = self.connection.execute(
            "SELECT room_id, session_id FROM session_backup WHERE (version IS NULL OR version = '') AND"
            " (room_id IN (SELECT room_id FROM room) OR room_id IN (SELECT room_id FROM restored_session)) LIMIT ?",
            (most,),
        )
        names = [(str(room_id), str(session_id)) for room_id, session_id in rows]
        self._on_their_way = set(names)
        return names

    def there_before(self, names: Iterable[SessionName]) -> list[SessionName]:
        """Return those of ``names`` that are in the backup as they were before they changed."""
        changed = self.connection.execute("SELECT room_id, session_id FROM session_backup WHERE version = ''")
        return sorted(set(names) & {(str(room), str(session)) for room, session in changed})

    def uploaded(self, names: Iterable[SessionName], version: str) -> None:
        """Note that sessions are in the backup, but for those that have changed meanwhile."""
        for name in self._on_their_way.intersection(names):
            self.pending.backed_up[name] = version
        self._on_their_way = set()

    # --- what came from there -------------------------------------------------------------------------------

    def restored(self, session: RoomSession) -> RestoredSession | None:
        """Return what is known of a session that came from the backup, None for any other."""
        key = (session.room_id, session.id, session.sender_key)
        if key in self.pending.restored:
            return self.pending.restored[key]
        row = self.connection.execute(
            "SELECT user_id, direct_from FROM restored_session WHERE (room_id, session_id, sender_key) = (?, ?, ?)",
            key,
        ).fetchone()
        return None if row is None else RestoredSession(*row)

    def note_restored(
        self, session: RoomSession, restored: RestoredSession, version: str | None = None
    ) -> None:
        """Note that a session came from the backup; ``version``: that of the backup in which it is."""
        self.pending.restored[session.room_id, session.id, session.sender_key] = restored
        if version is not None:
            self.pending.to_back_up.discard((session.room_id, session.id))
            self.pending.backed_up[session.room_id, session.id] = version

    def given_directly(self, session: RoomSession) -> None:
        """Note that its device has given us a session that came from the backup, from a message index on."""
        restored = self.restored(session)
        if restored is not None:
            self.note_restored(session, restored.given_from(session.first_known_index))

    def is_given_directly(self, session: RoomSession) -> bool:
        """Whether the device that made a session has given us its key itself, from whichever message on."""
        restored = self.restored(session)
        return restored is None or restored.direct_from is not None

    def is_of_before(self, session: RoomSession, index: int) -> bool:
        """Whether we know the key of a message from the backup alone: it may have been read before the loss."""
        restored = self.restored(session)
        if restored is None:
            return False
        return restored.direct_from is None or index < restored.direct_from
