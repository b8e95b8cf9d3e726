"""Writes changed records of a crypto store into its tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from bots.encryption.cross_signing import Json
from bots.encryption.crypto_file import Execute
from bots.encryption.crypto_records import PendingWrites, devices_json
from bots.encryption.crypto_repair import delete_unreadable
from bots.encryption.verification_events import VerificationId


def write(execute: Execute, pending: PendingWrites, pickle_key: str, now: datetime) -> None:
    """Write all pending records but the account, inside a transaction. Keys are encrypted with ``pickle_key``."""
    delete_unreadable(execute, pending.unreadable)
    _write_sessions(execute, pending, pickle_key, now)
    _write_knowledge(execute, pending)
    _write_waiting(execute, pending, now)
    _write_unhandled(execute, pending)
    _write_backups(execute, pending)
    _write_verifications(execute, pending)


def write_rooms(execute: Execute, rooms: Mapping[str, Json | None]) -> None:
    """Write the states of rooms, by room id; None: that of the room is deleted."""
    execute(
        "DELETE FROM room WHERE room_id = ?",
        [(room_id,) for room_id, state in rooms.items() if state is None],
    )
    execute(
        "REPLACE INTO room VALUES (?, ?)",
        [(room_id, json.dumps(state)) for room_id, state in rooms.items() if state is not None],
    )


def _write_sessions(execute: Execute, pending: PendingWrites, pickle_key: str, now: datetime) -> None:
    execute("DELETE FROM olm_session WHERE sender_key = ? AND session_id = ?", sorted(pending.olm_removed))
    execute(
        "REPLACE INTO olm_session VALUES (?, ?, ?, ?, ?)",
        [
            (*key, s.session.pickle(pickle_key), s.created.timestamp(), s.used.timestamp())
            for key, s in pending.olm.items()
        ],
    )
    # When a key came first tells who has made it: it stays, whatever its device gives later (`history_bundle`).
    execute(
        "INSERT INTO inbound_group_session"
        " (room_id, session_id, sender_key, ed25519, pickle, received, shared_history) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET"
        " (ed25519, pickle, shared_history) = (excluded.ed25519, excluded.pickle, excluded.shared_history)",
        [
            (*key, session.ed25519, session.pickle(pickle_key), now.timestamp(), session.shared_history)
            for key, session in pending.inbound.items()
        ],
    )
    execute(
        "REPLACE INTO sent_messages VALUES (?, ?, ?)",
        [(room_id, *sent) for room_id, sent in pending.sent.items()],
    )


def _write_knowledge(execute: Execute, pending: PendingWrites) -> None:
    execute(
        "REPLACE INTO known_user VALUES (?, ?, ?)",
        [(user.user_id, user.current, devices_json(user)) for user in pending.users.values()],
    )
    execute(
        "REPLACE INTO message_index VALUES (?, ?, ?, ?, ?)",
        [(*key, *heard) for key, heard in pending.indexes.items()],
    )


def _write_waiting(execute: Execute, pending: PendingWrites, now: datetime) -> None:
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


def _write_unhandled(execute: Execute, pending: PendingWrites) -> None:
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
        [(room_id, json.dumps(value)) for room_id, value in pending.invitations.items() if value is not None],
    )


def _write_backups(execute: Execute, pending: PendingWrites) -> None:
    execute(
        "REPLACE INTO session_backup VALUES (?, ?, ?)",
        [(*name, version) for name, version in pending.backed_up.items()],
    )
    # Empty: it is in the backup as it was before.
    execute(
        "UPDATE session_backup SET version = '' WHERE (room_id, session_id) = (?, ?) AND version IS NOT NULL",
        sorted(pending.to_back_up),
    )
    execute("INSERT OR IGNORE INTO session_backup VALUES (?, ?, NULL)", sorted(pending.to_back_up))
    execute(
        "REPLACE INTO restored_session VALUES (?, ?, ?, ?, ?)",
        [(*key, each.user_id, each.direct_from) for key, each in pending.restored.items()],
    )


def _write_verifications(execute: Execute, pending: PendingWrites) -> None:
    rows = [(*_key(identity), device_id) for identity, device_id in pending.verifications.items()]
    execute(
        "DELETE FROM open_verification WHERE (user_id, transaction_id, room_id) = (?, ?, ?)",
        [row[:3] for row in rows],
    )
    execute("INSERT INTO open_verification VALUES (?, ?, ?, ?)", [row for row in rows if row[3] is not None])


def _key(identity: VerificationId) -> tuple[str, str, str]:
    return identity.user_id, identity.transaction_id, identity.room_id
